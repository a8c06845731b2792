"""Shifts of the day that stand out, each with its sentence: what the figures may have to be corrected by."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from desk.board.question import Board
from desk.board.widget import MOMENT, Column, SortedRows, Widget
from desk.board.widgets.sessions import session_address
from desk.outliers import with_sentences
from desk.outliers.models import SessionFlag
from services_help.models import Void

GRAVEST = ("-severity", "-found_at", "pk")


def flags(board: Board) -> Widget:
    # Not by a list of the day's shifts: that would be laid together with the flags a second time.
    taken_back = Void.objects.of(OuterRef("session_id"), OuterRef("session__device"))
    of_day = SessionFlag.objects.open().filter(~Exists(taken_back), session__day=board.day)
    found = board.seen(of_day, "session__")

    def write(keys: list) -> list[dict]:
        shown = SessionFlag.objects.filter(pk__in=keys).for_list().order_by(*GRAVEST)
        return [_row(board, flag) for flag in with_sentences(shown)]

    rows = SortedRows(found.order_by(*GRAVEST), write)
    columns = [
        Column("label", _("Đội hình")),
        Column("rule", _("Dấu hiệu")),
        Column("sentence", _("Vì sao")),
        Column("severity", _("Mức độ")),
        Column("found", _("Thấy lúc"), MOMENT),
    ]
    note = _("Dấu hiệu do quy tắc tự tìm; chưa phải là sai. Người duyệt xem và quyết định.")
    nothing = _("Chưa ca nào của ngày này có dấu hiệu bất thường.")
    more = {"session_count": found.order_by().values("session").distinct().count}  # asked by the wall alone
    return Widget("flags", _("Ca cần xem lại"), columns, rows, note=note, more=more, nothing=nothing)


def _row(board: Board, flag: SessionFlag) -> dict:
    return {
        "label": flag.session.team.name,
        "rule": str(flag.get_rule_display()),
        "sentence": flag.sentence,
        "severity": str(flag.get_severity_display()),
        "grave": flag.severity,
        "found": flag.found_at,
        "url": session_address(board, flag.session),
    }
