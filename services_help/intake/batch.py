"""What the steps of one batch share while it is being settled, and the look-up of sessions that they make in bulk."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from uuid import UUID

from django.db import connection

from campaigns.models import SupportPoint
from core.bulk import Recordset, as_instance, columns_of, fetch
from core.dated import valid_sql
from services_help.intake.items import Item
from services_help.intake.late import late_sessions
from services_help.intake.promises import Promises
from services_help.intake.results import ItemResult, Status, conflict
from services_help.models import Session, SessionState
from teams.access import Access
from teams.access_sql import covers_team_sql
from teams.models import Team
from teams.permissions import Right

_ASKED = Recordset.of(Session, "id")


@dataclass
class Batch:
    device: UUID
    access: Access
    now: dt.datetime
    results: dict[int, ItemResult] = field(default_factory=dict)
    # Sessions as the database holds them now; of these, the ones that this batch has made.
    sessions: dict[UUID, Session] = field(default_factory=dict)
    made: set[UUID] = field(default_factory=set)
    # The home unit of the team on the day, of sessions that were read.
    homes: dict[UUID, int | None] = field(default_factory=dict)
    # Sessions that came too late to be counted: known, but not in their table.
    late: set[UUID] = field(default_factory=set)
    # Sessions that were there before and that this batch has added to.
    touched: set[UUID] = field(default_factory=set)
    promises: Promises = field(default_factory=Promises)
    # (team, day) -> whether the sender records for it
    rights: dict[tuple[int, dt.date], bool] = field(default_factory=dict)

    @property
    def author(self) -> dict:
        """By column: what every row of the batch has in common."""
        return {"device": self.device, "created_by_id": self.access.user.pk, "received_at": self.now}

    # --- answers ------------------------------------------------------------------------------------------------------
    def stored(self, item: Item, *, late: bool = False) -> None:
        self.results[item.index] = ItemResult(item.sent_id, Status.STORED, item.digest, late=late)

    def replayed(self, item: Item, held: str, *, late: bool = False) -> None:
        self.results[item.index] = ItemResult(item.sent_id, Status.REPLAYED, held, late=late)

    def conflict(self, item: Item, held: str) -> None:
        self.results[item.index] = ItemResult(
            item.sent_id, Status.CONFLICT, held, (conflict(held=held, sent=item.digest),)
        )

    def rejected(self, item: Item) -> None:
        self.results[item.index] = ItemResult(item.sent_id, Status.REJECTED, None, item.errors)

    # --- look-ups -----------------------------------------------------------------------------------------------------
    def lock_sessions(self, ids: Iterable[UUID]) -> None:
        """Read these sessions anew and keep others from changing them, or from counting in them, until the end.

        In the order of ids, all at once and before any lock that comes later in a batch: two batches cannot wait for
        each other. The weaker lock lets the foreign keys of other people's logs through.
        """
        self._read_sessions(ids, "FOR NO KEY UPDATE OF s" if connection.features.has_select_for_update else "")

    def load_sessions(self, ids: Iterable[UUID]) -> None:
        """Read these sessions and keep reviewers and period locks from them until the end.

        The lock that the foreign key of a log takes anyway, only sooner: phones do not wait for one another.
        """
        lock = "FOR KEY SHARE OF s" if connection.features.has_select_for_update else ""
        self._read_sessions(set(ids) - set(self.sessions), lock)

    def _read_sessions(self, wanted: Iterable[UUID], lock: str) -> None:
        asked = [{"id": id} for id in wanted]
        if not asked:
            return
        self._read_stored(asked, lock)
        if missing := {row["id"] for row in asked} - set(self.sessions):
            self._read_late(missing)

    def _read_stored(self, asked: list[dict], lock: str) -> None:
        allowed, params = covers_team_sql(self.access, Right.LOG_RECORD, team="s.team_id", day="s.day")
        for *values, code, name, point, is_allowed, home in fetch(
            _sessions_sql(allowed, lock), [*params, *_ASKED.parameters(asked)]
        ):
            session = as_instance(Session, values)
            session.team = Team(pk=session.team_id, code=code, name=name)
            session.point = SupportPoint(pk=session.point_id, code=point) if point else None
            self.rights[session.team_id, session.day] = bool(is_allowed)
            self.sessions[session.pk] = session
            self.homes[session.pk] = home

    def _read_late(self, ids: set[UUID]) -> None:
        for id, session in late_sessions(ids).items():
            self.rights[session.team_id, session.day] = self.access.covers_team(
                Right.LOG_RECORD, session.team, session.day
            )
            self.sessions[id] = session
            self.late.add(id)

    def open_session(self, id: UUID) -> Session | None:
        """A session that the sender may record in. Another's is as unknown as none."""
        session = self.sessions.get(id)
        return session if session and self.may_record(session) else None

    def may_record(self, session: Session) -> bool:
        return self.rights[session.team_id, session.day]

    @property
    def changed_after_approval(self) -> list[Session]:
        touched = (self.sessions[id] for id in self.touched - self.made)
        return [session for session in touched if session.state == SessionState.APPROVED]

    def is_late(self, session: Session) -> bool:
        """What comes for it now is kept, and counts only once staff accept it."""
        return session.is_locked or session.pk in self.late


@cache
def _sessions_sql(allowed: str, lock: str) -> str:
    return f"""
        SELECT {columns_of(Session, "s")}, team.code, team.name, point.code, {allowed}, (
            SELECT home.unit_id FROM teams_teamhome home
            WHERE home.team_id = s.team_id AND {valid_sql("s.day", "home")}
        )
        FROM {_ASKED.sql("asked")}
        JOIN services_help_session s ON s.id = asked.id
        JOIN teams_team team ON team.id = s.team_id
        LEFT JOIN campaigns_supportpoint point ON point.id = s.point_id
        ORDER BY s.id {lock}"""  # noqa: S608 - names are ours
