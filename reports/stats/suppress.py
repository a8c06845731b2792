"""Small counts of citizens are not published: under five, a figure may point at a person.

Hiding one cell is not enough where it follows from a total: then the next smallest beside it is hidden too (a
complementary cell), until what is hidden cannot be worked out again.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from reports.stats.engine import Answer

THRESHOLD = 5


def suppressed(value: int | None, threshold: int = THRESHOLD) -> int | None:
    """A single figure for the public: None where it is too small to be shown."""
    return None if value is not None and 0 < value < threshold else value


def suppress_small(answer: Answer, threshold: int = THRESHOLD) -> Answer:
    """``answer`` for the public: small counts of citizens, and what would give them away, are None."""
    rows = [dict(row) for row in answer.rows]
    totals = dict(answer.totals)
    for measure in answer.measures:
        if not measure.is_of_citizens:
            continue
        hidden = _hidden([row[measure.code] for row in rows], _margins(answer), threshold)
        for number in hidden:
            rows[number][measure.code] = None
        totals[measure.code] = suppressed(totals[measure.code], threshold)
    return replace(answer, rows=rows, totals=totals)


def _margins(answer: Answer) -> list[list[int]]:
    """Groups of rows whose sum anybody can ask for: along each dimension, the rows that agree in all the others."""
    groups: dict[tuple, list[int]] = defaultdict(list)
    for number, row in enumerate(answer.rows):
        for along in answer.dimensions:
            others = tuple((code, row[code]) for code in answer.dimensions if code != along)
            groups[(along, *others)].append(number)
    return list(groups.values())


def _hidden(values: list[int], margins: list[list[int]], threshold: int) -> set[int]:
    hidden = {number for number, value in enumerate(values) if suppressed(value, threshold) is None}
    settled = False
    while not settled:  # hiding a cell for one margin may leave it alone in another
        settled = True
        for group in margins:
            more = _complement(values, group, hidden, threshold)
            if more is not None:
                hidden.add(more)
                settled = False
    return hidden


def _complement(values: list[int], group: Iterable[int], hidden: set[int], threshold: int) -> int | None:
    """The next cell to hide in a group whose hidden cells could be worked out from its sum."""
    inside = [number for number in group if number in hidden]
    # Two cells whose sum is small say nearly as much as one: 1 + 1 can only be 2.
    if not inside or (len(inside) > 1 and sum(values[number] for number in inside) >= threshold):
        return None
    shown = [number for number in group if number not in hidden and values[number]]
    return min(shown, key=lambda number: values[number], default=None)
