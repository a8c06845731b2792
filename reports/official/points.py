"""What each support point has had: the engine's own statement with one more dimension, which only reports ask for."""

from dataclasses import dataclass

from campaigns.models import SupportPoint
from reports.official.figures import TURNS, Figures
from reports.stats.engine import MOST_ROWS, plan
from reports.stats.sql import Statement

POINT = "point"
MEASURES = ("sessions", *TURNS)


class PointStatement(Statement):
    """Only the coarse tally tells points apart in every month, and it knows these measures."""

    def _dimension(self, code: str) -> str:
        return "t.point_id" if code == POINT else super()._dimension(code)


@dataclass(frozen=True)
class PointFigures:
    # None: work without a point.
    point: SupportPoint | None
    sessions: int
    people: int
    service_turns: int


def of_points(figures: Figures) -> list[PointFigures]:
    """Those with a figure, by name; what was done at none of them comes last. Adds up to the report's totals."""
    asked = plan(figures.question(measures=MEASURES), figures.access)
    statement = PointStatement(asked.query, asked.scope, asked.filters, "day", (POINT,), asked.measures)
    found = {row[0]: [number or 0 for number in row[2:]] for row in statement.run(MOST_ROWS)}
    points = SupportPoint.objects.filter(pk__in=found).for_list().order_by("sort_key", "valid_from")
    rows = [PointFigures(point, *found[point.pk]) for point in points]
    if any(found.get(None, ())):
        rows.append(PointFigures(None, *found[None]))
    return rows
