"""Thin Celery tasks: a bell and a clock."""

import time

from celery import shared_task
from django.conf import settings

from core import heartbeat, outbox
from core.jobs import running

# Seconds: what commits so soon after the promise that rang is done together with it, which is less work. Slept in here:
# a countdown of Celery's makes a worker that loses its broker meanwhile give up for good.
GATHERS_FOR = 0.3


heartbeat.listen()


@shared_task
def drain_outbox(topic: str) -> None:
    time.sleep(GATHERS_FOR)
    outbox.answer(topic)
    outbox.drain(topic)


@shared_task
def sweep_outbox() -> None:
    """Finds what a lost bell, a flushed broker or a dead worker left behind."""
    for topic in settings.OUTBOX_HANDLERS:
        outbox.drain(topic)


@shared_task
def run_job(job_id: int) -> None:
    running.run(job_id)


@shared_task
def resume_jobs() -> None:
    running.resume()
