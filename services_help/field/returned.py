"""What the phone shows of a review: shifts that were sent back, the leader's answer, and what came too late."""

import datetime as dt

from django.db.models import Count, OuterRef, Subquery
from django.utils.translation import gettext as _

from core import bulk
from core.dated import valid_sql
from core.errors import DomainError
from services_help import review
from services_help.intake.periods import lock_sql
from services_help.models import LateEntry, ReviewKind, Session, SessionReview
from teams.access import Access
from teams.models import Team

MOST = 40
_ASKED = bulk.Recordset(team=Team._meta.get_field("code"), day=Session._meta.get_field("day"))


def returned_sessions(teams: list[Team]) -> list[Session]:
    """Those that wait for their leader, the longest waiting first; ``reason``: what is asked for."""
    rows = with_reason(Session.objects.filter(team__in=teams).returned())
    return list(rows.for_list().order_by("returned_at", "pk")[:MOST])


def with_reason(sessions):
    asked = SessionReview.objects.filter(session=OuterRef("pk"), kind=ReviewKind.RETURNED).order_by("-pk")
    return sessions.annotate(reason=Subquery(asked.values("text")[:1]))


def is_returned(session: Session) -> bool:
    """Sent back, so that more may be logged although it is closed."""
    return session.returned_at is not None and not session.is_locked


def answer_return(*, session: Session, returned_at: dt.datetime, text: str, access: Access) -> SessionReview:
    """``returned_at``: of the return that the leader has read. What was asked for since is to be answered by itself."""
    if session.returned_at not in (None, returned_at):
        raise DomainError(
            _("Cán bộ vừa gửi lại ca này với lời nhắn mới. Hãy đọc lời nhắn mới rồi trả lời."), code="returned_anew"
        )
    return review.answer(session=session, text=text, access=access)


def late_entries(session: Session) -> list[dict]:
    """How many came too late, by what was decided of them and why; those that nobody has judged first."""
    # By team and day too, as they are indexed.
    rows = LateEntry.objects.of_sessions([session.pk]).filter(team=session.team_id, day=session.day)
    rows = rows.order_by("decision", "reason").values("decision", "reason")
    return list(rows.annotate(count=Count("pk")))


def is_day_locked(team_code: str, day: dt.date) -> bool:
    """A shift opened now would come too late. Only a first look: the intake decides, under its own lock."""
    lock = lock_sql(team="team.id", day="asked.day")
    rows = bulk.fetch(
        f"SELECT {lock} FROM {_ASKED.sql('asked')} JOIN teams_team team"  # noqa: S608 - names are ours
        f" ON team.code = asked.team AND {valid_sql('asked.day', 'team')}",
        _ASKED.parameters([{"team": team_code, "day": day}]),
    )
    return any(lock for (lock,) in rows)
