"""Counting a cell from its raw rows, session by session: what was recorded, what of it does not count, and why.

All that is shown later (the total, its parts, teams and days, sessions) is added up from the same sessions, so that no
two of them can disagree.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, CharField, Count, Exists, OuterRef, QuerySet, Sum, Value, When

from reports.explain.selection import Selection
from reports.stats.measures import MEASURES, Measure
from services_help.models import Session, Void
from teams.access import Access
from teams.permissions import Right

# A recount of more would make a page wait; the question can be made narrower instead.
MOST_SESSIONS, MOST_LINES = 10_000, 200_000
# Sessions a statement: few enough that the database goes by their index, so that the cost is that of the cell and not
# that of all that was ever logged.
CHUNK = 500
RECORDED = "recorded"
# Why rows do not count, in the order in which a row is asked.
SESSION_VOID, LINE_VOID, SAME_VISIT, REPEATED = "session_void", "line_void", "same_visit", "repeated"
LESS = (SESSION_VOID, LINE_VOID, SAME_VISIT, REPEATED)
# Metrics of the catalogue that are a measure's other name.
OTHER_NAMES = {"LUOT": "people", "LUOT_DV": "service_turns"}


class TooMuch(Exception):
    """More sessions or lines than can be counted again while somebody waits."""

    def __init__(self, sessions: int = 0):
        """``sessions``: so many were seen, and there are more or none."""
        self.sessions = sessions


class Row(NamedTuple):
    """A session, as far as counting needs it."""

    id: UUID
    team_id: int
    day: dt.date
    point_id: int | None
    started_at: dt.datetime
    ended_at: dt.datetime | None
    is_void: bool

    @property
    def minutes(self) -> int:
        return whole_minutes(self.started_at, self.ended_at)


def whole_minutes(start: dt.datetime, end: dt.datetime | None) -> int:
    """The length of a closed session; an open one has none yet."""
    return (end - start) // dt.timedelta(minutes=1) if end else 0


@dataclass
class Work:
    """What one session gives to the cell: by part, how much, and on how many rows."""

    session: Row
    values: Counter = field(default_factory=Counter)
    rows: Counter = field(default_factory=Counter)
    # Volunteers whose presence counts, and how many of their rows say no minutes.
    volunteers: set[int] = field(default_factory=set)
    whole_session: int = 0

    def add(self, part: str, value: int, rows: int = 1) -> None:
        self.values[part] += value
        self.rows[part] += rows

    @property
    def counted(self) -> int:
        return self.values[RECORDED] - self.taken_off

    @property
    def taken_off(self) -> int:
        return sum(self.values[part] for part in LESS)

    @property
    def is_live(self) -> bool:
        return not self.session.is_void


@dataclass
class Way:
    """How a measure is counted from raw rows; ``kind`` says which rows, and what of them."""

    measure: str
    kind: str
    metric_id: int | None = None


def way_of(measure: Measure) -> Way:
    if measure.metric_id:
        return Way(measure.code, "quantity", measure.metric_id)
    own = MEASURES[OTHER_NAMES.get(measure.code, measure.code)].code
    return Way(own, own)


LOGGED = ("people", "service_turns", "quantity")
PRESENT = ("volunteer_turns", "volunteer_minutes", "volunteers")
DISTINCT = ("teams", "points", "volunteers")


@dataclass
class Recount:
    """The cell counted again. ``works``: latest first."""

    way: Way
    works: list[Work]

    @property
    def total(self) -> int:
        return amount(self.way.kind, self.works)

    @property
    def values(self) -> Counter:
        return sum((work.values for work in self.works), Counter())

    @property
    def rows(self) -> Counter:
        return sum((work.rows for work in self.works), Counter())

    @property
    def distinct(self) -> dict[int, int]:
        """Of a distinct count: primary key -> in how many sessions."""
        return distinct_of(self.way.kind, self.works)


def amount(kind: str, works: list[Work]) -> int:
    """What these sessions come to; distinct ones are counted anew at each level."""
    return len(distinct_of(kind, works)) if kind in DISTINCT else sum(work.counted for work in works)


def distinct_of(kind: str, works: list[Work]) -> dict[int, int]:
    found: Counter = Counter()
    for work in works:
        if not work.is_live:
            continue
        if kind == "volunteers":
            found.update(work.volunteers)
        else:
            found.update({work.session.team_id if kind == "teams" else work.session.point_id} - {None})
    return dict(found)


def recount(selection: Selection, way: Way, most: int | None = None) -> Recount:
    """Two queries, and one more for each further ``CHUNK`` of sessions.

    Raises ``TooMuch``, unless it is of some chosen sessions. ``most``: of a cell of more sessions none is read.
    """
    if most is not None and (seen := selection.sessions[: most + 1].count()) > most:
        raise TooMuch(sessions=seen)
    is_whole = selection.only is None
    works = _works(selection.sessions, MOST_SESSIONS if is_whole else None)
    if way.kind in LOGGED:
        _count_logs(works, selection.logs(way.metric_id), way.kind, MOST_LINES if is_whole else None)
    elif way.kind in PRESENT:
        _count_present(works, selection.attendances(), way.kind)
    else:
        for work in works.values():
            work.add(RECORDED, 1)
            if work.session.is_void:
                work.add(SESSION_VOID, 1)
    # A session of the place and time without a line in the cell has no part in it.
    found = (work for work in works.values() if work.rows[RECORDED])
    latest_first = sorted(found, key=lambda work: work.session.id)
    latest_first.sort(key=lambda work: (work.session.day, work.session.started_at), reverse=True)
    return Recount(way, latest_first)


def _works(sessions: QuerySet[Session], most: int | None) -> dict[UUID, Work]:
    voided = Exists(Void.objects.of(OuterRef("id"), OuterRef("device")))
    columns = [name for name in Row._fields if name != "is_void"]
    rows = sessions.annotate(is_taken_back=voided).values_list(*columns, "is_taken_back")
    found = list(rows if most is None else rows[: most + 1])
    if most is not None and len(found) > most:
        raise TooMuch(sessions=len(found))
    return {row[0]: Work(Row(*row)) for row in found}


def _of_sessions(rows: QuerySet, works: dict[UUID, Work]) -> Iterator[QuerySet]:
    """``rows`` of these sessions, each with its ``fate``: whether it was taken back."""
    own = Exists(Void.objects.of(OuterRef("id"), OuterRef("device")))
    rows = rows.annotate(fate=Case(When(own, Value(LINE_VOID)), default=Value(""), output_field=CharField()))
    for sessions in batched(works, CHUNK):
        yield rows.filter(session__in=sessions)


def _count_logs(works: dict[UUID, Work], logs: QuerySet, kind: str, most: int | None) -> None:
    value, lines = Sum("quantity" if kind == "quantity" else "people"), 0
    for part in _of_sessions(logs, works):
        grouped = part.values_list("session", "fate", "same_visit").annotate(total=value, count=Count("pk"))
        for session, fate, same_visit, total, count in grouped:
            _add_lines(works[session], kind, fate, same_visit=same_visit, total=total or 0, count=count)
            lines += count
        if most is not None and lines > most:
            raise TooMuch


def _add_lines(work: Work, kind: str, fate: str, *, same_visit: bool, total: int, count: int) -> None:
    work.add(RECORDED, total, count)
    if not work.is_live:
        work.add(SESSION_VOID, total, count)
    elif fate:
        work.add(fate, total, count)
    elif same_visit and kind == "people":
        work.add(SAME_VISIT, total, count)


def _count_present(works: dict[UUID, Work], attendances: QuerySet, kind: str) -> None:
    """A volunteer ticked twice in a session was there once, for the longer of the two."""
    ticks: dict[tuple[UUID, int], list[int]] = defaultdict(list)
    parts = _of_sessions(attendances, works)
    rows = (row for part in parts for row in part.values_list("session", "volunteer", "minutes", "fate"))
    for session, volunteer, noted, fate in rows:
        work = works[session]
        minutes = work.session.minutes if noted is None else noted
        value = minutes if kind == "volunteer_minutes" else 1
        work.add(RECORDED, value)
        if not work.is_live or fate:
            work.add(fate if work.is_live else SESSION_VOID, value)
            continue
        work.whole_session += noted is None
        ticks[session, volunteer].append(value)
    for (session, volunteer), values in ticks.items():
        work = works[session]
        work.volunteers.add(volunteer)
        if len(values) > 1:
            work.add(REPEATED, sum(values) - max(values), len(values) - 1)


def seen_by(access: Access, recounted: Recount) -> list[Work]:
    """The sessions that the caller may look into, by the right that opens them everywhere else."""
    if not access.has(Right.SESSION_VIEW):
        return []
    if access.is_city_wide(Right.SESSION_VIEW):
        return recounted.works
    ids = [work.session.id for work in recounted.works]
    visible = set(Session.objects.filter(pk__in=ids).visible_to(access).values_list("pk", flat=True))
    return [work for work in recounted.works if work.session.id in visible]


def by_team_and_day(works: list[Work]) -> list[dict[str, Any]]:
    """Latest day first; within a day the teams by number, to be put in the order of their names when shown."""
    groups: dict[tuple[dt.date, int], list[Work]] = defaultdict(list)
    for work in works:
        groups[work.session.day, work.session.team_id].append(work)
    return [{"day": day, "team_id": team, "works": found} for (day, team), found in groups.items()]
