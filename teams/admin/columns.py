"""Columns and filters that several lists share."""

import datetime as dt
from functools import wraps

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter
from unfold.decorators import display
from unfold.utils import parse_date_str

from core.dated import today, valid_on
from teams.access import access_of
from teams.models import TeamHome, Unit, UnitAncestry, UnitPlacement

NONE = "–"


class State(tuple):
    """(key, words): a list colours by the key, a page shows the words."""

    def __html__(self) -> str:
        return escape(self[1])


def state_display(**options):
    """``display`` of unfold with ``label={key: colour}``, for functions that answer (key, words) or None."""

    def decorate(function):
        @display(**options)
        @wraps(function)
        def column(self, obj):
            value = function(self, obj)
            return State(value) if value else None

        return column

    return decorate


def day_text(day: dt.date | None) -> str:
    """Of a moment: the day here."""
    if isinstance(day, dt.datetime):
        day = timezone.localtime(day)
    return f"{day:%d/%m/%Y}" if day else NONE


VALIDITY = {"description": _("hiệu lực"), "label": {"now": "success", "past": "default", "future": "info"}}


class ValidityColumns:
    """From when, until when, and what that means today."""

    @staticmethod
    def current_first(*then: str) -> tuple:
        """An order in which what has ended comes last, in lists and in suggestions."""
        return (F("valid_to").desc(nulls_first=True), *then)

    @display(description=_("từ ngày"), ordering="valid_from")
    def since(self, obj):
        return day_text(obj.valid_from)

    @display(description=_("đến ngày"), ordering="valid_to")
    def until(self, obj):
        return day_text(obj.valid_to)

    @state_display(**VALIDITY)
    def validity(self, obj):
        if obj.valid_from > today():
            return "future", _("Sắp tới")
        return ("now", _("Đang hoạt động")) if obj.is_valid_on(today()) else ("past", _("Đã kết thúc"))


class HeldColumns(ValidityColumns):
    """Of appointments: one that was withdrawn is over, whatever its days say."""

    @state_display(**VALIDITY)
    def validity(self, obj):
        if obj.withdrawn_at is None:
            return super().validity(obj)
        return "past", _("Đã rút lại lúc %(time)s") % {"time": f"{timezone.localtime(obj.withdrawn_at):%H:%M %d/%m/%Y}"}


class ValidityFilter(DropdownFilter):
    title = _("hiệu lực")
    parameter_name = "validity"

    def lookups(self, request, model_admin):
        return [("now", _("Đang hoạt động")), ("past", _("Đã kết thúc")), ("future", _("Sắp tới"))]

    def queryset(self, request, queryset):
        conditions = {
            "now": valid_on(today()),
            "past": Q(valid_to__lt=today()),
            "future": Q(valid_from__gt=today()),
        }
        return queryset.filter(conditions[self.value()]) if self.value() in conditions else queryset


class HeldFilter(ValidityFilter):
    def queryset(self, request, queryset):
        if self.value() == "past":
            return queryset.filter(Q(valid_to__lt=today()) | Q(withdrawn_at__isnull=False))
        found = super().queryset(request, queryset)
        return found.filter(withdrawn_at=None) if self.value() in ("now", "future") else found


class MomentDayFilter(RangeDateFilter):
    """Moments by their day here; both days of the range are inclusive."""

    def queryset(self, request, queryset):
        for end, lookup in (("from", "gte"), ("to", "lte")):
            day = parse_date_str(self.used_parameters.get(f"{self.parameter_name}_{end}", ""))
            if day:
                queryset = queryset.filter(**{f"{self.parameter_name}__date__{lookup}": day})
        return queryset


class UnderUnitFilter(DropdownFilter):
    """A unit with all below it, as the tree stands today. Offers only units that have others below them."""

    title = _("đơn vị (gồm cấp dưới)")
    parameter_name = "under"

    def lookups(self, request, model_admin):
        parents = UnitPlacement.objects.current().values("parent")
        units = Unit.objects.visible_to(access_of(request)).current().filter(pk__in=parents)
        return [(str(pk), name) for pk, name in units.values_list("pk", "name")]

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        if self.value() not in {pk for pk, _name in self.lookup_choices}:
            return queryset.none()
        units = UnitAncestry.objects.current().filter(ancestor=self.value()).values("descendant")
        return self.narrow(queryset, units)

    def narrow(self, queryset: QuerySet, units: QuerySet) -> QuerySet:
        return queryset.filter(unit__in=units)


class UnderUnitByTeamFilter(UnderUnitFilter):
    """For rows of a team: by the team's home of today."""

    team_path = "team"

    def narrow(self, queryset, units):
        homes = TeamHome.objects.current().filter(unit__in=units)
        return queryset.filter(**{f"{self.team_path}__in": homes.values("team")})


def home_name(team_path: str = "pk") -> Subquery:
    """Annotation: the name of a team's home unit of today."""
    return Subquery(TeamHome.objects.current().filter(team=OuterRef(team_path)).values("unit__name")[:1])


def parent_name() -> Subquery:
    return Subquery(UnitPlacement.objects.current().filter(unit=OuterRef("pk")).values("parent__name")[:1])
