"""What the board counts of the rows of its day, in the database: no part reads a row for the sake of a number."""

import datetime as dt

from django.db.models import Count, Q, QuerySet

from campaigns.models import Deployment
from services_help.models import Session, SessionState


def of_shifts(sessions: QuerySet[Session]) -> dict[str, int]:
    """How many there are, by how far their review is, and at how many points they stand."""
    provisional, still_open = Q(state=SessionState.PROVISIONAL), Q(ended_at__isnull=True)
    submitted = provisional & ~still_open
    return sessions.aggregate(
        total=Count("pk"),
        open=Count("pk", filter=provisional & still_open),
        awaiting=Count("pk", filter=submitted & Q(returned_at__isnull=True)),
        returned=Count("pk", filter=submitted & Q(returned_at__isnull=False)),
        approved=Count("pk", filter=Q(state=SessionState.APPROVED)),
        locked=Count("pk", filter=Q(state=SessionState.LOCKED)),
        points=Count("point", distinct=True),
        open_points=Count("point", distinct=True, filter=still_open),
    )


def of_plans(
    plans: QuerySet[Deployment], sessions: QuerySet[Session], *, late_by: dt.time | None, due_by: dt.time | None
) -> dict[str, int]:
    """Teams that were sent out, those of them with a shift and those that are late; points where nobody has begun.

    ``late_by``, ``due_by``: until then a plan must begin to be late, to be due; None: none is.
    """
    has_shift = Q(team__in=sessions.order_by().values("team"))
    is_waited_for = ~Q(point__in=sessions.filter(point__isnull=False).order_by().values("point"))
    teams = {"deployed": Count("team", distinct=True), "reporting": Count("team", distinct=True, filter=has_shift)}
    if late_by is not None:
        teams["late"] = Count("team", distinct=True, filter=~has_shift & Q(starts_at__lte=late_by))
    points = {"waited_for": Count("point", distinct=True, filter=is_waited_for)}
    if due_by not in (None, dt.time.max):
        is_due = is_waited_for & Q(starts_at__lte=due_by)
        points["missing"] = Count("point", distinct=True, filter=is_due)
    found = plans.order_by().aggregate(**teams, **points)
    # Of a day that is over all are due, of one that is to come none.
    return {"late": 0, "missing": found["waited_for"] if due_by else 0} | found
