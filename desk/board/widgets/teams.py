"""Teams side by side: what each has done on the day, and by the hour of a volunteer."""

from django.utils.translation import gettext as _

from desk.board.question import Board
from desk.board.widget import DECIMAL, NUMBER, Column, Widget
from desk.board.widgets.ranking import LEAST_HOURS, aside, minutes_by_team, rate


def teams(board: Board) -> Widget:
    minutes = minutes_by_team(board)
    rows = [
        {
            "label": board.teams.label("team", row["team"]),
            "unit": board.teams.label("unit", row["unit"]),
            "value": row["people"],
            "turns": row["service_turns"],
            "hours": round(minutes[row["team"].partition("@")[0]] / 60, 1),
            "rate": rate(row["people"], minutes[row["team"].partition("@")[0]]),
            "url": board.address("dashboard:team", row["team"].partition("@")[0]),
            "why": board.why("people", row, ("unit", "team")),
        }
        for row in board.teams.rows
    ]
    for row in rows:
        row["aside"] = aside(row["rate"])
    rows.sort(key=lambda row: (-row["value"], row["label"]))
    columns = [
        Column("label", _("Đội hình")),
        Column("unit", _("Đơn vị")),
        Column("value", _("Lượt người"), NUMBER),
        Column("turns", _("Lượt dịch vụ"), NUMBER),
        Column("hours", _("Giờ tình nguyện"), DECIMAL),
        Column("rate", _("Lượt người mỗi giờ tình nguyện"), DECIMAL),
    ]
    note = _("Dưới %(hours)s giờ tình nguyện thì chưa chia: con số chưa nói lên điều gì.") % {"hours": LEAST_HOURS}
    return Widget("teams", _("Lượt người theo đội hình"), columns, rows, note=note)
