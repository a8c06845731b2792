"""Deployments as a calendar (RFC 5545). Who is sent where and when, and nothing about persons: notes stay at home."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from campaigns.models import CalendarFeed, CampaignStatus, Deployment
from core.dated import today, valid_on
from teams.models import TeamHome, UnitAncestry

PRODUCT = "-//Thanh Doan TP. Ho Chi Minh//Xung Kich So//VI"
# Calendars forget what is no longer in the file; what is over long since nobody looks for there.
KEPT = dt.timedelta(days=90)
ASK_AGAIN = dt.timedelta(hours=1)


def deployments_of(feed: CalendarFeed):
    """Of the team, or of the teams that stood under the unit on the day; cancelled ones too, so that they vanish."""
    rows = Deployment.objects.filter(campaign_day__day__gte=today() - KEPT)
    rows = rows.exclude(campaign_day__campaign__status=CampaignStatus.DRAFT)
    if feed.team_id:
        rows = rows.filter(team=feed.team_id)
    else:
        day = OuterRef("campaign_day__day")
        above = UnitAncestry.objects.filter(valid_on(OuterRef(day)), ancestor=feed.unit_id, descendant=OuterRef("unit"))
        rows = rows.filter(Exists(TeamHome.objects.filter(Exists(above), valid_on(day), team=OuterRef("team"))))
    return rows.select_related("team", "point__area", "campaign_day__campaign").order_by(
        "campaign_day__day", "starts_at", "pk"
    )


def calendar_of(feed: CalendarFeed, deployments: Iterable[Deployment]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    name = _("Xung Kích Số: %(who)s") % {"who": feed}
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", timezone.get_default_timezone_name())
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for deployment in deployments:
        calendar.add_component(_event(deployment, with_team=feed.team_id is None))
    return calendar.to_ical()


def _event(deployment: Deployment, *, with_team: bool) -> Event:
    day, point = deployment.campaign_day, deployment.point
    where = point.name if point else _("Lưu động")
    event = Event()
    # Stable for ever, whatever is changed: calendars replace an event by it, the higher sequence winning.
    event.add("uid", f"deployment-{deployment.pk}@xung-kich-so")
    event.add("sequence", deployment.version)
    event.add("dtstamp", deployment.changed_at)
    event.add("last-modified", deployment.changed_at)
    event.add("dtstart", _moment(day.day, deployment.starts_at))
    event.add("dtend", _moment(day.day, deployment.ends_at))
    event.add("summary", f"{deployment.team.name} · {where}" if with_team else where)
    event.add("description", f"{day.campaign.name}\n{deployment.team.name}")
    event.add("status", "CANCELLED" if deployment.cancelled_at else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if deployment.cancelled_at else "OPAQUE")
    if point:
        event.add("location", ", ".join(filter(None, (point.name, point.address, str(point.area)))))
        if point.lat is not None and point.lon is not None:
            event.add("geo", (point.lat, point.lon))
    return event


def _moment(day: dt.date, time: dt.time) -> dt.datetime:
    """In UTC, which needs no table of time zones in the file."""
    return timezone.make_aware(dt.datetime.combine(day, time)).astimezone(dt.UTC)
