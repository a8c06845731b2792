"""A part of the board as a file: CSV with typed cells for spreadsheets, SVG for slides and print."""

import datetime as dt
from decimal import Decimal

from django.http import HttpResponse, StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.api import csv_response
from core.templatetags.vi import vi_decimal, vi_number, vi_percent
from desk.board import pictures
from desk.board.question import Board, scope_name
from desk.board.widget import DECIMAL, MOMENT, NUMBER, PERCENT, TIME, Column, Widget
from desk.board.widgets.figures import compared_note


# --- CSV --------------------------------------------------------------------------------------------------------------
def csv_of(widget: Widget, board: Board) -> StreamingHttpResponse:
    """Every row. The first columns say what and when, so that files of several days can be put together."""
    labels = [str(column.label) for column in widget.columns]
    rows = (
        {_("Ngày"): board.day.isoformat()}
        | {str(column.label): cell(row.get(column.name), column) for column in widget.columns}
        for row in widget.rows
    )
    return csv_response([_("Ngày"), *labels], rows, filename=file_name(widget, board), bom=True)


def cell(value, column: Column):
    """As programs read it: numbers as numbers, times by ISO 8601."""
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if value is None or value == "":
        return None
    return value if column.is_figure else str(value)


def file_name(widget: Widget, board: Board) -> str:
    return slugify(f"{widget.code}-{board.unit.code if board.unit else 'xks'}-{board.day.isoformat()}")


# --- words ------------------------------------------------------------------------------------------------------------
def written(value, column: Column) -> str:
    """As people read it."""
    if value is None or value == "":
        return "–"
    if column.kind == NUMBER:
        return vi_number(value)
    if column.kind == DECIMAL:
        return vi_decimal(Decimal(str(value)), 1)
    if column.kind == PERCENT:
        return vi_percent(value, 1)
    if column.kind == TIME:
        return f"{timezone.localtime(value):%H:%M}"
    if column.kind == MOMENT:
        return f"{timezone.localtime(value):%H:%M %d/%m/%Y}"
    return str(value)


# --- pictures ---------------------------------------------------------------------------------------------------------
def picture_of(widget: Widget, board: Board) -> HttpResponse:
    as_of = board.fresh["as_of"]
    context = {
        "title": str(widget.title),
        "where": f"{scope_name(board)} · {board.day:%d/%m/%Y}",
        "source": _("Xung Kích Số, Thành Đoàn TP. Hồ Chí Minh. Số liệu đến %(moment)s, tạm tính.")
        % {"moment": f"{timezone.localtime(as_of):%H:%M %d/%m/%Y}" if as_of else "–"},
        "note": compared_note(board) if widget.code == "hours" else "",
    }
    kind, drawn = pictures.draw(widget, written)
    text = render_to_string(f"dashboard/pictures/{kind}.svg", context | drawn)
    name = f'attachment; filename="{file_name(widget, board)}.svg"'
    return HttpResponse(text, content_type="image/svg+xml; charset=utf-8", headers={"Content-Disposition": name})
