"""Charts drawn on the server: SVG with presentation attributes only, beside the same numbers as a real table.

Geometry is written in per cent of a box without viewBox: bars stretch with the page while text keeps its size, so that
one drawing is right on a phone, on a wall screen and on paper.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from django import template

from core.templatetags.vi import vi_number

register = template.Library()

GRID_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Bar:
    label: str
    value: object
    goal: object = None
    url: str = ""
    # The address of the page that says where the value comes from.
    why: str = ""
    # A few words under the value.
    aside: str = ""
    width: str = "0%"
    goal_at: str = ""


@dataclass(frozen=True)
class HourBar:
    hour: int
    value: object
    x: str
    y: str
    width: str
    height: str
    middle: str
    labelled: bool
    now: bool
    why: str = ""
    # The same hour of the day that this one is set beside, and how high its mark stands.
    then: object = None
    then_y: str = ""


def amount(value) -> float:
    """What is drawn for ``value``: nothing for a missing or suppressed one, never less than nothing."""
    return max(0.0, float(value)) if isinstance(value, (int, float, Decimal)) else 0.0


def per_cent(part: float, whole: float) -> str:
    """An SVG length, always with a point, whatever the language of the page."""
    return f"{100 * part / whole if whole else 0:.2f}%"


def round_top(highest: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, ... that is not below ``highest``: the top line of a chart."""
    size = 1
    while True:
        for step in GRID_STEPS:
            if step * size >= highest:
                return step * size
        size *= 10


@register.inclusion_tag("components/_bar_chart.html")
def bar_chart(rows: Iterable[Mapping], title: str, unit: str = "", label: str = "") -> dict:
    """Lying bars, one a row: ``{"label", "value"}`` and, where there is one, ``"goal"`` (a mark), ``"url"``,
    ``"why"`` (where the value comes from) and ``"aside"`` (a few words under the value).

    ``unit`` says what is counted, ``label`` what the rows are; both head the table for a screen reader.
    """
    rows = list(rows)
    top = max((amount(row.get(key)) for row in rows for key in ("value", "goal")), default=0)
    bars = [
        Bar(
            label=row["label"],
            value=row.get("value"),
            goal=row.get("goal"),
            url=row.get("url", ""),
            why=row.get("why", ""),
            aside=row.get("aside", ""),
            width=per_cent(amount(row.get("value")), top),
            goal_at=per_cent(amount(row["goal"]), top) if row.get("goal") else "",
        )
        for row in rows
    ]
    return {"bars": bars, "title": title, "unit": unit, "label": label, "has_goal": any(bar.goal_at for bar in bars)}


@register.inclusion_tag("components/_hour_chart.html")
def hour_chart(
    rows: Iterable[Mapping],
    title: str,
    unit: str = "",
    now: int | None = None,
    then_label: str = "",
    label: str = "",
) -> dict:
    """Standing bars of a day, one an hour: ``{"hour", "value"}`` and, where there is one, ``"why"``; hours without a
    row between the first and the last are drawn as empty, ``now`` is the hour that is still running.

    ``then_label`` names another day whose hours are marked over the bars (``"then"``), ``label`` what the bars are of,
    if not the day that is looked at."""
    rows = list(rows)
    values = {row["hour"]: row["value"] for row in rows}
    if not values:
        return {"bars": [], "title": title, "unit": unit}
    first, last = min(values), max(values)
    slots = last - first + 1
    thens = {row["hour"]: row.get("then") for row in rows} if then_label else {}
    top = round_top(max(amount(value) for value in [*values.values(), *thens.values()]))
    every = 1 if slots <= 8 else 2 if slots <= 14 else 3
    bars = [
        hour_bar(hour, values.get(hour, 0), hour - first, slots, top, every, now) for hour in range(first, last + 1)
    ]
    whys = {row["hour"]: row.get("why", "") for row in rows}
    bars = [
        replace(bar, why=whys.get(bar.hour, ""), then=thens.get(bar.hour), then_y=mark_at(thens.get(bar.hour), top))
        for bar in bars
    ]
    scale = {"top": vi_number(top), "half": half_of(top)}
    return {"bars": bars, "title": title, "unit": unit, "then_label": then_label, "label": label} | scale


def mark_at(value, top: int) -> str:
    """How far from the top; nothing for an hour in which nothing was done."""
    return f"{100 - 100 * amount(value) / top:.2f}%" if amount(value) else ""


def hour_bar(hour: int, value, place: int, slots: int, top: int, every: int, now: int | None) -> HourBar:
    slot = 100 / slots
    height = 100 * amount(value) / top
    return HourBar(
        hour=hour,
        value=value,
        x=f"{place * slot + slot * 0.14:.2f}%",
        y=f"{100 - height:.2f}%",
        width=f"{slot * 0.72:.2f}%",
        height=f"{height:.2f}%",
        middle=f"{place * slot + slot / 2:.2f}%",
        labelled=place % every == 0,
        now=hour == now,
    )


def half_of(top: int) -> str:
    """The label of the middle line; none where it would be a broken number of people."""
    return vi_number(top // 2) if top % 2 == 0 else ""


@register.inclusion_tag("components/_progress.html")
def progress(label: str, value, goal, percent, unit: str = "", due=None) -> dict:
    """How far a target is: drawn up to 100 %, told as it is. ``due``: where it should be by now, marked."""
    return {
        "label": label,
        "value": value,
        "goal": goal,
        "percent": percent,
        "unit": unit,
        "width": per_cent(min(amount(percent), 100), 100),
        "due_at": per_cent(min(amount(due), 100), 100) if due is not None else "",
    }
