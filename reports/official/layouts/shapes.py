"""How wide the columns of a table are, and how large its letters: worked out once, so that Word and PDF look alike.

Widths are estimated from the letters, since a Word file is laid out only where it is opened.
"""

from itertools import pairwise
from typing import NamedTuple

from reports.official.content import Column, Table
from reports.official.layouts.wording import figure

SIZES = (12.0, 11.0, 10.0, 9.0)
PADDING = 4.2  # mm left and right in a cell, and a little for what the estimate misses
MM_PER_POINT = 25.4 / 72
BOLD = 1.09
WIDEST_TEXT, WIDEST_TITLE = 95.0, 28.0
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
    least: float  # no word and no figure breaks
    natural: float  # one long name among many short ones may stand in two lines
    whole: float  # none does
    titled: float  # nor does the title

    @classmethod
    def of(cls, table: Table, place: int, size: float) -> "_Wish":
        column = table.columns[place]
        rows = [*table.rows, table.total] if table.total else table.rows
        cells = [figure(row[place], column.kind) for row in rows]
        words = [word for cell in cells for word in cell.split()]
        header = max((length(word, size) * BOLD for word in column.title.split()), default=0)
        least = max([header, *(length(word, size) * BOLD for word in words)])
        lengths = [length(cell, size) for cell in cells] or [0]
        usual = (max(lengths) + 2 * sum(lengths) / len(lengths)) / 3
        # A title may stand in three lines before it widens its column.
        wanted = max(least, length(column.title, size) * BOLD / 3, usual)
        natural = max(least, min(wanted, WIDEST_TEXT))
        whole = max(natural, min(max(lengths), WIDEST_TEXT))
        titled = max(whole, min(length(column.title, size) * BOLD, WIDEST_TITLE))
        return cls(*(each + PADDING for each in (least, natural, whole, titled)))


def _shared(columns: tuple[Column, ...], wishes: list[_Wish], width: float) -> tuple[float, ...]:
    """Each kind of width is given before the next; what is left goes to all."""
    kinds = [tuple(kind) for kind in zip(*wishes, strict=True)]
    least, most = kinds[0], kinds[-1]
    if sum(least) >= width:
        return tuple(each * width / sum(least) for each in least)
    for smaller, larger in pairwise(kinds):
        if sum(larger) > width:
            share = (width - sum(smaller)) / (sum(larger) - sum(smaller))
            return tuple(few + (many - few) * share for few, many in zip(smaller, larger, strict=True))
    # The words get three times as much of the rest as the figures, an ordinal nothing.
    spare = [_appetite(column, each) for column, each in zip(columns, most, strict=True)]
    if not any(spare):
        spare = list(most)
    rest = (width - sum(most)) / sum(spare)
    return tuple(each + rest * part for each, part in zip(most, spare, strict=True))


def _appetite(column: Column, width: float) -> float:
    if is_ordinal(column):
        return 0
    return width if column.kind == "text" else width / 3
