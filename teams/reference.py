"""Administrative areas and their successions, from the CSV files in data/admin_areas (see data/README.md)."""

import csv
import datetime as dt
from pathlib import Path

from core.dated import DAY
from core.models import Revision
from core.reference import DATA_DIR, upsert
from teams.models import AdminArea, AreaKind, AreaSuccession

FOLDER = DATA_DIR / "admin_areas"
CITY = "TP. Hồ Chí Minh"
REFORM = dt.date(2025, 7, 1)
# The file of the old areas gives no first day for Bình Dương and Bà Rịa - Vũng Tàu. It pictures the districts of the
# first half of 2025, so nothing is claimed about the years before.
FIRST_SURE_DAY = dt.date(2025, 1, 1)
# Named by a succession, but a district without communes of its own, hence in no list of communes.
CON_DAO = {
    "code": "755",
    "name": "Huyện Côn Đảo",
    "kind": AreaKind.DISTRICT,
    "district_code": "755",
    "district_name": "",
    "province_name": "Bà Rịa - Vũng Tàu",
    "lat": None,
    "lon": None,
    "area_km2": None,
    "valid_from": FIRST_SURE_DAY,
    "valid_to": REFORM - DAY,
}


def load_areas() -> int:
    """Bring areas and successions up to date; returns the number of rows that changed. Call it in a transaction."""
    areas = [*_old_areas(FOLDER / "hcmc_units_legacy.csv"), CON_DAO, *_new_areas(FOLDER / "hcmc_units_2025.csv")]
    changed = upsert(AdminArea, areas, key=("code", "valid_from"))
    changed += upsert(
        AreaSuccession, _successions(FOLDER / "hcmc_successors.csv"), key=("effective_on", "old_id", "new_id")
    )
    if changed:
        Revision.bump("org")
    return changed


def _old_areas(file: Path):
    for row in _rows(file):
        yield {
            "code": row["code"],
            "name": row["name"],
            "kind": AreaKind(row["type"]),
            "district_code": row["district_code"],
            "district_name": row["district_name"],
            "province_name": row["province_name"],
            "lat": _number(row["lat"]),
            "lon": _number(row["lon"]),
            "area_km2": None,
            "valid_from": dt.date.fromisoformat(row["valid_from"]) if row["valid_from"] else FIRST_SURE_DAY,
            "valid_to": dt.date.fromisoformat(row["valid_to"]),
        }


def _new_areas(file: Path):
    for row in _rows(file):
        yield {
            "code": row["code"],
            "name": row["name"],
            "kind": AreaKind(row["type"]),
            "district_code": "",
            "district_name": "",
            "province_name": CITY,
            "lat": _number(row["lat"]),
            "lon": _number(row["lon"]),
            "area_km2": _number(row["area_km2"]),
            "valid_from": dt.date.fromisoformat(row["valid_from"]),
            "valid_to": None,
        }


def _successions(file: Path):
    spans: dict[str, list[AdminArea]] = {}
    for area in AdminArea.objects.all():
        spans.setdefault(area.code, []).append(area)

    def area_on(code: str, day: dt.date) -> AdminArea:
        return next(area for area in spans[code] if area.is_valid_on(day))

    for row in _rows(file):
        day = dt.date.fromisoformat(row["effective"])
        yield {
            "effective_on": day,
            "old_id": area_on(row["old_code"], day - DAY).pk,
            "new_id": area_on(row["new_code"], day).pk,
            "relation": row["relation"],
            "source": row["source"],
        }


def _rows(file: Path):
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _number(text: str) -> float | None:
    return float(text) if text else None
