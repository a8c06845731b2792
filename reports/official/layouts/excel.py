"""The appendices as a workbook: a sheet each with typed figures, and a first one that says what they are.

No text becomes a formula: what looks like one is marked as text, so that editing the cell does not make it one either.
"""

from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from reports.formats.xlsx import FORMULA_SIGNS
from reports.official.content import Appendix, Cell, Column, Report, Table
from reports.official.layouts import wording
from reports.official.layouts.shapes import align, is_ordinal, shape
from reports.official.layouts.view import LANDSCAPE, PORTRAIT, changes_table

A4 = 9
FONT = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
CELL = {"border": 1, "text_wrap": True}
# Excel shows the dot or the comma of the reader's own system.
FORMATS = {"count": "#,##0", "decimal": "#,##0.0##", "percent": "0.0##%", "whole_percent": "0.0%", "text": "@"}
# A column of Excel is measured in digits of its default font; a digit of Times New Roman 12 is about 2,1 mm.
MM_PER_UNIT = 2.1
HEADER_ROW = 3


class Book:
    """An open workbook, and its styles made as they are asked for."""

    def __init__(self, stream: BytesIO, report: Report):
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(stream, {**options, "strings_to_urls": False})
        made = wording.as_time(report.as_of).replace(tzinfo=None)
        issuer = " ".join(report.letterhead.issuer)
        self.book.set_properties({"title": f"Báo cáo {report.subject}", "author": issuer, "created": made})
        self._styles: dict[tuple, Any] = {}

    def style(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._styles:
            self._styles[key] = self.book.add_format({**FONT, **properties})
        return self._styles[key]

    def text(self, sheet: Any, row: int, column: int, text: str, **style: Any) -> None:
        if text.startswith(FORMULA_SIGNS):
            style["quote_prefix"] = True
        sheet.write_string(row, column, text, self.style(**style))

    def cell(self, sheet: Any, row: int, column: int, value: Cell, kind: str, **style: Any) -> None:
        if value is None or value == "":
            sheet.write_blank(row, column, None, self.style(**style))
        elif isinstance(value, str):
            self.text(sheet, row, column, value, **style)
        elif kind == "percent":
            # A share as Excel counts it: 37,5 % is 0,375, to the digit.
            share = Decimal(str(value)) / 100
            sheet.write_number(row, column, float(share), self.style(num_format=_percent(value), **style))
        else:
            number_format = FORMATS["count" if float(value).is_integer() else "decimal"]
            sheet.write_number(row, column, value, self.style(num_format=number_format, **style))


def render_xlsx(report: Report) -> bytes:
    stream = BytesIO()
    book = Book(stream, report)
    _cover(book, report)
    for appendix in report.appendices:
        _appendix(book, report, appendix)
    book.book.close()
    return stream.getvalue()


def _percent(value: float) -> str:
    return FORMATS["whole_percent" if round(value, 1) == value else "percent"]


# --- what they are ----------------------------------------------------------------------------------------------------
def _cover(book: Book, report: Report) -> None:
    sheet = _sheet(book, "Thông tin", is_wide=False)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 60)
    sheet.merge_range(0, 0, 0, 1, "", book.style())
    book.text(sheet, 0, 0, " ".join(report.letterhead.issuer), bold=True)
    sheet.merge_range(1, 0, 1, 1, "", book.style())
    book.text(sheet, 1, 0, f"{wording.KIND} {report.subject}", bold=True, font_size=14, text_wrap=True)
    sheet.set_row(1, 60)
    row = 3
    for label, text in _facts(report):
        row = _pair(book, sheet, row, label, text)
    if report.definitions:
        row = _title(book, sheet, row + 1, "Định nghĩa chỉ tiêu")
        for each in report.definitions:
            row = _pair(book, sheet, row, each.label, each.text)
    if report.changes:
        _changes(book, report)


def _facts(report: Report) -> list[tuple[str, str]]:
    head, check = report.letterhead, report.verification
    facts = [
        ("Số, ký hiệu", wording.symbol(head).removeprefix("Số: ")),
        ("Địa danh, ngày tháng", wording.place_and_day(head)),
        ("Số liệu tính đến", wording.moment(report.as_of)),
        ("Tình trạng số liệu", report.state),
        ("Lần phát hành", f"{report.version}{' (bản nháp)' if report.is_draft else ''}"),
    ]
    if not report.is_draft:
        facts += [("Mã kiểm", check.digest), ("Trang kiểm tra", check.url)]
    facts += [(f"Phụ lục {each.number}", each.title) for each in report.appendices]
    return [(label, text) for label, text in facts if text]


def _title(book: Book, sheet: Any, row: int, text: str) -> int:
    book.text(sheet, row, 0, text, bold=True)
    return row + 1


def _pair(book: Book, sheet: Any, row: int, label: str, text: str) -> int:
    book.text(sheet, row, 0, label, bold=True, valign="top", text_wrap=True)
    book.text(sheet, row, 1, text, valign="top", text_wrap=True)
    # LibreOffice fits the height by itself, Excel only for rows whose height was never said: so it is not.
    return row + 1


def _changes(book: Book, report: Report) -> None:
    table = changes_table(report.changes)
    sheet = _sheet(book, "Thay đổi", is_wide=False)
    _heading(book, sheet, len(table.columns), table.title, report.changes_reason)
    _columns(book, sheet, table, PORTRAIT)
    for number, (row, change) in enumerate(zip(table.rows, report.changes, strict=True), HEADER_ROW + 1):
        kinds = ("text", "text", change.kind, change.kind, "text")
        for place, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            book.cell(sheet, number, place, value, kinds[place], **_look(column))


# --- an appendix ------------------------------------------------------------------------------------------------------
def _appendix(book: Book, report: Report, appendix: Appendix) -> None:
    sheet = _sheet(book, f"Phụ lục {appendix.number}", is_wide=appendix.is_wide)
    table = appendix.table
    title = f"PHỤ LỤC {appendix.number}. {appendix.title.upper()}"
    _heading(book, sheet, len(table.columns), title, wording.attached_to(report.letterhead))
    _columns(book, sheet, table, LANDSCAPE if appendix.is_wide else PORTRAIT)
    lines = [(row, {}) for row in table.rows] + ([(table.total, {"bold": True})] if table.total else [])
    for number, (row, look) in enumerate(lines, HEADER_ROW + 1):
        for place, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            book.cell(sheet, number, place, value, column.kind, **_look(column), **look)
    if table.rows:
        sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + len(table.rows), len(table.columns) - 1)
    if table.note:
        book.text(sheet, HEADER_ROW + len(lines) + 2, 0, table.note, italic=True)


def _look(column: Column) -> dict[str, Any]:
    where = align(column)
    return {**CELL, "align": where} if where == "center" else {**CELL, "align": where, "indent": 1}


def _sheet(book: Book, name: str, *, is_wide: bool) -> Any:
    """On paper: A4, as wide as the page, the page's number in the middle above."""
    sheet = book.book.add_worksheet(name)
    sheet.set_paper(A4)
    if is_wide:
        sheet.set_landscape()
    sheet.set_margins(left=1.18, right=0.79, top=0.79, bottom=0.79)
    sheet.fit_to_pages(1, 0)
    sheet.set_start_page(1)
    sheet.set_header('&C&"Times New Roman,Regular"&13&P')
    return sheet


def _heading(book: Book, sheet: Any, columns: int, title: str, line: str) -> None:
    looks: tuple[dict[str, Any], ...] = ({"bold": True, "font_size": 14}, {"italic": True})
    for row, (text, look) in enumerate(zip((title, line), looks, strict=True)):
        if columns > 1:
            sheet.merge_range(row, 0, row, columns - 1, "", book.style(align="center", **look))
        book.text(sheet, row, 0, text, align="center", text_wrap=True, **look)


def _columns(book: Book, sheet: Any, table: Table, width: float) -> None:
    for place, wide in enumerate(shape(table, width).widths):
        column = table.columns[place]
        sheet.set_column(place, place, max(5 if is_ordinal(column) else 9, wide / MM_PER_UNIT))
        header = {"bold": True, "bg_color": "#e7e6e6", "align": "center", **CELL}
        book.text(sheet, HEADER_ROW, place, column.title, **header)
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.repeat_rows(HEADER_ROW)
