"""Where a session stands in the tree of units, found by walking up: no closure table, no SQL of the engine.

``as_was``: the team's home and the parents of the session's day. ``as_is``: those of today; of a team or unit that is
closed, the last ones.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from core.dated import DAY, today, valid_on
from reports.stats.scope import Scope
from teams.models import TeamHome, Unit, UnitPlacement
from teams.tree import DEEPEST


class Line(NamedTuple):
    """A unit, its parent, and so on up, in the days in which it stood so."""

    units: tuple[int, ...]
    since: dt.date = dt.date.min
    until: dt.date = dt.date.max


@dataclass
class Places:
    scope: Scope
    depth: str
    hierarchy: str

    @cached_property
    def lines(self) -> list[Line]:
        return list(_lines_today() if self.hierarchy == "as_is" else _lines_by_days())

    # --- conditions on sessions ---------------------------------------------------------------------------------------
    def allowed(self) -> Q:
        """Sessions that count at all: under a grant of the caller, and under the unit that is asked for."""
        scope, condition = self.scope, Q()
        if scope.unit is not None and scope.narrows:
            condition &= self._stand(line for line in self.lines if scope.unit in line.units)
        if scope.units is not None or scope.teams is not None:
            granted = set(scope.units or ())
            below = self._stand(line for line in self.lines if not granted.isdisjoint(line.units))
            condition &= Q(team__in=scope.teams or ()) | below
        return condition

    def shown_under(self, unit: int | None) -> Q:
        """Sessions whose row in an answer by unit is ``unit``; None: "not placed"."""
        if unit is None:
            return ~self._stand(line for line in self.lines if self._shown(line) is not None)
        return self._stand(line for line in self.lines if self._shown(line) == unit)

    def of_block(self, block: str | None) -> Q:
        return Q(self._at_home(unit__block=block)) if block else ~Q(self._at_home())

    # --- units --------------------------------------------------------------------------------------------------------
    def _shown(self, line: Line) -> int | None:
        scope, home = self.scope, line.units[0]
        if scope.unit is None:
            if not scope.tops or self.depth == "descendants":
                return home
            topmost = next((unit for unit in reversed(line.units) if unit in scope.tops), None)
            return home if topmost is None and scope.teams else topmost
        if scope.unit not in line.units:
            return None
        place = line.units.index(scope.unit)
        return {"self": scope.unit, "descendants": home, "children": line.units[max(place - 1, 0)]}[self.depth]

    def _stand(self, lines: Iterable[Line]) -> Q:
        """Sessions whose team was at home at the foot of one of these lines."""
        homes: dict[tuple[dt.date, dt.date], set[int]] = defaultdict(set)
        for line in lines:
            homes[line.since, line.until].add(line.units[0])
        found = Q(pk__in=[])
        for (since, until), units in homes.items():
            days = Q() if since == dt.date.min else Q(day__gte=since)
            days &= Q() if until == dt.date.max else Q(day__lte=until)
            found |= days & Q(self._at_home(unit__in=units))
        return found

    def _at_home(self, **where) -> Exists:
        homes = TeamHome.objects.filter(team=OuterRef("team"), **where)
        return Exists(_today_or_last(homes, "team") if self.hierarchy == "as_is" else homes.filter(_on_the_day()))


def _on_the_day() -> Q:
    return valid_on(OuterRef("day"))


def _today_or_last(rows: QuerySet, thing: str) -> QuerySet:
    """What holds today; of a ``thing`` that is closed, what held on its last day."""
    last = Q(**{f"{thing}__valid_to__lt": today(), "valid_to": F(f"{thing}__valid_to")})
    return rows.filter(valid_on(today()) | last)


def _lines_today() -> Iterator[Line]:
    parents = dict(_today_or_last(UnitPlacement.objects.all(), "unit").values_list("unit", "parent"))
    for unit in Unit.objects.values_list("pk", flat=True):
        line = [unit]
        while len(line) <= DEEPEST and (parent := parents.get(line[-1])) is not None:
            line.append(parent)
        yield Line(tuple(line))


def _lines_by_days() -> Iterator[Line]:
    """The life of each unit, cut wherever it or one above it changes its parent."""
    parents = defaultdict(list)
    placements = UnitPlacement.objects.order_by("unit", "valid_from")
    for unit, parent, since, until in placements.values_list("unit", "parent", "valid_from", "valid_to"):
        parents[unit].append((parent, since, until or dt.date.max))
    for unit, since, until in Unit.objects.values_list("pk", "valid_from", "valid_to"):
        growing = [Line((unit,), since, until or dt.date.max)]
        while growing:
            line = growing.pop()
            alone_from: dt.date | None = line.since
            for parent, first, last in parents[line.units[-1]]:
                begin, end = max(first, line.since), min(last, line.until)
                if begin > end or len(line.units) > DEEPEST:
                    continue
                if alone_from and alone_from < begin:
                    yield Line(line.units, alone_from, begin - DAY)
                growing.append(Line((*line.units, parent), begin, end))
                alone_from = end + DAY if end < dt.date.max else None
            if alone_from and alone_from <= line.until:
                yield Line(line.units, alone_from, line.until)
