"""How often a caller may ask: counted in Redis, by all web processes together, in one round trip."""

import datetime as dt
import time
from functools import cache
from typing import Any

import structlog
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

logger = structlog.get_logger(__name__)
KEY = f"{settings.CACHES['default']['KEY_PREFIX']}:throttle:{{scope}}:{{ident}}"
# Calls that are being refused at one moment must not push out those that count.
SLACK = 100
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class ClientThrottle(BaseThrottle):
    """Counts by token, else by account, else by address; the rates stand in the settings.

    Of each caller the moments of the last calls are kept, newest first. If as many as are allowed came since the
    period began, this call is one too many; it is then taken off again, so that who waits as told is let in.
    A cache that is down must not take the interface down: then nobody is counted, for a few seconds at a time.
    """

    RETRY_CACHE_AFTER = dt.timedelta(seconds=5).total_seconds()
    _cache_down_until = 0.0
    _wait = 0.0

    def allow_request(self, request, view) -> bool:
        is_known = bool(request.user and request.user.is_authenticated)
        scope = getattr(view, "throttle_scope", "client") if is_known else "anonymous"
        rate = api_settings.DEFAULT_THROTTLE_RATES[scope]
        if rate is None or time.monotonic() < ClientThrottle._cache_down_until:
            return True
        try:
            return self._is_allowed(KEY.format(scope=scope, ident=self._caller(request)), *parse_rate(rate))
        except (RedisError, OSError) as error:
            ClientThrottle._cache_down_until = time.monotonic() + self.RETRY_CACHE_AFTER
            logger.warning("throttle_cache_down", error=repr(error))
            return True

    def wait(self) -> float:
        return self._wait

    def _is_allowed(self, key: str, most: int, seconds: int) -> bool:
        now = time.time()
        calls = _redis().pipeline()
        calls.lpush(key, now)
        calls.lindex(key, most)
        calls.ltrim(key, 0, most + SLACK)
        calls.expire(key, seconds)
        _length, earlier, *_rest = calls.execute()
        self._wait = float(earlier) + seconds - now if earlier else 0.0
        if self._wait <= 0:
            return True
        _redis().lpop(key)
        return False

    def _caller(self, request) -> str:
        token = getattr(request, "auth", None)
        if token is not None:
            return f"token-{token.pk}"
        if request.user and request.user.is_authenticated:
            return f"user-{request.user.pk}"
        return f"address-{self.get_ident(request)}"


@cache
def parse_rate(rate: str) -> tuple[int, int]:
    """``600/min`` → (600, 60)"""
    number, _per, period = rate.partition("/")
    return int(number), SECONDS[period[0]]


@cache
def _redis() -> Redis:
    """The cache's server, spoken to directly: Django's interface has no lists."""
    server: dict[str, Any] = settings.CACHES["default"]
    return Redis.from_url(server["LOCATION"], **server["OPTIONS"])
