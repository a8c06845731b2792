"""Which day is checked next: new days often, every day within ``PROOF_WITHIN_DAYS``."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Max

from core.dated import DAY, today
from reports.proof.models import ProofCheck, ProofFinding, ProofKind
from reports.tallies.drift import CELLS
from services_help.models import Session

HOUR = dt.timedelta(hours=1)
# (a day as old as this or younger, how often)
OFTEN = ((1, HOUR / 2), (7, 6 * HOUR), (31, 2 * DAY))
# Something was found there: is it mended by now?
FOLLOW_UP = dt.timedelta(minutes=2)
LONG_AGO = dt.timedelta(days=36500)


@dataclass(frozen=True, order=True)
class Unit:
    """What is checked as one: a day, or a month by its first day."""

    day: dt.date
    kind: str = ProofKind.DAY


def interval_of(unit: Unit, now_on: dt.date, found: frozenset[dt.date] = frozenset()) -> dt.timedelta:
    if unit.day in found:
        return FOLLOW_UP
    longest = dt.timedelta(days=settings.PROOF_WITHIN_DAYS)
    if unit.kind == ProofKind.MONTH:
        # Most of the running month is read by its days, and has no tally to check.
        return min(DAY, longest) if (now_on - unit.day).days <= 62 else longest
    age = (now_on - unit.day).days
    return min(next((often for oldest, often in OFTEN if age <= oldest), longest), longest)


def due(
    units: Iterable[Unit],
    last: Mapping[Unit, dt.datetime],
    now: dt.datetime,
    now_on: dt.date,
    found: frozenset[dt.date] = frozenset(),
) -> list[Unit]:
    """What is due, the most overdue for its age first; of what was never checked the newest first."""

    def lateness(unit: Unit) -> float:
        since = now - last[unit] if unit in last else LONG_AGO
        return since / interval_of(unit, now_on, found)

    late = {unit: lateness(unit) for unit in units}
    never = [unit for unit in late if unit not in last]
    waiting = [unit for unit, by in late.items() if unit in last and by >= 1]
    # Those with a finding come even before what was never looked at.
    waiting.sort(key=lambda unit: (unit.day in found, late[unit]), reverse=True)
    urgent = [unit for unit in waiting if unit.day in found]
    return [*urgent, *sorted(never, reverse=True), *waiting[len(urgent) :]]


def due_now(now: dt.datetime) -> list[Unit]:
    found = frozenset(ProofFinding.objects.open().values_list("day", flat=True).distinct())
    return due(known_units(), last_checks(), now, today(), found)


def last_checks() -> dict[Unit, dt.datetime]:
    rows = ProofCheck.objects.filter(finished_at__isnull=False).order_by().values_list("kind", "day")
    return {Unit(day, kind): at for kind, day, at in rows.annotate(Max("finished_at"))}


# --- what there is ----------------------------------------------------------------------------------------------------
def known_units() -> set[Unit]:
    """Raw rows are never deleted, so every month with a tally has a day; ``verify_tallies`` looks for others too."""
    days = set().union(*(distinct_days(model) for model in (Session, *CELLS)))
    return {Unit(day) for day in days} | {Unit(day.replace(day=1), ProofKind.MONTH) for day in days}


def distinct_days(model) -> set[dt.date]:
    """The days of a table by one look at its index for each: DISTINCT would read every row of it."""
    table = model._meta.db_table
    sql = f"""
        WITH RECURSIVE found (day) AS (
            SELECT MIN(day) FROM {table}
            UNION ALL
            SELECT (SELECT MIN(t.day) FROM {table} t WHERE t.day > found.day) FROM found WHERE found.day IS NOT NULL
        ) SELECT day FROM found WHERE day IS NOT NULL"""  # noqa: S608 - a table of ours
    with connection.cursor() as cursor:
        cursor.execute(sql)
        # SQLite hands dates over as texts.
        return {dt.date.fromisoformat(day) if isinstance(day, str) else day for (day,) in cursor.fetchall()}
