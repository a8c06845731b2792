"""Support points: open or not, who stands there, and how hard the volunteers there have it."""

from collections import defaultdict

from django.utils.translation import gettext as _

from campaigns.models import Deployment, SupportPoint
from desk.board.pressed import Pressed, hardest_first
from desk.board.question import Board
from desk.board.widget import DECIMAL, NUMBER, Column, Rows, Widget
from desk.board.widgets.ranking import rate


def points(board: Board) -> Widget:
    columns = [
        Column("label", _("Điểm hỗ trợ")),
        Column("area", _("Địa bàn")),
        Column("state", _("Tình trạng")),
        Column("planned", _("Giờ phân công")),
        Column("volunteers", _("Tình nguyện viên"), NUMBER),
        Column("people", _("Lượt người"), NUMBER),
        Column("value", _("Lượt dịch vụ"), NUMBER),
        Column("load", _("Lượt mỗi giờ mỗi tình nguyện viên"), DECIMAL),
    ]
    note = _("Tải là số lượt dịch vụ chia cho số giờ mà các tình nguyện viên đã có mặt tại điểm trong ngày.")
    counts = _counted(board)
    rows = Rows(lambda: sum(counts.values()), lambda start, stop: _read(board, start, stop))
    return Widget("points", _("Điểm hỗ trợ"), columns, rows, note=note, more=counts)


def _counted(board: Board) -> dict[str, int]:
    shifts, plans = board.shift_counts, board.plan_counts
    return {
        "open_count": shifts["open_points"],
        "missing_count": plans["missing"],
        "due_count": plans["waited_for"] - plans["missing"],
        "closed_count": shifts["points"] - shifts["open_points"],
    }


def _read(board: Board, start: int, stop: int | None) -> list[dict]:
    found = hardest_first(board, start, stop)
    ids = [pressed.point for pressed in found]
    known = SupportPoint.objects.select_related("area").in_bulk(ids)
    plans: dict[int | None, list[Deployment]] = defaultdict(list)
    for plan in board.plans().filter(point__in=ids).order_by("starts_at", "team__sort_key", "team_id"):
        plans[plan.point_id].append(plan)
    return [_row(known[pressed.point], plans[pressed.point], pressed) for pressed in found]


def _row(point: SupportPoint, plans: list[Deployment], pressed: Pressed) -> dict:
    return {
        "label": point.name,
        "area": str(point.area),
        "area_code": f"{point.area.code}@{point.area.valid_from.isoformat()}",
        "state": STATES[pressed.state](),
        "state_code": pressed.state,
        "planned": ", ".join(dict.fromkeys(f"{plan.starts_at:%H:%M}–{plan.ends_at:%H:%M}" for plan in plans)),
        "volunteers": pressed.volunteers,
        "people": pressed.people,
        "value": pressed.turns,
        "load": rate(pressed.turns, pressed.minutes),
    }


STATES = {
    "open": lambda: _("đang mở"),
    "missing": lambda: _("chưa mở ca"),
    "due": lambda: _("chưa đến giờ"),
    "closed": lambda: _("đã đóng ca"),
}
