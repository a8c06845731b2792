"""The shifts that came last."""

from django.db.models import Case, F, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.board.question import Board
from desk.board.widget import MOMENT, NUMBER, TIME, Column, Rows, Widget
from services_help.models import AssistanceLog, Session
from services_help.models.records import SessionQuerySet

LATEST = ("-received_at", "-pk")


def sessions(board: Board) -> Widget:
    found = board.sessions().order_by(*LATEST)

    def read(start: int, stop: int | None) -> list[dict]:
        # Sorted by their keys alone: what is printed of a row would be carried along.
        keys = list(found.values_list("pk", flat=True)[start:stop])
        shown = counted(Session.objects.filter(pk__in=keys))
        return [row_of(board, session) for session in shown.order_by(*LATEST)]

    rows = Rows(lambda: board.shift_counts["total"], read)
    return Widget("sessions", _("Ca mới nhất"), COLUMNS(), rows, note=_("Ca đến sau cùng đứng đầu."))


def COLUMNS() -> list[Column]:  # noqa: N802 - in the reader's language, hence not a constant
    return [
        Column("label", _("Đội hình")),
        Column("point", _("Điểm hỗ trợ")),
        Column("started", _("Mở ca"), TIME),
        Column("ended", _("Đóng ca"), TIME),
        Column("people", _("Lượt người"), NUMBER),
        Column("state", _("Tình trạng số liệu")),
        Column("received", _("Nhận lúc"), MOMENT),
    ]


def counted(sessions: SessionQuerySet) -> QuerySet:
    people = Case(When(same_visit=True, then=Value(0)), default=F("people"), output_field=IntegerField())
    of_logs = (
        AssistanceLog.objects.live().filter(session=OuterRef("pk")).order_by().values("session").annotate(n=Sum(people))
    )
    return sessions.for_list().annotate(people=Coalesce(Subquery(of_logs.values("n")), 0))


def row_of(board: Board, session) -> dict:
    return {
        "label": session.team.name,
        "point": session.point.name if session.point else _("Cơ động"),
        "started": session.started_at,
        "ended": session.ended_at,
        "people": session.people,
        "state": session.get_state_display(),
        "received": session.received_at,
        "url": session_address(board, session),
    }


def session_address(board: Board, session) -> str:
    """The page that shows the shift line by line."""
    why = board.why("service_turns", {"team": session.team.code}, ("team",))
    return f"{reverse('dashboard:explain_session', args=[session.pk])}?{why.partition('?')[2]}"
