"""A question in Python's words, and in those of the address."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal, TypedDict

Codes = str | Iterable[str]


class Question(TypedDict, total=False):
    """The parameters of ``/api/v1/stats/``; ``start`` and ``end`` are its ``from`` and ``to``, which Python has taken.

    Lists may be lists or texts with commas. What is absent has the portal's own default.
    """

    measures: Codes
    by: Codes
    unit: str
    depth: Literal["self", "children", "descendants"]
    campaign: Codes
    service: Codes
    period: str
    start: date | str
    end: date | str
    hierarchy: Literal["as_was", "as_is"]
    state: Literal["all", "approved"]


NAMES = {"start": "from", "end": "to"}


def parameters_of(question: Question | Mapping[str, Any]) -> dict[str, str]:
    """None and empty lists are as good as not said. What Python does not know the portal refuses by name."""
    said = {NAMES.get(name, name): _text(value) for name, value in question.items() if value is not None}
    return {name: text for name, text in said.items() if text}


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(str(each) for each in value)
    return str(value)
