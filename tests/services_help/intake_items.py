"""Items as a phone would make them, and a small world to send them into."""

import datetime as dt
import uuid

from core.ids import uuid7
from tests.factories import PEAK_DAY, local

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
