"""Which figures have changed since a number: for programs that keep figures of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from xungkichso.question import NAMES, Question

# Asks for the page after a number.
Ask = Callable[[str], Any]
_PYTHON_NAMES = {name: python for python, name in NAMES.items()}


@dataclass(frozen=True)
class Event:
    """The figures of ``team`` on ``day``, as far as they belong to ``campaign`` (None: to none), may have changed."""

    id: int
    type: str
    at: datetime
    day: date
    team: str
    # Of the team on that day.
    unit: str | None
    campaign: str | None
    # The question that tells them as they are now: ``portal.stats(**event.question)``.
    question: Question


class Events:
    """``for event in events``: in order, at least once, none skipped; ends when there is nothing more by now.

    Keep ``events.after`` when the loop has ended, and begin with it the next time. It moves only when a whole page has
    been gone through: whoever stops or fails in the middle of one is told of it again, and never misses any.
    """

    def __init__(self, ask: Ask, after: int | str):
        self._ask = ask
        self.after: int | str = after
        # Once it is another one, units, campaigns or the catalogue have changed: load again what you keep by unit.
        self.structure = ""

    def __iter__(self) -> Iterator[Event]:
        while True:
            page = self._ask(str(self.after))
            self.structure = page["structure"]
            yield from (event_of(told) for told in page["events"])
            self.after = page["after"]
            if not page["next"]:
                return


def event_of(told: Mapping[str, Any]) -> Event:
    asked = {_PYTHON_NAMES.get(name, name): value for name, value in parse_qsl(urlsplit(told["stats"]).query)}
    return Event(
        id=told["id"],
        type=told["type"],
        at=datetime.fromisoformat(told["at"]),
        day=date.fromisoformat(told["day"]),
        team=told["team"],
        unit=told["unit"],
        campaign=told["campaign"],
        question=Question(**asked),  # type: ignore[typeddict-item] # the portal's own question
    )
