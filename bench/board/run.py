"""The intake's answers with fifty screens on the board and without, in turns, in one run on one portal.

Each phase has phones of its own, which send at their own moments whatever the portal does. The order is turned round
every time, so that a database that grows makes neither side look better.
"""

import asyncio
import statistics
import subprocess
import sys
from dataclasses import dataclass, field

from bench import databases, server
from bench.board import viewers
from bench.burst import phones, sender
from bench.databases import Database, say
from bench.report import Claim, at_most

MOST = 1.2
SECONDS, PER_SECOND, WARMING = 20, 10, 20
PATH = "/dashboard/wall/live/"


@dataclass
class Found:
    alone: list[float] = field(default_factory=list)  # p95 of each phase
    watched: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seen: viewers.Seen = field(default_factory=viewers.Seen)


def measure(options):
    day, each = phones.yesterday(), SECONDS * PER_SECOND
    count = WARMING + 2 * options.rounds * each
    with databases.filled(0, seed=options.seed, teams=count, phones=day) as database:
        plan = phones.plan(count, SECONDS, day, seed=options.seed)
        with server.portal(database.environment, workers=options.web) as port:
            cookie = _ticket(database)
            say(f"Bảng điều hành: {options.rounds} vòng, mỗi vòng {each} máy trong {SECONDS} giây, hai lượt…")
            found = asyncio.run(_run(plan, options, port, f"{PATH}?day={day}", cookie))
        yield from _claims(found, options)


def _ticket(database: Database) -> str:
    command = [sys.executable, "-m", "bench.board.ticket"]
    return subprocess.run(
        command, env=database.environment, stdout=subprocess.PIPE, check=True, text=True
    ).stdout.strip()


async def _run(plan: list[phones.Phone], options, port: int, path: str, cookie: str) -> Found:
    found, each = Found(), SECONDS * PER_SECOND
    await sender.send_all(plan[:WARMING], port, lambda *_done: None)
    async with viewers.watching(1, port, path, cookie, viewers.Seen()):
        await asyncio.sleep(2 * viewers.EVERY)
    rest = iter(plan[WARMING:])
    for number in range(options.rounds):
        for is_watched in (False, True) if number % 2 else (True, False):
            some = [next(rest) for _ in range(each)]
            async with viewers.watching(options.viewers if is_watched else 0, port, path, cookie, found.seen):
                outcome = await sender.send_all(some, port, lambda *_done: None)
            found.errors += outcome.errors + outcome.wrong
            (found.watched if is_watched else found.alone).append(_p95(outcome.took))
    return found


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20, method="inclusive")[18]


def _claims(found: Found, options):
    name = f"Bảng điều hành, {options.viewers} màn hình"
    pairs = list(zip(found.watched, found.alone, strict=True))
    ratio = statistics.median(watched / alone for watched, alone in pairs)
    said = "; ".join(f"{1000 * watched:.0f} / {1000 * alone:.0f} ms" for watched, alone in pairs)
    yield at_most(
        f"{name}: p95 của tiếp nhận so với khi không ai xem", ratio, MOST, note=f"có / không người xem: {said}"
    )
    errors = [*found.errors, *found.seen.errors, *(str(s) for s in found.seen.statuses if s not in (200, 304))]
    yield at_most(f"{name}: lỗi", len(errors), 0, "", errors[0] if errors else "")
    asked = sum(found.seen.statuses.values())
    note = ", ".join(f"{status}: {times:,}" for status, times in sorted(found.seen.statuses.items()))
    yield Claim(f"{name}: p95 của một lần hỏi", 1000 * _p95(found.seen.took), unit="ms", note=f"{asked:,} lần; {note}")
