"""What does not fit in a day is told in one sentence; what nearly does not fit is left alone."""

import datetime as dt

import pytest
from django.utils import timezone

from campaigns.clashes import KINDS, clashes_of
from campaigns.clashes import told as told_counts
from campaigns.clashing import numbers, with_clash
from campaigns.models import Deployment
from teams.models import DevicePass
from teams.permissions import Role
from tests import factories
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def plan(world):
    """A day on which everything fits: the team with its leader at a point that is open."""
    campaign = factories.campaign(owner=world.city, name="Ngày cao điểm")
    campaign.peak = factories.campaign_day(campaign)
    campaign.area = factories.area()
    hours = {"opens_at": dt.time(7, 30), "closes_at": dt.time(17)}
    campaign.point = factories.point(unit=world.tan_tuc, area=campaign.area, name="Một cửa Tân Túc", **hours)
    campaign.row = factories.deployment(world.team, campaign.peak, campaign.point)
    return campaign


def told(*rows) -> list[str]:
    fresh = Deployment.objects.filter(pk__in=[row.pk for row in rows]).for_list()
    found = clashes_of(PEAK_DAY, fresh)
    return [clash.text for row in rows for clash in found.get(row.pk, [])]


def card(team, by, **fields) -> DevicePass:
    defaults = {"digest": f"{team.pk}-{factories.number()}", "valid_to": PEAK_DAY, "created_by": by}
    return DevicePass.objects.create(team=team, **defaults | fields)


def test_plan_that_fits_says_nothing(plan):
    assert told(plan.row) == []


# --- a team twice -----------------------------------------------------------------------------------------------------
def other_point(world, plan):
    return factories.point(unit=world.tan_tuc, area=plan.area, name="Chợ Bình Chánh")


def test_team_in_two_places_at_one_time(world, plan):
    hours = {"starts_at": dt.time(11), "ends_at": dt.time(13)}
    other = factories.deployment(world.team, plan.peak, other_point(world, plan), **hours)
    assert told(plan.row, other) == [
        "Cùng giờ này đội còn được phân công: Chợ Bình Chánh, 11:00–13:00.",
        "Cùng giờ này đội còn được phân công: Một cửa Tân Túc, 07:30–11:30.",
    ]


def test_shift_that_begins_when_the_other_ends_fits(world, plan):
    hours = {"starts_at": dt.time(11, 30), "ends_at": dt.time(13)}
    assert told(plan.row, factories.deployment(world.team, plan.peak, other_point(world, plan), **hours)) == []


def test_team_sent_out_by_another_campaign_too(world, plan):
    second = factories.campaign_day(factories.campaign(owner=world.city, name="Hiến máu"))
    factories.deployment(world.team, second)
    assert told(plan.row) == ["Cùng giờ này đội còn được phân công ở “Hiến máu”: lưu động, 07:30–11:30."]


def test_other_day_other_team_and_what_was_called_off_are_no_clash(world, plan):
    factories.deployment(world.team, factories.campaign_day(plan, PEAK_DAY + DAY))
    factories.deployment(world.team_bank, plan.peak, plan.point)
    factories.deployment(world.team, plan.peak, cancelled_at=timezone.now())
    assert told(plan.row) == []


# --- what is not there that day ---------------------------------------------------------------------------------------
def test_point_closed_after_the_team_had_been_sent(plan):
    plan.point.valid_to = PEAK_DAY - DAY
    plan.point.save()
    assert told(plan.row) == ["Điểm không mở vào ngày này (01/01/2020 – 25/03/2023)."]


def test_point_that_closes_with_that_day_fits(plan):
    plan.point.valid_to = PEAK_DAY
    plan.point.save()
    assert told(plan.row) == []


def test_team_that_has_ended(world, plan):
    world.team.valid_to = PEAK_DAY - DAY
    world.team.save()
    assert told(plan.row) == ["Đội không hoạt động vào ngày này (01/01/2020 – 25/03/2023)."]


def test_team_that_begins_later(world, plan):
    world.team.valid_from = PEAK_DAY + DAY
    world.team.save()
    assert told(plan.row) == ["Đội không hoạt động vào ngày này (từ 27/03/2023)."]


# --- hours ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("starts_at", "ends_at", "fits"),
    [("07:30", "17:00", True), ("07:29", "11:00", False), ("16:00", "17:01", False), ("09:00", "10:00", True)],
)
def test_hours_of_the_point(plan, starts_at, ends_at, fits):
    Deployment.objects.update(starts_at=starts_at, ends_at=ends_at)
    assert told(plan.row) == ([] if fits else ["Ngoài giờ mở cửa của điểm (07:30–17:00)."])


def test_point_without_hours_is_open_all_day(plan):
    plan.point.opens_at = plan.point.closes_at = None
    plan.point.save()
    Deployment.objects.update(starts_at="00:00", ends_at="23:59")
    assert told(plan.row) == []


# --- somebody to lead -------------------------------------------------------------------------------------------------
NOBODY = ["Chưa có đội trưởng hay thẻ thiết bị dùng được trong ngày này."]


def test_team_without_anybody_to_open_its_shift(world, plan):
    assert told(factories.deployment(world.team_vinh_loc, plan.peak)) == NOBODY


def test_leader_who_is_locked_out_does_not_lead(world, plan):
    world.leader.is_active = False
    world.leader.save()
    assert told(plan.row) == NOBODY


@pytest.mark.parametrize(("days", "expected"), [(0, []), (1, NOBODY)])
def test_leader_whose_appointment_ends(world, plan, days, expected):
    world.leader.appointments.update(valid_to=PEAK_DAY - days * DAY)
    assert told(plan.row) == expected


def test_member_of_staff_of_the_unit_is_no_leader(world, plan):
    factories.user(role=Role.UNIT_STAFF, unit=world.vinh_loc)
    assert told(factories.deployment(world.team_vinh_loc, plan.peak)) == NOBODY


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, []), ({"valid_to": PEAK_DAY - DAY}, NOBODY), ({"revoked_at": timezone.now()}, NOBODY)],
)
def test_card_that_waits_to_be_scanned_is_enough(world, plan, fields, expected):
    card(world.team_vinh_loc, world.city_staff, **fields)
    assert told(factories.deployment(world.team_vinh_loc, plan.peak)) == expected


# --- all together -----------------------------------------------------------------------------------------------------
def test_counts_are_told_the_grave_ones_first():
    assert [(count.number, count.is_grave, count.text) for count in told_counts({"no_leader": 1, "twice": 2})] == [
        (2, True, "2 phân công trùng giờ với phân công khác của đội"),
        (1, False, "1 phân công chưa có đội trưởng hay thẻ thiết bị"),
    ]


def day_of_all_kinds(world, plan) -> None:
    """Deployments of one day, some with one clash, some with several, some with none."""
    gone = factories.point(unit=world.tan_tuc, area=plan.area, valid_to=PEAK_DAY - DAY)
    ended = factories.team(unit=world.tan_tuc, valid_to=PEAK_DAY - DAY)
    by_card, later, alone = (factories.team(unit=world.tan_tuc) for _number in range(3))
    card(by_card, world.city_staff)
    card(alone, world.city_staff, revoked_at=timezone.now())
    second = factories.campaign_day(factories.campaign(owner=world.city, name="Hiến máu"))
    factories.deployment(world.team, second)
    factories.deployment(world.team, plan.peak, starts_at=dt.time(11, 30), ends_at=dt.time(12))
    factories.deployment(world.team_vinh_loc, plan.peak, gone)
    factories.deployment(ended, plan.peak, plan.point, starts_at=dt.time(7))
    factories.deployment(by_card, plan.peak, plan.point, ends_at=dt.time(17))
    factories.deployment(by_card, plan.peak, gone, starts_at=dt.time(16), ends_at=dt.time(17, 30))
    factories.deployment(later, plan.peak, plan.point, starts_at=dt.time(16), ends_at=dt.time(17, 1))
    factories.deployment(alone, plan.peak)
    factories.deployment(alone, factories.campaign_day(plan, PEAK_DAY + DAY))
    factories.deployment(by_card, plan.peak, starts_at=dt.time(9), cancelled_at=timezone.now())


def test_database_finds_what_is_told_of_each_row(world, plan):
    day_of_all_kinds(world, plan)
    rows = Deployment.objects.active().filter(campaign_day=plan.peak)
    found = clashes_of(PEAK_DAY, rows.for_list())
    by_kind = {kind: {pk for pk, each in found.items() if kind in {clash.kind for clash in each}} for kind in KINDS}
    assert all(by_kind.values())
    for kind in KINDS:
        assert {row.pk for row in rows.filter(with_clash(PEAK_DAY, [kind]))} == by_kind[kind], kind
    assert {row.pk for row in rows.filter(with_clash(PEAK_DAY))} == set(found)
    assert rows.aggregate(**numbers(PEAK_DAY)) == {kind: len(pks) for kind, pks in by_kind.items()}


@pytest.mark.parametrize("count", [1, 30])
def test_clashes_of_a_day_take_three_queries(world, plan, django_assert_num_queries, count):
    for _number in range(count):
        factories.deployment(factories.team(unit=world.tan_tuc), plan.peak, plan.point)
    rows = list(Deployment.objects.for_list())
    with django_assert_num_queries(3):
        found = clashes_of(PEAK_DAY, rows)
    assert len(found) == count


def test_day_without_anybody_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert clashes_of(PEAK_DAY, []) == {}
