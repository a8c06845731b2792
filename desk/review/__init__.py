"""Duyệt ca: the queue, the evidence of one session, locks of periods, and what came too late. See docs/review.md."""
