"""No door leads around the second factor: every address of the project, and every way of coming in.

A session that owes it gets, row by row of tests/permission_matrix.txt, exactly what a stranger gets.
"""

import os
import subprocess
import sys

import pytest
from django.test import Client

from accounts.middleware import MARK
from accounts.models import STAFF_PERMISSIONS, UserKind
from core.dated import today
from teams.access import access_of_user
from teams.passes import issue_passes
from teams.permissions import ROLE_RIGHTS, Right, Role, Scope
from tests import factories
from tests.accounts.signing_in import CODE, FACTORS, LOGIN, by_app, by_password, give_app, is_in
from tests.test_consistency import BASE, views
from tests.test_permission_matrix import ask, city, sections  # noqa: F401 - city is a fixture

pytestmark = pytest.mark.django_db
# The views that see a person who has yet to show the factor. What is added here must be worth it.
OPEN_TO_THE_HELD_BACK = {
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_add_webauthn",
    "mfa_remove_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}
# Rows of the table in which such a session is told of the factor, where a stranger is shown the door.
OTHER_THAN_A_STRANGER = {"/login/", "/logout/"}


@pytest.fixture(autouse=True)
def factor_is_required(settings):
    settings.MFA_REQUIRED = True


def rows() -> list[tuple[str, str, str]]:
    """(method, address, what a stranger gets) of every row that has a column for strangers."""
    return [
        (method, address, words[columns.index("anon")])
        for name, (columns, table) in sections().items()
        if not name.startswith("seen")
        for method, address, words in table
    ]


def is_about_the_factor(address: str) -> bool:
    return address in OTHER_THAN_A_STRANGER or address.startswith((FACTORS, "/reauthenticate/"))


# --- every address ----------------------------------------------------------------------------------------------------
def test_session_without_the_factor_is_a_strangers_at_every_address(city):  # noqa: F811
    held_back = by_password(city.city_staff)
    assert is_in(held_back)
    differing = []
    for method, address, of_a_stranger in rows():
        if is_about_the_factor(address):
            continue
        answer = ask(held_back, method, address.format_map(city.things))
        if str(answer.status_code) != of_a_stranger:
            differing.append((method, address, answer.status_code, of_a_stranger))
    assert differing == []
    assert is_in(held_back), "otherwise nothing was tested"


def test_session_older_than_the_factor_is_a_strangers_too(city):  # noqa: F811
    """Of everything that a password opened before, nothing is left: of each section the first row that is closed."""
    old = by_password(city.city_staff)
    give_app(city.city_staff)
    firsts = {address.split("/")[1]: (method, address, anon) for method, address, anon in rows() if anon != "200"}
    for method, address, of_a_stranger in firsts.values():
        if not is_about_the_factor(address):
            answer = ask(old, method, address.format_map(city.things))
            assert str(answer.status_code) == of_a_stranger, address


def test_only_the_pages_of_the_factor_see_the_person():
    marked = {name for name, _path, view in views() if getattr(view, MARK, False)}
    assert marked == OPEN_TO_THE_HELD_BACK


def test_nothing_stands_between_the_session_and_the_factor(settings):
    order = settings.MIDDLEWARE
    session, factor = "django.contrib.auth.middleware.AuthenticationMiddleware", "accounts.middleware.SecondFactor"
    assert order.index(factor) == order.index(session) + 1


# --- every way of coming in -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["city_staff", "unit_staff", "viewer"])
def test_staff_are_led_to_the_factor_before_anything_else(world, who):
    client = by_password(getattr(world, who))
    assert client.get("/dashboard/").url == FACTORS
    page = client.get(FACTORS)
    assert page.status_code == 200
    assert "Tài khoản cán bộ phải có lớp bảo vệ thứ hai" in page.text


def test_superuser_without_a_role_needs_the_factor_too(world):
    operator = factories.user(is_superuser=True)
    assert by_password(operator).get("/admin/").url == FACTORS


def test_leader_may_do_without(world):
    assert by_password(world.leader).get("/field/web/").status_code == 200


def test_every_role_that_sees_or_changes_other_peoples_work_is_staff():
    staff = {role for role, rights in ROLE_RIGHTS.items() if set(rights) & {Right(name) for name in STAFF_PERMISSIONS}}
    assert staff == {Role.CITY_STAFF, Role.UNIT_STAFF, Role.VIEWER}
    of_the_others = set().union(*(ROLE_RIGHTS[role] for role in set(Role) - staff))
    assert of_the_others == {
        Right.ORG_VIEW,
        Right.CAMPAIGN_VIEW,
        Right.SESSION_VIEW,
        Right.LOG_RECORD,
        Right.STATS_VIEW,
    }


def test_leader_who_is_appointed_to_staff_is_held_back_at_the_next_request(world):
    client = by_password(world.leader)
    assert client.get("/field/web/").status_code == 200
    factories.Appointment.objects.create(
        user=world.leader, role=Role.UNIT_STAFF, unit=world.binh_chanh, valid_from=factories.LONG_AGO
    )
    assert client.get("/field/web/").url == FACTORS


def test_front_door_asks_who_has_a_factor_for_it(world):
    secret = give_app(world.city_staff)
    client = by_password(world.city_staff)
    assert not is_in(client), "half in is not in"
    assert client.get("/dashboard/").url.startswith(LOGIN)
    assert client.get(CODE).status_code == 200
    assert by_app(world.city_staff, secret).get("/dashboard/").status_code == 200


def test_admin_has_no_form_of_its_own(world):
    client = Client()
    assert client.get("/admin/login/").url.startswith(LOGIN)
    answer = client.post("/admin/login/", {"username": world.city_staff.username, "password": factories.PASSWORD})
    assert answer.url.startswith(LOGIN)
    assert not is_in(client)
    held_back = by_password(world.city_staff)
    assert held_back.get("/admin/", follow=True).redirect_chain[-1][0] == FACTORS
    assert held_back.get("/admin/login/", follow=True).redirect_chain[-1][0] == FACTORS


def test_there_is_no_reset_of_a_password_by_mail(world):
    names = {name for name, _path, _view in views()}
    assert {name for name in names if "reset" in name} == {"access:factor_reset"}
    assert {name for name in names if "signup" in name or "login_by_code" in name} == set()


def test_held_back_may_neither_change_the_password_nor_see_the_sessions(world):
    client = by_password(world.city_staff)
    for address in ("/password/", "/password/set/", "/access/"):
        assert client.get(address).url == FACTORS, address


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/units/",
        "/api/v1/stats/?by=unit",
        "/api/v1/odata/",
        "/api/v1/sync/ledger/?device=0189f7e0-0000-7000-8000-000000000000&day=2023-03-26",
        "/field/api/session/",
        "/field/api/kit/",
    ],
)
def test_rest_interface_takes_no_session_that_owes_the_factor(world, address):
    assert by_password(world.city_staff).get(address).status_code == 401


def test_writing_by_the_rest_interface_takes_none_either(world):
    body = {"device": "0189f7e0-0000-7000-8000-000000000000", "items": []}
    answer = by_password(world.city_staff).post("/api/v1/sync/", body, content_type="application/json")
    assert answer.status_code == 401


def test_key_of_a_program_goes_by_its_scopes_and_not_by_the_cookie_beside_it(world):
    """Neither does the cookie close what the key opens, nor does the key open what the cookie's person may."""
    _token, key = factories.token(Scope.STATS_READ, unit=world.city)
    held_back = by_password(world.city_staff)
    bearer = {"Authorization": f"Bearer {key}"}
    assert held_back.get("/api/v1/stats/?by=unit", headers=bearer).status_code == 200
    assert held_back.get("/api/v1/units/", headers=bearer).status_code == 403


def test_phone_comes_in_by_its_pass_alone(world):
    issued = issue_passes(team=world.team, count=1, valid_to=today(), access=access_of_user(world.city_staff))[0]
    phone = Client()
    phone.post(f"/field/pass/{issued.code}/")
    assert phone.get("/field/web/").status_code == 200
    # On the phone of somebody who is held back it becomes the team's phone, and nothing more.
    other = issue_passes(team=world.team, count=1, valid_to=today(), access=access_of_user(world.city_staff))[0]
    held_back = by_password(world.city_staff)
    held_back.post(f"/field/pass/{other.code}/")
    assert held_back.get("/field/web/").status_code == 200
    assert held_back.get("/dashboard/").status_code == 403


@pytest.mark.parametrize("kind", [UserKind.DEVICE, UserKind.CLIENT])
def test_only_people_have_a_factor(world, client, kind):
    client.force_login(factories.user(kind=kind))
    assert client.get(FACTORS).status_code == 403


def test_calendar_address_is_its_own_key(world):
    assert by_password(world.city_staff).get("/plan/ical/khong-co-lich-nay.ics").status_code == 404


# --- where it is not required -----------------------------------------------------------------------------------------
def test_demo_lets_staff_in_by_the_password_but_asks_who_has_a_factor(world, settings):
    settings.MFA_REQUIRED = False
    assert by_password(world.unit_staff).get("/dashboard/").status_code == 200
    give_app(world.city_staff)
    client = by_password(world.city_staff)
    assert not is_in(client)
    assert client.get("/dashboard/").url.startswith(LOGIN)


@pytest.mark.parametrize(
    ("environment", "required"),
    [
        ({"DEMO": "0", "ALLOWED_HOSTS": "cong.example.vn"}, "True"),
        ({"DEMO": "1"}, "False"),
        ({"DEBUG": "1", "DEMO": "0"}, "False"),
        ({"DEMO": "1", "MFA_REQUIRED": "1"}, "True"),
    ],
)
def test_factor_is_required_unless_the_portal_is_a_demo_or_a_developers(environment, required):
    asked = [sys.executable, "-c", "from config import settings; print(settings.MFA_REQUIRED)"]
    answer = subprocess.run(asked, env=os.environ | environment, cwd=BASE, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == required
