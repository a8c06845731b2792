"""The gate. An item is let in when its receipt could be inserted; the primary key lets one of many senders win.

There is no look-up before the write: whoever asks first and writes later can be overtaken in between.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from services_help.intake.batch import Batch
from services_help.intake.items import Item
from services_help.models import Receipt

_FIELDS = ("id", "kind", "device", "day", "digest", "received_at", "received_from")


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
    if not claims:
        return set()
    columns: list[Any] = [Receipt._meta.get_field(name) for name in _FIELDS]
    params = []
    # Sorted: two batches with the same ids in opposite order take them in one order, and neither waits for the other.
    for id in sorted(claims):
        item, day = claims[id]
        values = (id, item.kind, batch.device, day, item.digest, batch.now, batch.access.user.pk)
        params += [
            column.get_db_prep_save(value, connection=connection) for column, value in zip(columns, values, strict=True)
        ]
    row = f"({', '.join(['%s'] * len(columns))})"
    names = ", ".join(connection.ops.quote_name(column.column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {connection.ops.quote_name(Receipt._meta.db_table)} ({names})"  # noqa: S608 - names are ours
            f" VALUES {', '.join([row] * len(claims))} ON CONFLICT (id) DO NOTHING RETURNING id",
            params,
        )
        # PostgreSQL gives UUIDs, SQLite their hexadecimal digits.
        return {UUID(str(id)) for (id,) in cursor.fetchall()}


def held(ids: Iterable[UUID]) -> dict[UUID, Receipt]:
    ids = set(ids)
    return Receipt.objects.only("id", "kind", "digest").in_bulk(ids) if ids else {}


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
            batch.replayed(item, receipt.digest)
        else:
            batch.conflict(item, receipt.digest)
