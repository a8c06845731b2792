"""Tokens whose figures will be published: what they may ask, what is hidden, and that it stays hidden."""

import contextlib
import datetime as dt
import itertools
import json
import random
import re
from dataclasses import replace

import numpy as np
import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from core.errors import DomainError
from reports import tallies
from reports.stats import StatsQuery, UnknownUnit, answer, engine, published
from reports.stats.moment import Moment
from reports.stats.suppress import THRESHOLD
from teams.access import access_of_token, system_access
from teams.models import ApiToken
from teams.permissions import Right, Scope
from teams.services import place_unit
from teams.tokens import issue_token
from tests import factories
from tests.reports import readers, worlds

STATS = "/api/v1/stats/"
SCHEMA = "/api/v1/stats/schema/"
MARCH, APRIL = dt.date(2023, 3, 26), dt.date(2023, 4, 2)


def bearer(*, unit, is_public: bool) -> APIClient:
    _token, key = factories.token(Scope.STATS_READ, unit=unit, is_public=is_public)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture
def world(world):
    """People in March: Tân Túc 3, Vĩnh Lộc 40, the bank 20, without a unit 8. April: Tân Túc 7, Vĩnh Lộc 2, bank 30."""
    world.service, world.other = factories.service("DVC-NOP"), factories.service("GT-CU")
    world.loose = factories.team("TO-LE", unit=None)
    for day, people in [(MARCH, (3, 40, 20, 8)), (APRIL, (7, 2, 30, 0))]:
        for team, number in zip([world.team, world.team_vinh_loc, world.team_bank, world.loose], people, strict=True):
            if number:
                factories.log(factories.session(team, day), world.service, people=number)
    tallies.rebuild()
    return world


@pytest.fixture
def city(world) -> APIClient:
    return bearer(unit=world.city, is_public=True)


def told(client, **params) -> dict:
    response = client.get(STATS, params)
    assert response.status_code == 200, response.text
    return response.json()


def people(client, *by: str, **params) -> dict:
    rows = told(client, by=",".join(by), measures="people", **params)["rows"]
    return {tuple(row[name] for name in by) if len(by) > 1 else row[by[0]]: row["people"] for row in rows}


def fault(response) -> tuple:
    assert response.status_code == 400, response.text
    [error] = response.json()["errors"]
    return error["parameter"], error["code"]


# --- what it is told --------------------------------------------------------------------------------------------------
def test_public_token_is_told_large_figures_and_no_small_one(city):
    assert people(city, "unit", "month", depth="descendants") == {
        ("BC-TT", "2023-03"): None,  # 3 people
        ("BC-VL", "2023-03"): None,  # its only neighbour below Bình Chánh
        ("NH-01", "2023-03"): 20,
        (None, "2023-03"): 8,
        ("BC-TT", "2023-04"): None,
        ("BC-VL", "2023-04"): None,
        ("NH-01", "2023-04"): 30,
    }
    assert people(city, "unit", period="2023-03") == {"BC": 43, "NH": 20, None: 8}


def test_other_tokens_are_told_everything(world):
    client = bearer(unit=world.city, is_public=False)
    assert people(client, "unit", depth="descendants", period="2023-03")["BC-TT"] == 3


def test_sum_of_months_is_hidden_where_its_parts_would_be_told(city):
    """Tân Túc's 10 people of two months are many; but each month is in a group with its neighbour."""
    assert people(city, "unit", unit="BC") == {"BC-TT": None, "BC-VL": None}
    assert told(city, unit="BC", measures="people")["totals"] == {"people": 52}


def test_totals_and_pages_are_those_of_the_hidden_answer(city):
    whole = told(city, by="unit", unit="BC", period="2023-03", measures="people,sessions")
    assert whole["totals"] == {"people": 43, "sessions": 2}
    page = told(city, by="unit", unit="BC", period="2023-03", measures="people,sessions", limit=1)
    assert page["totals"] == whole["totals"]
    assert page["rows"] + city.get(page["next"]).json()["rows"] == whole["rows"]
    assert whole["rows"] == [
        {"unit": "BC-TT", "people": None, "sessions": 1},
        {"unit": "BC-VL", "people": None, "sessions": 1},
    ]


def test_small_total_is_hidden(world, city):
    assert told(city, unit="BC-TT", period="2023-03")["totals"] == {"people": None, "service_turns": None}


def test_unit_that_moved_within_a_month_hides_that_month_of_both_its_parents(world, city):
    """Bình Chánh's 43 less Vĩnh Lộc's 40 would be the three of Tân Túc before it left."""
    place_unit(unit=world.tan_tuc, parent=world.banks, since=MARCH + dt.timedelta(days=1), by=None)
    after = factories.session(world.team, MARCH + dt.timedelta(days=2))
    factories.log(after, world.service, people=50)
    tallies.rebuild()
    in_march = {"period": "2023-03"}
    assert people(city, "unit", depth="descendants", **in_march) == {"BC-TT": 53, "BC-VL": 40, "NH-01": 20, None: 8}
    assert people(city, "unit", **in_march) == {"BC": None, "NH": None, None: 8}
    for unit in ("BC", "NH"):
        assert told(city, unit=unit, measures="people", **in_march)["totals"] == {"people": None}
    assert told(city, measures="people", **in_march)["totals"] == {"people": 121}


@pytest.mark.parametrize("form", readers.FORMS)
def test_every_form_hides_the_same(city, form):
    params = {"by": "unit,month", "depth": "descendants", "measures": "people,sessions"}
    in_json, found = readers.from_json(city, params), readers.FORMS[form](city, params)

    def key(row):
        return json.dumps(row, sort_keys=True)

    assert sorted(found.rows, key=key) == sorted(in_json.rows, key=key)
    assert any(row["people"] is None for row in found.rows)
    assert found.digest == in_json.digest


def test_jsonstat_marks_what_is_hidden_as_confidential(city):
    response = city.get(STATS, {"by": "unit", "unit": "BC", "measures": "people,sessions", "format": "jsonstat"})
    found = json.loads(response.getvalue())
    assert (found["value"], found["status"]) == ([None, 2, None, 2], {"0": "c", "2": "c"})


def test_etag_is_not_that_of_another_token(world, city):
    internal = bearer(unit=world.city, is_public=False)
    question = {"by": "unit", "to": "2023-03-31"}
    etag = internal.get(STATS, question).headers["ETag"]
    assert city.get(STATS, question, HTTP_IF_NONE_MATCH=etag).status_code == 200
    own = city.get(STATS, question).headers["ETag"]
    assert own != etag
    assert city.get(STATS, question, HTTP_IF_NONE_MATCH=own).status_code == 304


def test_change_of_a_neighbour_moves_the_etag_because_it_can_move_what_is_hidden(world):
    district = bearer(unit=world.binh_chanh, is_public=True)
    etag = district.get(STATS).headers["ETag"]
    factories.log(factories.session(world.team_bank, MARCH), world.service)
    tallies.rebuild()
    assert district.get(STATS, HTTP_IF_NONE_MATCH=etag).status_code == 200


# --- what it may ask --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("params", "parameter"),
    [
        ({"by": "day"}, "by"),
        ({"by": "week"}, "by"),
        ({"by": "hour"}, "by"),
        ({"by": "team"}, "by"),
        ({"by": "area"}, "by"),
        ({"by": "block"}, "by"),
        ({"by": "campaign"}, "by"),
        ({"by": "state"}, "by"),
        ({"by": "unit,service"}, "by"),
        ({"by": "service,result"}, "by"),
        ({"by": "service,service_group"}, "by"),
        ({"by": "service", "unit": "BC"}, "unit"),
        ({"state": "approved"}, "state"),
        ({"hierarchy": "as_is"}, "hierarchy"),
        ({"service": "DVC-NOP"}, "service"),
        ({"from": "2023-03-02"}, "from"),
        ({"to": "2023-03-30"}, "to"),
        ({"period": "2023-03-26"}, "period"),
        ({"period": "2023W12"}, "period"),
        ({"period": "TODAY"}, "period"),
        ({"period": "THIS_MONTH"}, "period"),
    ],
)
def test_question_that_would_cut_more_finely_is_refused(city, params, parameter):
    assert fault(city.get(STATS, params)) == (parameter, "not_published")


def test_campaign_is_not_a_filter(world, city):
    factories.campaign("THANG", owner=world.city)
    assert fault(city.get(STATS, {"campaign": "THANG"})) == ("campaign", "not_published")


def test_categories_are_for_the_city_as_a_whole(world, city):
    assert people(city, "service", "month") == {("DVC-NOP", "2023-03"): 71, ("DVC-NOP", "2023-04"): 39}
    district = bearer(unit=world.binh_chanh, is_public=True)
    assert fault(district.get(STATS, {"by": "service"})) == ("by", "not_published")


def test_question_without_an_end_goes_to_the_last_month_that_is_published(world, city):
    asked = told(city)["query"]
    assert (asked["from"], asked["to"]) == (None, published.last_day().isoformat())


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-11-25", "2026-10-31"),
        ("2026-11-07", "2026-09-30"),
        ("2026-11-08", "2026-10-31"),
        ("2026-01-05", "2025-11-30"),
    ],
)
def test_month_is_published_a_week_after_its_end(monkeypatch, now, last):
    monkeypatch.setattr(published, "today", lambda: dt.date.fromisoformat(now))
    assert published.last_day() == dt.date.fromisoformat(last)


def test_running_month_is_not_published(world, city):
    factories.log(factories.session(world.team_bank, published.today()), world.service, people=1000)
    tallies.rebuild()
    assert told(city, measures="people")["totals"] == {"people": 110}


def test_schema_tells_what_a_public_token_may_ask(world, city):
    found = city.get(SCHEMA).json()["published"]
    assert found["by"][0] == ["unit", "month"]
    assert found["to"] == published.last_day().isoformat()
    for table in found["by"]:
        assert city.get(STATS, {"by": ",".join(table)}).status_code == 200
    internal = bearer(unit=world.city, is_public=False)
    assert internal.get(SCHEMA).json()["published"] is None
    etag = internal.get(SCHEMA).headers["ETag"]
    assert city.get(SCHEMA, HTTP_IF_NONE_MATCH=etag).status_code == 200


# --- what else it opens: nothing --------------------------------------------------------------------------------------
def test_public_token_holds_the_one_right_to_published_figures(world):
    token, _key = factories.token(*Scope, unit=world.city, is_public=True)
    access = access_of_token(token)
    assert {right for right in Right if access.has(right)} == {Right.STATS_PUBLISHED}


OPEN = ("/api/v1/stats/", "/api/v1/stats/schema/", "/api/v1/stats/periods/", "/api/v1/schema/", "/api/v1/docs/")


def test_every_other_address_is_closed_to_it(city):
    """Each that has a row in the matrix; 404 is what a route says to a thing that has not this form of name."""
    matrix = (settings.BASE_DIR / "tests/permission_matrix.txt").read_text()
    paths = {path for path in re.findall(r"^GET (/api/v1/[^\s?]*)", matrix, re.MULTILINE) if path not in OPEN}
    answers = {path: city.get(path.replace("{", "").replace("}", "")).status_code for path in paths}
    assert len(answers) > 20
    assert {path: status for path, status in answers.items() if status not in (403, 404)} == {}
    assert list(answers.values()).count(403) > 20


def test_token_of_a_team_is_never_public(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.token(Scope.STATS_READ, team=world.team, is_public=True)


@pytest.mark.parametrize(
    "asked", [{"scopes": ["stats:read", "sessions:read"], "unit": "city"}, {"scopes": ["stats:read"], "team": "team"}]
)
def test_public_token_is_issued_for_figures_of_a_unit_only(world, asked):
    where = {kind: getattr(world, asked[kind]) for kind in ("unit", "team") if kind in asked}
    with pytest.raises(DomainError, match="công bố"):
        issue_token(
            name="Cổng dữ liệu mở",
            scopes=asked["scopes"],
            expires_at=timezone.now() + dt.timedelta(days=30),
            by=world.city_staff,
            is_public=True,
            **where,
        )
    assert not ApiToken.objects.exists()


# --- the attack -------------------------------------------------------------------------------------------------------
def reorganised(seed: int):
    """Work on four days of three months, and units and teams that move, some within a month."""
    world, rng = worlds.busy(seed), random.Random(seed)
    for step in [*worlds.MOVES, *worlds.MOVES]:
        step(world, rng)
    tallies.rebuild()
    return world


RANGES = [
    (None, None),
    (dt.date(2023, 3, 1), dt.date(2023, 3, 31)),
    (dt.date(2023, 4, 1), dt.date(2023, 4, 30)),
    (dt.date(2023, 4, 1), dt.date(2024, 1, 31)),
]


def questions(*, with_categories: bool) -> list[dict]:
    """Every question that a public token may ask of this world, but for its days."""
    units = [None, "TD", "BC", "BC-TT", "BC-VL", "NH", "NH-01"]
    found = [{"unit": unit, "by": by} for unit in units for by in [(), ("month",)]]
    found += [
        {"unit": unit, "by": by, "depth": depth}
        for unit, by, depth in itertools.product(
            units, [("unit",), ("unit", "month")], ["self", "children", "descendants"]
        )
    ]
    if with_categories:
        found += [{"by": by} for name in ("service", "service_group") for by in [(name,), (name, "month")]]
    return found


class Ledger:
    """What an attacker knows: sums of unknown figures (team × day × service), told by the answers that he may have."""

    def __init__(self, measure: str):
        self.measure = measure
        finest = answer(StatsQuery(measures=(measure,), by=("team", "day", "service")), system_access()).rows
        # Which services a team had on a day is not published: every one of that month is possible.
        self.unknown: dict[tuple, int] = {}
        for team, day in sorted({(row["team"], row["day"]) for row in finest}):
            for service in sorted({row["service"] for row in finest if row["day"][:7] == day[:7]}):
                self.unknown[team, day, service] = len(self.unknown)
        self.truth = np.zeros(len(self.unknown))
        for row in finest:
            self.truth[self.unknown[row["team"], row["day"], row["service"]]] = row[measure]
        self.told: list[np.ndarray] = []
        self.hidden: list[np.ndarray] = []

    def parts(self, access, question: dict) -> list[tuple[dict, str, np.ndarray]]:
        """(row, day, the unknown figures in it), by the engine itself, which splits the same question more finely."""
        category = {"service", "service_group"} & {*question["by"]}
        by = dict.fromkeys([*(name for name in question["by"] if name != "month"), "team", "day", "service"])
        found = []
        for row in answer(StatsQuery(measures=(self.measure,), **question | {"by": tuple(by)}), access).rows:
            line = np.zeros(len(self.unknown))
            for (team, day, service), at in self.unknown.items():
                line[at] = (team, day) == (row["team"], row["day"]) and (not category or service == row["service"])
            found.append((row | {"month": row["day"][:7]}, row["day"], line))
        return found

    def learn(self, token: ApiToken, question: dict) -> None:
        access = access_of_token(token)
        ask = StatsQuery(measures=(self.measure,), **question)
        _query, reader = published.question(ask, access, {})
        parts = self.parts(reader, question)
        for start, end in RANGES:
            query, _reader = published.question(replace(ask, start=start, end=end), access, {})
            plan, moment = engine.plan(query, reader), Moment.read(system_access())
            found = published.suppress_small(engine.run(plan, moment.freshness), plan, moment)
            figures = {tuple(row[name] for name in query.by): row[self.measure] for row in found.rows}
            self._note(figures | {"total": found.totals[self.measure]}, parts, query)

    def _note(self, figures: dict, parts: list, query: StatsQuery) -> None:
        lines = {key: np.zeros(len(self.unknown)) for key in figures}
        for row, day, line in parts:
            if (query.start is None or query.start.isoformat() <= day) and day <= query.end.isoformat():
                for key in (tuple(row[name] for name in query.by), "total"):
                    if key in lines:
                        lines[key] = np.maximum(lines[key], line)
        for key, figure in figures.items():
            if figure is None:
                self.hidden.append(lines[key])
            else:
                assert figure == lines[key] @ self.truth  # what is shown is true
                self.told.append(lines[key])

    def solved(self) -> list[float]:
        """Small figures that follow from what was told: their sum is a combination of the sums that are known."""
        _u, strengths, directions = np.linalg.svd(np.array(self.told), full_matrices=False)
        known = directions[strengths > 1e-9]
        small = [line for line in [*self.hidden, *np.eye(len(self.unknown))] if 0 < line @ self.truth < THRESHOLD]
        return [float(line @ self.truth) for line in small if np.linalg.norm(line - known.T @ (known @ line)) < 1e-6]


def attack(world, measure: str) -> Ledger:
    """Every question of two public tokens, of the city and of a district, as one system of linear equations."""
    ledger = Ledger(measure)
    for unit in (world.city, world.binh_chanh):
        token, _key = factories.token(Scope.STATS_READ, unit=unit, is_public=True)
        for question in questions(with_categories=unit == world.city):
            with contextlib.suppress(UnknownUnit):
                ledger.learn(token, question)
    return ledger


@pytest.mark.parametrize(("seed", "measure"), [(1, "people"), (2, "service_turns"), (4, "HS_NOP")])
def test_nothing_small_follows_from_all_answers_together(db, seed, measure):
    ledger = attack(reorganised(seed), measure)
    assert ledger.told
    assert ledger.hidden
    assert ledger.solved() == []


def test_attack_finds_small_figures_where_each_answer_hides_only_its_own(db, monkeypatch):
    """The yardstick itself."""
    monkeypatch.setattr(published, "hidden_rows", lambda _groups, _shares: set())
    assert attack(reorganised(2), "people").solved() != []


# --- queries ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("teams", [1, 3])
@pytest.mark.parametrize(("held", "queries"), [(True, 8), (False, 28)], ids=["groups known", "groups to be made"])
def test_answer_takes_the_same_queries_for_any_number_of_rows(world, teams, held, queries, django_assert_num_queries):
    for _number in range(teams):
        factories.log(factories.session(factories.team(unit=factories.unit(parent=world.city))), world.service)
    tallies.rebuild()
    client = bearer(unit=world.city, is_public=True)
    client.get(STATS)  # notes the token's use, and makes the groups
    if not held:
        published.forget()
    with django_assert_num_queries(queries):
        client.get(STATS, {"by": "unit"})
