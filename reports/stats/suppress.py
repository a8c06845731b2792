"""Small counts of citizens are not published: under five, a figure may point at a person.

Hiding one small cell of one answer is not enough, since it follows from its neighbours and their sum, and the sum can
be had by another question. So it is settled once, below all questions: the finest figures that are published at all (a
place in a month) are joined to **groups** of at least five citizens each, small ones with their nearest neighbours, and
an answer shows a cell only if it is made of whole groups. Everything that is ever shown is then a sum of groups, and so
is every difference of such sums: none can tell what is inside a group.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

THRESHOLD = 5


def suppressed(value: int | None, threshold: int = THRESHOLD) -> int | None:
    """A single figure for the public: None where it is too small to be shown."""
    return None if value is not None and 0 < value < threshold else value


class Cell(NamedTuple):
    """A finest figure. ``path`` leads to its place from the top of a tree: groups stay as low in it as they can."""

    month: str
    path: tuple
    value: int
    # Who stands behind it: a count of services of three people is as telling as the three.
    people: int


class Group(NamedTuple):
    cells: tuple[Cell, ...]
    value: int
    people: int

    @property
    def is_small(self) -> bool:
        return self.value < THRESHOLD or 0 < self.people < THRESHOLD

    @property
    def rank(self) -> tuple:
        """The nearest neighbour is the smallest: the least is hidden with it. Never a matter of chance."""
        return self.value, self.people, self.cells[0]


def groups_of(cells: Iterable[Cell]) -> list[Group]:
    """All cells with something in them, in groups; small ones that are left over wait for the months to come.

    A month is settled by itself and with what the months before have left, never by a later one: what was shown in a
    month stays shown or hidden when the next one is published, so that two answers in time tell no more than one.
    """
    settled: list[Group] = []
    left: list[Group] = []
    by_month = sorted((cell for cell in cells if cell.value > 0), key=lambda cell: (cell.month, cell.path))
    for _month, found in groupby(by_month, key=lambda cell: cell.month):
        groups = _joined([*left, *_settled(list(found), 0)])
        left = [group for group in groups if group.is_small]
        settled += [group for group in groups if not group.is_small]
    return settled + left


def _settled(cells: list[Cell], depth: int) -> Iterator[Group]:
    """Groups of the cells below one place of the tree: all of them big enough, or one that holds all."""
    if len(cells) == 1:
        yield Group((cells[0],), cells[0].value, cells[0].people)
        return
    parts: list[Group] = []
    for _step, inside in groupby(cells, key=lambda cell: cell.path[depth]):
        parts += _settled(list(inside), depth + 1)
    yield from _joined(parts)


def _joined(groups: list[Group]) -> list[Group]:
    """The small ones together, and with the nearest others until they are small no more."""
    small = [group for group in groups if group.is_small]
    others = sorted((group for group in groups if not group.is_small), key=lambda group: group.rank)
    if not small:
        return others
    together = _union(small)
    while together.is_small and others:
        together = _union([together, others.pop(0)])
    return [together, *others]


def _union(groups: list[Group]) -> Group:
    cells = sorted(cell for group in groups for cell in group.cells)
    return Group(tuple(cells), sum(group.value for group in groups), sum(group.people for group in groups))


class Share(NamedTuple):
    """A row of an answer in which a cell is counted: wholly, or only some of its days."""

    row: Hashable
    is_whole: bool


def hidden_rows(groups: Iterable[Group], shares: Callable[[Cell], list[Share]]) -> set[Hashable]:
    """The rows that may not be shown: those that hold a part of a group, or all of one that is still small."""
    hidden: set[Hashable] = set()
    for group in groups:
        found = [shares(cell) for cell in group.cells]
        rows = {share.row for each in found for share in each}
        stays_whole = len(rows) < 2 and all(len(each) == len(rows) and all(s.is_whole for s in each) for each in found)
        if group.is_small or not stays_whole:
            hidden |= rows
    return hidden
