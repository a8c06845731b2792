"""Counting everything anew while the portal works on: a month of some teams at a time, each in a transaction.

Readers never see half of a piece, and a run that is stopped has done what it has done.
"""

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from reports.tallies import months
from reports.tallies.counting import mend
from reports.tallies.cuts import CUTS
from reports.tallies.slices import adopt_orphans, all_days, first_of_month, pieces_of_month


def rebuild(progress: Callable[[int, int], None] | None = None) -> int:
    """Make every tally equal to the raw rows; returns the number of slices that were looked at.

    ``progress(days done, days in all)`` is called as the days are done, in their order; at the end the months that have
    changed are added up. One piece for each processor at a time, where the database lets several write.
    """
    adopt_orphans()
    days, done = all_days(), 0
    by_month = Counter(map(first_of_month, days))
    pieces = [(month, teams) for month in by_month for teams in pieces_of_month(month)]
    left = Counter(month for month, _teams in pieces)
    told = 0
    with ThreadPoolExecutor(_at_once()) as pool:
        try:
            for (month, _teams), slices in zip(pieces, _each(pool, _mend, pieces), strict=True):
                done += slices
                left[month] -= 1
                for _day in range(0 if left[month] else by_month[month]):
                    told += 1
                    if progress:
                        progress(told, len(days))
            list(_each(pool, months.fold, [dt.timedelta(0)] * _at_once()))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    _tell_the_planner()
    return done


def _at_once() -> int:
    return os.cpu_count() or 1 if connection.features.has_select_for_update_skip_locked else 1


def _mend(piece: tuple[dt.date, list[int]]) -> int:
    return mend(*piece)


def _each[T](pool: ThreadPoolExecutor, work: Callable[[T], int], pieces: Iterable[T]) -> Iterator[int]:
    """In their order; not on other connections, if those would not see what this one has not committed, or get in."""
    if connection.in_atomic_block or _at_once() == 1:
        return map(work, pieces)

    def work_apart(piece: T) -> int:
        try:
            return work(piece)
        finally:
            connection.close()

    return pool.map(work_apart, pieces)


def _tell_the_planner() -> None:
    """A database that has not noticed yet how much there is now would read it in the slowest way."""
    tables = [model._meta.db_table for cut in CUTS.values() for model in (cut.days, cut.months) if model]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
