"""The sessions that somebody has to decide about, a page at a time.

A page is found by its place in the order (day, team, id) and not by counting rows away: the thousandth costs what the
first does.
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.dated import today
from desk.outliers import flags_of
from desk.outliers.models import SessionFlag
from desk.outliers.waiting import how_far, unexamined
from desk.review.figures import Figures, figures_of
from services_help.models import ReviewKind, ReviewPolicy, Session, SessionReview, SessionState
from services_help.models.records import SessionQuerySet
from services_help.review import answer_deadline, deadline, seen_of_many
from teams.access import Access
from teams.models import Unit
from teams.permissions import Right

A_PAGE = 50
# A number above it is told as "more than": nobody reads it to the last digit, and counting it would cost.
MOST_COUNTED = 1000
# What one press of "approve all" takes on; the rest is a second press.
MOST_AT_ONCE = 2000
ORDER = ("day", "team_id", "pk")
TABS = {
    "waiting": _("Chờ duyệt"),
    "flagged": _("Có dấu hiệu cần xem"),
    "overdue": _("Quá hạn"),
    "answered": _("Đội đã trả lời"),
    "returned": _("Đã trả lại đội"),
    "unanswered": _("Quá hạn trả lời"),
    "approved": _("Đã duyệt"),
    "approved_flagged": _("Đã duyệt, có dấu hiệu"),
}
# There somebody else is to move on, or it is done.
NOT_TO_APPROVE = frozenset({"returned", "unanswered", "approved", "approved_flagged"})


@dataclass(frozen=True)
class Place:
    """Where a page begins: after this session."""

    day: dt.date
    team: int
    session: UUID

    @classmethod
    def of(cls, session: Session) -> "Place":
        return cls(session.day, session.team_id, session.pk)

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """``None`` for nothing and for nonsense: the beginning."""
        try:
            day, team, session = text.split("_")
            return cls(dt.date.fromisoformat(day), int(team), UUID(session))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.day.isoformat()}_{self.team}_{self.session}"

    def later(self) -> Q:
        same_day = Q(day=self.day)
        return (
            Q(day__gt=self.day)
            | (same_day & Q(team__gt=self.team))
            | (same_day & Q(team=self.team) & Q(pk__gt=self.session))
        )


@dataclass(frozen=True)
class Queue:
    """One reader's question: which sessions, of which unit and days."""

    access: Access
    tab: str = "waiting"
    unit: Unit | None = None
    first: dt.date | None = None
    last: dt.date | None = None

    def of_tab(self, tab: str) -> SessionQuerySet:
        rows = self._in_scope()
        if tab in ("approved", "approved_flagged"):
            approved = rows.live().filter(state=SessionState.APPROVED)
            # Found after the approval, or named by whoever approved.
            return approved if tab == "approved" else approved.filter(Exists(_open_flags()))
        if tab == "returned":
            return rows.returned()
        if tab == "unanswered":
            return rows.unanswered(today())
        if tab == "overdue":
            return rows.overdue(today())
        waiting = rows.awaiting_review()
        if tab == "flagged":
            return waiting.filter(Exists(_open_flags()))
        if tab == "answered":
            later = SessionReview.objects.filter(session=OuterRef("session"), pk__gt=OuterRef("pk"))
            answers = SessionReview.objects.filter(~Exists(later), session=OuterRef("pk"), kind=ReviewKind.ANSWERED)
            return waiting.filter(Exists(answers))
        return waiting

    def _in_scope(self) -> SessionQuerySet:
        rows = Session.objects.visible_to(self.access, Right.REVIEW)
        if self.unit:
            rows = rows.under([self.unit.pk])
        if self.first:
            rows = rows.filter(day__gte=self.first)
        if self.last:
            rows = rows.filter(day__lte=self.last)
        return rows

    @property
    def sessions(self) -> SessionQuerySet:
        return self.of_tab(self.tab).order_by(*ORDER)

    def counts(self) -> dict[str, int]:
        """How many are in each list that asks for something, at most one more than is counted."""
        return {tab: self.of_tab(tab).order_by()[: MOST_COUNTED + 1].count() for tab in TABS if tab != "approved"}

    def page(self, after: Place | None) -> tuple[list["Row"], Place | None]:
        """The rows, and where the next page begins if there is one."""
        rows = self.sessions.filter(after.later()) if after else self.sessions
        # Sorted by their keys alone: what is printed of a row would be carried along.
        keys = list(rows.values_list("pk", flat=True)[: A_PAGE + 1])
        shown = list(Session.objects.filter(pk__in=keys[:A_PAGE]).for_list().order_by(*ORDER))
        return rows_of(shown), Place.of(shown[-1]) if len(keys) > A_PAGE else None

    def next_after(self, session: Session) -> Session | None:
        return self.sessions.filter(Place.of(session).later()).first() or self.sessions.exclude(pk=session.pk).first()

    def without_flags(self) -> "Plain":
        """Of the waiting ones: those that a press may approve together, once they have been examined."""
        place = how_far()
        plain = self.of_tab("waiting").exclude(Exists(_open_flags())).order_by(*ORDER)
        sessions = list(plain.only("ended_at", "day", "team")[:MOST_AT_ONCE])
        return Plain(sessions, unexamined(sessions, place))


def _open_flags() -> QuerySet[SessionFlag]:
    return SessionFlag.objects.open().filter(session=OuterRef("pk"))


@dataclass(frozen=True)
class Plain:
    """Sessions without an open flag. Of the unexamined ones that says nothing yet."""

    sessions: list[Session]
    unexamined: set[UUID]


@dataclass(frozen=True)
class Row:
    session: Session
    # What there was of it when it was shown: it is approved as that.
    seen: str
    figures: Figures
    flags: list[SessionFlag]
    photos: int
    due: dt.date
    is_overdue: bool
    # No rule has looked at it yet as it is now.
    is_unexamined: bool
    last_step: SessionReview | None


def rows_of(sessions: list[Session]) -> list[Row]:
    """What a list prints of them, in a constant number of queries."""
    place = how_far()  # before the flags
    seen = seen_of_many(sessions)  # before the figures: what comes in while they are read is not shown
    not_yet = unexamined(sessions, place)
    figures, flags, days = figures_of(sessions), flags_of(sessions), ReviewPolicy.objects.days_by_campaign()
    steps = {step.session_id: step for step in SessionReview.objects.filter(session__in=sessions).order_by("pk")}
    rows = []
    for session in sessions:
        due = answer_deadline(session, days) if session.returned_at else deadline(session, days)
        rows.append(
            Row(
                session=session,
                seen=seen[session.pk],
                figures=figures[session.pk],
                flags=[flag for flag in flags[session.pk] if not flag.is_settled],
                photos=figures[session.pk].photos,
                due=due,
                is_overdue=session.state == SessionState.PROVISIONAL and due < today(),
                is_unexamined=session.pk in not_yet and session.state == SessionState.PROVISIONAL,
                last_step=steps.get(session.pk),
            )
        )
    return rows
