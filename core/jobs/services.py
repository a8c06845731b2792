"""Ordering a job, stopping it, and having it done again. A worker is rung for once the transaction has committed."""

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import audit, bells
from core.errors import DomainError, NotAllowed
from core.jobs.kinds import kind_of
from core.jobs.models import GIVEN_UP, Job, JobState
from core.jobs.work import remove_files

# Seconds: a call that is lost with its worker is made anew after that.
BELL_RINGS_FOR = 30
MOST_OPEN = 10


class TooManyJobs(DomainError):
    code = "too_many_jobs"

    def __init__(self):
        super().__init__(
            _("Bạn đang có %(most)d việc chưa xong. Hãy đợi bớt việc rồi giao tiếp.") % {"most": MOST_OPEN}
        )


class NotThatState(DomainError):
    code = "job_state"

    def __init__(self):
        super().__init__(_("Việc này đã sang tình trạng khác. Hãy tải lại trang."))


@transaction.atomic
def order(
    kind: str, params: dict, *, title: str, access, key: uuid.UUID | None = None, scope_unit: int | None = None
) -> Job:
    """Have a worker do it. An order with a ``key`` that is known is that job, and nothing is ordered again.

    :param title: what it is, in the words of the one who orders
    :param access: of the one who orders; what else he may not, the caller has asked
    :param scope_unit: primary key of the unit whose staff may read of it in the audit trail
    """
    access.require(kind_of(kind).right)
    given = {"kind": kind, "params": params, "title": title[:250], "ordered_by": access.user}
    is_known = key is not None and Job.objects.filter(key=key).exists()
    if not is_known and Job.objects.open().filter(ordered_by=access.user).count() >= MOST_OPEN:
        raise TooManyJobs
    given |= {"right": kind_of(kind).right, "language": get_language() or "vi"}
    job, is_new = Job.objects.get_or_create(key=key or uuid.uuid4(), defaults=given)
    if job.ordered_by != access.user:
        raise NotAllowed
    if is_new:
        audit.record("jobs.job_ordered", by=access.user, target=job, scope_unit=scope_unit)
        ring_on_commit(job)
    return job


def stop(*, job: Job, access) -> None:
    """End it where it is, and take back what it has made. A worker that is at it finds out at its next word.

    Allowed to whoever sees the job and holds its right."""
    access.require(job.right)
    stop_for_good(job=job, by=access.user)


@transaction.atomic
def stop_for_good(*, job: Job, by) -> None:
    """``stop`` without asking for the job's right: the account in whose name it is done has been closed."""
    now = timezone.now()
    ended = {"state": JobState.STOPPED, "finished_at": now, "lease": None, "leased_until": now}
    # First this, which waits for the piece that is being committed, then the undoing, which sees what that has made.
    if not Job.objects.open().filter(pk=job.pk).update(**ended):
        raise NotThatState
    job.refresh_from_db()
    kind_of(job.kind).undo(job)
    audit.record("jobs.job_stopped", by=by, target=job)
    transaction.on_commit(lambda: remove_files(job))


@transaction.atomic
def repeat(*, job: Job, access, in_charge: bool = False) -> None:
    """Begin it again from the start. For the one who has ordered it: it is done in his name.

    ``in_charge``: by whoever looks after the machine, of a job that has failed. It is still done in the name and with
    the rights of the one who has ordered it, whose file it stays; what somebody has stopped is not begun for him.
    """
    if job.ordered_by != access.user and not (in_charge and job.state == JobState.FAILED):
        raise NotAllowed
    if not in_charge:
        access.require(job.right)
    anew: dict[str, Any] = {"state": JobState.WAITING, "finished_at": None, "started_at": None}
    anew |= {"leased_until": timezone.now(), "error": "", "message": "", "done": 0, "deaths": 0, "place": {}}
    if not Job.objects.filter(pk=job.pk, state__in=GIVEN_UP).update(**anew):
        raise NotThatState
    job.refresh_from_db()
    audit.record("jobs.job_repeated", by=access.user, target=job)
    ring_on_commit(job)


def ring_on_commit(job: Job) -> None:
    transaction.on_commit(lambda: ring(job.pk), robust=True)


def ring(job_id: int) -> None:
    """The row is what counts: if the broker is away, the clock finds it within seconds."""
    bells.ring(_bell(job_id), "core.tasks.run_job", job_id, seconds=BELL_RINGS_FOR)


def answer(job_id: int) -> None:
    """A worker is at it."""
    bells.answer(_bell(job_id))


def _bell(job_id: int) -> str:
    return f"job:{job_id}"
