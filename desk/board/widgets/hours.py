"""The rhythm of the day, hour by hour, beside that of the last peak day."""

from django.utils.translation import gettext as _

from desk.board.question import Board
from desk.board.widget import NUMBER, TEXT, Column, Widget
from desk.board.widgets.figures import compared_note


def hours(board: Board) -> Widget:
    now = {row["hour"]: row for row in board.hours.rows}
    then = {row["hour"]: row for row in board.peak_hours}
    rows = [
        {
            "hour": hour,
            "label": f"{hour:02}:00–{hour:02}:59",
            "value": now[hour]["service_turns"] if hour in now else 0,
            "people": now[hour]["people"] if hour in now else 0,
            "then": then[hour]["service_turns"] if hour in then else (0 if board.peak else None),
            "why": board.why("service_turns", now[hour], ("hour",)) if hour in now else "",
        }
        for hour in _span(now, then)
    ]
    columns = [
        Column("label", _("Giờ"), TEXT),
        Column("value", _("Lượt dịch vụ"), NUMBER),
        Column("people", _("Lượt người"), NUMBER),
    ]
    then_label = ""
    if board.peak:
        then_label = _("Ngày cao điểm %(day)s") % {"day": f"{board.peak:%d/%m/%Y}"}
        columns.append(Column("then", _("Lượt dịch vụ ngày %(day)s") % {"day": f"{board.peak:%d/%m/%Y}"}, NUMBER))
    more = {"now": board.running_hour, "then_label": then_label}
    return Widget("hours", _("Lượt dịch vụ theo giờ"), columns, rows, note=compared_note(board), more=more)


def _span(now: dict, then: dict) -> range:
    """From the first hour with work to the last; the peak day alone draws nothing."""
    if not now:
        return range(0)
    return range(min([*now, *then]), max([*now, *then]) + 1)
