"""XLSX: a sheet of figures, typed, and a sheet that says what they are, how fresh, and how to prove it."""

import datetime as dt
from io import BytesIO
from typing import Any, NamedTuple

import xlsxwriter
from django.http import HttpResponse
from django.utils.translation import gettext as _

from reports.formats import XlsxRenderer
from reports.formats.wording import question, standing, title
from reports.stats.dimensions import DIMENSIONS
from reports.stats.engine import Answer
from reports.stats.query import StatsQuery

NAVY, PALE = "#1f3a6d", "#e8eef8"
WIDEST, NARROWEST = 48, 10
# A text that begins like a formula is marked as text, so that editing the cell does not make it one.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class Column(NamedTuple):
    dimension: str
    header: str
    is_name: bool


class Book:
    """An open workbook with its styles. Rows go to the disk one by one: memory does not grow with them."""

    def __init__(self, stream: BytesIO):
        # No text becomes a formula, a number or a link on its own.
        self.book = xlsxwriter.Workbook(
            stream,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        number, day = {"num_format": "#,##0"}, {"num_format": "dd/mm/yyyy", "align": "left"}
        total = {"bold": True, "top": 1, "bg_color": PALE}
        styles: dict[str, dict[str, Any]] = {
            "header": {"bold": True, "bg_color": NAVY, "font_color": "#ffffff", "text_wrap": True, "valign": "top"},
            "text": {},
            "quoted": {"quote_prefix": True},
            "number": number,
            "day": day,
            "total": total,
            "total_number": total | number,
            "title": {"bold": True, "font_size": 14},
            "label": {"bold": True, "valign": "top"},
            "wrapped": {"text_wrap": True, "valign": "top"},
            "wrapped_quoted": {"text_wrap": True, "valign": "top", "quote_prefix": True},
        }
        self.styles = {name: self.book.add_format(style) for name, style in styles.items()}

    def text(self, sheet, row: int, column: int, text: str, style: str = "text") -> None:
        if text.startswith(FORMULA_SIGNS) and style in ("text", "wrapped"):
            style = "quoted" if style == "text" else "wrapped_quoted"
        sheet.write_string(row, column, text, self.styles[style])


def write(answer: Answer, _query: StatsQuery) -> HttpResponse:
    stream = BytesIO()
    book = Book(stream)
    as_of = answer.freshness["as_of"]
    # The same answer gives the same bytes, as its ETag says: so no clock in the file but its own.
    made = as_of.replace(tzinfo=None) if as_of else dt.datetime(2000, 1, 1)  # noqa: DTZ001 - Excel knows no zones
    book.book.set_properties({"title": title(answer), "author": "Xung Kích Số", "created": made})
    _figures(book, answer)
    _explanation(book, answer)
    book.book.close()
    return HttpResponse(stream.getvalue(), content_type=XlsxRenderer.media_type)


# --- the figures ------------------------------------------------------------------------------------------------------
def _figures(book: Book, answer: Answer) -> None:
    sheet = book.book.add_worksheet(_("Số liệu"))
    columns = _columns(answer)
    headers = [*(column.header for column in columns), *(str(measure.label) for measure in answer.measures)]
    for place, header in enumerate(headers):
        sheet.set_column(place, place, _width(answer, columns, place, header))
        book.text(sheet, 0, place, header, "header")
    sheet.freeze_panes(1, len(columns))
    _set_paper(sheet)
    sheet.repeat_rows(0)
    # Without dimensions the one row is the total.
    rows = answer.rows if answer.dimensions else []
    for number, row in enumerate(rows, 1):
        for place, column in enumerate(columns):
            _write_dimension(book, sheet, number, place, answer, column, row[column.dimension])
        _write_measures(book, sheet, number, len(columns), answer, row, "number")
    if rows:
        sheet.autofilter(0, 0, len(rows), len(headers) - 1)
    book.text(sheet, len(rows) + 1, 0, _("Tổng cộng"), "total")
    for place in range(1, len(columns)):
        sheet.write_blank(len(rows) + 1, place, None, book.styles["total"])
    _write_measures(book, sheet, len(rows) + 1, len(columns), answer, answer.totals, "total_number")


def _columns(answer: Answer) -> list[Column]:
    """Of each dimension the code and the name; a day needs no other name."""
    columns = []
    for code in answer.dimensions:
        label = str(DIMENSIONS[code].label)
        if code == "day":
            columns.append(Column(code, label, is_name=False))
        else:
            words = _("Mã %(dimension)s") % {"dimension": label.lower()}
            columns += [Column(code, words, is_name=False), Column(code, label, is_name=True)]
    return columns or [Column("", _("Phạm vi"), is_name=True)]


def _write_dimension(book: Book, sheet, row: int, place: int, answer: Answer, column: Column, code) -> None:
    if column.is_name:
        book.text(sheet, row, place, answer.label(column.dimension, code))
    elif code is None:
        sheet.write_blank(row, place, None, book.styles["text"])
    elif column.dimension == "day":
        sheet.write_datetime(row, place, dt.date.fromisoformat(code), book.styles["day"])
    elif isinstance(code, int):
        sheet.write_number(row, place, code, book.styles["text"])
    else:
        book.text(sheet, row, place, code)


def _write_measures(book: Book, sheet, row: int, start: int, answer: Answer, figures: dict, style: str) -> None:
    for place, measure in enumerate(answer.measures, start):
        figure = figures[measure.code]
        if figure is None:
            sheet.write_blank(row, place, None, book.styles[style])
        else:
            sheet.write_number(row, place, figure, book.styles[style])


def _width(answer: Answer, columns: list[Column], place: int, header: str) -> int:
    if place >= len(columns):
        return max(NARROWEST, min(20, len(header) + 2))
    column = columns[place]
    labels = answer.labels.get(column.dimension, {})
    longest = max(map(len, labels.values() if column.is_name else labels), default=0)
    return max(NARROWEST, min(WIDEST, max(longest, len(header)) + 2))


def _set_paper(sheet) -> None:
    """On paper: A4, as wide as the page."""
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


# --- what they are ----------------------------------------------------------------------------------------------------
def _explanation(book: Book, answer: Answer) -> None:
    sheet = book.book.add_worksheet(_("Giải thích"))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 100)
    _set_paper(sheet)
    book.text(sheet, 0, 0, title(answer), "title")
    row = 2
    for heading, pairs in _sections(answer):
        book.text(sheet, row, 0, heading, "header")
        book.text(sheet, row, 1, "", "header")
        for number, (what, how) in enumerate(pairs, row + 1):
            book.text(sheet, number, 0, what, "label")
            book.text(sheet, number, 1, how, "wrapped")
        row += len(pairs) + 2


def _sections(answer: Answer) -> list[tuple[str, list[tuple[str, str]]]]:
    asked = {name: ",".join(value) if isinstance(value, list) else value for name, value in answer.query.items()}
    return [
        (_("Câu hỏi"), list(question(answer))),
        (_("Độ tươi và cách kiểm"), [*standing(answer), (_("Cách kiểm"), _check())]),
        (_("Số đo"), [(str(measure.label), _definition(measure)) for measure in answer.measures]),
        (
            _("Chiều"),
            [
                (str(DIMENSIONS[code].label), " ".join(filter(None, [f"{code}.", str(DIMENSIONS[code].note)])))
                for code in answer.dimensions
            ],
        ),
        (_("Tham số của câu hỏi"), [(name, str(value)) for name, value in asked.items() if value]),
    ]


def _definition(measure) -> str:
    alone = "" if measure.is_additive else " " + _("Không cộng các dòng; lấy ở dòng tổng cộng.")
    return f"{measure.code}. {measure.definition}{alone}"


def _check() -> str:
    return _(
        "Hỏi lại /api/v1/stats/ với các tham số dưới đây: khi số liệu chưa đổi thì “Stats-Digest” bằng mã kiểm ở trên."
        " Ô trống ở cột số: số nhỏ không công bố."
    )
