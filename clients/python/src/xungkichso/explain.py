"""“Số này từ đâu?”: from a figure to the sessions and lines behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from xungkichso.answer import NO_CODE, Answer, Freshness, Row, freshness_of

PATH = "stats/explain/"
A_PAGE = "1000"
# Asks one address for JSON.
Ask = Callable[[str, Mapping[str, str]], Any]


@dataclass(frozen=True)
class Part:
    """One term of the sum that makes the figure; for distinct counts, what was looked at."""

    code: str
    value: int
    rows: int
    text: str
    reason: str


@dataclass(frozen=True)
class Explanation:
    """``figure`` is what the statistics say, ``counted`` what the portal has just counted again from the raw lines.

    ``status``: ``equal``, ``pending`` (changes are on their way), ``differs``, ``too_large`` (ask for a smaller cell).
    """

    figure: int
    counted: int | None
    status: str
    # In words: “1.234 lượt dịch vụ = 1.250 lượt đã ghi − 16 lượt bị hủy …”
    sentence: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    freshness: Freshness
    # As it came, with what this version of the package does not know.
    raw: Mapping[str, Any] = field(repr=False)
    _ask: Ask = field(repr=False)
    _cell: Mapping[str, str] = field(repr=False)

    def groups(self) -> Iterator[Row]:
        """What each team has brought to the figure on each day."""
        return self._pages(PATH, "by_team_and_day")

    def sessions(self) -> Iterator[Row]:
        """The sessions behind it; the key needs the right to see sessions (``NotAllowed`` otherwise)."""
        return self._pages(f"{PATH}sessions/")

    def lines(self, session: str) -> Iterator[Row]:
        """Every line of one session in this cell: what it gives to the figure and, if nothing, why."""
        return self._pages(f"{PATH}lines/", session=session)

    def distinct(self) -> Iterator[Row]:
        """Of a distinct count (teams, points, volunteers): those that were counted."""
        return self._pages(f"{PATH}distinct/")

    def _pages(self, path: str, part: str = "", **more: str) -> Iterator[Row]:
        number = 1
        while True:
            told = self._ask(path, {**self._cell, **more, "page_size": A_PAGE, "page": str(number)})
            page = told[part] if part else told
            yield from page["results"]
            if not page["next"]:
                return
            number += 1


def cell_of(answer: Answer, row: Row | None, measure: str | None) -> dict[str, str]:
    """The parameters that name one figure of ``answer``: in ``row``, else of its totals."""
    said = {
        name: ",".join(value) if isinstance(value, list) else str(value)
        for name, value in answer.query.items()
        if value and name not in ("measures", "by")
    }
    at = (
        {}
        if row is None
        else {f"at_{name}": NO_CODE if row[name] is None else str(row[name]) for name in answer.dimensions}
    )
    return {"measure": measure or answer.measures[0], **said, **at}


def explanation_of(told: Mapping[str, Any], ask: Ask, cell: Mapping[str, str]) -> Explanation:
    return Explanation(
        figure=told["figure"],
        counted=told["counted"],
        status=told["status"],
        sentence=told["sentence"],
        parts=tuple(
            Part(part["code"], part["value"], part["rows"], part["text"], part["reason"]) for part in told["parts"]
        ),
        notes=tuple(told["notes"]),
        freshness=freshness_of(told["freshness"]),
        raw=told,
        _ask=ask,
        _cell=cell,
    )
