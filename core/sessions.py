"""Browser sessions: in the database, read from the cache. A cache that is down costs a query, not the portal."""

import structlog
from django.contrib.sessions.backends.cached_db import SessionStore as CachedStore
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)


class SessionStore(CachedStore):
    """Django's own, which saves without the cache but cannot read without it."""

    def load(self) -> dict:
        try:
            return super().load()
        except (RedisError, OSError) as error:
            logger.warning("session_cache_down", error=repr(error))
            return DatabaseStore.load(self)

    def exists(self, session_key: str) -> bool:
        try:
            return super().exists(session_key)
        except (RedisError, OSError):
            return DatabaseStore.exists(self, session_key)
