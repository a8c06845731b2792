"""The shifts that came last."""

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.board.question import Board
from desk.board.widget import MOMENT, NUMBER, TIME, Column, Rows, Widget
from services_help.models import AssistanceLog, Session

LATEST = ("-received_at", "-pk")


def sessions(board: Board) -> Widget:
    found = board.latest_sessions().order_by(*LATEST)

    def read(start: int, stop: int | None) -> list[dict]:
        # Sorted by their keys alone: what is printed of a row would be carried along.
        keys = list(found.values_list("pk", flat=True)[start:stop])
        shown = Session.objects.filter(pk__in=keys).for_list().order_by(*LATEST)
        return rows_of(board, list(shown))

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


def rows_of(board: Board, sessions: list[Session]) -> list[dict]:
    """With the people of their live lines, added up in one query."""
    lines = AssistanceLog.objects.live().filter(session__in=sessions, same_visit=False).order_by()
    people = dict(lines.values_list("session").annotate(helped=Sum("people")))
    return [row_of(board, session, people.get(session.pk, 0)) for session in sessions]


def row_of(board: Board, session: Session, people: int) -> dict:
    return {
        "label": session.team.name,
        "point": session.point.name if session.point else _("Cơ động"),
        "started": session.started_at,
        "ended": session.ended_at,
        "people": people,
        "state": session.get_state_display(),
        "received": session.received_at,
        "url": session_address(board, session),
    }


def session_address(board: Board, session) -> str:
    """The page that shows the shift line by line."""
    why = board.why("service_turns", {"team": session.team.code}, ("team",))
    return f"{reverse('dashboard:explain_session', args=[session.pk])}?{why.partition('?')[2]}"
