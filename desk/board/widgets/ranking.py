"""Units side by side: what they reached, and what they reached with the hours that volunteers gave.

A unit with many volunteers helps more people than a small one; by the hour of a volunteer both can be compared.
"""

from collections import defaultdict

from django.utils.translation import gettext as _

from core.templatetags.vi import vi_decimal
from desk.board.question import Board
from desk.board.widget import DECIMAL, NUMBER, Column, Widget

# Below this a rate is chance.
LEAST_HOURS = 2


def ranking(board: Board) -> Widget:
    found = board.teams
    minutes = minutes_by_team(board)
    units: dict = {}
    for row in found.rows:
        unit = units.setdefault(row["unit"], {"people": 0, "turns": 0, "teams": 0, "minutes": 0})
        unit["people"] += row["people"]
        unit["turns"] += row["service_turns"]
        unit["teams"] += 1
        unit["minutes"] += minutes[row["team"].partition("@")[0]]
    rows = [
        {
            "label": found.label("unit", code),
            "value": unit["people"],
            "turns": unit["turns"],
            "teams": unit["teams"],
            "hours": round(unit["minutes"] / 60, 1),
            "rate": rate(unit["people"], unit["minutes"]),
            "url": _link(board, code),
            "why": board.why("people", {"unit": code}, ("unit",)),
        }
        for code, unit in units.items()
    ]
    rows.sort(key=lambda row: (-row["value"], row["label"]))
    for place, row in enumerate(sorted(rows, key=lambda row: -(row["rate"] or 0)), 1):
        row["place"] = place if row["rate"] is not None else None
        row["aside"] = aside(row["rate"])
    columns = [
        Column("label", _("Đơn vị")),
        Column("value", _("Lượt người"), NUMBER),
        Column("turns", _("Lượt dịch vụ"), NUMBER),
        Column("teams", _("Đội hình"), NUMBER),
        Column("hours", _("Giờ tình nguyện"), DECIMAL),
        Column("rate", _("Lượt người mỗi giờ tình nguyện"), DECIMAL),
        Column("place", _("Hạng theo giờ tình nguyện"), NUMBER),
    ]
    note = _(
        "Giờ tình nguyện tính đến lúc này, gồm cả ca đang mở. "
        "Dưới %(hours)s giờ thì chưa chia: con số chưa nói lên điều gì."
    ) % {"hours": LEAST_HOURS}
    return Widget("units", _("Lượt người theo đơn vị"), columns, rows, note=note)


def minutes_by_team(board: Board) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for shift in board.shifts:
        found[shift.team_code] += shift.volunteer_minutes
    return found


def rate(amount: int, minutes: int) -> float | None:
    """By the hour of one volunteer."""
    return round(amount * 60 / minutes, 1) if minutes >= LEAST_HOURS * 60 else None


def aside(value: float | None) -> str:
    return "" if value is None else _("%(rate)s mỗi giờ TN") % {"rate": vi_decimal(value)}


def _link(board: Board, code: str | None) -> str:
    """The unit's own board; of the chosen unit itself, its teams."""
    if code is None:
        return ""
    if board.unit and code == board.unit.code:
        return board.address("dashboard:widget", "teams")
    return board.address(unit=code)
