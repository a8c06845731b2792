"""Teams side by side: what each has done on the day, and by the hour of a volunteer."""

from django.utils.translation import gettext as _

from desk.board.pressed import LEAST_HOURS
from desk.board.question import TURNS, Board
from desk.board.shifts import minutes_so_far
from desk.board.widget import DECIMAL, NUMBER, Column, Rows, Widget
from desk.board.widgets.ranking import aside, plain, rate
from reports.stats import Answer


def teams(board: Board) -> Widget:
    found = board.ask("unit", "team", measures=(*TURNS, "volunteer_minutes"))
    so_far = minutes_so_far(board.sessions(), "team__code", board.now) if board.is_today else {}
    told = [row for row in found.rows if row["people"] or row["service_turns"]]
    told.sort(key=lambda row: (-row["people"], found.label("team", row["team"])))

    def read(start: int, stop: int | None) -> list[dict]:
        return [_row(board, found, row, so_far) for row in told[start:stop]]

    rows = Rows(lambda: len(told), read)
    columns = [
        Column("label", _("Đội hình")),
        Column("unit", _("Đơn vị")),
        Column("value", _("Lượt người"), NUMBER),
        Column("turns", _("Lượt dịch vụ"), NUMBER),
        Column("hours", _("Giờ tình nguyện"), DECIMAL),
        Column("rate", _("Lượt người mỗi giờ tình nguyện"), DECIMAL),
    ]
    note = _("Dưới %(hours)s giờ tình nguyện thì chưa chia: con số chưa nói lên điều gì.") % {"hours": LEAST_HOURS}
    fresh = found.freshness
    return Widget("teams", _("Lượt người theo đội hình"), columns, rows, note=note, freshness=lambda: fresh)


def _row(board: Board, found: Answer, row: dict, so_far: dict[str | None, int]) -> dict:
    code = plain(row["team"])
    minutes = row["volunteer_minutes"] + so_far.get(code, 0)
    by_the_hour = rate(row["people"], minutes)
    return {
        "label": found.label("team", row["team"]),
        "unit": found.label("unit", row["unit"]),
        "value": row["people"],
        "turns": row["service_turns"],
        "hours": round(minutes / 60, 1),
        "rate": by_the_hour,
        "aside": aside(by_the_hour),
        "url": board.address("dashboard:team", code),
        "why": board.why("people", row, ("unit", "team")),
    }
