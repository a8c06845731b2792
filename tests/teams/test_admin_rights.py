"""Accounts, appointments, keys and passes in the admin: who hands out what, and what is shown only once."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, UserKind
from accounts.services import generate_password, set_password
from core.dated import today
from core.errors import DomainError, NotAllowed
from core.models import AuditEvent
from teams.access import access_of_user
from teams.appointments import appoint, appointable_roles, end_appointment, may_manage_user
from teams.authentication import digest_of
from teams.models import ApiToken, Appointment
from teams.passes import issue_passes
from teams.permissions import Role, Scope
from teams.tokens import issue_token, revoke_token
from tests import factories
from tests.factories import LONG_AGO

pytestmark = pytest.mark.django_db
TOMORROW = dt.timedelta(days=1)
NO_APPOINTMENTS = {
    "appointments-TOTAL_FORMS": 0,
    "appointments-INITIAL_FORMS": 0,
    "appointments-MIN_NUM_FORMS": 0,
    "appointments-MAX_NUM_FORMS": 1000,
}


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


@pytest.fixture
def district(client, world):
    client.force_login(world.unit_staff)
    return client


def post(client, name: str, data: dict, *args):
    return client.post(reverse(f"admin:{name}", args=args), data)


def errors(response) -> dict:
    return {name: [str(each) for each in told] for name, told in response.context["adminform"].form.errors.items()}


# --- who may appoint whom ---------------------------------------------------------------------------------------------
ALL = set(Role)
BELOW = {Role.UNIT_STAFF, Role.TEAM_LEADER, Role.VIEWER}


@pytest.mark.parametrize(
    ("who", "roles"),
    [
        # on: the city, Bình Chánh, Tân Túc, the banks
        ("city_staff", [ALL, ALL, ALL, ALL]),
        ("unit_staff", [set(), BELOW, BELOW, set()]),
        ("bank_staff", [set(), set(), set(), BELOW]),
        ("viewer", [set(), set(), set(), set()]),
        ("leader", [set(), set(), set(), set()]),
        ("nobody", [set(), set(), set(), set()]),
    ],
)
def test_roles_handed_out_by_role_and_place(world, who, roles):
    access = access_of_user(getattr(world, who))
    places = [world.city, world.binh_chanh, world.tan_tuc, world.banks]
    assert [set(appointable_roles(access, unit=unit)) for unit in places] == roles


@pytest.mark.parametrize(
    ("who", "roles"),
    [("city_staff", [ALL, ALL]), ("unit_staff", [BELOW, set()]), ("leader", [set(), set()])],
)
def test_roles_handed_out_on_teams(world, who, roles):
    access = access_of_user(getattr(world, who))
    assert [set(appointable_roles(access, team=team)) for team in (world.team, world.team_bank)] == roles


def appointment(world, **fields) -> Appointment:
    defaults = {"user": world.nobody, "role": Role.TEAM_LEADER, "team": world.team, "valid_from": today()}
    return Appointment(**defaults | fields)


def test_appointing_opens_the_door_and_is_told(world):
    made = appoint(appointment=appointment(world), access=access_of_user(world.unit_staff))
    assert access_of_user(world.nobody).team_ids("log.record") == [world.team.pk]
    event = AuditEvent.objects.get(action="teams.appointed")
    assert (event.actor, event.target_id, event.scope_unit) == (world.unit_staff, str(made.pk), world.tan_tuc.pk)


def test_appointing_twice_is_once(world):
    access = access_of_user(world.unit_staff)
    first = appoint(appointment=appointment(world), access=access)
    assert appoint(appointment=appointment(world), access=access) == first
    assert AuditEvent.objects.filter(action="teams.appointed").count() == 1


def test_overlapping_appointment_is_refused_in_words(world):
    access = access_of_user(world.unit_staff)
    appoint(appointment=appointment(world, valid_from=LONG_AGO), access=access)
    with pytest.raises(DomainError, match="đã có vai trò này"):
        appoint(appointment=appointment(world), access=access)


@pytest.mark.parametrize(
    "fields",
    [{"role": Role.CITY_STAFF, "team": None}, {"role": Role.API_CLIENT, "team": None}],
    ids=["above-oneself", "not-hers-to-give"],
)
def test_unit_staff_does_not_hand_out_more_than_the_table_says(world, fields):
    with pytest.raises(NotAllowed, match="do cấp trên"):
        appoint(
            appointment=appointment(world, unit=world.binh_chanh, **fields), access=access_of_user(world.unit_staff)
        )
    assert not Appointment.objects.filter(user=world.nobody).exists()


def test_nobody_appoints_himself(world):
    with pytest.raises(NotAllowed, match="tự sửa quyền"):
        appoint(appointment=appointment(world, user=world.unit_staff), access=access_of_user(world.unit_staff))


def test_ended_appointment_no_longer_holds_and_stays_on_record(world):
    held = world.leader.appointments.get()
    for _time in range(2):
        end_appointment(appointment=held, access=access_of_user(world.unit_staff))
    held.refresh_from_db()
    assert held.valid_to == today() - TOMORROW
    assert not access_of_user(world.leader).has("log.record")
    assert AuditEvent.objects.filter(action="teams.appointment_ended").count() == 1


@pytest.mark.parametrize("who", ["viewer", "bank_staff"])
def test_others_do_not_end_it(world, who):
    with pytest.raises(NotAllowed):
        end_appointment(appointment=world.leader.appointments.get(), access=access_of_user(getattr(world, who)))


def test_form_offers_unit_staff_only_what_they_may_hand_out(district):
    form = district.get(reverse("admin:teams_appointment_add")).context["adminform"].form
    assert [value for value, _label in form.fields["role"].choices] == ["", "unit_staff", "team_leader", "viewer"]


def form_of(world, **fields) -> dict:
    # The account was made by the one who appoints it: that is how it comes into his sight.
    User.objects.filter(pk=world.nobody.pk).update(created_by=world.unit_staff)
    return {"user": world.nobody.pk, "role": "team_leader", "team": world.team.pk, "valid_from": "01/01/2026"} | fields


def test_unit_staff_appoints_in_the_admin(district, world):
    assert post(district, "teams_appointment_add", form_of(world)).status_code == 302
    assert world.nobody.appointments.get().team == world.team


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"role": "city_staff"}, "role"),
        ({"role": "viewer"}, "unit"),
        ({"team": ""}, "team"),
    ],
    ids=["role-above", "viewer-on-a-team", "leader-of-nothing"],
)
def test_appointment_that_does_not_fit_is_refused_at_its_field(district, world, fields, field):
    response = post(district, "teams_appointment_add", form_of(world, **fields))
    assert list(errors(response)) == [field]
    assert not world.nobody.appointments.exists()


def test_forged_appointment_on_a_strangers_team_is_refused(district, world):
    response = post(district, "teams_appointment_add", form_of(world, team=world.team_bank.pk))
    assert "team" in errors(response)
    assert not world.nobody.appointments.exists()


def test_forged_appointment_of_a_strangers_account_is_refused(district, world):
    response = post(district, "teams_appointment_add", form_of(world, user=world.bank_staff.pk))
    assert list(errors(response)) == ["user"]


def test_appointment_is_ended_from_its_page(district, world):
    held = world.leader.appointments.get()
    assert "Kết thúc phân quyền này" in district.get(reverse("admin:teams_appointment_end_now", args=[held.pk])).text
    assert post(district, "teams_appointment_end_now", {}, held.pk).status_code == 302
    held.refresh_from_db()
    assert held.valid_to == today() - TOMORROW


def test_own_appointment_has_no_such_button(district, world):
    own = world.unit_staff.appointments.get()
    assert post(district, "teams_appointment_end_now", {}, own.pk).status_code == 403
    own.refresh_from_db()
    assert own.valid_to is None


# --- accounts ---------------------------------------------------------------------------------------------------------
def user_form(**fields) -> dict:
    return NO_APPOINTMENTS | {"username": "moi", "full_name": "Người Mới", "kind": "person", "is_active": "on"} | fields


def test_new_account_shows_its_password_once_and_opens_with_it(district, world, client):
    page = post(district, "accounts_user_add", user_form()).text
    password = re.search(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", page).group()
    made = User.objects.get(username="moi")
    assert made.check_password(password)
    assert (made.created_by, made.is_superuser) == (world.unit_staff, False)
    assert password not in district.get(reverse("admin:accounts_user_change", args=[made.pk])).text
    assert not any(password in str(event.data) for event in AuditEvent.objects.all())
    assert AuditEvent.objects.filter(action="accounts.password_set", target_id=str(made.pk)).count() == 1


def test_weak_password_is_refused(district, world):
    response = post(district, "accounts_user_add", user_form(new_password="12345678901"))
    assert list(errors(response)) == ["new_password"]
    assert not User.objects.filter(username="moi").exists()


def test_unit_staff_cannot_forge_an_operator(district, world):
    post(district, "accounts_user_add", user_form(is_superuser="on"))
    assert not User.objects.get(username="moi").is_superuser


@pytest.mark.parametrize(
    ("who", "whom", "may"),
    [
        ("unit_staff", "leader", True),
        ("unit_staff", "viewer", True),
        ("unit_staff", "unit_staff", False),
        ("unit_staff", "city_staff", False),
        ("unit_staff", "bank_staff", False),
        ("unit_staff", "nobody", False),
        ("city_staff", "unit_staff", True),
        ("city_staff", "bank_staff", True),
        ("city_staff", "nobody", True),
        ("viewer", "leader", False),
    ],
)
def test_account_is_managed_by_who_could_have_given_its_rights(world, who, whom, may):
    assert may_manage_user(access_of_user(getattr(world, who)), getattr(world, whom)) == may


def test_account_with_a_right_elsewhere_is_not_managed_from_here(world):
    """A new password for it would be a way into the banks."""
    Appointment.objects.create(user=world.leader, role=Role.VIEWER, unit=world.banks, valid_from=LONG_AGO)
    assert not may_manage_user(access_of_user(world.unit_staff), world.leader)


def test_operator_is_managed_by_operators_only(world):
    operator = factories.user(is_superuser=True)
    assert not may_manage_user(access_of_user(world.city_staff), operator)
    assert may_manage_user(access_of_user(factories.user(is_superuser=True)), operator)


def test_password_of_a_leader_is_set_by_unit_staff_and_ends_his_other_sessions(district, world, settings):
    phone = type(district)()
    phone.force_login(world.leader)
    assert phone.get("/field/web/").status_code == 200
    form = user_form(username="doi-truong", full_name=world.leader.full_name, new_password="mot-mat-khau-moi-1")
    assert "mot-mat-khau-moi-1" in post(district, "accounts_user_change", form, world.leader.pk).text
    world.leader.refresh_from_db()
    assert world.leader.check_password("mot-mat-khau-moi-1")
    assert phone.get("/field/web/").status_code == 302


def test_own_account_is_not_changed_here(district, world):
    form = user_form(username="can-bo-bc", full_name="Tên khác", is_active="on")
    assert post(district, "accounts_user_change", form, world.unit_staff.pk).status_code == 403


def test_locking_an_account_ends_its_work(district, world):
    form = user_form(username="doi-truong", full_name=world.leader.full_name)
    del form["is_active"]
    assert post(district, "accounts_user_change", form, world.leader.pk).status_code == 302
    world.leader.refresh_from_db()
    assert not world.leader.is_active
    event = AuditEvent.objects.get(action="accounts.user_changed")
    assert event.data == {"changes": {"is_active": [True, False]}}


def test_generated_passwords_differ_and_are_long():
    passwords = {generate_password() for _time in range(50)}
    assert (len(passwords), {len(password) for password in passwords}) == (50, {19})


def test_password_set_by_a_service_is_told_without_itself(world):
    password = set_password(user=world.leader, password=None, by=world.unit_staff, scope_unit=world.tan_tuc.pk)
    event = AuditEvent.objects.get(action="accounts.password_set")
    assert (event.data, event.scope_unit) == ({}, world.tan_tuc.pk)
    assert world.leader.check_password(password)


# --- keys of other programs -------------------------------------------------------------------------------------------
def token_form(world, **fields) -> dict:
    end = timezone.localtime() + dt.timedelta(days=30)
    data = {"name": "Bảng số của quận", "scopes": ["stats:read"], "unit": world.binh_chanh.pk}
    return data | {"expires_at_0": f"{end:%d/%m/%Y}", "expires_at_1": "23:59"} | fields


def test_key_is_shown_once_and_stored_hashed(city, world, client):
    page = post(city, "teams_apitoken_add", token_form(world))
    [key] = set(re.findall(r"xks_[\w-]{43}", page.text))
    token = ApiToken.objects.get()
    assert (token.digest, token.prefix) == (digest_of(key), key[4:16])
    assert (token.user.kind, token.user.created_by) == (UserKind.CLIENT, world.city_staff)
    assert key not in city.get(reverse("admin:teams_apitoken_change", args=[token.pk])).text
    assert not any(key in str(event.data) for event in AuditEvent.objects.all())
    answer = type(client)().get("/api/v1/stats/", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200


def test_key_stored_twice_by_a_double_click_is_two_keys_with_two_audit_rows(city, world):
    for _time in range(2):
        post(city, "teams_apitoken_add", token_form(world))
    assert len(set(ApiToken.objects.values_list("digest", flat=True))) == 2
    assert AuditEvent.objects.filter(action="teams.token_issued").count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"unit": ""}, "unit"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin:all"]}, "scopes"),
        ({"expires_at_0": "01/01/2020"}, "__all__"),
        ({"expires_at_0": "01/01/2099"}, "__all__"),
    ],
    ids=["on-nothing", "for-nothing", "for-too-much", "already-over", "for-too-long"],
)
def test_key_that_makes_no_sense_is_refused(city, world, fields, field):
    assert list(errors(post(city, "teams_apitoken_add", token_form(world, **fields)))) == [field]
    assert not ApiToken.objects.exists()


def test_key_for_publication_is_marked_and_gets_published_figures_only(city, world, client):
    page = post(city, "teams_apitoken_add", token_form(world, is_public="on"))
    [key] = set(re.findall(r"xks_[\w-]{43}", page.text))
    token = ApiToken.objects.get()
    assert token.is_public
    assert AuditEvent.objects.get(action="teams.token_issued").data["is_public"] is True
    assert "Để công bố" in city.get(reverse("admin:teams_apitoken_change", args=[token.pk])).text
    assert "Để công bố" in city.get(reverse("admin:teams_apitoken_changelist")).text
    header = {"Authorization": f"Bearer {key}"}
    asked = [f"/api/v1/{path}" for path in ("stats/", "stats/?by=day", "units/")]
    assert [type(client)().get(path, headers=header).status_code for path in asked] == [200, 400, 403]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"scopes": ["stats:read", "org:read"]}, "scopes"), ({"unit": "", "team": "TO-TT"}, "team")],
    ids=["more-than-figures", "of-a-team"],
)
def test_key_for_publication_is_for_figures_of_a_unit_only(city, world, fields, field):
    fields = fields | ({"team": world.team.pk} if "team" in fields else {})
    refused = errors(post(city, "teams_apitoken_add", token_form(world, is_public="on", **fields)))
    assert next(iter(refused)) == field
    assert not ApiToken.objects.exists()


def test_revoked_key_opens_nothing_from_that_moment(city, world, client):
    token, key = factories.token(Scope.STATS_READ, unit=world.city)
    other = type(client)()
    header = {"Authorization": f"Bearer {key}"}
    assert other.get("/api/v1/stats/", headers=header).status_code == 200
    for _time in range(2):
        assert post(city, "teams_apitoken_revoke", {}, token.pk).status_code == 302
    assert other.get("/api/v1/stats/", headers=header).status_code == 401
    assert AuditEvent.objects.filter(action="teams.token_revoked").count() == 1


def test_unit_staff_does_not_see_keys(district, world):
    token, _key = factories.token(Scope.STATS_READ, unit=world.binh_chanh)
    assert district.get(reverse("admin:teams_apitoken_changelist")).status_code == 403
    assert post(district, "teams_apitoken_revoke", {}, token.pk).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_token_service_refuses_an_end_in_the_past(world):
    with pytest.raises(DomainError, match="đã qua"):
        issue_token(name="Cũ", scopes=["stats:read"], expires_at=timezone.now(), unit=world.city, by=world.city_staff)


def test_token_service_revokes_once(world):
    token, _key = factories.token(Scope.STATS_READ, unit=world.city)
    first = revoke_token(token=token, by=world.city_staff).revoked_at
    assert revoke_token(token=token, by=world.city_staff).revoked_at == first


# --- passes -----------------------------------------------------------------------------------------------------------
def test_pass_is_revoked_from_its_page(district, world):
    access = access_of_user(world.unit_staff)
    [issued] = issue_passes(team=world.team, count=1, valid_to=today(), access=access)
    url = reverse("admin:teams_devicepass_revoke", args=[issued.device_pass.pk])
    page = district.get(reverse("admin:teams_devicepass_change", args=[issued.device_pass.pk])).text
    assert "Chưa quét" in page
    assert issued.code not in page
    assert district.post(url).status_code == 302
    issued.device_pass.refresh_from_db()
    assert issued.device_pass.state == "revoked"


def test_pass_is_printed_on_its_own_page(district):
    assert district.get(reverse("admin:teams_devicepass_issue")).headers["Location"] == reverse("teams:pass_list")
