"""The worker's side: claim a job, do pieces of it, give it back or end it. Of two workers at once one goes on."""

import time
import uuid

import structlog
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.files import make_durable
from core.jobs import services
from core.jobs.kinds import Result, kind_of
from core.jobs.models import GIVEN_UP, Job, JobState
from core.jobs.work import LEASE, Lost, Work, remove_files

logger = structlog.get_logger(__name__)
# Then the next task, so that what else waits for a worker comes in between.
PIECE_SECONDS = 2.0
# Of workers, at one job: after that it is the job that kills them.
MOST_DEATHS = 3


def resume() -> None:
    """Ring for what a lost bell or a dead worker has left, and take away files whose time is over."""
    for job_id in Job.objects.abandoned().values_list("pk", flat=True):
        services.ring(job_id)
    now = timezone.now()
    for job in Job.objects.filter(expires_at__lte=now, file_removed_at=None):
        remove_files(job)
        Job.objects.filter(pk=job.pk).update(file_removed_at=now)


def run(job_id: int, seconds: float = PIECE_SECONDS) -> None:
    """As many pieces of the job as fit in ``seconds``, at least one."""
    services.answer(job_id)
    work = _claim(job_id)
    if work is None:
        return
    with translation.override(work.job.language):
        try:
            _do(work, seconds)
        except Lost:
            logger.info("job_lost", job=job_id)
            _clear_after_stop(work.job)
        except DomainError as refusal:
            _give_up(work, str(refusal))
        except Exception:  # a person has to look; who has ordered it is told so
            logger.exception("job_failed", job=job_id, kind=work.job.kind)
            _give_up(work, _("Cổng gặp lỗi khi làm việc này. Hãy thử lại; nếu vẫn lỗi, báo người quản trị cổng."))


def _claim(job_id: int) -> Work | None:
    """The work, if it was there to be had."""
    lease, now = uuid.uuid4(), timezone.now()
    # A lease that ended without being given back was a dead worker's.
    deaths = Case(When(lease=None, then=F("deaths")), default=F("deaths") + Value(1))
    taken = Job.objects.abandoned().filter(pk=job_id)
    values = {"state": JobState.RUNNING, "lease": lease, "leased_until": now + LEASE, "deaths": deaths}
    if not taken.update(started_at=Coalesce("started_at", Value(now)), **values):
        return None
    return Work(Job.objects.select_related("ordered_by").get(pk=job_id), lease)


def _do(work: Work, seconds: float) -> None:
    if work.job.deaths >= MOST_DEATHS:
        raise DomainError(
            _("Máy chủ đã dừng giữa chừng %(times)d lần khi làm việc này. Hãy thử với ít hơn.") % {"times": MOST_DEATHS}
        )
    deadline = time.monotonic() + seconds
    while True:
        result = kind_of(work.job.kind).piece(work)
        if result:
            _end(work, result)
            return
        if time.monotonic() >= deadline:
            work.give_back()
            services.ring(work.job.pk)
            return


def _end(work: Work, result: Result) -> None:
    """Done, with everything that being done means, or not."""
    kind = kind_of(work.job.kind)
    ended = {"state": JobState.DONE, "message": result.message[:250], "done": work.job.total}
    if result.file_name:
        work.result.chmod(0o600)
        make_durable(work.result)
        expires = timezone.now() + kind.keeps_file
        ended |= {"file_name": result.file_name[:200], "file_type": result.file_type, "expires_at": expires}
    with transaction.atomic():
        work.end(**ended)
        work.job.refresh_from_db()
        kind.settle(work.job)


def _give_up(work: Work, reason: str) -> None:
    try:
        with transaction.atomic():
            work.end(state=JobState.FAILED, error=reason)
            work.job.refresh_from_db()
            kind_of(work.job.kind).undo(work.job)
    except Lost:
        _clear_after_stop(work.job)
        return
    remove_files(work.job)


def _clear_after_stop(job: Job) -> None:
    """What this worker wrote after the job had been stopped."""
    if Job.objects.filter(pk=job.pk, state__in=GIVEN_UP).exists():
        remove_files(job)
