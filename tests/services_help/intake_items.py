"""Items as a phone would make them, a small world to send them into, and the digest as a phone computes it."""

import datetime as dt
import hashlib
import json
import unicodedata
import uuid

from rest_framework.test import APIClient

from core.ids import uuid7
from tests import factories
from tests.factories import PEAK_DAY, local

SYNC, LEDGER = "/api/v1/sync/", "/api/v1/sync/ledger/"

DEVICE = uuid.UUID("0190f0de-0000-7000-8000-000000000001")
OTHER_DEVICE = uuid.UUID("0190f0de-0000-7000-8000-000000000002")


def new_id() -> str:
    return str(uuid7())


def session_item(team: str = "TO-TT", day: dt.date | object = PEAK_DAY, **fields) -> dict:
    """``day``: a date, or whatever a broken phone would send for one."""
    opened = local(day if isinstance(day, dt.date) else PEAK_DAY, 7, 30)
    return {
        "type": "session",
        "id": new_id(),
        "team": team,
        "day": day.isoformat() if isinstance(day, dt.date) else day,
        "point": None,
        "started_at": opened.isoformat(),
        "ended_at": None,
        "note": "",
    } | fields


def log_item(session: dict | str, **fields) -> dict:
    return {
        "type": "log",
        "id": new_id(),
        "session": session if isinstance(session, str) else session["id"],
        "service": "DVC-NOP",
        "result": "done_assisted",
        "people": 1,
        "same_visit": False,
        "quantity": None,
        "metric": None,
        "age_group": None,
        "beneficiary": None,
        "channel": "point",
        "happened_at": local(PEAK_DAY, 8, 15).isoformat(),
    } | fields


def attendance_item(session: dict | str, volunteer: str = "TNV-1", **fields) -> dict:
    return {
        "type": "attendance",
        "id": new_id(),
        "session": session if isinstance(session, str) else session["id"],
        "volunteer": volunteer,
        "minutes": None,
    } | fields


def void_item(target: dict | str, **fields) -> dict:
    target = target if isinstance(target, str) else target["id"]
    return {"type": "void", "id": new_id(), "target": target, "reason": "Ghi nhầm"} | fields


# --- the world ------------------------------------------------------------------------------------------------------
def stocked(world):
    """``small_city`` with a service counted in HS_NOP, one that agencies get, and two volunteers of the team."""
    world.service = factories.service("DVC-NOP", factories.metric("HS_NOP"), factories.metric("LUOT", is_derived=True))
    world.for_agencies = factories.service("HTCQ-SH", factories.metric("SH"), for_citizens=False)
    world.volunteers = [factories.volunteer(f"TNV-{number}", unit=world.tan_tuc, team=world.team) for number in (1, 2)]
    return world


# --- the phone ------------------------------------------------------------------------------------------------------
def signed_in(user, **options) -> APIClient:
    """A browser's session, with real cookies."""
    client = APIClient(**options)
    client.force_login(user)
    return client


def bearer(*scopes: str, **where) -> APIClient:
    _token, key = factories.token(*scopes, **where)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def post(client: APIClient, items, device: uuid.UUID | str = DEVICE, **headers):
    return client.post(SYNC, {"device": str(device), "items": items}, format="json", headers=headers)


def statuses(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [item["status"] for item in response.json()["items"]]


def codes(response) -> list[list[str]]:
    """The codes of the errors of each item."""
    assert response.status_code == 200, response.content
    return [[error["code"] for error in item["errors"]] for item in response.json()["items"]]


# --- the digest, from docs/sync.md alone ----------------------------------------------------------------------------
FIELDS = {
    "session": {"team": None, "day": None, "point": None, "started_at": None, "ended_at": None, "note": ""},
    "log": dict.fromkeys(["session", "service", "result", "people", "quantity", "metric", "age_group", "happened_at"])
    | {"beneficiary": None, "same_visit": False, "channel": "point"},
    "attendance": dict.fromkeys(["session", "volunteer", "minutes"]),
    "void": dict.fromkeys(["target", "reason"]),
}
TIMES, IDS = ("started_at", "ended_at", "happened_at"), ("id", "session", "target")


def digest_by_hand(item: dict) -> str:
    content = {"type": item["type"], "id": item["id"].lower()}
    for name, default in FIELDS[item["type"]].items():
        value = item.get(name)
        if isinstance(value, str):
            value = " ".join(unicodedata.normalize("NFC", value).split())
            if name in IDS:
                value = value.lower()
            if name in TIMES and value:
                moment = dt.datetime.fromisoformat(value).astimezone(dt.UTC)
                value = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
        content[name] = default if value in (None, "") else value
    return _sha256(content)


def ledger_by_hand(items: list[dict]) -> str:
    """``items``: what was sent, in the version that holds."""
    return _sha256(sorted([item["id"].lower(), digest_by_hand(item)] for item in items))


def _sha256(content) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
