"""Where units stood in the dated tree, day by day within a month: what the engine's ``as_was`` joins, by itself."""

import datetime as dt
from calendar import monthrange
from collections import defaultdict
from functools import cache

from teams.models import UnitAncestry


class Lineage:
    """Sets of days of a month are whole numbers: bit 0 is the first day."""

    def __init__(self, root: int | None) -> None:
        """``root``: the one unit that all others stand under, if there is one."""
        self._root = root
        self._links: dict[tuple[int, int], list[tuple[int, dt.date, dt.date]]] = defaultdict(list)
        self._above: dict[int, set[int]] = defaultdict(set)
        rows = UnitAncestry.objects.values_list("ancestor", "descendant", "depth", "valid_from", "valid_to")
        for ancestor, descendant, depth, since, until in rows:
            self._links[ancestor, descendant].append((depth, since, until or dt.date.max))
            self._above[descendant].add(ancestor)
        self.days = cache(self._days)
        self.depths = cache(self._depths)

    def above(self, unit: int) -> set[int]:
        """Itself and all units that it ever stood under."""
        return self._above.get(unit, set())

    def _days(self, ancestor: int, descendant: int, month: str, depth: int | None = None) -> int:
        """The days on which the one stood under the other (at this depth)."""
        first, last = month_ends(month)
        days = 0
        for at, since, until in self._links.get((ancestor, descendant), []):
            start, end = max(since, first), min(until, last)
            if start <= end and depth in (None, at):
                days |= ((1 << (end - start).days + 1) - 1) << (start - first).days
        return days

    def _depths(self, ancestor: int, descendant: int) -> set[int]:
        return {depth for depth, _since, _until in self._links.get((ancestor, descendant), [])}

    def present(self, unit: int, month: str) -> int:
        """The days on which the unit stood in the tree of the city: those that its figures are from."""
        return self.days(self._root or unit, unit, month)

    def path(self, unit: int, month: str, days: int) -> tuple[int, ...]:
        """From the top down to the unit, on the last of these days."""
        last = 1 << days.bit_length() - 1
        found = [
            (-depth, ancestor)
            for ancestor in self.above(unit)
            for depth in self.depths(ancestor, unit)
            if self.days(ancestor, unit, month, depth) & last
        ]
        return tuple(ancestor for _depth, ancestor in sorted(found))


def month_ends(month: str) -> tuple[dt.date, dt.date]:
    first = dt.date.fromisoformat(f"{month}-01")
    return first, first.replace(day=monthrange(first.year, first.month)[1])
