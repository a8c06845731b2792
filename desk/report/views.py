"""Lists of what has been issued and what is being drafted; a draft with its figures; the way to an issue."""

import datetime as dt
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.choosing import suggestions
from core.errors import DomainError, NotAllowed
from core.ids import uuid7
from core.paging import EstimatingPaginator
from desk.common import found, staff, tell, tried, with_right
from desk.report.forms import DraftForm, IssueForm, NewForm, ReportFilter, campaigns_of, units_of, units_seen
from reports.official import drafting
from reports.official.composing import build
from reports.official.issuing import PREVIEWED, order_issue, order_preview
from reports.official.models import FileFormat, ReportDraft, ReportIssue
from teams.models import Unit
from teams.permissions import Right

ROWS_A_PAGE = 30


# --- lists ------------------------------------------------------------------------------------------------------------
@never_cache
@require_safe
def issue_list(request):
    access = staff(request)
    return _list(request, access, ReportIssue.objects.visible_to(access), "issues", units_seen(access))


@never_cache
@require_safe
def draft_list(request):
    access = with_right(request, Right.REPORT_ISSUE)
    return _list(request, access, ReportDraft.objects.visible_to(access), "drafts", units_of(access))


def _list(request, access, rows, tab: str, units):
    filters = ReportFilter(request.GET, units=units)
    rows = filters.narrow(rows).for_list()
    page = EstimatingPaginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "filters": filters, "tab": tab} | rights(access)
    return render(request, f"desk/report/{tab}.html", context)


def rights(access) -> dict:
    """What the heads of the pages offer."""
    return {
        "may_draft": access.has(Right.REPORT_ISSUE),
        "may_keep_templates": access.is_city_wide(Right.CATALOGUE_MANAGE),
    }


@never_cache
@require_safe
def units(request):
    """What may be meant by the name of a unit that is being typed."""
    return suggestions(request, units_seen(staff(request)), "unit")


@never_cache
@require_safe
def campaigns(request):
    return suggestions(request, campaigns_of(with_right(request, Right.REPORT_ISSUE)), "campaign")


# --- a draft ----------------------------------------------------------------------------------------------------------
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def draft_add(request):
    access = with_right(request, Right.REPORT_ISSUE)
    form = NewForm(request.POST or None, access=access, initial=_asked(request, access))
    if request.method == "POST" and form.is_valid():
        try:
            draft = drafting.create_draft(subject=form.subject, key=form.cleaned_data["key"], access=access)
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Đã soạn bản nháp. Số liệu được lấy từ nhật ký; phần chữ bạn sửa tiếp ở đây."))
            return redirect("report:draft_edit", draft.pk)
    return render(request, "desk/report/new.html", {"form": form})


def _asked(request, access) -> dict:
    """What a link from another page has chosen already, and the unit of whoever has but one."""
    names = ("kind", "campaign", "starts_on", "ends_on")
    asked = {name: request.GET[name] for name in names if name in request.GET}
    own = access.unit_ids(Right.REPORT_ISSUE)
    return asked | ({"unit": Unit.objects.filter(pk=own[0]).first()} if len(own) == 1 else {})


def draft_of(request, pk) -> tuple[ReportDraft, object]:
    access = with_right(request, Right.REPORT_ISSUE)
    rows = ReportDraft.objects.select_related("unit", "campaign", "template", "changed_by")
    return found(rows, access, pk), access


@never_cache
@require_safe
def draft(request, pk):
    """The report as it would be now."""
    row, access = draft_of(request, pk)
    try:
        report = build(row, access)
    except DomainError as refusal:
        tell(request, refusal)
        report = None
    context = {
        "draft": row,
        "report": report,
        "as_of": report and dt.datetime.fromisoformat(report.as_of),
        "issues": row.issues.select_related("issued_by").defer("content").order_by("-version"),
        "formats": PREVIEWED,
        "gaps": gaps_of(row),
        "preview_keys": [(form, uuid7()) for form in PREVIEWED],
    }
    return render(request, "desk/report/draft.html", context)


def gaps_of(row: ReportDraft) -> list[str]:
    """What a report usually says and this one does not yet."""
    names = ("steering", "strengths", "weaknesses", "plan", "recipients", "signer")
    return [str(row._meta.get_field(name).verbose_name) for name in names if not getattr(row, name)]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def draft_edit(request, pk):
    row, access = draft_of(request, pk)
    form = DraftForm(request.POST or None, draft=row)
    others = {}
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.Meta.fields}
        try:
            drafting.save_draft(draft=row, seen=form.cleaned_data["seen"], access=access, **values)
        except drafting.ChangedMeanwhile as refusal:
            form, others = _side_by_side(request, refusal)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Đã lưu bản nháp."))
            return redirect("report:draft", row.pk)
    return render(request, "desk/report/edit.html", {"form": form, "draft": row, "others": others})


def _side_by_side(request, refusal: drafting.ChangedMeanwhile) -> tuple[DraftForm, dict]:
    """What was typed, with what the other has stored beside it; saved once more, it takes the other's place."""
    stored = refusal.draft
    typed = request.POST.copy()
    typed["seen"] = stored.revision
    form = DraftForm(typed, draft=stored)
    form.is_valid()
    form.add_error(None, str(refusal))
    others = {
        name: getattr(stored, name)
        for name in ReportDraft.TEXTS
        if name in form.cleaned_data and form.cleaned_data[name] != getattr(stored, name)
    }
    return form, others


@require_POST
def draft_preview(request, pk):
    row, access = draft_of(request, pk)
    form = request.POST.get("format", FileFormat.DOCX)
    if form not in PREVIEWED:
        raise Http404
    job = None

    def order() -> None:
        nonlocal job
        job = order_preview(draft=row, form=form, key=_key(request), access=access)

    return redirect("jobs:job", job.pk) if tried(request, order) and job else redirect("report:draft", row.pk)


def _key(request):
    """Made with the page: pressed twice, it is one order."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid7()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def draft_issue(request, pk):
    """GET: what will be issued, to be confirmed. POST: the order."""
    row, access = draft_of(request, pk)
    last = row.issues.defer("content").order_by("-version").first()
    form = IssueForm(request.POST or None, draft=row, is_again=last is not None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        base = settings.PUBLIC_URL or request.build_absolute_uri("/")
        reason = given.get("reason", "")
        try:
            job = order_issue(draft=row, seen=given["seen"], reason=reason, base=base, key=given["key"], access=access)
        except drafting.ChangedMeanwhile:
            tell(request, DomainError(_("Bản nháp vừa được sửa. Hãy xem lại trước khi phát hành.")))
            return redirect("report:draft", row.pk)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("jobs:job", job.pk)
    context = {"draft": row, "form": form, "last": last, "gaps": gaps_of(row)}
    return render(request, "desk/report/issue_confirm.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def draft_delete(request, pk):
    row, access = draft_of(request, pk)
    if request.method == "POST":
        if tried(request, lambda: drafting.delete_draft(draft=row, access=access)):
            messages.success(request, _("Đã xóa bản nháp."))
            return redirect("report:drafts")
        return redirect("report:draft", row.pk)
    return render(request, "desk/report/delete.html", {"draft": row})
