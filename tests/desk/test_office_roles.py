"""Who may do what, and which services stand on the phones, as anybody can read it."""

import datetime as dt

import pytest
from django.utils import timezone

from core.dated import DAY
from services_help.models import CampaignService
from teams.models import Appointment
from teams.permissions import ROLE_RIGHTS, Right, Role
from teams.right_words import RIGHT_WORDS
from tests import factories

pytestmark = pytest.mark.django_db
ROLES, CATALOGUE = "/office/roles/", "/office/catalogue/"


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


# --- roles ------------------------------------------------------------------------------------------------------------
def test_the_table_is_the_one_that_is_in_force(city):
    context = city.get(ROLES).context
    told = {
        (str(row["words"]), str(role)): may
        for group in context["groups"]
        for row in group["rows"]
        for role, may in row["cells"]
    }
    roles = [role for role in Role if role != Role.API_CLIENT]
    assert told == {
        (str(RIGHT_WORDS[right]), str(role.label)): right in ROLE_RIGHTS[role] for right in Right for role in roles
    }


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("city_staff", {"thanh-doan", "can-bo-bc", "can-bo-nh", "nguoi-xem", "doi-truong", "doi-truong-nh"}),
        ("unit_staff", {"can-bo-bc", "nguoi-xem", "doi-truong"}),
    ],
)
def test_holders_are_those_of_the_readers_part_of_the_city(client, world, who, names):
    client.force_login(getattr(world, who))
    assert {held.user.username for held in client.get(ROLES).context["page"]} == names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "tan tuc"}, ["doi-truong"]),
        ({"q": "binh chanh", "role": "viewer"}, ["nguoi-xem"]),
        ({"q": "can-bo-nh", "role": "viewer"}, []),
        ({"role": "nonsense", "q": "can bo bc"}, ["can-bo-bc"]),
        ({"q": "het han"}, []),
        ({"q": "het han", "when": "all"}, ["het-han"]),
    ],
)
def test_holders_are_found_by_name_place_role_and_time(city, world, query, names):
    ended = factories.user("het-han")
    Appointment.objects.create(
        user=ended, role="viewer", unit=world.banks, valid_from=factories.LONG_AGO, valid_to=timezone.localdate() - DAY
    )
    assert [held.user.username for held in city.get(ROLES, query).context["page"]] == names


@pytest.mark.parametrize(("who", "status"), [("unit_staff", 200), ("viewer", 403), ("leader", 403), ("nobody", 403)])
def test_roles_are_for_those_who_appoint(client, world, who, status):
    client.force_login(getattr(world, who))
    assert client.get(ROLES).status_code == status


@pytest.mark.parametrize("count", [1, 3])
def test_roles_ask_as_often_however_many_hold_one(city, world, django_assert_num_queries, no_writes, count):
    for _number in range(count):
        factories.user(role=Role.VIEWER, unit=world.banks)
    with django_assert_num_queries(4), no_writes():
        city.get(ROLES)


# --- the catalogue ----------------------------------------------------------------------------------------------------
def service(code: str, **fields):
    return factories.service(code, name=f"Dịch vụ {code}", short_name=code, **fields)


def tiles(response) -> list[str]:
    return [each.code for group in response.context["groups"] for each in group["services"]]


def test_tiles_are_those_of_the_day_and_the_campaign(city, world):
    new = service("DVC-MOI", valid_from=dt.date(2025, 1, 1))
    service("DVC-CU", valid_to=dt.date(2024, 12, 31), replaced_by=new)
    chosen = service("TT-QR")
    campaign = factories.campaign(owner=world.city)
    assert sorted(tiles(city.get(CATALOGUE, {"day": "2024-12-31"}))) == ["DVC-CU", "TT-QR"]
    assert sorted(tiles(city.get(CATALOGUE, {"day": "2025-01-01"}))) == ["DVC-MOI", "TT-QR"]
    assert "thay bằng “Dịch vụ DVC-MOI”" in city.get(CATALOGUE).text
    CampaignService.objects.create(campaign=campaign, service=chosen)
    assert tiles(city.get(CATALOGUE, {"day": "2025-01-01", "campaign": campaign.pk})) == ["TT-QR"]
    assert tiles(city.get(CATALOGUE, {"day": "nonsense"})) == tiles(city.get(CATALOGUE))


def test_what_wants_mending_is_told(city, world):
    late = service("DVC-MOI", valid_from=dt.date(2025, 9, 1))
    service("DVC-CU", valid_to=dt.date(2024, 12, 31), replaced_by=late)
    group = factories.service_group("XX", valid_to=dt.date(2024, 6, 30))
    service("XX-1", group=group)
    ended = service("TT-QR", valid_to=dt.date(2024, 6, 30))
    campaign = factories.campaign(owner=world.city)
    CampaignService.objects.create(campaign=campaign, service=ended)
    told = city.get(CATALOGUE, {"day": "2025-06-01", "campaign": campaign.pk}).context["warnings"]
    assert [next(code for code in ("XX-1", "DVC-CU", "TT-QR") if code in text) for text in told] == [
        "XX-1",
        "DVC-CU",
        "TT-QR",
    ]


def test_a_day_without_a_tile_says_so(city):
    assert "Không có ô nào" in city.get(CATALOGUE, {"day": "1990-01-01"}).text


@pytest.mark.parametrize("count", [1, 3])
def test_the_catalogue_asks_as_often_however_many_services(city, world, django_assert_num_queries, no_writes, count):
    for number in range(count):
        service(f"DVC-{number}")
    with django_assert_num_queries(11), no_writes():
        city.get(CATALOGUE)


def service_form(each, **changes) -> dict:
    names = ("code", "name", "name_en", "short_name", "short_name_en", "icon", "position")
    form = {name: getattr(each, name) for name in names} | {"group": each.group_id, "for_citizens": "on"}
    form |= {"service_metrics-TOTAL_FORMS": 0, "service_metrics-INITIAL_FORMS": 0, "valid_from": "01/01/2020"}
    return form | changes


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "hãy ghi ngày cuối"),
        ({"valid_to": "31/12/2024"}, "chưa có hiệu lực sau ngày 31/12/2024"),
        ({"valid_to": "28/02/2025"}, ""),
    ],
)
def test_what_replaces_a_service_must_be_there_the_next_day(city, changes, told):
    old, new = service("DVC-CU"), service("DVC-MOI", valid_from=dt.date(2025, 3, 1))
    form = service_form(old, replaced_by=new.pk, **changes)
    response = city.post(f"/admin/services_help/service/{old.pk}/change/", form)
    old.refresh_from_db()
    if told:
        assert told in response.text
        assert old.replaced_by is None
    else:
        assert (response.status_code, old.replaced_by) == (302, new)
