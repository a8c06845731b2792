"""Thin Celery tasks: a clock."""

from celery import Task, shared_task
from django.db import DataError, Error, IntegrityError

from core.retention import services as retention
from desk import outliers
from desk.office.trail import alarm, looks
from teams import covering
from teams.imports import runs


@shared_task
def examine_sessions() -> None:
    outliers.examine_what_changed()


class _Looks(Task):
    def on_failure(self, exc, task_id, args, kwargs, einfo):
        looks.lost(args[0], exc)


# Again and again for about half a day: a database that is being mended comes back. What it refuses it refuses for ever.
@shared_task(
    base=_Looks,
    autoretry_for=(Error,),
    dont_autoretry_for=(IntegrityError, DataError),
    max_retries=300,
    retry_backoff=5,
    retry_backoff_max=300,  # well under the time after which the broker hands it to another worker as well
)
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
    runs.sweep()


@shared_task
def end_keys() -> None:
    covering.end_lapsed()
