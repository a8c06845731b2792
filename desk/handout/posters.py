"""What stands on a point's poster: where, when, with what, and what nobody will ever ask for."""

import datetime as dt
from urllib.parse import quote

from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from campaigns.models import CampaignDay, Deployment, SupportPoint
from core.dated import today
from desk.handout.cards import hours, qr
from services_help.models import Service

# More than can be read from three metres: then their groups stand for them.
MOST_SERVICES = 8


def document(params: dict, ids: list[int]) -> dict:
    """What posters.typ lays out, of the points ``ids``."""
    day = CampaignDay.objects.select_related("campaign").filter(pk=params["day"]).first()
    points = SupportPoint.objects.select_related("area").in_bulk(ids)
    services = services_of(day)
    times = _times(day)
    return {
        "title": params["name"],
        "paper": params["paper"],
        "day": _told(day.day) if day else "",
        "services": services,
        "points": [_poster(points[pk], times, params["base"]) for pk in ids],
    }


def _told(day: dt.date) -> str:
    """In Vietnamese, whatever the language of who orders."""
    with translation.override("vi"):
        return date_format(day, "l, d/m/Y")


def _poster(point: SupportPoint, times: dict[int, list[str]], base: str) -> dict:
    open_hours = times.get(point.pk, [])
    if not open_hours and point.opens_at and point.closes_at:
        open_hours = [hours(point.opens_at, point.closes_at)]
    address = f"{base.rstrip('/')}{reverse('public:front')}?q={quote(point.name)}#diem"
    return {
        "name": point.name,
        "address": ", ".join(part for part in (point.address, str(point.area)) if part),
        "hours": open_hours,
        "qr": qr(address),
    }


def _times(day: CampaignDay | None) -> dict[int, list[str]]:
    """point → the hours in which a team stands there that day, each once."""
    found: dict[int, list[str]] = {}
    if day is None:
        return found
    for plan in Deployment.objects.active().filter(campaign_day=day, point__isnull=False).order_by("starts_at"):
        told = hours(plan.starts_at, plan.ends_at)
        if told not in found.setdefault(plan.point_id, []):
            found[plan.point_id].append(told)
    return found


def services_of(day: CampaignDay | None) -> list[str]:
    """What citizens are helped with, in few words: the services that the campaign names, or their groups."""
    valid_on, campaign = (day.day, day.campaign) if day else (today(), None)
    offered = Service.objects.offered_on(valid_on, campaign).filter(for_citizens=True)
    services = list(offered.select_related("group"))
    if len(services) <= MOST_SERVICES:
        return [service.short_name for service in services]
    groups = Service.objects.groups().filter(Q(services__in=services), for_citizens=True).distinct()
    return [group.short_name for group in groups]
