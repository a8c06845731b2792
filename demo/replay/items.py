"""The items that a phone makes on a day, drawn from a seeded generator: the same day gives the same items, ids too.

Nothing here asks the database or the clock. What the portal's users have changed since cannot turn a replay into a
conflict, and a day that is still going on is a beginning of the same day complete.
"""

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from typing import NamedTuple

from django.utils import timezone

from demo.replay import work
from demo.world import plans
from demo.world.organisation import TeamSeed
from demo.world.people import volunteers_of

NAMESPACE = uuid.UUID("6f0c1b52-7d0b-5c58-9a53-0c8f5d2b1d23")
PEAK_LINES, QUIET_LINES, SLOW_LINES = (24, 80), (6, 13), (4, 10)
UNDONE = 0.025
NOTES = [
    "Bà con đến đông từ sáng sớm.",
    "Mạng chậm giữa buổi, vẫn ghi đủ.",
    "Một cửa nhờ hỗ trợ thêm ở quầy lấy số.",
    "Nhiều người lớn tuổi, cần chữ to trên tờ hướng dẫn.",
]


class Due(NamedTuple):
    """An item, and when the phone has it."""

    at: dt.datetime
    item: dict


def device_of(team: str, seed: int) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"{seed} {team}")


def items_of_day(team: TeamSeed, day: dt.date, *, seed: int, scale: float) -> list[list[Due]]:
    """For each shift of the team, what its phone makes, in the order of time."""
    shifts = plans.shifts_of(team, day)
    return [sorted(_shift(team, day, shift, seed=seed, scale=scale), key=lambda due: due.at) for shift in shifts]


def _shift(team: TeamSeed, day: dt.date, hours: plans.Shift, *, seed: int, scale: float) -> Iterator[Due]:
    # Another seed or scale is another day, with other ids, never the same ids with other content.
    rng = random.Random(f"{seed} {scale:g} {team.code} {day} {hours[0]}")
    starts, ends = (timezone.make_aware(dt.datetime.combine(day, hour)) for hour in hours)
    opened = starts + dt.timedelta(seconds=rng.randint(-600, 600))
    closed = ends + dt.timedelta(seconds=rng.randint(0, 1200))
    session = {
        "type": "session",
        "id": uuid7_at(opened, rng),
        "team": team.code,
        "day": day.isoformat(),
        "point": plans.point_code(team, day) or None,
        "started_at": opened.isoformat(),
        "ended_at": None,
        "note": "",
    }
    note = rng.choice(NOTES) if rng.random() < 0.3 else ""
    yield Due(opened, session)
    yield from _attendances(team, session["id"], opened, rng)
    free = opened
    for at in _moments(team, day, opened, ends, rng, scale):
        # One queue: the next citizen waits until the one before has gone.
        visit = list(_visit(team, day, session["id"], max(at, free), rng))
        yield from visit
        free = visit[-1].at + dt.timedelta(seconds=10)
    closed = max(closed, free)
    yield Due(closed, session | {"ended_at": closed.isoformat(), "note": note})


def _attendances(team: TeamSeed, session: str, opened: dt.datetime, rng: random.Random) -> Iterator[Due]:
    ticked = opened + dt.timedelta(minutes=2)
    for number, volunteer in enumerate(volunteers_of(team.code)):
        present, minutes = rng.random() < 0.85, rng.choice((None, None, None, 120, 180))
        item = {"type": "attendance", "id": uuid7_at(ticked, rng), "session": session, "volunteer": volunteer["code"]}
        if present or number == 0:
            yield Due(ticked, item | {"minutes": minutes})


def _moments(team: TeamSeed, day: dt.date, opened: dt.datetime, ends: dt.datetime, rng: random.Random, scale: float):
    """When citizens come: few at the opening, most towards the middle of the shift."""
    span = SLOW_LINES if team.work in work.SLOW else PEAK_LINES if day == plans.PEAK_DAY else QUIET_LINES
    # A visit leaves a quarter more lines than it is visits.
    visits = max(1, round(rng.randint(*span) * scale / 1.25))
    first, last = opened + dt.timedelta(minutes=5), ends - dt.timedelta(minutes=2)
    length = (last - first).total_seconds()
    return sorted(first + dt.timedelta(seconds=int(rng.triangular(0, length, length * 0.4))) for _ in range(visits))


def _visit(team: TeamSeed, day: dt.date, session: str, at: dt.datetime, rng: random.Random) -> Iterator[Due]:
    """One citizen (or one piece of work): one service or more, now and then a slip that is taken back at once."""
    mix = work.mix_on(team.work, day, is_peak=day == plans.PEAK_DAY)
    turns = rng.choices((1, 2, 3), (78, 18, 4))[0] if team.work not in work.SLOW else 1
    about = {
        "age_group": work.pick(rng, work.AGES),
        "beneficiary": work.pick(rng, work.BENEFICIARIES),
        "channel": work.pick(rng, work.channels_of(team.work, has_point=bool(plans.point_code(team, day)))),
    }
    chosen = list(dict.fromkeys(work.pick(rng, mix) for _ in range(turns)))
    first_people = 0
    for turn, service in enumerate(chosen):
        for line in work.lines_of(service, rng):
            # The same people again are another turn, not more people. A crowd is a visit of its own.
            again = turn > 0 and line.people == first_people == 1
            log = _log(session, line, at, rng) | about | {"same_visit": again}
            if line.people != 1:
                log |= {"age_group": None, "beneficiary": None}
            if turn == 0:
                first_people = line.people
                if rng.random() < UNDONE:
                    yield from _slip(log, at, rng)
            yield Due(at, log)
            at += dt.timedelta(seconds=rng.randint(20, 90))


def _log(session: str, line: work.Line, at: dt.datetime, rng: random.Random) -> dict:
    return {
        "type": "log",
        "id": uuid7_at(at, rng),
        "session": session,
        "service": line.service,
        "result": line.result.value,
        "people": line.people,
        "quantity": line.quantity,
        "metric": line.metric,
        "happened_at": at.isoformat(),
    }


def _slip(log: dict, at: dt.datetime, rng: random.Random) -> Iterator[Due]:
    """A wrong tap just before the right one, and its undo."""
    before = at - dt.timedelta(seconds=15)
    slip = log | {"id": uuid7_at(before, rng), "result": "not_done", "happened_at": before.isoformat()}
    yield Due(before, slip | {"metric": None, "quantity": None, "people": max(1, log["people"])})
    undone = at - dt.timedelta(seconds=10)
    yield Due(undone, {"type": "void", "id": uuid7_at(undone, rng), "target": slip["id"], "reason": "Bấm nhầm"})


def uuid7_at(at: dt.datetime, rng: random.Random) -> str:
    """A UUIDv7 as a phone would have made it at that moment, its random bits from ``rng``."""
    value = int(at.timestamp() * 1000) << 80 | rng.getrandbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
