"""An answer of the statistics: all its rows, of one moment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas

# A dimension's code (None: no such value) or a measure's whole number.
Row = Mapping[str, Any]
# What stands in ``labels`` for an absent value.
NO_CODE = "null"


@dataclass(frozen=True)
class Freshness:
    # The last change that is counted.
    as_of: datetime | None
    # Changes that are stored but not counted yet, and for how many seconds the oldest has waited.
    pending: int
    lag_seconds: int
    # The least certain state behind the figures: provisional, approved, locked.
    state: str | None


@dataclass(frozen=True)
class Answer:
    """``for row in answer``; ``answer.totals`` (never add up what is not additive); ``answer.to_pandas()``."""

    # As the portal understood it.
    query: Mapping[str, Any]
    columns: tuple[str, ...]
    rows: tuple[Row, ...] = field(repr=False)
    # dimension -> code -> name
    labels: Mapping[str, Mapping[str, str]] = field(repr=False)
    totals: Mapping[str, Any]
    freshness: Freshness
    # The portal says 304 to it as long as nothing has changed.
    etag: str = field(repr=False, default="")

    @property
    def dimensions(self) -> tuple[str, ...]:
        return self.columns[: len(self.columns) - len(self.measures)]

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(self.query["measures"])

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def digest(self) -> str:
        """A number for these figures: the ``Stats-Digest`` that the portal sends with every form of the same answer."""
        told = {"query": self.query, "columns": self.columns, "rows": self.rows, "totals": self.totals}
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return f"sha-256:{hashlib.sha256(text.encode()).hexdigest()}"

    def label(self, dimension: str, code: object) -> str:
        """The name of a code, in the language of the ``Portal``."""
        return self.labels[dimension][NO_CODE if code is None else str(code)]

    def to_pandas(self, *, labels: bool = False) -> pandas.DataFrame:
        """A table with types: days, weeks and months as dates (a week is its Monday, a month its first day), codes as
        categories in the portal's order, measures as whole numbers. With ``labels`` the name stands beside each code.
        What the figures are and as of when lies in ``frame.attrs``."""
        # Only here, because pandas takes half a second and not everybody has it.
        from xungkichso.frame import frame_of  # noqa: PLC0415

        return frame_of(self, labels=labels)


def freshness_of(told: Mapping[str, Any]) -> Freshness:
    return Freshness(
        as_of=datetime.fromisoformat(told["as_of"]) if told.get("as_of") else None,
        pending=told["pending"],
        lag_seconds=told["lag_seconds"],
        state=told.get("state"),
    )


def answer_of(pages: list[Mapping[str, Any]], etag: str) -> Answer:
    """One answer out of its pages, in their order."""
    first = pages[0]
    labels: dict[str, dict[str, str]] = {}
    for page in pages:
        for dimension, names in page["labels"].items():
            labels.setdefault(dimension, {}).update(names)
    return Answer(
        query=first["query"],
        columns=tuple(first["columns"]),
        rows=tuple(row for page in pages for row in page["rows"]),
        labels=labels,
        totals=first["totals"],
        freshness=freshness_of(first["freshness"]),
        etag=etag,
    )
