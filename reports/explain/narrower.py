"""Where a cell is too large to be counted again at once: the figure in parts, each small enough to go into."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import NamedTuple

from reports.explain import cells
from reports.explain.asking import Asked
from reports.explain.explanation import Explanation
from reports.stats.dimensions import DIMENSIONS
from reports.stats.query import StatsQuery


class Smaller(NamedTuple):
    """A cell in the cell."""

    code: str | None
    label: str
    figure: int
    asked: Asked


@dataclass(frozen=True)
class Narrower:
    dimension: str
    label: object
    rows: list[Smaller]


def narrower(why: Explanation) -> Narrower | None:
    asked = why.asked
    dimension = asked.next_dimension
    if dimension is None:
        return None
    found = why.in_parts or cells.figure(why.cell, why.freshness, dimension)
    rows = cells.rows_of(why.cell, found)
    # Codes are told as they are meant on the days of the cell.
    start, end = (day and dt.date.fromisoformat(day) for day in (found.query["from"], found.query["to"]))
    query = replace(asked.query, unit=found.query["unit"], start=start, end=end)
    parts = [
        Smaller(
            row[dimension],
            found.label(dimension, row[dimension]),
            row[asked.measure],
            _inside(asked, query, dimension, row),
        )
        for row in rows
    ]
    return Narrower(dimension, DIMENSIONS[dimension].label, parts)


def _inside(asked: Asked, query: StatsQuery, dimension: str, row: dict) -> Asked:
    code = None if row[dimension] is None else str(row[dimension])
    return Asked(replace(query, by=(*asked.at, dimension)), {**asked.at, dimension: code})
