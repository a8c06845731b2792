"""A slice is one team on one day: the grain in which tallies are recomputed, locked and promised."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from reports.models import TallySlice
from reports.tallies.cuts import CUTS
from services_help.models import AssistanceLog, Attendance, Session, Void

STALE, PARKED = "tallies.stale", "voids.parked"
# Of a month at a time: bounds what is locked and what the database holds in memory.
SESSIONS_AT_ONCE, TEAMS_AT_ONCE = 400, 50
TALLIES = tuple(cut.days for cut in CUTS.values())


def first_of_month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def next_month(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


class Slice(NamedTuple):
    # In this order slices are locked, everywhere, so that two workers never wait for each other.
    day: dt.date
    team_id: int

    @property
    def outbox_key(self) -> str:
        return f"{self.team_id}:{self.day.isoformat()}"


def from_outbox_key(key: str) -> Slice:
    team, _colon, day = key.partition(":")
    return Slice(dt.date.fromisoformat(day), int(team))


def by_day(slices: Iterable[Slice]) -> dict[dt.date, list[int]]:
    teams = defaultdict(list)
    for day, team_id in sorted(slices):
        teams[day].append(team_id)
    return dict(teams)


def among(slices: Iterable[Slice]) -> Q:
    """Rows with the columns ``team`` and ``day`` that are of these slices."""
    condition = Q(pk__in=[])
    for day, teams in by_day(slices).items():
        condition |= Q(day=day, team__in=teams)
    return condition


def of_voids(keys: Iterable[str]) -> set[Slice]:
    """The slices of what these voids take back, as far as it is known here."""
    targets = set(Void.objects.filter(pk__in=[UUID(key) for key in keys]).values_list("target", flat=True))
    if not targets:
        return set()
    sessions = set(targets)
    for model in (AssistanceLog, Attendance):
        sessions |= set(model.objects.filter(pk__in=targets).values_list("session", flat=True))
    return {Slice(day, team) for day, team in Session.objects.filter(pk__in=sessions).values_list("day", "team")}


def adopt_orphans() -> None:
    """Give every row of a tally its slice: one that has none was not counted here, and would be looked for in vain."""
    for tally in TALLIES:
        has_slice = TallySlice.objects.filter(team=OuterRef("team"), day=OuterRef("day"))
        orphans = tally.objects.filter(~Exists(has_slice)).order_by().values_list("team", "day").distinct()
        TallySlice.objects.bulk_create([TallySlice(team_id=team, day=day) for team, day in orphans])


def all_days() -> list[dt.date]:
    """Every day on which there are raw rows or tallies (also tallies that nothing stands behind any more)."""
    days: set[dt.date] = set()
    models: tuple[Any, ...] = (Session, *TALLIES, TallySlice)
    for model in models:
        days |= set(model.objects.order_by().values_list("day", flat=True).distinct())
    return sorted(days)


def of_day(day: dt.date, chunk: int) -> Iterator[list[Slice]]:
    """The slices of ``day``, in pieces small enough to hold in memory."""
    teams: set[int] = set()
    models: tuple[Any, ...] = (Session, *TALLIES, TallySlice)
    for model in models:
        teams |= set(model.objects.filter(day=day).order_by().values_list("team", flat=True).distinct())
    ordered = sorted(teams)
    for start in range(0, len(ordered), chunk):
        yield [Slice(day, team) for team in ordered[start : start + chunk]]


def pieces_of_month(month: dt.date) -> Iterator[list[int]]:
    """The teams with raw rows or a slice in ``month``, some at a time: as many as have a few hundred sessions."""
    days = {"day__gte": month, "day__lt": next_month(month)}
    teams: dict[int, int] = dict.fromkeys(TallySlice.objects.filter(**days).values_list("team", flat=True), 0)
    counted = Session.objects.filter(**days).order_by().values_list("team").annotate(Count("pk"))
    piece: list[int] = []
    sessions = 0
    for team, more in sorted((teams | dict(counted)).items()):
        piece.append(team)
        sessions += more
        if sessions >= SESSIONS_AT_ONCE or len(piece) == TEAMS_AT_ONCE:
            yield piece
            piece, sessions = [], 0
    if piece:
        yield piece


def of_month(month: dt.date, teams: list[int]) -> list[Slice]:
    """The slices of ``teams`` in ``month``, those included that are not made yet."""
    models: tuple[Any, ...] = (Session, TallySlice)
    found: set[Slice] = set()
    for model in models:
        rows = model.objects.filter(day__gte=month, day__lt=next_month(month), team__in=teams).order_by().distinct()
        found |= {Slice(day, team) for day, team in rows.values_list("day", "team")}
    return sorted(found)
