"""The explanation itself: the engine's figure, the recount beside it, and whether they agree."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from django.db import connection, transaction

from reports.explain import cells, counting
from reports.explain.asking import Asked
from reports.explain.cells import Cell
from reports.explain.counting import Recount, Way, Work
from reports.explain.selection import Selection
from reports.stats.engine import Answer
from reports.stats.freshness import freshness
from reports.stats.measures import Measure
from teams.access import Access
from teams.permissions import Right

EQUAL, PENDING, DIFFERS, TOO_LARGE = "equal", "pending", "differs", "too_large"


@dataclass(frozen=True)
class Explanation:
    cell: Cell
    figure: int
    freshness: dict
    way: Way
    # None: more sessions than can be counted again at once.
    recount: Recount | None
    # Something was on its way into the figures while the two were read.
    in_motion: bool = False
    # Of a cell that is too large: the engine's answer by its next dimension, if the figure is the sum of that.
    in_parts: Answer | None = None
    # Of such a cell: as many sessions of its place and time were seen.
    sessions_seen: int = 0

    @property
    def asked(self) -> Asked:
        return self.cell.asked

    @property
    def access(self) -> Access:
        return self.cell.access

    @property
    def measure(self) -> Measure:
        return self.cell.plan.measures[0]

    @property
    def counted(self) -> int | None:
        return None if self.recount is None else self.recount.total

    @property
    def status(self) -> str:
        if self.recount is None:
            return TOO_LARGE
        if self.counted == self.figure:
            return EQUAL
        return PENDING if self.in_motion else DIFFERS

    @property
    def is_empty(self) -> bool:
        return self.recount is not None and not self.recount.works and not self.figure

    @property
    def works(self) -> list[Work]:
        return [] if self.recount is None else self.recount.works

    @cached_property
    def seen(self) -> list[Work]:
        """The sessions of the cell that the caller may look into, latest first."""
        return [] if self.recount is None else counting.seen_by(self.access, self.recount)

    @property
    def hidden(self) -> int:
        """Sessions behind the figure that the caller may not look into."""
        return len(self.works) - len(self.seen)

    @property
    def may_see_sessions(self) -> bool:
        return self.access.has(Right.SESSION_VIEW)

    @property
    def sees_every_session(self) -> bool:
        """Wherever the caller sees figures, sessions are open to him too: then none of them need be asked.

        By the tree of today a session can count for a unit that it was not, and is not, the caller's to look into.
        """
        access = self.access
        if access.is_city_wide(Right.SESSION_VIEW):
            return True
        return self.cell.plan.query.hierarchy == "as_was" and all(
            set(granted(Right.STATS_VIEW)) <= set(granted(Right.SESSION_VIEW))
            for granted in (access.unit_ids, access.team_ids)
        )


def explain(asked: Asked, access: Access, most: int | None = None) -> Explanation:
    """Reads only. Raises what the engine raises: no right, unknown unit, a question that cannot be answered.

    ``most``: a cell of more sessions is not counted again.
    """
    with _one_moment():
        # Before the figures, as the engine does: then it never claims more than they hold.
        before = freshness(access)
        cell = cells.find(asked, access)
        measure = cell.plan.measures[0]
        way = counting.way_of(measure)
        seen = 0
        try:
            recounted = counting.recount(Selection(cell), way, most)
        except counting.TooMuch as too_much:
            recounted, seen = None, too_much.sessions
        # What adds up is asked for once: the parts, which are shown, make the whole.
        split = asked.next_dimension if recounted is None and measure.is_additive else None
        answer = cells.figure(cell, before, *([split] if split else []))
        figure = cells.picked(cell, answer)
        in_motion = recounted is not None and recounted.total != figure and _moved(before, access)
    return Explanation(cell, figure, answer.freshness, way, recounted, in_motion, answer if split else None, seen)


def _moved(before: dict, access: Access) -> bool:
    """Where the database cannot be held still (SQLite), the figures may have moved between the two readings."""
    after = freshness(access)
    return bool(before["pending"] or after["pending"] or before["as_of"] != after["as_of"])


@contextmanager
def _one_moment() -> Iterator[None]:
    """All reads inside see the database at one moment, so that work that comes in meanwhile is no difference.

    A surrounding transaction (a test's) has to do as it is. On SQLite a transaction would take the lock for writing.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
