"""Answers in worlds made for the purpose: moves, several levels, and whatever hypothesis thinks of."""

import datetime as dt
import random
from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import outbox
from core.dated import DAY
from reports import tallies
from reports.stats import StatsQuery, answer
from reports.stats.dimensions import DIMENSIONS
from teams.access import Access, Grant, system_access
from teams.permissions import Right
from teams.services import move_team, place_unit, save_team, save_unit
from tests import factories
from tests.reports import worlds
from tests.reports.questions import DEPTHS, HIERARCHIES, ask, cells, counted, measures_for

# Drawn worlds share one database: each example is rolled back.
drawn = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def people_on(db):
    """A small city, and a way to help ``people`` citizens with a team on a day."""
    world = worlds.setting()

    def help_on(team, day, people):
        factories.log(factories.session(team, day), world.services[0], people=people)
        tallies.rebuild()

    world.help_on = help_on
    return world


def people(**asked) -> dict:
    return {row["unit"]: row["people"] for row in ask(measures=("people",), by=("unit",), **asked).rows}


# --- the tree changes -------------------------------------------------------------------------------------------------
MOVE = dt.date(2023, 3, 26)
BEFORE = MOVE - DAY


@pytest.fixture
def moved_team(people_on):
    """Tân Túc's team helps 3 citizens for its commune, and from the move on 5 for the bank."""
    move_team(team=people_on.team, unit=people_on.bank, since=MOVE, by=None)
    people_on.help_on(people_on.team, BEFORE, 3)
    people_on.help_on(people_on.team, MOVE, 5)
    return people_on


def test_sessions_before_a_team_moved_stay_with_its_old_unit_in_as_was(moved_team):
    assert people() == {"BC": 3, "NH": 5}
    assert people(unit="BC") == {"BC-TT": 3}
    assert people(unit="NH") == {"NH-01": 5}
    assert people(start=BEFORE, end=BEFORE) == {"BC": 3}
    assert people(start=MOVE, end=MOVE) == {"NH": 5}


def test_sessions_of_a_team_that_moved_follow_it_in_as_is(moved_team):
    assert people(hierarchy="as_is") == {"NH": 8}
    assert people(hierarchy="as_is", unit="BC") == {}
    assert people(hierarchy="as_is", unit="NH", depth="descendants") == {"NH-01": 8}


def test_city_has_the_same_totals_in_both_views(moved_team):
    assert [ask(measures=("people",), hierarchy=view).totals for view in HIERARCHIES] == [{"people": 8}] * 2


def test_unit_that_moved_takes_its_whole_subtree_along(people_on):
    base = factories.unit("BC-TT-1", parent=people_on.tan_tuc)
    team = factories.team(unit=base)
    place_unit(unit=people_on.tan_tuc, parent=people_on.banks, since=MOVE, by=None)
    people_on.help_on(team, BEFORE, 3)
    people_on.help_on(team, MOVE, 5)
    assert people() == {"BC": 3, "NH": 5}
    assert people(hierarchy="as_is") == {"NH": 8}
    assert people(unit="BC-TT") == {"BC-TT-1": 8}
    assert people(unit="NH", depth="descendants") == {"BC-TT-1": 5}


def test_closed_unit_stands_in_as_is_where_its_last_parent_stands_today(people_on):
    """Otherwise what the commune did would be lost to the parent's new parent, and parts would exceed the whole."""
    commune = factories.unit("BC-CU", parent=people_on.tan_tuc)
    team = factories.team(unit=commune)
    people_on.help_on(team, BEFORE, 3)
    team.valid_to = commune.valid_to = BEFORE
    save_team(team=team, by=None)
    save_unit(unit=commune, by=None)
    place_unit(unit=people_on.tan_tuc, parent=people_on.banks, since=MOVE, by=None)
    assert people(hierarchy="as_is") == {"NH": 3}
    assert people(hierarchy="as_is", unit="NH") == {"BC-TT": 3}
    assert people(hierarchy="as_is", unit="BC-TT") == {"BC-CU": 3}
    assert people() == {"BC": 3}


def test_team_without_a_unit_counts_for_the_city_and_is_shown_as_not_placed(people_on):
    people_on.help_on(people_on.loose_team, MOVE, 4)
    people_on.help_on(people_on.team, MOVE, 1)
    for depth in DEPTHS:
        found = ask(measures=("people",), by=("unit",), depth=depth)
        assert found.rows[-1] == {"unit": None, "people": 4}
        assert found.label("unit", None) == "Chưa xếp đơn vị"
        assert found.totals == {"people": 5}
    assert ask(measures=("people",), unit="BC").totals == {"people": 1}


def test_code_used_again_means_the_unit_of_the_period_and_the_other_carries_its_first_day(people_on):
    old = factories.unit("P-1", parent=people_on.city, name="Phường cũ", valid_to=BEFORE)
    team = factories.team(unit=old, valid_to=BEFORE)
    new = factories.unit("P-1", parent=people_on.banks, name="Phường mới", since=MOVE)
    people_on.help_on(team, BEFORE, 3)
    people_on.help_on(factories.team(unit=new, since=MOVE), MOVE, 5)
    assert people(depth="descendants") == {"P-1": 5, "P-1@2020-01-01": 3}
    assert people(depth="descendants", end=BEFORE) == {"P-1": 3}
    assert people(depth="self", unit="P-1@2020-01-01") == {"P-1@2020-01-01": 3}
    assert people(depth="self", unit="P-1", end=BEFORE) == {"P-1": 3}


# --- several levels ---------------------------------------------------------------------------------------------------
def test_distinct_volunteers_are_counted_anew_at_each_level(db):
    """One volunteer in both communes of Bình Chánh is one volunteer of Bình Chánh."""
    world = worlds.setting()
    for team in (world.team, world.team_vinh_loc, world.team_bank):
        factories.attendance(factories.session(team), world.volunteers[0])
    factories.attendance(factories.session(world.team_bank), world.volunteers[1])
    tallies.rebuild()
    measures = ("volunteers", "volunteer_turns", "teams")
    below = ask(measures=measures, by=("unit",), unit="BC")
    assert cells(below) == {
        ("BC-TT",): {"volunteers": 1, "volunteer_turns": 1, "teams": 1},
        ("BC-VL",): {"volunteers": 1, "volunteer_turns": 1, "teams": 1},
    }
    assert below.totals == {"volunteers": 1, "volunteer_turns": 2, "teams": 2}
    city = ask(measures=measures, by=("unit",))
    assert cells(city) == {
        ("BC",): {"volunteers": 1, "volunteer_turns": 2, "teams": 2},
        ("NH",): {"volunteers": 2, "volunteer_turns": 2, "teams": 1},
    }
    assert city.totals == {"volunteers": 2, "volunteer_turns": 4, "teams": 3}


def test_question_about_nothing_answers_zero_and_no_row(db):
    worlds.setting()
    found = ask(measures=("people", "volunteers"), by=("unit", "day"))
    assert (found.rows, found.totals) == ([], {"people": 0, "volunteers": 0})
    assert found.freshness["state"] is None
    assert ask(measures=("people", "HS_NOP")).rows == [{"people": 0, "HS_NOP": 0}]


# --- anything at all --------------------------------------------------------------------------------------------------
@st.composite
def questions(draw):
    by = tuple(draw(st.lists(st.sampled_from([*DIMENSIONS]), max_size=3, unique=True)))
    bounds = sorted(draw(st.tuples(*[st.sampled_from(worlds.DAYS)] * 2)))
    start, end = draw(st.sampled_from([(None, None), tuple(bounds), (bounds[0], None), (None, bounds[1])]))
    return StatsQuery(
        by=by,
        unit=draw(st.sampled_from([None, None, "TD", "BC", "NH", "BC-TT"])),
        depth=draw(st.sampled_from(DEPTHS)),
        hierarchy=draw(st.sampled_from(HIERARCHIES)),
        state=draw(st.sampled_from(["all", "all", "approved"])),
        start=start,
        end=end,
    )


@pytest.fixture
def quiet(db):
    return worlds.setting()


@drawn
@given(
    seed=st.integers(0, 10**9),
    work=st.lists(st.sampled_from(worlds.STEPS), min_size=5, max_size=25),
    moves=st.lists(st.sampled_from(worlds.MOVES), max_size=6),
    folds=st.integers(0, 3),
    asked=st.lists(questions(), min_size=4, max_size=8),
)
def test_any_question_after_any_work_and_reorganisation_equals_the_raw_logs(quiet, seed, work, moves, folds, asked):
    rng = random.Random(seed)
    steps = [*work, *moves, *[worlds.fold] * folds]
    rng.shuffle(steps)
    with transaction.atomic():
        quiet.sessions, quiet.items, quiet.units = [], [], list(quiet.first_units)
        for step in steps:
            step(quiet, rng)
        outbox.drain(worlds.STALE)
        for question in asked:
            if measures := measures_for(question.by):
                query = replace(question, measures=measures)
                assert cells(answer(query, system_access())) == counted(query), query
        assert list(tallies.drift()) == []
        transaction.set_rollback(True)


@drawn
@given(
    seed=st.integers(0, 10**9),
    moves=st.lists(st.sampled_from(worlds.MOVES), max_size=6),
    units=st.sets(st.integers(1, 5), max_size=3),
    teams=st.sets(st.integers(0, 3), max_size=2),
    by=st.sampled_from([(), ("team",), ("team", "day"), ("block", "state"), ("service",)]),
    hierarchy=st.sampled_from(HIERARCHIES),
)
def test_whoever_holds_several_grants_gets_each_row_they_cover_once(quiet, seed, moves, units, teams, by, hierarchy):
    rng = random.Random(seed)
    steps = [*worlds.STEPS * 3, *moves, worlds.fold]
    rng.shuffle(steps)
    # Never the city itself: whoever holds that sees the teams without a unit too.
    units, teams = [quiet.first_units[number] for number in units], [quiet.teams[number] for number in teams]
    rights = frozenset({Right.STATS_VIEW})
    grants = [Grant(rights, unit_id=unit.pk) for unit in units] + [Grant(rights, team_id=team.pk) for team in teams]
    with transaction.atomic():
        quiet.sessions, quiet.items, quiet.units = [], [], list(quiet.first_units)
        for step in steps:
            step(quiet, rng)
        outbox.drain(worlds.STALE)
        query = StatsQuery(measures=measures_for(by), by=by, hierarchy=hierarchy)
        if grants:
            found = answer(query, Access(user=None, grants=tuple(grants)))
            assert cells(found) == counted(query, granted=(units, teams))
        transaction.set_rollback(True)


def test_results_of_the_catalogue_that_only_rename_a_measure_equal_it(quiet):
    for code in ("LUOT", "LUOT_DV"):
        factories.metric(code, is_derived=True)
    rng = random.Random(3)
    for step in worlds.STEPS * 4:
        step(quiet, rng)
    tallies.rebuild()
    totals = ask(measures=("people", "LUOT", "service_turns", "LUOT_DV")).totals
    assert (totals["LUOT"], totals["LUOT_DV"]) == (totals["people"], totals["service_turns"])
    assert totals["people"] > 0
