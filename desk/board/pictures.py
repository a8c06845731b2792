"""Pictures that stand by themselves: a fixed size, their own colours, no page around them."""

from collections.abc import Callable
from typing import Any

from core.templatetags.charts import amount, round_top
from core.templatetags.vi import vi_number
from desk.board.widget import Column, Widget

WIDTH = 1200
MARGIN, HEAD, FOOT, LINE = 40, 120, 60, 34
BARS = {"units", "teams", "services", "points"}
# A letter of the font at size 16 is about this wide.
LETTER = 8.6
MOST_ROWS = 60

Written = Callable[[Any, Column], str]


def draw(widget: Widget, written: Written) -> tuple[str, dict]:
    """(template, what it draws)"""
    if not widget.rows:
        return "table", _table(widget, written)
    if widget.code == "map":
        return "map", _map(widget)
    if widget.code == "hours":
        return "hours", _hours(widget)
    return ("bars", _bars(widget)) if widget.code in BARS else ("table", _table(widget, written))


def _bars(widget: Widget) -> dict:
    rows = widget.rows[:MOST_ROWS]
    top = max(amount(row["value"]) for row in rows) or 1
    left, right = 400, WIDTH - MARGIN - 90
    bars = [
        {
            "label": shortened(row["label"], left - MARGIN - 16),
            "value": vi_number(row["value"]),
            "y": HEAD + number * LINE,
            "width": round((right - left) * amount(row["value"]) / top, 1),
        }
        for number, row in enumerate(rows)
    ]
    label = next(str(column.label) for column in widget.columns if column.name == "value")
    return _sized(len(rows) * LINE) | {
        "bars": bars,
        "left": left,
        "unit": label,
        "hidden": len(widget.rows) - len(rows),
    }


def _hours(widget: Widget) -> dict:
    height, left = 420, MARGIN + 60
    rows = widget.rows
    top = round_top(max(max(amount(row["value"]), amount(row["then"])) for row in rows) or 1)
    slot = (WIDTH - left - MARGIN) / len(rows)
    bars = [
        {
            "label": f"{row['hour']}h",
            "value": vi_number(row["value"]),
            "x": round(left + number * slot + slot * 0.14, 1),
            "middle": round(left + number * slot + slot / 2, 1),
            "width": round(slot * 0.72, 1),
            "y": round(HEAD + height * (1 - amount(row["value"]) / top), 1),
            "height": round(height * amount(row["value"]) / top, 1),
            "then_y": round(HEAD + height * (1 - amount(row["then"]) / top), 1) if row["then"] else None,
        }
        for number, row in enumerate(rows)
    ]
    lines = [
        {"y": HEAD + height * step / 2, "label": vi_number(top - top * step // 2) if top % 2 == 0 or step != 1 else ""}
        for step in range(3)
    ]
    return _sized(height + 50) | {
        "bars": bars,
        "lines": lines,
        "left": left,
        "right": WIDTH - MARGIN,
        "floor": HEAD + height,
        "then_label": widget.more["then_label"],
    }


def _map(widget: Widget) -> dict:
    drawn = widget.more["map"]
    scale = min((WIDTH - 2 * MARGIN) / drawn.width, 1.4)
    left = round((WIDTH - drawn.width * scale) / 2, 1)
    return _sized(round(drawn.height * scale) + 70) | {
        "map": drawn,
        "scale": round(scale, 4),
        "left": left,
        "steps": [
            {"step": step, "label": label, "x": MARGIN + place * 190}
            for place, (step, label) in enumerate(widget.more["steps"])
        ],
        "legend_y": HEAD + round(drawn.height * scale) + 40,
    }


def _table(widget: Widget, written: Written) -> dict:
    columns = [column for column in widget.columns if column.name != "definition"]
    rows = widget.rows[:MOST_ROWS]
    cells = [[written(row.get(column.name), column) for column in columns] for row in rows]
    wide = [max([len(str(column.label)), *(len(line[n]) for line in cells)]) for n, column in enumerate(columns)]
    room = WIDTH - 2 * MARGIN
    total = sum(min(each, 34) for each in wide)
    table_columns, x = [], float(MARGIN)
    for column, letters in zip(columns, wide, strict=True):
        width = room * min(letters, 34) / total
        table_columns.append({"x": x, "width": width, "is_figure": column.is_figure})
        x += width
    lines = [
        {
            "y": HEAD + 30 + (number + 1) * LINE,
            "cells": [_cell(text, place) for text, place in zip(line, table_columns, strict=True)],
        }
        for number, line in enumerate(cells)
    ]
    head = [_cell(str(column.label), place) for column, place in zip(columns, table_columns, strict=True)]
    return _sized(30 + (len(rows) + 1) * LINE) | {
        "head": head,
        "lines": lines,
        "head_y": HEAD + 30,
        "right": WIDTH - MARGIN,
        "hidden": len(widget.rows) - len(rows),
    }


def _cell(text: str, place: dict) -> dict:
    return {
        "text": shortened(text, place["width"] - 14),
        "x": round(place["x"] + (place["width"] - 14 if place["is_figure"] else 0), 1),
        "anchor": "end" if place["is_figure"] else "start",
    }


def _sized(body: int) -> dict:
    height = HEAD + body + FOOT
    return {"width": WIDTH, "height": height, "margin": MARGIN, "foot_y": height - 22}


def shortened(text: str, room: float) -> str:
    most = max(1, int(room / LETTER))
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
