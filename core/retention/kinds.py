"""What can be kept for a time: ``RETENTION_KINDS`` in the settings names one :class:`Kind` for each.

A kind is repeatable: ``erase`` that was undone half-way finds the same rows again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Due:
    """What has come to its end: how many rows, and the oldest and the newest of them."""

    count: int = 0
    oldest: dt.date | None = None
    newest: dt.date | None = None


@dataclass(frozen=True)
class Kind:
    label: Any  # lazy words, all of them
    # What becomes of it, as a sentence; and in one word, for the ledger.
    effect: Any
    done_word: Any
    # For what it is kept, by what law, and where the usual time comes from (the data register, R2).
    purpose: Any
    basis: Any
    usual_months: int
    least_months: int
    # What is due on the day before which everything is over; ``at_most`` rows are counted.
    due: Callable[[dt.datetime, int], Due]
    # Erases the oldest, ``batch`` at most, in the caller's transaction. None done: nothing is due.
    erase: Callable[[dt.datetime, int], Due]
    # From when the time is counted, for a given day; None: from that day itself.
    start: Callable[[dt.date, int], dt.date] | None = None
    # In force from the first day: only what nobody can miss.
    starts_enabled: bool = False


@cache
def _kind(path: str) -> Kind:
    return import_string(path)


def kinds() -> dict[str, Kind]:
    """By name, in the order in which a reader finds them."""
    return {name: _kind(path) for name, path in settings.RETENTION_KINDS.items()}
