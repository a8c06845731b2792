"""The Python client on units: what became of them, also while somebody is rearranging them."""

import datetime as dt

import pytest
from xungkichso import Became, FiguresMoved, NotAllowed, Portal
from xungkichso.portal import READINGS
from xungkichso.transport import Transport

from core.models import Revision
from teams.permissions import Scope
from tests import factories
from tests.factories import LONG_AGO, PEAK_DAY
from tests.teams.reorganised import DAY, executed

LATER = dt.date(2026, 1, 1)


@pytest.fixture
def portal(own_world):
    with Portal(own_world.url, own_world.other_key) as portal:
        yield portal


def opened(code: str) -> tuple[str, dict]:
    values = {"code": code, "name": f"Đoàn {code}", "kind": "commune", "block": "territory", "parent": "TD"}
    return "open", values


@pytest.fixture
def reformed(own_world):
    """Tân Túc gets another name and later goes into the bank; Vĩnh Lộc goes into two, of which one has that bank."""
    by = own_world.city_staff
    executed(by, ("rename", {"unit": "BC-TT", "name": "Đoàn xã Tân Túc"}), day=DAY)
    executed(by, ("merge", {"units": ["BC-TT"], "into": "NH-01"}), day=LATER)
    executed(by, opened("PX-1"), opened("PX-2"), ("split", {"unit": "BC-VL", "into": ["PX-1", "PX-2"]}), day=LATER)
    return own_world


def became(found: tuple[Became, ...]) -> list[tuple[str | None, str]]:
    return [(each.unit and each.unit.exact, each.relation) for each in found]


def test_units_of_a_day_are_those_of_that_day(reformed, portal):
    then = {unit.code: unit for unit in portal.units(PEAK_DAY)}
    now = {unit.code: unit for unit in portal.units()}

    assert then["BC-TT"].valid_to == DAY - dt.timedelta(days=1)
    assert ("BC-TT" in now, "PX-1" in now) == (False, True)
    assert [placement.unit for placement in now["PX-1"].parents] == ["TD"]
    assert portal.units(PEAK_DAY.isoformat()) == list(then.values())


def test_a_unit_of_any_day_is_followed_to_those_of_today(reformed, portal):
    lineage = portal.lineage()

    old = lineage.find("BC-TT", PEAK_DAY)
    assert (old.name, lineage.find("BC-TT", "2025-07-01").name) == ("Đoàn thị trấn Tân Túc", "Đoàn xã Tân Túc")
    assert lineage.find("BC-TT", LATER) is None
    assert became(lineage.became(old)) == [("NH-01@2020-01-01", "whole")]
    assert [(line.kind, line.unit) for line in old.successors] == [("rename", "BC-TT")]
    parts = [("PX-1@2026-01-01", "part"), ("PX-2@2026-01-01", "part")]
    assert became(lineage.became(lineage.find("BC-VL", PEAK_DAY))) == parts
    assert became(lineage.became(lineage.find("NH-01", LATER))) == [("NH-01@2020-01-01", "whole")]
    assert len(lineage) == len(list(lineage)) == 9


def test_two_ways_to_one_unit_are_two_parts_of_it(reformed, portal):
    merge = ("merge", {"units": ["PX-1"], "into": "PX-2"})
    executed(reformed.city_staff, merge, day=LATER + dt.timedelta(days=1))

    lineage = portal.lineage()

    assert became(lineage.became(lineage.find("BC-VL", PEAK_DAY))) == [("PX-2@2026-01-01", "part")]


def test_who_has_given_a_part_away_is_in_part_what_it_was(own_world, portal):
    executed(own_world.city_staff, opened("PX-1"), ("split", {"unit": "BC-TT", "into": ["PX-1"], "closes": False}))

    lineage = portal.lineage()

    assert became(lineage.became(lineage.find("BC-TT", PEAK_DAY))) == [
        ("BC-TT@2020-01-01", "part"),
        ("PX-1@2025-07-01", "part"),
    ]


def test_a_unit_that_the_key_may_not_know_is_not_named(reformed):
    _token, key = factories.token(Scope.ORG_READ, unit=reformed.binh_chanh)
    with Portal(reformed.url, key) as portal:
        lineage = portal.lineage()

    renamed = lineage.find("BC-TT", DAY)
    assert became(lineage.became(renamed)) == [(None, "whole")]
    assert renamed.predecessors[0].valid_from == LONG_AGO


@pytest.mark.parametrize("page", [1, 2, 4, 1000])
def test_pages_of_any_size_make_the_same_list(reformed, portal, page):
    assert portal.lineage(page=page).units == portal.lineage().units


def test_key_without_the_scope_is_refused(own_world):
    with Portal(own_world.url, own_world.key) as portal, pytest.raises(NotAllowed):
        portal.lineage()


@pytest.mark.parametrize(("times", "readings"), [(1, 2), (2, 3), (READINGS, None)])
def test_list_that_changes_meanwhile_is_read_again(own_world, portal, monkeypatch, times, readings):
    """A unit that is opened after the first page: of what is put together some would stand twice or not at all."""
    get, first_pages = Transport.get, []

    def interrupted(self, path, params, **options):
        reply = get(self, path, params, **options)
        if "page" not in params and "held" not in options:
            first_pages.append(params)
            if len(first_pages) <= times:
                factories.unit(f"AA{len(first_pages)}", parent=own_world.city)
        return reply

    monkeypatch.setattr(Transport, "get", interrupted)

    if readings is None:
        with pytest.raises(FiguresMoved):
            portal.lineage(page=3)
    else:
        assert {unit.code for unit in portal.lineage(page=3)} >= {f"AA{number + 1}" for number in range(times)}
    assert len(first_pages) == (readings or READINGS)


def test_list_that_becomes_shorter_is_read_again(own_world, portal, monkeypatch):
    extra = factories.unit("ZZ", parent=own_world.city)
    get, first_pages = Transport.get, []

    def interrupted(self, path, params, **options):
        reply = get(self, path, params, **options)
        if "page" not in params and "held" not in options:
            first_pages.append(params)
            if len(first_pages) == 1:
                extra.ancestries.all().delete()
                extra.placements.all().delete()
                extra.delete()
                Revision.bump("org")
        return reply

    monkeypatch.setattr(Transport, "get", interrupted)

    assert [unit.code for unit in portal.lineage(page=6)] == ["BC", "BC-TT", "BC-VL", "NH", "NH-01", "TD"]
    assert len(first_pages) == 2
