"""How far the day has been reviewed."""

from django.utils.translation import gettext as _

from desk.board.question import Board
from desk.board.widget import NUMBER, Column, Widget


def review(board: Board) -> Widget:
    counts = board.shift_counts
    words = {
        "open": _("Đang mở"),
        "awaiting": _("Chờ duyệt"),
        "returned": _("Đã trả lại, chờ đội trưởng"),
        "approved": _("Đã duyệt"),
        "locked": _("Đã khóa"),
    }
    rows = [{"label": label, "stage": stage, "value": counts[stage]} for stage, label in words.items()]
    columns = [Column("label", _("Tình trạng")), Column("value", _("Số ca"), NUMBER)]
    done, total = counts["approved"] + counts["locked"], counts["total"]
    more = {"done": done, "total": total, "percent": round(100 * done / total) if total else None}
    return Widget("review", _("Duyệt ca của ngày"), columns, rows, more=more)
