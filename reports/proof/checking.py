"""Comparing, and what follows from a difference: evidence, alarm, a fresh count.

Each run takes a bounded time and leaves its place in the row of the check, so that a day of any size is gone through,
whatever dies in between. Comparing reads one snapshot (reports/tallies/drift.py); what it found is written after it.
"""

import datetime as dt
import hashlib
import json
import time
from collections.abc import Iterable, Iterator

import structlog
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from core import outbox
from core.models import Revision
from reports.proof.models import ProofCheck, ProofFinding, ProofKind
from reports.proof.schedule import Unit, due_now
from reports.tallies.drift import CELLS, MONTHS, Comparison, Difference, compare, compare_month, teams_of_month
from reports.tallies.pressing import figures_wait
from reports.tallies.slices import Slice, of_day

logger = structlog.get_logger(__name__)
CHUNK = 200
LEASE = dt.timedelta(minutes=10)
# While figures wait to be counted, they come first; for so long.
STAND_BACK = dt.timedelta(minutes=10)
WAITING_TOO_LONG = dt.timedelta(seconds=2)
MOST_FINDINGS = 200
KEEP = dt.timedelta(days=90)
# Its row of Revision tells when a run last ended.
HEARTBEAT = "proof"


def prove(seconds: float | None = None) -> int:
    """One run of the clock: what is due, for at most so long (and one piece more); returns the number of slices."""
    if _figures_come_first():
        return 0
    deadline = time.monotonic() + (settings.PROOF_SECONDS if seconds is None else seconds)
    done = 0
    for check in _work():
        done += advance(check, deadline)
        if _must_stop(deadline):
            break
    prune()
    Revision.bump(HEARTBEAT)
    return done


def _figures_come_first() -> bool:
    if not figures_wait(WAITING_TOO_LONG):
        return False
    ran = Revision.objects.filter(name=HEARTBEAT).values_list("changed_at", flat=True).first()
    return ran is not None and timezone.now() - ran < STAND_BACK


def _must_stop(deadline: float) -> bool:
    return time.monotonic() >= deadline or figures_wait()


# --- one day at a time ------------------------------------------------------------------------------------------------
def _work() -> Iterator[ProofCheck]:
    """Checks that were begun and nobody is at; then new ones of what is due, the most overdue first."""
    now = timezone.now()
    for check in ProofCheck.objects.filter(finished_at=None, leased_until__lte=now).order_by("started_at"):
        if _lease(check, now):
            yield check
    being_checked = set(ProofCheck.objects.filter(finished_at=None).values_list("day", "kind"))
    for unit in due_now(now):
        if (unit.day, unit.kind) not in being_checked and (new := begin(unit)):
            yield new


def begin(unit: Unit) -> ProofCheck | None:
    """None: another worker has begun it in this moment."""
    try:
        with transaction.atomic():
            return ProofCheck.objects.create(kind=unit.kind, day=unit.day, leased_until=timezone.now() + LEASE)
    except IntegrityError:
        return None


def _lease(check: ProofCheck, now: dt.datetime) -> bool:
    free = ProofCheck.objects.filter(pk=check.pk, finished_at=None, leased_until__lte=now)
    return bool(free.update(leased_until=now + LEASE))


def advance(check: ProofCheck, deadline: float) -> int:
    """Go on with ``check`` until it is done or the time is over; returns the number of slices compared."""
    compared, is_done = 0, True
    for comparison in _pieces(check):
        note(comparison, check)
        compared += len(comparison.settled)
        if _must_stop(deadline):
            is_done = False
            break
    now = timezone.now()
    # Not done: free at once for whoever comes next. The last piece may have been the last; the next run finds out.
    ProofCheck.objects.filter(pk=check.pk).update(leased_until=now, **({"finished_at": now} if is_done else {}))
    return compared


def _pieces(check: ProofCheck) -> Iterable[Comparison]:
    if check.kind == ProofKind.MONTH:
        # Of a team that has no rows any more a finding may be open still.
        found = _of_months(check.day).values_list("team", flat=True)
        teams = sorted(team for team in {*teams_of_month(check.day), *found} if team > check.after_team)
        for start in range(0, len(teams), CHUNK):
            yield compare_month(check.day, teams[start : start + CHUNK])
        return
    for slices in of_day(check.day, CHUNK):
        if left := [each for each in slices if each.team_id > check.after_team]:
            yield compare(check.day, left)


# --- what was found ---------------------------------------------------------------------------------------------------
@transaction.atomic
def note(comparison: Comparison, check: ProofCheck | None = None) -> int:
    """Write down a comparison: findings that are new, findings that are mended, how far the check is.

    Returns the number of findings that are new. The slices that differ are promised to be counted again, after the
    evidence is kept, in the same transaction.
    """
    digests = {digest_of(each): each for each in comparison.differences}
    new = _keep(digests)
    _settle(comparison, set(digests))
    if settings.PROOF_MENDS and digests:
        differing = {Slice(each.day, each.key["team"]) for each in digests.values()}
        outbox.enqueue("tallies.stale", [each.outbox_key for each in sorted(differing)])
    if check is not None:
        ProofCheck.objects.filter(pk=check.pk).update(
            slices=F("slices") + len(comparison.settled),
            waiting=F("waiting") + len(comparison.waiting),
            differences=F("differences") + len(digests),
            after_team=max(1, *_teams_of(comparison)),
            leased_until=timezone.now() + LEASE,
        )
    return new


def _keep(digests: dict[str, Difference]) -> int:
    now = timezone.now()
    known = set(ProofFinding.objects.open().filter(digest__in=digests).values_list("digest", flat=True))
    ProofFinding.objects.open().filter(digest__in=known).update(seen_at=now)
    fresh = [digest for digest in digests if digest not in known][:MOST_FINDINGS]
    if not fresh:
        return 0
    ProofFinding.objects.bulk_create([_finding(digests[digest], digest) for digest in fresh], ignore_conflicts=True)
    days = sorted({digests[digest].day.isoformat() for digest in fresh})
    transaction.on_commit(lambda: logger.error("tallies_drift", cells=len(digests), new=len(fresh), days=days))
    return len(fresh)


def _finding(difference: Difference, digest: str) -> ProofFinding:
    return ProofFinding(
        tally=difference.tally._meta.label_lower,
        day=difference.day,
        team_id=difference.key["team"],
        cell=difference.key,
        kept=difference.kept,
        counted=difference.counted,
        digest=digest,
    )


def digest_of(difference: Difference) -> str:
    """Of the cell, whatever its figures: an open finding is found again as the same one."""
    cell = [difference.tally._meta.label_lower, difference.day, difference.key]
    return hashlib.sha256(json.dumps(cell, sort_keys=True, cls=DjangoJSONEncoder).encode()).hexdigest()


def _settle(comparison: Comparison, still: set[str]) -> None:
    """Open findings in what was compared now, and does not differ any more."""
    if comparison.month_of is not None:
        open_ones = _of_months(comparison.day).filter(team__in=comparison.month_of)
    else:
        open_ones = ProofFinding.objects.open().filter(day=comparison.day)
        teams = [each.team_id for each in comparison.settled]
        open_ones = open_ones.filter(tally__in=[model._meta.label_lower for model in CELLS], team__in=teams)
    open_ones.exclude(digest__in=still).update(mended_at=timezone.now())


def _of_months(month: dt.date) -> QuerySet[ProofFinding]:
    """Open findings in the tallies by month."""
    by_month = [model._meta.label_lower for model in MONTHS.values()]
    return ProofFinding.objects.open().filter(day=month, tally__in=by_month)


def _teams_of(comparison: Comparison) -> list[int]:
    if comparison.month_of is not None:
        return comparison.month_of
    return [each.team_id for each in (*comparison.settled, *comparison.waiting)]


def prune() -> None:
    """The last check of every day is younger than this, as long as the proof runs."""
    old = timezone.now() - KEEP
    ProofCheck.objects.filter(finished_at__lt=old).delete()
    ProofFinding.objects.filter(mended_at__lt=old).delete()
