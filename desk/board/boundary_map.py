"""The map of real boundaries, where they have been loaded: drawn on the server, without tiles from anywhere."""

import datetime as dt
import math
from dataclasses import dataclass

from core.dated import valid_on
from desk.board.steps import Steps
from teams.models import AreaBoundary

MAPS = ("hex", "border")
WIDTH, HIGHEST = 1000, 1200


@dataclass(frozen=True)
class Shape:
    label: str
    value: int
    step: int
    path: str
    code: str


@dataclass(frozen=True)
class BoundaryMap:
    shapes: list[Shape]
    width: float
    height: float
    # Areas of the day whose boundary nobody has loaded.
    missing: int
    source: str


def has_boundaries(day: dt.date) -> bool:
    return AreaBoundary.objects.filter(valid_on(day, "area__")).exists()


def boundary_map(rows: list[dict], steps: Steps, day: dt.date) -> BoundaryMap:
    """``rows``: those of the map's widget, each with a place."""
    by_area = {row["place"].area: row for row in rows}
    found = [
        boundary for boundary in AreaBoundary.objects.filter(valid_on(day, "area__")) if boundary.area_id in by_area
    ]
    if not found:
        return BoundaryMap([], WIDTH, WIDTH, len(rows), "")
    project, height = _projection(found)
    shapes = []
    for boundary in found:
        row = by_area[boundary.area_id]
        path = "".join(_path(ring, project) for polygon in boundary.polygons for ring in polygon)
        shapes.append(Shape(row["full_name"], row["value"], steps.of(row["value"]), path, row["code"]))
    sources = ", ".join(sorted({boundary.source for boundary in found}))
    return BoundaryMap(shapes, WIDTH, height, len(rows) - len(found), sources)


def _projection(found: list[AreaBoundary]):
    """North up, true at the middle latitude: a city needs no more."""
    points = [point for boundary in found for polygon in boundary.polygons for point in polygon[0]]
    west, east = min(lon for lon, _lat in points), max(lon for lon, _lat in points)
    south, north = min(lat for _lon, lat in points), max(lat for _lon, lat in points)
    narrow = math.cos(math.radians((south + north) / 2))
    across, along = max((east - west) * narrow, 1e-6), max(north - south, 1e-6)
    scale = min(WIDTH / across, HIGHEST / along)
    aside = (WIDTH - across * scale) / 2

    def project(point: list[float]) -> tuple[float, float]:
        return aside + (point[0] - west) * narrow * scale, (north - point[1]) * scale

    return project, round(along * scale, 1)


def _path(ring: list[list[float]], project) -> str:
    spots = [project(point) for point in ring[:-1]]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots) + "Z"
