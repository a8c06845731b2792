"""Counting what must not be tried too often, in the cache that all processes share."""

from django.core.cache import cache


class Limit:
    """At most ``times`` in ``seconds``, counted apart for each key (an address, an account)."""

    def __init__(self, name: str, *, times: int, seconds: int):
        self.name, self.times, self.seconds = name, times, seconds

    def is_reached(self, key: str) -> bool:
        return cache.get(self._cache_key(key), 0) >= self.times

    def count(self, key: str) -> None:
        # The time runs from the first one: add() sets it, incr() leaves it.
        cache.add(self._cache_key(key), 0, self.seconds)
        try:
            cache.incr(self._cache_key(key))
        except ValueError:  # it ran out between the two
            cache.add(self._cache_key(key), 1, self.seconds)

    def _cache_key(self, key: str) -> str:
        return f"limit:{self.name}:{key}"
