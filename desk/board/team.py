"""A team on a day: what it was sent to do, what it has done, shift by shift, and what its phones still hold."""

from django.http import Http404
from django.utils.translation import gettext as _

from core.dated import valid_on
from desk.board.question import TURNS, Board
from desk.board.shifts import minutes_so_far
from desk.board.widgets.ranking import rate
from desk.board.widgets.sessions import rows_of
from reports.stats import MEASURES
from services_help.models import DeviceReport
from teams.models import Team
from teams.permissions import Right

FIGURES = (*TURNS, "sessions", "volunteer_turns")


def team_of(board: Board, code: str) -> dict:
    # By the right to its figures, which have led here: also a team that somebody leads beside what he watches over.
    teams = board.access.teams_of_day(Team.objects.on(board.day), board.day, Right.STATS_VIEW)
    team = teams.filter(code=code).first()
    if team is None:
        raise Http404
    sessions = board.sessions().filter(team=team)
    told = board.ask("team", measures=(*FIGURES, "volunteer_minutes"))
    row = next((row for row in told.rows if row["team"] == team.code), None)
    minutes = row["volunteer_minutes"] if row else 0
    if board.is_today:
        minutes += sum(minutes_so_far(sessions, "team", board.now).values())
    figures = [
        {
            "label": MEASURES[name].label,
            "definition": MEASURES[name].definition,
            "value": row[name] if row else 0,
            "why": board.why(name, row, ("team",)) if row else "",
        }
        for name in FIGURES
    ]
    reports = DeviceReport.objects.visible_to(board.access).filter(team=team)
    home = team.homes.filter(valid_on(board.day)).select_related("unit").first()
    return {
        "board": board,
        "day": board.day,
        "team": team,
        "home": board.address(unit=None),
        "unit_name": home.unit.name if home else _("Chưa xếp đơn vị"),
        "freshness": told.freshness,
        "figures": figures,
        "rate": rate(row["people"] if row else 0, minutes),
        "plans": board.plans().filter(team=team).for_list().order_by("starts_at", "pk"),
        "sessions": rows_of(board, list(sessions.for_list().order_by("started_at", "pk"))),
        # They are of now: of no concern to whoever had the team on that day alone.
        "shows_devices": Team.objects.visible_to(board.access, Right.SESSION_VIEW).filter(pk=team.pk).exists(),
        "devices": reports.with_trouble().select_related("user"),
    }
