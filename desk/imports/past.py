"""Figures of past years as a table of their own, with their documents: beside what was logged, never among it."""

import tablib
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.imports.past import PastFigureFile
from campaigns.models import Campaign
from campaigns.past import PastFigure
from core.dated import today
from core.errors import DomainError
from core.vietnamese import fold
from desk.common import download, staff, tell, with_right
from desk.imports.forms import PastFilter
from desk.plan.views.targets import labels_here
from teams.access import Access
from teams.imports.files import XLSX_TYPE, CsvFile, write_workbook
from teams.imports.flow import record_exchange
from teams.permissions import Right

FIGURES_A_PAGE = 50
FIGURES_OF_CAMPAIGN = 30
MOST_EXPORTED = 50_000


def _asked(filters: PastFilter, access: Access, right: Right | None = None) -> QuerySet:
    rows = PastFigure.objects.visible_to(access, right).for_list()
    if not filters.is_valid():
        return rows
    asked = filters.cleaned_data
    if text := asked["q"].strip():
        rows = rows.search(text)
    if text := asked["unit"].strip():
        rows = rows.filter(unit__search_key__contains=fold(text))
    if year := asked["year"]:
        rows = rows.filter(starts_on__year__lte=year, ends_on__year__gte=year)
    return rows


def labelled(figures) -> list[PastFigure]:
    """Each with the name of its measure, in the reader's language."""
    labels, found = labels_here(), list(figures)
    for figure in found:
        figure.measure_label = labels.get(figure.measure, figure.measure)
    return found


def past_figures_of(access: Access, campaign: Campaign) -> list[PastFigure]:
    """The newest of one campaign, for its page."""
    figures = list(PastFigure.objects.visible_to(access).filter(campaign=campaign).for_list()[:FIGURES_OF_CAMPAIGN])
    return labelled(figures) if figures else []


@require_safe
def past_figures(request):
    access = staff(request)
    filters = PastFilter(request.GET)
    page = Paginator(_asked(filters, access), FIGURES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "figures": labelled(page),
        "filters": filters,
        "is_filtered": any(filters.data.get(name) for name in filters.fields),
        "may_plan": access.has(Right.DEPLOY),
        "may_import": access.has(PastFigureFile.right),
        "may_export": access.has(Right.EXPORT),
    }
    return render(request, "imports/past_figures.html", context)


@require_POST
def export(request):
    """What the page shows, in the columns of the template."""
    access = with_right(request, Right.EXPORT)
    rows = _asked(PastFilter(request.POST), access, Right.EXPORT)
    kind = "csv" if request.POST.get("format") == "csv" else "xlsx"
    try:
        data, title = _file_of(rows, access, kind)
    except DomainError as refusal:
        tell(request, refusal)
        return redirect("imports:past_figures")
    return download(data, title, CsvFile.CONTENT_TYPE if kind == "csv" else XLSX_TYPE)


@transaction.atomic
def _file_of(rows: QuerySet, access: Access, kind: str) -> tuple[bytes, str]:
    if rows.count() > MOST_EXPORTED:
        raise DomainError(_("Danh sách quá dài để xuất một lần. Hãy lọc bớt rồi xuất."))
    cells = list(PastFigureFile.cells().values())
    dataset = tablib.Dataset(headers=[cell.column_name for cell in cells])
    for figure in PastFigureFile(access).filter_export(rows):
        dataset.append([cell.export(figure, force_native_type=kind == "xlsx") for cell in cells])
    title = f"{PastFigureFile.file_title} {today():%Y-%m-%d}.{kind}"
    record_exchange(PastFigure, "exported", title, access, Right.EXPORT, rows=len(dataset))
    if kind == "csv":
        return CsvFile().export_data(dataset).encode(), title
    return write_workbook(dataset), title
