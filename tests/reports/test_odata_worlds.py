"""Whatever is asked of the feed: it equals plain Python over the whole feed, and that equals the statistics."""

import random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core import outbox
from reports.odata import facts, pages
from reports.odata.model import FACTS
from reports.stats.measures import all_measures
from teams.permissions import Scope
from tests import factories
from tests.reports import worlds

ROOT = "/api/v1/odata/"
STATS = "/api/v1/stats/"
drawn = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
TEXTS = {
    "unit": ["BC-TT", "BC-VL", "NH-01", "TD", "XX"],
    "team": ["TO-TT", "TO-LE", "XX"],
    "service": ["DVC-NOP", "DVC-TRA", "DVC", "XX"],
    "campaign": ["THANG-TN", "CAO-DIEM", "XX"],
}
DAYS = [*map(str, worlds.DAYS), "2023-03-01", "2023-04-01", "2023-03-31", "2024-02-29"]


def client_of(**fields) -> APIClient:
    _token, key = factories.token(Scope.STATS_READ, **fields)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture
def world(db, monkeypatch):
    monkeypatch.setattr("rest_framework.settings.api_settings.DEFAULT_THROTTLE_RATES", {"client": None})
    return worlds.busy()


def all_rows(client, table: str, **options) -> list[dict]:
    found, address = [], f"{ROOT}{table}"
    params = {f"${name}" if name not in ("hierarchy", "state") else name: value for name, value in options.items()}
    while address:
        response = client.get(address, params)
        assert response.status_code == 200, response.content.decode()
        body = response.json()
        found += body["value"]
        address, params = body.get("@odata.nextLink"), None
    return found


# --- conditions, as text and as Python --------------------------------------------------------------------------------
# True, false and absent as 1, 0 and a half: “and” is the least, “or” the greatest, “not” the rest to one.
SIGNS = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left is not None and left > right,
    "ge": lambda left, right: left is not None and left >= right,
    "lt": lambda left, right: left is not None and left < right,
    "le": lambda left, right: left is not None and left <= right,
}
NUMBERS = ["people", "service_turns"]


def _compared(name: str, sign: str, value, literal: str):
    return f"{name} {sign} {literal}", lambda row: float(SIGNS[sign](row[name], value))


def _contained(name: str, part: str):
    return (
        f"contains({name},'{part}')",
        lambda row: 0.5 if row[name] is None else float(part in row[name]),
    )


def conditions(table: str):
    time, *others = FACTS[table][2].by
    texts = [name for name in others if name in TEXTS]
    signs = st.sampled_from([*SIGNS])
    leaves = st.one_of(
        st.builds(lambda sign, day: _compared(time, sign, day, day), signs, st.sampled_from(DAYS)),
        st.builds(
            lambda name, sign, n: _compared(name, sign, n, str(n)), st.sampled_from(NUMBERS), signs, st.integers(0, 9)
        ),
        st.builds(
            lambda year: (f"year({time}) eq {year}", lambda row: float(row[time].startswith(str(year)))),
            st.sampled_from([2022, 2023, 2024]),
        ),
        *[
            st.builds(
                lambda sign, code, name=name: _compared(name, sign, code, f"'{code}'"),
                signs,
                st.sampled_from(TEXTS[name]),
            )
            for name in texts
        ],
        *[
            st.builds(
                lambda codes, name=name: (
                    f"{name} in ({','.join(f"'{code}'" for code in codes)})",
                    lambda row: float(row[name] in codes),
                ),
                st.lists(st.sampled_from(TEXTS[name]), min_size=1, max_size=3),
            )
            for name in texts
        ],
        *[st.just((f"{name} eq null", lambda row, name=name: float(row[name] is None))) for name in texts],
        *[
            st.builds(lambda part, name=name: _contained(name, part), st.sampled_from(["T", "N", "-"]))
            for name in texts
        ],
    )
    return st.recursive(leaves, _joined, max_leaves=5)


def _joined(inner):
    return st.one_of(
        st.builds(lambda a, b: (f"({a[0]} and {b[0]})", lambda row: min(a[1](row), b[1](row))), inner, inner),
        st.builds(lambda a, b: (f"({a[0]} or {b[0]})", lambda row: max(a[1](row), b[1](row))), inner, inner),
        st.builds(lambda a: (f"not({a[0]})", lambda row: 1 - a[1](row)), inner),
    )


@st.composite
def questions(draw):
    table = draw(st.sampled_from([*FACTS]))
    text, holds = draw(conditions(table))
    order = draw(st.lists(st.sampled_from([FACTS[table][2].time, "people", "service_turns"]), max_size=2, unique=True))
    keys = [(name, draw(st.booleans())) for name in order]
    top, skip = draw(st.none() | st.integers(0, 9)), draw(st.integers(0, 5))
    return table, text, holds, keys, top, skip


def expected(rows: list[dict], holds, keys, top, skip) -> tuple[list[dict], int]:
    found = [row for row in rows if holds(row) == 1]
    for name, is_descending in reversed(keys):
        found.sort(key=lambda row: row[name], reverse=is_descending)
    return found[skip:][:top], len(found)


@drawn
@given(asked=questions(), page=st.integers(1, 6), period=st.integers(1, 12), length=st.sampled_from([1, 30, 400]))
def test_any_question_equals_plain_python_over_the_whole_feed(world, asked, page, period, length):
    table, text, holds, keys, top, skip = asked
    client = client_of(unit=world.city)
    rows, count = expected(all_rows(client, table), holds, keys, top, skip)
    options = {"filter": text, "skip": str(skip)} | ({} if top is None else {"top": str(top)})
    if keys:
        options["orderby"] = ",".join(f"{name} desc" if descending else name for name, descending in keys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "PAGE", page)
        patch.setattr(facts, "MOST_IN_A_PERIOD", period)
        patch.setattr(facts, "FIRST_PERIOD", {"day": length, "month": -(-length // 30)})
        assert all_rows(client, table, **options) == rows, text
        assert client.get(f"{ROOT}{table}/$count", {"$filter": text}).content == str(count).encode(), text


# --- the statistics ---------------------------------------------------------------------------------------------------
def as_in_the_statistics(client, table: str, hierarchy: str, columns: list[str]) -> list[dict]:
    by = FACTS[table][2].by
    measures = [name for name in columns if name in all_measures()]
    asked = {"by": ",".join(by), "measures": ",".join(measures), "depth": "descendants", "hierarchy": hierarchy}
    body = client.get(STATS, asked).json()
    assert body["next"] is None
    found = []
    for row in body["rows"]:
        told = dict(row)
        for name in by:
            if name == "month":
                told[name] = f"{row[name]}-01"
            elif name != "day":
                told[f"{name}_label"] = body["labels"][name]["null" if row[name] is None else row[name]]
        found.append(told)
    totals = {name: sum(row[name] for row in found) for name in measures if all_measures()[name].is_additive}
    assert totals.items() <= body["totals"].items()
    return found


@settings(drawn, max_examples=12)
@given(
    seed=st.integers(0, 10**9),
    moves=st.lists(st.sampled_from(worlds.MOVES), max_size=5),
    scope=st.sampled_from(["TD", "BC", "NH", "team"]),
    hierarchy=st.sampled_from(["as_was", "as_is"]),
)
def test_feed_tells_what_the_statistics_tell_the_same_caller(world, seed, moves, scope, hierarchy):
    """After any reorganisation: every row and sum, and in the tables of names every code and no other."""
    rng = random.Random(seed)
    with transaction.atomic():
        world.units = list(world.first_units)  # those that an earlier example has founded are gone
        for move in moves:
            move(world, rng)
        outbox.drain(worlds.STALE)
        granted = {"TD": {"unit": world.city}, "BC": {"unit": world.binh_chanh}, "NH": {"unit": world.banks}}
        client = client_of(**granted.get(scope, {"team": world.team}))
        named: dict[str, set] = {}
        for table, (_type, _label, found) in FACTS.items():
            rows = all_rows(client, table, hierarchy=hierarchy)
            for row in rows:
                del row["id"]
            columns = [*rows[0]] if rows else [*found.by, "people"]
            told = as_in_the_statistics(client, table, hierarchy, columns)
            assert sorted(rows, key=repr) == sorted(({name: row[name] for name in columns} for row in told), key=repr)
            for name in found.by:
                named.setdefault(name, set()).update(row[name] for row in rows)
        for table, dimension in {"Units": "unit", "Teams": "team", "Campaigns": "campaign"}.items():
            assert named[dimension] - {None} <= {row["code"] for row in all_rows(client, table)}, table
        transaction.set_rollback(True)
