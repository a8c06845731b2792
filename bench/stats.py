"""The ten questions at each number of logs, over HTTP with token, rights, labels, totals and JSON.

All databases are served in the same run, each by a web server of its own kind and size, and asked in turns: what
disturbs the machine disturbs them alike. The raw side is the bare SQL on an open connection, by the better of two
plans: all of that favours it.
"""

import contextlib
import http.client
import json
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from operator import itemgetter

import psycopg2

from bench import server
from bench.databases import Database, say
from bench.facts import KEY
from bench.questions import QUESTIONS, Question
from bench.report import Claim, at_least, at_most, table

# The raw side is asked again as long as it answers within some seconds; the check has asked it once.
RAW_ROUNDS, RAW_SECONDS = 3, 15
FLAT, OVER_RAW, OVER_FULL = 1.5, 20, 5


@dataclass
class Times:
    """Milliseconds of one question."""

    question: Question
    full: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    same: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    raw: list[float] = field(default_factory=list)

    def median(self, logs: int) -> float:
        return statistics.median(self.full[logs])

    @property
    def flat(self) -> float:
        return self.median(max(self.full)) / self.median(min(self.full))

    @property
    def over_raw(self) -> float:
        return statistics.median(self.raw) / self.median(max(self.full))

    @property
    def over_full(self) -> float:
        return self.median(max(self.full)) / statistics.median(self.same[max(self.full)])


class Client:
    """One kept-alive connection with the token of the whole city."""

    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def connect_again(self) -> None:
        """At the next question: the server has hung up if the raw side took longer than it waits."""
        self.connection.close()

    def ask(self, query: str, etag: str = "") -> tuple[float, int, str, bytes]:
        headers = {"Authorization": f"Bearer {KEY}"} | ({"If-None-Match": etag} if etag else {})
        begin = time.perf_counter()
        self.connection.request("GET", f"/api/v1/stats/?{query}", headers=headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begin) * 1000
        return took, answer.status, answer.headers.get("ETag", ""), body


def measure(databases: list[Database], rounds: int, *, with_raw: bool = True) -> list[Claim]:
    """Without the raw side nothing is proven, but the answer is there in seconds: for whoever tunes."""
    with contextlib.ExitStack() as stack:
        clients = {}
        for database in databases:
            port = stack.enter_context(server.web(database.environment, workers=1, threads=2))
            clients[database.logs] = Client(port)
        found = []
        for question in QUESTIONS:
            say(f"{question.name}…")
            raw = [check(database, clients[database.logs], question) for database in databases if with_raw]
            found.append(_times(question, databases, clients, rounds))
            if with_raw:
                found[-1].raw = _raw_times(question, databases[-1], raw[-1])
            say("    " + "  ".join(_row(found[-1], databases)[1:]))
    print("\n".join(_table(found, databases)), end="\n\n")
    return _claims(found, databases)


def check(database: Database, client: Client, question: Question) -> float:
    """Both sides give the same rows, or the comparison means nothing; returns the milliseconds of the raw side."""
    client.connect_again()
    _took, status, _etag, body = client.ask(question.query)
    if status != 200:
        raise RuntimeError(f"{question.query}: {status} {body[:300]!r}")
    answer = json.loads(body)
    ours = {tuple(row[column] for column in answer["columns"]) for row in answer["rows"]}
    dimensions = len(answer["query"]["by"])
    took, rows = raw_rows(database, question)
    theirs = {row for row in rows if any(row[dimensions:])}
    if answer["next"] or ours != theirs:
        some = sorted(ours ^ theirs, key=str)[:5]
        raise RuntimeError(f"{question.name}, {database.logs:,}: {len(ours)} ≠ {len(theirs)} {some}")
    return took


def raw_rows(database: Database, question: Question) -> tuple[float, list[tuple]]:
    """Milliseconds and rows of the raw side, by the better of two plans.

    What is taken back makes the planner expect no rows, and it then looks ten million logs up one by one; with hashes
    only it is many times faster. Where few rows are asked for it is the other way round.
    """
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'Asia/Ho_Chi_Minh'; SET work_mem = '256MB'; SET enable_nestloop = off")
        took, rows = _timed(cursor, question.raw)
        cursor.execute(f"SET enable_nestloop = on; SET statement_timeout = {int(took) + 1}")
        with contextlib.suppress(psycopg2.errors.QueryCanceled):
            took, rows = min((took, rows), _timed(cursor, question.raw), key=itemgetter(0))
        return took, rows


def _timed(cursor, sql: str) -> tuple[float, list[tuple]]:
    begin = time.perf_counter()
    cursor.execute(sql)
    rows = cursor.fetchall()
    return (time.perf_counter() - begin) * 1000, rows


def _times(question: Question, databases: list[Database], clients: dict[int, Client], rounds: int) -> Times:
    times = Times(question)
    for client in clients.values():
        client.connect_again()
    for number in range(rounds + 1):
        for database in databases:
            took, _status, etag, _body = clients[database.logs].ask(question.query)
            again, status, _etag, _body = clients[database.logs].ask(question.query, etag)
            if status != 304:
                raise RuntimeError(f"{question.query}: {status}, 304 expected")
            if number:  # the first round warms
                times.full[database.logs].append(took)
                times.same[database.logs].append(again)
    return times


def _raw_times(question: Question, database: Database, first: float) -> list[float]:
    found = [first]
    while len(found) < RAW_ROUNDS and sum(found) < RAW_SECONDS * 1000:
        found.append(raw_rows(database, question)[0])
    return found


def _table(found: list[Times], databases: list[Database]) -> list[str]:
    last = databases[-1]
    head = ["Trung vị, ms", *(each.label for each in databases), "phẳng", f"gốc {last.label}", "lần", "304", "lần"]
    return table(head, [_row(times, databases) for times in found])


def _row(times: Times, databases: list[Database]) -> list[str]:
    return [
        times.question.name,
        *(f"{times.median(each.logs):.1f}" for each in databases),
        f"{times.flat:.2f}",
        f"{statistics.median(times.raw):,.0f}" if times.raw else "–",
        f"{times.over_raw:,.0f}" if times.raw else "–",
        f"{statistics.median(times.same[databases[-1].logs]):.1f}",
        f"{times.over_full:.1f}",
    ]


def _claims(found: list[Times], databases: list[Database]) -> list[Claim]:
    first, last = databases[0], databases[-1]
    claims = [at_least(f"Câu trả lời 200 so với 304, {last.label}", min(t.over_full for t in found), OVER_FULL)]
    if all(times.raw for times in found):
        name = f"GROUP BY trên lượt gốc so với câu trả lời, {last.label}"
        claims.append(at_least(name, min(t.over_raw for t in found), OVER_RAW))
    if first is not last:
        name = f"Câu chậm đi nhiều nhất khi từ {first.label} lên {last.label}"
        claims.insert(0, at_most(name, max(t.flat for t in found), FLAT))
    return claims
