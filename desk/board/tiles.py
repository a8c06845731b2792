"""Which areas the map of a day shows, and the hexagon of each. Computed once for a set of places, then remembered."""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.core.cache import cache

from core.vietnamese import sort_key
from desk.board.hexmap import Tile, layout
from teams.models import AdminArea, AreaKind, AreaSuccession
from teams.reference import CITY

# Part of the key under which a layout is kept: raise it when hexmap.py draws differently.
DRAWING = 1
KEPT_FOR = 30 * 24 * 3600
# Longer names are shortened on a tile: Bình Hưng Hòa → B.H.Hòa.
FITS = 9


@dataclass(frozen=True)
class Place:
    code: str  # as the statistics tell areas: 27604@2025-07-01
    name: str
    district: str
    short: str
    tile: Tile
    area: int


def places_on(day: dt.date) -> list[Place]:
    """The communes and wards of the city that were valid on the day, in the order of their names."""
    areas = list(AdminArea.objects.on(day).filter(province_name=CITY).exclude(kind=AreaKind.DISTRICT))
    areas.sort(key=lambda area: (sort_key(area.name), area.code))
    where = _coordinates(areas)
    known = [area for area in areas if area.pk in where]
    tiles = tiles_of([where[area.pk] for area in known])
    return [
        Place(code_of(area), area.name, area.district_name, short_name(area.name), tile, area.pk)
        for area, tile in zip(known, tiles, strict=True)
    ]


def code_of(area: AdminArea) -> str:
    return area_code(area.code, area.valid_from)


def area_code(code: str, valid_from: dt.date) -> str:
    return f"{code}@{valid_from.isoformat()}"


def _coordinates(areas: list[AdminArea]) -> dict[int, tuple[float, float]]:
    """Its own; of an area that came without, the middle of those that it went into (wards merged on 2025-01-01)."""
    where = {area.pk: (area.lat, area.lon) for area in areas if area.lat is not None and area.lon is not None}
    without = [area.pk for area in areas if area.pk not in where]
    heirs: dict[int, list[tuple[float, float]]] = {}
    found = AreaSuccession.objects.filter(old__in=without).order_by("new__code")
    for old, lat, lon in found.values_list("old", "new__lat", "new__lon"):
        if lat is not None and lon is not None:
            heirs.setdefault(old, []).append((lat, lon))
    return where | {old: _middle(points) for old, points in heirs.items()}


def _middle(points: list[tuple[float, float]]) -> tuple[float, float]:
    return sum(lat for lat, _lon in points) / len(points), sum(lon for _lat, lon in points) / len(points)


def tiles_of(points: Sequence[tuple[float, float]]) -> list[Tile]:
    """A second of work for some hundred places: kept for all processes, since every board of the day needs it."""
    return list(_remembered(tuple(points)))


@lru_cache(maxsize=8)
def _remembered(points: tuple[tuple[float, float], ...]) -> tuple[Tile, ...]:
    said = hashlib.sha256(json.dumps(points).encode()).hexdigest()[:32]
    key = f"board:tiles:{DRAWING}:{said}"
    kept = cache.get(key)
    if kept is None:
        kept = layout(points)
        cache.set(key, kept, KEPT_FOR)
    return tuple(tuple(tile) for tile in kept)


def short_name(name: str) -> str:
    """Without what it is (Phường, Xã, …); long ones keep their last word and the initials of the others."""
    for kind in ("Phường ", "Xã ", "Thị trấn ", "Đặc khu "):
        name = name.removeprefix(kind)
    if len(name) <= FITS:
        return name
    *first, last = name.split()
    return "".join(f"{word[0]}." for word in first) + last
