"""Which rows of the trail a reader may see, and which of them are asked for; read from the newest, page by page.

The place of a page is the last row of the one before, so page thousand costs what the first one does.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from core.dated import DAY
from core.models import AuditEvent
from core.vietnamese import fold
from core.words import holds_words
from teams.access import Access
from teams.audit_kinds import recorded_actions
from teams.audit_phrases import ACTIONS, VERBS
from teams.audit_words import verb_of
from teams.models import Unit, UnitAncestry
from teams.permissions import Right

ROWS_A_PAGE = 50
# Accounts that a text may mean; more are found by the words of the rows themselves.
MOST_ACTORS = 50


def trail_of(access: Access, right: Right = Right.AUDIT_VIEW) -> QuerySet[AuditEvent]:
    """Everything; or what was done in the reader's own part of the city."""
    rows = AuditEvent.objects.all()
    if access.is_city_wide(right):
        return rows
    # Named one by one: the planner then knows whether they have done much or little.
    units = list(Unit.objects.visible_to(access, right).order_by("pk").values_list("pk", flat=True))
    return rows.filter(scope_unit__in=units)


@dataclass(frozen=True)
class Place:
    """Behind which row a page begins."""

    at: dt.datetime
    pk: int

    @classmethod
    def read(cls, text: str) -> Place | None:
        moment, _dash, pk = text.rpartition("-")
        if not (pk.isdecimal() and moment.isdecimal() and len(text) < 40):
            return None
        try:
            return cls(dt.datetime.fromtimestamp(int(moment) / 1_000_000, dt.UTC), int(pk))
        except (OverflowError, ValueError, OSError):
            return None

    @classmethod
    def of(cls, event: AuditEvent) -> Place:
        return cls(event.at, event.pk)

    def __str__(self) -> str:
        whole = self.at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        return f"{whole // dt.timedelta(microseconds=1)}-{self.pk}"


@dataclass(frozen=True)
class Search:
    """What is asked for; everything empty: all that the reader may see."""

    text: str = ""
    person: str = ""
    verb: str = ""
    kind: str = ""
    row: str = ""
    unit: Unit | None = None
    first: dt.date | None = None
    last: dt.date | None = None

    def narrow(self, rows: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        if self.verb:
            rows = rows.filter(action__in=actions_of(self.verb))
        if self.kind:
            rows = rows.filter(target_type=self.kind)
        if self.row:
            rows = rows.filter(target_id=self.row)
        if self.first:
            rows = rows.filter(at__gte=_start(self.first))
        if self.last:
            rows = rows.filter(at__lt=_start(self.last + DAY))
        if self.unit:
            rows = rows.filter(scope_unit__in=_below(self.unit))
        if self.person:
            rows = rows.filter(_by(self.person))
        return rows.filter(holds_words(AuditEvent, "search_key", self.text)) if self.text else rows

    def page(self, rows: QuerySet[AuditEvent], after: Place | None) -> tuple[list[AuditEvent], Place | None]:
        """(rows, where the next page begins)."""
        found = self.narrow(rows).order_by("-at", "-pk")
        if after:
            # The first condition is what an index goes by, the second tells rows of one moment apart.
            found = found.filter(at__lte=after.at).filter(Q(at__lt=after.at) | Q(pk__lt=after.pk))
        some = list(found[: ROWS_A_PAGE + 1])
        shown = some[:ROWS_A_PAGE]
        return shown, Place.of(shown[-1]) if len(some) > ROWS_A_PAGE else None


def _start(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _below(unit: Unit) -> list[int]:
    """With all that stand, or ever stood, under it."""
    below = UnitAncestry.objects.filter(ancestor=unit).order_by("descendant").values_list("descendant", flat=True)
    return [unit.pk, *set(below)]


def _by(person: str) -> Q:
    """Accounts of that name; and where there are none, or far too many, nobody."""
    found = User.objects.order_by("pk")
    for word in fold(person).split():
        found = found.filter(search_key__contains=word)
    return Q(actor__in=list(found.values_list("pk", flat=True)[:MOST_ACTORS]))


def actions_of(verb: str) -> list[str]:
    """Every action that was ever written under this verb: there are few, and each is an entry of an index."""
    return sorted(action for action in recorded_actions() if verb in (action, verb_of(action)))


def verbs() -> list[tuple[str, Any]]:
    """To choose from: those of several actions, and those with words of their own."""
    named = {verb: words.label for verb, words in VERBS.items()}
    named |= {action: words.label for action, words in ACTIONS.items()}
    return sorted(named.items(), key=lambda pair: fold(str(pair[1])))
