"""The digest of an item: one text for one content, so that a phone can compute it too (docs/sync.md).

The content is every field of the item's kind, with ``type`` and ``id``: what was left out or sent as "" stands as its
default (null; note ""; same_visit false; channel "point"). Text is NFC, each run of white space one space, none at the
ends. A time is UTC with milliseconds, ``2023-03-26T00:30:00.000Z``: JavaScript's ``new Date(…).toISOString()``.
The canonical form is JSON in UTF-8 with sorted keys, no spaces and nothing escaped that need not be; the digest is
its SHA-256 in lower-case hexadecimal.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable
from uuid import UUID

import orjson


def canonical(content) -> bytes:
    return orjson.dumps(content, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)


def digest_of_item(kind: str, id: UUID, values: dict) -> str:
    return _sha256({"type": kind, "id": id, **values})


def digest_of_ledger(pairs: Iterable[tuple[UUID, str]]) -> str:
    """Over the (id, digest) pairs, sorted by id."""
    return _sha256(sorted([str(id), digest] for id, digest in pairs))


def _sha256(content) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def _plain(value: dt.date) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
    return value.isoformat()
