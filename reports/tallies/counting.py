"""Recomputing slices: from the outbox as things happen, or all of them.

A slice is recounted whole from the raw rows, so order, repetition and crashes cannot matter. It is right at READ
COMMITTED: the slice is locked first, and each statement after that sees every row committed before the statement. Rows
committed later have promised their own refresh, which waits for this lock and counts again.
"""

from collections.abc import Callable, Iterable

from django.db import transaction
from django.utils import timezone

from core.models import Revision
from reports.models import TallySlice
from reports.tallies import statements
from reports.tallies.slices import TALLIES, Slice, all_days, among, from_outbox_key, of_day, of_voids

REBUILD_CHUNK = 1000


def refresh_from_outbox(keys: list[str]) -> None:
    """Handler of ``tallies.stale``; runs in the transaction that deletes the outbox rows."""
    refresh({from_outbox_key(key) for key in keys})


def resolve_parked_voids(keys: list[str]) -> None:
    """Handler of ``voids.parked``: voids that came before what they take back.

    If that is known by now, its slice is counted again. If not, nothing: its arrival will count its slice.
    """
    refresh(of_voids(keys))


@transaction.atomic
def refresh(slices: Iterable[Slice]) -> None:
    """Make the tallies of ``slices`` equal to their live raw rows."""
    slices = sorted(set(slices))
    if not slices:
        return
    _lock(slices)
    where = among(slices)
    for tally in TALLIES:
        tally.objects.filter(where).delete()
    statements.count(slices)
    TallySlice.objects.filter(where).update(recomputed_at=timezone.now())
    # Last: from here to the commit every other worker waits for this row.
    Revision.bump("tallies")


def _lock(slices: list[Slice]) -> None:
    where = among(slices)
    known = {Slice(day, team) for day, team in TallySlice.objects.filter(where).values_list("day", "team")}
    new = [TallySlice(team_id=each.team_id, day=each.day) for each in slices if each not in known]
    # Another worker may be making the same ones: then wait for it, and lock its rows below.
    TallySlice.objects.bulk_create(new, ignore_conflicts=True)
    list(TallySlice.objects.filter(where).order_by("day", "team").select_for_update().values_list("pk"))


def rebuild(progress: Callable[[int, int], None] | None = None) -> int:
    """Count every slice anew, some at a time, while the portal works on; returns the number of slices.

    ``progress(days done, days in all)`` is called after each day.
    """
    days, done = all_days(), 0
    for number, day in enumerate(days, start=1):
        for slices in of_day(day, REBUILD_CHUNK):
            refresh(slices)
            done += len(slices)
        if progress:
            progress(number, len(days))
    return done
