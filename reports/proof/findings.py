"""Reading what the proof has found."""

import datetime as dt
from collections.abc import Iterable

from django.apps import apps
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum

from reports.proof.models import ProofCheck, ProofFinding, ProofKind
from reports.tallies.drift import Difference
from reports.tallies.words import describe_all
from teams.access import Access
from teams.models import Team
from teams.permissions import Right


def describe_findings(findings: Iterable[ProofFinding]) -> list[str]:
    return describe_all(
        Difference(apps.get_model(each.tally), each.day, each.cell, each.kept, each.counted) for each in findings
    )


def day_line(day: dt.date, access: Access) -> dict:
    """What the board says under the figures of ``day``: when they were last compared, and what is open."""
    checks = ProofCheck.objects.filter(kind=ProofKind.DAY, day=day, finished_at__isnull=False)
    found = ProofFinding.objects.open().filter(day=day)
    if not access.is_city_wide(Right.DASHBOARD_VIEW):
        found = found.filter(team__in=Team.objects.visible_to(access, Right.DASHBOARD_VIEW).values("pk"))
    return {"checked_at": checks.aggregate(at=Max("finished_at"))["at"], "open": found.count()}


def days_checked() -> QuerySet:
    """Of each day its last check, newest day first, with how often it was checked and what was found in all."""
    done = ProofCheck.objects.filter(kind=ProofKind.DAY, finished_at__isnull=False)
    last = done.filter(day=OuterRef("day")).order_by("-finished_at")
    return (
        done.values("day")
        .annotate(
            checked_at=Max("finished_at"),
            times=Count("pk"),
            found=Sum("differences"),
            slices=Subquery(last.values("slices")[:1]),
            waiting=Subquery(last.values("waiting")[:1]),
            differences=Subquery(last.values("differences")[:1]),
        )
        .order_by("-day")
    )
