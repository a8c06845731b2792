"""Which sessions no rule has looked at yet as they are now: that nothing was found in them says nothing.

Figures that have come in are promised first, are told by the feed once they are counted, and are examined then. So a
session is still to be looked at while its slice is promised, or stands in the feed behind the place of the examination.
"""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from core.models import OutboxMessage
from desk.outliers.examining import RECENT, number_at
from desk.outliers.models import Examination
from reports.events.models import FigureEvent
from reports.tallies.slices import STALE, Slice, among
from services_help.models import Session


def how_far() -> Examination:
    """To be asked before the sessions and their flags are read: what is examined meanwhile has flags not seen here."""
    place = Examination.objects.filter(pk=Examination.ONLY).first()
    return place or Examination(number=number_at(timezone.now() - RECENT))


def unexamined(sessions: Iterable[Session], place: Examination) -> set[UUID]:
    """Of these those that are still to be looked at, in two queries; ``place`` is what ``how_far`` said."""
    of_slice = {session.pk: Slice(session.day, session.team_id) for session in sessions}
    slices = set(of_slice.values())
    # The promises first: one that is kept meanwhile stands in the feed.
    keys = OutboxMessage.objects.filter(topic=STALE, key__in=[each.outbox_key for each in slices])
    promised = set(keys.values_list("key", flat=True))
    events = FigureEvent.objects.filter(among(slices), place.behind())
    coming = {Slice(day, team) for day, team in events.values_list("day", "team")}
    return {pk for pk, each in of_slice.items() if each in coming or each.outbox_key in promised}
