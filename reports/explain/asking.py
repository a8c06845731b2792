"""The question: that of ``/api/v1/stats/``, one of its measures, and the cell: ``at_<dimension>=<code>``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from reports.stats.dimensions import DIMENSIONS, MOST_DIMENSIONS
from reports.stats.labels import NO_CODE
from reports.stats.measures import DEFAULT, all_measures
from reports.stats.problems import BadQuery
from reports.stats.query import PARAMETERS, StatsQuery, parse

AT = "at_"
# Ways into a cell; each goes with every measure.
WAYS = ("month", "day", "unit", "team")
CELL_PARAMETERS = tuple(f"{AT}{code}" for code in DIMENSIONS)
ALL_PARAMETERS = ("measure", *PARAMETERS, *CELL_PARAMETERS)


@dataclass(frozen=True)
class Asked:
    """``query`` asks for the one measure, split by the dimensions of the cell."""

    query: StatsQuery
    # dimension -> code as ``rows`` give it; None: the row of those without one.
    at: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def measure(self) -> str:
        return self.query.measures[0]

    def parameters(self, **at: str | None) -> dict[str, str]:
        """What an address repeats; ``at`` makes the cell narrower. The period is fixed to its days."""
        said = {
            name: ",".join(value) if isinstance(value, list) else value
            for name, value in self.query.as_dict().items()
            if value and name not in ("measures", "by")
        }
        cell = {f"{AT}{name}": NO_CODE if code is None else code for name, code in {**self.at, **at}.items()}
        return {"measure": self.measure} | said | cell

    def address(self, **at: str | None) -> str:
        return urlencode(self.parameters(**at))

    @property
    def next_dimension(self) -> str | None:
        """By which the cell is told in parts, where it is too large: the first that it does not name yet."""
        if len(self.at) >= MOST_DIMENSIONS:
            return None
        implied = {"month", "day"} if "day" in self.at else {"month"} if "week" in self.at else set()
        return next((code for code in WAYS if code not in self.at and code not in implied), None)

    def split_by(self, dimension: str) -> StatsQuery:
        return replace(self.query, by=(*self.query.by, dimension))


def of_row(query: StatsQuery, measure: str, row: Mapping | None = None) -> Asked:
    """The cell of ``measure`` in ``row`` of the answer to ``query``; without a row, of its totals."""
    at = {code: None if row[code] is None else str(row[code]) for code in query.by} if row is not None else {}
    return Asked(replace(query, measures=(measure,), by=tuple(at)), at)


def read(params: Mapping[str, str]) -> Asked:
    """From an address; raises ``BadQuery`` with every fault of its kind at once."""
    question = parse({name: value for name, value in params.items() if name in PARAMETERS})
    at = {code: params[f"{AT}{code}"] for code in DIMENSIONS if f"{AT}{code}" in params}
    faults: dict[str, object] = {}
    if "by" in params:
        for code in at.keys() - set(question.by):
            faults[f"{AT}{code}"] = _("“by” không có chiều này: ô phải là ô của câu hỏi.")
    if len(at) > MOST_DIMENSIONS:
        faults["at"] = _("Nhiều nhất %(most)s mục.") % {"most": MOST_DIMENSIONS}
    measure = _measure(params, question, faults)
    if faults:
        raise BadQuery(faults)
    query = replace(question, measures=(measure,), by=tuple(at))
    return Asked(query, {code: None if value == NO_CODE else value for code, value in at.items()})


def _measure(params: Mapping[str, str], question: StatsQuery, faults: dict[str, object]) -> str:
    """``measure``, else the first one of the question."""
    if "measure" not in params:
        return question.measures[0] if "measures" in params else DEFAULT[0]
    known = question.measures if "measures" in params else tuple(all_measures())
    if params["measure"] not in known:
        words = {"unknown": params["measure"], "known": ", ".join(known)}
        faults["measure"] = _("Không có “%(unknown)s”. Có thể dùng: %(known)s.") % words
    return params["measure"]
