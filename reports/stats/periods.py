"""Periods in words: 2026, 2026-07, 2026Q3, 2026W31, 2026-11-24, LAST_7_DAYS, … Both ends are inclusive days."""

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Callable
from typing import NamedTuple

from django.utils.translation import gettext as _

from core.dated import DAY, today

WEEK = dt.timedelta(weeks=1)
# Outside of these years a figure would be a typing error.
FIRST_YEAR, LAST_YEAR = 2000, 2099
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Period(NamedTuple):
    start: dt.date
    end: dt.date


def _week(day: dt.date) -> Period:
    monday = day - DAY * day.weekday()
    return Period(monday, monday + WEEK - DAY)


def _months(year: int, first: int, last: int) -> Period:
    return Period(dt.date(year, first, 1), dt.date(year, last, monthrange(year, last)[1]))


def _month(day: dt.date) -> Period:
    return _months(day.year, day.month, day.month)


RELATIVE: dict[str, Callable[[dt.date], Period]] = {
    "TODAY": lambda now: Period(now, now),
    "YESTERDAY": lambda now: Period(now - DAY, now - DAY),
    # Up to and including today, since the day's figures are what a peak day is watched by.
    "LAST_7_DAYS": lambda now: Period(now - 6 * DAY, now),
    "LAST_30_DAYS": lambda now: Period(now - 29 * DAY, now),
    "THIS_WEEK": _week,
    "LAST_WEEK": lambda now: _week(now - WEEK),
    "THIS_MONTH": _month,
    "LAST_MONTH": lambda now: _month(now.replace(day=1) - DAY),
    "THIS_YEAR": lambda now: _months(now.year, 1, 12),
}
_FIXED: list[tuple[re.Pattern, Callable[..., Period]]] = [
    (re.compile(r"([0-9]{4})"), lambda year: _months(year, 1, 12)),
    (re.compile(r"([0-9]{4})-([0-9]{2})"), lambda year, month: _months(year, month, month)),
    (re.compile(r"([0-9]{4})-?Q([1-4])"), lambda year, quarter: _months(year, 3 * quarter - 2, 3 * quarter)),
    (re.compile(r"([0-9]{4})-?W([0-9]{2})"), lambda year, week: _week(dt.date.fromisocalendar(year, week, 1))),
    (re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"), lambda *parts: Period(dt.date(*parts), dt.date(*parts))),
]
EXAMPLES = ("2026", "2026-07", "2026Q3", "2026W31", "2026-11-24", *RELATIVE)


def resolve(text: str, now: dt.date | None = None) -> Period:
    """The days that ``text`` stands for, seen from ``now`` (default: today in Ho Chi Minh City)."""
    if text in RELATIVE:
        return RELATIVE[text](now or today())
    for pattern, build in _FIXED:
        if found := pattern.fullmatch(text):
            try:
                period = build(*map(int, found.groups()))
            except ValueError:  # month 13, week 54, 30 February
                break
            if period.start.year >= FIRST_YEAR - 1 and period.end.year <= LAST_YEAR + 1:
                return period
    words = {"text": text, "examples": ", ".join(EXAMPLES)}
    raise ValueError(_("Không hiểu kỳ “%(text)s”. Ví dụ: %(examples)s.") % words)


def parse_day(text: str) -> dt.date:
    """An ISO day within sensible years, nothing else (``fromisoformat`` alone would read 2026W311 too)."""
    if ISO_DAY.fullmatch(text):
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            day = None
        if day and FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    raise ValueError(_("“%(text)s” không phải một ngày dạng 2026-11-24.") % {"text": text})


def week_code(day: dt.date) -> str:
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"
