"""Web server and workers as processes of their own, and phones that send until somebody has answered."""

import contextlib
import datetime as dt
import http.client
import json
import os
import subprocess
import sys
import threading
import time
import uuid

import psycopg2

from scripts.supervisor import end, kill_group, spawn
from tests.factories import PEAK_DAY
from tests.services import free_port
from tests.services_help.intake_items import log_item, session_item, void_item

LOGS = 20
WAITING = "SELECT count(*) > 0 FROM pg_locks WHERE relation = %s::regclass AND NOT granted"
PENDING = "SELECT count(*) FROM core_outboxmessage"
HELD = """SELECT (SELECT count(*) FROM services_help_receipt), (SELECT count(*) FROM services_help_session),
    (SELECT count(*) FROM services_help_assistancelog), (SELECT count(*) FROM services_help_void)"""
SEED = """
import django
django.setup()
from tests import factories
from tests.services_help.intake_items import stocked
print(factories.token("logs:write", unit=stocked(factories.small_city()).city)[1])
"""


def until(condition, seconds: float = 60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


class Portal:
    """Web server and worker on a database and a broker of their own."""

    def __init__(self, folder, server: str, redis: str):
        self.port, self.folder = free_port(), folder
        self.database = f"{server}/xks_killed_{uuid.uuid4().hex[:8]}"
        self.env = os.environ | {
            "DATABASE_URL": self.database,
            # The last of the databases that a Redis has by default, and a queue that nobody else listens to.
            "REDIS_URL": f"{redis}/15",
            "CELERY_QUEUE": f"killed-{uuid.uuid4().hex[:8]}",
            "VAR_DIR": str(folder),
            "BIND": f"127.0.0.1:{self.port}",
            "THROTTLE_SYNC": "100000/min",
            "PYTHONPATH": ".",
        }
        self.processes: dict[str, subprocess.Popen] = {}

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, *arguments]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=600, check=False)

    def start(self, name: str) -> None:
        commands = {
            "web": ["gunicorn", "-c", "deploy/gunicorn.conf.py", "config.wsgi"],
            "worker": ["celery", "-A", "config", "worker", "-B", "-s", f"{self.folder}/beat", "-c", "2"],
            "second worker": ["celery", "-A", "config", "worker", "-n", "second@%h", "-c", "1"],
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = spawn([sys.executable, "-m", *commands[name]], env=self.env, output=log)

    def kill(self, name: str) -> None:
        """Main process, children and clock, as when the power fails."""
        process = self.processes.pop(name)
        kill_group(process)
        assert process.wait(20) == -9

    def stop(self) -> None:
        for process in self.processes.values():
            end(process, patience=20)

    def is_up(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as web:
                web.request("GET", "/healthz")
                return web.getresponse().status == 200
        return False

    def post(self, key: str, body: bytes) -> dict | None:
        """The answer; None if there was none."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        with contextlib.suppress(OSError, http.client.HTTPException):
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as web:
                web.request("POST", "/api/v1/sync/", body, headers)
                response = web.getresponse()
                text = response.read()
                if response.status < 500:
                    assert response.status == 200, text
                    return json.loads(text)
        return None

    def seed(self) -> str:
        """A small city; returns a key that may log for all of it."""
        assert self.run("manage.py", "migrate", "-v0").returncode == 0
        seeded = self.run("-c", SEED)
        assert seeded.returncode == 0, seeded.stderr
        return seeded.stdout.strip()

    # --- the database, from the side --------------------------------------------------------------------------------
    def ask(self, sql: str, parameters=None):
        with contextlib.closing(psycopg2.connect(self.database)) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchone()

    @contextlib.contextmanager
    def somebody_waits_at(self, table: str, meanwhile):
        """``table`` is closed to writers, ``meanwhile()`` has been called, and somebody waits inside a transaction."""
        with contextlib.closing(psycopg2.connect(self.database)) as connection, connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
            meanwhile()
            until(lambda: self.ask(WAITING, [table])[0])
            yield


@contextlib.contextmanager
def portal_of_its_own(folder):
    """On the servers of the run, in a database that is made and dropped; nothing of it has been started."""
    server, _, _name = os.environ["DATABASE_URL"].rpartition("/")
    portal = Portal(folder, server, os.environ["XKS_TEST_SERVICES"].rstrip("/"))
    database = portal.database.rpartition("/")[2]
    with contextlib.closing(psycopg2.connect(f"{server}/postgres")) as admin, admin.cursor() as cursor:
        admin.autocommit = True
        cursor.execute(f"CREATE DATABASE {database}")
        try:
            yield portal
        finally:
            portal.stop()
            cursor.execute(f"DROP DATABASE {database} WITH (FORCE)")


class Phone:
    """Sends each batch until somebody has answered it."""

    def __init__(self, number: int, rounds: tuple[str, ...], batches: int):
        self.device = str(uuid.uuid4())
        self.rounds = {
            name: [self._batch(place * batches + index, number) for index in range(batches)]
            for place, name in enumerate(rounds)
        }
        self.sent: list[list[dict]] = []
        self.answered = self.unanswered = 0
        self.has_enough = False
        self.statuses: set[str] = set()

    @staticmethod
    def _batch(days_before: int, number: int) -> list[dict]:
        """A session of its own day, logs of one to three persons, one taken back."""
        day = PEAK_DAY - dt.timedelta(days=days_before)
        session = session_item(("TO-TT", "TO-VL", "TO-NH")[number % 3], day=day)
        logs = [log_item(session, people=1 + place % 3) for place in range(LOGS)]
        return [session, *logs, void_item(logs[0])]

    def send(self, portal: Portal, key: str, name: str) -> None:
        for items in self.rounds[name]:
            if self.has_enough:
                return
            self.sent.append(items)
            body = json.dumps({"device": self.device, "items": items}).encode()
            deadline = time.monotonic() + 120
            while (answer := portal.post(key, body)) is None:
                assert time.monotonic() < deadline, "nobody answers"
                self.unanswered += 1
                time.sleep(0.2)
            self.answered += 1
            self.statuses |= {item["status"] for item in answer["items"]}

    def items(self, kind: str) -> list[dict]:
        return [item for items in self.sent for item in items if item["type"] == kind]


class Crowd:
    def __init__(self, portal: Portal, key: str, rounds: tuple[str, ...], *, phones: int = 4, batches: int = 3):
        self.portal, self.key = portal, key
        self.phones = [Phone(number, rounds, batches) for number in range(phones)]
        self.threads: list[threading.Thread] = []
        self.faults: list[BaseException] = []

    def start(self, name: str) -> None:
        self.threads = [threading.Thread(target=self._send, args=[phone, name]) for phone in self.phones]
        for thread in self.threads:
            thread.start()

    def _send(self, phone: Phone, name: str) -> None:
        try:
            phone.send(self.portal, self.key, name)
        except BaseException as error:  # told by finish()
            self.faults.append(error)

    def finish(self) -> None:
        for thread in self.threads:
            thread.join(150)
        assert self.faults == []

    def send(self, name: str) -> None:
        self.start(name)
        self.finish()

    def items(self, kind: str) -> list[dict]:
        return [item for phone in self.phones for item in phone.items(kind)]

    def is_held_once_and_counted(self) -> None:
        """All that was sent is in the database once, and the tallies say so."""
        verified = self.portal.run("manage.py", "verify_tallies", "--wait", "90")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        sessions, logs, voids = (self.items(kind) for kind in ("session", "log", "void"))
        every = len(sessions) + len(logs) + len(voids)
        assert self.portal.ask(HELD) == (every, len(sessions), len(logs), len(voids))
        taken_back = {void["target"] for void in voids}
        people = sum(log["people"] for log in logs if log["id"] not in taken_back)
        counted = self.portal.ask("SELECT sum(people), sum(sessions) FROM reports_daytally")
        assert counted == (people, len(sessions))
        assert {status for phone in self.phones for status in phone.statuses} <= {"stored", "replayed"}
