"""What a piece of a job is handed: how to say how far it is, and a folder of its own."""

import datetime as dt
import os
import shutil
import time
import uuid
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from core.jobs.models import Job

# A worker that has said nothing for so long is taken for dead.
LEASE = dt.timedelta(seconds=90)
RESULT = "result"
PULSE_SECONDS = 1.0
_PULSE = (
    "UPDATE core_job SET done = %s, total = %s, message = %s, leased_until = %s"
    " WHERE id = %s AND lease = %s AND finished_at IS NULL"
)
logger = structlog.get_logger(__name__)


class Lost(Exception):
    """The job is no longer this worker's: it was stopped, or another has taken it over. Nothing more may be written."""


class Work:
    def __init__(self, job: Job, lease: uuid.UUID):
        self.job, self._lease = job, lease
        self._pulsed = 0.0

    def say(self, done: int, total: int, message: str = "", *, place: dict | None = None) -> None:
        """How far it is. In the transaction of what a piece has made, with the ``place`` from which the next goes on:
        if the job has been stopped meanwhile, both are undone by :class:`Lost`."""
        said = {"done": done, "total": total, "message": message[:250]}
        if place is not None:
            said["place"] = place
        self._update(leased_until=timezone.now() + LEASE, **said)
        for name, value in said.items():
            setattr(self.job, name, value)

    def pulse(self, done: int, total: int, message: str = "") -> None:
        """How far it is, from within one long transaction: over a connection of its own, so that others see it at once
        and the lease does not run out. For show only: ``say`` counts, once at the end.

        SQLite has one writer, which is the transaction itself: there nothing is said.
        """
        if connection.vendor != "postgresql" or time.monotonic() < self._pulsed + PULSE_SECONDS:
            return
        self._pulsed = time.monotonic()
        beside = connection.copy()
        try:
            with beside.cursor() as cursor:
                # Whoever stops the job right now holds its row: not worth waiting for.
                cursor.execute("SET lock_timeout = '500ms'")
                until = timezone.now() + LEASE
                cursor.execute(_PULSE, [done, total, message[:250], until, self.job.pk, self._lease])
        except DatabaseError:
            logger.warning("job_pulse_lost", job=self.job.pk, exc_info=True)
        finally:
            beside.close()

    def _update(self, **values) -> None:
        if not Job.objects.open().filter(pk=self.job.pk, lease=self._lease).update(**values):
            raise Lost

    def give_back(self) -> None:
        """Between two pieces."""
        self._update(lease=None, leased_until=timezone.now())

    def end(self, **values) -> None:
        now = timezone.now()
        self._update(lease=None, leased_until=now, finished_at=now, **values)

    @property
    def result(self) -> Path:
        return self.folder / RESULT

    @property
    def folder(self) -> Path:
        """For what one piece leaves to the next. Gone with the result; readable by the portal alone."""
        folder = folder_of(self.job)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def keep(self, name: str, data: bytes) -> None:
        """Whole or not at all; kept again under the same name, it takes the place of what was there."""
        half = self.folder / f"{name}.half"
        with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
        half.replace(self.folder / name)


def folder_of(job: Job) -> Path:
    return Path(settings.MEDIA_ROOT) / "jobs" / str(job.pk)


def result_of(job: Job) -> Path:
    return folder_of(job) / RESULT


def remove_files(job: Job) -> None:
    shutil.rmtree(folder_of(job), ignore_errors=True)
