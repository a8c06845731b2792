"""Answers of several pages while the figures move: what comes back is of one moment, or is refused."""

import datetime as dt
from dataclasses import replace

import pytest
from xungkichso import FiguresMoved, Portal
from xungkichso.portal import READINGS
from xungkichso.transport import Transport

from reports import tallies
from reports.tallies import refresh
from reports.tallies.slices import Slice
from teams.services import place_unit
from tests import factories
from tests.factories import PEAK_DAY

MARCH = {"period": "2023-03"}


def add(world, people: int, day: dt.date = PEAK_DAY) -> None:
    """Somebody is helped, and it is counted."""
    factories.log(factories.session(world.team, day), world.service, people=people)
    refresh([Slice(day, world.team.pk)])


@pytest.fixture
def before_each_second_page(monkeypatch):
    """``before_each_second_page(action)``: what happens while a program has read one page and not yet the next."""
    get, readings = Transport.get, []

    def interrupt(action, *, times: int | None = None, digests: bool = True) -> list:
        def interrupted(self, path, params, **options):
            if "cursor" in params and self.reading:
                self.reading = False
                if times is None or len(readings) < times:
                    action()
                readings.append(params)
            elif "cursor" not in params:
                self.reading = "held" not in options
            reply = get(self, path, params, **options)
            return reply if digests else replace(reply, headers={})

        monkeypatch.setattr(Transport, "get", interrupted)
        return readings

    return interrupt


@pytest.mark.parametrize("digests", [True, False])
def test_figures_that_move_between_two_pages_are_read_again(own_world, own_portal, before_each_second_page, digests):
    """Without it the first page would be of before the change and the second of after it."""
    readings = before_each_second_page(lambda: add(own_world, people=100), times=1, digests=digests)
    answer = own_portal.stats(by="unit", page=1, **MARCH)
    assert len(readings) == 2
    assert answer.totals["people"] == 163
    assert sum(row["people"] for row in answer) == 163


@pytest.mark.parametrize("digests", [True, False])
def test_figures_that_move_at_every_reading_are_refused(own_world, own_portal, before_each_second_page, digests):
    before_each_second_page(lambda: add(own_world, people=1), digests=digests)
    with pytest.raises(FiguresMoved):
        own_portal.stats(by="unit", page=1, **MARCH)
    # One page is of one moment by itself.
    assert own_portal.stats(by="unit", **MARCH).totals["people"] == 63 + READINGS


@pytest.mark.parametrize(("digests", "needed"), [(True, 1), (False, 2)])
def test_other_days_may_move(own_world, own_portal, before_each_second_page, digests, needed):
    """On a peak day something is counted each second; last year's figures can be asked all the same: by the digest, or
    because two readings are alike."""
    later = dt.date(2024, 3, 26)
    readings = before_each_second_page(lambda: add(own_world, people=1, day=later), digests=digests)
    assert own_portal.stats(by="unit", page=1, **MARCH).totals["people"] == 63
    assert len(readings) == needed


@pytest.mark.parametrize("digests", [True, False])
def test_reorganisation_between_two_pages_is_noticed(own_world, own_portal, before_each_second_page, digests):
    """It moves no ``as_of`` and no total, only rows."""

    def to_the_banks():
        place_unit(unit=own_world.tan_tuc, parent=own_world.banks, since=dt.date(2023, 4, 1), by=None)

    readings = before_each_second_page(to_the_banks, times=1, digests=digests)
    answer = own_portal.stats(by="unit", hierarchy="as_is", page=1, **MARCH)
    assert len(readings) == 2
    assert {row["unit"]: row["people"] for row in answer} == {"NH": 4 + 17, "BC": 34, None: 8}


def test_day_that_ends_between_two_pages_starts_the_answer_anew(own_world, before_each_second_page, monkeypatch):
    now = [PEAK_DAY]
    monkeypatch.setattr("reports.stats.periods.today", lambda: now[0])
    before_each_second_page(lambda: now.__setitem__(0, dt.date(2023, 3, 27)), times=1)
    factories.log(factories.session(own_world.team_bank, dt.date(2023, 3, 27)), own_world.service)
    tallies.rebuild()
    # Without a cache: the real clock, which no test moves, is part of the portal's tags.
    with Portal(own_world.url, own_world.key, cache=None) as portal:
        answer = portal.stats(by="unit", period="TODAY", page=1)
    assert (answer.query["from"], answer.totals["people"]) == ("2023-03-27", 49)


def test_without_digests_a_304_proves_the_pages(own_portal, before_each_second_page, calls):
    before_each_second_page(lambda: None, digests=False)
    own_portal.stats(by="unit", page=2, **MARCH)
    assert [call.status for call in calls] == [200, 200, 304]


def test_new_figures_are_seen_at_once(own_world, own_portal, calls):
    assert own_portal.stats(by="unit", **MARCH).totals["people"] == 63
    add(own_world, people=5)
    assert own_portal.stats(by="unit", **MARCH).totals["people"] == 68
    assert [call.status for call in calls] == [200, 200]
