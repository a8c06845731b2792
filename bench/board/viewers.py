"""Screens that show the board: each asks every ten seconds, with the ETag of what it shows, as a browser does."""

import asyncio
import contextlib
import random
import re
import time
from dataclasses import dataclass, field

EVERY = 10.0
ETAG = re.compile(rb"^etag: (.+?)\r$", re.IGNORECASE | re.MULTILINE)


@dataclass
class Seen:
    took: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


@contextlib.asynccontextmanager
async def watching(count: int, port: int, path: str, cookie: str, seen: Seen):
    """``count`` screens, evenly spread over the ten seconds."""
    rng = random.Random(count)
    screens = [asyncio.create_task(_screen(rng.uniform(0, EVERY), port, path, cookie, seen)) for _ in range(count)]
    try:
        yield
    finally:
        for screen in screens:
            screen.cancel()
        await asyncio.gather(*screens, return_exceptions=True)


async def _screen(wait: float, port: int, path: str, cookie: str, seen: Seen) -> None:
    tag = b""
    while True:
        await asyncio.sleep(wait)
        begin = time.perf_counter()
        try:
            status, tag = await _ask(port, path, cookie, tag)
            seen.statuses[status] = seen.statuses.get(status, 0) + 1
        except (OSError, IndexError, ValueError) as error:
            seen.errors.append(repr(error))
        seen.took.append(time.perf_counter() - begin)
        wait = max(0.0, EVERY - (time.perf_counter() - begin))


async def _ask(port: int, path: str, cookie: str, tag: bytes) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    try:
        shown = f"If-None-Match: {tag.decode()}\r\n" if tag else ""
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nHX-Request: true\r\n"
            f"Accept-Encoding: gzip\r\n{shown}Connection: close\r\n\r\n"
        )
        writer.write(head.encode())
        answer = await reader.read(-1)
    finally:
        writer.close()
    found = ETAG.search(answer[:4000])
    return int(answer.split(b" ", 2)[1]), found.group(1) if found else tag
