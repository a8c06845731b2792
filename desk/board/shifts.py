"""The shifts of a day as they stand now: who is there, for how long, and whether they are still open."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Max, QuerySet

from services_help.models import Attendance, Session


@dataclass(frozen=True)
class Shift:
    team: int
    team_code: str
    point: int | None
    started_at: dt.datetime
    ended_at: dt.datetime | None
    state: str
    is_returned: bool
    volunteers: int
    # What they have given so far: the statistics count an open shift only when it is closed.
    volunteer_minutes: int

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


def shifts_of(sessions: QuerySet[Session], now: dt.datetime) -> list[Shift]:
    """In two look-ups, however many there are."""
    present = Attendance.objects.live().filter(session__in=sessions.values("pk")).order_by()
    minutes: dict = {}
    # Somebody noted twice was there once.
    for session, _volunteer, told in present.values_list("session", "volunteer").annotate(told=Max("minutes")):
        minutes.setdefault(session, []).append(told)
    rows = sessions.order_by("started_at", "pk").values_list(
        "pk", "day", "team", "team__code", "point", "started_at", "ended_at", "state", "returned_at"
    )
    return [
        Shift(
            *(team, code, point, started, ended, state, returned is not None),
            *_given(minutes.get(pk, []), length(day, started, ended, now)),
        )
        for pk, day, team, code, point, started, ended, state, returned in rows
    ]


def length(day: dt.date, started: dt.datetime, ended: dt.datetime | None, now: dt.datetime) -> int:
    """Minutes so far. A shift of another day that nobody has closed tells nothing about its length."""
    if ended is None and day != now.date():
        return 0
    return max(0, int(((ended or now) - started).total_seconds() // 60))


def _given(told: list[int | None], so_far: int) -> tuple[int, int]:
    return len(told), sum(so_far if minutes is None else minutes for minutes in told)
