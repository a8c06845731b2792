"""The OData feed: what its tables tell, the options of a request, pages, who is let in and who sees what."""

import base64
import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from reports import tallies
from reports.odata import facts, pages
from reports.stats import engine
from teams.models import ApiToken
from teams.permissions import Scope
from teams.services import move_team
from tests import factories
from tests.factories import PEAK_DAY

ROOT = "/api/v1/odata/"
NEXT_DAY = PEAK_DAY + dt.timedelta(days=1)
NEXT_YEAR = dt.date(2024, 1, 5)
FACTS = ["UnitDays", "TeamDays", "UnitCampaignDays", "UnitServiceMonths"]
TABLES = ["Units", "Teams", "Services", "Campaigns", "Freshness"]


@pytest.fixture
def world(world):
    """On the peak day Tân Túc helps 1 person, Vĩnh Lộc 2, the bank 4, a team without a unit 8; Tân Túc on more days."""
    world.service = factories.service("DVC-NOP", factories.metric("HS_NOP"))
    world.campaign = factories.campaign("CAO-DIEM", owner=world.city)
    world.loose = factories.team("TO-LE", unit=None)
    teams = [world.team, world.team_vinh_loc, world.team_bank, world.loose]
    for team, people in zip(teams, (1, 2, 4, 8), strict=True):
        factories.log(factories.session(team), world.service, people=people)
    for day, people in ((NEXT_DAY, 16), (NEXT_YEAR, 32)):
        factories.log(factories.session(world.team, day, campaign=world.campaign), world.service, people=people)
    tallies.rebuild()
    return world


def client_of(*scopes, **fields) -> APIClient:
    _token, key = factories.token(*scopes, **fields)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture
def city(world) -> APIClient:
    return client_of(Scope.STATS_READ, unit=world.city)


def ask(client, address: str, **options):
    """``ask(city, "UnitDays", filter="people gt 1")``: options without their ``$``."""
    return client.get(f"{ROOT}{address}", {f"${name}": value for name, value in options.items()})


def rows(client, address: str, **options) -> list[dict]:
    response = ask(client, address, **options)
    assert response.status_code == 200, response.content.decode()
    return response.json()["value"]


def all_rows(client, address: str, **options) -> tuple[list[dict], list[int]]:
    """(every row, the number of rows of each page), by the links."""
    found, sizes, response = [], [], ask(client, address, **options)
    while True:
        assert response.status_code == 200, response.content.decode()
        body = response.json()
        found += body["value"]
        sizes.append(len(body["value"]))
        if "@odata.nextLink" not in body:
            return found, sizes
        response = client.get(body["@odata.nextLink"])


def fault(response) -> tuple:
    assert response.headers["Content-Type"] == "application/json;odata.metadata=minimal;charset=utf-8"
    assert response.headers["OData-Version"] == "4.0"
    error = response.json()["error"]
    return response.status_code, error["code"], error.get("target")


# --- the tables -------------------------------------------------------------------------------------------------------
def test_row_of_a_unit_and_day_says_all_that_is_counted(city):
    (row,) = rows(city, "UnitDays", filter="unit eq 'BC-TT' and day eq 2023-03-26")
    assert row == {
        "id": "2023-03-26|BC-TT",
        "day": "2023-03-26",
        "unit": "BC-TT",
        "unit_label": "Đoàn thị trấn Tân Túc",
        "people": 1,
        "service_turns": 1,
        "sessions": 1,
        "teams": 1,
        "points": 0,
        "volunteer_turns": 0,
        "volunteers": 0,
        "volunteer_minutes": 0,
        "HS_NOP": 0,
    }


def test_rows_come_in_the_order_of_time_and_then_of_names(city):
    assert [(row["day"], row["unit"], row["people"]) for row in rows(city, "UnitDays")] == [
        ("2023-03-26", "NH-01", 4),
        ("2023-03-26", "BC-TT", 1),
        ("2023-03-26", "BC-VL", 2),
        ("2023-03-26", None, 8),
        ("2023-03-27", "BC-TT", 16),
        ("2024-01-05", "BC-TT", 32),
    ]


def test_other_tables_split_the_same_figures(city):
    assert [(row["team"], row["unit"], row["people"]) for row in rows(city, "TeamDays", filter="people le 4")] == [
        ("TO-NH", "NH-01", 4),
        ("TO-TT", "BC-TT", 1),
        ("TO-VL", "BC-VL", 2),
    ]
    by_campaign = rows(city, "UnitCampaignDays", filter="campaign eq 'CAO-DIEM'")
    assert [(row["day"], row["campaign_label"], row["people"]) for row in by_campaign] == [
        ("2023-03-27", "Chiến dịch CAO-DIEM", 16),
        ("2024-01-05", "Chiến dịch CAO-DIEM", 32),
    ]
    by_month = rows(city, "UnitServiceMonths", filter="unit eq 'BC-TT'")
    assert [(row["month"], row["service"], row["people"], "sessions" in row) for row in by_month] == [
        ("2023-03-01", "DVC-NOP", 17, False),
        ("2024-01-01", "DVC-NOP", 32, False),
    ]


def test_tables_of_names_hold_every_code_of_the_figures(city):
    named = {"Units": "unit", "Teams": "team", "Services": "service", "Campaigns": "campaign"}
    for table, dimension in named.items():
        codes = {row["code"] for row in rows(city, table)}
        for feed in FACTS:
            assert {row[dimension] for row in rows(city, feed) if row.get(dimension)} <= codes, (table, feed)
    units = {row["code"]: (row["label"], row["parent"]) for row in rows(city, "Units")}
    assert units["BC-TT"] == ("Đoàn thị trấn Tân Túc", "BC")
    assert units["BC"][1] == "TD"
    assert units["TD"][1] is None
    assert {row["code"]: row["unit"] for row in rows(city, "Teams")}["TO-TT"] == "BC-TT"
    (group, service) = rows(city, "Services", orderby="code")
    assert (group["group"], service["group"], service["group_label"]) == (None, "DVC", "Nhóm DVC")


def test_freshness_is_a_table_too_since_excel_shows_no_headers(city):
    (row,) = rows(city, "Freshness")
    told = city.get("/api/v1/stats/").json()["freshness"]
    assert row == {"id": "now", "state_label": "Tạm tính"} | told
    assert (row["pending"], row["lag_seconds"], row["state"]) == (0, 0, "provisional")
    headers = ask(city, "UnitDays").headers
    assert (headers["Stats-As-Of"], headers["Stats-State"]) == (told["as_of"], "provisional")


def test_a_row_is_found_by_its_key(city):
    response = ask(city, "UnitDays('2023-03-26|')")  # of no unit
    assert response.json()["@odata.context"] == "http://testserver/api/v1/odata/$metadata#UnitDays/$entity"
    assert response.json()["people"] == 8
    assert (
        ask(city, "Units('BC')").json()["label"]
        == ask(city, "Units(code='BC')").json()["label"]
        == "Huyện Đoàn Bình Chánh"
    )
    for unknown in (
        "UnitDays('2023-03-26|XX')",
        "UnitDays('x')",
        "UnitDays('')",
        "Units('b''c')",
        "Units('BC')/$count",
    ):
        assert fault(ask(city, unknown))[:2] == (404, "not_found"), unknown


def test_code_used_again_means_the_same_in_every_answer(world, city):
    """The engine names by the period of the question; a model in Power BI joins answers of many periods."""
    old = factories.unit("P-1", parent=world.city, name="Phường cũ", valid_to=PEAK_DAY)
    new = factories.unit("P-1", parent=world.banks, name="Phường mới", since=NEXT_DAY)
    teams = [factories.team(unit=old, valid_to=PEAK_DAY), factories.team(unit=new, since=NEXT_DAY)]
    for team, day in zip(teams, (PEAK_DAY, NEXT_DAY), strict=True):
        factories.log(factories.session(team, day), world.service, people=64)
    tallies.rebuild()
    expected = {"P-1@2020-01-01": ("2023-03-26", "Phường cũ"), "P-1": ("2023-03-27", "Phường mới")}
    asked = [None, f"day le {PEAK_DAY}", f"day gt {PEAK_DAY}", "unit eq 'P-1'", "unit eq 'P-1@2020-01-01'"]
    seen: dict = {}
    for text in asked:
        found = rows(city, "UnitDays", **({"filter": text} if text else {}))
        told = {row["unit"]: (row["day"], row["unit_label"]) for row in found if row["people"] == 64}
        assert told.items() <= expected.items(), text
        seen[text] = set(told)
    assert [seen[text] for text in asked] == [{*expected}, {"P-1@2020-01-01"}, {"P-1"}, {"P-1"}, {"P-1@2020-01-01"}]
    assert {row["code"]: row["label"] for row in rows(city, "Units", filter="startswith(code,'P-1')")} == {
        "P-1": "Phường mới",
        "P-1@2020-01-01": "Phường cũ",
    }


# --- options ----------------------------------------------------------------------------------------------------------
def test_select_keeps_columns_and_loses_no_row(city):
    body = ask(city, "UnitDays", select="people,day").json()
    assert body["@odata.context"].endswith("/api/v1/odata/$metadata#UnitDays(day,people)")
    assert list(body["value"][0]) == ["day", "people"]
    # No figure of the metric anywhere: the rows are there all the same.
    assert [row["HS_NOP"] for row in rows(city, "UnitDays", select="HS_NOP")] == [0] * 6
    assert rows(city, "Units", select="*", top="1") == rows(city, "Units", top="1")


def test_orderby_goes_by_several_keys_with_absent_values_first(city):
    asked = rows(city, "UnitDays", orderby="unit,people desc", filter="day lt 2024-01-01")
    assert [(row["unit"], row["people"]) for row in asked] == [
        (None, 8),
        ("BC-TT", 16),
        ("BC-TT", 1),
        ("BC-VL", 2),
        ("NH-01", 4),
    ]
    backwards = rows(city, "UnitDays", orderby="day desc,people desc")
    assert [row["people"] for row in backwards] == [32, 16, 8, 4, 2, 1]


def test_names_are_ordered_by_the_vietnamese_alphabet(world, city):
    for number, name in enumerate(("Đội Ea", "Đội Án", "Đội Ân", "Dội Z")):
        team = factories.team(f"TO-{number}", unit=world.bank, name=name)
        factories.log(factories.session(team, NEXT_YEAR), world.service)
    tallies.rebuild()
    named = rows(city, "Teams", orderby="label", filter="length(code) eq 4")
    assert [row["label"] for row in named] == ["Dội Z", "Đội Án", "Đội Ân", "Đội Ea"]


def test_top_skip_and_count_agree(city):
    body = ask(city, "UnitDays", top="2", skip="3", count="true").json()
    assert (body["@odata.count"], [row["people"] for row in body["value"]]) == (6, [8, 16])
    assert "@odata.nextLink" not in body
    assert ask(city, "UnitDays", top="0", count="true").json()["value"] == []
    assert rows(city, "UnitDays", skip="6") == []
    assert [row["people"] for row in rows(city, "UnitDays", orderby="people desc", top="2", skip="1")] == [16, 8]
    counted = ask(city, "UnitDays/$count", filter="people gt 4")
    assert (counted.headers["Content-Type"], counted.content) == ("text/plain;charset=utf-8", b"3")
    assert ask(city, "Teams/$count").content == b"4"


def test_parameters_of_the_statistics_narrow_the_figures_too(world, city):
    def people(**asked) -> list[int]:
        return [row["people"] for row in city.get(f"{ROOT}UnitDays", asked).json()["value"]]

    assert people(unit="BC") == [1, 2, 16, 32]
    assert people(campaign="CAO-DIEM") == [16, 32]
    assert people(state="approved") == []
    move_team(team=world.team, unit=world.bank, since=NEXT_DAY, by=None)
    assert people(unit="BC") == [1, 2]
    assert people(unit="BC", hierarchy="as_is") == [2]
    assert fault(city.get(f"{ROOT}UnitDays", {"hierarchy": "now"})) == (400, "invalid_parameter", "hierarchy")
    assert fault(city.get(f"{ROOT}UnitDays", {"unit": "XX"}))[:2] == (404, "unknown_unit")
    assert fault(city.get(f"{ROOT}Units", {"unit": "BC"})) == (400, "invalid_parameter", "unit")


@pytest.mark.parametrize(
    ("address", "options", "expected"),
    [
        ("UnitDays", {"select": "day,nothing"}, (400, "unknown_property", "$select")),
        ("UnitDays", {"orderby": "nothing"}, (400, "unknown_property", "$orderby")),
        ("UnitDays", {"orderby": "day down"}, (400, "invalid_option", "$orderby")),
        ("UnitDays", {"orderby": ""}, (400, "unknown_property", "$orderby")),
        ("UnitDays", {"filter": "day ge"}, (400, "invalid_option", "$filter")),
        ("UnitDays", {"filter": "people add 1 eq 2"}, (501, "not_implemented", "add")),
        ("UnitDays", {"top": "-1"}, (400, "invalid_option", "$top")),
        ("UnitDays", {"skip": "many"}, (400, "invalid_option", "$skip")),
        ("UnitDays", {"count": "yes"}, (400, "invalid_option", "$count")),
        ("UnitDays", {"skiptoken": "x"}, (400, "invalid_option", "$skiptoken")),
        ("UnitDays", {"apply": "aggregate(people with sum as n)"}, (501, "not_implemented", "$apply")),
        ("UnitDays", {"expand": "unit"}, (501, "not_implemented", "$expand")),
        ("UnitDays", {"search": "BC"}, (501, "not_implemented", "$search")),
        ("UnitDays", {"nothing": "1"}, (400, "invalid_parameter", "$nothing")),
        ("UnitDays", {"format": "atom"}, (406, "not_acceptable", None)),
        ("UnitDays/$count", {"top": "1"}, (400, "invalid_parameter", "$top")),
        ("Units('BC')", {"filter": "code eq 'BC'"}, (400, "invalid_parameter", "$filter")),
        ("", {"filter": "name eq 'Units'"}, (400, "invalid_parameter", "$filter")),
        ("Nothing", {}, (404, "not_found", None)),
        ("units", {}, (404, "not_found", None)),
        ("UnitDays/people", {}, (404, "not_found", None)),
        ("$batch", {}, (501, "not_implemented", "$batch")),
    ],
)
def test_what_is_not_understood_is_refused_by_name(city, address, options, expected):
    assert fault(ask(city, address, **options)) == expected


def test_refusal_says_in_words_what_is_wrong_since_excel_shows_only_the_message(city):
    error = ask(city, "UnitDays", nothing="1").json()["error"]
    assert error == {
        "code": "invalid_parameter",
        "message": "$nothing: Không có tham số này ở địa chỉ này.",
        "target": "$nothing",
        "details": [
            {
                "code": "unknown_parameter",
                "target": "$nothing",
                "message": "Không có tham số này ở địa chỉ này.",
            }
        ],
    }
    assert city.post(f"{ROOT}UnitDays").json()["error"]["code"] == "method_not_allowed"
    repeated = city.get(f"{ROOT}UnitDays?$top=1&$top=2")
    assert fault(repeated) == (400, "invalid_parameter", "$top")


# --- forms ------------------------------------------------------------------------------------------------------------
FULL = "application/json;odata.metadata=full"


def test_metadata_level_is_the_one_that_is_asked_for(city):
    asked = {"filter": "unit eq null", "select": "id,day,people"}
    none = ask(city, "UnitDays", format="application/json;odata.metadata=none", **asked).json()
    assert none == {"value": [{"id": "2023-03-26|", "day": "2023-03-26", "people": 8}]}
    full = ask(city, "UnitDays", format=FULL, **asked).json()["value"]
    assert full == [
        {
            "@odata.type": "#XungKichSo.UnitDay",
            "@odata.id": "UnitDays(%272023-03-26%7C%27)",
            "id": "2023-03-26|",
            "day@odata.type": "#Date",
            "day": "2023-03-26",
            "people@odata.type": "#Int64",
            "people": 8,
        }
    ]
    assert city.get(f"{ROOT}{full[0]['@odata.id']}").json()["people"] == 8


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("*/*", "application/json;odata.metadata=minimal;charset=utf-8"),
        ("application/json", "application/json;odata.metadata=minimal;charset=utf-8"),
        ("text/html, application/json;q=0.5", "application/json;odata.metadata=minimal;charset=utf-8"),
        (f"application/json;q=0.5, {FULL}", f"{FULL};charset=utf-8"),
        ("application/json;metadata=none", "application/json;odata.metadata=none;charset=utf-8"),
        (
            "application/json;IEEE754Compatible=true",
            "application/json;odata.metadata=minimal;IEEE754Compatible=true;charset=utf-8",
        ),
    ],
)
def test_accept_chooses_the_form(city, accept, answered):
    response = city.get(f"{ROOT}UnitDays", HTTP_ACCEPT=accept)
    assert (response.status_code, response.headers["Content-Type"]) == (200, answered)


def test_large_numbers_are_texts_for_whoever_asks(city):
    response = city.get(f"{ROOT}UnitDays?$count=true", HTTP_ACCEPT="application/json;IEEE754Compatible=true")
    assert (response.json()["@odata.count"], response.json()["value"][0]["people"]) == ("6", "4")


@pytest.mark.parametrize("accept", ["text/html", "application/json;odata.metadata=most", "application/json;q=0"])
def test_form_that_is_not_there_is_not_acceptable(city, accept):
    assert fault(city.get(f"{ROOT}UnitDays", HTTP_ACCEPT=accept)) == (406, "not_acceptable", None)


def test_client_of_an_older_protocol_is_told(city):
    assert fault(city.get(f"{ROOT}", HTTP_ODATA_MAXVERSION="3.0")) == (400, "invalid_option", "OData-MaxVersion")
    assert city.get(f"{ROOT}", HTTP_ODATA_MAXVERSION="4.01").status_code == 200


def test_english_is_spoken_to_who_asks_for_it(city):
    english = city.get(f"{ROOT}Services?$filter=code eq 'DVC'", HTTP_ACCEPT_LANGUAGE="en")
    assert english.json()["value"][0]["label"] == "Group DVC"


# --- pages ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def small_pages(monkeypatch):
    """A page holds what one day brings, or a little more."""
    monkeypatch.setattr(pages, "PAGE", 2)
    monkeypatch.setattr(facts, "MOST_IN_A_PERIOD", 4)
    monkeypatch.setattr(facts, "FIRST_PERIOD", {"day": 400, "month": 12})


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"count": "true"},
        {"orderby": "day desc"},
        {"orderby": "day desc,people", "filter": "people ne 2"},
        {"skip": "1", "top": "4"},
        {"skip": "5"},
        {"filter": "day ge 2023-03-27", "count": "true"},
        {"filter": "people gt 100", "count": "true"},
        {"orderby": "people desc"},
    ],
    ids=str,
)
@pytest.mark.parametrize("table", ["UnitDays", "UnitServiceMonths"])
def test_pages_together_are_the_whole_answer(city, monkeypatch, small_pages, table, options):
    options = {name: value.replace("day", "month") if table != "UnitDays" else value for name, value in options.items()}
    whole, sizes = all_rows(city, table, **options)
    monkeypatch.undo()
    assert whole == rows(city, table, **options)
    assert sum(sizes) == len(whole)
    if not options:
        assert len(sizes) > 1


def test_every_page_tells_the_count_of_the_whole(city, small_pages):
    body = ask(city, "UnitDays", count="true").json()
    assert body["@odata.count"] == 6
    assert city.get(body["@odata.nextLink"]).json()["@odata.count"] == 6


def test_row_that_appears_while_pages_are_read_moves_no_other_one(world, city, small_pages):
    first = ask(city, "UnitDays").json()
    factories.log(factories.session(factories.team(unit=world.banks)), world.service)
    tallies.rebuild()
    later = city.get(first["@odata.nextLink"]).json()["value"]
    assert [row["people"] for row in first["value"]] == [4, 1, 2, 8]
    assert [row["people"] for row in later] == [16, 32]


def test_token_of_another_question_or_of_nobody_is_refused(city, small_pages):
    link = ask(city, "UnitDays").json()["@odata.nextLink"]
    assert fault(city.get(link.replace("UnitDays", "TeamDays"))) == (400, "other_question", "$skiptoken")
    assert fault(city.get(f"{link}&$filter=people gt 1")) == (400, "other_question", "$skiptoken")
    assert fault(city.get(f"{link}x")) == (400, "invalid_option", "$skiptoken")


def test_more_rows_than_the_engine_gives_at_once_are_read_in_parts(city, monkeypatch):
    monkeypatch.setattr(engine, "MOST_ROWS", 5)
    whole, _sizes = all_rows(city, "UnitDays")
    assert [row["people"] for row in whole] == [4, 1, 2, 8, 16, 32]
    assert ask(city, "UnitDays/$count").content == b"6"


def test_answer_is_refused_and_never_cut_where_it_cannot_be_read_in_parts(city, monkeypatch):
    monkeypatch.setattr(engine, "MOST_ROWS", 3)
    assert fault(ask(city, "UnitDays"))[:2] == (400, "too_many_rows")  # four on one day
    monkeypatch.setattr(engine, "MOST_ROWS", 5)
    monkeypatch.setattr(pages, "MOST_ROWS", 5)
    assert fault(ask(city, "UnitDays", orderby="people"))[:2] == (400, "too_many_rows")
    # The highest few need no room for the others.
    assert [row["people"] for row in rows(city, "UnitDays", orderby="people desc", top="2")] == [32, 16]


@pytest.mark.parametrize("name", ["day ge 9999-12-31", "day le 9999-12-31", "day ge 0001-01-01", "day lt 0001-01-01"])
def test_days_at_the_end_of_time_are_days_like_others(city, name):
    assert len(rows(city, "UnitDays", filter=name)) == (6 if name in ("day le 9999-12-31", "day ge 0001-01-01") else 0)


# --- cost -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", [*FACTS, *TABLES, "", "$metadata", "UnitDays/$count"])
def test_cost_does_not_grow_with_the_rows_and_nothing_is_written(world, address, no_writes):
    client = client_of(Scope.STATS_READ, unit=world.city)
    client.get(f"{ROOT}{address}")  # "last used" is noted once a minute
    taken = []
    for more in (0, 6):
        for number in range(more):
            unit = factories.unit(parent=world.banks)
            campaign = factories.campaign(owner=unit)
            service = factories.service(f"DVC-{number}")
            factories.log(factories.session(factories.team(unit=unit), campaign=campaign), service)
        tallies.rebuild()
        with (
            CaptureQueriesContext(
                connection,
            ) as queries,
            no_writes(),
        ):
            assert client.get(f"{ROOT}{address}").status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1]


# --- asking again -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["UnitDays", "Units", "$metadata", "UnitDays/$count", "UnitDays('2023-03-26|')"])
def test_304_until_something_changes(world, city, address):
    tag = city.get(f"{ROOT}{address}").headers["ETag"]
    same = city.get(f"{ROOT}{address}", HTTP_IF_NONE_MATCH=tag)
    assert (same.status_code, same.content, same.headers["OData-Version"]) == (304, b"", "4.0")
    assert same.headers["Cache-Control"] == "private, no-cache"
    factories.log(factories.session(world.team), world.service)
    tallies.rebuild()
    assert city.get(f"{ROOT}{address}", HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_etag_belongs_to_the_caller_the_question_the_form_and_the_language(world, city):
    def tag(client=city, **headers):
        return client.get(f"{ROOT}UnitDays", **headers).headers["ETag"]

    other = client_of(Scope.STATS_READ, unit=world.binh_chanh)
    tags = [tag(), tag(other), tag(HTTP_ACCEPT=FULL), tag(HTTP_ACCEPT_LANGUAGE="en")]
    tags.append(ask(city, "UnitDays", top="1").headers["ETag"])
    # The same team is under both, and yet they see different names.
    tags += [tag(client_of(Scope.STATS_READ, unit=unit)) for unit in (world.banks, world.bank)]
    assert len(set(tags)) == 7
    assert other.get(f"{ROOT}UnitDays", HTTP_IF_NONE_MATCH=tags[0]).status_code == 200


# --- who is let in ----------------------------------------------------------------------------------------------------
def basic(text: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Basic {base64.b64encode(text.encode()).decode()}"}


def test_key_is_taken_as_the_password_of_basic_whatever_the_name(world, api):
    token, key = factories.token(Scope.STATS_READ, unit=world.city)
    for name in ("", "excel", "cán bộ"):
        assert api.get(ROOT, **basic(f"{name}:{key}")).status_code == 200
    assert ApiToken.objects.get(pk=token.pk).last_used_at is not None


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic !!", "Basic Og== Og==", f"Basic {base64.b64encode(b'no colon').decode()}", "Basic /w=="],
)
def test_malformed_basic_is_refused(world, api, header):
    response = api.get(ROOT, HTTP_AUTHORIZATION=header)
    assert fault(response)[:2] == (401, "authentication_failed")


def test_wrong_key_ended_key_and_no_key_are_asked_for_another(world, api):
    _token, revoked = factories.token(Scope.STATS_READ, unit=world.city, revoked_at=dt.datetime.now(dt.UTC))
    for headers in ({}, basic("x:xks_wrong"), basic("x:"), basic(f"x:{revoked}")):
        response = api.get(f"{ROOT}UnitDays", **headers)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == 'Basic realm="Xung Kich So", charset="UTF-8"'
        assert response.headers["OData-Version"] == "4.0"


def test_basic_opens_the_feed_only(world, api):
    _token, key = factories.token(Scope.STATS_READ, unit=world.city)
    assert api.get("/api/v1/stats/", **basic(f"x:{key}")).status_code == 401


def test_scope_is_that_of_the_statistics(world):
    for scope in set(Scope) - {Scope.STATS_READ}:
        assert fault(client_of(scope, unit=world.city).get(f"{ROOT}UnitDays"))[:2] == (403, "not_allowed"), scope


def test_calls_are_counted_as_everywhere(world, city, monkeypatch):
    monkeypatch.setattr("rest_framework.settings.api_settings.DEFAULT_THROTTLE_RATES", {"client": "1/min"})
    assert city.get(ROOT).status_code == 200
    throttled = city.get(ROOT)
    assert fault(throttled)[:2] == (429, "throttled")
    assert int(throttled.headers["Retry-After"]) > 0


# --- who sees what ----------------------------------------------------------------------------------------------------
def test_token_of_a_subtree_sees_its_own_rows_and_learns_of_no_other(world):
    client = client_of(Scope.STATS_READ, unit=world.binh_chanh)
    for table in FACTS:
        assert {row["unit"] for row in rows(client, table)} == {"BC-TT", "BC-VL"}, table
    assert {row["code"] for row in rows(client, "Units")} == {"BC", "BC-TT", "BC-VL"}
    assert {row["code"]: row["parent"] for row in rows(client, "Units")}["BC"] is None
    assert {row["code"] for row in rows(client, "Teams")} == {"TO-TT", "TO-VL"}
    assert {row["code"] for row in rows(client, "Campaigns")} == {"CAO-DIEM"}
    for text in ("unit eq 'NH-01'", "unit eq 'TD'", "unit eq null", "id eq '2023-03-26|NH-01'", "unit eq 'XX'"):
        assert rows(client, "UnitDays", filter=text) == [], text
        assert ask(client, "UnitDays/$count", filter=text).content == b"0", text
    assert fault(ask(client, "UnitDays('2023-03-26|NH-01')"))[:2] == (404, "not_found")
    for stranger in ("NH", "TD", "XX"):
        refused = client.get(f"{ROOT}UnitDays", {"unit": stranger})
        assert fault(refused)[:2] == (404, "unknown_unit"), stranger


def test_token_of_a_team_sees_that_team_only(world):
    client = client_of(Scope.STATS_READ, team=world.team_bank)
    assert [(row["team"], row["people"]) for row in rows(client, "TeamDays")] == [("TO-NH", 4)]
    assert [row["people"] for row in rows(client, "UnitDays", filter="unit eq 'NH-01'")] == [4]
    assert [row["code"] for row in rows(client, "Teams")] == ["TO-NH"]
    assert [row["code"] for row in rows(client, "Units")] == ["NH-01"]
    assert rows(client, "Campaigns") == []


def test_unit_that_moved_away_shows_the_days_before(world):
    """The rows of its days under Bình Chánh stay Bình Chánh's, whatever is filtered."""
    move_team(team=world.team, unit=world.bank, since=NEXT_DAY, by=None)
    client = client_of(Scope.STATS_READ, unit=world.binh_chanh)
    assert [(row["day"], row["people"]) for row in rows(client, "UnitDays", filter="unit eq 'BC-TT'")] == [
        ("2023-03-26", 1)
    ]
    assert rows(client, "UnitDays", filter="unit eq 'BC-TT' and day gt 2023-03-26") == []
    assert {row["code"]: row["unit"] for row in rows(client, "Teams")} == {"TO-TT": None, "TO-VL": "BC-VL"}


def test_who_may_read_the_organisation_sees_who_has_not_reported(world):
    idle = factories.team("TO-CHUA", unit=world.vinh_loc)
    factories.campaign("CHUA-CO", owner=world.vinh_loc)
    stats = client_of(Scope.STATS_READ, unit=world.binh_chanh)
    both = client_of(Scope.STATS_READ, Scope.ORG_READ, unit=world.binh_chanh)
    assert {row["code"] for row in rows(both, "Teams")} - {row["code"] for row in rows(stats, "Teams")} == {idle.code}
    assert {row["code"] for row in rows(both, "Campaigns")} - {row["code"] for row in rows(stats, "Campaigns")} == {
        "CHUA-CO"
    }


def test_key_whose_figures_are_published_is_kept_out(world):
    """Rows that can be filtered at will would give small counts away."""
    public = client_of(Scope.STATS_READ, unit=world.city, is_public=True)
    for address in ("", "$metadata", "UnitDays", "UnitDays/$count"):
        refused = public.get(f"{ROOT}{address}")
        assert fault(refused)[:2] == (403, "not_allowed")
        assert refused.json()["error"]["message"].startswith("Khóa để công bố không dùng được ở nguồn OData")
