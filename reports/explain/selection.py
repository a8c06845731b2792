"""The raw rows of a cell, taken back or not: sessions, lines and attendances, through the ORM."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from reports.explain.cells import Cell
from services_help.models import AssistanceLog, Attendance, Session
from services_help.models.records import SessionQuerySet


@dataclass
class Selection:
    cell: Cell
    # Some sessions of it.
    only: Collection[UUID] | None = None

    @cached_property
    def sessions(self) -> SessionQuerySet:
        """Sessions of the place and time, voided ones among them."""
        if self.cell.is_unheard:
            return Session.objects.none()
        query, days, at = self.cell.asked.query, self.cell.days, self.cell.at
        places = self.cell.places
        found = Session.objects.filter(places.allowed(), day__gte=days.start, day__lte=days.end)
        if self.only is not None:
            found = found.filter(pk__in=self.only)
        if query.state == "approved":
            found = found.filter(state__in=["approved", "locked"])
        if self.cell.plan.filters.campaigns is not None:
            found = found.filter(campaign__in=self.cell.plan.filters.campaigns)
        for code in ("team", "campaign", "state"):
            if code in at:
                found = found.filter(**({f"{code}__isnull": True} if at[code] is None else {code: at[code]}))
        if "area" in at:
            found = found.annotate(of_area=Coalesce("point__area", "team__area"))
            found = found.filter(of_area__isnull=True) if at["area"] is None else found.filter(of_area=at["area"])
        if "unit" in at:
            found = found.filter(places.shown_under(at["unit"]))
        if "block" in at:
            found = found.filter(places.of_block(at["block"]))
        return found.order_by()

    def _lines(self) -> Q:
        """What the cell asks of a line, beyond its session."""
        at, found = self.cell.at, Q()
        if self.cell.plan.filters.services is not None:
            found &= Q(service__in=self.cell.plan.filters.services)
        if "age_group" in at:
            found &= Q(age_group=at["age_group"] or "")
        for code in ("service", "result", "channel"):
            if code in at:
                found &= Q(**{code: at[code]})
        if "service_group" in at:
            own = Q(service__group__isnull=True, service=at["service_group"])
            found &= Q(service__group=at["service_group"]) | own
        if "hour" in at:
            found &= Q(happened_at__hour=at["hour"])
        return found

    def logs(self, metric: int | None = None) -> QuerySet[AssistanceLog]:
        found = AssistanceLog.objects.filter(self._lines())
        if metric is not None:
            found = found.filter(metric=metric)
        return found.order_by()

    def asks_of_lines(self, metric: int | None = None) -> bool:
        return metric is not None or bool(self._lines())

    def with_lines(self, metric: int | None = None) -> SessionQuerySet:
        """Without the sessions of which no line can be in the cell, where the cell asks something of its lines."""
        if not self.asks_of_lines(metric):
            return self.sessions
        return self.sessions.filter(Exists(self.logs(metric).filter(session=OuterRef("pk"))))

    def attendances(self) -> QuerySet[Attendance]:
        return Attendance.objects.order_by()
