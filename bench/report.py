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
        return [
            f"{self.name}",
            f"    Xung Kích Số   {_spread(self.ours)} {self.unit}",
            f"    {self.other_name:<14} {_spread(self.other)} {self.unit}",
            f"    tỉ lệ từng vòng {self.ratio:.1f} lần  [{min(self.ratios):.1f} – {max(self.ratios):.1f}]{verdict}",
        ]


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):10,.1f}  [{min(values):,.1f} – {max(values):,.1f}]"
