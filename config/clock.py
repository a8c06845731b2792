"""What Celery's clock calls for, and how often."""

from celery.schedules import schedule


def every(seconds: int, task: str) -> dict:
    """A call that no worker has taken within a minute is void: of a night without one, not thousands are left over."""
    return {"task": task, "schedule": schedule(seconds), "options": {"expires": max(60, seconds)}}


SCHEDULE = {
    "sweep-outbox": every(5, "core.tasks.sweep_outbox"),
    "resume-jobs": every(10, "core.tasks.resume_jobs"),
    "fold-months": every(30, "reports.tasks.fold_months"),
    "examine-sessions": every(3, "desk.tasks.examine_sessions"),
    "remind-reviewers": every(3600, "services_help.tasks.remind_reviewers"),
    "end-keys": every(3600, "desk.tasks.end_keys"),
    "forget-imports": every(3600, "desk.tasks.forget_imports"),
    "prove-tallies": every(60, "reports.tasks.prove_tallies"),
    "watch-exports": every(300, "desk.tasks.watch_exports"),
    "apply-retention": every(600, "desk.tasks.apply_retention"),
}
