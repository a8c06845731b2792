"""Teams that were sent out, and those of them that have not sent a shift."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from core.dated import valid_on
from desk.board.question import Board
from desk.board.widget import NUMBER, Column, Widget
from teams.models import TeamHome


def silent(board: Board) -> Widget:
    reported = {shift.team for shift in board.shifts}
    sent, plans = {plan.team_id for plan in board.plans}, {}
    for plan in board.plans:
        if plan.team_id not in reported:
            plans.setdefault(plan.team_id, plan)
    homes = TeamHome.objects.filter(valid_on(board.day), team__in=plans).values_list("team", "unit__name")
    units = dict(homes)
    rows = [_row(board, plan, units.get(plan.team_id)) for plan in plans.values()]
    rows.sort(key=lambda row: -(row["late"] or 0))
    columns = [
        Column("label", _("Đội hình")),
        Column("unit", _("Đơn vị")),
        Column("point", _("Điểm hỗ trợ")),
        Column("hours", _("Giờ phân công")),
        Column("late", _("Trễ (phút)"), NUMBER),
    ]
    reporting = len(sent & reported)
    more = {
        "deployed": len(sent),
        "reporting": reporting,
        "percent": round(100 * reporting / len(sent)) if sent else None,
        "late_count": sum(bool(row["late"]) for row in rows),
    }
    nothing = _("Mọi đội hình được phân công đã gửi.") if sent else _("Ngày này không có phân công nào.")
    return Widget("silent", _("Đội hình chưa gửi ca nào"), columns, rows, more=more, nothing=nothing)


def _row(board: Board, plan, unit: str | None) -> dict:
    return {
        "label": plan.team.name,
        "unit": unit or _("Chưa xếp đơn vị"),
        "point": plan.point.name if plan.point else _("Cơ động"),
        "hours": f"{plan.starts_at:%H:%M}–{plan.ends_at:%H:%M}",
        "late": _late(board, plan.starts_at),
        "url": board.address("dashboard:team", plan.team.code),
    }


def _late(board: Board, starts_at: dt.time) -> int | None:
    """Minutes since the team should have begun; None before that, and once the day is over."""
    if not board.is_today:
        return None
    begin = timezone.make_aware(dt.datetime.combine(board.day, starts_at))
    minutes = int((board.now - begin).total_seconds() // 60)
    return minutes if minutes > 0 else None
