"""What every answer depends on, read at one moment by one look-up: revisions, and how much waits to be counted."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock

from django.db import connection
from django.utils import timezone

from services_help.intake.promises import PARKED, STALE

# What an answer is made of.
REVISIONS = ("campaigns", "catalogue", "org", "tallies")
_READ = """
SELECT name, number, changed_at FROM core_revision
UNION ALL
SELECT topic, COUNT(*), MIN(created_at) FROM core_outboxmessage WHERE topic IN (%s, %s) GROUP BY topic"""


@dataclass(frozen=True)
class Moment:
    # Of REVISIONS, in their order.
    revisions: tuple[int, ...]
    as_of: dt.datetime | None
    pending: int
    lag_seconds: int

    @classmethod
    def read(cls) -> "Moment":
        with connection.cursor() as cursor:
            cursor.execute(_READ, [STALE, PARKED])
            found = {name: (number, _aware(at)) for name, number, at in cursor.fetchall()}
        waiting = [found[topic] for topic in (STALE, PARKED) if topic in found]
        oldest = min((since for _count, since in waiting if since), default=None)
        changed = found["tallies"][1] if "tallies" in found else None
        return cls(
            tuple(found[name][0] if name in found else 0 for name in REVISIONS),
            timezone.localtime(changed) if changed else None,
            sum(count for count, _since in waiting),
            max(0, int((timezone.now() - oldest).total_seconds())) if oldest else 0,
        )

    @property
    def freshness(self) -> dict:
        """``as_of``: the last change that is counted; ``pending``: changes stored but not yet counted; ``lag_seconds``:
        for how long the oldest of them has waited."""
        return {"as_of": self.as_of, "pending": self.pending, "lag_seconds": self.lag_seconds}


def _aware(value) -> dt.datetime | None:
    """SQLite hands a moment back in UTC, as text or, where it knows the column's type, without a zone."""
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    return value.replace(tzinfo=dt.UTC) if value is not None and value.tzinfo is None else value


class Remembered:
    """Tags that this process has given out, with the moment that they hold for.

    A caller who asks again at an equal moment is told "not modified" without understanding the question anew. ``asked``
    must tell apart all that may get another answer: who asks, for what, in which language and form, on which day.
    """

    def __init__(self, most: int = 2000):
        self._most, self._lock = most, Lock()
        self._tags: OrderedDict[Hashable, tuple[Moment, str]] = OrderedDict()

    def tag(self, asked: Hashable, moment: Moment) -> str | None:
        held = self._tags.get(asked)
        return held[1] if held and held[0] == moment else None

    def keep(self, asked: Hashable, moment: Moment, tag: str) -> None:
        with self._lock:
            self._tags[asked] = (moment, tag)
            self._tags.move_to_end(asked)
            if len(self._tags) > self._most:
                self._tags.popitem(last=False)
