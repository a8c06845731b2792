"""The recount behind “Số này từ đâu?” equals the engine: every measure, every dimension, any world."""

import random
from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import outbox
from reports import tallies
from reports.explain.asking import of_row
from reports.explain.explanation import explain
from reports.stats import StatsQuery, answer
from reports.stats.dimensions import DIMENSIONS
from reports.stats.measures import all_measures
from teams.access import Access, Grant, system_access
from teams.permissions import Right
from tests import factories
from tests.reports import worlds
from tests.reports.questions import DEPTHS, HIERARCHIES, measures_for
from tests.reports.test_engine_worlds import questions

drawn = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def explained(query: StatsQuery, access: Access, measures=None, rows: int | None = None) -> list[tuple]:
    """(the cell, what the answer says, what is told as its figure, what was counted again) of each cell."""
    found, chosen = answer(query, access), random.Random(7)
    shown = found.rows if rows is None else chosen.sample(found.rows, min(rows, len(found.rows)))
    told = []
    for row in [*shown, None]:
        for measure in measures or query.measures:
            asked = of_row(query, measure, row)
            why = explain(asked, access)
            told.append((asked.parameters(), (row or found.totals)[measure], why.figure, why.counted))
    return told


def differing(told: list[tuple]) -> list[tuple]:
    return [each for each in told if len(set(each[1:])) > 1]


@pytest.fixture
def busy(db):
    for code in ("LUOT", "LUOT_DV"):
        factories.metric(code, is_derived=True)
    return worlds.busy()


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_cell_of_every_measure_by_every_dimension_is_found_again_in_the_raw_rows(busy, dimension):
    for hierarchy in HIERARCHIES:
        query = StatsQuery(measures=measures_for([dimension]), by=(dimension,), hierarchy=hierarchy)
        told = explained(query, system_access())
        assert len(told) > len(query.measures)
        assert differing(told) == []


@pytest.mark.parametrize("depth", DEPTHS)
def test_cells_of_a_unit_at_every_depth_are_found_again(busy, depth):
    for unit in ("TD", "BC", "NH", "BC-TT"):
        for hierarchy in HIERARCHIES:
            query = StatsQuery(("people", "teams"), by=("unit",), unit=unit, depth=depth, hierarchy=hierarchy)
            assert differing(explained(query, system_access())) == []


def test_filters_of_the_question_hold_for_the_raw_rows_too(busy):
    asked = [
        StatsQuery(by=("service", "result"), service=("DVC",), state="approved"),
        StatsQuery(by=("service_group", "day"), service=("DVC-NOP", "DDT-KH2")),
        StatsQuery(
            measures=("people", "points", "volunteer_minutes"), by=("campaign", "month"), campaign=("THANG-TN",)
        ),
        StatsQuery(measures=("sessions", "volunteers"), by=("week",), start=worlds.DAYS[1], end=worlds.DAYS[2]),
    ]
    for query in asked:
        told = explained(query, system_access())
        assert any(figure for _cell, figure, *_rest in told)
        assert differing(told) == []


@drawn
@given(
    seed=st.integers(0, 10**9),
    work=st.lists(st.sampled_from(worlds.STEPS), min_size=5, max_size=25),
    moves=st.lists(st.sampled_from(worlds.MOVES), max_size=6),
    asked=st.lists(questions(), min_size=2, max_size=4),
    grants=st.sets(st.integers(0, 8), max_size=3),
)
def test_any_cell_after_any_work_and_reorganisation_is_found_again_within_the_callers_scope(
    quiet, seed, work, moves, asked, grants
):
    rng = random.Random(seed)
    steps = [*work, *moves]
    rng.shuffle(steps)
    with transaction.atomic():
        quiet.sessions, quiet.items, quiet.units = [], [], list(quiet.first_units)
        for step in steps:
            step(quiet, rng)
        outbox.drain(worlds.STALE)
        for question in asked:
            access, unit = _access(quiet, grants), None if grants else question.unit
            if measures := measures_for(question.by):
                query = replace(question, measures=measures, unit=unit)
                assert differing(explained(query, access, rng.sample(measures, min(3, len(measures))), rows=3)) == []
        transaction.set_rollback(True)


@pytest.fixture
def quiet(db):
    return worlds.setting()


def _access(world, grants: set[int]) -> Access:
    """Of some units below the city and some teams; of none: the system."""
    if not grants:
        return system_access()
    rights = frozenset({Right.STATS_VIEW})
    places = [{"unit_id": unit.pk} for unit in world.first_units[1:]] + [{"team_id": team.pk} for team in world.teams]
    return Access(user=None, grants=tuple(Grant(rights, **places[number]) for number in sorted(grants)))


def test_all_measures_are_explained(busy):
    assert {"people", "LUOT", "HS_NOP", "volunteers"} < set(all_measures())
    tallies.rebuild()
    told = explained(StatsQuery(measures=tuple(all_measures())), system_access())
    assert {cell["measure"] for cell, *_rest in told} == set(all_measures())
    assert differing(told) == []
