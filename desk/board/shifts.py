"""What volunteers have given in shifts that are still open: the statistics count those only once they are closed."""

import datetime as dt
from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from services_help.models import Attendance, Session


class Minutes(Func):
    """Whole minutes of a duration."""

    output_field = IntegerField()
    template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / 60)::integer"

    def as_sqlite(self, compiler, connection, **extra):
        """A duration is kept in microseconds there."""
        return self.as_sql(compiler, connection, template="(%(expressions)s / 60000000)", **extra)


def given_so_far(sessions: QuerySet[Session], by: str, now: dt.datetime) -> QuerySet:
    """Pairs of (``by``, the minutes of those whose presence has no minutes of its own), of what is open at ``now``."""
    # Whoever is noted with minutes too is counted with those, by the statistics.
    noted = Attendance.objects.live().filter(
        session=OuterRef("session"), volunteer=OuterRef("volunteer"), minutes__isnull=False
    )
    there = Attendance.objects.live().filter(~Exists(noted), session=OuterRef("pk"), minutes__isnull=True)
    # Somebody noted twice is there once.
    count = there.order_by().values("session").annotate(n=Count("volunteer", distinct=True)).values("n")
    still_open = sessions.filter(ended_at__isnull=True, started_at__lte=now).annotate(
        there=Coalesce(Subquery(count), 0),
        minutes=Minutes(Value(now, output_field=DateTimeField()) - F("started_at")),
    )
    return still_open.order_by().values(by).annotate(given=Sum(F("there") * F("minutes"))).values_list(by, "given")


def minutes_so_far(sessions: QuerySet[Session], by: str, now: dt.datetime) -> dict[Any, int]:
    return dict(given_so_far(sessions, by, now))
