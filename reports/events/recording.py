"""Writing the feed, in the transaction that changes the tallies.

A reader asks for what came after the last number that it knows. So a number must never appear below one that has
been seen; numbers from a sequence would, whenever the transaction that drew the lower one commits last. Here a number
is taken from one row whose lock is held until the commit: whoever takes the next has waited for that commit, and the
order of the numbers is the order in which they become visible.

A number is the time in microseconds, or one more than the last where the clock has not moved on (or was set back). So
it tells when, which the freshness of every answer tells as well, and never how many changes there were in other parts
of the city. After a database is restored from a backup, new numbers are above all that were ever handed out.
"""

import time
from collections.abc import Iterable, Sequence
from itertools import batched

from django.db import connection
from django.utils import timezone

from core.models import Revision
from reports.tallies.slices import Slice, by_day

COUNTER = "events"
# Events of one number are never parted by a page of the feed: this bounds how far a page can outgrow its limit.
MOST_OF_A_NUMBER = 500

_LATER = {"postgresql": "GREATEST", "sqlite": "MAX"}
_NUMBER = """
UPDATE core_revision SET number = {later}(number + 1, %s), changed_at = %s WHERE name = %s RETURNING number"""
# A campaign whose last session in a slice was taken back has no tally there any more, but has changed.
_MOVE = """
INSERT INTO reports_figureevent (team_id, day, campaign_id, number)
SELECT s.team_id, s.day, s.campaign_id, {number:d} FROM reports_daytally s WHERE {slices}
UNION SELECT s.team_id, s.day, s.campaign_id, {number:d} FROM reports_figureevent s WHERE {slices}
ON CONFLICT (team_id, day, COALESCE(campaign_id, 0)) DO UPDATE SET number = excluded.number"""


def record(slices: Iterable[Slice]) -> None:
    """Tell that the figures of ``slices`` have changed. Call it last but for ``Revision.bump``: others wait from here.

    Which campaign's figures have changed is not known here: all those of the slice, now or before, are told.
    """
    for some in batched(sorted(set(slices)), MOST_OF_A_NUMBER):
        _move(some, _next_number())


def _next_number() -> int:
    with connection.cursor() as cursor:
        sql = _NUMBER.format(later=_LATER[connection.vendor])
        values = [time.time_ns() // 1000, connection.ops.adapt_datetimefield_value(timezone.now()), COUNTER]
        cursor.execute(sql, values)
        if (row := cursor.fetchone()) is None:
            Revision.objects.bulk_create([Revision(name=COUNTER)], ignore_conflicts=True)
            cursor.execute(sql, values)
            row = cursor.fetchone()
    return row[0]


def _move(slices: Sequence[Slice], number: int) -> None:
    parts, values = [], []
    for day, teams in by_day(slices).items():
        parts.append(f"(s.day = %s AND s.team_id IN ({', '.join(['%s'] * len(teams))}))")
        values += [connection.ops.adapt_datefield_value(day), *teams]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE.format(number=number, slices=f"({' OR '.join(parts)})"), values * 2)
