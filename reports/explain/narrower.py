"""Where a cell is too large to be counted again at once: the figure in parts, each small enough to go into."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import NamedTuple

from reports.explain import cells
from reports.explain.asking import Asked
from reports.explain.explanation import Explanation
from reports.stats.dimensions import DIMENSIONS
from reports.stats.engine import Answer
from reports.stats.query import StatsQuery


class Smaller(NamedTuple):
    """A cell in the cell."""

    code: str | None
    label: str
    figure: int
    asked: Asked


@dataclass(frozen=True)
class Narrower:
    """Has a length and gives slices; of hundreds of parts only those that are shown are put into words."""

    asked: Asked
    dimension: str
    # The answer, its rows of the cell, and the question that each part asks.
    found: Answer
    rows: list[dict]
    query: StatsQuery

    @property
    def label(self) -> object:
        return DIMENSIONS[self.dimension].label

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: slice) -> list[Smaller]:
        return [self._smaller(row, row[self.dimension]) for row in self.rows[place]]

    def _smaller(self, row: dict, raw) -> Smaller:
        code = None if raw is None else str(raw)
        inside = Asked(self.query, {**self.asked.at, self.dimension: code})
        return Smaller(raw, self.found.label(self.dimension, raw), row[self.asked.measure], inside)


def narrower(why: Explanation) -> Narrower | None:
    asked = why.asked
    dimension = asked.next_dimension
    if dimension is None:
        return None
    found = why.in_parts or cells.figure(why.cell, why.freshness, dimension)
    # Codes are told as they are meant on the days of the cell.
    start, end = (day and dt.date.fromisoformat(day) for day in (found.query["from"], found.query["to"]))
    query = replace(asked.query, unit=found.query["unit"], start=start, end=end, by=(*asked.at, dimension))
    return Narrower(asked, dimension, found, cells.rows_of(why.cell, found), query)
