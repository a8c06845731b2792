"""How fresh the figures are, without running any question."""

from django.utils import timezone

from core import outbox
from core.models import Revision
from reports.tallies.slices import PARKED, STALE


def freshness() -> dict:
    """``as_of``: the last change that is counted; ``pending``: changes stored but not yet counted; ``lag_seconds``: for
    how long the oldest of them has waited."""
    changed = Revision.objects.filter(name="tallies").values_list("changed_at", flat=True).first()
    waiting = [outbox.pending(topic) for topic in (STALE, PARKED)]
    oldest = min((since for _count, since in waiting if since), default=None)
    lag = max(0, int((timezone.now() - oldest).total_seconds())) if oldest else 0
    return {
        "as_of": timezone.localtime(changed) if changed else None,
        "pending": sum(count for count, _since in waiting),
        "lag_seconds": lag,
    }
