"""Pages of the staff's board."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from core.dated import today
from reports.board import Board, busiest_day, unit_options
from reports.proof.findings import day_line
from reports.proof.jobs import may_prove
from reports.stats.etag import revision_etag
from reports.stats.moment import Moment
from teams.access import access_of, system_access
from teams.models import Unit
from teams.permissions import Right


def _board(request) -> Board:
    """The question in the address, within the reader's rights; a unit that is not his is not there."""
    access = access_of(request)
    if not access.has(Right.DASHBOARD_VIEW):
        raise PermissionDenied
    day = _day(request.GET.get("day"))
    code = request.GET.get("unit", "")
    unit = None
    if code:
        unit = Unit.objects.visible_to(access, Right.DASHBOARD_VIEW).on(day).filter(code=code).first()
        if unit is None:
            raise Http404
    return Board(access, day, unit)


def _day(text: str | None) -> dt.date:
    try:
        return parse_date(text or "") or today()
    except ValueError:  # well formed, but no such day
        return today()


@require_safe
def home(request):
    board = _board(request)
    peak = busiest_day(board.access)
    context = board.context(timezone.localtime()) | {
        "today": today(),
        "scope_name": board.unit.name if board.unit else _scope_name(board),
        "unit_options": unit_options(board.access, board.day),
        "yesterday_link": (board.day - dt.timedelta(days=1)).isoformat(),
        "tomorrow_link": (board.day + dt.timedelta(days=1)).isoformat() if board.day < today() else "",
        "proof": day_line(board.day, board.access),
        "may_prove": may_prove(board.access),
        "busy_day": {"iso": peak.isoformat(), "text": f"{peak:%d/%m/%Y}"} if peak and peak != board.day else None,
    }
    return render(request, "dashboard/home.html", context)


def _scope_name(board: Board) -> str:
    """The units that the reader answers for."""
    granted = Unit.objects.filter(pk__in=board.access.unit_ids(Right.DASHBOARD_VIEW)).order_by("sort_key")
    return ", ".join(granted.values_list("name", flat=True)[:3]) or _("Toàn thành phố")


def _live_etag(request) -> str | None:
    board, now = _board(request), timezone.localtime()
    # The hour too: the chart marks the one that is running.
    # Whatever moves: the board shows more than figures.
    moment, unit = Moment.read(system_access()), board.unit and board.unit.pk
    return revision_etag(moment, "board", board.access.fingerprint, board.day, unit, now.hour)


@require_safe
@cache_control(private=True, no_cache=True)
@condition(etag_func=_live_etag)
def live(request):
    """The part that updates itself; an unchanged poll costs an ETag."""
    return render(request, "dashboard/_live.html", _board(request).context(timezone.localtime()))
