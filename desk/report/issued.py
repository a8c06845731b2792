"""What has been issued: as it was signed, its versions and what differs between them, and its files."""

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import audit
from desk.common import download, found, may, staff
from reports.official import files
from reports.official.models import FileFormat, ReportDraft, ReportIssue
from teams.permissions import Right


def _issue(request, pk):
    access = staff(request)
    return found(ReportIssue.objects.select_related("unit", "campaign", "issued_by", "template"), access, pk), access


@never_cache
@require_safe
def issue(request, pk):
    row, access = _issue(request, pk)
    versions = row.draft.issues.defer("content").select_related("issued_by").order_by("-version")
    context = {
        "issue": row,
        "report": files.as_issued(row),
        "files": row.files.all(),
        "versions": versions,
        "latest": versions[0],
        "may_draft": may(ReportDraft.objects.all(), access, row.draft_id, Right.REPORT_ISSUE),
    }
    return render(request, "desk/report/issue.html", context)


@never_cache
@require_safe
def of_job(request, key):
    """From the job that has made it."""
    access = staff(request)
    return redirect("report:issue", get_object_or_404(ReportIssue.objects.visible_to(access), job_key=key).pk)


@require_POST
def take_file(request, pk, form):
    """By POST, since who has taken which report is written down."""
    row, access = _issue(request, pk)
    if form not in FileFormat.values:
        raise Http404
    file = get_object_or_404(row.files.select_related("issue__template"), format=form)
    data = files.read(file)
    with transaction.atomic():
        audit.record(
            "reports.report_file_taken", by=access.user, target=row, scope_unit=row.unit_id, format=form, rows=None
        )
    return download(data, files.name_of(row.subject, row.version, form), files.TYPES[FileFormat(form)])
