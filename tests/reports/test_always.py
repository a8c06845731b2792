"""Whatever happens, in whatever order, and wherever a worker dies: tallies are what the raw rows say, in every view."""

import datetime as dt
import random
from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import outbox
from reports import tallies
from reports.stats import StatsQuery, answer
from reports.tallies.cuts import CUTS
from reports.tallies.drift import drift_of_months
from teams.access import system_access
from teams.models import Unit
from tests.dying import Killed, dies_at
from tests.reports import recount, worlds
from tests.reports.questions import HIERARCHIES, cells, counted

VIEWS = [(hierarchy, state) for hierarchy in HIERARCHIES for state in ("all", "approved")]
MEASURES = ("people", "service_turns", "sessions", "volunteer_turns", "volunteers", "HS_NOP")


def worker(_world, rng: random.Random) -> None:
    outbox.drain(worlds.STALE)
    outbox.drain(worlds.PARKED)


def killed_worker(_world, rng: random.Random) -> None:
    # The transaction of the test has to live on; the worker's own are rolled back as a lost connection's are.
    with suppress(Killed), transaction.atomic(), dies_at(rng.randrange(40)):
        outbox.drain(worlds.STALE)
        outbox.drain(worlds.PARKED)


def killed_folder(_world, rng: random.Random) -> None:
    with suppress(Killed), transaction.atomic(), dies_at(rng.randrange(30)):
        tallies.fold(dt.timedelta(0))


def message_twice(_world, rng: random.Random) -> None:
    """A bell rung again, or a promise made again for what is counted already."""
    if _world.sessions:
        worlds.promise(rng.choice(_world.sessions))
    outbox.drain(worlds.STALE)


STEPS = [*worlds.STEPS, *worlds.MOVES, worlds.fold, worker, killed_worker, killed_worker, killed_folder, message_twice]


def stored() -> dict:
    models = [model for cut in CUTS.values() for model in (cut.days, cut.months) if model]
    columns = {model: [field.column for field in model._meta.fields if field.name != "id"] for model in models}
    return {model.__name__: sorted(model.objects.values_list(*columns[model]), key=repr) for model in models}


def figures(**asked) -> dict:
    return answer(StatsQuery(measures=MEASURES, **asked), system_access()).totals


@pytest.fixture
def world(db):
    return worlds.setting()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seed=st.integers(0, 10**9), steps=st.lists(st.sampled_from(STEPS), min_size=6, max_size=40))
def test_tallies_are_what_the_raw_rows_say(world, seed, steps):
    rng = random.Random(seed)
    with transaction.atomic():
        world.sessions, world.items, world.units = [], [], list(world.first_units)
        for step in steps:
            step(world, rng)
        worker(world, rng)
        every_cell_equals_a_recount()
        every_total_is_the_sum_of_its_parts()
        reorganising_moves_no_total(world, rng)
        rebuilding_changes_no_row()
        transaction.set_rollback(True)


def every_cell_equals_a_recount() -> None:
    counts = recount.tallies()
    for name, cut in CUTS.items():
        rows = cut.days.objects.values_list(*cut.key, *cut.measures)
        assert {row[: len(cut.key)]: row[len(cut.key) :] for row in rows} == counts[name], name
    assert list(tallies.drift()) == []
    assert list(drift_of_months()) == []
    for hierarchy, state in VIEWS:
        query = StatsQuery(measures=MEASURES, by=("unit",), depth="descendants", hierarchy=hierarchy, state=state)
        assert cells(answer(query, system_access())) == counted(query)


def every_total_is_the_sum_of_its_parts() -> None:
    additive = [code for code in MEASURES if code != "volunteers"]
    for hierarchy, state in VIEWS:
        for unit in [None, *Unit.objects.values_list("code", flat=True)]:
            query = StatsQuery(measures=MEASURES, by=("unit",), unit=unit, hierarchy=hierarchy, state=state)
            found = answer(query, system_access())
            whole = figures(unit=unit, hierarchy=hierarchy, state=state)
            assert found.totals == whole
            assert {code: sum(row[code] for row in found.rows) for code in additive} == {
                code: whole[code] for code in additive
            }


def reorganising_moves_no_total(world, rng: random.Random) -> None:
    before = {view: figures(hierarchy=view[0], state=view[1]) for view in VIEWS}
    assert {before["as_was", state] == before["as_is", state] for state in ("all", "approved")} == {True}
    for move in worlds.MOVES:
        move(world, rng)
        assert {view: figures(hierarchy=view[0], state=view[1]) for view in VIEWS} == before


def rebuilding_changes_no_row() -> None:
    tallies.fold(dt.timedelta(0))
    before = stored()
    tallies.rebuild()
    assert stored() == before
