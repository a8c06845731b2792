"""The page “Đối soát số liệu”: of every day the last check, what is open, and a check or a count on demand."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError
from core.models import Revision
from reports.proof import jobs
from reports.proof.checking import HEARTBEAT
from reports.proof.findings import days_checked, describe_findings
from reports.proof.forms import JobForm
from reports.proof.models import ProofFinding, TallyJob
from teams.access import Access, access_of

DAYS_A_PAGE = 60
MOST_FINDINGS = 20
JOBS_SHOWN = 5


def _require_right(request) -> Access:
    access = access_of(request)
    if not jobs.may_prove(access):
        raise PermissionDenied
    return access


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def proof(request):
    access = _require_right(request)
    form = JobForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            jobs.order(**form.cleaned_data, access=access)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Đã giao việc. Tiến độ hiện ở trang này."))
            return redirect("dashboard:proof")
    page = Paginator(days_checked(), DAYS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "dashboard/proof.html", {"form": form, "page": page} | _state())


@never_cache
@require_safe
def progress(request):
    """The part that updates itself while a job runs."""
    _require_right(request)
    return render(request, "dashboard/_proof_state.html", _state())


def _state() -> dict:
    found = ProofFinding.objects.open().order_by("-found_at", "pk")
    shown = list(found[:MOST_FINDINGS])
    open_count = found.count() if len(shown) == MOST_FINDINGS else len(shown)
    recent = list(TallyJob.objects.select_related("ordered_by").order_by("-ordered_at")[:JOBS_SHOWN])
    heartbeat = Revision.objects.filter(name=HEARTBEAT).values_list("changed_at", flat=True).first()
    return {
        "findings": [{"words": words, "row": row} for words, row in zip(describe_findings(shown), shown, strict=True)],
        "open_count": open_count,
        "more": open_count - len(shown),
        "jobs": recent,
        "is_running": any(job.finished_at is None for job in recent),
        "ran_at": heartbeat,
    }
