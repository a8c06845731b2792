"""What must not be tried too often is counted in the shared cache: apart for each key, from the first try on."""

from django.core.cache import cache

from core.limits import Limit

LIMIT = Limit("thu", times=2, seconds=60)


def test_limit_is_reached_at_its_number_and_not_before():
    assert not LIMIT.is_reached("10.0.0.1")
    LIMIT.count("10.0.0.1")
    assert not LIMIT.is_reached("10.0.0.1")
    LIMIT.count("10.0.0.1")
    assert LIMIT.is_reached("10.0.0.1")


def test_each_key_and_each_limit_is_counted_apart():
    for _try in range(2):
        LIMIT.count("10.0.0.1")
    assert not LIMIT.is_reached("10.0.0.2")
    assert not Limit("khac", times=2, seconds=60).is_reached("10.0.0.1")


def test_time_runs_from_the_first_try():
    """Counting on must not push the end away, or a patient attacker would lock somebody out for ever."""
    short = Limit("ngan", times=3, seconds=1)
    short.count("a")
    first = cache._cache.get_client("x", write=True).pttl(cache.make_key("limit:ngan:a"))
    short.count("a")
    second = cache._cache.get_client("x", write=True).pttl(cache.make_key("limit:ngan:a"))
    assert 0 < second <= first <= 1000


def test_count_that_runs_out_in_between_begins_anew(monkeypatch):
    """The key may end after add() has found it and before incr() does."""
    short = Limit("ngan", times=1, seconds=60)
    plain = cache.add
    monkeypatch.setattr(cache, "add", lambda key, value, seconds: value == 0 or plain(key, value, seconds))
    short.count("a")
    monkeypatch.undo()
    assert short.is_reached("a")
