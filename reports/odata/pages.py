"""From all rows to the rows of one answer: filter, order, skip, top, count, and where the next page goes on."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core import signing
from django.utils.translation import gettext as _

from core.vietnamese import sort_key
from reports.odata.errors import BadOption
from reports.odata.facts import Feed
from reports.odata.model import EntitySet
from reports.odata.options import Options
from reports.stats.engine import MOST_ROWS
from reports.stats.problems import TooManyRows

# A page ends with the period in which it reaches this, or after so many periods.
PAGE, MOST_PERIODS = 5_000, 12
LONGEST_TOKEN = 1_000
_signer = signing.Signer(salt="odata.skiptoken")


@dataclass
class Page:
    rows: list[dict]
    count: int | None = None
    # What ``$skiptoken`` of the next page holds; None: this is the last one.
    token: str | None = None


@dataclass
class Place:
    """Where a page begins, and what is left of ``$skip`` and ``$top`` there."""

    at: dt.date | None
    length: int | None
    skip: int
    top: int | None
    count: int | None = None

    def told(self, question: str) -> str:
        at = self.at and self.at.isoformat()
        return _signer.sign_object([question, at, self.length, self.skip, self.top, self.count])


def fingerprint(address: str, params: Iterable[tuple[str, str]]) -> str:
    """Of the question that a token belongs to."""
    asked = [address, sorted((name, value) for name, value in params if name != "$skiptoken")]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


def place_of(options: Options, question: str) -> Place:
    if options.skiptoken is None:
        return Place(None, None, options.skip, options.top)
    try:
        asked, at, *rest = _signer.unsign_object(options.skiptoken[:LONGEST_TOKEN])
    except (signing.BadSignature, ValueError) as error:
        message = _("Đây không phải mã trang của cổng; hãy dùng nguyên “@odata.nextLink”.")
        raise BadOption("$skiptoken", message) from error
    if asked != question:
        raise BadOption("$skiptoken", _("Mã trang này thuộc câu hỏi khác; hãy hỏi lại từ đầu."), "other_question")
    return Place(dt.date.fromisoformat(at), *rest)


# --- order ------------------------------------------------------------------------------------------------------------
def in_order(rows: list[dict], options: Options, table: EntitySet) -> list[dict]:
    """Sorted by the last key first, so that each sorting keeps the order of the ones before it."""
    names = {column.name for column in table.properties if column.is_name}
    for name, is_descending in reversed(options.orderby):
        rows = sorted(rows, key=lambda row: _rank(row[name], is_name=name in names), reverse=is_descending)
    return rows


def _rank(value, *, is_name: bool) -> tuple:
    """Absent values come first, as OData wants; names go by the Vietnamese alphabet."""
    if value is None:
        return (0,)
    return (1, sort_key(value), value) if is_name else (1, value)


def passing(rows: list[dict], options: Options) -> list[dict]:
    condition = options.filter
    return rows if condition is None else [row for row in rows if condition.of(row) is True]


# --- tables of names --------------------------------------------------------------------------------------------------
def page_of_rows(rows: list[dict], options: Options, table: EntitySet) -> Page:
    """Small enough for one page."""
    found = in_order(passing(rows, options), options, table)
    end = None if options.top is None else options.skip + options.top
    return Page(found[options.skip : end], len(found) if options.count else None)


# --- figures ----------------------------------------------------------------------------------------------------------
def page_of_feed(feed: Feed, question: str) -> Page:
    order = feed.options.orderby
    if order and order[0][0] != feed.facts.time:
        return _all_at_once(feed)
    return _Walker(feed, place_of(feed.options, question), question).page()


def count_of_feed(feed: Feed) -> int:
    """Of a feed whose options select nothing: what tells the rows is all that is asked for."""
    return sum(len(passing(rows, feed.options)) for _period, _length, rows in feed.walk(None, None, backwards=False))


def _all_at_once(feed: Feed) -> Page:
    """An order that is not of time has no pages: figures move between two pages, and rows with them."""
    options, found, count = feed.options, [], 0
    end = None if options.top is None else options.skip + options.top
    for _period, _length, rows in feed.walk(None, None, backwards=False):
        fitting = passing(rows, options)
        count += len(fitting)
        found = in_order(found + fitting, options, feed.table)[:end]
        if len(found) > MOST_ROWS:
            raise TooManyRows(MOST_ROWS)
    return Page(found[options.skip :], count if options.count else None)


@dataclass
class _Walker:
    """Takes periods one after another, as long as the page has room."""

    feed: Feed
    place: Place
    question: str
    rows: list[dict] = field(default_factory=list)

    def page(self) -> Page:
        options, place = self.feed.options, self.place
        backwards = bool(options.orderby and options.orderby[0][1])
        counts = options.count and place.count is None
        count, periods, following = 0, 0, None
        for period, length, rows in self.feed.walk(place.at, place.length, backwards=backwards):
            fitting = passing(rows, options)
            count += len(fitting)
            if following is not None:
                continue  # only counting
            self._take(in_order(fitting, options, self.feed.table))
            periods += 1
            if place.top == 0 or len(self.rows) >= PAGE or periods == MOST_PERIODS:
                following = Place(period.start if backwards else _after(period), length, place.skip, place.top)
                if not counts:
                    break
        total = count if counts else place.count
        token = self._token(following, total, backwards=backwards) if following else None
        return Page(self.rows, total if options.count else None, token)

    def _take(self, rows: list[dict]) -> None:
        place = self.place
        skipped = min(place.skip, len(rows))
        taken = rows[skipped:] if place.top is None else rows[skipped : skipped + place.top]
        self.rows += taken
        place.skip -= skipped
        place.top = None if place.top is None else place.top - len(taken)

    def _token(self, following: Place, count: int | None, *, backwards: bool) -> str | None:
        extent = self.feed.extent
        at = following.at
        ended = extent is None or at is None or (at <= extent.start if backwards else at > extent.end)
        if following.top == 0 or ended:
            return None
        following.count = count if self.feed.options.count else None
        return following.told(self.question)


def _after(period) -> dt.date:
    return period.end + dt.timedelta(days=1)
