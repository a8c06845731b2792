"""What the codes of a cell stand for: rows and days, within what the caller may know."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from campaigns.models import Campaign
from reports.explain.asking import AT, Asked
from reports.explain.places import Places
from reports.stats import engine, periods
from reports.stats.dimensions import MOST_DIMENSIONS
from reports.stats.labels import names_of
from reports.stats.problems import BadQuery, UnknownUnit
from reports.stats.query import StatsQuery
from services_help.models import AgeGroup, Channel, Result, Service, SessionState
from teams.access import Access
from teams.models import AdminArea, Team, Unit
from teams.models.units import Block

# Dimensions in which a row may stand for "none".
MAY_BE_ABSENT = {"unit", "area", "block", "campaign", "age_group"}
HOURS = 24


class Unheard:
    """A code of nothing that the caller could know of: told by an empty cell, whether or not it exists elsewhere."""


UNHEARD = Unheard()


@dataclass(frozen=True)
class Cell:
    asked: Asked
    access: Access
    plan: engine.Plan
    # dimension -> primary key, plain value or ``Period``; None: the row without one.
    at: Mapping[str, Any]

    @cached_property
    def places(self) -> Places:
        """The tree is read once for all that is asked of the cell."""
        return Places(self.plan.scope, self.asked.query.depth, self.asked.query.hierarchy)

    @property
    def is_unheard(self) -> bool:
        return UNHEARD in self.at.values()

    @property
    def days(self) -> periods.Period:
        """The days that count; the widest that dates allow where the question leaves them open."""
        start, end = self.asked.query.start or dt.date.min, self.asked.query.end or dt.date.max
        for value in self.at.values():
            if isinstance(value, periods.Period):
                start, end = max(start, value.start), min(end, value.end)
        return periods.Period(start, end)


def find(asked: Asked, access: Access) -> Cell:
    """Refuses what the engine refuses: rights, units out of scope, dimensions that do not go together."""
    plan = engine.plan(asked.query, access)
    faults: dict[str, object] = {}
    at = {}
    for code, value in asked.at.items():
        try:
            at[code] = _value(code, value, asked.query)
        except ValueError as error:
            faults[f"{AT}{code}"] = str(error)
    if faults:
        raise BadQuery(faults)
    return Cell(asked, access, plan, at)


def figure(cell: Cell, fresh: dict, *split: str) -> engine.Answer:
    """The engine's answer to the narrowest question that holds the cell; ``split`` by these dimensions too."""
    query = replace(cell.asked.query, by=(*cell.asked.query.by, *split))
    narrow = replace(_narrowed(cell), by=query.by)
    try:
        plan = replace(engine.plan(narrow, cell.access), scope=cell.plan.scope)
    except UnknownUnit:
        # On the days of the cell the unit was not the caller's: the whole question tells what there is, if anything.
        plan, narrow = replace(engine.plan(query, cell.access), scope=cell.plan.scope), query
    return engine.run(plan, fresh)


def picked(cell: Cell, answer: engine.Answer) -> int:
    """The cell's figure in ``answer``; a cell without a row is one of nothing. Parts of it add up."""
    measure = cell.asked.measure
    if not cell.at:
        return answer.totals[measure]
    return sum(row[measure] for row in rows_of(cell, answer))


def rows_of(cell: Cell, answer: engine.Answer) -> list[dict]:
    """The rows of ``answer`` that are of the cell; it may be split further."""
    if cell.is_unheard:
        return []
    query = _query_of(answer, cell)
    codes = {code: _code(code, raw, query) for code, raw in cell.at.items()}
    return [row for row in answer.rows if all(row[code] == value for code, value in codes.items())]


def _query_of(answer: engine.Answer, cell: Cell) -> StatsQuery:
    """The question as answered: the period decides which row a code that is used again means."""
    start, end = (day and dt.date.fromisoformat(day) for day in (answer.query["from"], answer.query["to"]))
    return replace(cell.asked.query, start=start, end=end)


def _narrowed(cell: Cell) -> StatsQuery:
    query, days = cell.asked.query, cell.days
    if cell.is_unheard or days.start > days.end:
        return query
    changes: dict[str, Any] = {}
    if days.start > dt.date.min:
        changes["start"] = days.start
    if days.end < dt.date.max:
        changes["end"] = days.end
    pk = cell.plan.scope.unit
    if query.unit and pk and changes:
        # Of several rows with one code the question's period has chosen; the cell's must not choose another.
        unit = Unit.objects.get(pk=pk)
        changes["unit"] = f"{unit.code}@{unit.valid_from.isoformat()}"
    return replace(query, **changes)


def address_within(cell: Cell, *, team: Team, day: dt.date) -> str:
    """The address of the part of the cell that is of one team on one day; empty where five dimensions say it already.

    The team is named exactly: its code may be another's in the question's period.
    """
    at = {"team": f"{team.code}@{team.valid_from.isoformat()}", "day": day.isoformat()}
    if at.keys() <= cell.asked.at.keys() or len({*cell.asked.at, *at}) > MOST_DIMENSIONS:
        return ""
    return cell.asked.address(**at)


# --- codes ------------------------------------------------------------------------------------------------------------
def _code(dimension: str, raw, query: StatsQuery):
    raw = raw.start if isinstance(raw, periods.Period) else raw
    return names_of(dimension, {raw}, query)[raw].code


def label(cell: Cell, dimension: str) -> str:
    """The name of the cell's value. Only for a cell with something in it: a name tells that a thing exists."""
    raw = cell.at[dimension]
    raw = raw.start if isinstance(raw, periods.Period) else raw
    return names_of(dimension, {raw}, cell.asked.query)[raw].label


def _value(dimension: str, code: str | None, query: StatsQuery):
    if code is None:
        if dimension not in MAY_BE_ABSENT:
            raise ValueError(_("Chiều này luôn có giá trị."))
        return None
    if len(code) > 60 or "\x00" in code:
        raise ValueError(_("Đây không phải một mã."))
    return _READERS[dimension](code, query)


def _dated(dimension: str, model: Any) -> Callable:
    """By the code that rows carry; ``code@first-day`` names one exactly."""

    def read(code: str, query: StatsQuery):
        plain, _at, since = code.partition("@")
        rows = list(model.objects.filter(code=plain))
        exact = [row.pk for row in rows if since and row.valid_from.isoformat() == since]
        if exact:
            return exact[0]
        names = names_of(dimension, {row.pk for row in rows}, query)
        return next((pk for pk, name in names.items() if name.code == code and pk is not None), UNHEARD)

    return read


def _campaign(code: str, _query: StatsQuery):
    return Campaign.objects.filter(code=code).values_list("pk", flat=True).first() or UNHEARD


def _service(code: str, _query: StatsQuery):
    # The catalogue is open to all who see figures: a code that is not in it is a typing error.
    found = Service.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise ValueError(_("Không có mã “%(codes)s”.") % {"codes": code})
    return found


def _choice(choices) -> Callable:
    def read(code: str, _query: StatsQuery):
        if code not in choices.values:
            raise ValueError(_("Có thể dùng: %(known)s.") % {"known": ", ".join(choices.values)})
        return code

    return read


def _days(pattern_length: int) -> Callable:
    """A day, an ISO week or a month, in the form that rows have; no other word for a period."""

    def read(code: str, _query: StatsQuery):
        if len(code) != pattern_length or not code[:4].isdigit():
            raise ValueError(_("Không hiểu kỳ “%(text)s”.") % {"text": code})
        return periods.resolve(code)

    return read


def _hour(code: str, _query: StatsQuery):
    if not (code.isascii() and code.isdigit() and len(code) <= 2 and int(code) < HOURS):
        raise ValueError(_("Là một số từ 0 đến 23."))
    return int(code)


_READERS: dict[str, Callable] = {
    "unit": _dated("unit", Unit),
    "team": _dated("team", Team),
    "area": _dated("area", AdminArea),
    "block": _choice(Block),
    "campaign": _campaign,
    "day": _days(len("2023-03-26")),
    "week": _days(len("2023-W12")),
    "month": _days(len("2023-03")),
    "hour": _hour,
    "service": _service,
    "service_group": _service,
    "result": _choice(Result),
    "age_group": _choice(AgeGroup),
    "channel": _choice(Channel),
    "state": _choice(SessionState),
}
