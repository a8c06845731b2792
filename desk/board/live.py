"""The part of a board that keeps itself fresh: made once for all who see the same, told as "not modified" while it is.

Fifty screens that ask every ten seconds cost one drawing in that time, and otherwise three look-ups each: who asks,
with what rights, and whether anything has moved.
"""

import gzip
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from redis.exceptions import RedisError

from reports.stats.etag import revision_etag
from reports.stats.moment import REVISIONS, Moment
from teams.access import system_access

logger = structlog.get_logger(__name__)

KEPT_FOR = 3600
# After this whoever was drawing is taken for dead.
DRAWING_FOR = 15
WAITS, PAUSE = 20, 0.05


@dataclass(frozen=True)
class Made:
    tag: str
    zipped: bytes
    at: float
    minute: int
    moment: Moment

    @property
    def html(self) -> str:
        return gzip.decompress(self.zipped).decode()


def current(parts: list, make: Callable[[], str]) -> Made:
    """What ``make`` draws, or what it drew a moment ago. ``parts`` tell apart all that may look different."""
    # Read before the drawing: then it never passes for newer than it is. Of everything that moves: a board shows more
    # than figures.
    moment, now = Moment.read(system_access()), time.time()
    key = f"board:{revision_etag(_still(moment), parts)}"
    try:
        kept = cache.get(key)
        if kept and _is_good(kept, moment, now):
            return kept
        return _made_once(key, kept, moment, make)
    except (RedisError, OSError) as error:
        logger.warning("board_cache_down", error=repr(error))
        return _make(moment, make)


def _still(moment: Moment) -> Moment:
    """Without the figures: what is left decides who may see what, and must never be older than the question."""
    tallies = REVISIONS.index("tallies")
    rest = tuple(number for place, number in enumerate(moment.revisions) if place != tallies)
    return Moment(rest, None, 0, 0)


def _is_good(kept: Made, moment: Moment, now: float) -> bool:
    """Nothing has moved since, the clock's minute neither; or it is so new that nobody is helped by another."""
    return now - kept.at < settings.BOARD_SECONDS or (kept.moment.revisions, kept.moment.pending, kept.minute) == (
        moment.revisions,
        moment.pending,
        _minute(now),
    )


def _made_once(key: str, kept: Made | None, moment: Moment, make: Callable[[], str]) -> Made:
    """One draws; the others get what there was. Only who has nothing at all waits."""
    if cache.add(f"{key}:drawing", 1, DRAWING_FOR):
        try:
            made = _make(moment, make)
            cache.set(key, made, KEPT_FOR)
            return made
        finally:
            cache.delete(f"{key}:drawing")
    waits = 0
    while kept is None and waits < WAITS:
        time.sleep(PAUSE)
        kept, waits = cache.get(key), waits + 1
    return kept or _make(moment, make)


def _make(moment: Moment, make: Callable[[], str]) -> Made:
    now = time.time()
    body = make().encode()
    # Of the drawing itself: what is drawn anew and looks the same is not modified.
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Made(tag, gzip.compress(body, 5, mtime=0), now, _minute(now), moment)


def _minute(now: float) -> int:
    """Much on a board depends on the clock: what is late, what is open, how long it has been."""
    return int(now // 60)


def respond(request, made: Made) -> HttpResponse:
    asked = parse_etags(request.headers.get("If-None-Match", ""))
    response: HttpResponse
    if made.tag in asked or "*" in asked:
        response = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(made.zipped, headers={"Content-Encoding": "gzip"})
    else:
        response = HttpResponse(made.html)
    response.headers["ETag"] = made.tag
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Accept-Encoding", "Cookie"])
    return response
