"""The jobs that a worker does in the background: how far each is, its file, stopping it, having it done again."""

import structlog
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError, NotAllowed
from core.jobs import kinds, services
from core.jobs.models import Job
from core.jobs.work import result_of
from teams.access import Access, access_of

logger = structlog.get_logger(__name__)
JOBS_A_PAGE = 30


def _require_any_right(request) -> Access:
    access = access_of(request)
    if not any(access.has(right) for right in kinds.rights()):
        raise PermissionDenied
    return access


def _job(request, pk) -> tuple[Job, Access]:
    """Somebody else's is not there; the own one, when its right is gone, is not for this account any more."""
    access = _require_any_right(request)
    job = get_object_or_404(Job.objects.visible_to(access).select_related("ordered_by"), pk=pk)
    if not access.has(job.right):
        raise PermissionDenied
    return job, access


@never_cache
@require_safe
def job_list(request):
    access = _require_any_right(request)
    jobs = Job.objects.visible_to(access).select_related("ordered_by")
    page = Paginator(jobs, JOBS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/jobs.html", {"page": page})


@never_cache
@require_safe
def job(request, pk):
    found, _access = _job(request, pk)
    return render(request, "desk/job.html", {"job": found})


@never_cache
@require_safe
def progress(request, pk):
    """The part of a page that follows a job."""
    found, _access = _job(request, pk)
    return render(request, "desk/_job.html", {"job": found, "answers_poll": True})


@never_cache
@require_safe
def download(request, pk):
    """For the one who has ordered it alone: what is in it may be as good as a key."""
    found, access = _job(request, pk)
    if found.ordered_by != access.user:
        raise PermissionDenied
    if not found.has_file:
        raise Http404
    try:
        file = result_of(found).open("rb")
    except FileNotFoundError as error:
        logger.exception("job_file_missing", job=pk)
        raise Http404 from error
    logger.info("job_file_taken", job=pk)
    return FileResponse(file, as_attachment=True, filename=found.file_name, content_type=found.file_type)


@require_POST
def stop(request, pk):
    return _change(request, pk, services.stop, _("Đã dừng việc."))


@require_POST
def repeat(request, pk):
    return _change(request, pk, services.repeat, _("Đã giao làm lại."))


def _change(request, pk, service, told: str):
    found, access = _job(request, pk)
    try:
        service(job=found, access=access)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, told)
    return redirect("jobs:job", found.pk)
