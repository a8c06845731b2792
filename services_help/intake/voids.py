"""Taking back comes last in a batch, whatever the order sent, so that what it takes back is known if it can be."""

from functools import cache
from uuid import UUID

from django.utils import timezone

from core import bulk
from services_help.intake.batch import Batch
from services_help.intake.items import Item
from services_help.intake.late import keep
from services_help.intake.receipts import answer_held, claim
from services_help.intake.results import error
from services_help.models import ItemKind, Receipt, Session, Void

_ASKED = bulk.Recordset.of(Receipt, "id")


def settle_voids(batch: Batch, items: list[Item]) -> None:
    known = _sessions_of(batch, {item.values["target"] for item in items})
    ready, failed = [], []
    for item in items:
        errors = _faults(batch, item, known)
        if item.errors or errors:
            failed.append(item.refused(*errors))
        else:
            session = known.get(item.values["target"])
            # One that came before its target goes by today; the ledger then counts it with its target.
            ready.append((item, session.day if session else timezone.localdate(batch.now)))
    won, lost = claim(batch, ready)
    _create(batch, won, known)
    answer_held(batch, lost, failed)


def _create(batch: Batch, won: list[Item], known: dict[UUID, Session | None]) -> None:
    rows, kept = [], []
    for item in won:
        target = item.values["target"]
        session = known.get(target)
        row = {
            "id": item.id,
            "target": target,
            "is_authorised": session is not None,
            "reason": item.values["reason"],
        }
        if session is not None and batch.is_late(session):
            batch.stored(item, late=True)
            kept.append((item, session, row))
            continue
        batch.stored(item)
        rows.append(row)
        if session:
            batch.promises.has_changed(session)
            batch.touched.add(session.pk)
        else:
            batch.promises.is_parked(item.id)
    keep(batch.author, kept)
    bulk.insert(Void, rows, same=batch.author)


def _faults(batch: Batch, item: Item, known: dict[UUID, Session | None]) -> list:
    target = item.values["target"]
    if target not in known:
        return []
    session = known[target]
    if session is None:
        return [error("not_voidable", "target")]
    if not batch.may_record(session):
        return [error("unknown_target", "target")]
    return []


def _sessions_of(batch: Batch, targets: set[UUID]) -> dict[UUID, Session | None]:
    """The session that each target belongs to, of the targets held; None for a void, which has none."""
    held = bulk.fetch(_targets_sql(), _ASKED.parameters([{"id": target} for target in targets]))
    # A session belongs to itself.
    found = {
        bulk.as_uuid(id): None if kind == ItemKind.VOID else bulk.as_uuid(of_log or of_attendance or of_late or id)
        for id, kind, of_log, of_attendance, of_late in held
    }
    batch.load_sessions(session for session in found.values() if session)
    return {target: batch.sessions[session] if session else None for target, session in found.items()}


@cache
def _targets_sql() -> str:
    return f"""
        SELECT held.id, held.kind, log.session_id, present.session_id, (
            SELECT late.session FROM services_help_lateentry late WHERE late.item = held.id LIMIT 1
        )
        FROM {_ASKED.sql("asked")}
        JOIN services_help_receipt held ON held.id = asked.id
        LEFT JOIN services_help_assistancelog log ON log.id = held.id
        LEFT JOIN services_help_attendance present ON present.id = held.id"""  # noqa: S608 - names are ours
