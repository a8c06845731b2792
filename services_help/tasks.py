"""Thin Celery tasks: a clock."""

from celery import shared_task

from services_help.review.deadlines import remind


@shared_task
def remind_reviewers() -> None:
    remind()
