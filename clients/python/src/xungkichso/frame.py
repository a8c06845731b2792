"""Answers as pandas tables. Apart from the rest, so that who has no pandas can use the rest."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from xungkichso.answer import NO_CODE, Answer

try:
    import pandas
except ImportError as error:  # pragma: no cover - the tests have pandas
    raise ImportError("Cần pandas: pip install 'xungkichso[pandas]'. | pandas is needed.") from error

Column = list[Any]


# How each reads as a date; a week as its Monday (``2026-W31-1``).
_DATES = {"day": ("{}", "%Y-%m-%d"), "week": ("{}-1", "%G-W%V-%u"), "month": ("{}", "%Y-%m")}


def frame_of(answer: Answer, *, labels: bool) -> pandas.DataFrame:
    columns: dict[str, pandas.Series[Any]] = {}
    for name in answer.columns:
        values = [row[name] for row in answer.rows]
        if name in answer.measures:
            # Null: a small figure that is not published.
            columns[name] = pandas.Series(values, dtype="Int64" if None in values else "int64")
            continue
        columns[name] = _dimension(answer, name, values)
        if labels:
            names = [answer.label(name, value) for value in values]
            columns[f"{name}_label"] = _categories(names, list(dict.fromkeys(answer.labels[name].values())))
    frame = pandas.DataFrame(columns)
    frame.attrs = {
        "query": dict(answer.query),
        "totals": dict(answer.totals),
        "labels": {name: dict(named) for name, named in answer.labels.items()},
        "freshness": asdict(answer.freshness),
    }
    return frame


def _dimension(answer: Answer, name: str, values: Column) -> pandas.Series[Any]:
    if name in _DATES and None not in values:
        text, format = _DATES[name]
        moments = pandas.to_datetime([text.format(value) for value in values], format=format)
        # The unit depends on the version of pandas, and on whether there are rows.
        return pandas.Series(moments).astype("datetime64[s]")
    if name == "hour":
        return pandas.Series(values, dtype="int64")
    return _categories(values, [code for code in answer.labels[name] if code != NO_CODE])


def _categories(values: Column, order: list[str]) -> pandas.Series[Any]:
    return pandas.Series(pandas.Categorical(values, categories=order))
