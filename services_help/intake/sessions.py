"""Sessions come first in a batch, since logs point at them. A session is opened once and closed by its own id."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import NamedTuple
from uuid import UUID

from campaigns.models import SupportPoint
from core import audit, bulk
from core.dated import valid_sql
from services_help.intake import planning
from services_help.intake.batch import Batch
from services_help.intake.items import Item
from services_help.intake.late import SESSION_COLUMNS, keep, keep_version, late_sessions
from services_help.intake.periods import lock_sql
from services_help.intake.receipts import Held, claim, held
from services_help.intake.results import error
from services_help.models import ItemKind, Receipt, Session
from teams.access_sql import covers_team_sql
from teams.models import Team
from teams.permissions import Right

_COLUMNS = (*SESSION_COLUMNS, "state")
# What a session says of its place, and the index of its item.
_ASKED = bulk.Recordset(
    item=Team._meta.pk,
    team=Team._meta.get_field("code"),
    point=SupportPoint._meta.get_field("code"),
    day=Session._meta.get_field("day"),
)

_CLOSED = bulk.Recordset.of(Session, "id", "ended_at", "note")
_DIGESTS = bulk.Recordset.of(Receipt, "id", "digest")


def settle_sessions(batch: Batch, items: list[Item], also_lock: Iterable[UUID]) -> None:
    """``also_lock``: sessions that a later step needs for itself; all locks on sessions are taken here, at once."""
    places, failed = _places(batch, items)
    won, lost = claim(batch, [(item, item.values["day"]) for item in items if item.index in places])
    _create(batch, won, places)
    again = lost + failed
    # Locked first and read then, so that of two phones that close one session the second sees what the first wrote.
    batch.lock_sessions({item.id for item in again} | (set(also_lock) - set(batch.sessions)))
    _answer_known(batch, again)


class Place(NamedTuple):
    """By their ids. ``lock``: of the period that the session comes too late for."""

    team: int
    point: int | None
    lock: int | None


def _places(batch: Batch, items: list[Item]) -> tuple[dict[int, Place], list[Item]]:
    """Where each item that may go in belongs, by its index; and the items that may not, with the reasons."""
    found = _find_places(batch, items)
    places, failed = {}, []
    for item in items:
        team, point, lock = found[item.index]
        day, code = item.values["day"], item.values["point"]
        errors = []
        if team is None or not batch.rights[team, day]:
            errors.append(error("unknown_team", "team", code=item.values["team"], day=f"{day:%d/%m/%Y}"))
        if code and point is None:
            errors.append(error("unknown_point", "point", code=code, day=f"{day:%d/%m/%Y}"))
        if item.errors or errors:
            failed.append(item.refused(*errors))
        elif team is not None:
            places[item.index] = Place(team, point, lock)
    return places, failed


def _find_places(batch: Batch, items: list[Item]) -> dict[int, tuple[int | None, int | None, int | None]]:
    """Codes are used again over time: each means the row that is valid on the day of its session."""
    if not items:
        return {}
    allowed, params = covers_team_sql(batch.access, Right.LOG_RECORD, team="team.id", day="asked.day")
    asked = [{name: item.values[name] for name in ("team", "point", "day")} | {"item": item.index} for item in items]
    days = {item.index: item.values["day"] for item in items}
    found = {}
    for index, team, point, lock, is_allowed in bulk.fetch(_places_sql(allowed), [*params, *_ASKED.parameters(asked)]):
        found[index] = (team, point, lock)
        if team:
            batch.rights[team, days[index]] = bool(is_allowed)
    return found


@cache
def _places_sql(allowed: str) -> str:
    return f"""
        SELECT asked.item, team.id, point.id, {lock_sql(team="team.id", day="asked.day")}, {allowed}
        FROM {_ASKED.sql("asked")}
        LEFT JOIN teams_team team ON team.code = asked.team AND {valid_sql("asked.day", "team")}
        LEFT JOIN campaigns_supportpoint point
        ON point.code = asked.point AND {valid_sql("asked.day", "point")}"""  # noqa: S608 - names are ours


def _create(batch: Batch, won: list[Item], places: dict[int, Place]) -> None:
    made = []
    for item in won:
        place = places[item.index]
        values = {name: item.values[name] for name in ("day", "started_at", "ended_at", "note")}
        row = Session(
            id=item.id, team_id=place.team, point_id=place.point, lock_id=place.lock, **values, **batch.author
        )
        made.append((item, row))
        batch.sessions[row.pk] = row
        batch.made.add(row.pk)
        batch.stored(item, late=row.is_locked)
    planning.assign([row for _item, row in made])
    late = [(item, row, _columns(row, SESSION_COLUMNS)) for item, row in made if row.is_locked]
    keep(batch.author, late)
    batch.late |= {row.pk for _item, row, _values in late}
    in_time = [row for _item, row in made if not row.is_locked]
    bulk.insert(Session, [_columns(row, _COLUMNS) for row in in_time], same=batch.author)
    for row in in_time:
        batch.promises.is_new(row)


def _columns(row: Session, names: Iterable[str]) -> dict:
    return {name: getattr(row, name) for name in names}


class Version(Enum):
    LATER = auto()
    OLDER = auto()
    OTHER = auto()


def _compare(item: Item, session: Session) -> Version:
    """Of an item and the session held under its id, which differ: which is the later word on the same session?"""
    sent = item.values
    same = (sent["team"], sent["day"], sent["point"], sent["started_at"]) == (
        session.team.code,
        session.day,
        session.point.code if session.point else None,
        session.started_at,
    )
    if not same or sent["ended_at"] == session.ended_at:
        return Version.OTHER
    if session.ended_at is None or (sent["ended_at"] and sent["ended_at"] > session.ended_at):
        return Version.LATER
    return Version.OLDER


def _answer_known(batch: Batch, items: list[Item]) -> None:
    receipts = held(item.id for item in items)
    is_late = {id for id, receipt in receipts.items() if receipt.late and receipt.kind == ItemKind.SESSION}
    # What was said last of each: of a late one not in its table.
    said = batch.sessions | (late_sessions(is_late, lock=True) if is_late else {})
    closings: list[Closing] = []
    # In the order sent: an opening and a closing of one session may come in one batch.
    for item in sorted(items, key=lambda item: item.index):
        receipt = receipts.get(item.id)
        if receipt is None:
            batch.rejected(item)
        elif receipt.digest == item.digest:
            batch.replayed(item, receipt.digest, late=receipt.late)
        elif receipt.kind != ItemKind.SESSION:
            batch.conflict(item, receipt.digest)
        elif closing := _answer_version(batch, item, receipt, said[item.id]):
            closings.append(closing)
    _close(batch, closings, receipts)


@dataclass(frozen=True, slots=True)
class Closing:
    session: Session
    ended_at: dt.datetime
    before: dt.datetime | None
    # Kept beside the session, which stays as it is.
    late: bool


def _answer_version(batch: Batch, item: Item, receipt: Held, session: Session) -> Closing | None:
    """Answer for one that differs from what is held; a later word is taken, and ``receipt`` with it."""
    version = _compare(item, session)
    if version is Version.OLDER:
        batch.replayed(item, receipt.digest, late=receipt.late)
    elif version is Version.OTHER:
        batch.conflict(item, receipt.digest)
    elif item.errors:
        batch.rejected(item)
    else:
        late = receipt.late or batch.is_late(session)
        closing = Closing(session, item.values["ended_at"], session.ended_at, late)
        if late:
            keep_version(batch.author, item, session)
        session.ended_at, session.note = item.values["ended_at"], item.values["note"]
        receipt.digest, receipt.late = item.digest, late
        batch.stored(item, late=late)
        return closing
    return None


def _close(batch: Batch, closings: list[Closing], receipts: dict[UUID, Held]) -> None:
    if not closings:
        return
    closed = {closing.session.pk: closing.session for closing in closings if not closing.late}
    if closed:
        rows = [{"id": id, "ended_at": row.ended_at, "note": row.note} for id, row in closed.items()]
        bulk.execute(_close_sql(), _CLOSED.parameters(rows))
    moved = {closing.session.pk for closing in closings}
    bulk.execute(_digest_sql(), _DIGESTS.parameters([{"id": id, "digest": receipts[id].digest} for id in moved]))
    audit.record_many((_told(batch, closing) for closing in closings), by=batch.access.user)
    for session in closed.values():
        batch.promises.is_new(session)
    batch.touched |= closed.keys()


def _told(batch: Batch, closing: Closing) -> tuple:
    details: dict[str, object] = {
        "ended_at": closing.ended_at.isoformat(),
        "before": closing.before.isoformat() if closing.before else None,
        "device": str(batch.device),
    }
    if closing.late:
        details["late"] = True
    return "services_help.session_closed", closing.session, batch.homes.get(closing.session.pk), details


@cache
def _close_sql() -> str:
    closed = _CLOSED.sql("closed")
    values = "ended_at = closed.ended_at, note = closed.note"
    return f"UPDATE services_help_session SET {values} FROM {closed} WHERE services_help_session.id = closed.id"  # noqa: S608


@cache
def _digest_sql() -> str:
    sent = _DIGESTS.sql("sent")
    return f"UPDATE services_help_receipt SET digest = sent.digest FROM {sent} WHERE services_help_receipt.id = sent.id"  # noqa: S608
