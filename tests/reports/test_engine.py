"""Every figure of the statistics equals a count of the raw rows in plain Python."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import transaction

from reports.stats import BadQuery, StatsQuery, answer
from reports.stats.dimensions import DIMENSIONS
from reports.stats.measures import MEASURES, all_measures
from teams.access import system_access
from tests.reports import worlds
from tests.reports.questions import DEPTHS, HIERARCHIES, ask, cells, counted, measures_for

ADDITIVE = (*[code for code, measure in MEASURES.items() if measure.is_additive], "HS_NOP", "KH")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Made once for all tests of this module, none of which writes."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield worlds.busy()
        transaction.set_rollback(True)


# --- every measure by every dimension ---------------------------------------------------------------------------------
@pytest.mark.parametrize("hierarchy", HIERARCHIES)
@pytest.mark.parametrize("by", [(), *[(code,) for code in DIMENSIONS]], ids=lambda by: ",".join(by) or "none")
def test_every_measure_by_this_dimension_equals_the_raw_logs(world, by, hierarchy):
    query = StatsQuery(measures=measures_for(by), by=by, hierarchy=hierarchy)
    found = answer(query, system_access())
    assert len(found.rows) >= 1
    assert cells(found) == counted(query)
    assert ask(measures=query.measures, hierarchy=hierarchy).totals == found.totals | {
        code: n for code, n in found.totals.items() if not all_measures()[code].is_additive
    }
    for code in query.measures:  # alone it may be read from another tally
        alone = replace(query, measures=(code,))
        assert cells(answer(alone, system_access())) == counted(alone)


@pytest.mark.parametrize(
    "by",
    [
        ("unit", "day"),
        ("unit", "service"),
        ("block", "week", "state"),
        ("area", "campaign"),
        ("day", "hour", "service_group"),
        ("team", "month", "result", "age_group", "channel"),
        ("service", "service_group", "hour"),
    ],
    ids=",".join,
)
def test_several_dimensions_at_once_equal_the_raw_logs(world, by):
    query = StatsQuery(measures=measures_for(by), by=by, depth="descendants")
    assert cells(answer(query, system_access())) == counted(query)


@pytest.mark.parametrize("hierarchy", HIERARCHIES)
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("unit", [None, "TD", "BC", "NH", "BC-TT", "NH-01"])
def test_subtree_at_each_depth_equals_the_raw_logs(world, unit, depth, hierarchy):
    query = StatsQuery(measures=measures_for(("unit",)), by=("unit",), unit=unit, depth=depth, hierarchy=hierarchy)
    found = answer(query, system_access())
    assert cells(found) == counted(query)
    whole = replace(query, by=())
    assert found.totals == counted(whole)[()]


@pytest.mark.parametrize("measure", ["sessions", "teams", "points", "volunteers", "volunteer_minutes"])
@pytest.mark.parametrize("by", ["service", "service_group", "result", "age_group", "channel", "hour"])
def test_session_measure_by_what_only_a_line_knows_is_refused_and_told_what_goes(world, measure, by):
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
@pytest.mark.parametrize("hierarchy", HIERARCHIES)
@pytest.mark.parametrize("unit", [None, "BC", "NH"])
def test_additive_totals_are_the_sum_of_the_rows(world, unit, hierarchy):
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
