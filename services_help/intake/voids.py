"""Taking back comes last in a batch, whatever the order sent, so that what it takes back is known if it can be."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from services_help.intake.batch import Batch
from services_help.intake.items import Item
from services_help.intake.receipts import answer_held, claim, held
from services_help.intake.results import error
from services_help.models import AssistanceLog, Attendance, ItemKind, Session, Void


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
    rows = []
    for item in won:
        target = item.values["target"]
        session = known.get(target)
        rows.append(
            Void(
                id=item.id,
                target=target,
                is_authorised=session is not None,
                reason=item.values["reason"],
                device=batch.device,
                created_by=batch.access.user,
                received_at=batch.now,
            )
        )
        if session:
            batch.promises.has_changed(session)
        else:
            batch.promises.is_parked(item.id)
        batch.stored(item)
    Void.objects.bulk_create(rows)


def _faults(batch: Batch, item: Item, known: dict[UUID, Session | None]) -> list:
    target = item.values["target"]
    if target not in known:
        return []
    session = known[target]
    if session is None:
        return [error("not_voidable", "target")]
    if not batch.may_record(session.team, session.day):
        return [error("unknown_target", "target")]
    return []


def _sessions_of(batch: Batch, targets: set[UUID]) -> dict[UUID, Session | None]:
    """The session that each target belongs to, of the targets held; None for a void, which has none."""
    kinds: dict[str, set[UUID]] = {kind: set() for kind in ItemKind.values}
    for receipt in held(targets).values():
        kinds[receipt.kind].add(receipt.pk)
    sessions = {id: id for id in kinds[ItemKind.SESSION]}
    for kind, model in ((ItemKind.LOG, AssistanceLog), (ItemKind.ATTENDANCE, Attendance)):
        if kinds[kind]:
            sessions |= _session_ids(model, kinds[kind])
    batch.load_sessions(sessions.values())
    found: dict[UUID, Session | None] = dict.fromkeys(kinds[ItemKind.VOID])
    return found | {target: batch.sessions[session] for target, session in sessions.items()}


def _session_ids(model: type[AssistanceLog | Attendance], ids: Iterable[UUID]) -> dict[UUID, UUID]:
    return dict(model.objects.filter(pk__in=ids).values_list("pk", "session_id"))
