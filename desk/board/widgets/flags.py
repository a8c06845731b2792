"""Shifts of the day that stand out, each with its sentence: what the figures may have to be corrected by."""

from django.utils.translation import gettext as _

from desk.board.question import Board
from desk.board.widget import MOMENT, Column, Widget
from desk.board.widgets.sessions import session_address
from desk.outliers import with_sentences
from desk.outliers.models import SessionFlag

MOST = 200


def flags(board: Board) -> Widget:
    found = SessionFlag.objects.open().filter(session__in=board.sessions().values("pk"))
    rows = [
        {
            "label": flag.session.team.name,
            "rule": str(flag.get_rule_display()),
            "sentence": flag.sentence,
            "severity": str(flag.get_severity_display()),
            "grave": flag.severity,
            "found": flag.found_at,
            "url": session_address(board, flag.session),
        }
        for flag in with_sentences(found.for_list()[:MOST])
    ]
    columns = [
        Column("label", _("Đội hình")),
        Column("rule", _("Dấu hiệu")),
        Column("sentence", _("Vì sao")),
        Column("severity", _("Mức độ")),
        Column("found", _("Thấy lúc"), MOMENT),
    ]
    note = _("Dấu hiệu do quy tắc tự tìm; chưa phải là sai. Người duyệt xem và quyết định.")
    nothing = _("Chưa ca nào của ngày này có dấu hiệu bất thường.")
    more = {"session_count": found.values("session").distinct().count()}
    return Widget("flags", _("Ca cần xem lại"), columns, rows, note=note, more=more, nothing=nothing)
