"""Teams that were sent out, and those of them that have not sent a shift."""

import datetime as dt

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Deployment
from core.dated import valid_on
from desk.board.question import Board
from desk.board.widget import NUMBER, Column, Rows, Widget
from teams.models import TeamHome


def silent(board: Board) -> Widget:
    counts = board.plan_counts
    sent, reporting = counts["deployed"], counts["reporting"]
    columns = [
        Column("label", _("Đội hình")),
        Column("unit", _("Đơn vị")),
        Column("point", _("Điểm hỗ trợ")),
        Column("hours", _("Giờ phân công")),
        Column("late", _("Trễ (phút)"), NUMBER),
    ]
    more = {
        "deployed": sent,
        "reporting": reporting,
        "percent": round(100 * reporting / sent) if sent else None,
        "late_count": counts["late"],
    }
    rows = Rows(lambda: sent - reporting, lambda start, stop: _read(board, start, stop))
    nothing = _("Mọi đội hình được phân công đã gửi.") if sent else _("Ngày này không có phân công nào.")
    return Widget("silent", _("Đội hình chưa gửi ca nào"), columns, rows, more=more, nothing=nothing)


def _read(board: Board, start: int, stop: int | None) -> list[dict]:
    """Whoever should have begun first stands first; of several plans of a team its first one is told."""
    waited_for = board.plans().exclude(team__in=board.sessions().order_by().values("team"))
    by_team = waited_for.order_by().values("team").annotate(first=Min("starts_at"))
    teams = [row["team"] for row in by_team.order_by("first", "team__sort_key", "team_id")[start:stop]]
    plans: dict[int, Deployment] = {}
    for plan in board.plans().filter(team__in=teams).for_list().order_by("starts_at", "pk"):
        plans.setdefault(plan.team_id, plan)
    homes = TeamHome.objects.filter(valid_on(board.day), team__in=teams).values_list("team", "unit__name")
    units = dict(homes)
    return [_row(board, plans[team], units.get(team)) for team in teams]


def _row(board: Board, plan: Deployment, unit: str | None) -> dict:
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
