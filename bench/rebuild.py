"""Counting all tallies anew, against the database's own way: a materialized view of the same finest grouping.

The view has one level only: the line tallies, live rows. The rebuild makes every tally, in steps, while the portal
works on.
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
    # Before and after, since other work may disturb the one or the other.
    views = [_view(database)]
    # Of a database that was filled in this run the rebuild has been measured, on empty tables.
    state = "từ bảng trống" if database.rebuilt else "trên bảng đã có số"
    usage = database.rebuilt[-1] if database.rebuilt else database.rebuild()
    views.append(_view(database))
    view, rows = sum(took for took, _rows in views) / 2, views[0][1]
    label = database.label
    note = f"rebuild_tallies {usage.seconds:.1f} giây ({state})"
    note += f"; CREATE MATERIALIZED VIEW {' và '.join(f'{took:.1f}' for took, _rows in views)} giây, {rows:,} dòng"
    return [
        at_most(f"Tính lại {label} so với CREATE MATERIALIZED VIEW", usage.seconds / view, TIMES_THE_VIEW, note=note),
        at_most(f"Bộ nhớ nhiều nhất của một tiến trình tính lại {label}", usage.peak_mb, MOST_MB, "MB"),
    ]


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
