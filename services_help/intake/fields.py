"""One function for each kind of value: from JSON to what is stored, or ``Refused`` with the code of the reason."""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from uuid import UUID

from core.vietnamese import nfc

Parser = Callable[[object], object]

# White space apart, control characters have no place in a text, and the databases refuse some of them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Refused(Exception):
    def __init__(self, code: str, **params):
        super().__init__(code)
        self.code, self.params = code, params


def text(limit: int) -> Parser:
    def parse(value) -> str:
        if type(value) is not str:
            raise Refused("wrong_type")
        if _CONTROL.search(value):
            raise Refused("bad_text")
        value = nfc(value)
        if len(value) > limit:
            raise Refused("too_long", limit=limit)
        return value

    return parse


def uuid(value) -> UUID:
    if type(value) is not str:
        raise Refused("wrong_type")
    if not _UUID.fullmatch(value):
        raise Refused("bad_uuid")
    return UUID(value)


def day(value) -> dt.date:
    if type(value) is not str:
        raise Refused("wrong_type")
    try:
        if _DAY.fullmatch(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise Refused("bad_date")


def moment(value) -> dt.datetime:
    """In UTC, to the millisecond: what JavaScript knows of a time, so that both sides write the same digest."""
    if type(value) is not str:
        raise Refused("wrong_type")
    try:
        parsed = dt.datetime.fromisoformat(value)
        if parsed.tzinfo is not None:
            parsed = parsed.astimezone(dt.UTC)
            return parsed.replace(microsecond=parsed.microsecond // 1000 * 1000)
    except (ValueError, OverflowError):
        pass
    raise Refused("bad_time")


def integer(low: int, high: int) -> Parser:
    def parse(value) -> int:
        if type(value) is not int:  # a bool is an int to isinstance()
            raise Refused("wrong_type")
        if not low <= value <= high:
            raise Refused("out_of_range", low=low, high=high)
        return value

    return parse


def flag(value) -> bool:
    if type(value) is not bool:
        raise Refused("wrong_type")
    return value


def choice(code: str, values: Iterable[str]) -> Parser:
    known = frozenset(values)

    def parse(value) -> str:
        if type(value) is not str:
            raise Refused("wrong_type")
        if value not in known:
            raise Refused(code)
        return value

    return parse
