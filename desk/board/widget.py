"""A part of the board in a form that everything can be made of: a panel, a table, a CSV, a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TEXT, NUMBER, DECIMAL, PERCENT, TIME, MOMENT = "text", "number", "decimal", "percent", "time", "moment"


@dataclass(frozen=True)
class Column:
    """``name`` is the key in the rows; ``kind`` says how a value is written for people."""

    name: str
    label: Any
    kind: str = TEXT

    @property
    def is_figure(self) -> bool:
        return self.kind in (NUMBER, DECIMAL, PERCENT)


@dataclass(frozen=True)
class Widget:
    code: str
    title: Any
    columns: list[Column]
    # Values by column; beside them ``url`` (what the row leads to) and ``why`` (where its figure comes from).
    rows: Sequence[Mapping[str, Any]]
    # What the figures mean, in one sentence.
    note: Any = ""
    # What it means that there is nothing, where that is worth saying.
    nothing: Any = ""
    # What a table cannot hold: the panel and the picture draw with it.
    more: Mapping[str, Any] = field(default_factory=dict)
