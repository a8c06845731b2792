"""Five steps of a scale for a map: each with about as many places, their limits round numbers."""

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from core.templatetags.vi import vi_number

MOST = 5


@dataclass(frozen=True)
class Steps:
    # The first value of each step.
    limits: tuple[int, ...]
    highest: int

    def of(self, value: int) -> int:
        """1 … 5; 0: nothing at all."""
        return bisect_right(self.limits, value) if value > 0 else 0

    def legend(self) -> list[tuple[int, str]]:
        """(step, its values in words) from the lowest."""
        ends = [*(limit - 1 for limit in self.limits[1:]), self.highest][: len(self.limits)]
        return [
            (number, vi_number(start) if start == end else f"{vi_number(start)}–{vi_number(end)}")
            for number, (start, end) in enumerate(zip(self.limits, ends, strict=True), 1)
        ]


def steps_of(values: Iterable[int]) -> Steps:
    found = sorted(value for value in values if value > 0)
    if not found:
        return Steps((), 0)
    limits = {1}
    for number in range(1, MOST):
        at = _round(found[len(found) * number // MOST])
        if at <= found[-1]:
            limits.add(at)
    return Steps(tuple(sorted(limits)), found[-1])


def _round(value: int) -> int:
    """Up to two digits that mean something: 1.234 is 1.300."""
    size = 10 ** max(0, int(math.log10(value)) - 1)
    return math.ceil(value / size) * size
