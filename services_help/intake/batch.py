"""What the steps of one batch share while it is being settled, and the look-ups that they make in bulk."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from services_help.intake.items import Item
from services_help.intake.promises import Promises
from services_help.intake.results import ItemResult, Status, conflict
from services_help.models import Session
from teams.access import Access
from teams.models import Team
from teams.permissions import Right


@dataclass
class Batch:
    device: UUID
    access: Access
    now: dt.datetime
    results: dict[int, ItemResult] = field(default_factory=dict)
    # Sessions as the database holds them now.
    sessions: dict[UUID, Session] = field(default_factory=dict)
    promises: Promises = field(default_factory=Promises)
    _rights: dict[tuple[int, dt.date], bool] = field(default_factory=dict)

    # --- answers ------------------------------------------------------------------------------------------------------
    def stored(self, item: Item) -> None:
        self.results[item.index] = ItemResult(item.sent_id, Status.STORED, item.digest)

    def replayed(self, item: Item, held: str) -> None:
        self.results[item.index] = ItemResult(item.sent_id, Status.REPLAYED, held)

    def conflict(self, item: Item, held: str) -> None:
        self.results[item.index] = ItemResult(
            item.sent_id, Status.CONFLICT, held, (conflict(held=held, sent=item.digest),)
        )

    def rejected(self, item: Item) -> None:
        self.results[item.index] = ItemResult(item.sent_id, Status.REJECTED, None, item.errors)

    # --- look-ups -----------------------------------------------------------------------------------------------------
    def may_record(self, team: Team, day: dt.date) -> bool:
        key = (team.pk, day)
        if key not in self._rights:
            self._rights[key] = self.access.covers_team(Right.LOG_RECORD, team, day)
        return self._rights[key]

    def lock_sessions(self, ids: Iterable[UUID]) -> None:
        """Read these sessions anew and keep others from changing them, or from counting in them, until the end.

        In the order of ids, all at once and before any lock that comes later in a batch: two batches cannot wait for
        each other. The weaker lock lets the foreign keys of other people's logs through.
        """
        if ids := sorted(ids):
            rows = Session.objects.filter(pk__in=ids).select_related("team", "point").order_by("pk")
            self.sessions |= {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}

    def load_sessions(self, ids: Iterable[UUID]) -> None:
        if missing := set(ids) - set(self.sessions):
            rows = Session.objects.filter(pk__in=missing).select_related("team", "point")
            self.sessions |= {row.pk: row for row in rows}

    def open_session(self, id: UUID) -> Session | None:
        """A session that the sender may record in. Another's is as unknown as none."""
        session = self.sessions.get(id)
        return session if session and self.may_record(session.team, session.day) else None


def by_code(model, codes: Iterable[str]) -> dict[str, list]:
    """Every row that has borne one of ``codes`` at some time."""
    found = defaultdict(list)
    if codes := set(codes):
        for row in model.objects.filter(code__in=codes):
            found[row.code].append(row)
    return found


def valid_among(rows: list, day: dt.date):
    return next((row for row in rows if row.is_valid_on(day)), None)
