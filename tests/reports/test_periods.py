"""Periods in words, seen from Tuesday 24 November 2026."""

import datetime as dt

import pytest

from reports.stats.periods import parse_day, resolve, week_code
from tests.reports.recount import day

NOW = dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-07", "2026-07-01", "2026-07-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026Q3", "2026-07-01", "2026-09-30"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2026W31", "2026-07-27", "2026-08-02"),
        ("2026-W01", "2025-12-29", "2026-01-04"),
        ("2026-11-24", "2026-11-24", "2026-11-24"),
        ("TODAY", "2026-11-24", "2026-11-24"),
        ("YESTERDAY", "2026-11-23", "2026-11-23"),
        ("LAST_7_DAYS", "2026-11-18", "2026-11-24"),
        ("LAST_30_DAYS", "2026-10-26", "2026-11-24"),
        ("THIS_WEEK", "2026-11-23", "2026-11-29"),
        ("LAST_WEEK", "2026-11-16", "2026-11-22"),
        ("THIS_MONTH", "2026-11-01", "2026-11-30"),
        ("LAST_MONTH", "2026-10-01", "2026-10-31"),
        ("THIS_YEAR", "2026-01-01", "2026-12-31"),
    ],
)
def test_period_means_these_days(text, start, end):
    assert resolve(text, NOW) == (day(start), day(end))


def test_last_month_in_january_is_december():
    assert resolve("LAST_MONTH", dt.date(2026, 1, 15)) == (day("2025-12-01"), day("2025-12-31"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "2026-13",
        "2026-02-30",
        "2025W53",
        "2026W00",
        "2026Q5",
        "2026-7",
        "last_7_days",
        "1998",
        "3000",
        "٢٠٢٦",
    ],
)
def test_period_that_means_nothing_is_refused_with_examples(text):
    with pytest.raises(ValueError, match="LAST_7_DAYS"):
        resolve(text, NOW)


@pytest.mark.parametrize("text", ["2026-02-30", "20260224", "2026W311", "24/11/2026", "1999-12-31", ""])
def test_day_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="2026-11-24"):
        parse_day(text)


def test_week_belongs_to_the_year_of_its_thursday():
    assert [week_code(day(text)) for text in ("2023-01-01", "2024-12-30", "2023-03-26")] == [
        "2022-W52",
        "2025-W01",
        "2023-W12",
    ]
