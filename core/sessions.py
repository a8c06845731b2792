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
            return self._load()
        except (RedisError, OSError) as error:
            logger.warning("session_cache_down", error=repr(error))
            return DatabaseStore.load(self)

    def _load(self) -> dict:
        """Django's own, and one look more when the cache did not have it: the row may have been deleted between being
        read and being laid into the cache, where a session that somebody has ended would live on."""
        data = self._cache.get(self.cache_key)
        if data is not None:
            return data
        row = self._get_session_from_db()
        if row is None:
            return {}
        data = self.decode(row.session_data)
        self._cache.set(self.cache_key, data, self.get_expiry_age(expiry=row.expire_date))
        if not DatabaseStore.exists(self, row.session_key):
            self._cache.delete(self.cache_key)
            self._session_key = None
            return {}
        return data

    def exists(self, session_key: str) -> bool:
        try:
            return super().exists(session_key)
        except (RedisError, OSError):
            return DatabaseStore.exists(self, session_key)
