"""The tiles as SVG shapes: numbers only, the colours are the page's."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from desk.board.hexmap import centre
from desk.board.steps import Steps

WIDE = 60  # of a tile, in units of the drawing
RADIUS = WIDE / math.sqrt(3)
MOST_WITH_WORDS = 13
GAP = 0.94
# How far a tile is filled at each step: the map is read without colours too.
FILLED = (0.0, 0.5, 0.62, 0.74, 0.87, 1.0)


@dataclass(frozen=True)
class Hexagon:
    label: str
    short: str
    value: int
    step: int
    x: float
    y: float
    outline: str
    filling: str
    code: str

    @property
    def name_y(self) -> float:
        return self.y - 4

    @property
    def value_y(self) -> float:
        return self.y + 13


@dataclass(frozen=True)
class HexMap:
    hexagons: list[Hexagon]
    width: float
    height: float

    @property
    def is_small(self) -> bool:
        """So few that each has room for words beside a list."""
        return self.width <= MOST_WITH_WORDS * WIDE


def hexmap(rows: Sequence[dict], steps: Steps, *, whole: bool) -> HexMap:
    """``whole``: all of them; else the part around the places that have something to tell."""
    spots = [centre(row["place"].tile) for row in rows]
    chosen = list(range(len(rows)))
    if not whole:
        busy = [spots[i] for i in chosen if rows[i]["value"] or rows[i]["points"]]
        left, right = min(x for x, _y in busy) - 1.6, max(x for x, _y in busy) + 1.6
        top, bottom = min(y for _x, y in busy) - 1.6, max(y for _x, y in busy) + 1.6
        chosen = [i for i in chosen if left <= spots[i][0] <= right and top <= spots[i][1] <= bottom]
    if not chosen:
        return HexMap([], WIDE, WIDE)
    left, top = min(spots[i][0] for i in chosen), min(spots[i][1] for i in chosen)
    hexagons = [_hexagon(rows[i], steps, spots[i][0] - left + 0.5, spots[i][1] - top) for i in chosen]
    return HexMap(
        hexagons,
        round(max(h.x for h in hexagons) + WIDE / 2, 1),
        round(max(h.y for h in hexagons) + RADIUS, 1),
    )


def _hexagon(row: dict, steps: Steps, column: float, line: float) -> Hexagon:
    x, y = round(column * WIDE, 1), round(line * WIDE + RADIUS, 1)
    step = steps.of(row["value"])
    return Hexagon(
        label=row["full_name"],
        short=row["place"].short,
        value=row["value"],
        step=step,
        x=x,
        y=y,
        outline=corners(x, y, RADIUS * GAP),
        filling=corners(x, y, RADIUS * GAP * FILLED[step]) if step else "",
        code=row["code"],
    )


def corners(x: float, y: float, radius: float) -> str:
    turns = [math.pi / 3 * number for number in range(6)]
    return " ".join(f"{x + radius * math.sin(turn):.0f},{y - radius * math.cos(turn):.0f}" for turn in turns)
