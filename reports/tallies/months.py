# ruff: noqa: S608 - the texts are put together from constants of this package; values are bound
"""Tallies by month: the sums of the days, of months in which nothing has changed for a while.

A slice that changes marks its month as stale in the same transaction, and a stale month is read by its days: so an
answer is exact whether or not a month has been folded yet, and a busy day costs no more than its mark. Folding changes
no figure.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone

from reports.models import StaleMonth
from reports.tallies.cuts import CUTS, Cut
from reports.tallies.pressing import figures_wait
from reports.tallies.slices import Slice, first_of_month, next_month

QUIET = dt.timedelta(minutes=1)
FOLD_CHUNK = 50


def mark(slices: Iterable[Slice]) -> None:
    """The months of ``slices`` are read by their days from this commit on.

    A mark that is there is held until the commit: nobody folds the month while its days are about to change.
    """
    months = sorted({(first_of_month(each.day), each.team_id) for each in slices})
    StaleMonth.objects.bulk_create(
        [StaleMonth(month=month, team_id=team) for month, team in months],
        update_conflicts=True,
        unique_fields=["month", "team"],
        update_fields=["touched_at"],
    )


def fold(quiet: dt.timedelta = QUIET, *, makes_way: bool = False) -> int:
    """Add up the stale months that nothing has touched for ``quiet``; returns how many. Any number may run at once.

    ``makes_way``: leave the rest for the next time while figures wait; folding changes none of them.
    """
    done = 0
    while folded := _fold_some(timezone.now() - quiet):
        done += folded
        if makes_way and figures_wait():
            break
    return done


@transaction.atomic
def _fold_some(before: dt.datetime) -> int:
    stale = StaleMonth.objects.filter(touched_at__lte=before).order_by("month", "team")
    if connection.features.has_select_for_update_skip_locked:
        stale = stale.select_for_update(skip_locked=True)
    rows = list(stale[:FOLD_CHUNK])
    teams: dict[dt.date, list[int]] = {}
    for row in rows:
        teams.setdefault(row.month, []).append(row.team_id)
    for month, ids in teams.items():
        for cut in CUTS.values():
            _fold_cut(cut, month, ids)
    StaleMonth.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _fold_cut(cut: Cut, month: dt.date, teams: list[int]) -> None:
    if cut.months is None:
        return
    cut.months.objects.filter(day=month, team__in=teams).delete()
    others = cut.month_key
    sums = ", ".join(f"SUM({measure})" for measure in cut.measures)
    first, following = (connection.ops.adapt_datefield_value(day) for day in (month, next_month(month)))
    as_day = "%s::date" if connection.vendor == "postgresql" else "%s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {cut.months._meta.db_table} (day, {', '.join(others)}, {', '.join(cut.measures)})"
            f" SELECT {as_day}, {', '.join(others)}, {sums} FROM {cut.days._meta.db_table}"
            f" WHERE day >= %s AND day < %s AND team_id IN ({', '.join(['%s'] * len(teams))})"
            f" GROUP BY {', '.join(others)}",
            [first, first, following, *teams],
        )
