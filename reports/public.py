"""The front door: where help is given today, and what the campaigns have done. No account, no personal data."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch, Q
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.models import Campaign, CampaignStatus, Deployment, Target
from core.dated import today
from core.vietnamese import fold
from reports.stats import StatsQuery, answer
from reports.stats.measures import MEASURES, Measure, all_measures
from reports.stats.suppress import THRESHOLD, suppressed
from services_help.models import CampaignService, Service
from teams.access import system_access

MOST_CAMPAIGNS = 6
# More than a citizen reads on a phone; the search and the link to all of them are above and below.
MOST_POINTS = 12
CITY_FIGURES = [
    ("people", "users"),
    ("service_turns", "list-checks"),
    ("sessions", "calendar-days"),
    ("teams", "flag"),
]
CAMPAIGN_FIGURES = ("people", "service_turns", "teams")


@login_not_required
@require_safe
def front(request):
    day = today()
    wanted = request.GET.get("q", "").strip()[:80]
    points = points_open_on(day)
    found = [point for point in points if fold(wanted) in point["search"]]
    shown = found if wanted or "all" in request.GET else found[:MOST_POINTS]
    city = answer(StatsQuery(measures=tuple(name for name, _icon in CITY_FIGURES)), system_access())
    has_data = city.totals["sessions"] > 0
    context = {
        "today": day,
        "q": wanted,
        "areas": sorted({point["area_name"] for point in points}, key=fold),
        "points": shown,
        "more_points": len(found) - len(shown),
        "campaigns": campaign_cards(has_data),
        "figures": [_figure(MEASURES[name], city.totals[name]) | {"icon": icon} for name, icon in CITY_FIGURES],
        "freshness": {"as_of": city.freshness["as_of"], "state_label": _("tạm tính")},
        "has_data": has_data,
    }
    return render(request, "public/front.html", context)


def points_open_on(day) -> list[dict]:
    """The points to which a team is sent on ``day``, with everything that a citizen asks about them."""
    plans = (
        Deployment.objects.active()
        .filter(campaign_day__day=day, point__isnull=False)
        .exclude(campaign_day__campaign__status=CampaignStatus.DRAFT)
        .for_list()
        .order_by("point__sort_key", "starts_at", "team__sort_key")
    )
    offers = _offers(day)
    found: dict[int, dict] = {}
    for plan in plans:
        point = found.setdefault(plan.point_id, _point(plan.point))
        hours = f"{plan.starts_at:%H:%M}–{plan.ends_at:%H:%M}"
        if hours not in point["all_hours"]:
            point["all_hours"].append(hours)
        if plan.team.name not in point["teams"]:
            point["teams"].append(plan.team.name)
        for service in offers.get(plan.campaign_day.campaign_id, offers[None]):
            if service not in point["services"]:
                point["services"].append(service)
    for point in found.values():
        point["hours"] = ", ".join(point.pop("all_hours"))
    return list(found.values())


def _point(point) -> dict:
    return {
        "name": point.name,
        "kind_label": point.get_kind_display(),
        "area_name": str(point.area),
        "address": point.address,
        "lat": point.lat,
        "lon": point.lon,
        "teams": [],
        "services": [],
        "all_hours": [],
        "search": fold(f"{point.name} {point.address} {point.area}"),
    }


def _offers(day) -> dict:
    """campaign → what it helps with; ``None`` → the groups of the catalogue, for campaigns that name nothing."""
    valid = Service.objects.leaves().on(day)
    offers: dict = {None: [group.short_label for group in Service.objects.groups().on(day).filter(for_citizens=True)]}
    for offer in CampaignService.objects.filter(service__in=valid).select_related("service"):
        offers.setdefault(offer.campaign_id, []).append(offer.service.short_label)
    return offers


def campaign_cards(has_data: bool) -> list[dict]:
    """The campaigns that are running, then the latest that have ended."""
    targets = Prefetch("targets", Target.objects.select_related("unit"))
    running = Q(status=CampaignStatus.ACTIVE)
    shown = Campaign.objects.public().prefetch_related("goals", targets)
    cards = [*shown.filter(running).order_by("-starts_on"), *shown.exclude(running).order_by("-starts_on")]
    measures = all_measures()
    return [_card(campaign, measures, has_data) for campaign in cards[:MOST_CAMPAIGNS]]


def _card(campaign: Campaign, measures: dict[str, Measure], has_data: bool) -> dict:
    card: dict[str, Any] = {
        "name": campaign.name,
        "theme": campaign.theme,
        "period": _period(campaign),
        "status_label": campaign.get_status_display(),
        "goals": [str(goal) for goal in campaign.goals.all()],
        "figures": [],
        "progress": [],
    }
    if not has_data:
        return card
    # The campaign's own goals; those of the units below are theirs to show.
    targets = [
        target
        for target in campaign.targets.all()
        if target.unit_id == campaign.owner_id and target.measure in measures
    ]
    asked = dict.fromkeys([*CAMPAIGN_FIGURES, *(target.measure for target in targets)])
    totals = answer(StatsQuery(measures=tuple(asked), campaign=(campaign.code,)), system_access()).totals
    card["figures"] = [_figure(measures[name], totals[name]) for name in CAMPAIGN_FIGURES if totals[name]]
    card["progress"] = [_progress(target, measures[target.measure], totals[target.measure]) for target in targets]
    return card


def _period(campaign: Campaign) -> str:
    start = f"{campaign.starts_on:%d/%m/%Y}"
    if campaign.ends_on is None:
        return _("từ %(day)s") % {"day": start}
    return start if campaign.ends_on == campaign.starts_on else f"{start} – {campaign.ends_on:%d/%m/%Y}"


def _figure(measure: Measure, value: int) -> dict:
    return {"label": measure.label, "value": _told(measure, value), "definition": measure.definition}


def _progress(target: Target, measure: Measure, value: int) -> dict:
    told = _told(measure, value)
    # The share of a small count would give the count away.
    percent = round(100 * value / target.value, 1) if told == value else None
    return {"label": target.name, "value": told, "goal": target.value, "percent": percent}


def _told(measure: Measure, value: int):
    """Small counts of citizens in words: under five, a figure may point at a person."""
    if measure.is_of_citizens and suppressed(value) is None:
        return _("dưới %(threshold)s") % {"threshold": THRESHOLD}
    return value
