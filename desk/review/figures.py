"""What sessions come to, from their live rows: a reviewer judges what is there, and not what was added up of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max, Q, Sum

from services_help.models import AssistanceLog, Attendance, ScenePhoto, Session

MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Figures:
    people: int = 0
    turns: int = 0
    volunteers: int = 0
    volunteer_minutes: int = 0
    photos: int = 0

    @property
    def pace(self) -> float | None:
        """Service turns in an hour of one volunteer; ``None`` where nobody was noted."""
        return round(self.turns * MINUTES_AN_HOUR / self.volunteer_minutes, 1) if self.volunteer_minutes else None


def figures_of(sessions: Iterable[Session]) -> dict[UUID, Figures]:
    """Three queries, however many sessions."""
    rows = {session.pk: session for session in sessions}
    turns = {
        pk: (people or 0, turns or 0)
        for pk, people, turns in AssistanceLog.objects.live()
        .filter(session__in=list(rows))
        .order_by()
        .values_list("session")
        # Not named like the column: Django would take the sum of one for the column of the next.
        .annotate(helped=Sum("people", filter=Q(same_visit=False)), turns=Sum("people"))
    }
    present: dict[UUID, list[int | None]] = {pk: [] for pk in rows}
    noted = Attendance.objects.live().filter(session__in=list(rows)).order_by().values_list("session", "volunteer")
    # Somebody noted twice was there once.
    for pk, _volunteer, minutes in noted.annotate(told=Max("minutes")):
        present[pk].append(minutes)
    photos = ScenePhoto.objects.filter(session__in=list(rows)).order_by().values_list("session").annotate(n=Count("pk"))
    pictures = dict(photos)
    return {
        pk: Figures(
            *turns.get(pk, (0, 0)),
            volunteers=len(present[pk]),
            volunteer_minutes=sum(length(session) if told is None else told for told in present[pk]),
            photos=pictures.get(pk, 0),
        )
        for pk, session in rows.items()
    }


def length(session: Session) -> int:
    """In minutes; nothing for a session that is still open."""
    return int((session.ended_at - session.started_at).total_seconds() // 60) if session.ended_at else 0
