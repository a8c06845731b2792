"""Every number of an official report is the one that the REST statistics give to the same caller at that moment."""

import datetime as dt

import pytest

from reports.official.composing import build
from reports.official.content import Report, Table
from reports.official.figures import FORCES, HEADLINES, exact
from reports.stats.measures import all_measures
from teams.access import access_of_user
from teams.services import place_unit
from tests import factories
from tests.reports.official import PERIOD, city_at_work, draft_of

pytestmark = pytest.mark.django_db
DAY = {"kind": "day", "starts_on": dt.date(2023, 3, 26), "ends_on": dt.date(2023, 3, 26)}
CALLERS = [
    ("city_staff", "city"),
    ("city_staff", "binh_chanh"),
    ("unit_staff", "binh_chanh"),
    ("bank_staff", "banks"),
]
# table -> what to ask for it; its rows are found by the codes of these dimensions.
BY_ONE = {
    "service_groups": "service_group",
    "outcomes": "result",
    "units": "unit",
    "all_units": "unit",
    "areas": "area",
    "blocks": "block",
    "days": "day",
    "hours": "hour",
    "months": "month",
}


@pytest.fixture
def world(db):
    return city_at_work()


class Rest:
    """The interface, asked about what the draft is about."""

    def __init__(self, api, user, draft):
        self.api, self.draft = api, draft
        api.force_login(user)
        self.of_label = {str(measure.label): code for code, measure in all_measures().items()}

    def ask(self, **asked) -> dict:
        draft = self.draft
        question = {"unit": exact(draft.unit), "state": draft.figures, "limit": 10_000}
        if draft.campaign:
            question["campaign"] = draft.campaign.code
        if draft.starts_on:
            question |= {"from": draft.starts_on.isoformat(), "to": draft.ends_on.isoformat()}
        question = {name: value for name, value in (question | asked).items() if value is not None}
        answer = self.api.get("/api/v1/stats/", question)
        assert answer.status_code == 200, answer.json()
        return answer.json()

    def counts(self, table: Table) -> list[tuple[int, str]]:
        """The columns that count a measure: (place, code)."""
        found = [
            (place, self.of_label[column.title]) for place, column in enumerate(table.columns) if column.kind == "count"
        ]
        assert found, table.key
        return found


def tables_of(report: Report) -> dict[str, Table]:
    found = [part.table for section in report.sections for part in section.parts if part.table]
    found += [appendix.table for appendix in report.appendices]
    assert len({table.key for table in found}) == len(found)
    return {table.key: table for table in found}


def text_of(value) -> str:
    return "null" if value is None else str(value)


def assert_by_one(rest: Rest, table: Table) -> None:
    columns = rest.counts(table)
    dimension = BY_ONE[table.key]
    told = rest.ask(by=dimension, measures=",".join(code for _place, code in columns))
    expected = {text_of(row[dimension]): [row[code] for _place, code in columns] for row in told["rows"]}
    rows = dict(zip(table.keys, table.rows, strict=True))
    assert {key: [cells[place] for place, _code in columns] for key, cells in rows.items()} == expected
    assert [table.total[place] for place, _code in columns] == [told["totals"][code] for _place, code in columns]
    # The words, and the shares of the measure that the table is about.
    assert {key: cells[0] for key, cells in rows.items()} == told["labels"][dimension]
    if table.columns[-1].kind == "percent":
        assert [cells[-1] for cells in table.rows] == shares_of(table, columns)


def shares_of(table: Table, columns) -> list:
    measure = "people" if table.key in ("units", "blocks") else "service_turns"
    of = next(place for place, code in columns if code == measure)
    return [round(100 * cells[of] / table.total[of], 1) for cells in table.rows]


def assert_services(rest: Rest, table: Table) -> None:
    metrics = [code for code, measure in all_measures().items() if measure.metric_id]
    told = rest.ask(by="service", measures=",".join(["people", "service_turns", *metrics]))
    expected = {}
    for row in told["rows"]:
        expected[row["service"]] = (row["people"], row["service_turns"], None)
        expected |= {f"{row['service']}:{code}": (None, None, row[code]) for code in metrics if row[code]}
    rows = dict(zip(table.keys, table.rows, strict=True))
    assert {key: (cells[1], cells[2], cells[4]) for key, cells in rows.items()} == expected


def assert_teams(rest: Rest, table: Table) -> None:
    columns = rest.counts(table)
    told = rest.ask(by="unit,team", depth="descendants", measures=",".join(code for _place, code in columns))
    expected = {
        f"{text_of(row['unit'])}:{text_of(row['team'])}": [row[code] for _place, code in columns]
        for row in told["rows"]
    }
    rows = dict(zip(table.keys, table.rows, strict=True))
    assert {key: [cells[place] for place, _code in columns] for key, cells in rows.items()} == expected
    assert [table.total[place] for place, _code in columns] == [told["totals"][code] for _place, code in columns]


def assert_points(rest: Rest, table: Table) -> None:
    """REST tells no single point; it tells how many there are, and what all of them together have."""
    told = rest.ask(measures="points,sessions,people,service_turns")["totals"]
    columns = rest.counts(table)
    assert sum(key != "null" for key in table.keys) == told["points"]
    for place, code in columns:
        assert sum(cells[place] for cells in table.rows) == table.total[place] == told[code]
    # By area too, since a point stands in one.
    areas = rest.ask(by="area", measures="points")
    by_area: dict = {}
    for key, cells in zip(table.keys, table.rows, strict=True):
        if key != "null":
            by_area[cells[2]] = by_area.get(cells[2], 0) + 1
    labels = areas["labels"]["area"]
    assert by_area == {labels[row["area"]]: row["points"] for row in areas["rows"] if row["points"]}


def assert_targets(rest: Rest, table: Table) -> None:
    """Of a unit below: what it did under the unit of the report, as the rows of the same question say."""
    assert table.rows
    for key, cells in zip(table.keys, table.rows, strict=True):
        campaign, unit, measure = key.split(":")
        told = rest.ask(campaign=campaign, by="unit", measures=measure, **{"from": None})
        rows = {row["unit"]: row[measure] for row in told["rows"]}
        value = told["totals"][measure] if unit == rest.draft.unit.code else rows.get(unit, 0)
        assert (cells[5], cells[6]) == (value, round(100 * value / cells[4], 1)), key


def assert_equals_rest(rest: Rest, report: Report) -> None:
    metrics = [code for code, measure in all_measures().items() if measure.metric_id]
    told = rest.ask(measures=",".join([*HEADLINES, *metrics]))
    assert {each.code: each.value for each in report.headlines} == {code: told["totals"][code] for code in HEADLINES}
    assert report.as_of == told["freshness"]["as_of"]
    checks = {"all_services": assert_services, "all_teams": assert_teams, "all_points": assert_points}
    checks |= {"targets": assert_targets} | dict.fromkeys(BY_ONE, assert_by_one)
    tables = tables_of(report)
    for key, table in tables.items():
        if key in ("forces", "results"):
            codes = FORCES if key == "forces" else [code for code in metrics if told["totals"][code]]
            assert list(zip(table.keys, table.rows, strict=True)) == [
                (code, (str(all_measures()[code].label), told["totals"][code])) for code in codes
            ]
        else:
            checks[key](rest, table)
    for part in (part for section in report.sections for part in section.parts if part.chart):
        assert_chart(tables[part.chart.key], part.chart)


def assert_chart(table: Table, chart) -> None:
    """A chart shows a table that has been compared."""
    place = next(place for place, column in enumerate(table.columns) if column.title.lower() == chart.unit)
    drawn = list(zip(chart.labels, chart.values, strict=True))
    assert set(drawn) <= {(cells[0], cells[place]) for cells in table.rows}
    assert len(drawn) == min(len(table.rows), 10) if chart.key == "units" else len(drawn) == len(table.rows)


@pytest.mark.parametrize(("subject", "figures"), [(PERIOD, "all"), (DAY, "approved"), ({"kind": "campaign"}, "all")])
def test_every_number_equals_the_statistics_interface(world, api, subject, figures):
    campaign = {"campaign": world.month} if subject["kind"] == "campaign" else {}
    for who, unit in CALLERS:
        user = getattr(world, who)
        draft = draft_of(world, user, unit=getattr(world, unit), **subject, **campaign, figures=figures)
        report = build(draft, access_of_user(user))
        assert_equals_rest(Rest(api, user, draft), report)


def test_target_of_a_unit_whose_code_is_used_again_is_not_met_by_the_other(world):
    """Neither are the two one row, whose change would be told for the other. Both stood there in the days told of."""
    code, last = world.binh_chanh.code, PERIOD["ends_on"]
    for row in (world.binh_chanh, world.binh_chanh.placements.get()):
        row.valid_to = last - dt.timedelta(days=1)
        row.save()
    later = factories.unit(code, parent=world.city, since=last, name="Đơn vị sau")
    factories.target(world.month, later)
    report = build(draft_of(world, world.city_staff, **PERIOD), access_of_user(world.city_staff))
    table = tables_of(report)["targets"]
    reached = {key: cells[5] for key, cells in zip(table.keys, table.rows, strict=True)}
    assert reached[f"{world.month.code}:{code}:people"] == 0
    assert reached[f"{world.month.code}:{exact(world.binh_chanh)}:people"] > 0


@pytest.mark.parametrize("subject", [PERIOD, {"kind": "campaign"}])
def test_targets_of_a_unit_that_stood_below_at_another_time_only_are_not_told(world, subject):
    about = {"campaign": world.month} if subject["kind"] == "campaign" else {}
    world.month.starts_on, world.month.ends_on = PERIOD["starts_on"], PERIOD["ends_on"]
    world.month.save()
    sooner = factories.unit("BC-TRUOC", parent=world.binh_chanh, since=dt.date(2021, 1, 1))
    place_unit(unit=sooner, parent=world.banks, since=dt.date(2022, 1, 1), by=None)
    later = factories.unit("BC-SAU", parent=world.banks, since=dt.date(2021, 1, 1))
    place_unit(unit=later, parent=world.binh_chanh, since=dt.date(2024, 1, 1), by=None)
    for unit in (sooner, later):
        factories.target(world.month, unit, measure="people", value=5, name="Của lúc khác")
    draft = draft_of(world, world.city_staff, unit=world.binh_chanh, **subject, **about)
    table = tables_of(build(draft, access_of_user(world.city_staff)))["targets"]
    assert {key.split(":")[1] for key in table.keys} == {world.binh_chanh.code, world.tan_tuc.code}
