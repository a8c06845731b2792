"""Reading the feed: what has changed since a number, as far as the caller may see figures of it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from core.dated import valid_on
from reports.events.models import FigureEvent
from reports.stats.engine import Plan
from reports.stats.query import StatsQuery
from reports.stats.scope import Scope, scope_of
from teams.access import Access
from teams.models import TeamHome, UnitAncestry
from teams.permissions import Right

UTC_START = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
ORDER = ("number", "day", "team", "campaign")
TYPE = "figures.changed"


@dataclass(frozen=True)
class Page:
    events: list[dict]
    # Where to go on, and whether there is something by now.
    after: int
    more: bool


def moment(number: int) -> dt.datetime:
    """When the figures changed; a number is the time in microseconds."""
    return UTC_START + dt.timedelta(microseconds=number)


def head(access: Access) -> int:
    """The last number of what ``access`` may be told of; everything up to it can be seen from now on.

    Not the last of all: that would tell when others worked.
    """
    return _visible(scope_of(StatsQuery(), access)).aggregate(head=Max("number"))["head"] or 0


def page(plan: Plan, access: Access, *, after: int, newest: int, limit: int) -> Page:
    """What came after ``after``, about ``limit`` of it: events of one number are never parted.

    ``newest`` is the head, read before. What moves to the end meanwhile is missing here and comes after it.
    """
    if newest <= after:
        return Page([], after=after, more=False)
    events = _visible(plan.scope).filter(number__gt=after, number__lte=newest)
    if plan.filters.campaigns is not None:
        events = events.filter(campaign__in=plan.filters.campaigns)
    if plan.query.start:
        events = events.filter(day__gte=plan.query.start)
    if plan.query.end:
        events = events.filter(day__lte=plan.query.end)
    rows = list(_for_list(events)[: limit + 1])
    more = len(rows) > limit
    if more:
        rows, more = _whole_numbers(rows, limit, events)
    by_unit = _may_ask_by_unit(access)
    return Page([_told(row, by_unit=by_unit) for row in rows], after=rows[-1].number if more else newest, more=more)


def _for_list(events: QuerySet) -> QuerySet:
    home = TeamHome.objects.filter(valid_on(OuterRef("day")), team=OuterRef("team"))
    return (
        events.select_related("team", "campaign")
        .annotate(unit=Subquery(home.values("unit__code")[:1]))
        .order_by(*ORDER)
    )


def _whole_numbers(rows: list, limit: int, events: QuerySet) -> tuple[list, bool]:
    last = rows[limit - 1].number
    if rows[limit].number != last:
        return rows[:limit], True
    whole = [row for row in rows if row.number < last] + list(_for_list(events.filter(number=last)))
    return whole, events.filter(number__gt=last).exists()


def _visible(scope: Scope) -> QuerySet:
    """By the unit that the team belonged to on the day of the figures: the rule of ``as_was``."""
    events = FigureEvent.objects.all()
    if scope.unit is not None and scope.narrows:
        events = events.filter(_stood_under((scope.unit,)))
    if scope.units is not None or scope.teams is not None:
        events = events.filter(_stood_under(scope.units or ()) | Q(team__in=scope.teams or ()))
    return events


def _stood_under(units: tuple[int, ...]) -> Q:
    """The first condition follows from the second: by it the database goes through these teams, not through all."""
    ever = TeamHome.objects.filter(unit__ancestries__ancestor__in=units)
    day, home = OuterRef("day"), "descendant__team_homes__"
    # One filter() call: the conditions on the home must all hold for the same home.
    found = UnitAncestry.objects.filter(
        valid_on(day), valid_on(day, home), Q(**{f"{home}team": OuterRef("team")}), ancestor__in=units
    )
    return Q(team__in=ever.values("team")) & Q(Exists(found))


def _may_ask_by_unit(access: Access) -> bool:
    """Who is granted single teams may not ask for the figures of their units."""
    return access.is_city_wide(Right.STATS_VIEW) or not access.team_ids(Right.STATS_VIEW)


def _told(row: Any, *, by_unit: bool) -> dict:
    """``row``: a FigureEvent with the ``unit`` of its day beside it."""
    unit = row.unit
    campaign = row.campaign.code if row.campaign else None
    question = {"by": "team", "unit": unit if by_unit else None, "campaign": campaign, "from": row.day, "to": row.day}
    return {
        "id": row.number,
        "type": TYPE,
        "at": timezone.localtime(moment(row.number)),
        "day": row.day,
        "team": row.team.code,
        "unit": unit,
        "campaign": campaign,
        # Parameters of the question that tells the figures as they are now.
        "question": {name: value for name, value in question.items() if value is not None},
    }
