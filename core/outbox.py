"""News that travels upward: a row in the transaction that makes it due, applied by a worker, swept if a bell is lost.

The handlers write to this same database, so a row is deleted in the transaction that has applied it: the effect happens
once, whatever dies in between. A broker that is down delays the work; it cannot lose it.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.module_loading import import_string

from core import bells, bulk
from core.models import OutboxMessage

logger = structlog.get_logger(__name__)
BATCH = 100
# Seconds: a bell that is lost with its worker is rung anew after that.
BELL_RINGS_FOR = 5
LONGEST_BACKOFF = dt.timedelta(minutes=5)


def enqueue(topic: str, keys: Iterable[str] | Mapping[str, object]) -> None:
    """Promise the work ``topic`` for each of ``keys``, and ring the worker once the transaction commits.

    A mapping gives each key the data (JSON) that its handler needs, for topics whose handler ``claims_for_itself``.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("outbox.enqueue() needs an open transaction")
    data: Mapping = keys if isinstance(keys, Mapping) else dict.fromkeys(keys)
    if not data:
        return
    now = timezone.now()
    same = {"topic": topic, "created_at": now, "available_at": now, "attempts": 0, "last_error": ""}
    bulk.insert(OutboxMessage, [{"key": key, "data": data[key]} for key in sorted(data)], same=same)
    transaction.on_commit(lambda: ring(topic), robust=True)


def ring(topic: str) -> None:
    """Wake a worker, unless one is on its way that has yet to look: it will find what is committed by now."""
    bells.ring(topic, "core.tasks.drain_outbox", topic, seconds=BELL_RINGS_FOR)


def answer(topic: str) -> None:
    """What is promised from here on needs another bell. To be called before looking for work, never after."""
    bells.answer(topic)


def drain(topic: str, *, batch: int = BATCH) -> int:
    """Apply what is due of ``topic``; returns the number of rows done. Safe to run in any number of workers."""
    done = 0
    while taken := _drain_once(topic, batch):
        done += taken
    return done


def claims_for_itself(handler: Callable[[int], int]) -> Callable[[int], int]:
    """Mark a handler that finds, locks and deletes its rows, some ``batch`` at a time, and says how many it has done.

    For work that must hold another lock before it may say which rows are part of it.
    """
    handler.claims_for_itself = True  # type: ignore[attr-defined]
    return handler


def _drain_once(topic: str, batch: int) -> int:
    handler = import_string(settings.OUTBOX_HANDLERS[topic])
    if getattr(handler, "claims_for_itself", False):
        return handler(batch)
    with transaction.atomic():
        due = OutboxMessage.objects.filter(topic=topic, available_at__lte=timezone.now()).order_by("id")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        rows = list(due[:batch])
        if not rows:
            return 0
        keys = sorted({row.key for row in rows})
        failed = _apply(handler, keys)
        finished = [row.pk for row in rows if row.key not in failed]
        OutboxMessage.objects.filter(pk__in=finished).delete()
        for row in rows:
            if row.key in failed:
                postpone(row, failed[row.key])
        return len(rows)


def _apply(handler, keys: list[str]) -> dict[str, str]:
    """Run the handler over all keys at once; if that fails, one by one, so that one bad key holds up no other."""
    try:
        with transaction.atomic():
            handler(keys)
        return {}
    except Exception:
        logger.exception("outbox_batch_failed", keys=keys[:5], count=len(keys))
    failed = {}
    for key in keys:
        try:
            with transaction.atomic():
                handler([key])
        except Exception as error:  # the row keeps the error for a person to read, and is tried again later
            logger.exception("outbox_key_failed", key=key)
            failed[key] = repr(error)
    return failed


def postpone(row: OutboxMessage, error: str) -> None:
    """Keep the row with its error, to be tried again later and later."""
    row.attempts += 1
    row.last_error = error[:2000]
    row.available_at = timezone.now() + min(dt.timedelta(seconds=2**row.attempts), LONGEST_BACKOFF)
    row.save(update_fields=["attempts", "last_error", "available_at"])


def pending(topic: str) -> tuple[int, dt.datetime | None]:
    """(rows not yet applied, when the oldest of them was promised)."""
    found = OutboxMessage.objects.filter(topic=topic).aggregate(count=Count("id"), oldest=Min("created_at"))
    return found["count"], found["oldest"]
