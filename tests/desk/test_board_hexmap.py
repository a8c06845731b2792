"""The hexagon of each place: all are there, none on another, and neighbours stay near one another."""

import csv
import itertools
import math
import re
from functools import cache

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.reference import DATA_DIR
from desk.board.drawing import FILLED
from desk.board.hexmap import centre, distance, layout

FOLDER = DATA_DIR / "admin_areas"
OF_THE_CITY = "79"


@cache
def places(year: int) -> tuple[list[str], list[tuple[float, float]]]:
    """(districts, coordinates) of the communes of a year that came with coordinates."""
    if year == 2025:
        rows = _rows("hcmc_units_2025.csv")
        return [row["primary_former_district_code"] for row in rows], _points(rows)
    rows = [
        row
        for row in _rows("hcmc_units_legacy.csv")
        if row["province_code"] == OF_THE_CITY and row["valid_from"] == "2021-01-01" and row["lat"]
    ]
    return [row["district_code"] for row in rows], _points(rows)


def _rows(name: str) -> list[dict]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _points(rows: list[dict]) -> list[tuple[float, float]]:
    return [(float(row["lat"]), float(row["lon"])) for row in rows]


@cache
def tiles(year: int):
    return layout(places(year)[1])


def nearest(points, i: int, count: int) -> list[int]:
    lat, lon = points[i]
    narrow = math.cos(math.radians(lat))
    far = sorted((math.hypot((x - lat), (y - lon) * narrow), j) for j, (x, y) in enumerate(points) if j != i)
    return [j for _distance, j in far[:count]]


def ranks(values: list[float]) -> list[int]:
    order = {i: rank for rank, i in enumerate(sorted(range(len(values)), key=values.__getitem__))}
    return [order[i] for i in range(len(values))]


def correlation(one: list[float], other: list[float]) -> float:
    """Of the ranks (Spearman)."""
    n = len(one)
    return 1 - 6 * sum((a - b) ** 2 for a, b in zip(ranks(one), ranks(other), strict=True)) / (n * (n * n - 1))


@pytest.mark.parametrize(("year", "count"), [(2025, 168), (2023, 238)])
def test_every_commune_has_a_tile_of_its_own(year, count):
    assert len(tiles(year)) == count
    assert len(set(tiles(year))) == count


@pytest.mark.parametrize("year", [2025, 2023])
def test_the_nearest_neighbour_is_almost_always_within_two_steps(year):
    points, found = places(year)[1], tiles(year)
    steps = [distance(found[i], found[nearest(points, i, 1)[0]]) for i in range(len(points))]

    assert sum(step <= 2 for step in steps) / len(steps) >= 0.93
    assert sum(steps) / len(steps) <= 1.6
    assert max(steps) <= 5


@pytest.mark.parametrize("year", [2025, 2023])
def test_what_is_north_stays_north_and_what_is_east_stays_east(year):
    points, spots = places(year)[1], [centre(tile) for tile in tiles(year)]

    assert correlation([lon for _lat, lon in points], [x for x, _y in spots]) >= 0.9
    assert correlation([-lat for lat, _lon in points], [y for _x, y in spots]) >= 0.9


@pytest.mark.parametrize("year", [2025, 2023])
def test_communes_of_a_district_stay_together(year):
    districts, found = places(year)[0], tiles(year)
    alone = [
        i
        for i, district in enumerate(districts)
        if districts.count(district) > 1
        and all(distance(found[i], found[j]) > 2 for j, other in enumerate(districts) if other == district and j != i)
    ]

    assert len(alone) / len(found) <= 0.03


def test_the_communes_of_binh_chanh_are_one_neighbourhood():
    found = [tile for tile, district in zip(tiles(2023), places(2023)[0], strict=True) if district == "785"]
    middle = (sum(q for q, _r in found) // len(found), sum(r for _q, r in found) // len(found))

    assert len(found) == 16
    assert max(distance(tile, middle) for tile in found) <= 9


def test_the_island_is_a_tile_at_the_edge_like_any_other():
    points, found = places(2025)[1], tiles(2025)
    island = min(range(len(points)), key=lambda i: points[i][0])  # Côn Đảo, two degrees further south
    around = [i for i in range(len(found)) if distance(found[i], found[island]) == 1]

    assert 1 <= len(around) <= 4


def test_the_same_places_are_drawn_the_same_way_every_time():
    assert layout(places(2025)[1]) == tiles(2025)


spots = st.tuples(st.floats(8, 12), st.floats(106, 108))


@hypothesis_settings(max_examples=40, deadline=None)
@given(st.lists(spots, max_size=25) | st.lists(st.sampled_from([(10.7, 106.6), (10.8, 106.7)]), max_size=12))
def test_wherever_places_are_each_gets_a_tile_of_its_own(points):
    found = layout(points)

    assert len(set(found)) == len(found) == len(points)


# --- without colours --------------------------------------------------------------------------------------------------
def steps_in(rules: str) -> list[str]:
    """The colours of the five steps, as one theme sets them."""
    return [re.search(rf"--q{step}: #(\w+)", rules)[1] for step in range(1, 6)]


def lightness(colour: str) -> float:
    """What is left of it in greyscale, 0 … 1."""
    digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def themes() -> list[str]:
    """The lines of the board's styles that set the steps: light, dark, print; and those of the wall."""
    css = (settings.BASE_DIR / "assets" / "css" / "board.css", settings.BASE_DIR / "assets" / "css" / "wall.css")
    return [line for file in css for line in file.read_text(encoding="utf-8").splitlines() if "--q1:" in line]


def test_steps_are_told_apart_in_greyscale_in_every_theme():
    assert len(themes()) == 4
    for rules in themes():
        greys = [lightness(colour) for colour in steps_in(rules)]
        gaps = [after - before for before, after in itertools.pairwise(greys)]
        assert all(gap > 0 for gap in gaps) or all(gap < 0 for gap in gaps)
        assert min(map(abs, gaps)) > 0.07


def test_steps_are_told_apart_by_their_size_too():
    assert len(FILLED) == 6
    assert all(after - before > 0.1 for before, after in itertools.pairwise(FILLED))
