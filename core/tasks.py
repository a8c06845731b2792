"""Thin Celery tasks: a bell and a clock."""

from celery import shared_task
from django.conf import settings

from core import outbox


@shared_task
def drain_outbox(topic: str) -> None:
    outbox.answer(topic)
    outbox.drain(topic)


@shared_task
def sweep_outbox() -> None:
    """Finds what a lost bell, a flushed broker or a dead worker left behind."""
    for topic in settings.OUTBOX_HANDLERS:
        outbox.drain(topic)
