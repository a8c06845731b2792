"""What comes for a locked period: acknowledged and kept, beside the rows that are counted.

It has its receipt like anything else, so a phone can empty its queue, and the ledger has it. Staff decide what becomes
of it (services_help/review/adjusting.py).
"""

from collections.abc import Iterable
from uuid import UUID

import orjson

from campaigns.models import SupportPoint
from services_help.intake.canonical import canonical
from services_help.intake.items import Item
from services_help.models import ItemKind, LateDecision, LateEntry, Session

# Of a session: what it is stored as.
SESSION_COLUMNS = ("id", "team_id", "day", "point_id", "campaign_id", "started_at", "ended_at", "note")


def keep(author: dict, kept: Iterable[tuple[Item, Session, dict]]) -> None:
    """Items with the session that each belongs to, and the row (by column) that each would have become."""
    LateEntry.objects.bulk_create(
        LateEntry(
            item=item.id,
            kind=item.kind,
            session=session.pk,
            team_id=session.team_id,
            day=session.day,
            content=_plain(item.values),
            row=_plain(row),
            lock_id=session.lock_id,  # type: ignore[misc]  # what is late has a lock
            **author,
        )
        for item, session, row in kept
    )


def keep_version(author: dict, item: Item, session: Session) -> None:
    """A later word on a session that is locked or late itself. It takes the place of one that nobody has judged yet."""
    row = {name: getattr(session, name) for name in SESSION_COLUMNS}
    row |= {"ended_at": item.values["ended_at"], "note": item.values["note"]}
    words = {"content": _plain(item.values), "row": _plain(row)}
    if not LateEntry.objects.open().filter(item=session.pk).update(**words, **author):
        keep(author, [(item, session, row)])


def _plain(values: dict) -> dict:
    return orjson.loads(canonical(values))


def late_sessions(ids: Iterable[UUID], *, lock: bool = False) -> dict[UUID, Session]:
    """Sessions, or later versions of them, that are kept here and count nowhere, as their last word says."""
    rows = LateEntry.objects.filter(item__in=list(ids), kind=ItemKind.SESSION).select_related("team").order_by("pk")
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    last = {entry.item: entry for entry in rows}
    return {item: _as_session(entry) for item, entry in last.items() if entry.decision != LateDecision.ACCEPTED}


def _as_session(entry: LateEntry) -> Session:
    session = entry.as_raw()
    assert isinstance(session, Session)  # noqa: S101 - for the type checker
    session.team, session.lock_id = entry.team, entry.lock_id
    point = session.point_id
    session.point = SupportPoint(pk=point, code=entry.content["point"]) if point else None
    return session
