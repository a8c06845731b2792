"""Whose figures: the caller's scope, and the unit that the question is about."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q

from core.dated import overlapping, today, valid_on
from reports.stats.problems import UnknownUnit
from reports.stats.query import StatsQuery
from teams.access import Access
from teams.models import Unit, UnitAncestry
from teams.permissions import Right


@dataclass(frozen=True)
class Scope:
    """Rows count that stand under ``units`` or are of ``teams``; both None: every row of the city."""

    units: tuple[int, ...] | None
    teams: tuple[int, ...] | None
    # The unit whose subtree is asked for, if it is one.
    unit: int | None
    # True: rows outside the unit's subtree are left out. False (the whole city): they count, as "not placed".
    narrows: bool
    # Where the answer begins if no single unit is asked for: the granted units, or the roots of the tree.
    tops: tuple[int, ...]

    @property
    def fingerprint(self) -> list:
        return [self.units, self.teams, self.unit, self.narrows, self.tops]


def scope_of(query: StatsQuery, access: Access) -> Scope:
    """Refuses a unit outside the caller's scope exactly as one that does not exist."""
    access.require(Right.STATS_VIEW)
    if access.is_city_wide(Right.STATS_VIEW):
        return _of_the_city(query)
    units, teams = tuple(access.unit_ids(Right.STATS_VIEW)), tuple(access.team_ids(Right.STATS_VIEW))
    if query.unit is None:
        if len(units) == 1 and not teams:
            return Scope(None, None, units[0], narrows=True, tops=())
        return Scope(units, teams, None, narrows=False, tops=units)
    unit = find_unit(query.unit, query.start, query.end)
    if unit is None or not _was_ever_under(unit, units, query):
        raise UnknownUnit(query.unit)
    if unit.pk in units:
        return Scope(None, None, unit.pk, narrows=True, tops=())
    return Scope(units, teams, unit.pk, narrows=True, tops=())


def _of_the_city(query: StatsQuery) -> Scope:
    roots = tuple(Unit.objects.roots(today()).order_by("pk").values_list("pk", flat=True))
    the_root = roots[0] if len(roots) == 1 else None
    if query.unit is None:
        return Scope(None, None, the_root, narrows=False, tops=() if the_root else roots)
    unit = find_unit(query.unit, query.start, query.end)
    if unit is None:
        raise UnknownUnit(query.unit)
    return Scope(None, None, unit.pk, narrows=unit.pk != the_root, tops=())


def _was_ever_under(unit: Unit, units: tuple[int, ...], query: StatsQuery) -> bool:
    """Under a granted unit on a day asked for, today, or when it was closed. Each row is checked on its own day too."""
    last = Q(descendant__valid_to__lt=today(), valid_to=F("descendant__valid_to"))
    found = UnitAncestry.objects.filter(ancestor__in=units, descendant=unit)
    return found.filter(overlapping(query.start or dt.date.min, query.end) | valid_on(today()) | last).exists()


def find_unit(code: str, start: dt.date | None, end: dt.date | None) -> Unit | None:
    """The unit that ``code`` means in the period; ``code@2025-07-01`` names one exactly."""
    code, _at, since = code.partition("@")
    rows = list(Unit.objects.filter(code=code))
    if since:
        return next((row for row in rows if row.valid_from.isoformat() == since), None)
    return meant_by(rows, start, end)


def meant_by(rows: list, start: dt.date | None, end: dt.date | None):
    """Of the rows that share a code: the one valid on the last day (or today), else the latest in or before it."""
    day = end or today()
    rows = sorted(rows, key=lambda row: row.valid_from)
    valid = [row for row in rows if row.is_valid_on(day)]
    in_period = [
        row
        for row in rows
        if (end is None or row.valid_from <= end) and (start is None or row.valid_to is None or row.valid_to >= start)
    ]
    for found in (valid, in_period, rows):
        if found:
            return found[-1]
    return None
