"""Making all tallies right again, against the database's own way: a materialized view of the same finest grouping.

The view has one level only: the line tallies, live rows. The rebuild answers for every tally, in steps, while the
portal works on. Measured on tables that hold their figures, where it compares every cell and finds nothing to write,
and, if the database was filled in this run, on empty ones, where it writes every row.
"""

import contextlib
import time

from bench.databases import Database
from bench.questions import LIVE_LINE, LOGS, PEOPLE, TURNS
from bench.report import Claim, at_most

TIMES_THE_VIEW, MOST_MB = 3, 500
_PLACE = "s.team_id, s.day, s.campaign_id, s.point_id, s.state"
_KEY = f"{_PLACE}, l.service_id, l.result, l.age_group, l.channel, l.metric_id"
VIEW = f"""
CREATE MATERIALIZED VIEW bench_finest AS
SELECT {_KEY}, {PEOPLE} AS people, {TURNS} AS service_turns, sum(coalesce(l.quantity, 0)) AS quantity
{LOGS} WHERE {LIVE_LINE} GROUP BY {_KEY}"""


def measure(database: Database) -> list[Claim]:
    runs = {"từ bảng trống": database.rebuilt[0]} if database.rebuilt else {}
    # Before and after, since other work may disturb the one or the other.
    views = [_view(database)]
    runs["trên bảng đã có số"] = database.rebuild()
    views.append(_view(database))
    view, rows = sum(took for took, _rows in views) / 2, views[0][1]
    note = f"CREATE MATERIALIZED VIEW {' và '.join(f'{took:.1f}' for took, _rows in views)} giây, {rows:,} dòng"
    name = f"Tính lại {database.label} {{}} so với CREATE MATERIALIZED VIEW"
    claims = [
        at_most(name.format(state), usage.seconds / view, TIMES_THE_VIEW, note=f"{usage.seconds:.1f} giây; {note}")
        for state, usage in runs.items()
    ]
    peak = max(usage.peak_mb for usage in runs.values())
    return [*claims, at_most(f"Bộ nhớ nhiều nhất của một tiến trình tính lại {database.label}", peak, MOST_MB, "MB")]


def _view(database: Database) -> tuple[float, int]:
    """Seconds and rows. Without nested loops: what is taken back misleads the planner into millions of look-ups."""
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("DROP MATERIALIZED VIEW IF EXISTS bench_finest")
        cursor.execute("SET enable_nestloop = off")
        begin = time.perf_counter()
        cursor.execute(VIEW)
        took = time.perf_counter() - begin
        cursor.execute("SELECT count(*) FROM bench_finest")
        (rows,) = cursor.fetchone()
        cursor.execute("DROP MATERIALIZED VIEW bench_finest")
        return took, rows
