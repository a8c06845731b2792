"""``rebuild_tallies`` finds and mends whatever is wrong, and writes and tells nothing where all is right."""

import datetime as dt
import random
from contextlib import suppress

import pytest
from django.db import transaction
from django.db.models import F

from core import outbox
from core.models import OutboxMessage, Revision
from reports import tallies
from reports.events.models import FigureEvent
from reports.models import StaleMonth, TallySlice, TeamRevision
from reports.tallies import slices
from reports.tallies.cuts import CUTS
from reports.tallies.drift import drift_of_months
from tests import factories
from tests.dying import Killed, dies_at
from tests.reports import recount, worlds
from tests.reports.test_tallies import stored

MONTHLY = [code for code, cut in CUTS.items() if cut.months]


@pytest.fixture
def world(db):
    """A city at work on several days, all of it counted and folded."""
    world, rng = worlds.setting(), random.Random(3)
    for step in [*[worlds.add_session] * 12, *[worlds.add_log] * 60, *[worlds.add_attendance] * 12]:
        step(world, rng)
    outbox.drain(worlds.STALE)
    tallies.fold(dt.timedelta(0))
    return world


def everything() -> dict:
    """Every row with its key, so that one that was written again shows."""
    models = [model for cut in CUTS.values() for model in (cut.days, cut.months) if model]
    models += [FigureEvent, TallySlice, TeamRevision, StaleMonth, Revision]
    return {model.__name__: sorted(model.objects.values_list(), key=repr) for model in models}


def told() -> set[tuple]:
    """Which slices have been told of since: of which team and day an event has moved."""
    return {(row.team_id, row.day, row.campaign_id, row.number) for row in FigureEvent.objects.all()}


def test_rebuild_of_what_is_right_writes_and_tells_nothing(world):
    before = everything()
    assert tallies.rebuild() == TallySlice.objects.count()
    assert everything() == before


FAULTS = {
    "a wrong figure": lambda rows, measure: rows.filter(pk=rows.first().pk).update(**{measure: F(measure) + 1}),
    "a row too few": lambda rows, _measure: rows.filter(pk=rows.first().pk).delete(),
    "a row of zeros": lambda rows, measure: _copy(rows.first(), measure),
}


def _copy(row, measure) -> None:
    """Of a campaign that the team did nothing for, so that its key is free."""
    row.pk, row.campaign_id = None, 10**9
    for field in row._meta.concrete_fields:
        if field.name in ALL_MEASURES:
            setattr(row, field.attname, 0)
    row.save(force_insert=True)


ALL_MEASURES = {measure for cut in CUTS.values() for measure in cut.measures}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("code", CUTS)
def test_rebuild_mends_a_day_and_tells_of_that_slice_only(world, code, fault):
    before, told_before, cut = stored(), told(), CUTS[code]
    rows = cut.days.objects.order_by("pk")
    of = (rows.first().team_id, rows.first().day)
    FAULTS[fault](rows, cut.measures[-1])
    assert stored() != before
    tallies.rebuild()
    assert stored() == before == recount.tallies()
    assert {row[:2] for row in told() - told_before} == {of}
    assert (list(drift_of_months()), StaleMonth.objects.count()) == ([], 0)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("code", MONTHLY)
def test_rebuild_mends_a_month_and_tells_of_its_slices_only(world, code, fault):
    told_before, cut = told(), CUTS[code]
    rows = cut.months.objects.order_by("pk")
    team, month = rows.first().team_id, rows.first().day
    FAULTS[fault](rows, cut.measures[-1])
    assert list(drift_of_months())
    tallies.rebuild()
    assert (list(drift_of_months()), StaleMonth.objects.count()) == ([], 0)
    of_month = TallySlice.objects.filter(team=team, day__gte=month, day__lt=slices.next_month(month))
    assert {row[:2] for row in told() - told_before} == set(of_month.values_list("team", "day"))


def test_rebuild_tells_of_figures_that_the_feed_does_not_know(world):
    FigureEvent.objects.all().delete()
    tallies.rebuild()
    assert {(team, day) for team, day, *_rest in told()} == set(TallySlice.objects.values_list("team", "day"))


def test_rebuild_keeps_what_is_promised_once(world):
    rng = random.Random(4)
    for step in [*[worlds.add_log] * 10, worlds.add_void, worlds.add_session]:
        step(world, rng)
    assert OutboxMessage.objects.filter(topic=worlds.STALE).exists()
    tallies.rebuild()
    assert not OutboxMessage.objects.filter(topic=worlds.STALE).exists()
    assert stored() == recount.tallies()
    outbox.drain(worlds.STALE)
    assert stored() == recount.tallies()


def test_rebuild_of_small_pieces_comes_to_the_same(world, monkeypatch):
    monkeypatch.setattr(slices, "SESSIONS_AT_ONCE", 1)
    pieces = [piece for month in {day.replace(day=1) for day in worlds.DAYS} for piece in slices.pieces_of_month(month)]
    assert {len(piece) for piece in pieces} == {1}
    for cut in CUTS.values():
        cut.days.objects.all().delete()
    tallies.rebuild()
    assert stored() == recount.tallies()


def test_rebuild_that_is_killed_anywhere_leaves_whole_pieces_and_can_be_run_again(world):
    right = stored()
    for cut in CUTS.values():
        cut.days.objects.filter(day=worlds.DAYS[1]).update(**{cut.measures[-1]: 7})
    spoiled, states = stored(), []
    for number in range(0, 400, 9):
        # Each piece is a transaction of its own; here, a savepoint.
        with transaction.atomic():
            with dies_at(number), suppress(Killed):
                tallies.rebuild()
            states.append(stored())
            tallies.rebuild()
            assert stored() == right
            assert list(drift_of_months()) == []
            transaction.set_rollback(True)
        if states[-1] == right:
            break
    assert all(state in (spoiled, right) for state in states)
    assert (states[0], states[-1]) == (spoiled, right)


def test_rebuild_counts_a_session_that_has_no_slice_yet(world):
    session = factories.session(world.team, day=dt.date(2024, 2, 29))
    factories.log(session, world.services[0], people=4)
    tallies.rebuild()
    assert stored() == recount.tallies()
