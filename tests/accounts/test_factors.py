"""The second factor in a person's life: adding it, using it, losing it, and what of it stands in the database."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.confirming import TO_OPEN, TO_SEND
from accounts.models import User
from accounts.second_factor import reset_second_factor
from core.errors import DomainError
from core.models import AuditEvent
from teams.models import Unit, Volunteer
from teams.permissions import Role, Scope
from tests import factories
from tests.accounts.signing_in import (
    CODE,
    FACTORS,
    by_app,
    by_password,
    code_of,
    forget_used_codes,
    give_app,
    give_codes,
    is_in,
    kinds_of,
)
from tests.test_consistency import views

pytestmark = pytest.mark.django_db
APP, CODES, CONFIRM = "/second-factor/app/", "/second-factor/codes/", "/reauthenticate/code/"
BOTH = ["recovery_codes", "totp"]


@pytest.fixture(autouse=True)
def factor_is_required(settings):
    settings.MFA_REQUIRED = True


@pytest.fixture
def staff(db):
    return factories.small_city().city_staff


def enrol(client: Client) -> tuple[str, object]:
    """(the secret, the answer with the codes)"""
    page = client.get(APP)
    secret = page.context["form"].secret
    return secret, client.post(APP, {"code": code_of(secret)})


def codes_in(answer) -> list[str]:
    return [code.replace(" ", "") for code in re.findall(r"<code>([\d ]+)</code>", answer.text)]


def events(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=f"accounts.{action}").order_by("pk"))


def let_time_pass(client: Client, seconds: int) -> None:
    """Everything that this session has shown was shown so much earlier."""
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [each | {"at": each["at"] - seconds} for each in records]
    session.save()


# --- enrolling --------------------------------------------------------------------------------------------------------
def test_staff_enrol_at_the_first_sign_in_and_go_on_without_signing_in_again(staff):
    client = by_password(staff)
    secret, answer = enrol(client)
    assert answer.status_code == 200
    assert len(set(codes_in(answer))) == 10
    assert client.get("/dashboard/").status_code == 200
    assert kinds_of(staff) == BOTH
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True))), "the table keeps no secret"
    assert [event.data["kind"] for event in events("factor_added")] == ["totp"]


def test_codes_are_shown_by_no_page_a_second_time(staff):
    client = by_password(staff)
    _secret, answer = enrol(client)
    shown = codes_in(answer)
    assert "no-store" in answer["Cache-Control"]
    for address in (FACTORS, CODES, APP, "/access/"):
        page = client.get(address, follow=True)
        assert not any(code in page.text.replace(" ", "") for code in shown), address


def test_wrong_code_enrols_nobody_and_keeps_the_secret_for_the_next_try(staff):
    client = by_password(staff)
    secret = client.get(APP).context["form"].secret
    page = client.post(APP, {"code": "000000"})
    assert "Mã không đúng hoặc đã dùng" in page.text
    assert page.context["form"].secret == secret
    assert kinds_of(staff) == []
    assert client.get("/dashboard/").url == FACTORS


def test_enrolling_ends_the_sessions_that_have_shown_nothing(staff):
    here, elsewhere = by_password(staff), by_password(staff)
    enrol(here)
    assert here.get("/dashboard/").status_code == 200
    assert elsewhere.get(FACTORS).url.startswith("/login/")


def test_sign_in_that_is_no_longer_fresh_is_confirmed_by_the_password_before_enrolling(staff):
    client = by_password(staff)
    let_time_pass(client, TO_OPEN + 1)
    asked = client.get(APP)
    assert asked.url.startswith("/reauthenticate/")
    assert client.get(asked.url).status_code == 200
    assert client.get("/dashboard/").url == FACTORS, "the password opens nothing else"
    assert client.post(asked.url, {"password": factories.PASSWORD, "next": APP}).url == APP
    assert client.get("/dashboard/").url == FACTORS
    enrol(client)
    assert client.get("/dashboard/").status_code == 200


def test_session_older_than_the_factor_shows_it_and_goes_on(staff):
    client = by_password(staff)
    secret = give_app(staff)
    for address in ("/dashboard/", FACTORS):
        assert client.get(address).url.startswith(CONFIRM)
    assert client.get("/reauthenticate/").url.startswith(CONFIRM), "not by the password"
    client.post(CONFIRM, {"code": code_of(secret), "next": "/dashboard/"})
    assert client.get("/dashboard/").status_code == 200


def test_stranger_with_the_password_of_someone_enrolled_adds_no_factor_of_his_own(staff):
    """Neither half in, nor by a session that is older than the factor."""
    old = by_password(staff)
    give_app(staff)
    thief = by_password(staff)
    for client in (old, thief):
        for address in (APP, CODES, "/second-factor/passkey/"):
            client.get(address, follow=True)
            client.post(address, {"code": "123456", "credential": "{}"})
    assert kinds_of(staff) == ["totp"]


# --- signing in -------------------------------------------------------------------------------------------------------
def test_code_of_the_app_opens_the_door_and_is_told_of(staff):
    by_app(staff, give_app(staff))
    assert events("signed_in")[-1].data["methods"] == ["password", "totp"]
    assert events("signed_in")[-1].target_id == str(staff.pk)


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (3, False)])
def test_clock_of_the_phone_may_be_half_a_minute_off(staff, steps, opens):
    secret = give_app(staff)
    client = by_password(staff)
    client.post(CODE, {"code": code_of(secret, steps)})
    assert is_in(client) is opens


def test_code_of_the_app_opens_once_for_as_long_as_it_could_be_right(staff, monkeypatch):
    secret = give_app(staff)
    now = time.time()
    code = code_of(secret, 1)
    first, second = by_password(staff), by_password(staff)
    first.post(CODE, {"code": code})
    assert is_in(first)
    # allauth itself forgets it after thirty seconds, when it is still right.
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.TOTP._mark_code_used", lambda self, code: True)
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: now + 31)
    answer = second.post(CODE, {"code": code})
    assert "Mã không đúng hoặc đã dùng" in answer.text
    assert not is_in(second)


def test_code_is_taken_as_people_write_it(staff):
    secret = give_app(staff)
    client = by_password(staff)
    code = code_of(secret)
    client.post(CODE, {"code": f" {code[:3]} {code[3:]} "})
    assert is_in(client)


def test_recovery_code_opens_once_and_its_use_is_told(staff):
    give_app(staff)
    codes = give_codes(staff)
    first, second = by_password(staff), by_password(staff)
    first.post(CODE, {"code": f"{codes[0][:5]} {codes[0][5:]}"})
    assert is_in(first)
    second.post(CODE, {"code": codes[0]})
    assert not is_in(second)
    assert [event.data["left"] for event in events("recovery_code_used")] == [9]
    second.post(CODE, {"code": codes[1]})
    assert is_in(second)


def test_codes_may_not_be_tried_without_end(staff):
    secret = give_app(staff)
    client = by_password(staff)
    said = [client.post(CODE, {"code": f"{number:06}"}).text for number in range(8)]
    assert "Mã không đúng hoặc đã dùng" in said[0]
    assert "Đăng nhập sai quá nhiều lần" in said[-1]
    client.post(CODE, {"code": code_of(secret)})
    assert not is_in(client), "the right one does not help for a while"
    assert len(events("code_refused")) == 5


def test_limit_counts_the_person_and_not_the_session_that_tries(staff):
    secret = give_app(staff)
    for number in range(6):
        by_password(staff).post(CODE, {"code": f"{number:06}"})
    client = by_password(staff, Client(REMOTE_ADDR="10.0.0.8"))
    client.post(CODE, {"code": code_of(secret)})
    assert not is_in(client)


@pytest.mark.parametrize("code", ["", " ", "abc", "９９９９９９", "0" * 5000, "\x00", "' OR 1=1 --"])
def test_no_odd_code_opens_or_breaks_anything(staff, code):
    give_app(staff)
    give_codes(staff)
    client = by_password(staff)
    assert client.post(CODE, {"code": code}).status_code == 200
    assert not is_in(client)


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", '{"id": 1}', "x", '{"response": {"userHandle": "MQ"}}'])
def test_no_odd_passkey_opens_or_breaks_anything(staff, credential):
    client = Client()
    client.get("/login/passkey/", headers={"Accept": "application/json"})
    assert client.post("/login/passkey/", {"credential": credential}).url == "/login/"
    assert not is_in(client)


def test_refused_sign_in_is_told_of_known_names_only(staff):
    """What else is typed into the field of the name may be a password."""
    client = Client()
    client.post("/login/", {"login": staff.username, "password": "sai"})
    client.post("/login/", {"login": "mat-khau-cua-toi", "password": "sai"})
    assert [event.target_id for event in events("sign_in_refused")] == [str(staff.pk)]
    assert not AuditEvent.objects.filter(target_label__contains="mat-khau-cua-toi").exists()


def test_leaving_is_told(staff):
    client = by_app(staff, give_app(staff))
    client.post("/logout/")
    assert [event.target_id for event in events("signed_out")] == [str(staff.pk)]


def test_inactive_person_with_a_factor_comes_in_by_neither_half(staff):
    secret = give_app(staff)
    half_in = by_password(staff)
    User.objects.filter(pk=staff.pk).update(is_active=False)
    half_in.post(CODE, {"code": code_of(secret)})
    assert half_in.get("/dashboard/").url.startswith("/login/")
    assert not is_in(by_password(staff))


# --- taking off -------------------------------------------------------------------------------------------------------
def test_staff_may_not_take_off_the_last_factor(staff):
    client = by_app(staff, give_app(staff))
    page = client.post("/second-factor/app/remove/")
    assert "Hãy thêm một cách khác trước" in page.text
    assert kinds_of(staff) == ["totp"]


def test_leader_may_take_it_off_and_the_session_has_shown_nothing_any_more(staff):
    leader = User.objects.get(username="doi-truong")
    client = by_app(leader, give_app(leader))
    elsewhere = by_app(leader, _secret_of(leader))
    client.post("/second-factor/app/remove/")
    assert kinds_of(leader) == []
    assert elsewhere.get(FACTORS).url.startswith("/login/")
    assert client.get("/field/web/").status_code == 200
    # With a role of staff the same session owes the factor again.
    factories.Appointment.objects.create(
        user=leader, role=Role.VIEWER, unit=factories.Unit.objects.first(), valid_from=factories.LONG_AGO
    )
    assert client.get("/dashboard/").url == FACTORS


def _secret_of(user) -> str:
    from allauth.mfa.utils import decrypt  # noqa: PLC0415 - of this one helper

    return decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])


def test_new_codes_take_the_place_of_the_old(staff):
    secret = give_app(staff)
    old = give_codes(staff)
    answer = by_app(staff, secret).post(CODES)
    new = codes_in(answer)
    assert len(new) == 10
    assert not set(new) & set(old)
    client = by_password(staff)
    client.post(CODE, {"code": old[0]})
    assert not is_in(client)
    assert len(events("recovery_codes_made")) == 1


# --- a lost phone -----------------------------------------------------------------------------------------------------
def test_staff_above_take_a_lost_factor_off_and_it_ends_the_sessions(staff):
    unit_staff = User.objects.get(username="can-bo-bc")
    lost = by_app(unit_staff, give_app(unit_staff))
    helper = by_app(staff, give_app(staff))
    page = helper.get(f"/access/{unit_staff.pk}/factor/")
    assert "Hãy chắc rằng chính người đó đang nhờ bạn" in page.text
    helper.post(f"/access/{unit_staff.pk}/factor/")
    assert kinds_of(unit_staff) == []
    assert lost.get("/dashboard/").url.startswith("/login/")
    assert by_password(unit_staff).get("/dashboard/").url == FACTORS, "and it is asked for anew"
    event = events("second_factor_reset")[0]
    assert (event.actor, event.target_id) == (staff, str(unit_staff.pk))
    assert event.scope_unit is not None


@pytest.mark.parametrize(
    ("who", "whom"),
    [
        ("can-bo-bc", "thanh-doan"),  # those above
        ("can-bo-bc", "doi-truong-nh"),  # another subtree
        ("nguoi-xem", "doi-truong"),  # without the right
        ("thanh-doan", "thanh-doan"),  # oneself: whoever finds the screen unlocked could shed the factor
    ],
)
def test_nobody_else_may(staff, who, whom):
    caller, person = (User.objects.get(username=name) for name in (who, whom))
    secret = give_app(caller)
    if person != caller:
        give_app(person)
    client = by_app(caller, secret)
    assert client.post(f"/access/{person.pk}/factor/").status_code in (403, 404)
    assert "totp" in kinds_of(person)


def test_operator_takes_it_off_by_a_command(staff):
    give_app(staff)
    call_command("reset_second_factor", staff.username)
    assert kinds_of(staff) == []
    assert events("second_factor_reset")[0].actor is None
    for name in (staff.username, "khong-co-ai"):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", name)


def test_reset_by_oneself_is_refused_by_the_service_too(staff):
    give_app(staff)
    with pytest.raises(DomainError):
        reset_second_factor(user=staff, by=staff)
    assert kinds_of(staff) == ["totp"]


# --- confirming -------------------------------------------------------------------------------------------------------
SENSITIVE = ["/password/", "/admin/teams/apitoken/add/", "/admin/teams/appointment/add/", "/admin/accounts/user/add/"]


@pytest.mark.parametrize("address", SENSITIVE)
def test_sensitive_page_asks_again_after_a_while_and_by_the_factor(staff, address):
    secret = give_app(staff)
    client = by_app(staff, secret)
    assert client.get(address).status_code == 200, "who has just come in is known"
    let_time_pass(client, TO_OPEN + 1)
    asked = client.get(address)
    assert asked.url.startswith(CONFIRM)
    assert client.get("/reauthenticate/").url.startswith(CONFIRM), "the password alone confirms nothing"
    forget_used_codes(staff)
    assert client.post(asked.url, {"code": code_of(secret), "next": address}).url == address
    assert client.get(address).status_code == 200


def test_every_page_that_asks_again_exists(settings):
    assert {name for name, _path, _view in views()} >= settings.CONFIRMED_VIEWS
    assert settings.CONFIRMED_WHEN_SENT <= settings.CONFIRMED_VIEWS


@pytest.mark.parametrize("name", ["person_export", "person_forget"])
def test_personal_data_is_handed_out_and_forgotten_by_who_has_confirmed(staff, name):
    volunteer = factories.volunteer(unit=Unit.objects.get(code="BC-TT"))
    client = by_app(staff, give_app(staff))
    let_time_pass(client, TO_SEND + 1)
    asked = client.post(reverse(f"office:{name}", args=[volunteer.pk]), {"reason": "Theo yêu cầu"})
    assert asked.url.startswith(CONFIRM)
    assert Volunteer.objects.get().full_name == volunteer.full_name
    assert not AuditEvent.objects.filter(target_type="teams.volunteer").exists()


def test_account_is_looked_at_freely_and_changed_by_who_has_confirmed(staff):
    client = by_app(staff, give_app(staff))
    leader = User.objects.get(username="doi-truong")
    address = f"/admin/accounts/user/{leader.pk}/change/"
    let_time_pass(client, TO_SEND + 1)
    assert client.get(address).status_code == 200
    asked = client.post(address, {"username": leader.username, "full_name": leader.full_name})
    assert asked.url.startswith(CONFIRM)
    leader.refresh_from_db()
    assert leader.is_active


def test_who_has_no_factor_and_needs_none_is_not_asked_again(staff, settings):
    settings.MFA_REQUIRED = False
    client = by_password(staff)
    let_time_pass(client, TO_SEND + 1)
    assert client.get("/admin/teams/apitoken/add/").status_code == 200


def test_form_that_lay_open_is_sent_after_confirming_with_nothing_lost(staff):
    secret = give_app(staff)
    client = by_app(staff, secret)
    token, _key = factories.token(Scope.STATS_READ, unit=factories.Unit.objects.get(code="TD"))
    let_time_pass(client, TO_SEND + 1)
    address = f"/admin/teams/apitoken/{token.pk}/revoke/"
    asked = client.post(address)
    assert asked.url.startswith(CONFIRM)
    forget_used_codes(staff)
    client.post(asked.url, {"code": code_of(secret), "next": address})
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_password_that_was_typed_is_not_kept_while_it_is_asked(staff):
    client = by_app(staff, give_app(staff))
    let_time_pass(client, TO_SEND + 1)
    client.post("/password/", {"oldpassword": factories.PASSWORD, "password1": "mot-mat-khau-moi-dai"})
    assert "mot-mat-khau-moi-dai" not in str(dict(client.session))
    staff.refresh_from_db()
    assert staff.check_password(factories.PASSWORD)


def test_change_of_the_password_ends_the_other_sessions_and_is_told(staff):
    secret = give_app(staff)
    here, elsewhere = by_app(staff, secret), by_app(staff, secret)
    new = "mot-mat-khau-moi-dai-2026"
    here.post("/password/", {"oldpassword": factories.PASSWORD, "password1": new, "password2": new})
    assert here.get("/dashboard/").status_code == 200
    assert elsewhere.get("/dashboard/").url.startswith("/login/")
    assert len(events("password_changed")) == 1
