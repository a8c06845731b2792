"""Answers of several pages while the figures move: what comes back is of one moment, or is refused."""

import datetime as dt

import pytest
from xungkichso import FiguresMoved, Portal
from xungkichso import portal as portal_module

from core.models import Revision
from reports.tallies import refresh
from reports.tallies.slices import Slice
from tests import factories
from tests.factories import PEAK_DAY

MARCH = {"period": "2023-03"}


def add(world, people: int) -> None:
    """Somebody is helped, and it is counted."""
    factories.log(factories.session(world.team), world.service, people=people)
    refresh([Slice(PEAK_DAY, world.team.pk)])


def test_figures_that_move_between_two_pages_are_read_again(own_world, own_portal, monkeypatch):
    """Without it the first page would be of before the change and the second of after it."""
    pages = Portal._pages
    readings = []

    def interrupted(self, question):
        found = pages(self, question)
        if not readings:
            add(own_world, people=100)
        readings.append(found)
        return found

    monkeypatch.setattr(Portal, "_pages", interrupted)
    answer = own_portal.stats(by="unit", page=1, **MARCH)
    assert len(readings) == 2
    assert answer.totals["people"] == 163
    assert sum(row["people"] for row in answer) == 163


def test_figures_that_move_at_every_reading_are_refused(own_world, own_portal, monkeypatch):
    pages = Portal._pages

    def interrupted(self, question):
        found = pages(self, question)
        add(own_world, people=1)
        return found

    monkeypatch.setattr(Portal, "_pages", interrupted)
    with pytest.raises(FiguresMoved):
        own_portal.stats(by="unit", page=1, **MARCH)
    # One page is of one moment by itself.
    assert own_portal.stats(by="unit", **MARCH).totals["people"] == 63 + portal_module.READINGS


def test_two_readings_alike_are_enough_while_other_days_move(own_world, own_portal, monkeypatch):
    """On a peak day something is counted each second; last year's figures can be asked all the same."""
    pages = Portal._pages
    readings = []

    def interrupted(self, question):
        readings.append(question)
        found = pages(self, question)
        Revision.bump("tallies")
        return found

    monkeypatch.setattr(Portal, "_pages", interrupted)
    assert own_portal.stats(by="unit", page=1, **MARCH).totals["people"] == 63
    assert len(readings) == 2


def test_reorganisation_between_two_pages_is_noticed(own_world, own_portal, monkeypatch):
    """It moves no ``as_of``, and it moves rows."""
    pages = Portal._pages
    readings = []

    def interrupted(self, question):
        found = pages(self, question)
        if not readings:
            factories.unit("MOI", parent=own_world.city)
            Revision.bump("org")
        readings.append(found)
        return found

    monkeypatch.setattr(Portal, "_pages", interrupted)
    own_portal.stats(by="unit", page=1, **MARCH)
    assert len(readings) == 2


def test_day_that_ends_between_two_pages_starts_the_answer_anew(own_world, own_portal, monkeypatch):
    now = [PEAK_DAY]
    monkeypatch.setattr("reports.stats.periods.today", lambda: now[0])
    json = Portal._json

    def at_midnight(self, path, params):
        if "cursor" in params:
            now[0] = dt.date(2023, 3, 27)
        return json(self, path, params)

    monkeypatch.setattr(Portal, "_json", at_midnight)
    assert own_portal.stats(by="unit", period="TODAY", page=1).query["from"] == "2023-03-27"


def test_new_figures_are_seen_at_once(own_world, own_portal, calls):
    assert own_portal.stats(by="unit", **MARCH).totals["people"] == 63
    add(own_world, people=5)
    assert own_portal.stats(by="unit", **MARCH).totals["people"] == 68
    assert [call.status for call in calls] == [200, 200]
