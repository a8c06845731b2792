"""What a lock would do, before it is done."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from desk.outliers.models import SessionFlag
from services_help.models import Session, SessionState
from teams.models import Unit


@dataclass(frozen=True)
class Preview:
    """Sessions of the period that no other lock holds. ``key``: what was asked."""

    key: str
    approved: int
    waiting: int
    returned: int
    still_open: int
    # Of the approved ones: something stands out that nobody has looked into. Once they are locked nobody can.
    flagged: int

    @property
    def unreviewed(self) -> int:
        return self.waiting + self.returned + self.still_open


def preview_of(unit: Unit, starts_on: dt.date, ends_on: dt.date) -> Preview:
    rows = Session.objects.live().filter(day__gte=starts_on, day__lte=ends_on, lock__isnull=True).under([unit.pk])
    provisional = Q(state=SessionState.PROVISIONAL)
    returned = Q(returned_at__isnull=False)
    is_open = Q(ended_at__isnull=True)
    approved = Q(state=SessionState.APPROVED)
    stands_out = Exists(SessionFlag.objects.open().filter(session=OuterRef("pk")))
    return Preview(
        key=f"{unit.code} {starts_on} {ends_on}",
        **rows.order_by().aggregate(
            approved=Count("pk", filter=approved),
            waiting=Count("pk", filter=provisional & ~returned & ~is_open),
            returned=Count("pk", filter=provisional & returned),
            still_open=Count("pk", filter=provisional & is_open & ~returned),
            flagged=Count("pk", filter=approved & Q(stands_out)),
        ),
    )
