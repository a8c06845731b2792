"""A sign of life of each call of the clock: when it was last answered, where, and what went wrong."""

import pytest

from core import heartbeat
from core.heartbeat import beats, failures

NAME = "core.tasks.sweep_outbox"


class Task:
    def __init__(self, name: str):
        self.name = name


def run(name: str = NAME, *, state: str = "SUCCESS", error: Exception | None = None) -> None:
    task = Task(name)
    heartbeat._begins(task_id="1", task=task)
    if error:
        heartbeat._fails(sender=task, exception=error)
    heartbeat._ends(task_id="1", task=task, state=state)


def test_a_call_that_was_answered_is_known(settings):
    settings.NODE_NAME = "may-1"
    assert beats([NAME]) == {}
    run()
    beat = beats([NAME, "other"])[NAME]
    assert (beat.node, 0 <= beat.seconds < 60) == ("may-1", True)
    assert failures([NAME]) == {}


def test_a_call_that_failed_tells_why_and_is_no_answer():
    run(state="FAILURE", error=ValueError("vì sao"))
    assert beats([NAME]) == {}
    assert failures([NAME])[NAME].error == "ValueError('vì sao')"


def test_what_the_clock_does_not_call_leaves_no_sign():
    run("core.tasks.drain_outbox", state="FAILURE", error=ValueError())
    run("core.tasks.drain_outbox")
    assert (beats(["core.tasks.drain_outbox"]), failures(["core.tasks.drain_outbox"])) == ({}, {})


@pytest.mark.parametrize("method", ["set", "get_many"])
def test_without_the_cache_nothing_breaks(monkeypatch, method):
    monkeypatch.setattr(heartbeat.cache, method, lambda *_args, **_options: 1 / 0, raising=False)
    run()
    assert beats([NAME]) == {}


def test_a_worker_listens():
    heartbeat.listen()
    assert any("heartbeat-ends" in str(receiver[0]) for receiver in heartbeat.signals.task_postrun.receivers)
