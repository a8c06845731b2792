"""Every figure of the statistics equals a count of the raw rows in plain Python."""

import datetime as dt
import itertools
from dataclasses import replace

import pytest

from reports.stats import BadQuery, StatsQuery, answer
from reports.stats.dimensions import DIMENSIONS
from reports.stats.measures import MEASURES
from teams.access import system_access
from tests.reports import worlds
from tests.reports.questions import DEPTHS, HIERARCHIES, ask, cells, counted, measures_for

ADDITIVE = (*[code for code, measure in MEASURES.items() if measure.is_additive], "HS_NOP", "KH")


PAIRS = [
    ("unit", "day"),
    ("unit", "service"),
    ("block", "week", "state"),
    ("area", "campaign"),
    ("day", "hour", "service_group"),
    ("team", "month", "result", "age_group", "channel"),
    ("service", "service_group", "hour"),
]


@pytest.fixture
def world(db):
    return worlds.busy()


# --- every measure by every dimension ---------------------------------------------------------------------------------
@pytest.mark.parametrize("hierarchy", HIERARCHIES)
def test_every_measure_by_every_dimension_equals_the_raw_logs(world, subtests, hierarchy):
    for by in [(), *[(code,) for code in DIMENSIONS]]:
        query = StatsQuery(measures=measures_for(by), by=by, hierarchy=hierarchy)
        with subtests.test(by=by):
            found = answer(query, system_access())
            assert len(found.rows) >= 1
            assert cells(found) == counted(query)
            # Alone, a measure may be read from another tally.
            together = {code: {cell: n[code] for cell, n in cells(found).items() if n[code]} for code in query.measures}
            for code in query.measures:
                alone = cells(answer(replace(query, measures=(code,)), system_access()))
                assert {cell: n[code] for cell, n in alone.items() if n[code]} == together[code]


@pytest.mark.parametrize("by", PAIRS, ids=",".join)
def test_several_dimensions_at_once_equal_the_raw_logs(world, by):
    query = StatsQuery(measures=measures_for(by), by=by, depth="descendants")
    assert cells(answer(query, system_access())) == counted(query)


@pytest.mark.parametrize("hierarchy", HIERARCHIES)
def test_subtree_at_each_depth_equals_the_raw_logs(world, subtests, hierarchy):
    measures = measures_for(("unit",))
    for unit, depth in itertools.product([None, "TD", "BC", "NH", "BC-TT", "NH-01"], DEPTHS):
        query = StatsQuery(measures=measures, by=("unit",), unit=unit, depth=depth, hierarchy=hierarchy)
        with subtests.test(unit=unit, depth=depth):
            found = answer(query, system_access())
            assert cells(found) == counted(query)
            assert found.totals == counted(replace(query, by=()))[()]


def test_session_measure_by_what_only_a_line_knows_is_refused_and_told_what_goes(world, subtests):
    measures = ["sessions", "teams", "points", "volunteer_turns", "volunteers", "volunteer_minutes"]
    lines = ["service", "service_group", "result", "age_group", "channel", "hour"]
    for measure, by in itertools.product(measures, lines):
        with subtests.test(measure=measure, by=by):
            with pytest.raises(BadQuery, match="unit, team, area") as refused:
                ask(measures=(measure,), by=(by,))
            assert list(refused.value.faults) == ["by"]


def test_hour_does_not_go_with_the_details_of_a_line(world):
    with pytest.raises(BadQuery, match="hour"):
        ask(measures=("people",), by=("hour", "result"))
    with pytest.raises(BadQuery, match="hour"):
        ask(measures=("HS_NOP",), by=("hour",))


# --- filters ----------------------------------------------------------------------------------------------------------
def test_period_state_campaign_and_service_narrow_to_the_raw_logs_they_name(world):
    everything = measures_for(("day",))
    _none, month, day = world.campaigns
    for asked, raw in [
        ({"start": dt.date(2023, 3, 26), "end": dt.date(2023, 4, 2)}, {}),
        ({"end": dt.date(2023, 3, 25)}, {}),
        ({"state": "approved"}, {}),
        ({"campaign": ("CAO-DIEM",)}, {"campaigns": [day]}),
        # Tháng Thanh niên contains the peak day.
        ({"campaign": ("THANG-TN",)}, {"campaigns": [month, day]}),
    ]:
        query = StatsQuery(measures=everything, by=("day",), **asked)
        found = cells(answer(query, system_access()))
        assert found == counted(query, **raw), asked
        assert found, asked
    lines = measures_for(("service",))
    for codes, services in [
        (("DVC-NOP",), world.services[:1]),
        (("DVC",), world.services[:2]),
        (("DVC", "DVC-NOP", "DDT-KH2"), world.services),
    ]:
        query = StatsQuery(measures=lines, by=("day",), service=codes)
        found = cells(answer(query, system_access()))
        assert found == counted(query, services=services), codes
        assert found, codes


@pytest.mark.parametrize(("parameter", "code"), [("campaign", "KHONG-CO"), ("service", "KHONG-CO")])
def test_unknown_code_is_named(world, parameter, code):
    with pytest.raises(BadQuery, match=code) as refused:
        ask(**{parameter: (code,)})
    assert (list(refused.value.faults), refused.value.fault_code) == ([parameter], "unknown_code")


def test_session_measure_of_one_service_is_refused(world):
    with pytest.raises(BadQuery, match="service"):
        ask(measures=("sessions",), service=("DVC-NOP",))


# --- sums -------------------------------------------------------------------------------------------------------------
def test_additive_totals_are_the_sum_of_the_rows(world):
    for unit, hierarchy in itertools.product([None, "BC", "NH"], HIERARCHIES):
        found = ask(measures=ADDITIVE, by=("unit",), unit=unit, hierarchy=hierarchy)
        assert found.totals == {code: sum(row[code] for row in found.rows) for code in ADDITIVE}


def test_as_is_each_unit_alone_says_what_its_row_says(world):
    for unit in [None, "BC", "NH"]:
        for row in ask(measures=ADDITIVE, by=("unit",), unit=unit, hierarchy="as_is").rows:
            if row["unit"] not in (None, unit):
                alone = ask(measures=ADDITIVE, unit=row["unit"], hierarchy="as_is")
                assert alone.totals == {code: row[code] for code in ADDITIVE}


def test_as_was_a_moved_unit_alone_says_what_it_says_under_its_parents_together(world):
    parents = [ask(measures=ADDITIVE, by=("unit",), unit=unit) for unit in ("BC", "NH")]
    rows = [row for found in parents for row in found.rows if row["unit"] == "BC-TT"]
    assert len(rows) == 2
    assert ask(measures=ADDITIVE, unit="BC-TT").totals == {code: sum(row[code] for row in rows) for code in ADDITIVE}
