"""Reading boundaries from GeoJSON (RFC 7946): every fault in words that say where it is and what to do."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

MOST_BYTES = 30 * 1024 * 1024
MOST_FAULTS = 20
# Names under which files of different origin carry the area's code.
CODE_NAMES = ("code", "ma", "ma_xa", "maxa", "ma_phuong_xa", "ward_code", "commune_code", "gso_code", "ma_dvhc")
# Viet Nam with its islands, in degrees.
WEST, EAST, SOUTH, NORTH = 101.0, 118.0, 6.0, 24.0
# About 30 m: finer than a pixel on a wall screen that shows the city.
TOLERANCE = 0.0003
DECIMALS = 5

Ring = list[list[float]]
Polygons = list[list[Ring]]


@dataclass
class Reading:
    # code → polygons, simplified
    found: dict[str, Polygons] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    points_before: int = 0
    points_after: int = 0


class BadFeature(Exception):
    """What is wrong with one feature, in words."""


def read(data: bytes) -> Reading:
    reading = Reading()
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        reading.faults.append(_("Tệp không phải JSON. Hãy xuất bản đồ thành GeoJSON (bảng mã UTF-8) rồi gửi lại."))
        return reading
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection" or not features:
        reading.faults.append(_("Tệp phải là một FeatureCollection có ít nhất một đối tượng."))
        return reading
    for number, feature in enumerate(features, 1):
        try:
            code = _code(feature)
            if code in reading.found:
                raise BadFeature(_("mã %(code)s đã có ở một đối tượng trước") % {"code": code})
            reading.found[code] = _polygons(feature, reading)
        except BadFeature as fault:
            reading.faults.append(_("Đối tượng %(number)s: %(fault)s.") % {"number": number, "fault": fault})
            if len(reading.faults) >= MOST_FAULTS:
                reading.faults.append(_("Dừng ở đây; còn có thể có lỗi khác."))
                break
    return reading


def _code(feature: Any) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise BadFeature(_("thiếu phần “properties”"))
    named = {str(name).lower(): value for name, value in properties.items()}
    for name in CODE_NAMES:
        if named.get(name) not in (None, ""):
            return str(named[name]).strip()
    raise BadFeature(_("thiếu mã của phường, xã (ví dụ thuộc tính “code”)"))


def _polygons(feature: dict, reading: Reading) -> Polygons:
    found = feature.get("geometry")
    geometry: dict = found if isinstance(found, dict) else {}
    kind, parts = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadFeature(_("phải là Polygon hoặc MultiPolygon"))
    if kind == "Polygon":
        parts = [parts]
    if not isinstance(parts, list) or not parts:
        raise BadFeature(_("không có tọa độ nào"))
    polygons = [_polygon(part, reading) for part in parts]
    kept = [polygon for polygon in polygons if polygon]
    # What is smaller than the tolerance disappears, but never an area as a whole.
    return kept or [[_rounded(_ring(parts[0][0]))]]


def _polygon(rings: Any, reading: Reading) -> list[Ring]:
    if not isinstance(rings, list) or not rings:
        raise BadFeature(_("một đa giác không có đường bao"))
    simple = []
    for ring in rings:
        whole = _ring(ring)
        short = simplified(whole)
        reading.points_before += len(whole)
        if short is None:
            if not simple:
                return []  # the outer line itself is a dot
            continue
        reading.points_after += len(short)
        simple.append(_rounded(short))
    return simple


def _ring(ring: Any) -> Ring:
    if not isinstance(ring, list) or len(ring) < 4:
        raise BadFeature(_("một đường bao có ít hơn bốn điểm"))
    points = [_point(point) for point in ring]
    if points[0] != points[-1]:
        raise BadFeature(_("một đường bao chưa khép kín: điểm cuối phải trùng điểm đầu"))
    return points


def _point(point: Any) -> list[float]:
    try:
        lon, lat = float(point[0]), float(point[1])
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise BadFeature(_("một điểm không phải [kinh độ, vĩ độ]")) from error
    if WEST <= lon <= EAST and SOUTH <= lat <= NORTH:
        return [lon, lat]
    if WEST <= lat <= EAST and SOUTH <= lon <= NORTH:
        raise BadFeature(_("kinh độ và vĩ độ bị đổi chỗ: GeoJSON ghi kinh độ trước"))
    if not (math.isfinite(lon) and math.isfinite(lat)) or abs(lon) > 180 or abs(lat) > 90:
        raise BadFeature(
            _("tọa độ %(lon)g, %(lat)g không phải độ WGS 84; hãy chuyển từ VN-2000 sang WGS 84 (EPSG:4326)")
            % {"lon": lon, "lat": lat}
        )
    raise BadFeature(_("tọa độ %(lon)g, %(lat)g nằm ngoài Việt Nam") % {"lon": lon, "lat": lat})


def _rounded(ring: Ring) -> Ring:
    return [[round(lon, DECIMALS), round(lat, DECIMALS)] for lon, lat in ring]


# --- fewer points -----------------------------------------------------------------------------------------------------
def simplified(ring: Ring, tolerance: float = TOLERANCE) -> Ring | None:
    """The ring with no point missing that lies farther than the tolerance from what is left (Douglas and Peucker);
    None if all of it is smaller than that."""
    far = max(range(len(ring)), key=lambda number: math.dist(ring[0], ring[number]))
    if math.dist(ring[0], ring[far]) <= tolerance:
        return None
    kept = {0, far, len(ring) - 1}
    to_visit = [(0, far), (far, len(ring) - 1)]
    while to_visit:
        first, last = to_visit.pop()
        farthest, away = _farthest(ring, first, last)
        if away > tolerance:
            kept.add(farthest)
            to_visit += [(first, farthest), (farthest, last)]
    if len(kept) < 4:  # a sliver: keep what gives it a surface
        kept.add(max(range(len(ring)), key=lambda number: _off(ring[number], ring[0], ring[far])))
    return [ring[number] for number in sorted(kept)] if len(kept) >= 4 else None


def _farthest(ring: Ring, first: int, last: int) -> tuple[int, float]:
    found, away = first, 0.0
    for number in range(first + 1, last):
        off = _off(ring[number], ring[first], ring[last])
        if off > away:
            found, away = number, off
    return found, away


def _off(point: list[float], a: list[float], b: list[float]) -> float:
    """The distance of a point from the line between two others."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    if not length:
        return math.dist(point, a)
    share = max(0.0, min(1.0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length))
    return math.hypot(point[0] - a[0] - share * dx, point[1] - a[1] - share * dy)
