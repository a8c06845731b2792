"""What every answer depends on, read at one moment by one look-up: revisions, and how much waits to be counted."""

import datetime as dt
import json
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock

from django.db import connection
from django.utils import timezone

from core.bulk import fetch
from core.dated import today, valid_sql
from services_help.intake.promises import STALE
from teams.access import Access
from teams.permissions import Right

# What an answer is made of.
REVISIONS = ("campaigns", "catalogue", "org", "tallies")
# One row, whatever there is: ``columns`` from ``parts``.
COLUMNS = "kinds.campaigns, kinds.catalogue, kinds.org, tally.number, tally.at, waiting.pending, waiting.oldest"
_KINDS = ", ".join(f"COALESCE(MAX(CASE WHEN name = '{name}' THEN number END), 0) AS {name}" for name in REVISIONS[:-1])
_PARTS = """(SELECT {kinds} FROM core_revision) kinds
CROSS JOIN (SELECT COALESCE(SUM(r.number), 0) AS number, MAX(r.changed_at) AS at
    FROM reports_teamrevision r WHERE {seen_of_r}) tally
CROSS JOIN (SELECT COUNT(*) AS pending, MIN(o.created_at) AS oldest
    FROM core_outboxmessage o WHERE o.topic = '{stale}' AND {seen_of_o}) waiting"""
# A promise is for one team's day.
_TEAM_OF = {
    "postgresql": "CAST(split_part(o.key, ':', 1) AS bigint)",
    "sqlite": "CAST(substr(o.key, 1, instr(o.key, ':') - 1) AS integer)",
}
# The root comes first: whoever is granted it sees everything, and the teams need not be looked up.
_SEEN = """(EXISTS (SELECT 1 FROM teams_unit top WHERE top.id {units} AND NOT EXISTS (
    SELECT 1 FROM teams_unitplacement placed WHERE placed.unit_id = top.id AND {placed_today}))
OR {team} {teams}
OR {team} IN (SELECT home.team_id FROM teams_teamhome home
    JOIN teams_unitancestry above ON above.descendant_id = home.unit_id WHERE above.ancestor_id {units}))"""
# Ids as one parameter, however many: the server plans the statement once.
_AMONG = {"postgresql": "= ANY(%s)", "sqlite": "IN (SELECT value FROM json_each(%s))"}


@dataclass(frozen=True)
class Moment:
    # Of REVISIONS, in their order.
    revisions: tuple[int, ...]
    as_of: dt.datetime | None
    pending: int
    lag_seconds: int

    @classmethod
    def read(cls, access: Access) -> "Moment":
        """As ``access`` may see it: of what other teams do, not even when."""
        # What is hidden from the public depends on the neighbours too.
        if access.is_unlimited or access.is_public:
            return cls.of_row(fetch(_text(connection.vendor, sees_all=True), [])[0])
        return cls.of_row(fetch(_text(connection.vendor, sees_all=False), 2 * _seen_values(access))[0])

    @classmethod
    def of_row(cls, row: Sequence) -> "Moment":
        """Of the values of ``COLUMNS``."""
        *revisions, changed, pending, oldest = row
        changed, oldest = _aware(changed), _aware(oldest)
        return cls(
            tuple(map(int, revisions)),
            timezone.localtime(changed) if changed else None,
            pending,
            max(0, int((timezone.now() - oldest).total_seconds())) if oldest else 0,
        )

    @property
    def freshness(self) -> dict:
        """``as_of``: the last change that is counted; ``pending``: changes stored but not yet counted; ``lag_seconds``:
        for how long the oldest of them has waited."""
        return {"as_of": self.as_of, "pending": self.pending, "lag_seconds": self.lag_seconds}


@cache
def _text(vendor: str, *, sees_all: bool) -> str:
    of_teams = "1 = 1" if sees_all else seen(units=_AMONG[vendor], teams=_AMONG[vendor])
    return f"SELECT {COLUMNS} FROM {parts(vendor, of_teams)}"  # noqa: S608 - names are ours; every value is bound


def seen(*, units: str, teams: str) -> str:
    """A condition on {team}: its figures can be part of an answer on whatever day, to whoever is granted what
    ``units`` and ``teams`` compare with. It takes two values, of today, after the first of ``units``.

    Whoever is granted a unit that stands under nobody may see teams without a unit too; more than enough does no harm.
    """
    return _SEEN.format(team="{team}", units=units, teams=teams, placed_today=valid_sql("%s", "placed"))


def parts(vendor: str, seen: str) -> str:
    """What ``COLUMNS`` are read from. The values of ``seen`` are needed twice."""
    of_r, of_o = seen.format(team="r.team_id"), seen.format(team=_TEAM_OF[vendor])
    return _PARTS.format(kinds=_KINDS, seen_of_r=of_r, seen_of_o=of_o, stale=STALE)


def _seen_values(access: Access) -> list:
    """In the order of ``_SEEN``."""
    day = connection.ops.adapt_datefield_value(today())
    units, teams = (
        ids if connection.vendor == "postgresql" else json.dumps(ids)
        for ids in (access.unit_ids(Right.STATS_VIEW), access.team_ids(Right.STATS_VIEW))
    )
    return [units, day, day, teams, units]


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
