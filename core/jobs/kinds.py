"""What kinds of jobs there are: ``JOB_HANDLERS`` in the settings names one :class:`JobKind` for each.

Core does not know what they do. A kind is repeatable: a piece that a dead worker has left half done is done again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from core.jobs.models import Job
    from core.jobs.work import Work


@dataclass(frozen=True)
class Result:
    """The job is done. Where there is a file, it lies at ``work.result``; ``name`` is how people get to see it."""

    message: str = ""
    file_name: str = ""
    file_type: str = ""


def nothing(_job: Job) -> None:
    """Most kinds make nothing that would have to be settled or taken back."""


@dataclass(frozen=True)
class JobKind:
    label: Any  # lazy words
    # What it takes to order one; part of the table of rights.
    right: str
    # Does a piece of a second or two and answers None, or does the last one and answers with the result.
    piece: Callable[[Work], Result | None]
    # In the transaction that makes the job done.
    settle: Callable[[Job], None] = nothing
    # In the transaction that gives it up, or begins it anew: takes back what its pieces have made.
    undo: Callable[[Job], None] = nothing
    keeps_file: dt.timedelta = dt.timedelta(hours=24)


def kind_of(name: str) -> JobKind:
    return import_string(settings.JOB_HANDLERS[name])


def rights() -> list[str]:
    """Of all kinds, each once."""
    return sorted({kind_of(name).right for name in settings.JOB_HANDLERS})
