"""The phone's only way to write: items to the intake, as any other device sends them."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.utils import timezone
from django.utils.translation import gettext as _

from core.ids import made_at
from services_help.intake import ItemError, Status, receive
from services_help.models import Metric, Result, Service, Session
from teams.access import access_of

DONE = (Result.DONE_SELF, Result.DONE_ASSISTED)
# Chuyển tuyến counts who was referred; every other metric counts what was done.
SUCCESS_OF = {"CT": (Result.REFERRED,)}


@dataclass(frozen=True)
class Sent:
    """What the intake said to the items of one form."""

    statuses: tuple[Status, ...]
    faults: tuple[ItemError, ...]
    # Kept, and counted once staff say so: the period was locked. The page says it by a message of its own.
    is_late: bool = False

    @property
    def is_stored(self) -> bool:
        """Acknowledged, now or before: nothing is left to do."""
        return all(status in (Status.STORED, Status.REPLAYED) for status in self.statuses)

    @property
    def errors(self) -> tuple[str, ...]:
        """One sentence once, however many items it is said of."""
        return tuple(dict.fromkeys(fault.detail for fault in self.faults))

    @property
    def is_replay(self) -> bool:
        return all(status is Status.REPLAYED for status in self.statuses)


def send(request, *items: dict) -> Sent:
    results = receive(list(items), device=request.field_device, access=access_of(request))
    is_late = any(result.late for result in results)
    if is_late:
        late = _("Số liệu của ngày này đã khóa. Cổng đã giữ mục bạn gửi là mục đến muộn, chờ cán bộ xem xét.")
        messages.warning(request, late)
    return Sent(
        statuses=tuple(result.status for result in results),
        faults=tuple(fault for result in results for fault in result.errors),
        is_late=is_late,
    )


def session_item(session: Session, **changes) -> dict:
    """The session as the intake knows it, with changes (closing it: ``ended_at`` and ``note``)."""
    return {
        "type": "session",
        "id": str(session.id),
        "team": session.team.code,
        "day": session.day.isoformat(),
        "point": session.point.code if session.point else None,
        "started_at": _iso(session.started_at),
        "ended_at": _iso(session.ended_at) if session.ended_at else None,
        "note": session.note,
    } | changes


def log_item(session: Session, service: Service, metric: Metric | None, entry: dict) -> dict:
    """One line. ``entry``: id, result, people, same_visit, age_group, channel and, if counted apart, quantity."""
    counted = metric is not None and entry["result"] in SUCCESS_OF.get(metric.code, DONE)
    quantity = entry.get("quantity")
    return {
        "type": "log",
        "id": str(entry["id"]),
        "session": str(session.id),
        "service": service.code,
        "result": entry["result"],
        "people": entry["people"],
        "same_visit": entry["same_visit"],
        "quantity": (entry["people"] if quantity is None else quantity) if counted else None,
        "metric": metric.code if metric and counted else None,
        "age_group": entry["age_group"] or None,
        "beneficiary": None,
        "channel": entry["channel"],
        "happened_at": _iso(moment(session, entry["id"])),
    }


def attendance_item(session: Session, item_id, volunteer_code: str) -> dict:
    return {
        "type": "attendance",
        "id": str(item_id),
        "session": str(session.id),
        "volunteer": volunteer_code,
        "minutes": None,
    }


def void_item(item_id, target, reason: str) -> dict:
    return {"type": "void", "id": str(item_id), "target": str(target), "reason": reason}


def moment(session: Session, item_id) -> dt.datetime:
    """When it happened: when the form was made, so that a form sent twice says the same.

    Entered later from paper: nobody knows the hour any more, so it is that of the session.
    """
    if session.day != timezone.localdate():
        return session.started_at
    return max(made_at(item_id) or session.started_at, session.started_at)


def _iso(moment: dt.datetime) -> str:
    return timezone.localtime(moment).isoformat()
