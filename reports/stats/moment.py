# ruff: noqa: S608 - the texts are put together from constants; every value is bound
"""What every answer depends on, read at one moment by one look-up: revisions, and how much waits to be counted."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock

from django.db import connection
from django.utils import timezone

from core.bulk import placeholders
from core.dated import today, valid_sql
from services_help.intake.promises import STALE
from teams.access import Access
from teams.permissions import Right

# What an answer is made of.
REVISIONS = ("campaigns", "catalogue", "org", "tallies")
_READ = """
SELECT name, number, changed_at FROM core_revision WHERE name <> 'tallies'
UNION ALL
SELECT 'tallies', COALESCE(SUM(r.number), 0), MAX(r.changed_at) FROM reports_teamrevision r WHERE {seen_of_r}
UNION ALL
SELECT topic, COUNT(*), MIN(created_at) FROM core_outboxmessage o WHERE topic = %s AND {seen_of_o} GROUP BY topic"""
# A promise is for one team's day.
_TEAM_OF = {
    "postgresql": "CAST(split_part(o.key, ':', 1) AS bigint)",
    "sqlite": "CAST(substr(o.key, 1, instr(o.key, ':') - 1) AS integer)",
}


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
        of_r, of_r_values = _seen(access, "r.team_id")
        of_o, of_o_values = _seen(access, _TEAM_OF[connection.vendor])
        with connection.cursor() as cursor:
            sql = _READ.format(seen_of_r=of_r, seen_of_o=of_o)
            cursor.execute(sql, [*of_r_values, STALE, *of_o_values])
            found = {name: (int(number), _aware(at)) for name, number, at in cursor.fetchall()}
        pending, oldest = found.get(STALE, (0, None))
        changed = found["tallies"][1]
        return cls(
            tuple(found[name][0] if name in found else 0 for name in REVISIONS),
            timezone.localtime(changed) if changed else None,
            pending,
            max(0, int((timezone.now() - oldest).total_seconds())) if oldest else 0,
        )

    @property
    def freshness(self) -> dict:
        """``as_of``: the last change that is counted; ``pending``: changes stored but not yet counted; ``lag_seconds``:
        for how long the oldest of them has waited."""
        return {"as_of": self.as_of, "pending": self.pending, "lag_seconds": self.lag_seconds}


def _seen(access: Access, team: str) -> tuple[str, list]:
    """The teams whose figures can be part of an answer, on whatever day: a condition on ``team``, and its values.

    Whoever is granted a unit that stands under nobody may see teams without a unit too; more than enough does no harm.
    """
    # What is hidden from the public depends on the neighbours too.
    if access.is_unlimited or access.is_public:
        return "1 = 1", []
    units, teams = access.unit_ids(Right.STATS_VIEW), access.team_ids(Right.STATS_VIEW)
    day = connection.ops.adapt_datefield_value(today())
    either, values = [], list[object]()
    if teams:
        either.append(f"{team} IN ({placeholders(len(teams))})")
        values += teams
    if units:
        of_units = placeholders(len(units))
        either.append(
            f"{team} IN (SELECT home.team_id FROM teams_teamhome home JOIN teams_unitancestry above"
            f" ON above.descendant_id = home.unit_id WHERE above.ancestor_id IN ({of_units}))"
        )
        either.append(
            f"EXISTS (SELECT 1 FROM teams_unit top WHERE top.id IN ({of_units}) AND NOT EXISTS"
            " (SELECT 1 FROM teams_unitplacement placed WHERE placed.unit_id = top.id"
            f" AND {valid_sql('%s', 'placed')}))"
        )
        values += [*units, *units, *[day] * valid_sql("%s", "placed").count("%s")]
    return f"({' OR '.join(either)})" if either else "1 = 0", values


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
