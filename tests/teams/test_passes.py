"""Device passes: a printed code lets one phone in, once, for one team, until a day, and can be taken back at once."""

import datetime as dt
import threading
import time

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User, UserKind
from core.dated import DAY, today
from core.errors import DomainError, NotAllowed
from core.ids import uuid7
from core.models import AuditEvent
from services_help.models import AssistanceLog
from teams.access import access_of_user
from teams.authentication import digest_of
from teams.models import Appointment, DevicePass, Team
from teams.passes import LONGEST, MOST_AT_ONCE, PassRefused, issue_passes, redeem_pass, revoke_pass
from teams.permissions import Role
from tests import factories

pytestmark = pytest.mark.django_db
PASSES = "/passes/"


def issue(world, *, team=None, by="unit_staff", count=1, valid_to=None):
    return issue_passes(
        team=team or world.team, count=count, valid_to=valid_to or today(), access=access_of_user(getattr(world, by))
    )


@pytest.fixture
def issued(world):
    return issue(world)[0]


def address(issued) -> str:
    return reverse("field:pass", args=[issued.code])


def scanned(issued) -> Client:
    """A phone that has been signed in by the card."""
    phone = Client()
    assert phone.post(address(issued)).status_code == 302
    return phone


# --- issuing --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["city_staff", "unit_staff"])
def test_issue_by_staff_above_the_team(world, who):
    [issued] = issue(world, by=who, valid_to=today() + 3 * DAY)
    stored = DevicePass.objects.get()
    assert (stored.team, stored.valid_to, stored.state) == (world.team, today() + 3 * DAY, "waiting")
    assert stored.created_by == getattr(world, who)
    assert AuditEvent.objects.get(action="teams.pass_issued").target_id == str(issued.device_pass.pk)


@pytest.mark.parametrize("who", ["bank_staff", "leader", "viewer", "nobody"])
def test_issue_by_others_is_not_allowed(world, who):
    with pytest.raises(NotAllowed):
        issue(world, by=who)
    assert DevicePass.objects.count() == 0


@pytest.mark.parametrize("count", [0, -1, MOST_AT_ONCE + 1])
def test_issue_of_an_impossible_number_is_refused(world, count):
    with pytest.raises(DomainError, match=r"Mỗi lần in từ 1 đến 20 thẻ\."):
        issue(world, count=count)


@pytest.mark.parametrize("days", [-1, LONGEST.days + 1])
def test_issue_until_an_impossible_day_is_refused(world, days):
    with pytest.raises(DomainError, match=r"Hạn dùng phải từ hôm nay đến một năm nữa\."):
        issue(world, valid_to=today() + days * DAY)


def test_issue_numbers_the_cards_of_a_team_on(world):
    issue(world, count=2)
    issue(world, team=world.team_vinh_loc)
    assert [each.device_pass.label for each in issue(world, count=2)] == ["thẻ 3", "thẻ 4"]


def test_code_is_on_the_card_alone(world, issued):
    stored = DevicePass.objects.values().get()
    assert stored["digest"] == digest_of(issued.code)
    assert [name for name, value in stored.items() if issued.code in str(value)] == []
    assert [event.pk for event in AuditEvent.objects.all() if issued.code in f"{event.data} {event.target_label}"] == []
    # 128 bits from the system's source of randomness.
    assert len(issued.code) == 22


# --- scanning -------------------------------------------------------------------------------------------------------
def test_look_at_a_card_does_not_use_it_up(client, issued):
    for _time in range(2):
        page = client.get(address(issued))
        assert page.status_code == 200
        assert "Tổ xung kích Tân Túc" in page.text
    assert DevicePass.objects.get().state == "waiting"
    assert SESSION_KEY not in client.session


def test_scan_signs_the_phone_in_for_the_team(client, world, issued):
    answer = client.post(address(issued))
    assert answer.url == reverse("field:app")
    device_pass = DevicePass.objects.get()
    user = device_pass.device_user
    assert client.session[SESSION_KEY] == str(user.pk)
    assert (device_pass.state, user.kind) == ("in_use", UserKind.DEVICE)
    appointment = Appointment.objects.get(user=user)
    assert (appointment.role, appointment.team, appointment.unit) == (Role.TEAM_LEADER, world.team, None)
    assert (appointment.valid_from, appointment.valid_to) == (today(), today())
    assert AuditEvent.objects.get(action="teams.pass_redeemed").actor == user
    assert client.get(reverse("field:home")).status_code == 200


def test_phone_signed_in_by_a_card_may_do_what_a_leader_may_and_no_more(issued):
    phone = scanned(issued)
    for path in ("/dashboard/", PASSES):
        assert phone.get(path).status_code == 403
    user = DevicePass.objects.get().device_user
    assert not user.is_staff
    assert not user.has_usable_password()


def test_phone_signed_in_by_a_card_is_warned_before_it_signs_out(issued):
    page = scanned(issued).get("/field/web/").text
    assert "Thẻ chỉ dùng một lần: đăng xuất rồi, máy cần thẻ mới mới vào lại được." in page
    assert page.count("Vẫn đăng xuất") == 1


def test_session_of_the_phone_ends_with_the_last_day_of_the_card(world):
    phone = scanned(issue(world, valid_to=today() + 2 * DAY)[0])
    assert phone.session.get_expiry_date().astimezone().date() >= today() + 2 * DAY
    left = phone.session.get_expiry_date() - factories.local(today() + 3 * DAY, 0)
    assert abs(left) < dt.timedelta(minutes=1)


def test_scan_changes_the_account_of_a_phone_that_was_signed_in(client, world, issued):
    client.force_login(world.leader_bank)
    page = client.get(address(issued))
    assert "Máy đang đăng nhập là Người dùng doi-truong-nh" in page.text
    client.post(address(issued))
    assert client.session[SESSION_KEY] == str(DevicePass.objects.get().device_user_id)


def used(issued):
    scanned(issued)


def expired(_issued):
    DevicePass.objects.update(valid_to=today() - DAY)


def revoked(issued):
    staff = User.objects.get(username="can-bo-bc")
    revoke_pass(device_pass=issued.device_pass, access=access_of_user(staff))


def team_closed(_issued):
    Team.objects.filter(code="TO-TT").update(valid_to=today() - DAY)


@pytest.mark.parametrize("spoil", [used, expired, revoked, team_closed])
@pytest.mark.parametrize("method", ["get", "post"])
def test_card_that_is_no_longer_good_lets_nobody_in_and_tells_nothing(client, issued, spoil, method):
    unknown = getattr(client, method)(reverse("field:pass", args=["khong-co-ma-nay"]))
    spoil(issued)
    accounts = User.objects.count()
    answer = getattr(client, method)(address(issued))
    assert answer.status_code == unknown.status_code == 410
    assert answer.text == unknown.text
    assert "Tân Túc" not in answer.text
    assert SESSION_KEY not in client.session
    assert User.objects.count() == accounts


def test_codes_cannot_be_tried_out(client, issued):
    for number in range(20):
        assert client.get(reverse("field:pass", args=[f"thu-{number}"])).status_code == 410
    assert client.get(address(issued)).status_code == 429
    assert client.get(address(issued), REMOTE_ADDR="10.0.0.7").status_code == 200


def test_many_good_cards_from_one_address_are_no_trial(world):
    for issued in issue(world, count=MOST_AT_ONCE) + issue(world, count=5):
        scanned(issued)
    assert DevicePass.objects.exclude(device_user=None).count() == 25


def test_pass_pages_are_kept_by_no_cache_and_no_search_engine(client, issued):
    page = client.get(address(issued))
    assert "no-store" in page["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in page.text


class Scan(threading.Thread):
    """A phone with a connection of its own."""

    def __init__(self, issued):
        super().__init__(daemon=True)
        self.path, self.status, self.backend = address(issued), None, None

    def run(self):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (self.backend,) = cursor.fetchone()
            self.status = Client().post(self.path).status_code
        finally:
            connections.close_all()

    def waits_for_a_lock(self) -> bool:
        if self.backend is None:
            return False
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [self.backend])
            return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_two_phones_that_scan_at_once_are_one_let_in_and_one_refused(world, issued):
    phones = [Scan(issued), Scan(issued)]
    with transaction.atomic():
        # Both are in the middle of scanning before either can go on.
        DevicePass.objects.select_for_update().get()
        for phone in phones:
            phone.start()
        deadline = time.monotonic() + 30
        while not all(phone.waits_for_a_lock() for phone in phones):
            assert time.monotonic() < deadline, "a phone went past the lock"
            time.sleep(0.02)
    for phone in phones:
        phone.join(30)
    assert sorted(phone.status for phone in phones) == [302, 410]
    assert User.objects.filter(kind=UserKind.DEVICE).count() == 1


# --- revoking -------------------------------------------------------------------------------------------------------
def test_revoke_ends_the_phone_at_its_next_request_and_keeps_what_it_logged(world, issued):
    phone = scanned(issued)
    device_user = DevicePass.objects.get().device_user
    log = factories.log(factories.session(world.team, today(), by=device_user), factories.service())
    revoke_pass(device_pass=issued.device_pass, access=access_of_user(world.unit_staff))
    answer = phone.get(reverse("field:session", args=[log.session_id]))
    assert answer.url.startswith(reverse("account_login"))
    sync = phone.post("/api/v1/sync/", {"device": str(uuid7()), "items": []}, content_type="application/json")
    assert sync.status_code == 401
    assert access_of_user(User.objects.get(pk=device_user.pk)).grants == ()
    assert list(AssistanceLog.objects.live()) == [log]


def test_revoke_ends_the_appointment_too(world):
    [issued] = issue(world, valid_to=today() + 30 * DAY)
    scanned(issued)
    Appointment.objects.filter(team=world.team, user__kind=UserKind.DEVICE).update(valid_from=today() - 5 * DAY)
    revoke_pass(device_pass=issued.device_pass, access=access_of_user(world.unit_staff))
    assert Appointment.objects.get(user__kind=UserKind.DEVICE).valid_to == today() - DAY


def test_revoke_twice_is_once(world, issued):
    access = access_of_user(world.unit_staff)
    revoke_pass(device_pass=issued.device_pass, access=access)
    first = DevicePass.objects.get().revoked_at
    revoke_pass(device_pass=issued.device_pass, access=access)
    assert DevicePass.objects.get().revoked_at == first
    assert AuditEvent.objects.filter(action="teams.pass_revoked").count() == 1


@pytest.mark.parametrize("who", ["bank_staff", "leader", "viewer", "nobody"])
def test_revoke_by_others_is_not_allowed(world, issued, who):
    with pytest.raises(NotAllowed):
        revoke_pass(device_pass=issued.device_pass, access=access_of_user(getattr(world, who)))
    assert DevicePass.objects.get().state == "waiting"


def test_redeem_of_nonsense_is_refused(db):
    for code in ("", "x" * 5000, "'; DROP TABLE", "mã-có-dấu"):
        with pytest.raises(PassRefused):
            redeem_pass(code=code)


# --- staff's pages --------------------------------------------------------------------------------------------------
ITS_PAGE = {"city_staff": 200, "unit_staff": 200, "bank_staff": 200, "leader": 403, "viewer": 403, "nobody": 403}


@pytest.mark.parametrize("who", ITS_PAGE)
def test_list_is_for_those_who_may_issue(client, world, who):
    client.force_login(getattr(world, who))
    assert client.get(PASSES).status_code == ITS_PAGE[who]


def test_list_sends_a_stranger_to_the_login(client, db):
    assert client.get(PASSES).url == f"{reverse('account_login')}?next={PASSES}"


ITS_PASS = {"city_staff": 200, "unit_staff": 200, "bank_staff": 404, "leader": 403, "viewer": 403, "nobody": 403}


@pytest.mark.parametrize("who", ITS_PASS)
def test_page_to_revoke_is_for_staff_above_the_team(client, world, issued, who):
    client.force_login(getattr(world, who))
    path = reverse("teams:pass_revoke", args=[issued.device_pass.pk])
    assert client.get(path).status_code == ITS_PASS[who]
    done = client.post(path).status_code
    assert done == (302 if ITS_PASS[who] == 200 else ITS_PASS[who])
    assert DevicePass.objects.get().state == ("revoked" if ITS_PASS[who] == 200 else "waiting")


@pytest.mark.parametrize("count", [1, 3])
def test_list_shows_own_passes_in_a_fixed_number_of_queries(client, world, count, django_assert_num_queries):
    own = issue(world, count=count)
    issue(world, team=world.team_bank, by="bank_staff")
    scanned(own[0])
    client.force_login(world.unit_staff)
    client.get(PASSES)
    # user, appointments; teams for the form, the tree's roots, passes, their teams and who made them
    with django_assert_num_queries(7):
        page = client.get(PASSES)
    assert set(page.context["page"]) == {each.device_pass for each in own}
    assert "Đội hình thanh toán số" not in page.text
    assert page.text.count("Đang dùng") == 1


def test_list_without_passes_says_what_will_stand_there(client, world):
    client.force_login(world.unit_staff)
    assert "Thẻ bạn tạo sẽ hiện ở đây" in client.get(PASSES).text


def order(client, world, **fields) -> dict:
    """The form for new passes, filled in."""
    shown = client.get(PASSES).context["form"]["id"].value()
    return {"id": str(shown), "team": world.team.pk, "count": 2, "valid_to": today().isoformat()} | fields


def test_print_shows_a_code_of_each_new_pass_that_works(client, world):
    client.force_login(world.unit_staff)
    page = client.post(PASSES, order(client, world))
    cards = page.context["cards"]
    assert page.text.count('src="data:image/svg+xml') == len(cards) == 2
    assert "no-store" in page["Cache-Control"]
    phone = Client()
    assert phone.post(cards[0]["url"].removeprefix("http://testserver")).status_code == 302
    assert "Tổ xung kích Tân Túc" in phone.get("/field/web/mo-ca/").text


@pytest.mark.parametrize(("team", "is_offered"), [("team", True), ("team_bank", False)])
def test_page_begins_with_the_team_for_which_it_was_opened(client, world, team, is_offered):
    client.force_login(world.unit_staff)
    chosen = getattr(world, team).pk
    form = client.get(PASSES, {"team": chosen}).context["form"]
    assert form["team"].value() == (chosen if is_offered else None)


@pytest.mark.parametrize("team", ["", "x", "9" * 30])
def test_page_opened_for_no_team_is_the_usual_one(client, world, team):
    client.force_login(world.unit_staff)
    page = client.get(PASSES, {"team": team})
    assert (page.status_code, page.context["form"]["team"].value()) == (200, None)


def test_print_sent_twice_makes_no_more_passes_and_shows_no_code(client, world):
    client.force_login(world.unit_staff)
    data = order(client, world)
    client.post(PASSES, data)
    again = client.post(PASSES, data, follow=True)
    assert "Các thẻ này đã được tạo. Mã chỉ hiện một lần" in again.text
    assert "data:image/svg+xml" not in again.text
    assert DevicePass.objects.count() == 2


def test_print_that_was_refused_may_be_sent_again(client, world):
    client.force_login(world.unit_staff)
    data = order(client, world)
    assert "Các thẻ này đã được tạo" not in client.post(PASSES, data | {"valid_to": "2020-01-01"}).text
    page = client.post(PASSES, data)
    assert len(page.context["cards"]) == DevicePass.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"count": 0}, "count"),
        ({"count": 21}, "count"),
        ({"valid_to": "2020-01-01"}, None),
        ({"valid_to": "khi nào cũng được"}, "valid_to"),
        ({"team": ""}, "team"),
        ({"id": "khong-phai-ma"}, "id"),
    ],
)
def test_print_refuses_an_impossible_order(client, world, fields, field):
    client.force_login(world.unit_staff)
    page = client.post(PASSES, order(client, world, **fields))
    assert list(page.context["form"].errors) == [field or "__all__"]
    assert DevicePass.objects.count() == 0


def test_print_for_a_team_of_somebody_else_is_refused(client, world):
    client.force_login(world.unit_staff)
    page = client.post(PASSES, order(client, world, team=world.team_bank.pk))
    assert list(page.context["form"].errors) == ["team"]
    assert list(page.context["form"].fields["team"].queryset) == [world.team, world.team_vinh_loc]
    assert DevicePass.objects.count() == 0


def test_teams_are_suggested_to_who_may_print_for_them(client, world):
    client.force_login(world.unit_staff)
    page = client.get(reverse("teams:pass_teams"), {"team": "to xung kich"})
    assert "Tổ xung kích Tân Túc · TO-TT" in page.text
    assert page.text.count("<option") == 2
    assert "<option" not in client.get(reverse("teams:pass_teams"), {"team": "thanh toan"}).text


def test_cards_for_the_team_that_is_typed_where_there_are_many(client, world, monkeypatch):
    monkeypatch.setattr("core.choosing.MOST_LISTED", 1)
    client.force_login(world.unit_staff)
    assert "<option" not in client.get(PASSES).text.partition("<main")[2]
    data = {"id": uuid7(), "team": "vinh loc", "count": 1, "valid_to": today()}
    assert "Tổ xung kích Vĩnh Lộc A" in client.post(PASSES, data).text
    assert DevicePass.objects.get().team == world.team_vinh_loc
