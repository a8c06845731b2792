"""Each page in turns from two databases that differ in the number of their rows alone; the ratio of the medians."""

import contextlib
import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench import databases, server
from bench.databases import Database, say
from bench.lists.pages import BIG_TABLES, SMALL_AND_LARGE, Page
from bench.report import Claim, at_most, table

OF_LISTS, OF_TABLES = 1.5, 3.0
WARMING, SHOWN = 2, 5


@dataclass
class Side:
    """One database behind a portal of its own, and what its addresses are made of."""

    database: Database
    port: int
    known: dict[str, str]
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)

    def ask(self, page: Page) -> float:
        """Milliseconds until the last byte, on a new connection: one that waits for the other side is hung up."""
        self.connection.close()
        path, begin = page.path.format_map(self.known), time.perf_counter()
        self.connection.request("GET", path, headers={"Cookie": self.known[page.reader], "Accept-Language": "vi"})
        answer = self.connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begin) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return took


@dataclass(frozen=True)
class Times:
    page: Page
    small: list[float]
    large: list[float]

    @property
    def ratio(self) -> float:
        return statistics.median(self.large) / statistics.median(self.small)


def measure(options) -> Iterator[Claim]:
    rounds = options.rounds * 3
    lists, tables = ([page for page in pages if options.only in page.name] for pages in (SMALL_AND_LARGE, BIG_TABLES))
    if lists:
        small, large = options.rows
        with _served(options, rows=small) as few, _served(options, rows=large) as many:
            heads = f"{small:,} dòng", f"{large:,} dòng"
            yield from _compare(lists, few, many, heads, rounds, OF_LISTS, "Danh sách và trang")
    if tables:
        small, large = options.table_logs
        with _served(options, logs=small) as few, _served(options, logs=large) as many:
            heads = f"{few.database.label} lượt", f"{many.database.label} lượt"
            yield from _compare(tables, few, many, heads, rounds, OF_TABLES, "Bảng lớn trong quản trị")


@contextlib.contextmanager
def _served(options, *, rows: int = 0, logs: int = 0) -> Iterator[Side]:
    keep = f"{options.keep}_{rows}" if options.keep and rows else options.keep
    with databases.filled(logs, keep=keep, seed=options.seed, **({"teams": rows} if rows else {})) as database:
        known = _fill(database, rows)
        with server.web(database.environment, workers=1, threads=2) as port:
            yield Side(database, port, known)


def _fill(database: Database, rows: int) -> dict[str, str]:
    if rows:
        say(f"Tạo {rows:,} dòng trong mỗi danh sách…")
    command = [sys.executable, "-m", "bench.lists.fill", f"--rows={rows}"]
    done = subprocess.run(command, env=database.environment, stdout=subprocess.PIPE, check=True)
    known = json.loads(done.stdout)
    if known.pop("is_new") and rows:
        database.rebuild()
    return known


def _compare(
    pages: list[Page], few: Side, many: Side, heads: tuple[str, str], rounds: int, bar: float, title: str
) -> Iterator[Claim]:
    say(f"{title}: {len(pages)} trang, {rounds} vòng…")
    found = [_times(page, few, many, rounds) for page in pages]
    lines = table(["Trung vị, ms", *heads, "lần", ""], [_row(times, bar) for times in found])
    print("\n".join(lines), end="\n\n", flush=True)
    worst = sorted(found, key=lambda times: -times.ratio)[:SHOWN]
    note = "; ".join(f"{times.page.name} {times.ratio:.2f}" for times in worst)
    yield at_most(f"{title}, {heads[1]} so với {heads[0]}: trang chậm đi nhiều nhất", worst[0].ratio, bar, note=note)


def _times(page: Page, few: Side, many: Side, rounds: int) -> Times:
    times = Times(page, [], [])
    for number in range(-WARMING, rounds):
        for side, kept in ((few, times.small), (many, times.large)):
            took = side.ask(page)
            if number >= 0:
                kept.append(took)
    say("    " + "  ".join(_row(times, 0)[:4]))
    return times


def _row(times: Times, bar: float) -> list[str]:
    medians = (f"{statistics.median(side):.1f}" for side in (times.small, times.large))
    return [times.page.name, *medians, f"{times.ratio:.2f}", "✓" if times.ratio <= bar else "✗"]
