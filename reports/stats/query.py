"""The question: its grammar, parsed strictly, so that a typing error is told and never silently ignored."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from reports.stats import periods
from reports.stats.dimensions import DIMENSIONS, MOST_DIMENSIONS
from reports.stats.measures import DEFAULT, all_measures
from reports.stats.problems import BadQuery

CHOICES = {
    "depth": ("self", "children", "descendants"),
    "hierarchy": ("as_was", "as_is"),
    "state": ("all", "approved"),
}
DEFAULTS = {"depth": "children", "hierarchy": "as_was", "state": "all"}
PARAMETERS = (
    "measures",
    "by",
    "unit",
    "depth",
    "campaign",
    "service",
    "from",
    "to",
    "period",
    "hierarchy",
    "state",
)
MOST_MEASURES, MOST_VALUES = 30, 100


@dataclass(frozen=True)
class StatsQuery:
    """One question to the statistics. Codes only: the engine finds the rows behind them, within the caller's scope."""

    measures: tuple[str, ...] = DEFAULT
    by: tuple[str, ...] = ()
    # None: the caller's whole scope.
    unit: str | None = None
    depth: str = DEFAULTS["depth"]
    campaign: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    # Inclusive days; None: without end.
    start: dt.date | None = None
    end: dt.date | None = None
    hierarchy: str = DEFAULTS["hierarchy"]
    state: str = DEFAULTS["state"]

    def as_dict(self) -> dict:
        """As understood, in the words of the parameters."""
        said = asdict(self)
        said["from"], said["to"] = (day and day.isoformat() for day in (said.pop("start"), said.pop("end")))
        return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}


def parse(params: Mapping[str, str], now: dt.date | None = None) -> StatsQuery:
    """Read a question from query parameters; raises ``BadQuery`` with every fault at once."""
    faults: dict[str, object] = {}

    def read(name: str, reader: Callable[[str], Any], default: Any) -> Any:
        if name not in params:
            return default
        try:
            return reader(params[name])
        except ValueError as error:
            faults[name] = str(error)
            return default

    days: dict[str, Any] = dict(zip(("start", "end"), _days(params, read, faults, now), strict=True))
    query = StatsQuery(
        measures=read("measures", lambda text: _known(text, all_measures(), MOST_MEASURES), DEFAULT),
        by=read("by", lambda text: _known(text, DIMENSIONS, MOST_DIMENSIONS), ()),
        unit=read("unit", _code, None),
        campaign=read("campaign", lambda text: _list(text, MOST_VALUES), ()),
        service=read("service", lambda text: _list(text, MOST_VALUES), ()),
        **days,
        **{name: read(name, _one_of(allowed), DEFAULTS[name]) for name, allowed in CHOICES.items()},
    )
    if faults:
        raise BadQuery(faults)
    return query


def _days(params, read, faults, now) -> tuple[dt.date | None, dt.date | None]:
    if "period" in params:
        if "from" in params or "to" in params:
            faults["period"] = _("Dùng “period” hoặc “from”, “to”, không dùng cả hai.")
            return None, None
        return read("period", lambda text: periods.resolve(text, now), (None, None))
    start, end = read("from", periods.parse_day, None), read("to", periods.parse_day, None)
    if start and end and end < start:
        faults["to"] = _("“to” phải từ ngày “from” trở đi.")
    return start, end


def _list(text: str, most: int) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(","))
    if not all(words):
        raise ValueError(_("Danh sách ngăn cách bằng dấu phẩy, không có phần tử trống."))
    if len(set(words)) != len(words):
        raise ValueError(_("Một mã được nêu hai lần."))
    if len(words) > most:
        raise ValueError(_("Nhiều nhất %(most)s mục.") % {"most": most})
    for word in words:
        _code(word)
    return words


def _known(text: str, known: Mapping[str, object], most: int) -> tuple[str, ...]:
    words = _list(text, most)
    unknown = [word for word in words if word not in known]
    if unknown:
        raise ValueError(
            _("Không có “%(unknown)s”. Có thể dùng: %(known)s.")
            % {"unknown": ", ".join(unknown), "known": ", ".join(known)}
        )
    return words


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(_("Có thể dùng: %(known)s.") % {"known": ", ".join(allowed)})
        return text

    return read


def _code(text: str) -> str:
    if not text or len(text) > 60 or "\x00" in text:
        raise ValueError(_("Đây không phải một mã."))
    return text
