"""Whose the figures of locked days are stays as well: no change of the tree moves a locked session between units.

A locked session counts for its team's unit of the day and for all above, and the lock is about all of them: also where
both units, the old one and the new, lie under the one that was locked. A session that is not locked may move, but not
to below a unit whose figures of that day are. A team that has not worked then has no figures, and moves freely.

Nor does it move between areas or blocks, or a line of it between groups of services: figures read these as they are
now.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable

from django.db.models import Exists, F, Max, Model, OuterRef, Q, Subquery

from campaigns.models import SupportPoint
from core.dated import overlapping, valid_on
from services_help.intake.periods import hold_off_intake, hold_off_locks
from services_help.models import AssistanceLog, PeriodLock, Service, Session
from services_help.models.records import SessionQuerySet
from teams.locked_days import LockedDay, Move
from teams.models import Team, TeamHome, Unit


def _with_lines(service: int) -> Q:
    return Q(Exists(AssistanceLog.objects.live().filter(service=service, session=OuterRef("pk"))))


def _at_home(unit: int) -> Q:
    """Of teams that belonged to the unit itself on the day: no block is read from above.

    ``as_is`` reads that of the home of today, and so moves with the teams whether days are locked or not.
    """
    return Q(team__homes__unit=unit) & valid_on(F("day"), "team__homes__")


# Sessions whose figures are told apart by a column that is not dated, as reports/stats/dimensions.py reads it.
COUNTED: dict[type[Model], Callable[[int], Q]] = {
    SupportPoint: lambda point: Q(point=point),
    # Where a session has a point, it is that one's area.
    Team: lambda team: Q(team=team, point=None),
    Service: _with_lines,
    Unit: _at_home,
}


class LockedPeriods:
    """What ``TREE_KEEPER`` names."""

    def last_day(self) -> dt.date | None:
        hold_off_locks()
        return _last_day()

    def hold(self) -> None:
        """A session on its way in has looked for its lock in the tree as it was before."""
        hold_off_intake()

    def in_the_way(self, moves: Iterable[Move]) -> list[LockedDay]:
        last = _last_day()
        groups: dict[tuple, list[int]] = defaultdict(list)
        for move in moves:
            if last and move.first <= last:
                groups[move.model, move.place, move.first, min(move.last, last)].append(move.key)
        found = [_latest(keys, *group) for group, keys in groups.items()]
        return [each for each in found if each]

    def counted(self, thing: Model) -> LockedDay | None:
        locks = PeriodLock.objects.active()
        sessions = Session.objects.filter(COUNTED[type(thing)](thing.pk), lock__in=locks).live()
        row = sessions.order_by("-day", "pk").values("day", "lock").first()
        return _told(str(thing), row["day"], row["lock"]) if row else None


def _last_day() -> dt.date | None:
    return PeriodLock.objects.active().aggregate(last=Max("ends_on"))["last"]


def _latest(keys: list[int], model, place: int | None, first: dt.date, last: dt.date) -> LockedDay | None:
    """The latest session of these units or teams, in these days, that must stay where it is."""
    # Of a unit above the new place, on the session's day. One filter() call: all of it of one ancestry.
    entered = PeriodLock.objects.active().filter(
        valid_on(OuterRef("day"), "unit__descendancies__"),
        unit__descendancies__descendant=place,
        starts_on__lte=OuterRef("day"),
        ends_on__gte=OuterRef("day"),
    )
    sessions = _of(keys, model, first, last).filter(day__gte=first, day__lte=last).live()
    sessions = sessions.filter(Q(lock__in=PeriodLock.objects.active()) | Exists(entered))
    sessions = sessions.annotate(entered=Subquery(entered.order_by("pk").values("pk")[:1]))
    row = sessions.order_by("-day", "pk").values("day", "team__name", "lock", "entered").first()
    if row is None:
        return None
    what = Unit.objects.get(pk=keys[0]).name if model is Unit and len(keys) == 1 else row["team__name"]
    return _told(what, row["day"], row["lock"] or row["entered"])


def _told(what: str, day: dt.date, key: int) -> LockedDay:
    lock = PeriodLock.objects.select_related("unit").get(pk=key)
    return LockedDay(what, day, str(lock.unit), lock.starts_on, lock.ends_on)


def _of(keys: list[int], model, first: dt.date, last: dt.date) -> SessionQuerySet:
    """Found by their teams: of all sessions of locked days there may be millions."""
    if model is Team:
        return Session.objects.filter(team__in=keys)
    homes = TeamHome.objects.filter(overlapping(first, last), unit__ancestries__ancestor__in=keys)
    return Session.objects.filter(team__in=homes.values("team")).under(keys)


LOCKED_PERIODS = LockedPeriods()
