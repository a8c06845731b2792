"""The proof: count the raw rows again by another path, and compare with the tallies cell by cell.

On purpose this shares no code with the refresh: the ORM and Python here, INSERT … SELECT there. It goes through the
slices in pieces, each in one snapshot of the database: exact while the portal works, and in little memory.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Model, Sum
from django.db.models.functions import ExtractHour

from core.models import OutboxMessage
from reports.models import (
    DayTally,
    HourTally,
    LineTally,
    MetricMonthTally,
    MetricTally,
    MonthTally,
    OutcomeMonthTally,
    OutcomeTally,
    PersonMonthTally,
    PersonTally,
    PresenceMonthTally,
    PresenceTally,
    ResultMonthTally,
    ResultTally,
    RhythmMonthTally,
    RhythmTally,
    ServiceMonthTally,
    ServiceTally,
    StaleMonth,
)
from reports.tallies.slices import PARKED, STALE, Slice, all_days, among, next_month, of_day, of_voids
from services_help.models import AssistanceLog, Attendance, Session

# Teams at a time: of a day, and of a month, which has many more cells of each.
CHUNK, MONTH_CHUNK = 500, 200
_PLACE = ("team", "campaign", "point", "state")
_TURNS = ("people", "service_turns")
# Tally -> (columns of its key beyond the day, columns that are counted). Written out, and not taken from cuts.py: a
# slip there must show.
CELLS: dict[type[Model], tuple[tuple[str, ...], tuple[str, ...]]] = {
    DayTally: (_PLACE, (*_TURNS, "sessions", "volunteer_turns", "volunteer_minutes")),
    RhythmTally: ((*_PLACE, "hour"), _TURNS),
    ServiceTally: ((*_PLACE, "service"), _TURNS),
    MetricTally: ((*_PLACE, "metric"), ("quantity",)),
    PersonTally: ((*_PLACE, "age_group", "channel"), _TURNS),
    OutcomeTally: ((*_PLACE, "result", "age_group"), _TURNS),
    ResultTally: ((*_PLACE, "service", "result", "metric"), (*_TURNS, "quantity")),
    HourTally: ((*_PLACE, "hour", "service"), _TURNS),
    LineTally: ((*_PLACE, "service", "result", "age_group", "channel", "metric"), (*_TURNS, "quantity")),
    PresenceTally: ((*_PLACE, "volunteer"), ("turns", "minutes")),
}
MONTHS: dict[type[Model], type[Model]] = {
    DayTally: MonthTally,
    RhythmTally: RhythmMonthTally,
    ServiceTally: ServiceMonthTally,
    MetricTally: MetricMonthTally,
    PersonTally: PersonMonthTally,
    OutcomeTally: OutcomeMonthTally,
    ResultTally: ResultMonthTally,
    PresenceTally: PresenceMonthTally,
}


@dataclass(frozen=True)
class Difference:
    """A cell whose tally is not what the raw rows say; an absent row counts as zeros."""

    tally: type[Model]
    day: dt.date
    key: dict
    kept: dict
    counted: dict


@dataclass(frozen=True)
class Comparison:
    """Slices of a day as they were compared; ``waiting``: left out, because a worker has yet to count them."""

    day: dt.date
    settled: list[Slice]
    waiting: list[Slice]
    differences: list[Difference]
    # A month has no slices: the teams whose sums were compared.
    month_of: list[int] | None = None


def drift(days: Iterable[dt.date] | None = None) -> Iterator[Difference]:
    """The cells that differ, on ``days`` or on all. A slice whose refresh is promised in the outbox is left out."""
    for day in all_days() if days is None else days:
        for slices in of_day(day, CHUNK):
            yield from compare(day, slices).differences


def drift_of_months(months: Iterable[dt.date] | None = None) -> Iterator[Difference]:
    """Cells by month that are not the sum of their days, but for the months that are read by their days.

    ``months``: their first days; None: all that there are.
    """
    for month in all_months() if months is None else months:
        teams = teams_of_month(month)
        for start in range(0, len(teams), MONTH_CHUNK):
            yield from compare_month(month, teams[start : start + MONTH_CHUNK]).differences


def all_months() -> list[dt.date]:
    found: set[dt.date] = {day.replace(day=1) for day in all_days()}
    for model in MONTHS.values():
        found |= set(model.objects.order_by().values_list("day", flat=True).distinct())  # type: ignore[attr-defined]
    return sorted(found)


def teams_of_month(month: dt.date) -> list[int]:
    """Teams that have rows by month, or by day in that month."""
    found: set[int] = set()
    of_days = {"day__gte": month, "day__lt": next_month(month)}
    for days, by_month in MONTHS.items():
        for model, asked in ((days, of_days), (by_month, {"day": month})):
            rows = model.objects.filter(**asked)  # type: ignore[attr-defined]
            found |= set(rows.order_by().values_list("team", flat=True).distinct())
    return sorted(found)


def compare_month(month: dt.date, teams: list[int]) -> Comparison:
    with _snapshot():
        stale = set(StaleMonth.objects.filter(month=month, team__in=teams).values_list("team", flat=True))
        left = [team for team in teams if team not in stale]
        differences = [each for days in MONTHS for each in _differing_sums(days, month, left)]
    return Comparison(month, [], [], differences, month_of=teams)


def _differing_sums(days: Any, month: dt.date, teams: list[int]) -> list[Difference]:
    by_month: Any = MONTHS[days]
    key, measures = CELLS[days]
    if days is not DayTally:
        key = tuple(column for column in key if column != "point")
    rows = by_month.objects.filter(day=month, team__in=teams).values_list(*key, *measures)
    sums = days.objects.filter(day__gte=month, day__lt=next_month(month), team__in=teams).order_by()
    ours = {row[: len(key)]: row[len(key) :] for row in rows}
    theirs = {row[: len(key)]: row[len(key) :] for row in sums.values_list(*key).annotate(*map(Sum, measures))}
    return _differing(by_month, month, (key, measures), ours, theirs)


def compare(day: dt.date, slices: list[Slice]) -> Comparison:
    with _snapshot():
        waiting = set(slices) & _in_flight(slices)
        settled = sorted(set(slices) - waiting)
        teams = [each.team_id for each in settled]
        counted = _recount(day, teams)
        kept = {tally: _stored(tally, settled) for tally in CELLS}
    differences = [
        each
        for tally, columns in CELLS.items()
        for each in _differing(tally, day, columns, kept[tally], counted[tally])
    ]
    return Comparison(day, settled, sorted(waiting), differences)


def _differing(tally, day: dt.date, columns: tuple, ours: dict, theirs: dict) -> list[Difference]:
    key, measures = columns
    # A row of zeros that should not be there is a difference too.
    cells = [cell for cell in ours.keys() | theirs.keys() if ours.get(cell) != theirs.get(cell)]
    return [
        Difference(tally, day, dict(zip(key, cell, strict=True)), *_values(measures, ours, theirs, cell))
        for cell in sorted(cells, key=str)
    ]


def _values(measures, ours, theirs, cell) -> tuple[dict, ...]:
    nothing = (0,) * len(measures)
    return tuple(dict(zip(measures, side.get(cell, nothing), strict=True)) for side in (ours, theirs))


@contextmanager
def _snapshot():
    """All reads inside see the database at one moment; a test's surrounding transaction has to do as it is."""
    may_choose = connection.vendor == "postgresql" and not connection.in_atomic_block
    with transaction.atomic():
        if may_choose:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _in_flight(slices: list[Slice]) -> set[Slice]:
    """Slices that a worker has yet to count: the outbox row and the raw rows came in one transaction."""
    keys = {each.outbox_key: each for each in slices}
    promised = OutboxMessage.objects.filter(topic=STALE, key__in=keys).values_list("key", flat=True)
    parked = OutboxMessage.objects.filter(topic=PARKED).values_list("key", flat=True)
    return {keys[key] for key in promised} | of_voids(parked)


def _stored(tally: Any, slices: list[Slice]) -> dict[tuple, tuple]:
    key, measures = CELLS[tally]
    rows = tally.objects.filter(among(slices)).values_list(*key, *measures)
    return {row[: len(key)]: row[len(key) :] for row in rows.iterator(chunk_size=2000)}


def _recount(day: dt.date, teams: list[int]) -> dict[type[Model], dict[tuple, tuple]]:
    cells: dict = {tally: defaultdict(Counter) for tally in CELLS}
    _count_logs(cells, day, teams)
    _count_sessions(cells, day, teams)
    return {
        tally: {cell: tuple(counts[measure] for measure in CELLS[tally][1]) for cell, counts in found.items()}
        for tally, found in cells.items()
    }


def _count_logs(cells, day, teams) -> None:
    place = [f"session__{column}" for column in _PLACE]
    logs = AssistanceLog.objects.live().filter(session__day=day, session__team__in=teams).order_by()
    logs = logs.annotate(hour=ExtractHour("happened_at"))
    logs = logs.values_list(*place, "service", "result", "age_group", "channel", "metric", "hour", "same_visit")
    for *where, service, result, age, channel, metric, hour, same, turns, quantity in logs.annotate(
        Sum("people"), Sum("quantity")
    ):
        counts = Counter(people=0 if same else turns, service_turns=turns)
        measured = counts + Counter(quantity=quantity or 0)
        cells[LineTally][(*where, service, result, age, channel, metric)] += measured
        cells[ResultTally][(*where, service, result, metric)] += measured
        cells[MetricTally][(*where, metric)] += Counter(quantity=quantity or 0)
        cells[PersonTally][(*where, age, channel)] += counts
        cells[OutcomeTally][(*where, result, age)] += counts
        cells[ServiceTally][(*where, service)] += counts
        cells[HourTally][(*where, hour, service)] += counts
        cells[RhythmTally][(*where, hour)] += counts
        cells[DayTally][tuple(where)] += counts


def _count_sessions(cells, day, teams) -> None:
    attended: dict = defaultdict(dict)
    attendances = Attendance.objects.live().filter(session__day=day, session__team__in=teams)
    for session, volunteer, minutes in attendances.order_by().values_list("session", "volunteer", "minutes"):
        attended[session].setdefault(volunteer, []).append(minutes)
    sessions = Session.objects.live().filter(day=day, team__in=teams).order_by()
    for session, start, end, *where in sessions.values_list("id", "started_at", "ended_at", *_PLACE):
        length = (end - start) // dt.timedelta(minutes=1) if end else 0
        cells[DayTally][tuple(where)]["sessions"] += 1
        for volunteer, noted in attended[session].items():
            minutes = max(length if each is None else each for each in noted)
            cells[PresenceTally][(*where, volunteer)] += Counter(turns=1, minutes=minutes)
            cells[DayTally][tuple(where)] += Counter(volunteer_turns=1, volunteer_minutes=minutes)
