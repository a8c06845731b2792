"""Which campaign a session counts for is found when it comes in."""

import datetime as dt

import pytest

from services_help.intake import receive
from services_help.models import Session
from teams.access import access_of_user
from teams.services import move_team
from tests import factories
from tests.factories import PEAK_DAY
from tests.services_help.intake_items import DEVICE, session_item


@pytest.fixture
def campaign_of(world):
    """``campaign_of(**fields)``: the code of the campaign that a new session of the team is put under."""

    def find(team: str = "TO-TT", **fields):
        item = session_item(team, **fields)
        (result,) = receive([item], device=DEVICE, access=access_of_user(world.city_staff))
        assert result.status == "stored"
        return Session.objects.values_list("campaign__code", flat=True).get(pk=item["id"])

    return find


def test_unplanned_shift_on_an_ordinary_day_has_no_campaign(campaign_of, world):
    factories.campaign_day(factories.campaign("THUONG", owner=world.city), kind="ordinary")

    assert campaign_of() is None


def test_deployment_of_the_team_that_day_decides(campaign_of, world):
    day = factories.campaign_day(factories.campaign("CHO-SO", owner=world.binh_chanh))
    factories.deployment(world.team, day)
    factories.campaign_day(factories.campaign("CAO-DIEM", owner=world.city), kind="peak")

    assert campaign_of() == "CHO-SO"
    assert campaign_of(day=PEAK_DAY - dt.timedelta(days=1)) is None
    assert campaign_of("TO-VL") == "CAO-DIEM"


def test_deployment_to_the_same_point_comes_before_an_earlier_one(campaign_of, world):
    area = factories.area()
    market, hospital = (factories.point(code, unit=world.tan_tuc, area=area) for code in ("CHO", "BV"))
    for code, point, hour in (("SANG", market, 7), ("CHIEU", hospital, 13)):
        day = factories.campaign_day(factories.campaign(code, owner=world.city))
        factories.deployment(world.team, day, point, starts_at=dt.time(hour), ends_at=dt.time(hour + 4))

    assert campaign_of(point="BV") == "CHIEU"
    assert campaign_of(point="CHO") == "SANG"
    assert campaign_of() == "SANG"


def test_cancelled_deployment_does_not_count(campaign_of, world):
    day = factories.campaign_day(factories.campaign("CHO-SO", owner=world.city))
    factories.deployment(world.team, day, cancelled_at=factories.local(PEAK_DAY, 6))

    assert campaign_of() is None


def test_deployment_of_a_draft_does_not_count(campaign_of, world):
    """The phone does not show it; what it is planned for is not what the team does."""
    draft = factories.campaign("NHAP", owner=world.city, status="draft")
    factories.deployment(world.team, factories.campaign_day(draft))
    assert campaign_of() is None
    factories.campaign_day(factories.campaign("CAO-DIEM", owner=world.city), kind="peak")
    assert campaign_of() == "CAO-DIEM"


def test_peak_day_of_the_nearest_unit_above_counts(campaign_of, world):
    for code, owner in (("TP", world.city), ("BC", world.binh_chanh), ("NH", world.banks)):
        factories.campaign_day(factories.campaign(code, owner=owner), kind="peak")

    assert [campaign_of(team) for team in ("TO-TT", "TO-VL", "TO-NH")] == ["BC", "BC", "NH"]


def test_draft_and_foreign_peak_days_do_not_count(campaign_of, world):
    factories.campaign_day(factories.campaign("NHAP", owner=world.city, status="draft"), kind="peak")
    factories.campaign_day(factories.campaign("NH", owner=world.banks), kind="peak")

    assert campaign_of() is None


def test_peak_day_is_found_by_the_home_of_that_day(campaign_of, world):
    factories.campaign_day(factories.campaign("NH", owner=world.banks), kind="peak")
    move_team(team=world.team, unit=world.bank, since=PEAK_DAY + dt.timedelta(days=1), by=None)

    assert campaign_of() is None
    move_team(team=world.team, unit=world.bank, since=PEAK_DAY, by=None)
    assert campaign_of() == "NH"
