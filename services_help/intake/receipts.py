"""The gate. An item is let in when its receipt could be inserted; the primary key lets one of many senders win.

There is no look-up before the write: whoever asks first and writes later can be overtaken in between.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from core import bulk
from services_help.intake.batch import Batch
from services_help.intake.items import Item
from services_help.models import LateDecision, Receipt

_ASKED = bulk.Recordset.of(Receipt, "id")


@dataclass(slots=True)
class Held:
    """What is said of an item by its receipt."""

    kind: str
    digest: str
    # It is kept, but counts nowhere: see services_help/intake/late.py.
    late: bool


def claim(batch: Batch, ready: Iterable[tuple[Item, dt.date]]) -> tuple[list[Item], list[Item]]:
    """Write receipts for what no receipt stands for yet; returns the items let in, and the others.

    ``ready``: items with the day that they belong to. Of two items with one id in a batch the first is tried.
    """
    first: dict[UUID, tuple[Item, dt.date]] = {}
    for item, day in ready:
        first.setdefault(item.id, (item, day))
    let_in = _insert(batch, first)
    won = [item for item, _day in first.values() if item.id in let_in]
    indexes = {item.index for item in won}
    return won, [item for item, _day in ready if item.index not in indexes]


def _insert(batch: Batch, claims: dict[UUID, tuple[Item, dt.date]]) -> set[UUID]:
    # Sorted: two batches with the same ids in opposite order take them in one order, and neither waits for the other.
    rows = [
        {"id": id, "kind": item.kind, "day": day, "digest": item.digest} for id, (item, day) in sorted(claims.items())
    ]
    same = {"device": batch.device, "received_at": batch.now, "received_from_id": batch.access.user.pk}
    let_in = bulk.insert(Receipt, rows, same=same, skip_held=True, returning="id")
    return {bulk.as_uuid(id) for (id,) in let_in}


def held(ids: Iterable[UUID]) -> dict[UUID, Held]:
    asked = [{"id": id} for id in set(ids)]
    found = bulk.fetch(_held_sql(), _ASKED.parameters(asked)) if asked else []
    return {
        bulk.as_uuid(id): Held(kind, digest, late=decision not in (None, LateDecision.ACCEPTED))
        for id, kind, digest, decision in found
    }


@cache
def _held_sql() -> str:
    return f"""
        SELECT receipt.id, receipt.kind, receipt.digest, (
            SELECT late.decision FROM services_help_lateentry late
            WHERE late.item = receipt.id ORDER BY late.id DESC LIMIT 1
        )
        FROM {_ASKED.sql("asked")} JOIN services_help_receipt receipt ON receipt.id = asked.id"""  # noqa: S608


def answer_held(batch: Batch, lost: list[Item], failed: list[Item]) -> None:
    """Say what stands under the ids of append-only items that were not let in.

    ``failed`` is what a rule refuses now. If it is held all the same it was fine when it came: it is a replay.
    """
    receipts = held(item.id for item in lost + failed)
    for item in lost + failed:
        receipt = receipts.get(item.id)
        if receipt is None:
            batch.rejected(item)
        elif receipt.digest == item.digest:
            batch.replayed(item, receipt.digest, late=receipt.late)
        else:
            batch.conflict(item, receipt.digest)
