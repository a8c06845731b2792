"""One batch from one device: each item stands alone, all that is good goes in together, each of it once."""

import datetime as dt
from uuid import UUID

import structlog
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from services_help.intake.approvals import fall_back
from services_help.intake.batch import Batch
from services_help.intake.entries import settle_entries
from services_help.intake.items import Item, parse
from services_help.intake.periods import hold_off_locks
from services_help.intake.results import ItemResult, error
from services_help.intake.sessions import settle_sessions
from services_help.intake.voids import settle_voids
from services_help.models import AssistanceLog, Attendance, ItemKind, LateEntry, Receipt, Session, Void
from teams.access import Access
from teams.standing import require_standing

logger = structlog.get_logger(__name__)
# Deadlocks and serialization failures: the database asks to be called again.
TRIES = 3


def receive(items: list, *, device: UUID, access: Access, now: dt.datetime | None = None) -> list[ItemResult]:
    """Store what can be stored of ``items`` (JSON objects); answers in their order.

    When this returns, what is said to be stored is committed. It may be called again with the same items at any time,
    from anywhere: see docs/decisions/0003-exactly-once.md.
    """
    now = now or timezone.now()
    parsed = [parse(index, raw, now) for index, raw in enumerate(items)]
    for _try in range(TRIES - 1):
        try:
            return _store_somehow(parsed, device, access, now)
        except OperationalError:
            logger.warning("intake_tried_again", device=str(device), items=len(items), exc_info=True)
    return _store_somehow(parsed, device, access, now)


def _store_somehow(items: list[Item], device: UUID, access: Access, now: dt.datetime) -> list[ItemResult]:
    try:
        return _store(items, Batch(device, access, now))
    except (DataError, IntegrityError):
        # A rule of the database that the rules here do not know of. Find out whom it is about.
        logger.exception("intake_batch_refused", device=str(device), items=len(items))
        return _store_one_by_one(items, Batch(device, access, now))


def _store(items: list[Item], batch: Batch) -> list[ItemResult]:
    # Durable: inside another transaction "stored" would be said before it is so.
    with transaction.atomic(durable=True):
        _settle(items, batch)
        batch.promises.enqueue()
        require_standing(batch.access)
    return [batch.results[item.index] for item in items]


def _settle(items: list[Item], batch: Batch) -> None:
    """Locks are taken in one order in every batch: of the periods, receipts of sessions, sessions, receipts of logs, of
    voids. Logs alone look at sessions once, which holds off a lock of their period well enough.
    """
    of_kind: dict[str | None, list[Item]] = {kind: [] for kind in (None, *ItemKind.values)}
    for item in items:
        of_kind[item.kind].append(item)
    for item in of_kind[None]:
        batch.rejected(item)
    attendances = of_kind[ItemKind.ATTENDANCE]
    if of_kind[ItemKind.SESSION] or attendances or of_kind[ItemKind.VOID]:
        hold_off_locks()
    if of_kind[ItemKind.SESSION] or attendances:
        counted = {item.values["session"] for item in attendances}
        settle_sessions(batch, of_kind[ItemKind.SESSION], also_lock=counted)
    if of_kind[ItemKind.LOG] or attendances:
        entries = sorted(of_kind[ItemKind.LOG] + attendances, key=lambda item: item.index)
        settle_entries(batch, entries, taken_back=_targets(of_kind[ItemKind.VOID]))
    if of_kind[ItemKind.VOID]:
        settle_voids(batch, of_kind[ItemKind.VOID])
    fall_back(batch.changed_after_approval, by=batch.access.user, promises=batch.promises)


def _targets(voids: list[Item]) -> set[UUID]:
    return {item.values["target"] for item in voids if not item.errors}


def _store_one_by_one(items: list[Item], batch: Batch) -> list[ItemResult]:
    tables = [model._meta.db_table for model in (Receipt, Session, AssistanceLog, Attendance, Void, LateEntry)]
    order = [None, ItemKind.SESSION, ItemKind.LOG, ItemKind.ATTENDANCE, ItemKind.VOID]
    with transaction.atomic(durable=True):
        for item in sorted(items, key=lambda item: (order.index(item.kind), item.index)):
            # A batch of its own: what an item that fails has found or touched goes with it.
            alone = Batch(batch.device, batch.access, batch.now)
            try:
                with transaction.atomic():
                    _settle([item], alone)
                    alone.promises.enqueue()
                    # Foreign keys are checked at the commit; here each item answers for itself.
                    connection.check_constraints(table_names=tables)
            except (DataError, IntegrityError):
                logger.exception("intake_item_refused", item=item.sent_id, device=str(batch.device))
                alone.rejected(item.refused(error("not_storable")))
            batch.results |= alone.results
        require_standing(batch.access)
    return [batch.results[item.index] for item in items]
