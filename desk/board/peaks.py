"""Peak days of what a board is about: which it leads to, and which it is set against."""

import datetime as dt

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from campaigns.models import CampaignDay, CampaignStatus, DayKind
from core.dated import valid_on
from reports.models import DayTally
from teams.access import Access
from teams.models import Unit, UnitAncestry
from teams.permissions import Right

ITS_DAY = OuterRef("day")
OWNER = OuterRef("campaign__owner")


def peak_days(access: Access, unit: Unit | None) -> QuerySet[CampaignDay]:
    """Those of the whole of it, the latest first: towards the day of a unit beside it or below it, not all have worked.

    The owner stood at or above the unit shown on that day, or above each of the reader's units. What is a draft yet is
    no peak day, as for sessions (``intake.planning``).
    """
    days = CampaignDay.objects.visible_to(access).filter(kind=DayKind.PEAK).order_by("-day")
    days = days.exclude(campaign__status=CampaignStatus.DRAFT)
    if _is_all(access, unit):
        return days.filter(Exists(Unit.objects.roots(ITS_DAY).filter(pk=OWNER)))
    units = _units(access, unit)
    return days.alias(below=Subquery(_number_below_owner(units))).filter(below=len(units))


def last_peak(access: Access, unit: Unit | None, before: dt.date) -> dt.date | None:
    """The last of them that anything can be set against: there was work on it, which is the reader's to know."""
    days = peak_days(access, unit).filter(day__lt=before)
    done = DayTally.objects.filter(day=ITS_DAY, service_turns__gt=0)
    if not _is_all(access, unit):
        home = "team__homes__"
        # One filter() call: the conditions on the home must all hold for the same home.
        done = done.filter(
            valid_on(ITS_DAY, home),
            valid_on(ITS_DAY, f"{home}unit__ancestries__"),
            **{f"{home}unit__ancestries__ancestor__in": _units(access, unit)},
        )
    if unit and not access.is_city_wide(Right.STATS_VIEW):
        days = days.filter(Exists(_line(unit.pk).filter(ancestor__in=access.unit_ids(Right.STATS_VIEW))))
    return days.filter(Exists(done)).values_list("day", flat=True).first()


def _line(unit: int) -> QuerySet[UnitAncestry]:
    """The unit and all above it on that day."""
    return UnitAncestry.objects.filter(valid_on(ITS_DAY), descendant=unit)


def _number_below_owner(units: list[int]) -> QuerySet:
    """In one look, whether there is one unit or there are hundreds: of some roles, one for each ward."""
    rows = UnitAncestry.objects.filter(valid_on(ITS_DAY), ancestor=OWNER, descendant__in=units)
    return rows.order_by().values("ancestor").values(number=Count("descendant", distinct=True))


def _is_all(access: Access, unit: Unit | None) -> bool:
    return unit is None and access.is_city_wide(Right.DASHBOARD_VIEW)


def _units(access: Access, unit: Unit | None) -> list[int]:
    return [unit.pk] if unit else access.unit_ids(Right.DASHBOARD_VIEW)
