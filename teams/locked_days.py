"""A change of the tree that is dated back moves figures of days gone from unit to unit. Of locked days none may move.

This app knows neither figures nor locks: who does is named in ``TREE_KEEPER`` (settings), and is asked here on whatever
way a change comes: of what stands elsewhere than before, and on which days. What is not dated at all (the area of a
team or a support point, the block of a unit, the group of a service) is read by figures of every day as it is now, and
asked about as well.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.dated import DAY, overlapping, today
from core.errors import DomainError
from teams.bulk import PLACES
from teams.models import Team, Unit

END = dt.date.max
# The unit, from when, until when.
type Stay = tuple[int, dt.date, dt.date]


@dataclass(frozen=True)
class Move:
    """``key`` of ``model`` stands under the unit ``place`` (null: under none) on these days; before it did not."""

    model: type[Unit] | type[Team]
    key: int
    place: int | None
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class LockedDay:
    """What has figures on a day that is locked: the latest such day."""

    what: str
    day: dt.date
    unit: str
    first: dt.date
    last: dt.date

    def words(self) -> dict[str, str]:
        days = {name: f"{getattr(self, name):%d/%m/%Y}" for name in ("day", "first", "last")}
        return {"what": self.what, "unit": self.unit, **days}


class LocksDays(DomainError):
    code = "locked"


class Keeper(Protocol):
    def last_day(self) -> dt.date | None:
        """Of all days that are locked. Until the end of the transaction no more are locked, and none is unlocked."""

    def hold(self) -> None:
        """Until the end of the transaction nothing new comes in for any day."""

    def in_the_way(self, moves: Iterable[Move]) -> list[LockedDay]:
        """What of ``moves`` changes whose figures of locked days are; one for each place that they lead to."""

    def counted(self, thing: models.Model) -> LockedDay | None:
        """The latest locked day of which figures are told apart by what ``thing`` says of itself."""


def keeper() -> Keeper:
    return import_string(settings.TREE_KEEPER)


def reach_locked_days(first: dt.date | None, *, hold: bool = True) -> bool:
    """Whether what begins to change on ``first`` (null: nothing does) may be about locked days; if so, all is held.

    Asked under the lock of the tree: of two that hold the locks off and then the intake, each would wait for the other.
    Without ``hold``: for a look that is taken back.
    """
    # No day to come can be locked.
    if first is None or first > today():
        return False
    last = keeper().last_day()
    if last is None or first > last:
        return False
    if hold:
        keeper().hold()
    return True


@contextmanager
def locked_days_stand(thing: Unit | Team, first: dt.date | None, *, hold: bool = True) -> Iterator[None]:
    """In its block ``thing`` comes to stand elsewhere, from ``first`` on. Refuses what would move locked figures."""
    if not reach_locked_days(first, hold=hold):
        yield
        return
    standing = Standing(type(thing), [thing.pk])
    yield
    refuse(standing.moves())


def refuse(moves: Iterable[Move]) -> None:
    for found in keeper().in_the_way(moves):
        message = _(
            "“%(what)s” có ca ngày %(day)s, trong kỳ đã khóa của “%(unit)s” (%(first)s–%(last)s), nên không đổi được "
            "nơi trực thuộc của ngày đó. Hãy cho thay đổi có hiệu lực sau ngày %(last)s, hoặc đề nghị Thành Đoàn mở "
            "khóa kỳ trước."
        )
        raise LocksDays(message % found.words())


def refuse_if_counted(thing: models.Model, column: str) -> None:
    """Another value of ``column``, which says for all days at once where figures of ``thing`` are to be found.

    Asked with its row held, or the tree, so that of two that change it and something dated none waits for the other.
    """
    if keeper().last_day() is None or (found := keeper().counted(thing)) is None:
        return
    message = _(
        "“%(what)s” có số liệu ngày %(day)s, trong kỳ đã khóa của “%(unit)s” (%(first)s–%(last)s), nên không đổi được "
        "%(column)s. Hãy lập %(kind)s mới có hiệu lực sau ngày %(last)s, hoặc đề nghị Thành Đoàn mở khóa kỳ trước."
    )
    called = {field.name: str(field.verbose_name) for field in thing._meta.fields}
    raise LocksDays(message % {**found.words(), "column": called[column], "kind": thing._meta.verbose_name})


def in_words(moves: Iterable[Move]) -> list[str]:
    """Each thing that is in the way of more than one move, as the beginning of a sentence."""
    message = _("“%(what)s” có ca ngày %(day)s trong kỳ đã khóa của “%(unit)s” (%(first)s–%(last)s)")
    return [message % found.words() for found in keeper().in_the_way(moves)]


class Standing:
    """Where units or teams stand, to tell afterwards what has moved."""

    def __init__(self, model, keys: Iterable[int] | None = None, since: dt.date | None = None):
        """All of the model, if no ``keys`` are named; ``since``: nothing of the days before is going to change."""
        places, self.owner, self.place = PLACES[model]
        self.model, self.rows = model, places.objects.all()
        if keys is not None:
            self.rows = self.rows.filter(**{f"{self.owner}__in": list(keys)})
        self.since = since or dt.date.min
        if since:
            self.rows = self.rows.filter(overlapping(since, None))
        self.before = self._read()

    def _read(self) -> dict[int, set[Stay]]:
        found: dict[int, set[Stay]] = defaultdict(set)
        for key, unit, first, last in self.rows.values_list(self.owner, self.place, "valid_from", "valid_to"):
            found[key].add((unit, max(first, self.since), last or END))
        return found

    def moves(self) -> Iterator[Move]:
        now = self._read()
        for key in sorted(self.before.keys() | now.keys()):
            for place, first, last in _differences(self.before.get(key, set()), now.get(key, set())):
                yield Move(self.model, key, place, first, last)


def standing_of_all(since: dt.date) -> list[Standing]:
    """All that stands on ``since`` or comes to stand later; nothing, if no such day is locked."""
    return [Standing(model, since=since) for model in PLACES] if reach_locked_days(since) else []


def _differences(was: set[Stay], now: set[Stay]) -> Iterator[tuple[int | None, dt.date, dt.date]]:
    """The stretches of days with another place than they had: the new place, the first day, the last."""
    edges = {first for _place, first, _last in was | now} | {_next(last) for _place, _first, last in was | now}
    for first, after in pairwise(sorted(edges)):
        place = _on(now, first)
        if place != _on(was, first):
            yield place, first, after - DAY


def _on(stays: set[Stay], day: dt.date) -> int | None:
    return next((place for place, first, last in stays if first <= day <= last), None)


def _next(day: dt.date) -> dt.date:
    return END if day == END else day + DAY


def first_day_changed(thing: Unit | Team) -> dt.date | None:
    """The first day, if any, on which ``thing`` is there and as it is stored is not, or the other way round."""
    stored = type(thing)._default_manager.filter(pk=thing.pk).values_list("valid_from", "valid_to").first()
    if stored is None:
        return None
    first, last = stored
    days = [min(first, thing.valid_from)] if first != thing.valid_from else []
    if last != thing.valid_to:
        days.append(_next(min(last or END, thing.valid_to or END)))
    return min(days, default=None)
