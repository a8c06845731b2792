"""A plan that comes after the work. A session looks for its campaign when it comes in; what is planned after that, or
was a draft until now, has to look for the session. This app knows of none: whoever does is told which days to look at.
"""

import datetime as dt
from collections.abc import Iterable

from core import outbox
from core.dated import today

REPLANNED = "campaigns.replanned"


def replanned(days: Iterable[dt.date], *, by) -> None:
    """The plan of these days says more than it did. In the transaction that has changed it; no day to come has work.

    Also of a draft: it may be set going this very moment, by somebody who does not see this change yet.
    """
    author = by.pk if by else ""
    outbox.enqueue(REPLANNED, {f"{day.isoformat()}:{author}" for day in days if day <= today()})


def day_and_author(key: str) -> tuple[dt.date, int | None]:
    day, _colon, author = key.partition(":")
    return dt.date.fromisoformat(day), int(author) if author else None
