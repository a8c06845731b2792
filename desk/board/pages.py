"""Pages of the board: of the day, of one part of it, of a team, and the screen for the wall."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from core.dated import today
from desk.board import files, live
from desk.board.boundary_map import MAPS, has_boundaries
from desk.board.peaks import peak_days
from desk.board.pictures import BARS
from desk.board.question import Board, board_of, day_in, line_above, scope_name, unit_options, units_on
from desk.board.team import team_of
from desk.board.widget import Widget
from desk.board.widgets import WIDGETS
from reports.proof.findings import day_line
from reports.proof.jobs import may_prove
from teams.access import access_of
from teams.permissions import Right

# How many rows of each part stand on the board; all of them are on its own page.
ON_BOARD = {
    "units": 12,
    "services": 10,
    "points": 10,
    "silent": 8,
    "sessions": 8,
    "devices": 6,
    "targets": 6,
    "flags": 6,
}
# Of most parts the wall shows nothing but their counts.
ON_WALL = {"units": 6, "targets": 2, "points": 0, "silent": 0, "devices": 0, "flags": 0}
A_PAGE, MOST_BARS = 50, 40
WALL_PARTS = ("figures", "hours", "targets", "map", "units", "points", "silent", "devices", "flags", "review")


# --- the board of a day -----------------------------------------------------------------------------------------------
@require_safe
def home(request):
    board = board_of(request)
    peak = peak_days(board.access, board.unit).filter(day__lte=today()).values_list("day", flat=True).first()
    context = {
        "board": board,
        "live": mark_safe(_board_now(request, "board").html),  # noqa: S308 - drawn by our own template
        "day": board.day,
        "unit": board.unit,
        "today": today(),
        "scope_name": scope_name(board),
        "trail": _trail(board),
        "whole": board.address(unit=None),
        "unit_options": unit_options(board.access, board.day),
        "yesterday": _same_on(board, board.day - dt.timedelta(days=1)),
        "tomorrow": _same_on(board, board.day + dt.timedelta(days=1)) if board.day < today() else None,
        "proof": day_line(board.day, board.access),
        "may_prove": may_prove(board.access),
        "may_load_boundaries": board.access.has(Right.CATALOGUE_MANAGE),
        "busy_day": _same_on(board, peak) if peak and peak != board.day else None,
        "wall": _address(request, "dashboard:wall"),
    }
    return render(request, "dashboard/home.html", context)


def _same_on(board: Board, day: dt.date) -> dict:
    """The board of another day, of the same unit if there was one of that code then."""
    code = board.unit.code if board.unit else None
    is_there = code is not None and units_on(board.access, day).filter(code=code).exists()
    return {"day": day, "iso": day.isoformat(), "unit": code if is_there else None}


@require_safe
def live_board(request):
    """What updates itself; an unchanged poll costs three look-ups."""
    return live.respond(request, _board_now(request, "board"))


@require_safe
def wall(request):
    """For a screen on a wall, read from five metres and touched by nobody."""
    board = board_of(request)
    drawn = mark_safe(_board_now(request, "wall").html)  # noqa: S308 - drawn by our own template
    context = {"live": drawn, "scope_name": scope_name(board), "board": _address(request, "dashboard:home")}
    return render(request, "dashboard/wall.html", context)


@require_safe
def live_wall(request):
    return live.respond(request, _board_now(request, "wall"))


def _board_now(request, screen: str) -> live.Made:
    access = access_of(request)
    if not access.has(Right.DASHBOARD_VIEW):
        raise PermissionDenied
    day = day_in(request.GET.get("day"))
    parts = [screen, access.fingerprint, day, _asked(request), get_language()]
    return live.current(parts, lambda: render_to_string(f"dashboard/_{screen}.html", _drawn(request, screen), request))


def _asked(request) -> dict[str, str]:
    """What the address of the page says, and every poll repeats. A board of today stays one of today after midnight."""
    said = {name: request.GET.get(name, "") for name in ("unit", "map")}
    if request.GET.get("day"):
        said["day"] = day_in(request.GET["day"]).isoformat()
    return {name: value[:60] for name, value in said.items() if value}


def _address(request, name: str) -> str:
    asked = urlencode(_asked(request))
    return reverse(name) + (f"?{asked}" if asked else "")


def _drawn(request, screen: str) -> dict:
    board = board_of(request)
    names = WALL_PARTS if screen == "wall" else [name for name in WIDGETS if name != "teams"]
    most = ON_WALL if screen == "wall" else ON_BOARD
    parts = {name: _part(board, name, most.get(name)) for name in names}
    freshness = parts["figures"]["more"]["freshness"]
    return {
        "board": board,
        "day": board.day,
        "scope_name": scope_name(board),
        "poll": _address(request, f"dashboard:{'live' if screen == 'board' else 'live_wall'}"),
        "parts": parts,
        "freshness": freshness,
        "has_data": parts["figures"]["more"]["has_data"],
        "maps": _maps(board, request.GET.get("map", "")),
    }


def _part(board: Board, name: str, most: int | None) -> dict:
    widget = WIDGETS[name](board)
    rows = list(widget.rows if most is None else widget.rows[:most])
    return {
        "name": name,
        "title": widget.title,
        "note": widget.note,
        "nothing": widget.nothing,
        "rows": rows,
        "more": widget.more,
        "hidden": len(widget.rows) - len(rows) if most else 0,
        "page": board.address("dashboard:widget", name),
        "csv": board.address("dashboard:widget_csv", name),
        "svg": board.address("dashboard:widget_svg", name),
    }


def _maps(board: Board, chosen: str, at: str = "dashboard:home", *args) -> dict:
    """Which map is drawn, and the way to the other one, where boundaries have been loaded."""
    kind = chosen if chosen in MAPS else "hex"
    other = board.address(at, *args, map="hex" if kind == "border" else "border")
    return {"kind": kind, "can_choose": has_boundaries(board.day), "other": other}


def _trail(board: Board, *, below: bool = False) -> list[dict]:
    """From the whole scope down to the unit that is shown; ``below``: to a page under its board."""
    if board.unit is None:
        return []
    units = [{"label": unit.name, "url": board.address(unit=unit.code)} for unit in line_above(board)]
    return [*units, {"label": board.unit.name, "url": board.address() if below else ""}]


# --- one part of it ---------------------------------------------------------------------------------------------------
@require_safe
@cache_control(private=True, no_cache=True)
def widget(request, name: str):
    board, part = board_of(request), _widget(name)
    found: Widget = part(board)
    page = Paginator(found.rows, _page_length(found)).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    context = {
        "board": board,
        "day": board.day,
        "scope_name": scope_name(board),
        "freshness": files.freshness_of(found, board),
        "widget": found,
        "part": _part_of(board, found) | {"rows": rows},
        "page": page,
        "rows": rows,
        "home": board.address(unit=None),
        "trail": _trail(board, below=True),
        "maps": _maps(board, request.GET.get("map", ""), "dashboard:widget", name),
        # The first ones: those of another page would be drawn as if they were the largest.
        "bars": rows[:MOST_BARS] if name in BARS and page.number == 1 else [],
        "first_label": found.columns[0].label,
        "value_label": next((column.label for column in found.columns if column.name == "value"), ""),
    }
    return render(request, "dashboard/widget.html", context)


def _page_length(found: Widget) -> int:
    """The map leads to the row of each of its places: they stand on one page with it, and they are not many."""
    return max(A_PAGE, len(found.rows)) if found.code == "map" else A_PAGE


def _part_of(board: Board, found: Widget) -> dict:
    return {
        "name": found.code,
        "title": found.title,
        "more": found.more,
        "csv": board.address("dashboard:widget_csv", found.code),
        "svg": board.address("dashboard:widget_svg", found.code),
    }


@require_safe
@cache_control(private=True, no_cache=True)
def widget_csv(request, name: str):
    board = board_of(request)
    return files.csv_of(_widget(name)(board), board)


@require_safe
@cache_control(private=True, no_cache=True)
def widget_svg(request, name: str):
    board = board_of(request)
    return files.picture_of(_widget(name)(board), board)


def _widget(name: str):
    try:
        return WIDGETS[name]
    except KeyError as error:
        raise Http404 from error


# --- a team -----------------------------------------------------------------------------------------------------------
@require_safe
@cache_control(private=True, no_cache=True)
def team(request, code: str):
    board = board_of(request)
    return render(request, "dashboard/team.html", team_of(board, code) | {"trail": _trail(board, below=True)})
