"""Figures as a person reads them: the two sides, then their ratio."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """``ratio`` says how many times better ours is than the other side, round by round (median)."""

    name: str
    unit: str
    ours: list[float]
    other: list[float]
    other_name: str
    higher_is_better: bool
    at_least: float | None = None

    @property
    def ratios(self) -> list[float]:
        pairs = zip(self.ours, self.other, strict=True)
        return [a / b if self.higher_is_better else b / a for a, b in pairs]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def holds(self) -> bool:
        return self.at_least is None or self.ratio >= self.at_least

    def lines(self) -> list[str]:
        verdict = (
            "" if self.at_least is None else f"  (cần ≥ {self.at_least:g}: {'ĐẠT' if self.holds else 'KHÔNG ĐẠT'})"
        )
        low, high = min(self.ratios), max(self.ratios)
        return [
            f"{self.name}",
            f"    Xung Kích Số   {_spread(self.ours)} {self.unit}",
            f"    {self.other_name:<14} {_spread(self.other)} {self.unit}",
            f"    tỉ lệ từng vòng {_figure(self.ratio)} lần  [{_figure(low)} – {_figure(high)}]{verdict}",
        ]


@dataclass(frozen=True)
class Claim:
    """One figure of a run, with the bar that it has to reach if it has one."""

    name: str
    value: float
    bar: float | None = None
    unit: str = "lần"
    at_most: bool = False
    note: str = ""

    @property
    def holds(self) -> bool:
        if self.bar is None:
            return True
        return self.value <= self.bar if self.at_most else self.value >= self.bar

    def lines(self) -> list[str]:
        verdict = ""
        if self.bar is not None:
            sign = "≤" if self.at_most else "≥"
            verdict = f"  (cần {sign} {self.bar:g}: {'ĐẠT' if self.holds else 'KHÔNG ĐẠT'})"
        note = [f"    {self.note}"] if self.note else []
        return [f"{self.name}: {_figure(self.value)} {self.unit}".rstrip() + verdict, *note]


def at_most(name: str, value: float, bar: float, unit: str = "lần", note: str = "") -> Claim:
    return Claim(name, value, bar, unit, at_most=True, note=note)


def at_least(name: str, value: float, bar: float, unit: str = "lần", note: str = "") -> Claim:
    return Claim(name, value, bar, unit, note=note)


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """The first column to the left, figures to the right."""
    widths = [max(len(row[number]) for row in [head, *rows]) for number in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) if not number else cell.rjust(width) for number, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in [head, *rows])
    ]
    return [lines[0], "─" * len(lines[0]), *lines[1:]]


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):10,.1f}  [{min(values):,.1f} – {max(values):,.1f}]"
