"""How soon a figure shows what was acknowledged: asked over HTTP, as the team's own phone may ask."""

import asyncio
import datetime as dt
import json
import time

from bench.burst.phones import Phone

EVERY, GIVE_UP = 0.2, 120


async def total(port: int, key: str, day: dt.date) -> tuple[int, int]:
    """(service turns of the day within what the key may see, changes not counted yet)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"GET /api/v1/stats/?measures=service_turns&period={day} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Authorization: Bearer {key}\r\nConnection: close\r\n\r\n".encode()
        )
        head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
    finally:
        writer.close()
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head[:200])
    answer = json.loads(body)
    return answer["totals"]["service_turns"] or 0, answer["freshness"]["pending"]


async def until_shown(port: int, key: str, day: dt.date, turns: int, since: float) -> float:
    """Seconds from ``since`` until the figure is at least ``turns``; as much as was waited, if it never is."""
    while True:
        found, _pending = await total(port, key, day)
        waited = time.perf_counter() - since
        if found >= turns or waited > GIVE_UP:
            return waited
        await asyncio.sleep(EVERY)


class Sample:
    """Asks for the figures of one phone in so many, each from its last acknowledgement on."""

    def __init__(self, port: int, day: dt.date, one_in: int):
        self.port, self.day, self.one_in = port, day, one_in
        self.tasks: list[asyncio.Task] = []

    def __call__(self, phone: Phone, at: float) -> None:
        if phone.number % self.one_in == 0:
            shown = until_shown(self.port, phone.key, self.day, phone.turns, at)
            self.tasks.append(asyncio.create_task(shown))

    async def seconds(self) -> list[float]:
        return await asyncio.gather(*self.tasks)
