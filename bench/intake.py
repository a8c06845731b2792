"""Batches of 50 through ``POST /api/v1/sync/`` against one plain DRF POST per log: acknowledged logs a second.

Both sides run in the same gunicorn, on the same PostgreSQL, called by the same number of phones over kept-alive
connections, in turns. Ours stores receipts, checks every rule and feeds the worker; the plain side does none of that.
Beside them the floor: the same rows by multi-row INSERT, without HTTP, receipts or rules.
"""

import contextlib
import datetime as dt
import http.client
import itertools
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import batched

import orjson
import psycopg2
from django.db import connection
from psycopg2.extras import execute_values, register_uuid

from bench.facts import KEY
from bench.report import Comparison
from services_help.models import AssistanceLog, Service
from teams.models import Team

PHONES = 8
BATCH = 50
BATCHES_PER_PHONE = 20
PLAIN_POSTS_PER_PHONE = 60
START = "2026-03-02T07:30:00+07:00"
STORED = b'"status":"stored"'
register_uuid()


class Phone:
    """One kept-alive connection of one team."""

    def __init__(self, port: int, team: Team, service: Service):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.team, self.service = team, service
        self.device, self.session = uuid.uuid4(), uuid.uuid4()

    def post(self, path: str, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
        self.connection.request("POST", path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"{path}: {answer.status} {content[:300]!r}")
        return content

    def open_session(self) -> None:
        item = {"type": "session", "id": str(self.session), "team": self.team.code, "day": START[:10], "point": None}
        body = self.batch([item | {"started_at": START, "ended_at": None, "note": ""}])
        assert self.post("/api/v1/sync/", body).count(STORED) == 1

    def batch(self, items: list[dict]) -> bytes:
        return orjson.dumps({"device": str(self.device), "items": items})

    def log(self, number: int) -> dict:
        happened = dt.datetime.fromisoformat(START) + dt.timedelta(seconds=number * 30)
        return {
            "type": "log",
            "id": str(uuid.uuid4()),
            "session": str(self.session),
            "service": self.service.code,
            "result": "done_assisted",
            "people": 1,
            "same_visit": False,
            "quantity": None,
            "metric": None,
            "age_group": "31-59",
            "beneficiary": None,
            "channel": "point",
            "happened_at": happened.isoformat(),
        }

    # Both sides are encoded before the clock starts: what is measured is the portal.
    def batches(self) -> list[bytes]:
        numbers = [range(batch * BATCH, (batch + 1) * BATCH) for batch in range(BATCHES_PER_PHONE)]
        return [self.batch([self.log(number) for number in batch]) for batch in numbers]

    def plain(self) -> list[bytes]:
        own = {"service": self.service.pk, "device": str(self.device), "beneficiary": ""}
        return [orjson.dumps(self.log(number) | own) for number in range(PLAIN_POSTS_PER_PHONE)]

    def send_batches(self, bodies: list[bytes]) -> int:
        for body in bodies:
            assert self.post("/api/v1/sync/", body).count(STORED) == BATCH
        return len(bodies) * BATCH

    def send_plain(self, bodies: list[bytes]) -> int:
        for body in bodies:
            self.post("/bench/logs/", body)
        return len(bodies)


def insert(connection, rows: list[tuple]) -> int:
    """The floor: the same rows by multi-row INSERT, a batch a transaction."""
    with connection.cursor() as cursor:
        for batch in batched(rows, BATCH):
            execute_values(cursor, "INSERT INTO bench_floor VALUES %s", batch, page_size=BATCH)
    return len(rows)


def logs_per_second(work: list[Callable[[], int]]) -> float:
    """All at once, each in a thread of its own."""
    with ThreadPoolExecutor(len(work)) as pool:
        begin = time.perf_counter()
        done = sum(future.result() for future in [pool.submit(each) for each in work])
        return done / (time.perf_counter() - begin)


def measure(port: int, rounds: int, url: str) -> list[Comparison]:
    service = Service.objects.leaves().on(dt.date.fromisoformat(START[:10])).get(code="DVC-TK")
    teams = itertools.cycle(Team.objects.order_by("code"))
    ours, plain, floor = [], [], []
    with bare_table(url) as connections:
        for _round in range(rounds + 1):
            phones = [Phone(port, next(teams), service) for _ in range(PHONES)]
            before = AssistanceLog.objects.count()
            for phone in phones:
                phone.open_session()
            ours.append(logs_per_second([partial(phone.send_batches, phone.batches()) for phone in phones]))
            plain.append(logs_per_second([partial(phone.send_plain, phone.plain()) for phone in phones]))
            # What was acknowledged is in the database, to the row.
            sent = PHONES * (BATCH * BATCHES_PER_PHONE + PLAIN_POSTS_PER_PHONE)
            assert AssistanceLog.objects.count() - before == sent
            rows = [stored_rows(phone) for phone in phones]
            floor.append(logs_per_second([partial(insert, *pair) for pair in zip(connections, rows, strict=True)]))
    ours, plain, floor = ours[1:], plain[1:], floor[1:]  # the first round warms all
    return [
        _beside("mỗi lượt một POST DRF ModelSerializer", ours, plain, "DRF thường", at_least=20),
        _beside("INSERT nhiều dòng (sàn)", ours, floor, "INSERT trần"),
    ]


def _beside(what: str, ours: list[float], other: list[float], other_name: str, at_least: float | None = None):
    name = f"Tiếp nhận qua HTTP, {PHONES} máy, lô {BATCH} lượt, so với {what}"
    return Comparison(name, "lượt/giây", ours, other, other_name, higher_is_better=True, at_least=at_least)


@contextlib.contextmanager
def bare_table(url: str):
    """A connection for each phone, and the logs' table with its indexes and checks, but without foreign keys."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(contextlib.closing(psycopg2.connect(url))) for _phone in range(PHONES)]
        for connection in connections:
            connection.autocommit = True
        cursor = connections[0].cursor()
        cursor.execute(f"CREATE TABLE bench_floor (LIKE {AssistanceLog._meta.db_table} INCLUDING ALL)")
        yield connections
        cursor.execute("DROP TABLE bench_floor")


def stored_rows(phone: Phone) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM {AssistanceLog._meta.db_table} WHERE session_id = %s LIMIT %s",  # noqa: S608 - names of ours
            [phone.session, BATCH * BATCHES_PER_PHONE],
        )
        return cursor.fetchall()
