"""How a phone sends what it has: in batches of its own size, out of order, some twice, some late, some unanswered."""

import random
from typing import NamedTuple

SMALLEST, LARGEST = 8, 56
TWICE, UNANSWERED, LATE = 0.06, 0.05, 0.05


class Batch(NamedTuple):
    items: list[dict]
    # Sent a second time although the first was answered.
    twice: bool = False
    # The connection breaks before the answer; the phone asks again.
    unanswered: bool = False
    # Sent after everybody else's, as from a phone that found a network in the evening.
    late: bool = False


def batches_of(items: list[dict], rng: random.Random) -> list[Batch]:
    """Cut one shift's items into batches. The first one, which opens the session, is never late."""
    batches, start = [], 0
    while start < len(items):
        size = rng.randint(SMALLEST, LARGEST)
        part = items[start : start + size]
        rng.shuffle(part)
        fault = rng.random()
        batches.append(
            Batch(
                part,
                twice=fault < TWICE,
                unanswered=TWICE <= fault < TWICE + UNANSWERED,
                late=start > 0 and 1 - fault < LATE,
            )
        )
        start += size
    return batches
