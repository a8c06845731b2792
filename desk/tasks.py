"""Thin Celery tasks: a clock."""

from celery import shared_task

from desk import outliers


@shared_task
def examine_sessions() -> None:
    outliers.examine_what_changed()
