"""The points of a day, the hardest pressed first: sorted where they are, so that a page of them costs a page.

What was planned, which shifts stand there and what the statistics know of them is laid together and added up by point;
the ORM has no way to group what it has put together, hence the SQL around its querysets.
"""

from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from desk.board.question import Board
from desk.board.shifts import given_so_far
from reports.models import DayTally

# Below this a rate is chance.
LEAST_HOURS = 2
_PARTS = {
    "plans": "SELECT point, starts_at AS first, 0 AS shifts, 0 AS still_open, 0.0 AS people, 0.0 AS turns,"
    " 0.0 AS volunteers, 0.0 AS minutes FROM ({part}) plan",
    "shifts": "SELECT point, NULL, 1, CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END, 0, 0, 0, 0 FROM ({part}) shift",
    # As floating numbers: PostgreSQL would add up whole ones as decimals, for three times the price.
    "done": "SELECT point, NULL, 0, 0, CAST(people AS double precision), CAST(service_turns AS double precision),"
    " CAST(volunteer_turns AS double precision), CAST(volunteer_minutes AS double precision) FROM ({part}) done",
    "so_far": "SELECT point, NULL, 0, 0, 0, 0, 0, given FROM ({part}) so_far",
}
# The hardest pressed first; then those that should be open and are not.
_SQL = """
SELECT point, CASE WHEN still_open > 0 THEN 1 WHEN shifts > 0 THEN 3 WHEN first <= %s THEN 0 ELSE 2 END AS state,
    people, turns, volunteers, minutes
FROM (
    SELECT point, MIN(first) AS first, SUM(shifts) AS shifts, SUM(still_open) AS still_open, SUM(people) AS people,
        SUM(turns) AS turns, SUM(volunteers) AS volunteers, SUM(minutes) AS minutes
    FROM ({parts}) parts GROUP BY point
) found
WHERE shifts > 0 OR first IS NOT NULL
ORDER BY CASE WHEN minutes >= %s THEN turns / minutes ELSE 0 END DESC, state, point
{page}
"""
# By the number that they are sorted by.
_STATES = ("missing", "open", "due", "closed")


class Pressed(NamedTuple):
    point: int
    state: str
    people: int
    turns: int
    volunteers: int
    minutes: int


def hardest_first(board: Board, start: int, stop: int | None) -> list[Pressed]:
    texts, values = [], []
    for name, part in _parts(board).items():
        text, bound = part.query.sql_with_params()
        texts.append(_PARTS[name].format(part=text))
        values += bound
    # Whoever wants all of them begins with the first.
    page = "" if stop is None else f"LIMIT {stop - start:d} OFFSET {start:d}"
    due_by = None if board.due_by is None else connection.ops.adapt_timefield_value(board.due_by)
    with connection.cursor() as cursor:
        sql = _SQL.format(parts=" UNION ALL ".join(texts), page=page)
        cursor.execute(sql, [due_by, *values, LEAST_HOURS * 60])
        return [Pressed(point, _STATES[state], *map(int, figures)) for point, state, *figures in cursor.fetchall()]


def _parts(board: Board) -> dict[str, QuerySet]:
    shifts = board.sessions().filter(point__isnull=False).order_by()
    # Of the teams whose shifts the reader sees.
    done = board.seen(DayTally.objects.filter(day=board.day, point__isnull=False)).order_by()
    parts: dict[str, QuerySet] = {
        "plans": board.plans().filter(point__isnull=False).order_by().values("point", "starts_at"),
        "shifts": shifts.values("point", "ended_at"),
        "done": done.values("point", "people", "service_turns", "volunteer_turns", "volunteer_minutes"),
    }
    if board.is_today:
        parts["so_far"] = given_so_far(shifts, "point", board.now)
    return parts
