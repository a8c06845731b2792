"""Thin Celery tasks: a bell and a clock."""

from celery import shared_task

from reports import tallies
from reports.proof import alarm, checking, jobs


@shared_task
def fold_months() -> None:
    tallies.fold(makes_way=True)


@shared_task
def prove_tallies() -> None:
    checking.prove()
    alarm.alarm()
    jobs.resume()


@shared_task
def run_tally_job(job_id: int) -> None:
    jobs.run(job_id)
