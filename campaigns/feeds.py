"""Calendar addresses: made once, shown once, known afterwards only by their digest, like the keys of programs."""

import secrets

from django.db import transaction
from django.utils import timezone

from campaigns.models import CalendarFeed
from core import audit
from core.errors import NotAllowed
from teams.access import Access
from teams.authentication import digest_of
from teams.models import Team, Unit
from teams.permissions import Right


@transaction.atomic
def issue_feed(*, access: Access, team: Team | None = None, unit: Unit | None = None) -> tuple[CalendarFeed, str]:
    """(the stored row, the secret of the address). An address that was given out before opens nothing from now on."""
    # Locked, so that two members of staff do not both hand out an address of which one is dead.
    if team:
        Team.objects.select_for_update(of=("self",)).get(pk=team.pk)
    elif unit:
        Unit.objects.select_for_update(of=("self",)).get(pk=unit.pk)
    _require(access, team, unit)
    for before in CalendarFeed.objects.live().filter(team=team, unit=unit):
        _revoke(before, access)
    key = secrets.token_urlsafe(24)
    feed = CalendarFeed.objects.create(team=team, unit=unit, digest=digest_of(key), created_by=access.user)
    audit.record("campaigns.feed_issued", by=access.user, target=feed, scope_unit=_scope(feed))
    return feed, key


@transaction.atomic
def revoke_feed(*, feed: CalendarFeed, access: Access) -> CalendarFeed:
    """From now on the address opens nothing. A second call changes nothing."""
    feed = CalendarFeed.objects.select_for_update(of=("self",)).get(pk=feed.pk)
    _require(access, feed.team, feed.unit)
    if feed.revoked_at is None:
        _revoke(feed, access)
    return feed


@transaction.atomic
def end_accesses(*, user, by, keep_issued: bool) -> dict[str, int]:
    """The calendar addresses that ``user`` has handed out, and so knows (``accounts.closing``)."""
    feeds = [] if keep_issued else list(CalendarFeed.objects.live().filter(created_by=user).select_for_update())
    for feed in feeds:
        _revoke(feed, Access(user=by))
    return {"feeds": len(feeds)}


def feed_of(key: str) -> CalendarFeed | None:
    """The feed whose address ends in ``key``, unless it was taken back."""
    return CalendarFeed.objects.live().select_related("team", "unit").filter(digest=digest_of(key)).first()


def _revoke(feed: CalendarFeed, access: Access) -> None:
    feed.revoked_at = timezone.now()
    feed.save(update_fields=["revoked_at"])
    audit.record("campaigns.feed_revoked", by=access.user, target=feed, scope_unit=_scope(feed))


def _require(access: Access, team: Team | None, unit: Unit | None) -> None:
    covered = access.covers_team(Right.DEPLOY, team) if team else unit and access.covers_unit(Right.DEPLOY, unit)
    if not covered:
        raise NotAllowed


def _scope(feed: CalendarFeed) -> int | None:
    if feed.unit_id:
        return feed.unit_id
    home = feed.team.home_on(timezone.localdate()) if feed.team else None
    return home.pk if home else None
