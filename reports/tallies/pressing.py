"""Figures come first: work that can wait makes way for them, a piece at a time.

Where one worker does everything, whatever it is at makes the figures as late as that takes.
"""

import datetime as dt

from django.utils import timezone

from core.models import OutboxMessage
from reports.tallies.slices import STALE

# What has been promised just now is about to be gathered, and waits for nobody.
A_MOMENT = dt.timedelta(seconds=0.5)


def figures_wait(longer_than: dt.timedelta = A_MOMENT) -> bool:
    """Whether what has come in is still to be counted after that time; not what has failed and is tried again later."""
    now = timezone.now()
    due = OutboxMessage.objects.filter(topic=STALE, available_at__lte=now, created_at__lte=now - longer_than)
    return due.exists()
