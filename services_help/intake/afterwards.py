"""Sessions that came in before their plan: what is planned afterwards, or was a draft until now, finds them here.

The same rule as at the intake (``planning``). Only what carries no campaign is looked at, and nothing that is locked:
locked figures change by adjustments alone. So it can be done again, at any time, with the same result.
"""

import datetime as dt
from collections import defaultdict

import structlog
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from campaigns.models import Campaign, CampaignDay, DayKind
from campaigns.replanning import REPLANNED, day_and_author
from core import audit, outbox
from core.models import OutboxMessage
from services_help.intake import planning
from services_help.intake.periods import hold_off_intake, hold_off_locks
from services_help.intake.promises import Promises
from services_help.models import Session
from services_help.models.records import SessionQuerySet
from teams.access import Access

logger = structlog.get_logger(__name__)
MOST_LEFT_OUT = 1000


@outbox.claims_for_itself
def assign_again(batch: int) -> int:
    """Handler of ``campaigns.replanned``: up to ``batch`` sessions of one day; 0 when there is nothing left to do."""
    with transaction.atomic():
        row = _due()
        if row is None:
            return 0
        try:
            with transaction.atomic():
                _do_piece(row, batch)
        except Exception as error:  # the row keeps the error for a person to read, and is tried again later
            logger.exception("outbox_key_failed", key=row.key)
            outbox.postpone(row, repr(error))
    return 1


def _due() -> OutboxMessage | None:
    due = OutboxMessage.objects.filter(topic=REPLANNED, available_at__lte=timezone.now()).order_by("id")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    return due.first()


def _do_piece(row: OutboxMessage, batch: int) -> None:
    day, author = day_and_author(row.key)
    after = row.data["after"] if row.data else None
    if after is None:
        # A session on its way in may have asked before the plan was stored: it is in when this returns.
        hold_off_intake()
    else:
        hold_off_locks()
    found = _without_campaign(day).filter(lock__isnull=True)
    if after:
        found = found.filter(pk__gt=after)
    # In the order of ids, as reviewers and the intake take them.
    found = found.select_related("team").with_home().order_by("pk")
    sessions = list(found.select_for_update(of=("self",), no_key=True)[:batch])
    _assign(sessions, by=User.objects.get(pk=author) if author else None)
    if len(sessions) < batch:
        row.delete()
    else:
        row.data = {"after": str(sessions[-1].pk)}
        row.save(update_fields=["data"])


def _without_campaign(day: dt.date) -> SessionQuerySet:
    return Session.objects.live().filter(day=day, campaign__isnull=True)


def _assign(sessions: list[Session], *, by: User | None) -> None:
    planning.assign(sessions)
    of_campaign: dict[int, list[Session]] = defaultdict(list)
    for session in sessions:
        if session.campaign_id:
            of_campaign[session.campaign_id].append(session)
    if not of_campaign:
        return
    codes = dict(Campaign.objects.filter(pk__in=of_campaign).values_list("pk", "code"))
    promises = Promises()
    for campaign, rows in of_campaign.items():
        Session.objects.filter(pk__in=[row.pk for row in rows]).update(campaign=campaign)
        told = {"campaign": codes[campaign]}
        audit.record_many((("services_help.session_planned", row, row.home, told) for row in rows), by=by)
        for row in rows:
            promises.has_changed(row)
    promises.enqueue()


def left_out(campaign_day: CampaignDay, access: Access) -> int:
    """Sessions of the reader that would count for the campaign if they were not locked; more than ``MOST_LEFT_OUT`` is
    more than was counted."""
    locked = _without_campaign(campaign_day.day).filter(lock__isnull=False).visible_to(access)
    if campaign_day.kind != DayKind.PEAK:
        locked = locked.filter(team__in=campaign_day.deployments.active().values("team"))
    sessions = list(locked.order_by("pk")[: MOST_LEFT_OUT + 1])
    planning.assign(sessions)
    return sum(session.campaign_id == campaign_day.campaign_id for session in sessions)
