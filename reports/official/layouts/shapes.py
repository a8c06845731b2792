"""How wide the columns of a table are, and how large its letters: worked out once, so that Word and PDF look alike.

Widths are estimated from the letters, since a Word file is laid out only where it is opened.
"""

from typing import NamedTuple

from reports.official.content import Column, Table
from reports.official.layouts.wording import figure

SIZES = (12.0, 11.0, 10.0, 9.0)
PADDING = 4.2  # mm left and right in a cell, and a little for what the estimate misses
MM_PER_POINT = 25.4 / 72
BOLD = 1.09
WIDEST_TEXT = 95.0
ORDINALS = ("tt", "stt")
_NARROW = frozenset("ijlIft.,;:!'|()[]- ") | {"/"}
_BROAD = frozenset("mwMW%@—")


class Shape(NamedTuple):
    size: float  # points
    widths: tuple[float, ...]  # mm


def shape(table: Table, width: float) -> Shape:
    """The largest letters with which no word and no figure has to break; then room by what the columns hold."""
    for size in SIZES:
        columns = [_Wish.of(table, place, size) for place in range(len(table.columns))]
        if sum(wish.least for wish in columns) <= width:
            break
    return Shape(size, _shared(table.columns, columns, width))


def align(column: Column) -> str:
    if is_ordinal(column):
        return "center"
    return "left" if column.kind == "text" else "right"


def is_ordinal(column: Column) -> bool:
    return column.title.strip().casefold() in ORDINALS


def length(text: str, size: float) -> float:
    """Millimetres of ``text`` in Times New Roman."""
    units = 0.0
    for letter in text:
        if letter in _NARROW:
            units += 0.3
        elif letter in _BROAD:
            units += 0.85
        else:
            units += 0.7 if letter.isupper() else 0.49
    return units * size * MM_PER_POINT


class _Wish(NamedTuple):
    least: float
    natural: float

    @classmethod
    def of(cls, table: Table, place: int, size: float) -> "_Wish":
        column = table.columns[place]
        rows = [*table.rows, table.total] if table.total else table.rows
        cells = [figure(row[place], column.kind) for row in rows]
        words = [word for cell in cells for word in cell.split()]
        header = max((length(word, size) * BOLD for word in column.title.split()), default=0)
        least = max([header, *(length(word, size) * BOLD for word in words)])
        lengths = [length(cell, size) for cell in cells] or [0]
        # One long name among many short ones may stand in two lines; a title in three, before it widens its column.
        usual = (max(lengths) + 2 * sum(lengths) / len(lengths)) / 3
        wanted = max(least, length(column.title, size) * BOLD / 3, usual)
        return cls(least + PADDING, max(least, min(wanted, WIDEST_TEXT)) + PADDING)


def _shared(columns: tuple[Column, ...], wishes: list[_Wish], width: float) -> tuple[float, ...]:
    least, natural = sum(wish.least for wish in wishes), sum(wish.natural for wish in wishes)
    if natural <= width:
        # What is left goes to the words, a third of it to the figures.
        spare = [_appetite(column, wish) for column, wish in zip(columns, wishes, strict=True)]
        if not any(spare):
            spare = [wish.natural for wish in wishes]
        total = sum(spare)
        return tuple(wish.natural + (width - natural) * part / total for wish, part in zip(wishes, spare, strict=True))
    if least >= width:
        return tuple(wish.least * width / least for wish in wishes)
    share = (width - least) / (natural - least)
    return tuple(wish.least + (wish.natural - wish.least) * share for wish in wishes)


def _appetite(column: Column, wish: _Wish) -> float:
    if is_ordinal(column):
        return 0
    return wish.natural if column.kind == "text" else wish.natural / 3
