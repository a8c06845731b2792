"""The functions of ``$filter`` that Power Query folds into its questions; ``$metadata`` names them to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reports.odata.edm import BOOLEAN, DATE, NUMBER, STRING


@dataclass(frozen=True)
class Function:
    run: Callable[..., Any]
    takes: tuple[str, ...]
    gives: str
    # Arguments that must be there; those after may be left out.
    least: int


def _function(run: Callable[..., Any], takes: tuple[str, ...], gives: str, least: int | None = None) -> Function:
    return Function(run, takes, gives, len(takes) if least is None else least)


def _substring(text: str, start: int, length: int | None = None) -> str:
    start = max(0, int(start))
    return text[start:] if length is None else text[start : start + max(0, int(length))]


FUNCTIONS: dict[str, Function] = {
    "contains": _function(lambda text, part: part in text, (STRING, STRING), BOOLEAN),
    "startswith": _function(str.startswith, (STRING, STRING), BOOLEAN),
    "endswith": _function(str.endswith, (STRING, STRING), BOOLEAN),
    "length": _function(len, (STRING,), NUMBER),
    "indexof": _function(str.find, (STRING, STRING), NUMBER),
    "substring": _function(_substring, (STRING, NUMBER, NUMBER), STRING, least=2),
    "concat": _function(lambda left, right: left + right, (STRING, STRING), STRING),
    "tolower": _function(str.lower, (STRING,), STRING),
    "toupper": _function(str.upper, (STRING,), STRING),
    "trim": _function(str.strip, (STRING,), STRING),
    "year": _function(lambda day: day.year, (DATE,), NUMBER),
    "month": _function(lambda day: day.month, (DATE,), NUMBER),
    "day": _function(lambda day: day.day, (DATE,), NUMBER),
}
