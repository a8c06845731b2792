"""Thin Celery tasks: a clock."""

from celery import shared_task

from core.retention import services as retention
from desk import outliers
from desk.office.trail import alarm, looks
from teams import covering
from teams.imports import runs


@shared_task
def examine_sessions() -> None:
    outliers.examine_what_changed()


@shared_task
def store_looks(told: list[dict]) -> None:
    looks.store(told)


@shared_task
def watch_exports() -> None:
    alarm.watch()


@shared_task
def apply_retention() -> None:
    retention.apply()


@shared_task
def forget_imports() -> None:
    runs.forget_old()


@shared_task
def end_keys() -> None:
    covering.end_lapsed()
