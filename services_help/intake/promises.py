"""What the tallies must learn of, written in the transaction that has stored it: see reports/tallies/counting.py."""

from collections.abc import Iterable
from uuid import UUID

from core import outbox
from services_help.models import Session

STALE, PARKED = "tallies.stale", "voids.parked"


class Promises:
    """Gathered over one batch; ``enqueue`` writes one row for each team and day."""

    def __init__(self) -> None:
        # "<team_id>:<day>" -> ids of its new logs; None: something else has changed, all of it is to be counted.
        self._slices: dict[str, list[str] | None] = {}
        self._parked: set[str] = set()

    def is_new(self, session: Session, logs: Iterable[UUID] = ()) -> None:
        """These logs are new in the session; or it is new itself, closed, or somebody is present in it."""
        new = self._slices.setdefault(key_of(session), [])
        if new is not None:
            new += [log.hex for log in logs]

    def has_changed(self, session: Session) -> None:
        """Something of the session that may have been counted is not what it was."""
        self._slices[key_of(session)] = None

    def is_parked(self, void: UUID) -> None:
        """It came before what it takes back."""
        self._parked.add(str(void))

    def enqueue(self) -> None:
        outbox.enqueue(STALE, {key: None if new is None else {"logs": new} for key, new in self._slices.items()})
        outbox.enqueue(PARKED, self._parked)


def key_of(session: Session) -> str:
    return f"{session.team_id}:{session.day.isoformat()}"
