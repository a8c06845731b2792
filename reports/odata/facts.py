"""Figures, walked through in time: each question to the engine is about some days, and no day is asked twice.

So a year of every team is answered although it has more rows than the engine gives at once, and a page never tells a
row again or leaves one out: pages are periods. A period with too many rows is halved; after a sparse one the next is
longer.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from core.dated import DAY
from reports.odata.codes import Codes
from reports.odata.model import EntitySet, Facts
from reports.odata.narrowing import Days, days_of, values_of
from reports.odata.options import Options
from reports.stats import engine
from reports.stats.engine import STATES
from reports.stats.problems import BadQuery, TooManyRows, UnknownUnit
from reports.stats.query import MOST_VALUES, StatsQuery
from teams.access import Access

# More rows than this in a period of several days: ask for less at once.
MOST_IN_A_PERIOD = 10_000
FIRST_PERIOD = {"day": 31, "month": 1}
LONGEST_PERIOD = {"day": 3_660, "month": 120}


class Period(NamedTuple):
    start: dt.date
    end: dt.date


def step(time: str, day: dt.date, count: int) -> dt.date:
    """``count`` days, or months from the first of one, on."""
    if time == "day":
        return day + count * DAY
    months = day.year * 12 + day.month - 1 + count
    return dt.date(months // 12, months % 12 + 1, 1)


@dataclass
class Feed:
    """One table of figures as one caller may see it, narrowed to what the filter can let through."""

    table: EntitySet
    access: Access
    base: StatsQuery
    options: Options
    fresh: dict
    codes: Codes

    def __post_init__(self):
        self.states: set[str] = set()

    @property
    def facts(self) -> Facts:
        assert self.table.facts is not None  # noqa: S101 - what the view looked at before it made a feed
        return self.table.facts

    # --- the question -------------------------------------------------------------------------------------------------
    @cached_property
    def measures(self) -> dict[str, str]:
        """Column -> measure: what the answer names, and what tells which rows there are."""
        every, named = dict(self.table.measures), self.options.named
        if named is None or self.facts.in_every_row is None:
            return every
        kept = {*named} | {column for column, code in every.items() if code in self.facts.in_every_row}
        return {column: code for column, code in every.items() if column in kept}

    @cached_property
    def query(self) -> StatsQuery:
        query = replace(self.base, measures=tuple(self.measures.values()), by=self.facts.by, depth="descendants")
        for narrowed in (self._in_units, self._in_campaigns, self._in_services):
            query = self._if_known(narrowed(query), query)
        return query

    def _if_known(self, narrowed: StatsQuery, query: StatsQuery) -> StatsQuery:
        """A code that the engine does not know (or not for this caller) narrows nothing; the filter leaves no row."""
        if narrowed == query:
            return query
        try:
            engine.plan(narrowed, self.access)
        except (BadQuery, UnknownUnit):
            return query
        return narrowed

    def _in_units(self, query: StatsQuery) -> StatsQuery:
        values = values_of(self.options.filter, "unit")
        if query.unit or values is None or len(values) != 1 or None in values:
            return query
        (code,) = values
        return replace(query, unit=self.codes.exact(code))

    def _in_campaigns(self, query: StatsQuery) -> StatsQuery:
        values = values_of(self.options.filter, "campaign") or ()
        fits = not query.campaign and None not in values and 0 < len(values) <= MOST_VALUES
        return replace(query, campaign=tuple(sorted(values))) if fits else query

    def _in_services(self, query: StatsQuery) -> StatsQuery:
        values = values_of(self.options.filter, "service") or ()
        fits = None not in values and 0 < len(values) <= MOST_VALUES
        return replace(query, service=tuple(sorted(values))) if fits else query

    @cached_property
    def days(self) -> Days:
        """The days that the filter lets through."""
        return days_of(self.options.filter, self.facts.time).both(self._days_of_keys)

    @property
    def _days_of_keys(self) -> Days:
        """The key of a row begins with its day: a look-up by key asks for that day only."""
        keys = values_of(self.options.filter, "id")
        days = [_day_of(key) for key in keys or ()]
        known = [day for day in days if day]
        return Days(min(known), max(known)) if known and len(known) == len(days) else Days()

    @cached_property
    def months(self) -> list[dt.date]:
        """The first days of the months that have rows; one question tells them."""
        days = self.days
        if days.first and days.last and days.first > days.last:
            return []
        whole_months = replace(self.query, start=days.first and days.first.replace(day=1), end=_end_of_month(days.last))
        asked = replace(whole_months, by=("month",), measures=self._presence)
        rows = engine.run(self._plan(asked), self.fresh).rows
        return [dt.date.fromisoformat(f"{row['month']}-01") for row in rows]

    @cached_property
    def extent(self) -> Period | None:
        """From the first to the last day that may have rows."""
        if not self.months:
            return None
        first, last = self.months[0], _end_of_month(self.months[-1]) or dt.date.max
        if self.facts.time == "day":
            first, last = max(first, self.days.first or first), min(last, self.days.last or last)
        return Period(first, last) if first <= last else None

    @property
    def _presence(self) -> tuple[str, ...]:
        return self.facts.in_every_row or self.query.measures

    def _plan(self, query: StatsQuery) -> engine.Plan:
        return engine.plan(query, self.access)

    # --- the rows -----------------------------------------------------------------------------------------------------
    def walk(self, start: dt.date | None, length: int | None, *, backwards: bool) -> Iterator[tuple[Period, int, list]]:
        """(period, its length, its rows) from ``start`` on, towards the end of time or its beginning."""
        if self.extent is None:
            return
        time, (first, last) = self.facts.time, self.extent
        # ``at`` is the edge that the walk comes from: the first day, or (backwards) the day after the last.
        at = start or (step(time, _floor(time, last), 1) if backwards else first)
        length = length or FIRST_PERIOD[time]
        while at > first if backwards else at <= last:
            at = self._past_the_gap(at, backwards=backwards)
            other = step(time, at, -length if backwards else length)
            low, high = (other, at) if backwards else (at, other)
            period = Period(max(low, first), min(high - DAY, last))
            rows = self._rows_or_too_many(period, alone=length == 1)
            if rows is None:
                length = max(1, length // 2)
                continue
            at = other
            length = min(length * _growth(len(rows)), LONGEST_PERIOD[time])
            yield period, length, rows

    def _past_the_gap(self, at: dt.date, *, backwards: bool) -> dt.date:
        """``at``, or where the next month with rows begins (backwards: ends)."""
        month = (at - DAY if backwards else at).replace(day=1)
        if month in self.months:
            return at
        if backwards:
            before = [other for other in self.months if other < month]
            return step("month", before[-1], 1) if before else at
        after = [other for other in self.months if other > month]
        return after[0] if after else at

    def _rows_or_too_many(self, period: Period, *, alone: bool) -> list[dict] | None:
        try:
            rows = self.rows(period)
        except TooManyRows:
            if alone:
                raise
            return None
        return rows if alone or len(rows) <= MOST_IN_A_PERIOD else None

    def rows(self, period: Period) -> list[dict]:
        """Every row of the period, in the order of time and then of names."""
        plan = self._plan_of(period)
        if plan is None:
            return []
        answer = engine.run(plan, self.fresh)
        if answer.freshness["state"]:
            self.states.add(answer.freshness["state"])
        return [self._row(answer, row, period) for row in answer.rows]

    def _plan_of(self, period: Period) -> engine.Plan | None:
        """A unit that was the caller's in other days only: nothing, if asked for by name; else ask without it."""
        query = replace(self.query, start=period.start, end=period.end)
        try:
            return self._plan(query)
        except UnknownUnit:
            return None if self.base.unit else self._plan(replace(query, unit=None))

    def _row(self, answer: engine.Answer, row: dict, period: Period) -> dict:
        made: dict = {"id": ""}
        for code in self.facts.by:
            if code in ("day", "month"):
                made[code] = dt.date.fromisoformat(row[code] if code == "day" else f"{row[code]}-01")
            else:
                made[code] = self.codes.stable(code, row[code], *period)
                made[f"{code}_label"] = answer.label(code, row[code])
        made["id"] = "|".join(_key_part(made[code]) for code in self.facts.by)
        return made | {column: row[code] for column, code in self.measures.items()}

    @property
    def state(self) -> str | None:
        """The least certain state behind the rows told so far."""
        return next((state for state in STATES if state in self.states), None)


def _growth(rows: int) -> int:
    """How many times longer the next period may be, to have about half of the rows that it may have."""
    return min(4, max(1, MOST_IN_A_PERIOD // (2 * max(1, rows))))


def _key_part(value) -> str:
    if value is None:
        return ""
    return str(value).replace("%", "%25").replace("|", "%7C")


def _day_of(key) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(key).partition("|")[0])
    except ValueError:
        return None


def _floor(time: str, day: dt.date) -> dt.date:
    return day if time == "day" else day.replace(day=1)


def _end_of_month(day: dt.date | None) -> dt.date | None:
    if day is None or day.year == dt.MAXYEAR:
        return None
    return step("month", day.replace(day=1), 1) - DAY
