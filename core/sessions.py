"""Browser sessions: in the database, read from the cache. A cache that is down costs a query, not the portal."""

import structlog
from django.conf import settings
from django.contrib.sessions.backends.cached_db import SessionStore as CachedStore
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session as DatabaseSession
from django.core.cache import caches
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
        cache = self._cache  # type: ignore[attr-defined]  # Django's own, of which the stubs know nothing
        data = cache.get(self.cache_key)
        if data is not None:
            return data
        row = self._get_session_from_db()  # type: ignore[attr-defined]
        if row is None:
            return {}
        data = self.decode(row.session_data)
        cache.set(self.cache_key, data, self.get_expiry_age(expiry=row.expire_date))
        if not DatabaseStore.exists(self, row.session_key):
            cache.delete(self.cache_key)
            self._session_key = None
            return {}
        return data

    def delete(self, session_key: str | None = None) -> None:
        try:
            super().delete(session_key)
        except (RedisError, OSError) as error:  # the row is gone; whoever has to be sure asks ``drop``
            logger.warning("session_cache_down", error=repr(error))

    def exists(self, session_key: str) -> bool:
        try:
            return super().exists(session_key)
        except (RedisError, OSError):
            return DatabaseStore.exists(self, session_key)


def drop(keys: list[str]) -> bool:
    """Delete these sessions. False: the cache could not be told, and may answer for them again when it is back."""
    DatabaseSession.objects.filter(session_key__in=keys).delete()
    try:
        caches[settings.SESSION_CACHE_ALIAS].delete_many([CachedStore.cache_key_prefix + key for key in keys])
    except (RedisError, OSError) as error:
        logger.warning("session_cache_down", error=repr(error))
        return False
    return True
