"""The board of a day: figures from the statistics engine, beside who was sent and who has reported."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, OuterRef, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from campaigns.models import CampaignDay, DayKind, Deployment
from core.dated import valid_on
from reports.explain.asking import of_row
from reports.stats import Answer, StatsQuery, answer
from reports.stats.measures import MEASURES
from services_help.models import AssistanceLog, Session
from teams.access import Access
from teams.models import TeamHome, Unit, UnitAncestry
from teams.permissions import Right

LATEST_SESSIONS = 8
MOST_SERVICES = 12
MOST_SILENT = 12
FIGURES = [
    ("people", "users"),
    ("service_turns", "list-checks"),
    ("sessions", "calendar-days"),
    ("teams", "flag"),
    ("points", "map-pin"),
    ("volunteers", "heart-handshake"),
]


@dataclass(frozen=True)
class Board:
    """One question for one reader: a day, and the whole scope or one unit of it."""

    access: Access
    day: dt.date
    unit: Unit | None = None

    def query(self, *by: str, measures: tuple[str, ...]) -> StatsQuery:
        unit = self.unit.code if self.unit else None
        return StatsQuery(measures=measures, by=by, unit=unit, start=self.day, end=self.day)

    def ask(self, *by: str, measures: tuple[str, ...]) -> Answer:
        return answer(self.query(*by, measures=measures), self.access)

    def why(self, measure: str, row: dict | None = None, by: tuple[str, ...] = ()) -> str:
        """Where the page is that says what stands behind a figure of this board."""
        asked = of_row(self.query(*by, measures=(measure,)), measure, row)
        return f"{reverse('dashboard:explain')}?{asked.address()}"

    def context(self, now: dt.datetime) -> dict:
        totals = self.ask(measures=tuple(name for name, _icon in FIGURES))
        return {
            "day": self.day,
            "unit": self.unit,
            "freshness": totals.freshness,
            "has_data": totals.totals["sessions"] > 0,
            "figures": [_figure(name, icon, totals.totals[name]) | {"why": self.why(name)} for name, icon in FIGURES],
            "now": now.hour if now.date() == self.day else None,
            "hours": self._hours(),
            "units": self._units(),
            **self._services(),
            **self._reporting(),
            "sessions": self._latest_sessions(),
        }

    def _hours(self) -> list[dict]:
        found = self.ask("hour", measures=("service_turns",))
        return [
            {"hour": row["hour"], "value": row["service_turns"], "why": self.why("service_turns", row, ("hour",))}
            for row in found.rows
        ]

    def _units(self) -> list[dict]:
        found = self.ask("unit", measures=("people",))
        rows = sorted(found.rows, key=lambda row: -row["people"])
        return [
            {
                "label": found.labels["unit"].get(row["unit"]) or _("Chưa xếp đơn vị"),
                "value": row["people"],
                "url": self._link(row["unit"]) if row["unit"] else "",
                "why": self.why("people", row, ("unit",)),
            }
            for row in rows
        ]

    def _link(self, unit_code: str) -> str:
        if self.unit and unit_code == self.unit.code:
            return ""
        return reverse("dashboard:home") + "?" + urlencode({"day": self.day.isoformat(), "unit": unit_code})

    def _services(self) -> dict:
        found = self.ask("service", measures=("service_turns",))
        rows = sorted(found.rows, key=lambda row: -row["service_turns"])
        shown = [
            {
                "label": found.labels["service"][row["service"]],
                "value": row["service_turns"],
                "why": self.why("service_turns", row, ("service",)),
            }
            for row in rows[:MOST_SERVICES]
        ]
        return {"services": shown, "more_services": max(0, len(rows) - MOST_SERVICES)}

    def _in_unit(self, queryset):
        """Rows with a ``team`` that stood under the chosen unit on the day."""
        if self.unit is None:
            return queryset
        below = UnitAncestry.objects.on(self.day).filter(ancestor=self.unit).values("descendant")
        return queryset.filter(team__in=TeamHome.objects.filter(valid_on(self.day), unit__in=below).values("team"))

    def _sessions(self):
        return self._in_unit(Session.objects.visible_to(self.access).live().filter(day=self.day))

    def _reporting(self) -> dict:
        plans = self._in_unit(Deployment.objects.visible_to(self.access, Right.CAMPAIGN_VIEW).active())
        plans = plans.filter(campaign_day__day=self.day).for_list().order_by("starts_at", "team__sort_key")
        reported = set(self._sessions().values_list("team", flat=True))
        sent, silent = {plan.team_id for plan in plans}, {}
        for plan in plans:
            if plan.team_id not in reported:
                silent.setdefault(plan.team_id, plan)
        reporting = len(sent & reported)
        return {
            "deployed": len(sent),
            "reporting": reporting,
            "reporting_percent": round(100 * reporting / len(sent)) if sent else None,
            "silent": [_silent(plan) for plan in list(silent.values())[:MOST_SILENT]],
            "more_silent": max(0, len(silent) - MOST_SILENT),
        }

    def _latest_sessions(self):
        people = Case(When(same_visit=True, then=Value(0)), default=F("people"), output_field=IntegerField())
        counted = (
            AssistanceLog.objects.live()
            .filter(session=OuterRef("pk"))
            .order_by()
            .values("session")
            .annotate(n=Sum(people))
        )
        latest = self._sessions().for_list().order_by("-received_at", "-pk")
        return latest.annotate(people=Coalesce(Subquery(counted.values("n")), 0))[:LATEST_SESSIONS]


def _figure(name: str, icon: str, value) -> dict:
    measure = MEASURES[name]
    return {"label": measure.label, "value": value, "definition": measure.definition, "icon": icon}


def _silent(plan: Deployment) -> dict:
    return {
        "team": plan.team.name,
        "point": plan.point.name if plan.point else _("Cơ động"),
        "hours": f"{plan.starts_at:%H:%M}–{plan.ends_at:%H:%M}",
    }


def unit_options(access: Access, day: dt.date) -> list[dict]:
    """The units to choose from, top two levels below each granted one, in the order of the tree."""
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


def busiest_day(access: Access) -> dt.date | None:
    """The latest peak day that the reader's campaigns have had."""
    days = CampaignDay.objects.visible_to(access).filter(kind=DayKind.PEAK)
    return days.order_by("-day").values_list("day", flat=True).first()
