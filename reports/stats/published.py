"""What a public token is told: whole months that are over, in one of two families of tables, small counts hidden.

The figures of units (the unit tree × month) and, for the whole city, of one category (service, result, …) × month.
Nothing finer and no crossing of the two, since with each further table more of the cells in it follow from the others.
Groups (``suppress``) are made over the whole city, whoever asks: two tokens together know no more than one.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from core.dated import DAY, today
from reports.stats import engine
from reports.stats.engine import Answer, Plan
from reports.stats.labels import names_of
from reports.stats.lineage import Lineage, month_ends
from reports.stats.moment import Moment
from reports.stats.problems import BadQuery
from reports.stats.query import DEFAULTS, StatsQuery
from reports.stats.scope import scope_of
from reports.stats.suppress import Cell, Group, Share, groups_of, hidden_rows, suppressed
from teams.access import Access, Grant, system_access
from teams.models import Unit
from teams.permissions import Right

# What phones that were off in a month's last days still send comes within a week.
SETTLED_AFTER = dt.timedelta(days=7)
CATEGORIES = ("service", "service_group", "result", "age_group", "channel")
TABLES = (("unit", "month"), *((category, "month") for category in CATEGORIES))
# Of a cell that stands under no unit.
UNPLACED = (0,)
EVERY_DAY = -1  # all bits
UNITS = ("unit",)
# The dimensions that a category's own groups are made in, from the top of its tree.
_TREES = {"service": ("service_group", "service"), "service_group": ("service_group", "service")}


def last_day() -> dt.date:
    """The end of the last month that is published."""
    return (today() - SETTLED_AFTER).replace(day=1) - DAY


def description() -> dict:
    """For the schema: what a public token may ask."""
    return {
        "by": [list(table) for table in TABLES],
        "to": last_day().isoformat(),
        "parameters": {name: [DEFAULTS[name]] for name in ("hierarchy", "state")},
        "absent": ["campaign", "service"],
    }


# --- the question -----------------------------------------------------------------------------------------------------
def question(query: StatsQuery, access: Access, params: Mapping[str, str]) -> tuple[StatsQuery, Access]:
    """(the question as a public token may ask it, the access to answer it with); refuses what it may not ask."""
    reader = replace(
        access,
        grants=tuple(
            Grant(grant.rights | {Right.STATS_VIEW}, grant.unit_id)
            for grant in access.grants
            if Right.STATS_PUBLISHED in grant.rights
        ),
    )
    query = replace(query, end=query.end or last_day())
    faults: dict[str, object] = dict(_faults(query, params)) or dict(_faults_of_scope(query, reader))
    if faults:
        raise BadQuery(faults, code="not_published")
    return query, reader


def _faults(query: StatsQuery, params: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    if not any({*query.by} <= {*table} for table in TABLES):
        tables = "; ".join(",".join(table) for table in TABLES)
        yield "by", _("Khóa để công bố chỉ chia theo một trong các bảng: %(tables)s.") % {"tables": tables}
    for name in ("hierarchy", "state"):
        if getattr(query, name) != DEFAULTS[name]:
            yield name, _("Khóa để công bố chỉ hỏi được “%(only)s”.") % {"only": DEFAULTS[name]}
    for name in ("campaign", "service"):
        if getattr(query, name):
            yield name, _("Khóa để công bố không lọc theo tham số này.")
    start, end, last = query.start, query.end or last_day(), last_day()
    whole = _("Khóa để công bố chỉ hỏi được các tháng trọn vẹn, đến hết ngày %(last)s.") % {"last": f"{last:%d/%m/%Y}"}
    ends = {
        "from": start is None or (start.day == 1 and start <= end),
        "to": end <= last and end == month_ends(f"{end:%Y-%m}")[1],
    }
    for name, is_whole in ends.items():
        if not is_whole:
            yield "period" if "period" in params else name, whole


def _faults_of_scope(query: StatsQuery, reader: Access) -> Iterator[tuple[str, object]]:
    if {*query.by} <= {"unit", "month"}:
        return
    if query.unit is not None:
        yield "unit", _("Khóa để công bố chia theo đơn vị, hoặc theo một loại của cả thành phố, không cả hai.")
    elif not reader.is_city_wide(Right.STATS_VIEW):
        yield "by", _("Chỉ khóa để công bố của cả thành phố chia được theo loại này.")


# --- the answer -------------------------------------------------------------------------------------------------------
def suppress_small(answer: Answer, plan: Plan, moment: Moment) -> Answer:
    """``answer`` for the public: small counts of citizens, and what would give them away, are None.

    ``moment`` is that of the whole city, since the groups are.
    """
    state = moment.revisions, moment.as_of
    rows, totals = [dict(row) for row in answer.rows], dict(answer.totals)
    by = plan.query.by
    table = _Units(plan, state) if {*by} <= {"unit", "month"} else _Category(plan)
    for measure in answer.measures:
        if not measure.is_of_citizens:
            continue
        groups = _groups(table.tree, measure.code, state, last_day())
        hidden = hidden_rows(groups, table.shares)
        for row in rows:
            is_hidden = tuple(row[code] for code in by) in hidden
            # Guards against a figure that became small after the groups were made.
            row[measure.code] = None if is_hidden else suppressed(row[measure.code])
        hides_total = bool(hidden_rows(groups, table.total))
        totals[measure.code] = None if hides_total else suppressed(totals[measure.code])
    return replace(answer, rows=rows, totals=totals)


@lru_cache(maxsize=128)
def _groups(tree: tuple[str, ...], measure: str, state: tuple, last: dt.date) -> list[Group]:
    """Over all time and the whole city; made once for as long as nothing changes."""
    path_in = _path_in_tree(state) if tree == UNITS else _path_in_categories(tree)
    codes = tuple(dict.fromkeys(["people", measure]))
    cells: list[Cell] = []
    # Year by year: no answer is longer than the engine's limit, whatever time has passed.
    months = _finest(("people",), ("month",), None, last).rows
    for year in dict.fromkeys(int(row["month"][:4]) for row in months):
        found = _finest(codes, (*tree, "month"), dt.date(year, 1, 1), min(dt.date(year, 12, 31), last))
        path = path_in(year)
        cells += [Cell(row["month"], path(row), row[measure], row["people"]) for row in found.rows]
    return groups_of(cells)


def forget() -> None:
    """As a new process starts."""
    _groups.cache_clear()
    _lineage.cache_clear()


def _finest(measures: tuple[str, ...], by: tuple[str, ...], start: dt.date | None, end: dt.date) -> Answer:
    query = StatsQuery(measures=measures, by=by, depth="descendants", start=start, end=end)
    return engine.run(engine.plan(query, system_access()), {})


def _path_in_categories(tree: tuple[str, ...]) -> Callable:
    return lambda _year: lambda row: tuple(row[code] or "" for code in tree)


def _path_in_tree(state: tuple) -> Callable:
    """A cell of the unit tree is what a unit's own teams did in a month; its path ends with the unit and a 0."""
    lineage = _lineage(state)

    def of_year(year: int) -> Callable[[dict], tuple]:
        units = _codes(StatsQuery(start=dt.date(year, 1, 1), end=min(dt.date(year, 12, 31), last_day())))
        by_code = {code: pk for pk, code in units.items() if pk is not None}

        def path(row: dict) -> tuple:
            if row["unit"] is None:
                return UNPLACED
            unit, month = by_code[row["unit"]], row["month"]
            days = lineage.present(unit, month)
            return (*lineage.path(unit, month, days), 0) if days else (unit, 0)

        return path

    return of_year


def _codes(query: StatsQuery) -> dict[Any, str | int | None]:
    """What each unit is called in the answer to this question; None: no unit."""
    return {pk: name.code for pk, name in names_of("unit", Unit.objects.values_list("pk", flat=True), query).items()}


@lru_cache(maxsize=2)
def _lineage(_state: tuple) -> Lineage:
    return Lineage(scope_of(StatsQuery(), system_access()).unit)


class _Table:
    """Which rows of the answer each of the finest figures is counted in."""

    tree: tuple[str, ...]

    def __init__(self, plan: Plan):
        self.query, self.scope = plan.query, plan.scope

    def _is_asked(self, month: str) -> bool:
        first, _last = month_ends(month)
        start, end = self.query.start, self.query.end
        return (start is None or first >= start) and (end is None or first <= end)

    def _row(self, month: str, value) -> tuple:
        said = {"month": month}
        return tuple(said.get(code, value) for code in self.query.by)


class _Category(_Table):
    """One category of the whole city."""

    def __init__(self, plan: Plan):
        super().__init__(plan)
        (self.category,) = {*self.query.by} - {"month"}
        self.tree = _TREES.get(self.category, (self.category,))

    def shares(self, cell: Cell) -> list[Share]:
        if not self._is_asked(cell.month):
            return []
        return [Share(self._row(cell.month, cell.path[self.tree.index(self.category)] or None), is_whole=True)]

    def total(self, cell: Cell) -> list[Share]:
        return [Share((), is_whole=True)] if self._is_asked(cell.month) else []


class _Units(_Table):
    """The unit tree, as the question looks at it."""

    tree = UNITS

    def __init__(self, plan: Plan, state: tuple):
        super().__init__(plan)
        self.lineage = _lineage(state)
        self.codes = _codes(plan.query)

    def shares(self, cell: Cell) -> list[Share]:
        if not self._is_asked(cell.month):
            return []
        if cell.path == UNPLACED:
            return self._unplaced(self._row(cell.month, None))
        unit = cell.path[-2]
        return [
            share
            for above, days in self._rows(unit, cell.month)
            for share in self._share(unit, cell.month, days, self._row(cell.month, self.codes[above]))
        ]

    def total(self, cell: Cell) -> list[Share]:
        if not self._is_asked(cell.month):
            return []
        if cell.path == UNPLACED:
            return self._unplaced(())
        return self._share(cell.path[-2], cell.month, EVERY_DAY, ())

    def _unplaced(self, row: tuple) -> list[Share]:
        is_seen = not self.scope.narrows and self.scope.units is None
        return [Share(row, is_whole=True)] if is_seen else []

    def _share(self, unit: int, month: str, days: int, row: tuple) -> list[Share]:
        """The part of the unit's month that falls on these days and that the caller may see."""
        present = self.lineage.present(unit, month)
        seen = days & present
        for ancestors in self._limits():
            seen &= self._under_any(ancestors, unit, month)
        return [Share(row, is_whole=bool(present) and seen == present)] if seen or not present else []

    def _limits(self) -> Iterator[tuple[int, ...]]:
        if self.scope.narrows and self.scope.unit:
            yield (self.scope.unit,)
        if self.scope.units is not None:
            yield self.scope.units

    def _under_any(self, ancestors: tuple[int, ...], unit: int, month: str) -> int:
        days = 0
        for ancestor in ancestors:
            days |= self.lineage.days(ancestor, unit, month)
        return days

    def _rows(self, unit: int, month: str) -> Iterator[tuple[int | None, int]]:
        """(the unit that the figures are shown under, on which days), as the engine's ``depth`` says."""
        lineage, asked, depth = self.lineage, self.scope.unit, self.query.depth
        if "unit" not in self.query.by:
            yield None, EVERY_DAY
        elif asked is None:
            tops = self.scope.tops if depth != "descendants" else ()
            found = [top for top in tops if lineage.days(top, unit, month)]
            yield from ((top, lineage.days(top, unit, month)) for top in found)
            if not found:
                yield unit, EVERY_DAY
        elif depth == "descendants":
            yield unit, EVERY_DAY
        elif depth == "self":
            yield asked, lineage.days(asked, unit, month)
        else:
            for above in lineage.above(unit):
                days = 0
                for steps in lineage.depths(asked, unit):
                    below = lineage.days(above, unit, month, max(steps - 1, 0))
                    days |= lineage.days(asked, unit, month, steps) & below
                if days:
                    yield above, days
