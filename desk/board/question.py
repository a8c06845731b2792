"""The question that a board answers: a day, and the whole scope of its reader or one unit of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from campaigns.models import CampaignDay, DayKind, Deployment, DeploymentQuerySet
from core.dated import today, valid_on
from desk.board import counts
from reports.explain.asking import of_row
from reports.stats import Answer, StatsQuery
from reports.stats.engine import plan, run
from reports.stats.freshness import freshness
from reports.stats.periods import parse_day
from services_help.models import Session
from services_help.models.records import SessionQuerySet
from teams.access import Access, access_of
from teams.models import TeamHome, Unit, UnitAncestry, UnitPlacement
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
        if self.unit is None:
            return queryset
        below = UnitAncestry.objects.on(self.day).filter(ancestor=self.unit).values("descendant")
        homes = TeamHome.objects.filter(valid_on(self.day), unit__in=below).values("team")
        return queryset.filter(**{f"{prefix}team__in": homes})

    def sessions(self) -> SessionQuerySet:
        return self.seen(Session.objects.live().filter(day=self.day))

    def seen[Rows: QuerySet](self, queryset: Rows, prefix: str = "") -> Rows:
        """Rows of the day with a ``team`` whose shifts the reader sees, of the chosen unit; ``prefix`` reaches both."""
        return self.in_unit(cast("Rows", self.access.visible_sessions(queryset, prefix=prefix, day=self.day)), prefix)

    def plans(self) -> DeploymentQuerySet:
        """Who was sent where on the day."""
        plans = self.in_unit(Deployment.objects.visible_to(self.access, Right.CAMPAIGN_VIEW).carried_out())
        return plans.filter(campaign_day__day=self.day)

    @cached_property
    def shift_counts(self) -> dict[str, int]:
        return counts.of_shifts(self.sessions())

    @cached_property
    def plan_counts(self) -> dict[str, int]:
        return counts.of_plans(self.plans(), self.sessions(), late_by=self.late_by, due_by=self.due_by)

    @cached_property
    def peak(self) -> dt.date | None:
        """The last peak day before this one: what the day is measured against."""
        return peak_days(self.access).filter(day__lt=self.day).values_list("day", flat=True).first()

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
        unit = Unit.objects.visible_to(access, Right.DASHBOARD_VIEW).on(day).filter(code=code).first()
        if unit is None:
            raise Http404
    return Board(access, day, timezone.localtime(), unit)


def day_in(text: str | None) -> dt.date:
    """Within the years that the statistics know, so that there is a day before and after; else today."""
    try:
        return parse_day(text or "")
    except ValueError:
        return today()


def peak_days(access: Access) -> QuerySet[CampaignDay]:
    return CampaignDay.objects.visible_to(access).filter(kind=DayKind.PEAK).order_by("-day")


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
    visible = Unit.objects.visible_to(board.access, Right.DASHBOARD_VIEW)
    depth = above.filter(ancestor=OuterRef("pk")).values("depth")[:1]
    return list(visible.filter(pk__in=above.values("ancestor")).annotate(up=Subquery(depth)).order_by("-up"))


def unit_options(access: Access, day: dt.date) -> list[dict]:
    """The units to choose from, in the order of the tree."""
    visible = Unit.objects.visible_to(access, Right.DASHBOARD_VIEW).on(day)
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
