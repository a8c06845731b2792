"""What a filter says about one property whatever else it says: enough to ask the engine for less.

Both functions may answer too much, never too little: the filter is applied to every row afterwards.
"""

import datetime as dt
from typing import NamedTuple

from reports.odata.edm import DATE
from reports.odata.expressions import Call, Compare, Every, Field, In, Literal, Node, Some

MIRRORED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge", "eq": "eq"}


class Days(NamedTuple):
    """Inclusive; None: without end."""

    first: dt.date | None = None
    last: dt.date | None = None

    def both(self, other: "Days") -> "Days":
        firsts = [day for day in (self.first, other.first) if day]
        lasts = [day for day in (self.last, other.last) if day]
        return Days(max(firsts, default=None), min(lasts, default=None))

    def hull(self, other: "Days") -> "Days":
        first = min(self.first, other.first) if self.first and other.first else None
        last = max(self.last, other.last) if self.last and other.last else None
        return Days(first, last)


def days_of(node: Node | None, name: str) -> Days:
    """Outside of these days no row can pass, by the property ``name``."""
    if isinstance(node, Every):
        found = Days()
        for part in node.parts:
            found = found.both(days_of(part, name))
        return found
    if isinstance(node, Some):
        found, *others = [days_of(part, name) for part in node.parts]
        for other in others:
            found = found.hull(other)
        return found
    if isinstance(node, Compare):
        return _compared(*_field_first(node), name)
    if isinstance(node, In) and node.left == Field(name, DATE):
        values = [value.value for value in node.values if isinstance(value, Literal) and value.value]
        return Days(min(values), max(values)) if len(values) == len(node.values) else Days()
    return Days()


def _field_first(node: Compare) -> tuple[Node, str, Node]:
    if isinstance(node.left, Literal):
        return node.right, MIRRORED.get(node.sign, node.sign), node.left
    return node.left, node.sign, node.right


def _compared(left: Node, sign: str, right: Node, name: str) -> Days:
    if not isinstance(right, Literal) or right.value is None:
        return Days()
    if left == Field(name, DATE):
        return _within(sign, right.value, right.value)
    if isinstance(left, Call) and left.name == "year" and left.arguments == (Field(name, DATE),):
        year = int(right.value)
        # Of a fraction or an impossible year nothing is said; the filter itself will judge.
        if year == right.value and dt.MINYEAR <= year <= dt.MAXYEAR:
            return _within(sign, dt.date(year, 1, 1), dt.date(year, 12, 31))
    return Days()


def _within(sign: str, first: dt.date, last: dt.date) -> Days:
    starts, ends = sign in ("eq", "gt", "ge"), sign in ("eq", "lt", "le")
    return Days(first if starts else None, last if ends else None)


def values_of(node: Node | None, name: str) -> frozenset | None:
    """The only values that the property ``name`` can have in a row that passes; None: nothing is said."""
    if isinstance(node, Compare):
        left, sign, right = _field_first(node)
        named = isinstance(left, Field) and left.name == name
        return frozenset({right.value}) if named and sign == "eq" and isinstance(right, Literal) else None
    if isinstance(node, In) and isinstance(node.left, Field) and node.left.name == name:
        values = [value.value for value in node.values if isinstance(value, Literal)]
        return frozenset(values) if len(values) == len(node.values) else None
    if isinstance(node, Every | Some):
        found = [values_of(part, name) for part in node.parts]
        told = [values for values in found if values is not None]
        if isinstance(node, Every):
            return frozenset.intersection(*told) if told else None
        return frozenset.union(*told) if len(told) == len(found) else None
    return None
