"""What a phone has, as a number and a digest, worked out as docs/sync.md tells the makers of clients to."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from typing import NamedTuple

TIMES = ("started_at", "ended_at", "happened_at")


class Ledger(NamedTuple):
    count: int
    digest: str


def ledger_of(items: Iterable[dict]) -> Ledger:
    """Of all that a phone has sent; of a session that was closed, its closing counts."""
    last: dict[str, dict] = {}
    for item in items:
        if item["id"] not in last or item.get("ended_at"):
            last[item["id"]] = item
    pairs = sorted([id, _sha256(_canonical(item))] for id, item in last.items())
    return Ledger(len(pairs), _sha256(pairs))


def _canonical(item: dict) -> dict:
    return item | {name: _moment(item[name]) for name in TIMES if item.get(name)}


def _moment(text: str) -> str:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _sha256(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
