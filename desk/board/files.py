"""A part of the board as a file: CSV with typed cells for spreadsheets, SVG for slides and print."""

import datetime as dt
from decimal import Decimal

from django.http import HttpResponse, StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from core.api import csv_response
from core.files import safe_name
from core.templatetags.vi import vi_decimal, vi_number, vi_percent
from desk.board import pictures
from desk.board.question import Board, scope_name
from desk.board.widget import DECIMAL, MOMENT, NUMBER, PERCENT, TIME, Column, Widget
from desk.board.widgets.figures import compared_note
from services_help.models import SessionState


# --- how certain ------------------------------------------------------------------------------------------------------
def freshness_of(widget: Widget, board: Board) -> dict:
    """As of when the figures of a part are, and the least certain state of them."""
    return widget.freshness() if widget.freshness else board.freshness


def _state(fresh: dict) -> str:
    return str(SessionState(fresh["state"]).label) if fresh["state"] else ""


# --- CSV --------------------------------------------------------------------------------------------------------------
def csv_of(widget: Widget, board: Board) -> StreamingHttpResponse:
    """Every row. The first columns say what, when and how certain: so files of several days can be put together."""
    labels = [str(column.label) for column in widget.columns]
    fresh = freshness_of(widget, board)
    told = {
        _("Ngày"): board.day.isoformat(),
        _("Số liệu đến"): _iso(fresh["as_of"]) if fresh["as_of"] else None,
        _("Tình trạng số liệu"): _state(fresh),
    }
    rows = (
        # A part that tells the state row by row has that column itself.
        told | {str(column.label): cell(row.get(column.name), column) for column in widget.columns}
        for row in widget.rows
    )
    columns = [*(label for label in told if label not in labels), *labels]
    return csv_response(columns, rows, filename=file_name(widget, board), bom=True)


def cell(value, column: Column):
    """As programs read it: numbers as numbers, times by ISO 8601."""
    if isinstance(value, dt.datetime):
        return _iso(value)
    if value is None or value == "":
        return None
    return value if column.is_figure else str(value)


def _iso(moment: dt.datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds")


def file_name(widget: Widget, board: Board) -> str:
    """Without its ending, as people find it again in their downloads; a slash would be a folder."""
    words = [str(widget.title), board.unit.name.replace("/", "-") if board.unit else "", board.day.isoformat()]
    return safe_name(" ".join(filter(None, words)), 200)


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
    context = {
        "title": str(widget.title),
        "where": f"{scope_name(board)} · {board.day:%d/%m/%Y}",
        "source": _source(freshness_of(widget, board)),
        "note": compared_note(board) if widget.code == "hours" else "",
    }
    kind, drawn = pictures.draw(widget, written)
    text = render_to_string(f"dashboard/pictures/{kind}.svg", context | drawn)
    name = content_disposition_header(as_attachment=True, filename=f"{file_name(widget, board)}.svg")
    return HttpResponse(text, content_type="image/svg+xml; charset=utf-8", headers={"Content-Disposition": name})


def _source(fresh: dict) -> str:
    """Who says so, as of when, and how certain it is: a picture is shown where nobody can ask the portal."""
    who = _("Xung Kích Số, Thành Đoàn TP. Hồ Chí Minh.")
    if fresh["as_of"] is None:
        return who
    words = {"moment": f"{timezone.localtime(fresh['as_of']):%H:%M %d/%m/%Y}", "state": _state(fresh).lower()}
    when = _("Số liệu đến %(moment)s, %(state)s.") if fresh["state"] else _("Số liệu đến %(moment)s.")
    return f"{who} {when % words}"
