"""A part of the board in a form that everything can be made of: a panel, a table, a CSV, a picture."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet, Window

TEXT, NUMBER, DECIMAL, PERCENT, TIME, MOMENT = "text", "number", "decimal", "percent", "time", "moment"


@dataclass(frozen=True)
class Column:
    """``name`` is the key in the rows; ``kind`` says how a value is written for people."""

    name: str
    label: Any
    kind: str = TEXT

    @property
    def is_figure(self) -> bool:
        return self.kind in (NUMBER, DECIMAL, PERCENT)


class Rows(Sequence):
    """Rows that are read when they are shown: as many as are asked for, and counted without being read.

    ``read(start, stop)`` gives them in an order that is the same each time; ``stop`` is None for all that are left.
    """

    def __init__(self, count: Callable[[], int], read: Callable[[int, int | None], list]):
        self.count_all, self.read = count, read

    @cached_property
    def length(self) -> int:
        return self.count_all()

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, place):
        if isinstance(place, int):
            return self.read(place, place + 1)[0]
        start, stop = place.start or 0, place.stop
        return [] if stop == 0 or self.is_past(start) else self.read(start, stop)

    def __iter__(self) -> Iterator:
        """All of them in one look-up: read in parts, one that comes in meanwhile would make another come twice."""
        return iter(self.read(0, None))

    def is_past(self, start: int) -> bool:
        """Nothing is looked for that is not there."""
        return start >= len(self)


class SortedRows(Rows):
    """Rows of a queryset, sorted by their keys alone: what is printed of a row would be carried along.

    ``write`` makes rows of the keys of a page. The look-up that sorts them counts them too.
    """

    def __init__(self, ordered: QuerySet, write: Callable[[list], list]):
        super().__init__(ordered.order_by().count, self._read)
        self.in_order, self.write = ordered, write

    def _read(self, start: int, stop: int | None) -> list:
        found = list(self.in_order.values_list("pk", Window(Count("pk")))[start:stop])
        if found:
            self.length = found[0][1]
        return self.write([pk for pk, _total in found])

    def is_past(self, start: int) -> bool:
        return start > 0 and super().is_past(start)


@dataclass(frozen=True)
class Widget:
    code: str
    title: Any
    columns: list[Column]
    # Values by column; beside them ``url`` (what the row leads to) and ``why`` (where its figure comes from).
    rows: Sequence[Mapping[str, Any]]
    # What the figures mean, in one sentence.
    note: Any = ""
    # What it means that there is nothing, where that is worth saying.
    nothing: Any = ""
    # What a table cannot hold: the panel and the picture draw with it.
    more: Mapping[str, Any] = field(default_factory=dict)
    # As of when its figures are and how certain; None: as those of the day, and the board has yet to ask (``files``).
    freshness: Callable[[], dict] | None = None
