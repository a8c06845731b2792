"""What can be asked, as the portal tells it to programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Measure:
    code: str
    label: str
    definition: str
    # False: rows must not be added up; each level has its own true value, and ``Answer.totals`` the whole.
    additive: bool
    of_citizens: bool
    # The widest sets of dimensions that it can be split by at once; any part of one will do too.
    combinations: tuple[tuple[str, ...], ...]
    filter_by_service: bool

    def goes_with(self, *by: str) -> bool:
        """Whether it can be split by all of these at once."""
        return any({*by} <= {*together} for together in self.combinations)


@dataclass(frozen=True)
class Dimension:
    code: str
    label: str
    note: str


@dataclass(frozen=True)
class Period:
    """Days, both inclusive."""

    code: str
    start: date
    end: date


@dataclass(frozen=True)
class Schema:
    measures: Mapping[str, Measure]
    dimensions: Mapping[str, Dimension]
    # Examples of what ``period`` understands.
    periods: tuple[str, ...]
    formats: tuple[str, ...]
    limits: Mapping[str, int]
    # As it came, with what this version of the package does not know.
    raw: Mapping[str, Any]


def schema_of(told: Mapping[str, Any]) -> Schema:
    measures = [
        Measure(
            code=each["code"],
            label=each["label"],
            definition=each["definition"],
            additive=each["additive"],
            of_citizens=each["of_citizens"],
            combinations=tuple(tuple(together) for together in each["combinations"]),
            filter_by_service=each["filter_by_service"],
        )
        for each in told["measures"]
    ]
    dimensions = [Dimension(each["code"], each["label"], each["note"]) for each in told["dimensions"]]
    return Schema(
        measures={measure.code: measure for measure in measures},
        dimensions={dimension.code: dimension for dimension in dimensions},
        periods=tuple(told["periods"]),
        formats=tuple(told["formats"]),
        limits=told["limits"],
        raw=told,
    )


def period_of(told: Mapping[str, str]) -> Period:
    return Period(told["code"], date.fromisoformat(told["from"]), date.fromisoformat(told["to"]))
