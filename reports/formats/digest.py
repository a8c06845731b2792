"""One number for an answer: equal digests, equal figures, whatever form they were fetched in."""

import hashlib
from typing import Any

import orjson

from reports.stats.engine import Answer

PARTS = ("query", "columns", "rows", "totals")


def digest_of(answer: Answer) -> str:
    """Of the whole answer, whatever page of it is shown."""
    return digest_of_parts({name: getattr(answer, name) for name in PARTS})


def digest_of_parts(parts: dict[str, Any]) -> str:
    """``sha-256:<hex>`` over the canonical JSON of the question as understood, columns, rows and totals.

    Canonical: members by name, no space, UTF-8 unescaped; as ``json.dumps(…, sort_keys=True, separators=(",", ":"),
    ensure_ascii=False)`` writes it. A client that has read all pages of the JSON answer gets the same.
    """
    told = {name: parts[name] for name in PARTS}
    return f"sha-256:{hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()}"
