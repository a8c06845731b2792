"""Thin Celery tasks: a bell and a clock."""

from celery import shared_task

from reports import tallies


@shared_task
def fold_months() -> None:
    tallies.fold()
