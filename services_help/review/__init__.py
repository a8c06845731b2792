"""What is said of sessions after they were sent: reviews, locks of periods, what came too late, and reminders."""

from services_help.review.actions import Reviewed, answer, approve, reopen, seen_of, seen_of_many, send_back
from services_help.review.adjusting import accept_late, decline_late, void_locked
from services_help.review.deadlines import answer_deadline, deadline, overdue_by_unit
from services_help.review.periods import lift_period, lock_period

__all__ = [
    "Reviewed",
    "accept_late",
    "answer",
    "answer_deadline",
    "approve",
    "deadline",
    "decline_late",
    "lift_period",
    "lock_period",
    "overdue_by_unit",
    "reopen",
    "seen_of",
    "seen_of_many",
    "send_back",
    "void_locked",
]
