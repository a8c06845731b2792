"""Days that staff want checked or counted again now: ordered on the page, done by a worker in pieces.

Every piece is a task of its own, so that figures that wait to be counted come in between; the row of the job holds the
place, and the clock goes on with what a dead worker left.
"""

import datetime as dt
import time
from collections.abc import Iterator

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit, bells
from core.errors import DomainError, NotAllowed
from reports import tallies
from reports.models import TallySlice
from reports.proof import checking
from reports.proof.models import JobKind, ProofKind, TallyJob
from reports.proof.schedule import known_units
from reports.tallies.drift import compare
from reports.tallies.slices import Slice, of_day
from teams.access import Access
from teams.permissions import Right

CHUNK = 200
PIECE_SECONDS = 2.0
LEASE = dt.timedelta(minutes=5)
# A call that is lost with its worker is made anew after that.
BELL_RINGS_FOR = 60


class JobRunning(DomainError):
    code = "job_running"
    status = 409

    def __init__(self):
        super().__init__(_("Một việc như vậy đang chạy. Hãy đợi nó xong."))


def may_prove(access: Access) -> bool:
    return access.is_city_wide(Right.TALLIES_PROVE)


@transaction.atomic
def order(*, kind: JobKind, first: dt.date, last: dt.date, access: Access) -> TallyJob:
    """Have the days from ``first`` to ``last`` checked or counted again by a worker."""
    if not may_prove(access):
        raise NotAllowed
    slices = TallySlice.objects.filter(day__gte=first, day__lte=last).count()
    try:
        with transaction.atomic():
            job = TallyJob.objects.create(
                kind=kind, first=first, last=last, at_day=first, slices_in_all=slices, ordered_by=access.user
            )
    except IntegrityError as error:
        raise JobRunning from error
    audit.record(f"tallies.{kind}_ordered", by=access.user, target=job, first=first.isoformat(), last=last.isoformat())
    transaction.on_commit(lambda: ring(job.pk), robust=True)
    return job


def ring(job_id: int) -> None:
    """The row is what counts: if the broker is away, the clock finds it within a minute."""
    bells.ring(_bell(job_id), "reports.tasks.run_tally_job", job_id, seconds=BELL_RINGS_FOR)


def _bell(job_id: int) -> str:
    return f"tally-job:{job_id}"


def resume() -> None:
    for job_id in TallyJob.objects.filter(finished_at=None, leased_until__lte=timezone.now()).values_list(
        "pk", flat=True
    ):
        ring(job_id)


def run(job_id: int, seconds: float = PIECE_SECONDS) -> None:
    """Some of the job, then the next task. Of two workers that are called at once one goes on."""
    bells.answer(_bell(job_id))
    now = timezone.now()
    free = TallyJob.objects.filter(pk=job_id, finished_at=None, leased_until__lte=now)
    if not free.update(leased_until=now + LEASE):
        return
    job, deadline = TallyJob.objects.get(pk=job_id), time.monotonic() + seconds
    for day, slices in _left(job):
        _do(job, day, slices)
        if time.monotonic() >= deadline or tallies.figures_wait():
            TallyJob.objects.filter(pk=job_id).update(leased_until=timezone.now())
            ring(job_id)
            return
    _finish(job)


def _left(job: TallyJob) -> Iterator[tuple[dt.date, list[Slice]]]:
    days = sorted(
        unit.day for unit in known_units() if unit.kind == ProofKind.DAY and job.at_day <= unit.day <= job.last
    )
    for day in days:
        for slices in of_day(day, CHUNK):
            after = job.after_team if day == job.at_day else 0
            if left := [each for each in slices if each.team_id > after]:
                yield day, left


def _do(job: TallyJob, day: dt.date, slices: list[Slice]) -> None:
    """The work first, then its note: a worker that dies in between has done it twice, which changes nothing."""
    found = 0
    if job.kind == JobKind.REBUILD:
        tallies.refresh(slices)
    else:
        comparison = compare(day, slices)
        checking.note(comparison)
        found = len(comparison.differences)
    TallyJob.objects.filter(pk=job.pk).update(
        slices=F("slices") + len(slices),
        differences=F("differences") + found,
        at_day=day,
        after_team=slices[-1].team_id,
        leased_until=timezone.now() + LEASE,
    )


def _finish(job: TallyJob) -> None:
    now = timezone.now()
    TallyJob.objects.filter(pk=job.pk).update(finished_at=now, leased_until=now)
    if job.kind == JobKind.REBUILD:
        tallies.fold(makes_way=True)  # the clock does the rest
