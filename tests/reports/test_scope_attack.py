"""Whoever may see a part of the tree learns nothing of the rest: not by a figure, a page, a total, a tag or a time.

The attack: ask everything, let others work elsewhere, ask again. Any byte that differs has told something.
"""

import datetime as dt
import itertools
import random

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core import outbox
from reports import tallies
from reports.stats.dimensions import DIMENSIONS
from services_help.models import Session
from teams.permissions import Scope
from tests import factories
from tests.reports import worlds

STATS, EXPLAIN, ODATA = "/api/v1/stats/", "/api/v1/stats/explain/", "/api/v1/odata/"
MEASURES = "people,service_turns,sessions,teams,points,volunteer_turns,volunteer_minutes"
BASE = [code for code, dimension in DIMENSIONS.items() if "presence" in dimension.tallies]


@pytest.fixture
def world(db):
    made = worlds.busy()
    made.own = [made.team]
    made.others = [made.team_vinh_loc, made.team_bank, made.loose_team]
    tallies.fold(dt.timedelta(0))
    return made


def bearer(unit) -> APIClient:
    cache.clear()
    _token, key = factories.token(Scope.STATS_READ, unit=unit)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")


def elsewhere(world, rng: random.Random) -> None:
    """A day of work of everybody but the unit that asks, counted and not yet counted."""
    mine, world.teams = world.teams, world.others
    own, world.sessions, world.items = (world.sessions, world.items), [], []
    for step in [*[worlds.add_session] * 3, *worlds.STEPS * 2]:
        step(world, rng)
    outbox.drain(worlds.STALE)
    for step in [worlds.add_session, worlds.add_log, worlds.add_log]:
        step(world, rng)
    world.teams, (world.sessions, world.items) = mine, own


def questions() -> list[dict]:
    pairs = [",".join(pair) for pair in itertools.combinations(BASE, 2)]
    asked = [{}, *({"by": by} for by in [*DIMENSIONS, *pairs])]
    asked += [
        {"by": "unit", "depth": depth, "hierarchy": view}
        for depth in ("self", "children", "descendants")
        for view in ("as_was", "as_is")
    ]
    asked += [{"by": "day", "period": period} for period in ("2023", "2023-03", "2023W12")]
    asked += [{"unit": code} for code in ("TD", "BC", "BC-TT", "BC-VL", "NH", "NH-01", "KHONG-CO")]
    asked += [{"campaign": code, "by": "campaign"} for code in ("THANG-TN", "CAO-DIEM", "KHONG-CO")]
    asked += [{"by": "team,day", "limit": limit} for limit in (1, 2)]
    asked += [{"by": "unit", "format": form} for form in ("csv", "jsonstat")]
    asked += [{"by": "team", "state": "approved"}]
    return [{"measures": measures_of(each), **each} for each in asked]


def measures_of(question: dict) -> str:
    return MEASURES if set(question.get("by", "unit").split(",")) <= set(BASE) else "people,service_turns"


def told(client) -> list[tuple]:
    """Everything that comes back, to the byte."""
    answers = [client.get(STATS, question) for question in questions()]
    answers.append(client.get(EXPLAIN, {"by": "unit", "measures": "people"}))
    answers += [client.get(ODATA + name) for name in ("", "Units", "Teams")]
    found = []
    for answer in answers:
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        kept = {name: answer.headers.get(name) for name in ("ETag", "Stats-As-Of", "Stats-Digest", "Stats-State")}
        found.append((answer.status_code, kept, body))
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_work_elsewhere_changes_no_byte_of_any_answer(world, seed):
    client = bearer(world.tan_tuc)
    before = told(client)
    assert {status for status, *_rest in before} >= {200, 404}
    elsewhere(world, random.Random(seed))
    assert told(client) == before


def test_tag_of_an_answer_outlives_work_elsewhere(world):
    client = bearer(world.tan_tuc)
    etag = client.get(STATS, {"by": "team"}).headers["ETag"]
    elsewhere(world, random.Random(3))
    assert client.get(STATS, {"by": "team"}, HTTP_IF_NONE_MATCH=etag).status_code == 304


def test_work_of_ones_own_changes_the_answer_and_its_tag(world):
    """Or the tests above would prove nothing."""
    client = bearer(world.tan_tuc)
    first = client.get(STATS, {"by": "team"})
    log = factories.log(Session.objects.filter(team=world.team).live().first(), world.services[0], people=3)
    worlds.promise_new(log.session, log)
    waiting = client.get(STATS, {"by": "team"}, HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert waiting.json()["freshness"]["pending"] == 1
    outbox.drain(worlds.STALE)
    after = client.get(STATS, {"by": "team"}, HTTP_IF_NONE_MATCH=waiting.headers["ETag"])
    assert after.status_code == 200
    assert after.json()["totals"]["people"] == first.json()["totals"]["people"] + 3


def test_published_figures_are_not_said_to_be_unchanged_when_they_changed(world):
    cache.clear()
    _token, key = factories.token(Scope.STATS_READ, unit=world.city, is_public=True)
    client, asked = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}"), {"by": "month", "measures": "sessions"}
    first = client.get(STATS, asked)
    assert first.status_code == 200, first.content
    elsewhere(world, random.Random(4))
    again = client.get(STATS, asked, HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert again.status_code == 200
    assert again.json()["freshness"]["as_of"] != first.json()["freshness"]["as_of"]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(by=st.lists(st.sampled_from(BASE), max_size=3, unique=True), view=st.sampled_from(["as_was", "as_is"]))
def test_parts_of_different_questions_leave_no_rest_that_is_others(world, by, view):
    """Totals less parts, in any split: what is left over is nothing, not what a neighbour did."""
    client = bearer(world.tan_tuc)
    whole = client.get(STATS, {"hierarchy": view, "measures": "people,sessions"}).json()["totals"]
    split = client.get(STATS, {"hierarchy": view, "measures": "people,sessions", "by": ",".join(by)} if by else {})
    if by:
        rows = split.json()["rows"]
        assert {code: sum(row[code] for row in rows) for code in whole} == whole
        assert split.json()["totals"] == whole
