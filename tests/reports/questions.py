"""Asking the engine and the yardstick the same question."""

from core.dated import today
from reports.stats import StatsQuery, answer
from reports.stats.describe import combinations
from reports.stats.measures import all_measures
from teams.access import system_access
from teams.models import Unit
from tests.reports import recount

HIERARCHIES = ["as_was", "as_is"]
DEPTHS = ["self", "children", "descendants"]


def ask(**asked):
    return answer(StatsQuery(**asked), system_access())


def cells(found) -> dict:
    return {
        tuple(row[code] for code in found.dimensions): {m.code: row[m.code] for m in found.measures}
        for row in found.rows
    }


def counted(query: StatsQuery, **raw) -> dict:
    """The same question to the yardstick; ``raw`` gives it the rows that codes stand for."""
    asked = {
        "by": query.by,
        "measures": query.measures,
        "hierarchy": query.hierarchy,
        "depth": query.depth,
        "unit": Unit.objects.get(code=query.unit) if query.unit and query.unit != "TD" else None,
        "start": query.start,
        "end": query.end,
        "state": query.state,
    }
    return recount.answer(asked | raw, today())


def measures_for(by) -> tuple[str, ...]:
    """All that can be split by these dimensions at once."""
    return tuple(
        code
        for code, measure in all_measures().items()
        if any({*by} <= {*together} for together in combinations(measure))
    )
