"""How often a caller may ask: the last calls count, wherever they were made; a server that is down counts nobody."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from redis import Redis
from rest_framework.settings import api_settings
from rest_framework.test import APIRequestFactory

from core import throttling
from core.throttling import ClientThrottle, parse_rate
from tests.services import free_port

SYNC = SimpleNamespace(throttle_scope="sync")
KEY_OF_1 = throttling.KEY.format(scope="client", ident="user-1")


@pytest.fixture(autouse=True)
def rates(monkeypatch):
    rates = {"client": "2/min", "anonymous": "1/min", "sync": None}
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", rates)
    return rates


def caller(user=None, token=None, address="10.0.0.1"):
    request = APIRequestFactory().get("/", REMOTE_ADDR=address)
    request.user = SimpleNamespace(pk=user, is_authenticated=True) if user else AnonymousUser()
    request.auth = SimpleNamespace(pk=token) if token else None
    return request


def asks(request, view=None) -> float:
    """Seconds to wait; 0: let in."""
    throttle = ClientThrottle()
    return 0 if throttle.allow_request(request, view) else throttle.wait()


def called(*seconds_ago: float) -> None:
    """The account 1 has called before, the latest first."""
    throttling._redis().rpush(KEY_OF_1, *(time.time() - ago for ago in seconds_ago))


def test_as_many_calls_as_the_rate_says_are_let_in():
    assert [asks(caller(user=1)) > 0 for _call in range(4)] == [False, False, True, True]


def test_wait_lasts_until_the_oldest_call_counts_no_more():
    called(10, 55)
    assert 4 < asks(caller(user=1)) <= 5


def test_call_before_the_period_counts_no_more():
    called(10, 61)
    assert asks(caller(user=1)) == 0
    assert 40 < asks(caller(user=1)) <= 50


def test_refused_calls_do_not_count():
    """Or a program that does not listen would lock itself out for ever."""
    called(10, 55)
    assert max(asks(caller(user=1)) for _call in range(9)) <= 5
    assert throttling._redis().llen(KEY_OF_1) == 2


def test_token_goes_before_account_and_account_before_address(rates):
    rates["client"] = "1/min"
    callers = [caller(user=1), caller(user=1, token=5), caller(user=2), caller(user=1, token=6), caller()]
    assert [asks(each) for each in callers] == [0] * 5
    assert asks(caller(user=9, token=5)) > 0  # whosever it is
    assert asks(caller(user=2, address="10.0.0.2")) > 0
    assert asks(caller(address="10.0.0.2")) == 0
    assert asks(caller()) > 0


def test_rate_of_none_counts_nobody():
    assert [asks(caller(user=1), SYNC) for _call in range(3)] == [0, 0, 0]
    assert throttling._redis().dbsize() == 0


def test_scopes_are_counted_apart(rates):
    rates |= {"client": "1/min", "sync": "1/min"}
    assert [asks(caller(user=1)), asks(caller(user=1), SYNC)] == [0, 0]
    assert asks(caller(user=1), SYNC) > 0


def test_calls_at_the_same_moment_are_never_more_than_allowed(rates):
    rates["client"] = "20/min"
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _call: asks(caller(user=1)), range(60)))
    assert waits.count(0) == 20


def test_what_is_kept_of_a_caller_is_bounded_and_goes_away(rates):
    rates["client"] = "3/hour"
    called(*[4000] * 500)
    asks(caller(user=1))
    assert throttling._redis().llen(KEY_OF_1) == 3 + throttling.SLACK + 1
    assert throttling._redis().ttl(KEY_OF_1) == 3600


def test_server_that_is_down_lets_everybody_in_and_is_left_alone_for_a_while(rates, monkeypatch):
    rates["client"] = "1/min"
    asked = []

    def down():
        asked.append(1)
        return Redis(port=free_port())

    monkeypatch.setattr(ClientThrottle, "_cache_down_until", 0.0)
    monkeypatch.setattr(throttling, "_redis", down)
    assert [asks(caller(user=1)) for _call in range(4)] == [0] * 4
    assert len(asked) == 1


@pytest.mark.parametrize(("text", "rate"), [("600/min", (600, 60)), ("5/s", (5, 1)), ("2/hour", (2, 3600))])
def test_rate_is_calls_in_seconds(text, rate):
    assert parse_rate(text) == rate
