"""The outbox: promised with the change, done once, never lost."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core import outbox
from core.models import OutboxMessage, Revision

TOPIC = "tests.topic"
applied: list[list[str]] = []


def handler(keys):
    """Counts in the database, so that what is rolled back is seen to be."""
    if "hỏng" in keys:
        raise ValueError("khóa hỏng")
    applied.append(keys)
    for _key in keys:
        Revision.bump("tests")


@pytest.fixture(autouse=True)
def topic(settings, monkeypatch):
    settings.OUTBOX_HANDLERS = {TOPIC: f"{__name__}.handler"}
    monkeypatch.setattr(outbox, "ring", lambda topic: None)
    applied.clear()


def counted() -> int:
    revision = Revision.objects.filter(name="tests").first()
    return revision.number if revision else 0


def promise(*keys):
    with transaction.atomic():
        outbox.enqueue(TOPIC, keys)


@pytest.mark.django_db
def test_enqueue_rolled_back_leaves_no_promise():
    with transaction.atomic():
        outbox.enqueue(TOPIC, ["a"])
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_enqueue_outside_a_transaction_is_a_programming_error():
    with pytest.raises(RuntimeError, match="transaction"):
        outbox.enqueue(TOPIC, ["a"])


@pytest.mark.django_db
def test_drain_does_each_key_once_however_often_it_was_promised():
    promise("a", "b")
    promise("a")
    assert outbox.drain(TOPIC) == 3
    assert applied == [["a", "b"]]
    assert not OutboxMessage.objects.exists()
    assert outbox.drain(TOPIC) == 0


@pytest.mark.django_db
def test_bad_key_holds_up_no_other_and_keeps_its_error():
    promise("a", "hỏng", "z")
    outbox.drain(TOPIC)
    assert counted() == 2
    left = OutboxMessage.objects.get()
    assert (left.key, left.attempts) == ("hỏng", 1)
    assert "khóa hỏng" in left.last_error
    assert left.available_at > timezone.now()


@pytest.mark.django_db(transaction=True)
def test_worker_that_dies_before_the_commit_leaves_the_promise_and_no_effect(monkeypatch):
    promise("a")

    class Killed(BaseException):
        """Like kill -9: nobody catches it."""

    def die(*_args):
        raise Killed

    monkeypatch.setattr(outbox.OutboxMessage.objects.none().__class__, "delete", die)
    with pytest.raises(Killed):
        outbox.drain(TOPIC)
    monkeypatch.undo()
    assert counted() == 0
    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_share_the_rows_and_repeat_none():
    promise(*(f"k{i:02}" for i in range(40)))
    start = threading.Barrier(2)

    def work():
        start.wait()
        try:
            outbox.drain(TOPIC, batch=5)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(key for keys in applied for key in keys) == [f"k{i:02}" for i in range(40)]
    assert counted() == 40
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_broker_down_does_not_fail_the_change(monkeypatch):
    monkeypatch.undo()  # the real bell

    def broken(*_args, **_kwargs):
        raise ConnectionError("broker")

    monkeypatch.setattr("celery.Celery.send_task", broken)
    promise("a")
    assert OutboxMessage.objects.count() == 1
