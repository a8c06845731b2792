"""Who gets what answer on which address: tests/permission_matrix.txt, row by row.

A row is a request; its columns are the callers and the status that each gets. 404: not there for this caller. 403: not
for this caller's rights. 302: to the sign-in page, or (signed in already) to the caller's own first page. In sections
whose name begins with ``seen`` the columns say whose rows the answer shows: t (Tân Túc), v (Vĩnh Lộc A), n (banks).
"""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, resolve
from rest_framework.settings import api_settings

from core.ids import uuid7
from tests import factories
from tests.permission_world import callers, city_of_all_kinds, tokens

TABLE = Path(__file__).with_suffix("").parent / "permission_matrix.txt"
SIDES = {
    "t": {"TO-TT", "Tân Túc", "BC-TT", "TNV-TT", "CD-TT", "CD-TO-TT", "D-TT"},
    "v": {"TO-VL", "Vĩnh Lộc A", "BC-VL", "TNV-VL", "CD-TO-VL"},
    "n": {"TO-NH", "thanh toán số", "NH-01", "TNV-NH", "CD-NH", "CD-TO-NH", "D-NH", "khối Ngân hàng", "doi-truong-nh"},
}
# Addresses without a row, each with its reason.
WITHOUT_ROW = {
    # An old link to an admin form leads to the form; what happens there is in the rows of the form.
    r"^admin/\w+/\w+/<path:object_id>/$",
}


@cache
def sections() -> dict[str, tuple[list[str], list[tuple[str, str, list[str]]]]]:
    """name -> (callers, rows of (method, address, one word a caller))"""
    found: dict = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
        elif line.strip() and not line.startswith("#"):
            words = line.split()
            if name not in found:
                found[name] = (words, [])
            else:
                columns = len(found[name][0])
                assert len(words) == columns + 2, line
                found[name][1].append((words[0], words[1], words[2:]))
    return found


def names(*, seen: bool) -> list[str]:
    return [name for name in sections() if name.startswith("seen") == seen]


@pytest.fixture
def city(db, monkeypatch):
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", dict.fromkeys(("client", "anonymous", "sync")))
    city, things = city_of_all_kinds()
    city.things = things
    city.callers = callers(city) | tokens(city)
    return city


def ask(client: Client, method: str, address: str, **data):
    """The answer; what it has changed is taken back, so that every caller finds the same city."""
    before = transaction.savepoint_create()
    is_json = address.startswith(("/api/", "/field/api/")) and method != "GET"
    kind = {"content_type": "application/json"} if is_json else {}
    response = getattr(client, method.lower())(address, None if method == "GET" else data, **kind)
    response.whole = response.getvalue()  # a stream reads the database while it is sent
    transaction.savepoint_rollback(before)
    return response


def drawn(name: str, answers: dict[tuple[str, str], list[str]]) -> str:
    """A section as the table draws it, to be compared (and, once it is right, copied)."""
    columns = sections()[name][0]
    width = max(len(f"{method} {address}") for method, address in answers)
    widths = [max(4, len(column)) for column in columns]
    heads = " ".join(f"{column:>{size}}" for column, size in zip(columns, widths, strict=True))
    lines = [f"{'':{width}} {heads}"]
    for (method, address), words in answers.items():
        cells = " ".join(f"{word:>{size}}" for word, size in zip(words, widths, strict=True))
        lines.append(f"{f'{method} {address}':{width}} {cells}")
    return "\n".join(lines) + "\n"


# --- statuses ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", names(seen=False))
def test_each_caller_gets_the_status_of_the_table(city, name):
    columns, rows = sections()[name]
    expected, given = {}, {}
    for method, address, words in rows:
        answers = [ask(city.callers[caller], method, address.format_map(city.things)) for caller in columns]
        given[method, address] = [str(answer.status_code) for answer in answers]
        expected[method, address] = words
    assert drawn(name, given) == drawn(name, expected)


# --- rows -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", names(seen=True))
def test_each_caller_sees_the_rows_of_its_own_part_of_the_city(city, name):
    columns, rows = sections()[name]
    expected, given = {}, {}
    for method, address, words in rows:
        data = {"format": "1", "resource": ""} if "/export/" in address else {}
        answers = [ask(city.callers[caller], method, address.format_map(city.things), **data) for caller in columns]
        given[method, address] = [sides(answer) for answer in answers]
        expected[method, address] = words
    assert drawn(name, given) == drawn(name, expected)


def sides(answer) -> str:
    """The letters of those whom the answer names, or the status of a refusal."""
    if answer.status_code != 200:
        return str(answer.status_code)
    text = answer.whole.decode()
    if answer.headers["Content-Type"].startswith("application/json"):
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return "".join(side for side, marks in SIDES.items() if any(mark in text for mark in marks)) or "-"


# --- the intake -------------------------------------------------------------------------------------------------------
SYNC = {
    # caller: what becomes of a session of the own team, the sibling's, another subtree's
    "city": ("stored", "stored", "stored"),
    "leader": ("stored", "rejected", "rejected"),
    "device": ("stored", "rejected", "rejected"),
    "logsTT": ("stored", "rejected", "rejected"),
    "unit": ("stored", "stored", "rejected"),
    "bank": ("rejected", "rejected", "stored"),
    "viewer": (403, 403, 403),
    "nobody": (403, 403, 403),
    "stats": (403, 403, 403),
    "orgBC": (403, 403, 403),
    "planBC": (403, 403, 403),
    "dead": (401, 401, 401),
    "anon": (401, 401, 401),
}


@pytest.mark.parametrize("caller", SYNC)
def test_intake_takes_work_of_own_teams_only(city, caller):
    became = []
    for team in ("TO-TT", "TO-VL", "TO-NH"):
        item = {"type": "session", "id": str(uuid7()), "team": team, "day": "2023-03-26", "point": None}
        item |= {"started_at": "2023-03-26T07:30:00+07:00", "ended_at": None, "note": ""}
        answer = ask(city.callers[caller], "POST", "/api/v1/sync/", device=str(uuid7()), items=[item])
        body = answer.json()
        became.append(body["items"][0]["status"] if answer.status_code == 200 else answer.status_code)
    assert tuple(became) == SYNC[caller]


# --- 304 --------------------------------------------------------------------------------------------------------------
TAGGED = ["/api/v1/units/", "/api/v1/teams/TO-TT/", "/api/v1/campaigns/", "/api/v1/stats/?by=unit", "/dashboard/live/"]


@pytest.mark.parametrize("address", TAGGED)
def test_etag_of_another_caller_opens_nothing(city, address):
    """A 304 says “what you hold is right”: to whoever may not hold it, it would be an answer."""
    tag = {"If-None-Match": city.callers["city"].get(address).headers["ETag"]}
    assert city.callers["city"].get(address, headers=tag).status_code == 304
    for caller in ("unit", "bank", "viewer"):
        answer = city.callers[caller].get(address, headers=tag)
        assert answer.status_code == (404 if caller == "bank" and "TO-TT" in address else 200), caller
    refused = {"anon": {401, 302}, "nobody": {403}}
    for caller, statuses in refused.items():
        assert city.callers[caller].get(address, headers=tag).status_code in statuses


# --- the table holds every address ------------------------------------------------------------------------------------
def patterns(resolver, prefix: str = "") -> list[str]:
    found = []
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        found += patterns(entry, path) if hasattr(entry, "url_patterns") else [path.replace("/^", "/")]
    return found


def test_every_address_of_the_project_has_a_row(city):
    asked = {
        resolve(address.format_map(city.things).split("?")[0]).route
        for _callers, rows in sections().values()
        for _method, address, _words in rows
    }
    without = [
        pattern
        for pattern in patterns(get_resolver())
        if pattern not in asked and not any(re.match(exempt, pattern) for exempt in WITHOUT_ROW)
    ]
    assert without == []


def test_every_role_and_scope_is_a_caller_of_the_table(city):
    assert {appointment.role for appointment in factories.Appointment.objects.all()} == set(factories.Role.values)
    held = {scope for token in factories.ApiToken.objects.filter(revoked_at=None) for scope in token.scopes}
    assert held == set(factories.Scope.values)
