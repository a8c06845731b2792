"""The checks of ``clashes`` as conditions of SQL: how many rows of a whole day do not fit, and which.

What they find is what ``clashes_of`` finds; the words for a row are made there, of the few that are shown.
"""

import datetime as dt
import functools
import operator
from collections.abc import Iterable

from django.db.models import Count, Exists, F, OuterRef, Q

from campaigns.clashes import KINDS, NO_LEADER, OUTSIDE_HOURS, POINT_GONE, TEAM_GONE, TWICE
from campaigns.models import Deployment
from teams.models import Appointment, DevicePass
from teams.permissions import Role


def conditions(day: dt.date) -> dict[str, Q]:
    """By kind of clash: what holds for the deployments of ``day`` that have it."""
    sent = Deployment.objects.active().filter(campaign_day__day=day).order_by()
    # Only who is sent out more than once is asked for by the hour.
    often = sent.values("team").annotate(times=Count("pk")).filter(times__gt=1).values("team")
    other = sent.filter(team=OuterRef("team"), starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at"))
    leaders = Appointment.objects.on(day).filter(role=Role.TEAM_LEADER, team__isnull=False, user__is_active=True)
    cards = DevicePass.objects.filter(valid_to__gte=day, revoked_at=None, redeemed_at=None)
    return {
        TWICE: Q(team__in=often) & Q(Exists(other.exclude(pk=OuterRef("pk")))),
        TEAM_GONE: _gone("team", day),
        POINT_GONE: _gone("point", day),
        OUTSIDE_HOURS: Q(point__opens_at__gt=F("starts_at")) | Q(point__closes_at__lt=F("ends_at")),
        NO_LEADER: ~Q(team__in=leaders.order_by().values("team")) & ~Q(team__in=cards.order_by().values("team")),
    }


def _gone(thing: str, day: dt.date) -> Q:
    return Q(**{f"{thing}__valid_from__gt": day}) | Q(**{f"{thing}__valid_to__lt": day})


def with_clash(day: dt.date, kinds: Iterable[str] = KINDS) -> Q:
    """Deployments of ``day`` with at least one clash of ``kinds``."""
    known = conditions(day)
    return functools.reduce(operator.or_, (known[kind] for kind in kinds))


def numbers(day: dt.date) -> dict[str, Count]:
    """To aggregate over deployments of ``day``: how many have each kind of clash."""
    return {kind: Count("pk", filter=condition) for kind, condition in conditions(day).items()}
