"""Deactivating a person takes every access at once and nothing that was recorded; sessions end one by one or all."""

import datetime as dt
from importlib import import_module

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.closing import deactivate, reactivate
from accounts.models import User, UserKind
from accounts.services import set_password
from accounts.sessions import coarse_address, shown_address
from campaigns.feeds import feed_of, issue_feed
from campaigns.models import CalendarFeed
from core.dated import today
from core.errors import DomainError
from core.jobs.models import Job, JobState
from core.jobs.running import run
from core.jobs.services import NotThatState
from core.models import AuditEvent
from teams.access import access_of_user
from teams.models import ApiToken, Appointment, DevicePass
from teams.passes import issue_passes
from teams.permissions import Right, Scope
from teams.tokens import issue_token
from tests import factories
from tests.accounts.signing_in import by_password, is_in

pytestmark = pytest.mark.django_db
IN_A_MONTH = dt.timedelta(days=30)


@pytest.fixture
def leaving(world):
    """A member of staff with one of everything that opens something; ``world.leaving``."""
    user = world.leaving = factories.user("sap-nghi", "unit_staff", unit=world.binh_chanh)
    access = access_of_user(user)
    world.browser = by_password(user)
    about = {"scopes": [Scope.STATS_READ], "expires_at": timezone.now() + IN_A_MONTH, "unit": world.binh_chanh}
    _own, world.own_key = issue_token(name="Của mình", by=world.city_staff, user=user, **about)
    _given, world.given_key = issue_token(name="Cấp cho hệ thống khác", by=user, **about)
    waiting, scanned = issue_passes(team=world.team, count=2, valid_to=today(), access=access)
    world.waiting = waiting
    world.phone = Client()
    world.phone.post(f"/field/pass/{scanned.code}/")
    _feed, world.calendar = issue_feed(access=access, team=world.team)
    world.job = Job.objects.create(
        kind="handout.passes", title="Thẻ", right=Right.PASS_ISSUE, ordered_by=user, params={}
    )
    return world


def opens(key: str) -> bool:
    return Client().get("/api/v1/stats/?by=unit", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_each_access_of_the_person_opens_something_before(leaving):
    """Otherwise the tests below would prove nothing."""
    assert leaving.browser.get("/dashboard/").status_code == 200
    assert opens(leaving.own_key)
    assert opens(leaving.given_key)
    assert Client().get(f"/field/pass/{leaving.waiting.code}/").status_code == 200
    assert leaving.phone.get("/field/web/").status_code == 200
    assert Client().get(f"/plan/ical/{leaving.calendar}.ics").status_code == 200
    assert leaving.job.state == JobState.WAITING


def test_closing_takes_every_access_at_once(leaving):
    deactivate(user=leaving.leaving, by=leaving.city_staff)
    assert leaving.browser.get("/dashboard/").url.startswith("/login/")
    assert not is_in(by_password(leaving.leaving))
    assert not opens(leaving.own_key)
    assert not opens(leaving.given_key)
    assert Client().get(f"/field/pass/{leaving.waiting.code}/").status_code == 410
    assert Client().get(f"/plan/ical/{leaving.calendar}.ics").status_code == 404
    leaving.job.refresh_from_db()
    assert leaving.job.state == JobState.STOPPED


def test_key_that_was_shown_to_the_person_is_known_when_the_trail_is_erased(leaving):
    """It was handed out years ago: it is listed, and ends with the account, all the same."""
    token, key = factories.token(Scope.STATS_READ, unit=leaving.binh_chanh, issued_by=leaving.leaving)
    assert not AuditEvent.objects.filter(action="teams.token_issued", target_id=str(token.pk)).exists()
    page = by_password(leaving.city_staff).get(f"/access/{leaving.leaving.pk}/")
    assert token in page.context["tokens"]
    deactivate(user=leaving.leaving, by=leaving.city_staff)
    assert not opens(key)


def test_issuers_of_the_keys_that_there_are_are_named_by_the_trail_or_by_the_keys_own_account(leaving):
    """What the migration does. A key in a person's name, of which nothing tells any more, stays without."""
    about = {"unit": leaving.binh_chanh}
    program = factories.user(kind=UserKind.CLIENT, created_by=leaving.unit_staff)
    by_account, _key = factories.token(Scope.STATS_READ, owner=program, **about)
    unknown, _key = factories.token(Scope.STATS_READ, owner=leaving.viewer, **about)
    by_trail = ApiToken.objects.get(name="Cấp cho hệ thống khác")
    ApiToken.objects.update(issued_by=None)
    import_module("teams.migrations.0015_issued_by_of_old_keys").name_issuers(apps, None)
    issuers = dict(ApiToken.objects.values_list("pk", "issued_by"))
    assert [issuers[token.pk] for token in (by_trail, by_account, unknown)] == [
        leaving.leaving.pk,
        leaving.unit_staff.pk,
        None,
    ]


def test_phone_of_the_team_goes_on_when_who_printed_its_card_leaves(leaving):
    deactivate(user=leaving.leaving, by=leaving.city_staff)
    assert leaving.phone.get("/field/web/").status_code == 200


def test_what_was_handed_out_to_others_may_be_kept(leaving):
    deactivate(user=leaving.leaving, by=leaving.city_staff, keep_issued=True)
    assert not opens(leaving.own_key)
    assert opens(leaving.given_key)
    assert Client().get(f"/field/pass/{leaving.waiting.code}/").status_code == 200
    assert Client().get(f"/plan/ical/{leaving.calendar}.ics").status_code == 200


def test_nothing_comes_back_with_the_person(leaving):
    deactivate(user=leaving.leaving, by=leaving.city_staff)
    reactivate(user=leaving.leaving, by=leaving.city_staff)
    assert is_in(by_password(leaving.leaving)), "who may come in anew, with the role as before"
    assert leaving.browser.get("/dashboard/").url.startswith("/login/")
    assert not opens(leaving.own_key)
    assert not opens(leaving.given_key)
    assert Client().get(f"/field/pass/{leaving.waiting.code}/").status_code == 410
    assert feed_of(leaving.calendar) is None


def test_history_stays(leaving):
    kept = {
        model: set(model.objects.values_list("pk", flat=True)) for model in (ApiToken, DevicePass, CalendarFeed, Job)
    }
    held = set(Appointment.objects.filter(user=leaving.leaving).values_list("pk", "valid_to"))
    deactivate(user=leaving.leaving, by=leaving.city_staff)
    assert {model: set(model.objects.values_list("pk", flat=True)) for model in kept} == kept
    assert set(Appointment.objects.filter(user=leaving.leaving).values_list("pk", "valid_to")) == held


def test_trail_tells_what_was_ended_and_a_second_call_changes_nothing(leaving):
    deactivate(user=leaving.leaving, by=leaving.city_staff)
    event = AuditEvent.objects.get(action="accounts.deactivated")
    told = {name: event.data[name] for name in ("sessions", "jobs", "tokens", "passes", "feeds", "keep_issued")}
    assert told == {"sessions": 1, "jobs": 1, "tokens": 2, "passes": 1, "feeds": 1, "keep_issued": False}
    number = AuditEvent.objects.count()
    assert deactivate(user=leaving.leaving, by=leaving.city_staff) == {}
    assert AuditEvent.objects.count() == number


def test_closing_is_whole_or_not_at_all(leaving, settings):
    settings.ACCESS_ENDERS = [*settings.ACCESS_ENDERS, "tests.accounts.test_closing.breaks"]
    with pytest.raises(RuntimeError), transaction.atomic():
        deactivate(user=leaving.leaving, by=leaving.city_staff)
    leaving.leaving.refresh_from_db()
    assert leaving.leaving.is_active
    assert opens(leaving.own_key)


def breaks(**about):
    raise RuntimeError("the last app to be asked fails")


def test_job_that_a_worker_has_is_lost_to_it_and_asks_for_rights_again(leaving):
    """A piece that is begun after the closing makes nothing, whatever the queue still holds."""
    User.objects.filter(pk=leaving.leaving.pk).update(is_active=False)
    number = DevicePass.objects.count()
    run(leaving.job.pk)
    leaving.job.refresh_from_db()
    assert leaving.job.state == JobState.FAILED
    assert DevicePass.objects.count() == number


def test_job_that_ends_at_this_moment_keeps_no_account_open(leaving, monkeypatch):
    def ended_meanwhile(**_about):
        raise NotThatState

    monkeypatch.setattr("accounts.closing.stop_for_good", ended_meanwhile)
    deactivate(user=leaving.leaving, by=leaving.city_staff)
    leaving.leaving.refresh_from_db()
    assert not leaving.leaving.is_active
    assert AuditEvent.objects.get(action="accounts.deactivated").data["jobs"] == 0


def test_nobody_closes_the_own_account(world):
    with pytest.raises(DomainError):
        deactivate(user=world.city_staff, by=world.city_staff)


def test_phone_whose_pass_was_revoked_does_not_come_back(leaving):
    user = DevicePass.objects.get(device_user__isnull=False).device_user
    deactivate(user=user, by=leaving.city_staff)
    assert DevicePass.objects.get(device_user=user).state == "revoked"
    assert leaving.phone.get("/field/web/").url.startswith("/login/")
    with pytest.raises(DomainError):
        reactivate(user=user, by=leaving.city_staff)


# --- by the admin -----------------------------------------------------------------------------------------------------
def switched(user: User, **fields) -> dict:
    kept = {"username": user.username, "full_name": user.full_name, "email": "", "new_password": ""}
    inline = {
        f"appointments-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
    }
    return kept | inline | fields


def test_staff_switch_an_account_off_and_on_in_the_admin(client, leaving):
    client.force_login(leaving.city_staff)
    address = f"/admin/accounts/user/{leaving.leaving.pk}/change/"
    assert client.post(address, switched(leaving.leaving)).status_code == 302
    leaving.leaving.refresh_from_db()
    assert not leaving.leaving.is_active
    assert not opens(leaving.given_key)
    assert client.post(address, switched(leaving.leaving, is_active="on")).status_code == 302
    leaving.leaving.refresh_from_db()
    assert leaving.leaving.is_active
    assert leaving.browser.get("/dashboard/").url.startswith("/login/")


# --- sessions ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def two(world):
    """``here`` and ``there``: the same person on two machines."""
    world.here, world.there = by_password(world.unit_staff), by_password(world.unit_staff)
    return world


def test_page_lists_the_machines_and_says_which_is_this(two):
    page = two.here.get("/access/")
    assert page.text.count("Chrome · Windows") == 2
    assert page.text.count("Máy này") == 1
    assert "127.0.…" in page.text
    assert "127.0.0.1" not in page.text


def test_other_machine_is_ended_and_this_one_goes_on(two):
    other = next(each for each in two.here.get("/access/").context["sessions"] if not each.is_this)
    two.here.post(f"/access/sessions/{other.pk}/end/")
    assert two.there.get("/dashboard/").url.startswith("/login/")
    assert two.here.get("/dashboard/").status_code == 200
    assert len(two.here.get("/access/").context["sessions"]) == 1


def test_all_other_machines_are_ended_also_one_that_is_not_listed(two):
    unlisted = Client()
    unlisted.force_login(two.unit_staff)
    two.here.post("/access/end/")
    assert two.here.get("/dashboard/").status_code == 200
    for client in (two.there, unlisted):
        assert client.get("/dashboard/").url.startswith("/login/")


def test_session_that_was_ended_is_not_brought_back_by_its_own_last_request(two):
    """It was being answered while it was ended: what it saves afterwards is not a session again."""
    request_session = two.there.session
    assert request_session[SESSION_KEY]  # read, as at the start of a request
    two.here.post("/access/end/")
    request_session["seen"] = True
    with pytest.raises(UpdateError):
        request_session.save()
    assert two.there.get("/dashboard/").url.startswith("/login/")


def test_ending_one_ends_all_when_the_cache_cannot_be_told(two, monkeypatch):
    """It might answer for the session again when it is back: better one sign-in too many."""
    monkeypatch.setattr("accounts.sessions.drop", lambda keys: False)
    other = next(each for each in two.here.get("/access/").context["sessions"] if not each.is_this)
    two.here.post(f"/access/sessions/{other.pk}/end/")
    for client in (two.here, two.there):
        assert client.get("/dashboard/").url.startswith("/login/")


def test_staff_end_the_sessions_of_those_they_look_after_and_of_no_others(two):
    leader, above = by_password(two.leader), by_password(two.city_staff)
    session = UserSession.objects.get(user=two.leader)
    of_above = UserSession.objects.get(user=two.city_staff)
    assert two.here.post(f"/access/sessions/{of_above.pk}/end/").status_code == 404
    assert two.here.post(f"/access/sessions/{session.pk}/end/").status_code == 302
    assert leader.get("/field/web/").url.startswith("/login/")
    assert above.get("/dashboard/").status_code == 200


def test_leader_ends_nobody_elses(two):
    client = by_password(two.leader)
    session = UserSession.objects.filter(user=two.unit_staff).first()
    assert client.post(f"/access/sessions/{session.pk}/end/").status_code == 404
    assert client.post(f"/access/{two.unit_staff.pk}/end/").status_code == 404
    assert two.here.get("/dashboard/").status_code == 200


def test_new_password_by_staff_ends_every_session(two):
    set_password(user=two.unit_staff, password=None, by=two.city_staff)
    for client in (two.here, two.there):
        assert client.get("/dashboard/").url.startswith("/login/")


@pytest.mark.parametrize("number", [1, 3])
def test_page_takes_as_many_queries_for_three_sessions_as_for_one(world, number, django_assert_num_queries):
    for _each in range(number):
        client = by_password(world.unit_staff)
    for _each in range(number):
        issue_passes(team=world.team, count=1, valid_to=today(), access=access_of_user(world.unit_staff))
    client.get("/access/")
    with django_assert_num_queries(7):  # user, rights, sessions, which stand, keys, passes, factor
        client.get("/access/")


def test_reading_the_page_writes_nothing(world, no_writes):
    client = by_password(world.unit_staff)
    with no_writes():
        assert client.get("/access/").status_code == 200
        assert client.get("/second-factor/").status_code == 200


def test_last_use_is_kept_to_the_quarter_of_an_hour(world):
    client = by_password(world.unit_staff)
    row = UserSession.objects.get(user=world.unit_staff)
    long_ago = timezone.now() - IN_A_MONTH
    UserSession.objects.update(last_seen_at=long_ago)
    client.get("/dashboard/")
    row.refresh_from_db()
    assert row.last_seen_at == long_ago
    session = client.session
    session["noted_at"] -= 15 * 60 + 1
    session.save()
    client.get("/dashboard/")
    row.refresh_from_db()
    assert row.last_seen_at > long_ago


@pytest.mark.parametrize(
    ("address", "kept", "shown"),
    [
        ("113.161.77.5", "113.161.0.0", "113.161.…"),
        ("2405:4802:1:2:3:4:5:6", "2405:4802::", "2405:4802:…"),
        ("::1", "::", ":…"),
    ],
)
def test_of_an_address_only_the_network_is_kept(address, kept, shown):
    assert coarse_address(address) == kept
    assert shown_address(address) == shown


def test_own_keys_are_listed_with_their_last_use_and_revoked_at_once(leaving):
    page = leaving.browser.get("/access/")
    assert [token.name for token in page.context["tokens"]] == ["Cấp cho hệ thống khác", "Của mình"]
    assert "chưa dùng" in page.text
    own = ApiToken.objects.get(name="Của mình")
    assert "Thu hồi khóa này?" in leaving.browser.get(f"/access/tokens/{own.pk}/revoke/").text
    leaving.browser.post(f"/access/tokens/{own.pk}/revoke/")
    assert not opens(leaving.own_key)
    assert opens(leaving.given_key)


def test_key_of_somebody_else_is_not_there(leaving):
    foreign, _key = factories.token(Scope.STATS_READ, unit=leaving.city)
    assert leaving.browser.post(f"/access/tokens/{foreign.pk}/revoke/").status_code == 404
    foreign.refresh_from_db()
    assert foreign.revoked_at is None


def test_page_of_a_person_is_for_those_who_look_after_him(leaving):
    page = by_password(leaving.city_staff).get(f"/access/{leaving.leaving.pk}/")
    assert "Đăng xuất khỏi mọi máy" in page.text
    assert {token.name for token in page.context["tokens"]} == {"Của mình", "Cấp cho hệ thống khác"}
    assert by_password(leaving.viewer).get(f"/access/{leaving.leaving.pk}/").status_code == 404
