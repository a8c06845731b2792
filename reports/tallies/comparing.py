# ruff: noqa: S608 - the texts are put together from constants of this package; values are bound
"""Which slices have a tally that is not what the raw rows say: one pass over them, and nothing is written.

Almost always everything is equal, and to write ten tallies with their indexes costs many times what it costs to find
that out. A coarse cut is compared with the sums of its finer one, which is compared with the raw rows in its turn.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection

from reports.events.models import FigureEvent
from reports.models import DayTally
from reports.tallies.cuts import CUTS, DAY, OF_LINES, PRESENCE, Cut
from reports.tallies.slices import Slice, among, next_month
from reports.tallies.statements import DIALECTS, LINES, PARTS_OF_DAY, PRESENT, SESSIONS, WHOLE, kept

# Cells are kept in memory, not in files. Pieces are small and at work on every processor already: workers that each
# look at all logs for one piece would do the work many times over.
_SETTINGS = {
    "postgresql": (
        "SET LOCAL work_mem = '48MB'",
        "SET LOCAL max_parallel_workers_per_gather = 0",
        "SET LOCAL random_page_cost = 1.1",
        "SET LOCAL jit = off",
    )
}


def _unequal(of: str, key: Iterable[str], measures: Iterable[str], counted: str, kept: str) -> str:
    """``of`` each cell in which what is counted (a FROM) is not what is kept: what is kept is taken from it."""
    columns, added = ", ".join(key), ", ".join(measures)
    taken = ", ".join(f"-{measure}" for measure in measures)
    # A row of zeros on one side only is a difference too.
    differs = " OR ".join(["MIN(side) = MAX(side)", *(f"SUM({measure}) <> 0" for measure in measures)])
    return (
        f"SELECT {of} FROM (SELECT {columns}, {added}, 1 AS side FROM {counted}"
        f" UNION ALL SELECT {columns}, {taken}, 0 FROM {kept}) sides GROUP BY {columns} HAVING {differs}"
    )


def _of_days(cut: Cut, counted: str) -> str:
    return _unequal("team_id, day", cut.key, cut.measures, counted, kept(cut))


_OF_RAW = [_of_days(cut, "lines") for cut in OF_LINES if not cut.finer]
_STATEMENTS = [
    f"WITH lines AS MATERIALIZED ({LINES.replace('{which}', WHOLE)}) {' UNION ALL '.join(_OF_RAW)}",
    *(_of_days(cut, kept(CUTS[cut.finer])) for cut in OF_LINES if cut.finer),
    f"WITH {SESSIONS} {_of_days(PRESENCE, f'({PRESENT}) present')}",
    f"WITH {SESSIONS} {_of_days(DAY, f'({PARTS_OF_DAY}) parts')}",
]


def differing(slices: list[Slice]) -> set[Slice]:
    """Those of ``slices``, which must be locked and of one month, that have to be counted again.

    In the transaction of the caller the database gets more memory for a statement from here on.
    """
    with connection.cursor() as cursor:
        for setting in _SETTINGS.get(connection.vendor, ()):
            cursor.execute(setting)
    counted = _days_of(DayTally, slices)
    if not counted:
        return set(slices)
    # And those that the feed of events has not told of yet: counted before it was there.
    found = counted - _days_of(FigureEvent, slices)
    condition, values = _around(slices)
    words = {"slices": condition, **DIALECTS[connection.vendor]}
    with connection.cursor() as cursor:
        for statement in _STATEMENTS:
            cursor.execute(statement.format(**words), values * statement.count("{slices}"))
            found |= {Slice(_day(day), team) for team, day in cursor.fetchall()}
    # One that has appeared meanwhile is not locked, and has its own promise.
    return found & set(slices)


def _days_of(model: Any, slices: list[Slice]) -> set[Slice]:
    return {Slice(day, team) for day, team in model.objects.filter(among(slices)).values_list("day", "team")}


def _around(slices: list[Slice]) -> tuple[str, list]:
    """Rows ``s`` of these teams from the first of these days to the last: some ranges of an index, and easy to plan."""
    teams = sorted({each.team_id for each in slices})
    first, last = (connection.ops.adapt_datefield_value(day) for day in (slices[0].day, slices[-1].day))
    named = ", ".join(["%s"] * len(teams))
    return f"s.team_id IN ({named}) AND s.day >= %s AND s.day <= %s", [*teams, first, last]


def _day(value: dt.date | str) -> dt.date:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def differing_months(month: dt.date, teams: list[int]) -> set[int]:
    """Those of ``teams`` whose tallies of ``month`` are not the sums of its days, but for a month that is stale."""
    named = ", ".join(["%s"] * len(teams))
    current = (
        f"t.team_id IN ({named}) AND NOT EXISTS"
        " (SELECT 1 FROM reports_stalemonth m WHERE m.team_id = t.team_id AND m.month = %s)"
    )
    first, after = (connection.ops.adapt_datefield_value(day) for day in (month, next_month(month)))
    found: set[int] = set()
    with connection.cursor() as cursor:
        for cut in CUTS.values():
            if cut.months is None:
                continue
            days = f"{cut.days._meta.db_table} t WHERE t.day >= %s AND t.day < %s AND {current}"
            months = f"{cut.months._meta.db_table} t WHERE t.day = %s AND {current}"
            sql = _unequal("team_id", cut.month_key, cut.measures, days, months)
            cursor.execute(sql, [first, after, *teams, first, first, *teams, first])
            found |= {team for (team,) in cursor.fetchall()}
    return found
