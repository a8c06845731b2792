# ruff: noqa: S608 - the texts are put together from constants of this package; every value is bound by name
"""Where a SELECT reads a tally from: its days, or whole months as far as they can tell the same and days for the rest.

A month is read by its days where it has changed since it was folded, and, for ``as_was``, where the team's home or its
line of units changes within it. Which those are is part of the same statement, so that all of it sees one moment.
"""

import datetime as dt
from collections.abc import Callable

from django.db import connection

from reports.tallies.cuts import PLACE, Cut
from reports.tallies.slices import first_of_month, next_month

_DIALECTS = {
    "postgresql": {
        "month": "date_trunc('month', {day})::date",
        "next": "({day} + INTERVAL '1 month')::date",
        "tomorrow": "{day} + 1",
        "is_first": "EXTRACT(DAY FROM {day}) = 1",
    },
    "sqlite": {
        "month": "date({day}, 'start of month')",
        "next": "date({day}, '+1 month')",
        "tomorrow": "date({day}, '+1 day')",
        "is_first": "strftime('%%d', {day}) = '01'",
    },
}
# The first day of each new home of a team, of each new line above its home, and the first without.
_CHANGES = """
    SELECT h.team_id, h.valid_from AS day FROM teams_teamhome h
    UNION SELECT h.team_id, {h_tomorrow} FROM teams_teamhome h WHERE h.valid_to IS NOT NULL
    UNION SELECT h.team_id, a.valid_from FROM teams_unitancestry a JOIN teams_teamhome h ON h.unit_id = a.descendant_id
    UNION SELECT h.team_id, {a_tomorrow} FROM teams_unitancestry a JOIN teams_teamhome h ON h.unit_id = a.descendant_id
    WHERE a.valid_to IS NOT NULL"""


def whole_months(start: dt.date | None, end: dt.date | None) -> tuple[dt.date | None, dt.date | None] | None:
    """The first of the first whole month of a period, and the first day after the last; None, if there is none.

    A side without end stays without.
    """
    first = start if start is None or start.day == 1 else next_month(start)
    after = None
    if end is not None:
        after = next_month(end) if next_month(end) == end + dt.timedelta(days=1) else first_of_month(end)
    return None if first and after and first >= after else (first, after)


class MonthlySource:
    """``FROM`` of a cut that is kept by month, for a question that needs no days within months."""

    def __init__(self, cut: Cut, start: dt.date | None, end: dt.date | None, bind: Callable[[str, object], str]):
        self.cut, self.start, self.end, self.bind = cut, start, end, bind
        self.columns = [*PLACE, *cut.columns, *cut.measures]
        self.first, self.after = whole_months(start, end) or (None, None)

    @classmethod
    def fits(cls, cut: Cut, start: dt.date | None, end: dt.date | None) -> bool:
        return cut.months is not None and whole_months(start, end) is not None

    def by_day(self, *, as_was: bool) -> str:
        """The CTE of months that are read by their days."""
        words = _DIALECTS[connection.vendor]
        parts = [f"SELECT team_id, month FROM reports_stalemonth WHERE {self._whole('month')}"]
        if as_was:
            changes = _CHANGES.format(
                h_tomorrow=words["tomorrow"].format(day="h.valid_to"),
                a_tomorrow=words["tomorrow"].format(day="a.valid_to"),
            )
            within = f"NOT ({words['is_first'].format(day='c.day')}) AND {self._whole('c.day')}"
            parts.append(f"SELECT c.team_id, {words['month'].format(day='c.day')} FROM ({changes}) c WHERE {within}")
        found = " UNION ".join(parts)
        following = words["next"].format(day="month")
        return f"by_day AS (SELECT team_id, month, {following} AS following FROM ({found}) found)"

    def rows(self, narrow: str = "") -> str:
        """``narrow``: a condition on ``{row}.team_id`` that lets the database look up only the teams that can count."""
        days, months = self.cut.days._meta.db_table, self.cut.months._meta.db_table
        narrowed = f" AND {narrow}" if narrow else ""

        def select(row: str) -> str:
            return "SELECT " + ", ".join(f"{row}.{column}" for column in self.columns)

        parts = [
            f"{select('m')} FROM {months} m WHERE {self._whole('m.day')}{narrowed.format(row='m')}"
            " AND NOT EXISTS (SELECT 1 FROM by_day b WHERE b.team_id = m.team_id AND b.month = m.day)",
            f"{select('d')} FROM by_day b JOIN {days} d ON d.team_id = b.team_id AND d.day >= b.month"
            f" AND d.day < b.following WHERE {self._whole('b.month')}{narrowed.format(row='d')}",
        ]
        if self.start and self.first and self.start < self.first:
            edge = f"e.day >= {self.bind('start', self.start)} AND e.day < {self.bind('first', self.first)}"
            parts.append(f"{select('e')} FROM {days} e WHERE {edge}{narrowed.format(row='e')}")
        if self.end and self.after and self.after <= self.end:
            edge = f"e.day >= {self.bind('after', self.after)} AND e.day <= {self.bind('end', self.end)}"
            parts.append(f"{select('e')} FROM {days} e WHERE {edge}{narrowed.format(row='e')}")
        return f"({' UNION ALL '.join(parts)}) t"

    def _whole(self, month: str) -> str:
        conditions = [f"{month} >= {self.bind('first', self.first)}"] if self.first else []
        conditions += [f"{month} < {self.bind('after', self.after)}"] if self.after else []
        return " AND ".join(conditions) or "1 = 1"
