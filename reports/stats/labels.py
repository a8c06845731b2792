"""From the raw values of a dimension to codes, names and their order: the words of the answer."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from core.vietnamese import sort_key
from reports.stats.periods import week_code
from reports.stats.query import StatsQuery
from reports.stats.scope import meant_by
from services_help.models import AgeGroup, Channel, Result, Service, SessionState
from teams.models import AdminArea, Team, Unit
from teams.models.units import Block

# What stands for an absent value in ``labels``, since a JSON key cannot be null; in ``rows`` it is null.
NO_CODE = "null"


class Name(NamedTuple):
    code: str | int | None
    label: str
    # Comparable within one dimension, and JSON: a cursor carries it.
    order: tuple


def names_of(dimension: str, raw: Iterable, query: StatsQuery) -> dict[object, Name]:
    """For each raw value (None among them): its code, its name in the reader's language, its place in the order."""
    values = {value for value in raw if value is not None}
    found = _READERS[dimension](values, query)
    absent = Name(None, _absent(dimension), (1,))
    return {None: absent} | {value: name._replace(order=(0, *name.order)) for value, name in found.items()}


def _absent(dimension: str) -> str:
    if dimension in ("unit", "block"):
        return _("Chưa xếp đơn vị")
    return {"area": _("Không có địa bàn"), "campaign": _("Ngoài chiến dịch")}.get(dimension, _("Không ghi"))


# --- rows with a code that may be used again --------------------------------------------------------------------------
def _dated(model: Any) -> Callable:
    """The plain code is the row that the code means in the period of the question; others carry their first day."""

    def read(ids: set[int], query: StatsQuery) -> dict[int, Name]:
        namesakes: dict[str, list] = {}
        codes = model.objects.filter(pk__in=ids).order_by().values("code")
        for row in model.objects.filter(code__in=codes).order_by():
            namesakes.setdefault(row.code, []).append(row)
        return {
            row.pk: Name(
                row.code if meant_by(namesakes[row.code], query.start, query.end) == row else _exact(row),
                str(row),
                (row.sort_key, row.code, row.valid_from.isoformat()),
            )
            for rows in namesakes.values()
            for row in rows
            if row.pk in ids
        }

    return read


def _exact(row) -> str:
    return f"{row.code}@{row.valid_from.isoformat()}"


def _areas(ids: set[int], _query: StatsQuery) -> dict[int, Name]:
    """Always with its first day: the reform of 2025 gave most codes to other areas."""
    return {
        row.pk: Name(_exact(row), str(row), (row.sort_key, row.code, row.valid_from.isoformat()))
        for row in AdminArea.objects.filter(pk__in=ids)
    }


def _campaigns(ids: set[int], _query: StatsQuery) -> dict[int, Name]:
    rows = Campaign.objects.filter(pk__in=ids)
    return {row.pk: Name(row.code, row.name, (sort_key(row.name), row.code)) for row in rows}


def _services(ids: set[int], _query: StatsQuery) -> dict[int, Name]:
    rows = Service.objects.filter(pk__in=ids)
    return {row.pk: Name(row.code, row.label, (row.position, row.code)) for row in rows}


# --- values that are their own code -----------------------------------------------------------------------------------
def _choices(choices) -> Callable:
    order = {code: number for number, code in enumerate(choices.values)}
    return lambda codes, _query: {code: Name(code, str(choices(code).label), (order[code],)) for code in codes}


def _dates(code: Callable[[dt.date], str], label: Callable[[dt.date], str]) -> Callable:
    def read(days: set, _query: StatsQuery) -> dict:
        # SQLite hands a computed date back as text.
        read = {raw: raw if isinstance(raw, dt.date) else dt.date.fromisoformat(raw) for raw in days}
        return {raw: Name(code(day), label(day), (day.isoformat(),)) for raw, day in read.items()}

    return read


def _day_label(day: dt.date) -> str:
    return day.isoformat() if get_language() == "en" else f"{day:%d/%m/%Y}"


def _week_label(day: dt.date) -> str:
    year, week, _weekday = day.isocalendar()
    return _("Tuần %(week)s/%(year)s") % {"week": week, "year": year}


def _month_label(day: dt.date) -> str:
    return _("Tháng %(month)s/%(year)s") % {"month": day.month, "year": day.year}


def _hours(hours: set, _query: StatsQuery) -> dict:
    return {hour: Name(int(hour), f"{int(hour)}–{int(hour) + 1}h", (int(hour),)) for hour in hours}


_READERS: dict[str, Callable] = {
    "unit": _dated(Unit),
    "team": _dated(Team),
    "area": _areas,
    "block": _choices(Block),
    "campaign": _campaigns,
    "day": _dates(dt.date.isoformat, _day_label),
    "week": _dates(week_code, _week_label),
    "month": _dates(lambda day: f"{day:%Y-%m}", _month_label),
    "hour": _hours,
    "service": _services,
    "service_group": _services,
    "result": _choices(Result),
    "age_group": _choices(AgeGroup),
    "channel": _choices(Channel),
    "state": _choices(SessionState),
}
