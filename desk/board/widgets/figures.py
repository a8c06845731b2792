"""The day in six figures, two of them against the last peak day at the same hour."""

from django.utils.translation import gettext as _

from core.templatetags.vi import vi_number, vi_percent
from desk.board.question import TURNS, Board
from desk.board.widget import NUMBER, TEXT, Column, Widget
from reports.stats import MEASURES

SHOWN = [
    ("people", "users"),
    ("service_turns", "list-checks"),
    ("sessions", "calendar-days"),
    ("teams", "flag"),
    ("points", "map-pin"),
    ("volunteers", "heart-handshake"),
]


def figures(board: Board) -> Widget:
    totals = board.ask(measures=tuple(name for name, _icon in SHOWN))
    rows = [_row(board, name, icon, totals.totals[name]) for name, icon in SHOWN]
    columns = [
        Column("label", _("Chỉ số")),
        Column("value", _("Hôm đó"), NUMBER),
        Column("so_far", _("Đến hết giờ so sánh"), NUMBER),
        Column("then", _("Ngày cao điểm trước, cùng giờ"), NUMBER),
        Column("definition", _("Định nghĩa"), TEXT),
    ]
    more = {"freshness": totals.freshness, "has_data": totals.totals["sessions"] > 0}
    note, fresh = compared_note(board), totals.freshness
    return Widget("figures", _("Số liệu chính"), columns, rows, note=note, more=more, freshness=lambda: fresh)


def _row(board: Board, name: str, icon: str, value) -> dict:
    measure = MEASURES[name]
    row = {
        "label": str(measure.label),
        "value": value,
        "definition": str(measure.definition),
        "icon": icon,
        "why": board.why(name),
        "so_far": None,
        "then": None,
        "against": "",
    }
    if name in TURNS and board.peak:
        row["so_far"], row["then"] = until(board, board.hours.rows, name), until(board, board.peak_hours, name)
        row["against"] = _against(board, row["so_far"], row["then"])
    return row


def until(board: Board, rows: list[dict], measure: str) -> int:
    """Of the hours that are over: only whole hours can be set beside whole hours."""
    return sum(row[measure] for row in rows if board.running_hour is None or row["hour"] < board.running_hour)


def _against(board: Board, now: int, then: int) -> str:
    if not then:
        return ""
    words = {"percent": vi_percent(100 * now / then, 0), "then": vi_number(then), "hour": board.running_hour}
    if board.running_hour is None:
        return _("%(percent)s so với ngày cao điểm trước (%(then)s)") % words
    return _("Đến %(hour)s:00: %(percent)s so với ngày cao điểm trước (%(then)s)") % words


def compared_note(board: Board) -> str:
    if board.peak is None:
        return _("Trước ngày này chưa có ngày cao điểm nào để so sánh.")
    if board.running_hour is None:
        return _("So với cả ngày cao điểm %(day)s.") % {"day": f"{board.peak:%d/%m/%Y}"}
    return _("So với ngày cao điểm %(day)s, tính đến hết giờ vừa qua.") % {"day": f"{board.peak:%d/%m/%Y}"}
