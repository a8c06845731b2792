"""How far the day has been reviewed."""

from collections import Counter

from django.utils.translation import gettext as _

from desk.board.question import Board
from desk.board.shifts import Shift
from desk.board.widget import NUMBER, Column, Widget
from services_help.models import SessionState


def review(board: Board) -> Widget:
    counts = Counter(_stage(shift) for shift in board.shifts)
    words = {
        "open": _("Đang mở"),
        "awaiting": _("Chờ duyệt"),
        "returned": _("Đã trả lại, chờ đội trưởng"),
        "approved": _("Đã duyệt"),
        "locked": _("Đã khóa"),
    }
    rows = [{"label": label, "stage": stage, "value": counts[stage]} for stage, label in words.items()]
    columns = [Column("label", _("Tình trạng")), Column("value", _("Số ca"), NUMBER)]
    done = counts["approved"] + counts["locked"]
    total = sum(counts.values())
    more = {"done": done, "total": total, "percent": round(100 * done / total) if total else None}
    return Widget("review", _("Duyệt ca của ngày"), columns, rows, more=more)


def _stage(shift: Shift) -> str:
    if shift.state == SessionState.LOCKED:
        return "locked"
    if shift.state == SessionState.APPROVED:
        return "approved"
    if shift.is_open:
        return "open"
    return "returned" if shift.is_returned else "awaiting"
