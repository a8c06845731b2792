"""Keeping the tallies equal to the raw rows as things happen, and mending what should not have come to differ.

What has happened to a slice is promised in the outbox (services_help/intake/promises.py): that these logs are new, or
that something else has changed. New logs are added; after anything else the slice is counted whole, so that order,
repetition and crashes cannot matter.

The lock on a slice is the claim to all its promises: first the lock, then what is promised by then. They are deleted in
the transaction that keeps them, so a log is added once, whatever dies in between. It is right at READ COMMITTED: each
statement sees every row committed before it. A log that commits while its slice is counted whole has a promise that the
count can see, and is left to it; a change that commits later has promised its own count, which waits for this lock.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

import structlog
from django.db import connection, transaction
from django.utils import timezone

from core import outbox
from core.models import OutboxMessage, Revision
from reports.events import recording
from reports.models import TallySlice
from reports.tallies import comparing, months, statements
from reports.tallies.slices import STALE, TALLIES, Slice, among, from_outbox_key, of_month, of_voids

logger = structlog.get_logger(__name__)


@outbox.claims_for_itself
def keep_promises(batch: int) -> int:
    """Handler of ``tallies.stale``: some slices of what is due; returns the number of promises kept or put off."""
    passed = 0
    while slices := _due(batch, passed):
        if kept := _keep_some(slices):
            return kept
        # Another worker is at all of these, and its promises stay until it commits: look behind them.
        passed += batch
    return 0


def _keep_some(slices: list[Slice]) -> int:
    try:
        return _keep(slices)
    except Exception:
        logger.exception("tallies_batch_failed", slices=len(slices))
    return sum(_keep_one(each) for each in slices)


def _due(batch: int, passed: int) -> list[Slice]:
    due = OutboxMessage.objects.filter(topic=STALE, available_at__lte=timezone.now()).order_by("id")
    return sorted({from_outbox_key(key) for key in due.values_list("key", flat=True)[passed : passed + batch]})


def _keep_one(each: Slice) -> int:
    """One by one, so that a slice that cannot be counted holds up no other."""
    try:
        return _keep([each])
    except Exception as error:  # its promises keep the error for a person to read, and are tried again later
        logger.exception("tallies_slice_failed", slice=each.outbox_key)
        with transaction.atomic():
            _lock([each])
            rows = list(_promises([each]))
            for row in rows:
                outbox.postpone(row, repr(error))
        return len(rows)


@transaction.atomic
def _keep(slices: list[Slice]) -> int:
    _make(slices)
    locked = _lock(slices, skip=True)
    rows = list(_promises(locked).values_list("pk", "key", "data"))
    if not rows:
        return 0
    # By what was read: one that commits from here on stays.
    OutboxMessage.objects.filter(pk__in=[pk for pk, _key, _data in rows]).delete()
    new: dict[Slice, list[str]] = defaultdict(list)
    whole = set()
    for _pk, key, data in rows:
        each = from_outbox_key(key)
        if data is None:
            whole.add(each)
        else:
            new[each] += data["logs"]
    to_add = sorted(new.keys() - whole)
    if to_add:
        statements.add(to_add, [log for each in to_add for log in new[each]])
    _count(sorted(whole))
    _finish(sorted(whole | new.keys()))
    return len(rows)


def resolve_parked_voids(keys: list[str]) -> None:
    """Handler of ``voids.parked``: voids that came before what they take back.

    If that is known by now, its slice is counted again. If not, nothing: its arrival will see the void.
    """
    refresh(of_voids(keys))


@transaction.atomic
def refresh(slices: Iterable[Slice]) -> None:
    """Make the tallies of ``slices`` equal to their live raw rows; what is promised of them is kept by that."""
    slices = sorted(set(slices))
    if not slices:
        return
    _make(slices)
    _lock(slices)
    _promises(slices).delete()
    _count(slices)
    _finish(slices)


@transaction.atomic
def mend(month: dt.date, teams: list[int]) -> int:
    """Like ``refresh`` of all slices of ``teams`` in ``month``, but what is right already is not written again, and
    nobody is told that it has changed. Returns the number of slices."""
    slices = of_month(month, teams)
    _make(slices)
    _lock(slices)
    _promises(slices).delete()
    changed = comparing.differing(slices)
    _count(sorted(changed))
    # Where a day has changed, the month is added up again in any case.
    same = set(teams) - {each.team_id for each in changed}
    wrong = comparing.differing_months(month, sorted(same)) if same else set()
    changed |= {each for each in slices if each.team_id in wrong}
    if changed:
        _finish(sorted(changed))
    return len(slices)


def _promises(slices: list[Slice]):
    return OutboxMessage.objects.filter(topic=STALE, key__in=[each.outbox_key for each in slices])


def _count(slices: list[Slice]) -> None:
    if not slices:
        return
    where = among(slices)
    for tally in TALLIES:
        tally.objects.filter(where).delete()
    statements.count(slices)


def _finish(slices: list[Slice]) -> None:
    now = timezone.now()
    TallySlice.objects.filter(among(slices)).update(recomputed_at=now)
    months.mark(slices)
    _move_teams({each.team_id for each in slices}, now)
    recording.record(slices)
    # Last: from here to the commit every other worker waits for this row.
    Revision.bump("tallies")


def _move_teams(teams: set[int], now: dt.datetime) -> None:
    at, rows = connection.ops.adapt_datetimefield_value(now), sorted(teams)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reports_teamrevision (team_id, number, changed_at)"  # noqa: S608 - values are bound
            f" VALUES {', '.join(['(%s, 1, %s)'] * len(rows))} ON CONFLICT (team_id)"
            " DO UPDATE SET number = reports_teamrevision.number + 1, changed_at = excluded.changed_at",
            [value for team in rows for value in (team, at)],
        )


def _make(slices: list[Slice]) -> None:
    known = {Slice(day, team) for day, team in TallySlice.objects.filter(among(slices)).values_list("day", "team")}
    new = [TallySlice(team_id=each.team_id, day=each.day) for each in slices if each not in known]
    # Another worker may be making the same ones: then wait for it.
    TallySlice.objects.bulk_create(new, ignore_conflicts=True)


def _lock(slices: list[Slice], *, skip: bool = False) -> list[Slice]:
    """``skip``: leave out those that another worker is at; it, or the next ring, finds their promises."""
    rows = TallySlice.objects.filter(among(slices)).order_by("day", "team")
    if skip and connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    else:
        rows = rows.select_for_update()
    return [Slice(day, team) for day, team in rows.values_list("day", "team")]
