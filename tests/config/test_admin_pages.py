"""Doors of the admin: who gets in, and what answers to whom at a row's own page."""

import pytest
from django.contrib import admin
from django.urls import reverse

from config.admin_site import PortalAdminSite
from core.models import AuditEvent
from teams.permissions import Role
from tests import factories
from tests.admin_rows import FIXED, SCOPED, SHARED, admin_name
from tests.factories import PASSWORD
from tests.readonly import WroteWhileReading, is_read

pytestmark = pytest.mark.django_db
ALL = SCOPED | SHARED | FIXED
OK, FORBIDDEN, NOT_FOUND = 200, 403, 404


def change_url(model: str, row) -> str:
    return reverse(f"{admin_name(model)}_change", args=[row.pk])


# --- the door ---------------------------------------------------------------------------------------------------------
def test_admin_is_the_portals_own_site():
    assert type(admin.site._wrapped) is PortalAdminSite


def test_stranger_is_sent_to_the_portals_own_login(client, db):
    response = client.get("/admin/teams/unit/")
    assert response.headers["Location"] == "/login/?next=/admin/teams/unit/"


def test_admins_own_login_form_does_not_exist(client, db):
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/login/?next=/admin/"
    response = client.post("/admin/login/", {"username": "thanh-doan", "password": PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (302, "/login/?next=/admin/")


@pytest.mark.parametrize(
    ("who", "status"),
    [("city_staff", 200), ("unit_staff", 200), ("viewer", 200), ("leader", 302), ("nobody", 302)],
)
def test_first_page_opens_for_staff_and_viewers_only(client, world, who, status):
    client.force_login(getattr(world, who))
    assert client.get("/admin/").status_code == status


def test_leader_is_sent_home_from_the_admin_and_not_round_in_circles(client, world):
    client.force_login(world.leader)
    response = client.get("/admin/", follow=True)
    assert [url for url, _status in response.redirect_chain] == ["/admin/login/?next=/admin/", "/home/", "/field/"]


def test_locked_account_loses_its_session(client, world):
    client.force_login(world.unit_staff)
    assert client.get("/admin/").status_code == OK
    world.unit_staff.is_active = False
    world.unit_staff.save()
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/teams/team/").status_code == 302


def test_locked_operator_loses_everything(client, db):
    operator = factories.user(is_superuser=True, is_active=False)
    client.force_login(operator)
    assert client.get("/admin/teams/team/").status_code == 302


def test_appointment_that_ended_yesterday_opens_nothing(client, world):
    world.unit_staff.appointments.update(valid_to=factories.PEAK_DAY)
    client.force_login(world.unit_staff)
    assert client.get("/admin/teams/team/").status_code == 302


def test_password_and_logout_are_the_portals_own(client, world):
    client.force_login(world.unit_staff)
    assert client.get("/admin/password_change/").headers["Location"] == "/password/"
    assert client.post("/admin/logout/").headers["Location"] == "/logout/"


@pytest.mark.parametrize(("page", "status"), [("1", 200), ("2", 404), ("x", 404), ("%00", 404), ("-1", 404)])
def test_search_of_the_admin_has_the_pages_that_it_has(client, world, page, status):
    client.force_login(world.city_staff)
    assert client.get(f"/admin/search/?s=doan&page={page}").status_code == status


@pytest.mark.parametrize("path", ["auth/group", "account/emailaddress"])
def test_models_of_libraries_have_no_page(client, path):
    client.force_login(factories.user(is_superuser=True))
    assert client.get(f"/admin/{path}/").status_code == NOT_FOUND


# --- a row's page -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", ALL)
def test_own_rows_page_opens_and_writes_nothing(client, world, no_writes, model):
    row = ALL[model](world.tan_tuc, "Hàng mẫu")
    client.force_login(world.city_staff)
    with no_writes():
        assert client.get(change_url(model, row)).status_code == OK
        assert client.get(reverse(f"{admin_name(model)}_history", args=[row.pk]), follow=True).status_code == OK


@pytest.mark.parametrize("model", SCOPED)
def test_strangers_row_is_not_found(client, world, no_writes, model):
    row = SCOPED[model](world.bank, "Hàng của ngân hàng")
    client.force_login(world.unit_staff)
    with no_writes():
        response = client.get(change_url(model, row))
    assert response.status_code == NOT_FOUND
    assert "ngân hàng" not in response.text.lower()
    assert client.post(change_url(model, row), {}).status_code == NOT_FOUND
    assert client.get(reverse(f"{admin_name(model)}_history", args=[row.pk])).status_code == NOT_FOUND


# What (viewer of Bình Chánh, its unit staff, Thành Đoàn) get at a row of Tân Túc, and at the form for a new one.
PAGES = {
    "teams.unit": [(OK, OK, OK), (FORBIDDEN, OK, OK)],
    "teams.team": [(OK, OK, OK), (FORBIDDEN, OK, OK)],
    "teams.volunteer": [(OK, OK, OK), (FORBIDDEN, OK, OK)],
    "teams.appointment": [(FORBIDDEN, OK, OK), (FORBIDDEN, OK, OK)],
    "teams.devicepass": [(FORBIDDEN, OK, OK), (FORBIDDEN, FORBIDDEN, FORBIDDEN)],
    "accounts.user": [(FORBIDDEN, OK, OK), (FORBIDDEN, OK, OK)],
    "campaigns.campaign": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, OK)],
    "campaigns.campaignday": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, OK)],
    "campaigns.supportpoint": [(OK, OK, OK), (FORBIDDEN, OK, OK)],
    "campaigns.deployment": [(OK, OK, OK), (FORBIDDEN, OK, OK)],
    "campaigns.target": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, OK)],
    "services_help.campaignservice": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, OK)],
    "services_help.session": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, FORBIDDEN)],
    "services_help.assistancelog": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, FORBIDDEN)],
    "services_help.attendance": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, FORBIDDEN)],
    "services_help.void": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, FORBIDDEN)],
    "services_help.devicereport": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, FORBIDDEN)],
    "core.auditevent": [(FORBIDDEN, OK, OK), (FORBIDDEN, FORBIDDEN, FORBIDDEN)],
    "teams.adminarea": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, OK)],
    "teams.areasuccession": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, OK)],
    "campaigns.programmegoal": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, OK)],
    "services_help.service": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, OK)],
    "services_help.metric": [(OK, OK, OK), (FORBIDDEN, FORBIDDEN, OK)],
    "services_help.reviewpolicy": [(FORBIDDEN, OK, OK), (FORBIDDEN, FORBIDDEN, OK)],
    "teams.apitoken": [(FORBIDDEN, FORBIDDEN, OK), (FORBIDDEN, FORBIDDEN, OK)],
    "desk.outlierrule": [(FORBIDDEN, FORBIDDEN, OK), (FORBIDDEN, FORBIDDEN, FORBIDDEN)],
}


@pytest.mark.parametrize("model", ALL)
def test_pages_answer_by_role(client, world, no_writes, model):
    row = ALL[model](world.tan_tuc, "Hàng mẫu")
    answers = []
    for url in (change_url(model, row), reverse(f"{admin_name(model)}_add")):
        statuses = []
        for user in (world.viewer, world.unit_staff, world.city_staff):
            client.force_login(user)
            with no_writes():
                statuses.append(client.get(url).status_code)
        answers.append(tuple(statuses))
    assert answers == PAGES[model]


READ_ONLY_FOR_UNIT_STAFF = [
    "campaigns.campaign",
    "campaigns.campaignday",
    "campaigns.target",
    "services_help.campaignservice",
    "services_help.session",
    "services_help.assistancelog",
    "services_help.attendance",
    "services_help.void",
    "services_help.devicereport",
    "core.auditevent",
    "teams.appointment",
    "teams.devicepass",
    "teams.adminarea",
    "teams.areasuccession",
    "campaigns.programmegoal",
    "services_help.service",
    "services_help.metric",
    "services_help.reviewpolicy",
]


@pytest.mark.parametrize("model", READ_ONLY_FOR_UNIT_STAFF)
def test_what_unit_staff_may_only_read_refuses_their_change(client, world, model):
    row = ALL[model](world.tan_tuc, "Hàng mẫu")
    client.force_login(world.unit_staff)
    events = AuditEvent.objects.count()
    assert client.post(change_url(model, row), {"name": "Tên bị sửa"}).status_code == FORBIDDEN
    assert AuditEvent.objects.count() == events


APPEND_ONLY = [
    "services_help.session",
    "services_help.assistancelog",
    "services_help.attendance",
    "services_help.void",
    "services_help.devicereport",
    "core.auditevent",
]


@pytest.mark.parametrize("model", APPEND_ONLY)
def test_what_was_logged_is_not_changed_or_deleted_even_by_the_operator(client, world, model):
    row = ALL[model](world.tan_tuc, "Hàng mẫu")
    client.force_login(factories.user(is_superuser=True))
    assert client.post(change_url(model, row), {}).status_code == FORBIDDEN
    delete = reverse(f"{admin_name(model)}_delete", args=[row.pk])
    assert client.post(delete, {"post": "yes"}).status_code == FORBIDDEN
    assert type(row).objects.filter(pk=row.pk).exists()


DELETED_BY_THANH_DOAN = [
    "campaigns.campaignday",
    "campaigns.target",
    "services_help.campaignservice",
    "services_help.reviewpolicy",
]


@pytest.mark.parametrize("model", ALL)
def test_only_what_no_history_hangs_on_can_be_deleted(client, world, model):
    row = ALL[model](world.tan_tuc, "Hàng mẫu")
    client.force_login(world.city_staff)
    delete = reverse(f"{admin_name(model)}_delete", args=[row.pk])
    status = client.post(delete, {"post": "yes"}).status_code
    assert status == (302 if model in DELETED_BY_THANH_DOAN else FORBIDDEN)
    assert type(row).objects.filter(pk=row.pk).exists() == (model not in DELETED_BY_THANH_DOAN)
    gone = AuditEvent.objects.filter(action=f"{model}_deleted", target_id=str(row.pk), actor=world.city_staff)
    assert gone.count() == (1 if model in DELETED_BY_THANH_DOAN else 0)


# --- suggestions ------------------------------------------------------------------------------------------------------
def suggested(client, model: str, field: str, term: str) -> list[str]:
    app, _, name = model.partition(".")
    query = {"app_label": app, "model_name": name, "field_name": field, "term": term}
    return [row["text"] for row in client.get("/admin/autocomplete/", query).json()["results"]]


@pytest.mark.parametrize(
    ("who", "found"),
    [
        ("city_staff", ["Tổ xung kích Tân Túc · TO-TT", "Tổ xung kích Vĩnh Lộc A · TO-VL"]),
        ("unit_staff", ["Tổ xung kích Tân Túc · TO-TT", "Tổ xung kích Vĩnh Lộc A · TO-VL"]),
        ("bank_staff", []),
    ],
)
def test_suggestions_are_the_readers_rows_blind_to_accents(client, world, no_writes, who, found):
    client.force_login(getattr(world, who))
    with no_writes():
        assert suggested(client, "campaigns.deployment", "team", "to xung kich") == found


def test_suggested_unit_that_has_ended_says_so(client, world):
    factories.unit("CU", parent=world.binh_chanh, name="Đoàn xã Cũ", valid_to=factories.PEAK_DAY)
    client.force_login(world.city_staff)
    assert suggested(client, "campaigns.campaign", "owner", "xa cu") == ["Đoàn xã Cũ · CU (…26/03/2023)"]


def test_suggestions_are_refused_to_who_may_not_see_the_model(client, world):
    client.force_login(world.viewer)
    query = {"app_label": "teams", "model_name": "appointment", "field_name": "user", "term": "a"}
    assert client.get("/admin/autocomplete/", query).status_code == FORBIDDEN


def test_suggested_accounts_are_those_appointed_below(client, world):
    client.force_login(world.unit_staff)
    names = suggested(client, "teams.appointment", "user", "nguoi dung")
    assert names == [
        "Người dùng can-bo-bc",
        "Người dùng doi-truong",
        "Người dùng nguoi-xem",
    ]
    assert Role.UNIT_STAFF in world.unit_staff.appointments.values_list("role", flat=True)


# --- the wrapper that these tests trust -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        ('SELECT "id" FROM "teams_unit"', True),
        ("(SELECT 1) UNION (SELECT 2)", True),
        ("WITH tree AS (SELECT 1) SELECT * FROM tree", True),
        ("SELECT 'UPDATE me'", True),
        ('SAVEPOINT "s1"', True),
        ('INSERT INTO "teams_unit" VALUES (1)', False),
        ('UPDATE "teams_unit" SET "name" = 1', False),
        ('DELETE FROM "teams_unit"', False),
        ('SELECT 1 FROM "teams_unit" FOR UPDATE', False),
        ('SELECT 1 FROM "teams_unit" FOR NO KEY UPDATE OF "teams_unit"', False),
        ("WITH gone AS (DELETE FROM teams_unit RETURNING id) SELECT * FROM gone", False),
        ("TRUNCATE teams_unit", False),
    ],
)
def test_wrapper_tells_reading_from_writing(sql, reads):
    assert is_read(sql) == reads


def test_wrapper_refuses_a_write_and_names_it(world, no_writes):
    with no_writes(), pytest.raises(WroteWhileReading, match='UPDATE "teams_unit"'):
        world.city.save()
