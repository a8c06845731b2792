"""Waking a worker, once: a call that is on its way already is not repeated.

The row that is to be worked on is what counts, never the call: one that the broker loses is made good by the clock.
"""

import structlog
from celery import current_app
from django.conf import settings
from django.core.cache import cache

logger = structlog.get_logger(__name__)


def ring(name: str, task: str, *args, seconds: int) -> None:
    """Have a worker run ``task``, unless a call of this ``name`` has yet to be answered.

    ``seconds``: after them a call is taken for lost, and the next one made. A failing broker is logged.
    """
    try:
        if cache.add(_key(name), 1, timeout=seconds):
            current_app.send_task(task, args=list(args))
    except Exception as error:  # whatever the broker's client raises, the row is already stored
        logger.warning("bell_failed", bell=name, error=repr(error))


def answer(name: str) -> None:
    """What happens from here on needs another call. By the task, before it looks for work and never after."""
    try:
        cache.delete(_key(name))
    except Exception as error:  # it stops by itself
        logger.warning("bell_not_answered", bell=name, error=repr(error))


def _key(name: str) -> str:
    return f"bell:{settings.CELERY_TASK_DEFAULT_QUEUE}:{name}"
