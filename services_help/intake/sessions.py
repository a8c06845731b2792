"""Sessions come first in a batch, since logs point at them. A session is opened once and closed by its own id."""

import datetime as dt
from collections.abc import Iterable
from enum import Enum, auto
from uuid import UUID

from campaigns.models import SupportPoint
from core import audit
from services_help.intake import planning
from services_help.intake.batch import Batch, by_code, valid_among
from services_help.intake.items import Item
from services_help.intake.receipts import claim, held
from services_help.intake.results import error
from services_help.models import ItemKind, Receipt, Session
from teams.models import Team


def settle_sessions(batch: Batch, items: list[Item], also_lock: Iterable[UUID]) -> None:
    """``also_lock``: sessions that a later step needs for itself; all locks on sessions are taken here, at once."""
    places, failed = _places(batch, items)
    won, lost = claim(batch, [(item, item.values["day"]) for item in items if item.index in places])
    _create(batch, won, places)
    again = lost + failed
    # Locked first and read then, so that of two phones that close one session the second sees what the first wrote.
    batch.lock_sessions({item.id for item in again} | (set(also_lock) - set(batch.sessions)))
    _answer_known(batch, again)


Place = tuple[Team, SupportPoint | None]


def _places(batch: Batch, items: list[Item]) -> tuple[dict[int, Place], list[Item]]:
    """Team and point of each item that may go in, by its index; and the items that may not, with the reasons."""
    teams = by_code(Team, (item.values["team"] for item in items))
    points = by_code(SupportPoint, (item.values["point"] for item in items if item.values["point"]))
    places, failed = {}, []
    for item in items:
        day, code = item.values["day"], item.values["point"]
        team = valid_among(teams[item.values["team"]], day)
        point = valid_among(points[code], day) if code else None
        errors = []
        if team is None or not batch.may_record(team, day):
            errors.append(error("unknown_team", "team", code=item.values["team"], day=f"{day:%d/%m/%Y}"))
        if code and point is None:
            errors.append(error("unknown_point", "point", code=code, day=f"{day:%d/%m/%Y}"))
        if item.errors or errors:
            failed.append(item.refused(*errors))
        else:
            places[item.index] = (team, point)
    return places, failed


def _create(batch: Batch, won: list[Item], places: dict[int, Place]) -> None:
    rows = []
    for item in won:
        team, point = places[item.index]
        rows.append(
            Session(
                id=item.id,
                team=team,
                day=item.values["day"],
                point=point,
                started_at=item.values["started_at"],
                ended_at=item.values["ended_at"],
                note=item.values["note"],
                device=batch.device,
                created_by=batch.access.user,
                received_at=batch.now,
            )
        )
        batch.stored(item)
    planning.assign(rows)
    Session.objects.bulk_create(rows)
    for row in rows:
        batch.sessions[row.pk] = row
        batch.promises.is_new(row)


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
    # In the order sent: an opening and a closing of one session may come in one batch.
    for item in sorted(items, key=lambda item: item.index):
        receipt = receipts.get(item.id)
        if receipt is None:
            batch.rejected(item)
        elif receipt.digest == item.digest:
            batch.replayed(item, receipt.digest)
        elif receipt.kind != ItemKind.SESSION:
            batch.conflict(item, receipt.digest)
        else:
            _answer_version(batch, item, receipt)


def _answer_version(batch: Batch, item: Item, receipt: Receipt) -> None:
    """Answer for one that differs from what is held; a later word is taken, and ``receipt`` with it."""
    session = batch.sessions[item.id]
    version = _compare(item, session)
    if version is Version.OLDER:
        batch.replayed(item, receipt.digest)
    elif version is Version.OTHER:
        batch.conflict(item, receipt.digest)
    elif item.errors:
        batch.rejected(item)
    else:
        _close(batch, session, item)
        receipt.digest = item.digest
        receipt.save(update_fields=["digest"])
        batch.stored(item)


def _close(batch: Batch, session: Session, item: Item) -> None:
    before: dt.datetime | None = session.ended_at
    session.ended_at, session.note = item.values["ended_at"], item.values["note"]
    Session.objects.filter(pk=session.pk).update(ended_at=session.ended_at, note=session.note)
    home = session.team.home_on(session.day)
    audit.record(
        "services_help.session_closed",
        by=batch.access.user,
        target=session,
        scope_unit=home.pk if home else None,
        ended_at=session.ended_at.isoformat(),
        before=before.isoformat() if before else None,
        device=str(batch.device),
    )
    batch.promises.is_new(session)
