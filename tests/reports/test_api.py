"""The statistics over REST: the contract of the answer, what is refused, pages, CSV, and what can be asked."""

import csv
import io

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.dated import today
from reports import tallies
from reports.models import TeamRevision
from reports.stats import MEASURES, engine
from reports.stats.dimensions import DIMENSIONS
from teams.permissions import Scope
from tests import factories
from tests.factories import PEAK_DAY
from tests.reports import worlds

STATS = "/api/v1/stats/"
SCHEMA = "/api/v1/stats/schema/"
PERIODS = "/api/v1/stats/periods/"
KEYS = ["query", "columns", "rows", "labels", "totals", "freshness", "next"]


@pytest.fixture
def world(world):
    """Each team helps on the peak day: Tân Túc 1 person, Vĩnh Lộc 2, the bank 4, a team without a unit 8."""
    world.service = factories.service("DVC-NOP")
    world.loose = factories.team("TO-LE", unit=None)
    teams = [world.team, world.team_vinh_loc, world.team_bank, world.loose]
    for team, people in zip(teams, (1, 2, 4, 8), strict=True):
        factories.log(factories.session(team), world.service, people=people)
    tallies.rebuild()
    return world


@pytest.fixture
def city(world) -> APIClient:
    _token, key = factories.token(Scope.STATS_READ, unit=world.city)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def fault(response) -> tuple:
    """(status, code, parameter, code of the fault) of a problem with one fault."""
    assert response.headers["Content-Type"] == "application/problem+json", response.text
    problem = response.json()
    (error,) = problem["errors"]
    return response.status_code, problem["code"], error["parameter"], error["code"]


def rows_of_csv(response) -> list[dict]:
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


# --- the answer -------------------------------------------------------------------------------------------------------
def test_answer_is_what_the_contract_says(city):
    response = city.get(STATS, {"by": "unit,day", "measures": "people,sessions,volunteers", "period": "2023-03"})
    assert response.status_code == 200
    answer = response.json()
    assert list(answer) == KEYS
    as_of = answer["freshness"].pop("as_of")
    last = max(TeamRevision.objects.values_list("changed_at", flat=True))
    assert as_of == timezone.localtime(last).isoformat()
    assert answer == {
        "query": {
            "measures": ["people", "sessions", "volunteers"],
            "by": ["unit", "day"],
            "unit": None,
            "depth": "children",
            "campaign": [],
            "service": [],
            "from": "2023-03-01",
            "to": "2023-03-31",
            "hierarchy": "as_was",
            "state": "all",
        },
        "columns": ["unit", "day", "people", "sessions", "volunteers"],
        "rows": [
            {"unit": "NH", "day": "2023-03-26", "people": 4, "sessions": 1, "volunteers": 0},
            {"unit": "BC", "day": "2023-03-26", "people": 3, "sessions": 2, "volunteers": 0},
            {"unit": None, "day": "2023-03-26", "people": 8, "sessions": 1, "volunteers": 0},
        ],
        "labels": {
            "unit": {"NH": "Đoàn khối Ngân hàng", "BC": "Huyện Đoàn Bình Chánh", "null": "Chưa xếp đơn vị"},
            "day": {"2023-03-26": "26/03/2023"},
        },
        "totals": {"people": 15, "sessions": 4, "volunteers": 0},
        "freshness": {"pending": 0, "lag_seconds": 0, "state": "provisional"},
        "next": None,
    }


def test_question_without_parameters_is_the_whole_scope_in_one_row(city):
    answer = city.get(STATS).json()
    assert (answer["columns"], answer["rows"]) == (["people", "service_turns"], [{"people": 15, "service_turns": 15}])


def test_answer_before_anything_was_counted_is_zero_and_says_so(db):
    client = APIClient()
    client.force_login(factories.user(is_superuser=True))
    answer = client.get(STATS, {"by": "unit"}).json()
    assert (answer["rows"], answer["totals"]) == ([], {"people": 0, "service_turns": 0})
    assert answer["freshness"] == {"as_of": None, "pending": 0, "lag_seconds": 0, "state": None}


def test_work_that_waits_for_a_worker_shows_in_the_freshness(world, city):
    worlds.promise(factories.session(world.team))
    assert city.get(STATS).json()["freshness"]["pending"] == 1


def test_state_of_the_figures_is_the_least_certain_of_them(world, city):
    factories.session(world.team, state="locked")
    tallies.rebuild()
    for by in ("", "state", "team"):  # within one row, and over all
        assert city.get(STATS, {"by": by} if by else {}).json()["freshness"]["state"] == "provisional"
    assert city.get(STATS, {"state": "approved"}).json()["freshness"]["state"] == "locked"


def test_names_of_days_follow_the_language(city):
    english = city.get(STATS, {"by": "day"}, HTTP_ACCEPT_LANGUAGE="en").json()
    assert english["labels"]["day"] == {"2023-03-26": "2023-03-26"}


def test_nothing_but_reading_is_answered(city):
    assert [city.generic(method, STATS).status_code for method in ("POST", "PUT", "PATCH", "DELETE")] == [405] * 4
    head = city.head(STATS)
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", city.get(STATS).headers["ETag"])


# --- what is refused --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("params", "parameter", "code"),
    [
        ({"measures": "nguoi"}, "measures", "invalid"),
        ({"measures": "people,people"}, "measures", "invalid"),
        ({"measures": ""}, "measures", "invalid"),
        ({"by": "xa"}, "by", "invalid"),
        ({"by": "unit,"}, "by", "invalid"),
        ({"by": "unit,team,area,block,day,week"}, "by", "invalid"),
        ({"by": "hour,channel"}, "by", "not_combinable"),
        ({"by": "service", "measures": "sessions"}, "by", "not_combinable"),
        ({"unit": ""}, "unit", "invalid"),
        ({"unit": "\x00"}, "unit", "invalid"),
        ({"depth": "all"}, "depth", "invalid"),
        ({"campaign": "KHONG-CO"}, "campaign", "unknown_code"),
        ({"service": "KHONG-CO"}, "service", "unknown_code"),
        ({"from": "26/03/2023"}, "from", "invalid"),
        ({"from": "2023-03-26", "to": "2023-03-25"}, "to", "invalid"),
        ({"period": "2023-13"}, "period", "invalid"),
        ({"period": "2023", "from": "2023-01-01"}, "period", "invalid"),
        ({"hierarchy": "now"}, "hierarchy", "invalid"),
        ({"state": "locked"}, "state", "invalid"),
        ({"format": "pdf"}, "format", "invalid_choice"),
        ({"limit": "0"}, "limit", "out_of_range"),
        ({"limit": "10001"}, "limit", "out_of_range"),
        ({"limit": "²"}, "limit", "out_of_range"),
        ({"cursor": "abc"}, "cursor", "invalid"),
        ({"cursor": ""}, "cursor", "invalid"),
        ({"bom": "1"}, "bom", "only_with_csv"),
        ({"labels": "1"}, "labels", "only_with_csv"),
        ({"format": "csv", "bom": "yes"}, "bom", "invalid_choice"),
        ({"format": "csv", "limit": "10"}, "limit", "not_with_csv"),
        ({"format": "xlsx", "limit": "10"}, "limit", "not_with_xlsx"),
        ({"format": "jsonstat", "cursor": "abc"}, "cursor", "not_with_jsonstat"),
        ({"format": "parquet", "bom": "1"}, "bom", "only_with_csv"),
        ({"group_by": "unit"}, "group_by", "unknown_parameter"),
        ({"by": ["unit", "day"]}, "by", "repeated"),
    ],
)
def test_faulty_parameter_is_named(city, params, parameter, code):
    assert fault(city.get(STATS, params)) == (400, "invalid_parameter", parameter, code)


def test_every_fault_is_told_at_once(city):
    errors = city.get(STATS, {"by": "xa", "from": "hom qua", "depth": "all"}).json()["errors"]
    assert {error["parameter"] for error in errors} == {"by", "from", "depth"}


def test_more_rows_than_the_limit_are_refused_never_cut(city, monkeypatch):
    monkeypatch.setattr(engine, "MOST_ROWS", 3)
    assert len(city.get(STATS, {"by": "unit"}).json()["rows"]) == 3
    monkeypatch.setattr(engine, "MOST_ROWS", 2)
    response = city.get(STATS, {"by": "unit", "limit": 1})
    assert (response.status_code, response.json()["code"]) == (400, "too_many_rows")
    assert "2" in response.json()["detail"]


# --- pages ------------------------------------------------------------------------------------------------------------
def pages(client, **params) -> list[dict]:
    response = client.get(STATS, params).json()
    found = [response]
    while response["next"]:
        response = client.get(response["next"]).json()
        found.append(response)
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_pages_hold_every_row_once_in_order_and_the_totals_of_all(city, limit):
    whole = city.get(STATS, {"by": "team,service"}).json()
    found = pages(city, by="team,service", limit=limit)
    assert [row for page in found for row in page["rows"]] == whole["rows"]
    assert [len(page["rows"]) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert [page["totals"] for page in found] == [whole["totals"]] * len(found)
    for page in found:
        assert set(page["labels"]["team"]) == {row["team"] for row in page["rows"]}


def test_row_that_appears_between_two_pages_moves_no_other(world, city):
    first = city.get(STATS, {"by": "team", "limit": 2}).json()
    rest = city.get(STATS, {"by": "team"}).json()["rows"][2:]
    # In the order of names it comes before what has been told already.
    factories.log(factories.session(factories.team("TO-A", unit=world.bank, name="Á")), world.service)
    tallies.rebuild()
    assert city.get(first["next"]).json()["rows"] == rest


def test_cursor_of_another_question_is_refused(city):
    following = city.get(STATS, {"by": "team", "limit": 1}).json()["next"]
    response = city.get(following.replace("by=team", "by=unit"))
    assert fault(response) == (400, "invalid_parameter", "cursor", "other_question")


def test_cursor_with_a_changed_letter_is_refused(city):
    following = city.get(STATS, {"by": "team", "limit": 1}).json()["next"]
    start = following.index("cursor=") + len("cursor=")
    other = "f" if following[start] == "e" else "e"
    response = city.get(following[:start] + other + following[start + 1 :])
    assert fault(response) == (400, "invalid_parameter", "cursor", "invalid")


# --- CSV --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("by", ["", "unit", "team,service", "day,hour"])
def test_csv_holds_what_json_holds(city, by):
    params = {"by": by} if by else {}
    answer = city.get(STATS, params).json()
    response = city.get(STATS, params | {"format": "csv"})
    rows = rows_of_csv(response)
    assert rows == [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in answer["rows"]
    ]
    assert list(rows[0]) == answer["columns"]
    assert response.headers["Stats-As-Of"] == answer["freshness"]["as_of"]
    assert response.headers["Stats-State"] == "provisional"


def test_csv_is_what_rfc_4180_says_and_chosen_by_accept_too(city):
    response = city.get(STATS, {"by": "unit", "measures": "people"}, HTTP_ACCEPT="text/csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.getvalue() == b"unit,people\r\nNH,4\r\nBC,3\r\n,8\r\n"


def test_csv_has_a_byte_order_mark_and_names_when_asked(city):
    response = city.get(STATS, {"by": "unit", "measures": "people", "format": "csv", "bom": "1", "labels": "1"})
    text = response.getvalue().decode()
    assert text.startswith("\ufeffunit,unit_label,people\r\nNH,Đoàn khối Ngân hàng,4\r\n")
    assert text.endswith(",Chưa xếp đơn vị,8\r\n")


def test_csv_cell_never_runs_as_a_formula(world, city):
    evil = factories.team("=CMD", unit=world.bank, name='@SUM(1,"2")')
    factories.log(factories.session(evil), world.service)
    tallies.rebuild()
    rows = rows_of_csv(city.get(STATS, {"by": "team", "format": "csv", "labels": "1"}))
    assert [(row["team"], row["team_label"]) for row in rows if "CMD" in row["team"]] == [("'=CMD", '\'@SUM(1,"2")')]


def test_csv_is_named_in_vietnamese_with_an_ascii_name_for_old_programs(city):
    response = city.get(STATS, {"by": "unit", "period": "2023-03", "format": "csv"})
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="thong-ke-theo-don-vi-2023-03-01-2023-03-31.csv"; '
        "filename*=UTF-8''th%E1%BB%91ng%20k%C3%AA%20theo%20%C4%91%C6%A1n%20v%E1%BB%8B%202023-03-01%202023-03-31.csv"
    )


def test_fault_of_a_csv_question_is_told_as_a_problem(city):
    assert fault(city.get(STATS, {"by": "xa", "format": "csv"})) == (400, "invalid_parameter", "by", "invalid")


# --- what can be asked ------------------------------------------------------------------------------------------------
def test_schema_names_every_dimension_and_measure_with_its_meaning(world, city):
    factories.metric("HS_NOP", definition="Số hồ sơ đã nộp.", definition_en="Files submitted.")
    found = city.get(SCHEMA).json()
    assert [dimension["code"] for dimension in found["dimensions"]] == list(DIMENSIONS)
    assert [measure["code"] for measure in found["measures"]] == [*MEASURES, "HS_NOP"]
    assert [m["code"] for m in found["measures"] if not m["additive"]] == ["teams", "points", "volunteers"]
    assert all(measure["definition"] for measure in found["measures"])
    assert found["measures"][-1]["definition"] == "Số hồ sơ đã nộp."
    english = city.get(SCHEMA, HTTP_ACCEPT_LANGUAGE="en").json()
    assert english["measures"][-1]["definition"] == "Files submitted."
    assert found["formats"] == ["json", "csv", "xlsx", "jsonstat", "parquet"]
    assert found["limits"]["rows"] == engine.MOST_ROWS


def test_schema_tells_exactly_the_combinations_that_are_answered(world, city):
    factories.metric("HS_NOP")
    pairs = [("hour", "service"), ("hour", "result"), ("unit", "day"), ("team", "service"), ("age_group", "state")]
    for measure in city.get(SCHEMA).json()["measures"]:
        for by in [*[(code,) for code in DIMENSIONS], *pairs]:
            told = any({*by} <= {*together} for together in measure["combinations"])
            asked = city.get(STATS, {"measures": measure["code"], "by": ",".join(by)})
            assert (asked.status_code == 200) == told, (measure["code"], by)
        told = [code for code in DIMENSIONS if any(code in together for together in measure["combinations"])]
        assert measure["by"] == told
        asked = city.get(STATS, {"measures": measure["code"], "service": "DVC-NOP"})
        assert (asked.status_code == 200) == measure["filter_by_service"]


def test_relative_periods_are_told_as_days(city):
    found = city.get(PERIODS).json()
    assert found["today"] == today().isoformat()
    assert {"code": "TODAY", "from": found["today"], "to": found["today"]} in found["periods"]
    assert city.get(PERIODS, {"period": "2023W12"}).json()["periods"] == [
        {"code": "2023W12", "from": "2023-03-20", "to": PEAK_DAY.isoformat()}
    ]
    assert fault(city.get(PERIODS, {"period": "hom qua"})) == (400, "invalid_parameter", "period", "invalid")
