"""Filters of the admin's lists: by the tree of today, by validity, by state, by the day as people write it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from core.dated import today
from core.models import AuditEvent
from teams.models import DevicePass
from teams.permissions import Scope
from tests import factories
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


def listed(client, model: str, **query) -> list[str]:
    """What the list shows, as its rows call themselves."""
    response = client.get(reverse(f"admin:{model.replace('.', '_')}_changelist"), query)
    return sorted(str(row) for row in response.context["cl"].result_list)


def test_under_a_unit_means_with_all_below_it(city, world):
    under = {"under": world.binh_chanh.pk}
    assert listed(city, "teams.unit", **under) == [
        "Huyện Đoàn Bình Chánh",
        "Đoàn thị trấn Tân Túc",
        "Đoàn xã Vĩnh Lộc A",
    ]
    assert listed(city, "teams.team", **under) == ["Tổ xung kích Tân Túc", "Tổ xung kích Vĩnh Lộc A"]
    factories.volunteer(unit=world.tan_tuc, full_name="Lê Thị Gần")
    factories.volunteer(unit=world.bank, full_name="Lê Thị Xa")
    assert listed(city, "teams.volunteer", **under) == ["Lê Thị Gần"]


def test_under_a_unit_that_the_reader_does_not_see_is_nothing(client, world):
    client.force_login(world.unit_staff)
    assert listed(client, "teams.team", under=world.banks.pk) == []
    response = client.get(reverse("admin:teams_team_changelist"))
    assert "Đoàn khối Ngân hàng" not in response.text


def test_deployments_and_campaigns_go_by_team_and_owner(city, world):
    for unit, team in ((world.binh_chanh, world.team), (world.banks, world.team_bank)):
        factories.deployment(team, factories.campaign_day(factories.campaign(owner=unit, name=f"Của {unit.code}")))
    assert listed(city, "campaigns.campaign", under=world.banks.pk) == ["Của NH"]
    assert len(listed(city, "campaigns.deployment", under=world.banks.pk)) == 1


@pytest.mark.parametrize(("validity", "names"), [("now", ["Nay"]), ("past", ["Xưa"]), ("future", ["Mai"])])
def test_validity_tells_now_past_and_future(city, world, validity, names):
    factories.team(unit=None, name="Nay")
    factories.team(unit=None, name="Xưa", valid_to=PEAK_DAY)
    factories.team(unit=None, name="Mai", since=today() + DAY)
    assert [
        name for name in listed(city, "teams.team", validity=validity) if not name.startswith(("Tổ", "Đội"))
    ] == names


@pytest.mark.parametrize("written", ["05/03/2023", "2023-03-05"])
def test_day_is_read_as_people_write_it_the_day_first(city, world, written):
    for day in (dt.date(2023, 3, 5), dt.date(2023, 5, 3), dt.date(2023, 3, 6)):
        factories.session(world.team, day)
    response = city.get(reverse("admin:services_help_session_changelist"), {"day_from": written, "day_to": written})
    assert [session.day for session in response.context["cl"].result_list] == [dt.date(2023, 3, 5)]


def test_day_that_is_none_filters_nothing(city, world):
    factories.session(world.team)
    assert len(listed(city, "services_help.session", day_from="31/02/2023")) == 1


def test_moments_are_found_by_their_whole_day_here(city, world):
    """Late in the evening here is another day in UTC."""
    late = factories.local(PEAK_DAY, 23, 30)
    early = factories.local(PEAK_DAY + DAY, 0, 30)
    for label, at in (("khuya", late), ("sau nửa đêm", early)):
        AuditEvent.objects.create(action="x.changed", target_type="teams.team", target_label=label, at=at)
    query = {"at_from": "26/03/2023", "at_to": "26/03/2023"}
    response = city.get(reverse("admin:core_auditevent_changelist"), query)
    assert [event.target_label for event in response.context["cl"].result_list] == ["khuya"]


@pytest.mark.parametrize(
    ("query", "count"),
    [({"verb": "moved"}, 2), ({"verb": "voided"}, 1), ({"kind": "teams.unit"}, 1), ({"verb": "khong-co"}, 4)],
)
def test_trail_is_filtered_by_what_was_done_and_to_what(client, world, query, count):
    unit = factories.unit(parent=world.binh_chanh)
    for action, kind in (
        ("teams.team_moved", "teams.team"),
        ("teams.team_moved", "teams.team"),
        ("services_help.session_voided", "services_help.session"),
    ):
        AuditEvent.objects.create(action=action, target_type=kind, target_label="Mẫu", scope_unit=unit.pk)
    AuditEvent.objects.create(
        action="teams.unit_changed", target_type="teams.unit", target_label="Mẫu", scope_unit=unit.pk
    )
    client.force_login(world.unit_staff)
    response = client.get(reverse("admin:core_auditevent_changelist"), {"q": "mau", **query})
    assert response.context["cl"].result_count == count


@pytest.mark.parametrize(("state", "names"), [("usable", ["Còn"]), ("expired", ["Hết"]), ("revoked", ["Thu"])])
def test_keys_are_told_by_their_state(city, world, state, names):
    factories.token(Scope.STATS_READ, unit=world.city, owner=factories.user(full_name="Còn"))
    factories.token(
        Scope.STATS_READ, unit=world.city, owner=factories.user(full_name="Hết"), expires_at=timezone.now() - DAY
    )
    factories.token(Scope.STATS_READ, unit=world.city, owner=factories.user(full_name="Thu"), revoked_at=timezone.now())
    response = city.get(reverse("admin:teams_apitoken_changelist"), {"state": state})
    assert [token.user.full_name for token in response.context["cl"].result_list] == names


@pytest.mark.parametrize(("state", "labels"), [("usable", ["Còn"]), ("expired", ["Hết"]), ("revoked", ["Thu"])])
def test_passes_are_told_by_their_state(city, world, state, labels):
    for label, fields in (
        ("Còn", {"valid_to": today()}),
        ("Hết", {"valid_to": today() - DAY}),
        ("Thu", {"valid_to": today(), "revoked_at": timezone.now()}),
    ):
        DevicePass.objects.create(team=world.team, label=label, digest=label, created_by=world.city_staff, **fields)
    response = city.get(reverse("admin:teams_devicepass_changelist"), {"state": state})
    assert [each.label for each in response.context["cl"].result_list] == labels


@pytest.mark.parametrize(("role", "names"), [("viewer", ["Người dùng nguoi-xem"]), ("api_client", [])])
def test_accounts_are_found_by_the_role_they_hold_today(city, world, role, names):
    assert listed(city, "accounts.user", role=role) == names


@pytest.mark.parametrize(("state", "count"), [("active", 1), ("cancelled", 1), ("", 2)])
def test_cancelled_deployments_are_told_apart(city, world, state, count):
    day = factories.campaign_day(factories.campaign(owner=world.city))
    factories.deployment(world.team, day)
    factories.deployment(world.team_bank, day, cancelled_at=timezone.now())
    assert len(listed(city, "campaigns.deployment", state=state)) == count


def test_services_are_found_by_group(city, world):
    factories.service("DVC-NOP")
    factories.service("TT-VI")
    assert listed(city, "services_help.service", group="TT") == ["Dịch vụ TT-VI"]
