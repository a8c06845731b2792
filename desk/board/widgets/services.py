"""What people were helped with."""

from django.utils.translation import gettext as _

from desk.board.question import TURNS, Board
from desk.board.widget import NUMBER, Column, Widget


def services(board: Board) -> Widget:
    found = board.ask("service", measures=TURNS)
    rows = [
        {
            "label": found.label("service", row["service"]),
            "value": row["service_turns"],
            "people": row["people"],
            "why": board.why("service_turns", row, ("service",)),
        }
        for row in sorted(found.rows, key=lambda row: -row["service_turns"])
    ]
    columns = [
        Column("label", _("Dịch vụ")),
        Column("value", _("Lượt dịch vụ"), NUMBER),
        Column("people", _("Lượt người"), NUMBER),
    ]
    note = _("Một người dùng hai dịch vụ là hai lượt dịch vụ; người đó được tính ở dịch vụ đầu tiên.")
    return Widget("services", _("Lượt dịch vụ theo dịch vụ"), columns, rows, note=note)
