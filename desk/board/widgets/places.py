"""The city by ward and commune: a hexagon for each, so that the small inner wards read as well as Cần Giờ."""

from collections import Counter

from django.db.models import Count
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from campaigns.models import SupportPoint
from desk.board.boundary_map import boundary_map
from desk.board.drawing import hexmap
from desk.board.question import TURNS, Board
from desk.board.steps import steps_of
from desk.board.tiles import area_code, places_on
from desk.board.widget import NUMBER, Column, Widget
from reports.stats.labels import NO_CODE
from teams.models import AdminArea
from teams.permissions import Right


def places(board: Board) -> Widget:
    found = board.ask("area", measures=TURNS)
    figures = {row["area"]: row for row in found.rows}
    points = _points(board)
    shown = places_on(board.day)
    placed = [
        _row(board, place.code, place.name, place.district, figures.get(place.code), points) | {"place": place}
        for place in shown
    ]
    on_map = {place.code for place in shown}
    elsewhere = [
        _row(board, code, found.labels["area"][code or NO_CODE], "", row, points) | {"place": None}
        for code, row in figures.items()
        if code not in on_map
    ]
    steps = steps_of([row["value"] for row in placed])
    columns = [
        Column("label", _("Phường, xã")),
        Column("district", _("Quận, huyện")),
        Column("value", _("Lượt người"), NUMBER),
        Column("turns", _("Lượt dịch vụ"), NUMBER),
        Column("points", _("Điểm hỗ trợ"), NUMBER),
    ]
    more = {
        "map": hexmap(placed, steps, whole=not _is_part(board, placed)),
        "border": lambda: boundary_map(placed, steps, board.day),  # called by the page that draws it
        "steps": steps.legend(),
        "busy": _busiest(placed),
        "elsewhere": sum(row["value"] for row in elsewhere),
    }
    note = _(
        "Mỗi phường, xã là một hình lục giác cùng cỡ, các nơi gần nhau ở gần nhau. "
        "Địa bàn là của điểm hỗ trợ; ca cơ động tính cho địa bàn của đội hình."
    )
    rows, fresh = [*placed, *elsewhere], found.freshness
    return Widget("map", _("Lượt người theo phường, xã"), columns, rows, note=note, more=more, freshness=lambda: fresh)


def _points(board: Board) -> Counter:
    """area → points to which a team was sent on the day."""
    sent_to = board.plans().filter(point__isnull=False).order_by().values("point")
    counts = SupportPoint.objects.filter(pk__in=sent_to).order_by().values("area").annotate(count=Count("pk"))
    found = {row["area"]: row["count"] for row in counts}
    areas = AdminArea.objects.filter(pk__in=found).order_by().values_list("pk", "code", "valid_from")
    return Counter({area_code(code, since): found[pk] for pk, code, since in areas})


def _row(board: Board, code: str | None, name: str, district: str, figures, points: Counter) -> dict:
    return {
        "label": name,
        "district": district,
        # “Phường 9” alone says nothing: many districts had one.
        "full_name": f"{name}, {district}" if district else name,
        "code": code,
        "value": figures["people"] if figures else 0,
        "turns": figures["service_turns"] if figures else 0,
        "points": points.get(code, 0),
        "why": _why(board, code) if figures else "",
    }


# The map draws each place, and few of them are asked where their figure comes from.
_why = lazy(lambda board, code: board.why("people", {"area": code}, ("area",)), str)


def _is_part(board: Board, rows: list[dict]) -> bool:
    """A part of the city is drawn larger: where there is something to see."""
    is_whole = board.unit is None and board.access.is_city_wide(Right.DASHBOARD_VIEW)
    return not is_whole and any(row["value"] or row["points"] for row in rows)


def _busiest(rows: list[dict]) -> list[dict]:
    busy = sorted((row for row in rows if row["value"]), key=lambda row: (-row["value"], row["full_name"]))
    return [{"label": row["full_name"], "value": row["value"], "why": row["why"]} for row in busy[:10]]
