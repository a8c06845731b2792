# ruff: noqa: S608 - the texts are put together from constants of this package; every value is bound by name
"""One SELECT over one tally. The same text runs on PostgreSQL and SQLite but for the dimensions that say otherwise.

``t`` is the tally, ``h`` the home of its team, ``up`` the line from the home to the unit asked for. ``as_was`` reads
home and tree on the day of the row; ``as_is`` as they stand today (of closed teams and units: as they last stood).
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from core.dated import today
from reports.stats.dimensions import DIMENSIONS, WITHIN_A_MONTH
from reports.stats.measures import Measure
from reports.stats.query import StatsQuery
from reports.stats.scope import Scope
from reports.stats.sources import MonthlySource
from reports.tallies.cuts import CUTS
from teams.tree import DEEPEST

_VALID = "{row}.valid_from <= {day} AND ({row}.valid_to IS NULL OR {row}.valid_to >= {day})"
_TODAY = "%(today)s"
_LAST = "(c.valid_to < %(today)s AND {row}.valid_to = c.valid_to)"  # of one that is closed: its last row
_TODAY_OR_LAST = f"({_VALID.format(row='{row}', day=_TODAY)}) OR {_LAST}"
# Of a closed unit the last parent counts, and then where that stands today: so a total is always the sum of its parts.
_NOW = f"""home_now AS (
    SELECT x.team_id, x.unit_id FROM teams_teamhome x JOIN teams_team c ON c.id = x.team_id
    WHERE {_TODAY_OR_LAST.format(row="x")}
), parent_now AS (
    SELECT x.unit_id, x.parent_id FROM teams_unitplacement x JOIN teams_unit c ON c.id = x.unit_id
    WHERE {_TODAY_OR_LAST.format(row="x")}
), tree_now (ancestor_id, descendant_id, depth) AS (
    SELECT u.id, u.id, 0 FROM teams_unit u
    UNION
    SELECT p.parent_id, below.descendant_id, below.depth + 1
    FROM tree_now below JOIN parent_now p ON p.unit_id = below.ancestor_id WHERE below.depth < {DEEPEST}
)"""
# Teams that stood under the unit at some time: more than count, and few enough to be looked up one by one.
_TEAMS_BELOW = """{row}.team_id IN (
    SELECT g.team_id FROM {homes} g JOIN {tree} a ON a.descendant_id = g.unit_id WHERE a.ancestor_id = %(unit)s
)"""
# The least certain state of the rows behind a figure: 0 provisional, 1 approved, 2 locked.
_STATE = "MIN(CASE t.state WHEN 'provisional' THEN 0 WHEN 'approved' THEN 1 ELSE 2 END)"


@dataclass
class Filters:
    """What the codes of the question stand for, as primary keys; None: not asked."""

    campaigns: list[int] | None = None
    services: list[int] | None = None


@dataclass
class Statement:
    query: StatsQuery
    scope: Scope
    filters: Filters
    tally: str
    by: tuple[str, ...]
    measures: list[Measure]
    joins: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    reads_homes: bool = False
    # What the dimension of units has said already: rows stand under the scope's unit; under what is granted.
    is_narrowed: bool = False
    is_granted: bool = False

    def run(self, most: int) -> list[tuple]:
        """Rows of (raw value of each dimension …, state, figure of each measure …), up to one more than ``most``."""
        sql = self.text(most)
        with connection.cursor() as cursor:
            cursor.execute(sql, self.values)
            return cursor.fetchall()

    def text(self, most: int) -> str:
        columns = [self._dimension(code) for code in self.by]
        # Whole numbers: PostgreSQL adds big ones up to a type that costs Python ten times as much to read.
        columns += [_STATE, *(f"CAST({measure.sources[self.tally]} AS bigint)" for measure in self.measures)]
        self._narrow()
        ctes = []
        if self.query.hierarchy == "as_is" and self.reads_homes:
            ctes.append(_NOW)
            self._bind("today", today())
        source = self._source(ctes)
        lines = [
            f"WITH RECURSIVE {', '.join(ctes)}" if ctes else "",
            f"SELECT {', '.join(columns)} FROM {source}",
            *dict.fromkeys(self.joins),  # each join once, in the order of need
            f"WHERE {' AND '.join(self.where)}" if self.where else "",
            f"GROUP BY {', '.join(str(number + 1) for number in range(len(self.by)))}" if self.by else "",
            f"LIMIT {most + 1:d}",
        ]
        for measure in self.measures:
            if measure.metric_id:
                self._bind(f"metric_{measure.metric_id}", measure.metric_id)
        return "\n".join(line for line in lines if line)

    def _source(self, ctes: list[str]) -> str:
        cut, query = CUTS[self.tally], self.query
        within = WITHIN_A_MONTH if cut.keeps_points else WITHIN_A_MONTH | {"area"}
        if within & set(self.by) or not MonthlySource.fits(cut, query.start, query.end):
            return f"{cut.days._meta.db_table} t"
        source = MonthlySource(cut, query.start, query.end, self._bind)
        ctes.append(source.by_day(as_was=query.hierarchy == "as_was" and self.reads_homes))
        narrow = ""
        if self.scope.unit is not None and self.scope.narrows:
            homes = "home_now" if query.hierarchy == "as_is" else "teams_teamhome"
            narrow = _TEAMS_BELOW.format(row="{row}", homes=homes, tree=self._tree)
        return source.rows(narrow)

    # --- dimensions ---------------------------------------------------------------------------------------------------
    def _dimension(self, code: str) -> str:
        dimension = DIMENSIONS[code]
        if dimension.needs_home:
            self._join_home()
        self.joins += dimension.joins
        return self._unit() if code == "unit" else dimension.expression(connection.vendor)

    def _unit(self) -> str:
        """The unit that a row is shown under, by ``depth``."""
        scope, depth = self.scope, self.query.depth
        if scope.unit is None:
            return self._topmost() if scope.tops and depth != "descendants" else "h.unit_id"
        if depth == "children" and not self._days_differ:
            return self._child_of_one_tree()
        self._join_up()
        if depth == "descendants":
            # A home outside the subtree is "not placed", as at every other depth.
            return "CASE WHEN up.depth IS NULL THEN NULL ELSE h.unit_id END"
        if depth == "self":
            return "up.ancestor_id"
        self.joins.append(f"LEFT JOIN {self._tree} child ON {self._child_of('h.unit_id')}")
        return "child.ancestor_id"

    def _child_of(self, home: str) -> str:
        """The child on the way down; what the unit owns itself is shown under its own code."""
        step = "CASE WHEN up.depth = 0 THEN 0 ELSE up.depth - 1 END"
        return f"child.descendant_id = {home} AND child.depth = {step}{self._on_day('child')}"

    def _child_of_one_tree(self) -> str:
        """Where one tree holds for all rows, its units are laid beside each other once, and not for each of them."""
        self._join_home()
        self._bind("unit", self.scope.unit)
        self.joins.append(
            f"LEFT JOIN (SELECT up.descendant_id, child.ancestor_id FROM {self._tree} up"
            f" JOIN {self._tree} child ON {self._child_of('up.descendant_id')}"
            f" WHERE up.ancestor_id = %(unit)s{self._on_day('up')}) shown ON shown.descendant_id = h.unit_id"
        )
        if self.scope.narrows:
            self.where.append("shown.ancestor_id IS NOT NULL")
            self.is_narrowed = True
        return "shown.ancestor_id"

    def _topmost(self) -> str:
        """Of several units that the answer begins at: the highest above the row; a granted team's own unit, if none."""
        tops = self._names("top", self.scope.tops)
        above = f"x.ancestor_id IN ({tops}){self._on_day('x')}"
        if self._days_differ:
            found = (
                f"(SELECT x.ancestor_id FROM {self._tree} x WHERE x.descendant_id = h.unit_id AND {above}"
                " ORDER BY x.depth DESC LIMIT 1)"
            )
        else:
            # Where one tree holds for all rows, it is looked through once and not for each of them.
            higher = f"y.depth > x.depth AND y.ancestor_id IN ({tops}){self._on_day('y')}"
            self.joins.append(
                f"LEFT JOIN (SELECT x.descendant_id, x.ancestor_id FROM {self._tree} x WHERE {above} AND NOT EXISTS"
                f" (SELECT 1 FROM {self._tree} y WHERE y.descendant_id = x.descendant_id AND {higher}))"
                " topmost ON topmost.descendant_id = h.unit_id"
            )
            found = "topmost.ancestor_id"
            if self.scope.units == self.scope.tops and not self.scope.teams:
                self.where.append("topmost.ancestor_id IS NOT NULL")
                self.is_granted = True
        return f"COALESCE({found}, h.unit_id)" if self.scope.teams else found

    # --- where the rows stand -----------------------------------------------------------------------------------------
    @property
    def _tree(self) -> str:
        return "tree_now" if self.query.hierarchy == "as_is" else "teams_unitancestry"

    @property
    def _days_differ(self) -> bool:
        """Whether units may stand elsewhere for one row than for another."""
        query = self.query
        return query.hierarchy != "as_is" and (query.start is None or query.start != query.end)

    def _on_day(self, row: str) -> str:
        """Valid on the day of the figure; ``as_is`` reads tables that hold only what stands today."""
        if self.query.hierarchy == "as_is":
            return ""
        # Of one day it is said once: what does not hold then need not be laid beside the rows at all.
        day = "t.day" if self._days_differ else self._bind("day", self.query.start)
        return f" AND {_VALID.format(row=row, day=day)}"

    def _join_home(self) -> None:
        self.reads_homes = True
        table = "home_now" if self.query.hierarchy == "as_is" else "teams_teamhome"
        self.joins.append(f"LEFT JOIN {table} h ON h.team_id = t.team_id{self._on_day('h')}")

    def _join_up(self) -> None:
        self._join_home()
        self._bind("unit", self.scope.unit)
        how = "JOIN" if self.scope.narrows else "LEFT JOIN"
        self.joins.append(
            f"{how} {self._tree} up ON up.descendant_id = h.unit_id AND up.ancestor_id = %(unit)s{self._on_day('up')}"
        )

    # --- which rows count ---------------------------------------------------------------------------------------------
    def _narrow(self) -> None:
        query, scope = self.query, self.scope
        if scope.unit is not None and scope.narrows and not self.is_narrowed:
            self._join_up()
        if (scope.units is not None or scope.teams is not None) and not self.is_granted:
            self._narrow_to_grants()
        if query.start:
            self.where.append(f"t.day >= {self._bind('start', query.start)}")
        if query.end:
            self.where.append(f"t.day <= {self._bind('end', query.end)}")
        if query.state == "approved":
            self.where.append("t.state IN ('approved', 'locked')")
        if self.filters.campaigns is not None:
            self.where.append(f"t.campaign_id IN ({self._names('campaign', self.filters.campaigns)})")
        if self.filters.services is not None:
            self.where.append(f"t.service_id IN ({self._names('service', self.filters.services)})")

    def _narrow_to_grants(self) -> None:
        """A row counts once, however many of the caller's grants cover it."""
        allowed = []
        if self.scope.units:
            self._join_home()
            units = self._names("granted", self.scope.units)
            allowed.append(
                f"EXISTS (SELECT 1 FROM {self._tree} g WHERE g.descendant_id = h.unit_id AND g.ancestor_id IN ({units})"
                f"{self._on_day('g')})"
            )
        if self.scope.teams:
            allowed.append(f"t.team_id IN ({self._names('team', self.scope.teams)})")
        self.where.append(f"({' OR '.join(allowed)})" if allowed else "1 = 0")

    # --- values -------------------------------------------------------------------------------------------------------
    def _bind(self, name: str, value) -> str:
        if isinstance(value, dt.date):
            value = connection.ops.adapt_datefield_value(value)
        self.values[name] = value
        return f"%({name})s"

    def _names(self, name: str, values: Iterable) -> str:
        return ", ".join(self._bind(f"{name}_{number}", value) for number, value in enumerate(values)) or "NULL"
