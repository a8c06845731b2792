"""Support points: open or not, who stands there, and how hard the volunteers there have it."""

from collections import defaultdict

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import SupportPoint
from desk.board.question import Board
from desk.board.widget import DECIMAL, NUMBER, Column, Widget
from desk.board.widgets.ranking import rate
from reports.models import DayTally


def points(board: Board) -> Widget:
    plans, shifts = defaultdict(list), defaultdict(list)
    for plan in board.plans:
        if plan.point_id:
            plans[plan.point_id].append(plan)
    for shift in board.shifts:
        if shift.point:
            shifts[shift.point].append(shift)
    turns = _turns(board)
    known = SupportPoint.objects.filter(pk__in={*plans, *shifts}).select_related("area").order_by("sort_key")
    rows = [_row(board, point, plans[point.pk], shifts[point.pk], turns.get(point.pk, (0, 0))) for point in known]
    # The hardest first; then those that should be open and are not.
    rows.sort(key=lambda row: (-(row["load"] or 0), row["order"], row["label"]))
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
    return Widget("points", _("Điểm hỗ trợ"), columns, rows, note=note, more=_counted(rows))


def _turns(board: Board) -> dict[int, tuple[int, int]]:
    """point → (people, service turns) of the teams whose shifts the reader sees."""
    teams = {shift.team for shift in board.shifts}
    found = DayTally.objects.filter(day=board.day, point__isnull=False, team__in=teams).order_by()
    summed = found.values("point").annotate(of_people=Sum("people"), of_turns=Sum("service_turns"))
    return {row["point"]: (row["of_people"], row["of_turns"]) for row in summed}


def _row(board: Board, point: SupportPoint, plans: list, shifts: list, turns: tuple[int, int]) -> dict:
    state, order = _state(board, plans, shifts)
    return {
        "label": point.name,
        "area": str(point.area),
        "area_code": f"{point.area.code}@{point.area.valid_from.isoformat()}",
        "state": STATES[state](),
        "state_code": state,
        "order": order,
        "planned": ", ".join(dict.fromkeys(f"{plan.starts_at:%H:%M}–{plan.ends_at:%H:%M}" for plan in plans)),
        "volunteers": sum(shift.volunteers for shift in shifts),
        "people": turns[0],
        "value": turns[1],
        "load": rate(turns[1], sum(shift.volunteer_minutes for shift in shifts)),
    }


STATES = {
    "open": lambda: _("đang mở"),
    "missing": lambda: _("chưa mở ca"),
    "due": lambda: _("chưa đến giờ"),
    "closed": lambda: _("đã đóng ca"),
}


def _state(board: Board, plans: list, shifts: list) -> tuple[str, int]:
    if any(shift.is_open for shift in shifts):
        return "open", 1
    if shifts:
        return "closed", 3
    clock = timezone.localtime(board.now).time()
    is_due = board.day < board.now.date() or (board.is_today and any(plan.starts_at <= clock for plan in plans))
    return ("missing", 0) if is_due else ("due", 2)


def _counted(rows: list[dict]) -> dict[str, int]:
    return {f"{state}_count": sum(row["state_code"] == state for row in rows) for state in STATES}
