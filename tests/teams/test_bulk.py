"""What many changes at once write is what the services would have written one by one."""

import datetime as dt

import pytest

from teams import bulk, services
from teams.models import Team, Unit
from tests import factories

pytestmark = pytest.mark.django_db
HISTORY = [dt.date(2021, 1, 1), dt.date(2023, 1, 1), dt.date(2090, 1, 1)]


def with_history(world, code: str, **fields) -> Team:
    """Tân Túc, Vĩnh Lộc from 2021, the bank from 2023, and Tân Túc again from 2090 on."""
    team = factories.team(code, unit=world.tan_tuc, **fields)
    for unit, since in zip((world.vinh_loc, world.bank, world.tan_tuc), HISTORY, strict=True):
        if team.is_valid_on(since):
            services.put_team(team=team, unit=unit, since=since)
    return team


def homes(team: Team) -> list[tuple]:
    return list(team.homes.order_by("valid_from").values_list("unit", "valid_from", "valid_to"))


@pytest.mark.parametrize("last_day", [None, dt.date(2025, 12, 31)], ids=["open", "ended"])
@pytest.mark.parametrize(
    "since",
    [dt.date(2020, 1, 1), dt.date(2020, 6, 1), *HISTORY[:2], dt.date(2022, 12, 31), dt.date(2024, 6, 1)],
    ids=str,
)
def test_bulk_move_is_the_move_of_the_service(world, since, last_day):
    one, many = (with_history(world, code, valid_to=last_day) for code in ("MOT", "NHIEU"))
    services.put_team(team=one, unit=world.banks, since=since)
    bulk.move_placed(Team, [(many, world.banks, since)])
    assert homes(many) == homes(one)


def test_bulk_moves_leave_others_alone(world):
    moved, other = with_history(world, "MOT"), with_history(world, "HAI")
    before = homes(other)
    bulk.move_placed(Team, [(moved, world.banks, dt.date(2024, 1, 1))])
    assert homes(other) == before


def test_bulk_of_nothing_does_nothing(world):
    count = Unit.objects.count()
    bulk.add_placed(Unit, [])
    bulk.move_placed(Unit, [])
    bulk.correct(Unit, [], "name")
    assert Unit.objects.count() == count


def test_bulk_correction_reaches_what_is_derived(world):
    world.tan_tuc.name = "Đoàn thị trấn Ánh Sáng"
    bulk.correct(Unit, [world.tan_tuc], "name")
    assert list(Unit.objects.search("anh sang")) == [world.tan_tuc]
