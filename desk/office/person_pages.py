"""What is held of one volunteer: looked at, handed out and forgotten, when the person asks for it (R8)."""

import io

import xlsxwriter
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from desk.common import download, found, may, tried, with_right
from desk.office.tabs import tabs
from desk.office.trail.taking_out import TYPES
from services_help.personal_data import Sheet, forget_on_request, held_of, record_export
from teams.access import Access
from teams.models import Unit, Volunteer
from teams.permissions import Right

# Of a long table the page shows the beginning; the file holds all of it.
ROWS_SHOWN = 20


def _asked(request, pk) -> tuple[Volunteer, Access]:
    access = with_right(request, Right.ORG_MANAGE)
    volunteer = found(Volunteer.objects.select_related("unit"), access, pk)
    # Who was ever in a team of theirs is seen, but is another unit's to hand out and to forget.
    if not may(Unit.objects.all(), access, volunteer.unit_id, Right.ORG_MANAGE):
        raise PermissionDenied
    return volunteer, access


@never_cache
@require_safe
def person(request, pk):
    volunteer, access = _asked(request, pk)
    sheets = [
        {"sheet": sheet, "rows": [_cells(sheet, row) for row in sheet.rows[:ROWS_SHOWN]], "more": more}
        for sheet in held_of(volunteer)
        for more in [max(len(sheet.rows) - ROWS_SHOWN, 0)]
    ]
    may_export = may(Volunteer.objects, access, pk, Right.EXPORT)
    context = {"tabs": tabs(access, ""), "volunteer": volunteer, "sheets": sheets, "may_export": may_export}
    return render(request, "office/person.html", context)


def _cells(sheet: Sheet, row: list) -> list[tuple[str, str]]:
    """Each with its column, which a phone shows beside it."""
    return list(zip(sheet.columns, map(_cell, row), strict=True))


def _cell(value) -> str:
    if value is None:
        return "–"
    if hasattr(value, "hour"):
        return f"{timezone.localtime(value):%H:%M %d/%m/%Y}"
    return f"{value:%d/%m/%Y}" if hasattr(value, "year") else str(value)


@require_POST
def hand_out(request, pk):
    """A workbook of everything, for the person to have."""
    volunteer, access = _asked(request, pk)
    if not may(Volunteer.objects, access, pk, Right.EXPORT):
        raise PermissionDenied
    sheets = held_of(volunteer)
    record_export(volunteer, rows=sum(len(sheet.rows) for sheet in sheets), access=access)
    name = _("Dữ liệu của tôi - %(code)s.xlsx") % {"code": volunteer.code}
    return download(workbook_of(sheets), name, TYPES["xlsx"])


def workbook_of(sheets: list[Sheet]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    bold = book.add_format({"bold": True})
    for sheet in sheets:
        page = book.add_worksheet(sheet.title[:31])
        page.set_column(0, len(sheet.columns) - 1, 30)
        for place, title in enumerate(sheet.columns):
            page.write_string(0, place, title, bold)
        for number, row in enumerate(sheet.rows, start=1):
            for place, value in enumerate(row):
                page.write_string(number, place, _cell(value))
    book.close()
    return file.getvalue()


@require_POST
def forget(request, pk):
    volunteer, access = _asked(request, pk)
    if volunteer.anonymised_at is None:
        reason = request.POST.get("reason", "")
        if request.POST.get("sure") != "1":
            messages.error(request, _("Hãy đánh dấu “Tôi hiểu là không lấy lại được tên” rồi gửi lại."))
        else:
            files: list[int] = []
            if tried(request, lambda: files.append(forget_on_request(volunteer, reason=reason, access=access))):
                messages.success(request, _forgotten(files[0]))
    return redirect("office:person", pk)


def _forgotten(files: int) -> str:
    told = _("Đã ẩn danh. Số liệu không đổi. Tên trong nhật ký và bản sao lưu mất theo thời hạn riêng.")
    if not files:
        return told
    more = _("Đã xóa %(count)s tệp nhập có mã của người này; các lần nhập đó không xác nhận hay hoàn tác được nữa.")
    return f"{told} {more % {'count': files}}"
