"""A report as one text that is never changed: to JSON in one way only, its digest, and back.

What is written today is read by the code of a later year: a field that is new then has its default here.
"""

import dataclasses
import hashlib
import json
from dataclasses import replace
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from reports.official.content import Report, Verification


def canonical(report: Report) -> str:
    """The same text for the same report. Without its verification, which tells of this text."""
    told = replace(report, verification=Verification()).to_json()
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(data: str | bytes) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def thaw(text: str, verification: Verification | None = None) -> Report:
    report = _read(Report, json.loads(text))
    return replace(report, verification=verification) if verification else report


def _read(kind: Any, value: Any) -> Any:
    """``value`` as JSON has it, as the type ``kind`` says."""
    if dataclasses.is_dataclass(kind):
        return _rebuilt(kind, value)
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        return tuple(_read(inner, each) for each in value)
    for option in get_args(kind):
        # Of “X | None” where X is a dataclass or a tuple; plain values are as they are.
        if value is not None and (dataclasses.is_dataclass(option) or get_origin(option) is tuple):
            return _read(option, value)
    return value


def _rebuilt(kind: Any, value: dict[str, Any]) -> Any:
    return kind(**{name: _read(hint, value[name]) for name, hint in _hints(kind).items() if name in value})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
