"""The bell that wakes a worker: one for all that waits, and never one too few."""

import pytest
from django.core.cache import cache
from django.db import transaction
from redis.exceptions import ConnectionError as RedisDown

from core import outbox, tasks
from core.models import OutboxMessage

TOPIC = "tests.topic"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bells(monkeypatch) -> list:
    """The topics of the tasks that were sent."""
    sent = []
    monkeypatch.setattr("celery.Celery.send_task", lambda _app, _name, args: sent.extend(args))
    return sent


def promise(key: str = "k", topic: str = TOPIC) -> None:
    with transaction.atomic():
        outbox.enqueue(topic, {key})


def test_many_promises_ring_once_until_a_worker_comes(bells):
    for number in range(5):
        promise(f"k{number}")

    assert bells == [TOPIC]
    assert OutboxMessage.objects.count() == 5


def test_each_topic_has_its_own_bell(bells):
    promise()
    promise(topic="another.topic")

    assert bells == [TOPIC, "another.topic"]


def test_promise_made_while_the_worker_looks_rings_again(bells, monkeypatch):
    """It may have come too late to be found."""
    promise()
    monkeypatch.setattr(outbox, "drain", lambda _topic: promise("late"))

    tasks.drain_outbox(TOPIC)

    assert bells == [TOPIC, TOPIC]


def test_bell_that_nobody_answers_stops_by_itself(bells):
    promise()

    (key,) = cache._cache.get_client().keys("*bell*")
    assert 0 < cache._cache.get_client().pttl(key) <= outbox.BELL_RINGS_FOR * 1000


def test_cache_that_is_down_stops_neither_the_change_nor_the_worker(bells, monkeypatch):
    def down(*_args, **_options):
        raise RedisDown

    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.add", down)
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.delete", down)
    looked = []
    monkeypatch.setattr(outbox, "drain", looked.append)
    promise()
    tasks.drain_outbox(TOPIC)

    assert OutboxMessage.objects.count() == 1
    assert looked == [TOPIC]
