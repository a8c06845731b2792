"""The office's Word forms: taken in by Thành Đoàn after a look, in versions; the default one to begin from."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError, NotAllowed
from core.files import safe_name
from core.paging import EstimatingPaginator
from desk.common import download, tried, with_right
from desk.report.forms import TemplateForm
from desk.report.views import ROWS_A_PAGE, rights
from reports.official import files, word_forms
from reports.official.models import FileFormat, ReportTemplate
from teams.permissions import Right

WORD = files.TYPES[FileFormat.DOCX]


def _keeper(request):
    access = with_right(request, Right.CATALOGUE_MANAGE)
    try:
        word_forms.require_keeper(access)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return access


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def template_list(request):
    """GET: those that there are. POST: one more."""
    access = _keeper(request)
    form = TemplateForm(request.POST or None, request.FILES or None, access=access)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = word_forms.add_template(
                name=given["name"], unit=given["unit"], data=given["file"].read(), access=access
            )
        except word_forms.UnusableTemplate as refusal:
            for problem in refusal.problems:
                form.add_error("file", problem)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            told = {"name": made.name, "version": made.version}
            messages.success(request, _("Đã nhận mẫu “%(name)s”, bản %(version)s.") % told)
            return redirect("report:templates")
    page = EstimatingPaginator(ReportTemplate.objects.for_list(), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "tab": "templates"} | rights(access)
    return render(request, "desk/report/templates.html", context)


@never_cache
@require_safe
def default(request):
    """To be changed in Word and sent back."""
    with_right(request, Right.REPORT_ISSUE)
    # Word's format is heavy, and most requests need none of it.
    from reports.official import layouts  # noqa: PLC0415

    return download(layouts.default_template(), _("Mẫu báo cáo của Đoàn") + ".docx", WORD)


@never_cache
@require_safe
def template_file(request, pk):
    _keeper(request)
    row = get_object_or_404(ReportTemplate, pk=pk)
    return download(bytes(row.data), f"{safe_name(row.name)} {row.version}.docx", WORD)


@require_POST
def template_retire(request, pk):
    access = _keeper(request)
    row = get_object_or_404(ReportTemplate.objects.defer("data"), pk=pk)
    if tried(request, lambda: word_forms.retire_template(template=row, access=access)):
        messages.success(request, _("Mẫu này không còn được chọn cho bản nháp mới."))
    return redirect("report:templates")
