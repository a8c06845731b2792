"""What one session comes to, straight from its live rows: for the staff's list, page and export."""

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from campaigns.models import Campaign
from services_help.models import AssistanceLog, Attendance, Service, Session, Void


def work_of(campaign: Campaign) -> QuerySet[Session]:
    """What ``CAMPAIGN_WORK`` names."""
    return Session.objects.live().filter(campaign=campaign)


def with_totals(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """``people``, ``turns``, ``volunteers`` and ``is_voided`` of each session."""
    logs = AssistanceLog.objects.live().filter(session=OuterRef("pk")).order_by().values("session")
    present = Attendance.objects.live().filter(session=OuterRef("pk")).order_by().values("session")
    people = logs.annotate(sum=Sum("people", filter=Q(same_visit=False))).values("sum")
    turns = logs.annotate(sum=Sum("people")).values("sum")
    volunteers = present.annotate(count=Count("volunteer", distinct=True)).values("count")
    return sessions.annotate(
        people=Coalesce(Subquery(people), 0),
        turns=Coalesce(Subquery(turns), 0),
        volunteers=Coalesce(Subquery(volunteers), 0),
        is_voided=Exists(Void.objects.of(OuterRef("pk"), OuterRef("device"))),
    )


def by_service(session: Session) -> list[dict]:
    """Live people and turns of the session by service, the largest first."""
    rows = (
        AssistanceLog.objects.live()
        .filter(session=session)
        .order_by()
        .values("service")
        .annotate(
            # Not named like the columns: Django would take the sum of one for the column of the next.
            people_sum=Coalesce(Sum("people", filter=Q(same_visit=False)), 0),
            turns=Sum("people"),
            successes=Coalesce(Sum("quantity"), 0),
        )
        .order_by("-turns", "service")
    )
    services = Service.objects.in_bulk([row["service"] for row in rows])
    return [{**row, "label": services[row["service"]].label, "people": row["people_sum"]} for row in rows]


def with_void(rows: QuerySet) -> QuerySet:
    """``void_reason`` of logs or attendances: why each was taken back; null for a live one."""
    own = Void.objects.of(OuterRef("pk"), OuterRef("device")).order_by("received_at")
    return rows.annotate(void_reason=Subquery(own.values("reason")[:1]))


def voids_of(session: Session) -> QuerySet[Void]:
    """Every void that speaks of the session or of one of its rows, held or parked."""
    logs = AssistanceLog.objects.filter(session=session).values("pk")
    attendances = Attendance.objects.filter(session=session).values("pk")
    return (
        Void.objects.filter(Q(target=session.pk) | Q(target__in=logs) | Q(target__in=attendances))
        .select_related("created_by")
        .order_by("received_at")
    )
