"""The question that a board answers: a day, and the whole scope of its reader or one unit of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from campaigns.models import Deployment, DeploymentQuerySet
from core.dated import today, valid_on
from desk.board import counts
from desk.board.peaks import last_peak
from reports.explain.asking import of_row
from reports.stats import Answer, StatsQuery
from reports.stats.engine import plan, run
from reports.stats.freshness import freshness
from reports.stats.periods import parse_day
from services_help.models import Session
from services_help.models.records import SessionQuerySet
from teams.access import Access, access_of
from teams.models import TeamHome, Unit, UnitAncestry, UnitPlacement
from teams.models.units import UnitQuerySet
from teams.permissions import Right

TURNS = ("people", "service_turns")


@dataclass(frozen=True)
class Board:
    """What several parts of the board need is read once."""

    access: Access
    day: dt.date
    now: dt.datetime
    unit: Unit | None = None

    # --- asking the statistics ----------------------------------------------------------------------------------------
    @cached_property
    def fresh(self) -> dict:
        return freshness(self.access)

    @cached_property
    def freshness(self) -> dict:
        """The same, with the least certain state of the figures of the day; None where there are none."""
        return self.ask(measures=("sessions",)).freshness

    def query(self, *by: str, measures: tuple[str, ...], **other) -> StatsQuery:
        unit = self.unit.code if self.unit else None
        return StatsQuery(**{"measures": measures, "by": by, "unit": unit, "start": self.day, "end": self.day} | other)

    def ask(self, *by: str, measures: tuple[str, ...], **other) -> Answer:
        # Before the figures: then it never claims more than they hold.
        fresh = self.fresh
        return run(plan(self.query(*by, measures=measures, **other), self.access), fresh)

    def why(self, measure: str, row: Mapping | None = None, by: tuple[str, ...] = ()) -> str:
        """Where the page is that says what stands behind a figure of this board."""
        asked = of_row(self.query(*by, measures=(measure,)), measure, row)
        return f"{reverse('dashboard:explain')}?{asked.address()}"

    @cached_property
    def hours(self) -> Answer:
        return self.ask("hour", measures=TURNS)

    @cached_property
    def peak_hours(self) -> list[dict]:
        """The same by hour of the last peak day; empty if there was none."""
        return self.ask("hour", measures=TURNS, start=self.peak, end=self.peak).rows if self.peak else []

    # --- whose rows ---------------------------------------------------------------------------------------------------
    def in_unit[Rows: QuerySet](self, queryset: Rows, prefix: str = "") -> Rows:
        """Rows with a ``team`` that stood under the chosen unit on the day."""
        if self.unit is None or self.is_whole_city:
            return queryset
        below = UnitAncestry.objects.on(self.day).filter(ancestor=self.unit).values("descendant")
        homes = TeamHome.objects.filter(valid_on(self.day), unit__in=below).values("team")
        return queryset.filter(**{f"{prefix}team__in": homes})

    @cached_property
    def is_whole_city(self) -> bool:
        """Of the one unit that all others stand under: what has no unit counts for it too, as in the statistics."""
        if self.unit is None or not self.access.is_city_wide(Right.STATS_VIEW):
            return False
        return list(Unit.objects.roots(today()).order_by().values_list("pk", flat=True)) == [self.unit.pk]

    def sessions(self) -> SessionQuerySet:
        return self.seen(Session.objects.live().filter(day=self.day))

    def latest_sessions(self) -> SessionQuerySet:
        """The same, for a list that looks at none but those that it shows."""
        live = Session.objects.live().filter(day=self.day)
        return self.in_unit(cast("SessionQuerySet", self.access.of_day(live, self.day, Right.SESSION_VIEW)))

    def seen[Rows: QuerySet](self, queryset: Rows, prefix: str = "", right: Right = Right.SESSION_VIEW) -> Rows:
        """Rows of the day with a ``team``, of those whose figures of the day are the reader's, of the chosen unit.

        By the tree of the day, as the figures: a list must add up to what stands above it. ``prefix`` reaches both.
        """
        found = self.access.of_day(queryset, self.day, right, prefix, all_are_read=True)
        return self.in_unit(cast("Rows", found), prefix)

    def plans(self) -> DeploymentQuerySet:
        """Who was sent where on the day."""
        return self.seen(Deployment.objects.carried_out().filter(campaign_day__day=self.day), right=Right.CAMPAIGN_VIEW)

    @cached_property
    def is_rearranged(self) -> bool:
        """Whether a team has come to the reader since the day, or left him: it is where it was then."""
        return self.day < today() and self.access.has_other_teams_than_on(self.day, Right.STATS_VIEW)

    @property
    def as_it_is_now(self) -> str:
        """The page that tells the day's figure by the tree of today."""
        asked = of_row(replace(self.query(measures=("people",)), unit=None, hierarchy="as_is"), "people")
        return f"{reverse('dashboard:explain')}?{asked.address()}"

    @cached_property
    def shift_counts(self) -> dict[str, int]:
        return counts.of_shifts(self.sessions())

    @cached_property
    def plan_counts(self) -> dict[str, int]:
        return counts.of_plans(self.plans(), self.sessions(), late_by=self.late_by, due_by=self.due_by)

    @cached_property
    def peak(self) -> dt.date | None:
        """The last peak day before this one: what the day is measured against."""
        return last_peak(self.access, self.unit, before=self.day)

    # --- its time -----------------------------------------------------------------------------------------------------
    @property
    def is_today(self) -> bool:
        return self.day == self.now.date()

    @property
    def running_hour(self) -> int | None:
        return self.now.hour if self.is_today else None

    @property
    def due_by(self) -> dt.time | None:
        """What was planned to begin until then should have begun."""
        if not self.is_today:
            return dt.time.max if self.day < self.now.date() else None
        return timezone.localtime(self.now).time()

    @property
    def late_by(self) -> dt.time | None:
        """What was planned to begin until then, and has not, is late by a minute: on the day itself."""
        moment = timezone.localtime(self.now) - dt.timedelta(minutes=1)
        return moment.time() if self.is_today and moment.date() == self.day else None

    # --- addresses ----------------------------------------------------------------------------------------------------
    def address(self, name: str = "dashboard:home", *args, **chosen) -> str:
        """Of another page about the same day and unit; ``chosen`` replaces or adds."""
        said = {"day": self.day.isoformat(), "unit": self.unit.code if self.unit else None} | chosen
        return reverse(name, args=args) + "?" + urlencode({key: value for key, value in said.items() if value})


def board_of(request) -> Board:
    """The question in the address, within the reader's rights; a unit that is not his is not there."""
    access = access_of(request)
    if not access.has(Right.DASHBOARD_VIEW):
        raise PermissionDenied
    day = day_in(request.GET.get("day"))
    code = request.GET.get("unit", "").replace("\x00", "?")  # which PostgreSQL takes in no text
    unit = None
    if code:
        unit = units_on(access, day).filter(code=code).first()
        if unit is None:
            raise Http404
    return Board(access, day, timezone.localtime(), unit)


def units_on(access: Access, day: dt.date) -> UnitQuerySet:
    """Units that a board of the day can be of: the reader's, and those that were his on the day."""
    return cast("UnitQuerySet", access.units_of_day(Unit.objects.on(day), day, Right.DASHBOARD_VIEW))


def day_in(text: str | None) -> dt.date:
    """Within the years that the statistics know, so that there is a day before and after; else today."""
    try:
        return parse_day(text or "")
    except ValueError:
        return today()


def scope_name(board: Board) -> str:
    """What the board is about: the unit chosen, or the units that the reader answers for."""
    if board.unit:
        return board.unit.name
    granted = Unit.objects.filter(pk__in=board.access.unit_ids(Right.DASHBOARD_VIEW)).order_by("sort_key")
    return ", ".join(granted.values_list("name", flat=True)[:3]) or _("Toàn thành phố")


def subjects(board: Board) -> list[Unit]:
    """The units that the board is about: the one chosen, those granted, or for the operator the roots of the tree."""
    if board.unit:
        return [board.unit]
    if not board.access.is_unlimited:
        return list(Unit.objects.filter(pk__in=board.access.unit_ids(Right.DASHBOARD_VIEW)).order_by("sort_key"))
    placed = UnitPlacement.objects.on(board.day).filter(unit=OuterRef("pk"))
    return list(Unit.objects.on(board.day).filter(~Exists(placed)).order_by("sort_key"))


def line_above(board: Board) -> list[Unit]:
    """The units above the chosen one that the reader may see, from the top."""
    if board.unit is None:
        return []
    above = UnitAncestry.objects.on(board.day).filter(descendant=board.unit, depth__gt=0)
    visible = units_on(board.access, board.day)
    depth = above.filter(ancestor=OuterRef("pk")).values("depth")[:1]
    return list(visible.filter(pk__in=above.values("ancestor")).annotate(up=Subquery(depth)).order_by("-up"))


def unit_options(access: Access, day: dt.date) -> list[dict]:
    """The units to choose from, in the order of the tree."""
    visible = units_on(access, day)
    depth = UnitAncestry.objects.on(day).filter(descendant=OuterRef("pk")).order_by("-depth").values("depth")[:1]
    units = list(visible.annotate(level=Subquery(depth)).order_by("level", "sort_key"))
    if not units:
        return []
    parents = dict(
        UnitAncestry.objects.on(day).filter(depth=1, descendant__in=units).values_list("descendant", "ancestor")
    )
    children: dict[int | None, list[Unit]] = {}
    known = {unit.pk for unit in units}
    for unit in units:
        parent = parents.get(unit.pk)
        children.setdefault(parent if parent in known else None, []).append(unit)
    options: list[dict] = []
    stack = [(unit, 0) for unit in reversed(children.get(None, []))]
    while stack:
        unit, level = stack.pop()
        options.append({"code": unit.code, "name": unit.name, "indent": "\u2003" * level})
        stack += [(child, level + 1) for child in reversed(children.get(unit.pk, []))]
    return options
