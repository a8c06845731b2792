"""How a program uses the package, for the type checker to read: what it infers is part of the promise."""

from datetime import date, datetime
from typing import Any, assert_type

import pandas
from xungkichso import Answer, Portal, Schema, Unit


def weekly(url: str, token: str) -> None:
    with Portal(url, token, language="en", cache=None) as portal:
        assert_type(portal.schema(), Schema)
        assert_type(portal.period("2026W31").start, date)
        answer = portal.stats(measures=["people", "sessions"], by="unit,day", start=date(2026, 7, 1))
        assert_type(answer, Answer)
        assert_type(portal.units("2023-03-26"), list[Unit])
        assert_type(portal.lineage().find("BC", date(2023, 3, 26)), Unit | None)
        assert_type(answer.freshness.as_of, datetime | None)
        assert_type(answer.to_pandas(labels=True), pandas.DataFrame)
        assert_type([row["people"] for row in answer], list[Any])
