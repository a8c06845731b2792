"""Units, what they came from and what became of them: for figures of years between which units were rearranged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Placement:
    """Stood under ``unit`` in these days, both inclusive; None: still."""

    unit: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Line:
    """From ``day`` on one unit follows another: ``kind`` is rename, merge or split, ``relation`` whole or part."""

    day: date
    kind: str
    relation: str
    # The unit at the other end and its first day; None: not for the holder of the key to know.
    unit: str | None
    valid_from: date | None


@dataclass(frozen=True)
class Unit:
    """In the days from ``valid_from`` to ``valid_to``; the same code may have been another unit before or after."""

    code: str
    name: str
    kind: str
    block: str
    area: str | None
    valid_from: date
    valid_to: date | None
    # A unit that moved has several.
    parents: tuple[Placement, ...]
    predecessors: tuple[Line, ...]
    successors: tuple[Line, ...]

    @property
    def exact(self) -> str:
        """Names this unit and no other of its code: ``portal.stats(unit=unit.exact, …)``."""
        return f"{self.code}@{self.valid_from.isoformat()}"

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Became:
    """A unit that stands where another one stood, wholly or in part; ``unit`` is None where it must not be known."""

    unit: Unit | None
    relation: str


class Lineage:
    """Every version of every unit that the key may see."""

    def __init__(self, units: tuple[Unit, ...]):
        self.units = units
        self._by_key = {(unit.code, unit.valid_from): unit for unit in units}

    def __iter__(self) -> Iterator[Unit]:
        return iter(self.units)

    def __len__(self) -> int:
        return len(self.units)

    def find(self, code: str, day: date | str) -> Unit | None:
        """The unit that the code meant on a day: of a row of figures, their own day."""
        day = date.fromisoformat(day) if isinstance(day, str) else day
        return next((unit for unit in self.units if unit.code == code and unit.is_valid_on(day)), None)

    def became(self, unit: Unit) -> tuple[Became, ...]:
        """Where ``unit`` went in the end, through every reorganisation since: itself, if it stands.

        Of whoever went in part nobody knows what share: figures by the units of today are ``hierarchy="as_is"``.
        Nothing at all: it was closed and went nowhere.
        """
        found: dict[tuple[str, date] | None, Became] = {}
        self._follow(unit, "whole", found, {(unit.code, unit.valid_from)})
        return tuple(found.values())

    def _follow(self, unit: Unit, relation: str, found: dict[Any, Became], seen: set[tuple[str, date]]) -> None:
        if unit.valid_to is None:
            # Who has given a part away and stands is not wholly what it was.
            _note(found, Became(unit, "part" if unit.successors else relation))
        for line in unit.successors:
            on_the_way = "whole" if (relation, line.relation) == ("whole", "whole") else "part"
            if line.unit is None or line.valid_from is None:
                _note(found, Became(None, on_the_way))
                continue
            key = (line.unit, line.valid_from)
            if key in self._by_key and key not in seen:
                self._follow(self._by_key[key], on_the_way, found, {*seen, key})


def _note(found: dict[Any, Became], became: Became) -> None:
    key = became.unit and (became.unit.code, became.unit.valid_from)
    # By two ways to the same: each of them is a part.
    found[key] = Became(became.unit, "part") if key in found else became


def unit_of(told: Mapping[str, Any]) -> Unit:
    return Unit(
        code=told["code"],
        name=told["name"],
        kind=told["kind"],
        block=told["block"],
        area=told["area"],
        valid_from=date.fromisoformat(told["valid_from"]),
        valid_to=_day(told["valid_to"]),
        parents=tuple(
            Placement(each["unit"], date.fromisoformat(each["valid_from"]), _day(each["valid_to"]))
            for each in told["parents"]
        ),
        predecessors=tuple(map(_line, told["predecessors"])),
        successors=tuple(map(_line, told["successors"])),
    )


def _line(told: Mapping[str, Any]) -> Line:
    return Line(
        day=date.fromisoformat(told["day"]),
        kind=told["kind"],
        relation=told["relation"],
        unit=told["unit"],
        valid_from=_day(told["valid_from"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
