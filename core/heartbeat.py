"""When each call of the clock was last answered, by which worker, and how it went: for people to see that all is alive.

Kept in the cache that all processes share. It is a sign of life, not the truth: without it nothing else changes.
"""

import time
from dataclasses import dataclass

import structlog
from celery import signals
from django.conf import settings
from django.core.cache import cache

logger = structlog.get_logger(__name__)
ERROR_KEPT = 7 * 24 * 3600
_started: dict[str, float] = {}


@dataclass(frozen=True)
class Beat:
    """Of one task: seconds since the epoch, how long it took, and on which machine."""

    ended: float
    seconds: float
    node: str


@dataclass(frozen=True)
class Failure:
    at: float
    error: str


def listen() -> None:
    """In a worker, which loads the tasks."""
    signals.task_prerun.connect(_begins, weak=False, dispatch_uid="heartbeat-begins")
    signals.task_postrun.connect(_ends, weak=False, dispatch_uid="heartbeat-ends")
    signals.task_failure.connect(_fails, weak=False, dispatch_uid="heartbeat-fails")


def _is_of_the_clock(name: str) -> bool:
    return any(entry["task"] == name for entry in settings.CELERY_BEAT_SCHEDULE.values())


def _begins(task_id="", task=None, **_rest) -> None:
    if task is not None and _is_of_the_clock(task.name):
        _started[task_id] = time.time()


def _ends(task_id="", task=None, state="", **_rest) -> None:
    began = _started.pop(task_id, None)
    if task is None or began is None or state == "FAILURE":
        return
    now = time.time()
    _keep(f"ran:{task.name}", {"ended": now, "seconds": now - began, "node": settings.NODE_NAME}, None)


def _fails(sender=None, exception=None, **_rest) -> None:
    if sender is not None and _is_of_the_clock(sender.name):
        failed(sender.name, exception)


def failed(name: str, error: BaseException | None) -> None:
    """Also of a task that the clock does not call, where nobody would call again for what it has given up."""
    _keep(f"failed:{name}", {"at": time.time(), "error": repr(error)[:500]}, ERROR_KEPT)


def _keep(key: str, value: dict, seconds: int | None) -> None:
    try:
        cache.set(f"heartbeat:{key}", value, seconds)
    except Exception as error:  # whatever the cache's client raises: a task that ran has run
        logger.warning("heartbeat_not_kept", error=repr(error))


def beats(names: list[str]) -> dict[str, Beat]:
    """Of the tasks that have ever ended well, as far as the cache remembers; nothing when it does not answer."""
    return {name: Beat(**value) for name, value in _read("ran", names).items()}


def failures(names: list[str]) -> dict[str, Failure]:
    """The last one of each task within a week."""
    return {name: Failure(**value) for name, value in _read("failed", names).items()}


def _read(what: str, names: list[str]) -> dict[str, dict]:
    keys = {f"heartbeat:{what}:{name}": name for name in names}
    try:
        return {keys[key]: value for key, value in cache.get_many(keys).items()}
    except Exception as error:
        logger.warning("heartbeat_not_read", error=repr(error))
        return {}
