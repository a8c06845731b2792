"""Units side by side: what they reached, and what they reached with the hours that volunteers gave.

A unit with many volunteers helps more people than a small one; by the hour of a volunteer both can be compared.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from core.templatetags.vi import vi_decimal
from desk.board.pressed import LEAST_HOURS
from desk.board.question import TURNS, Board
from desk.board.shifts import minutes_so_far
from desk.board.widget import DECIMAL, NUMBER, Column, Rows, Widget
from reports.stats import Answer
from teams.models import UnitAncestry


def ranking(board: Board) -> Widget:
    found = board.ask("unit", measures=(*TURNS, "teams", "volunteer_minutes"))
    minutes = dict(_minutes(board, found))
    told = sorted(found.rows, key=lambda row: (-row["people"], found.label("unit", row["unit"])))
    rates = {row["unit"]: rate(row["people"], minutes[row["unit"]]) for row in told}
    ranked = sorted((unit for unit in rates if rates[unit] is not None), key=lambda unit: -(rates[unit] or 0))
    places = {unit: place for place, unit in enumerate(ranked, 1)}

    def row_of(row: dict) -> dict:
        unit = row["unit"]
        return {
            "label": found.label("unit", unit),
            "value": row["people"],
            "turns": row["service_turns"],
            "teams": row["teams"],
            "hours": round(minutes[unit] / 60, 1),
            "rate": rates[unit],
            "place": places.get(unit),
            "aside": aside(rates[unit]),
            "url": _link(board, unit),
            "why": board.why("people", {"unit": unit}, ("unit",)),
        }

    rows = Rows(lambda: len(told), lambda start, stop: [row_of(row) for row in told[start:stop]])
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
    fresh = found.freshness
    return Widget("units", _("Lượt người theo đơn vị"), columns, rows, note=note, freshness=lambda: fresh)


def _minutes(board: Board, found: Answer) -> Iterator[tuple[str | None, int]]:
    """Each unit, and the minutes that its volunteers have given until now."""
    given: dict = defaultdict(int)
    if board.is_today:
        homes = minutes_so_far(board.sessions().with_home(), "home", board.now)
        shown = _shown_under(board, homes, [row["unit"] for row in found.rows])
        for home, minutes in homes.items():
            given[shown.get(home)] += minutes
    for row in found.rows:
        yield row["unit"], row["volunteer_minutes"] + given[plain(row["unit"])]


def _shown_under(board: Board, homes: Iterable[int | None], codes: list[str | None]) -> dict[int, str]:
    """Home of a team → the code of the row that it is a part of: the nearest above it that has one."""
    lines = UnitAncestry.objects.on(board.day).filter(
        descendant__in=[home for home in homes if home], ancestor__code__in=[plain(code) for code in codes if code]
    )
    # Of several the nearest is written last.
    return dict(lines.order_by("-depth").values_list("descendant", "ancestor__code"))


def plain(code: str | None) -> str | None:
    """Without the first day, which tells apart those that have had the code at other times."""
    return code and code.partition("@")[0]


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
