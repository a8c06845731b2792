"""The databases of a run: filled with a year of so many logs, thrown away afterwards or kept for the next run."""

import contextlib
import datetime as dt
import os
import resource
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg2

from tests import services


@dataclass(frozen=True)
class Database:
    url: str
    logs: int
    # What each rebuild of the tallies has cost.
    rebuilt: list["Usage"] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        # Its readers hold a session and no phone with a second factor.
        return dict(os.environ) | {"DATABASE_URL": self.url, "MFA_REQUIRED": "0"}

    @property
    def label(self) -> str:
        return short(self.logs)

    def connect(self):
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        return connection

    def rebuild(self) -> "Usage":
        """Count all tallies anew, as an operator would."""
        usage = self.run("manage.py", "rebuild_tallies")
        self.rebuilt.append(usage)
        with contextlib.closing(self.connect()) as connection:
            connection.cursor().execute("VACUUM ANALYZE")  # what a server does by and by
        say(f"    {self.logs:,} lượt: tính lại mọi số tổng hợp trong {usage.seconds:.0f} giây")
        return usage

    def run(self, *command: str) -> "Usage":
        """A command of Django in a process of its own on this database."""
        begin = time.perf_counter()
        process = subprocess.Popen([sys.executable, *command], env=self.environment, stdout=subprocess.DEVNULL)
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)}: {process.returncode}")
        return Usage(time.perf_counter() - begin, used)


@dataclass(frozen=True)
class Usage:
    seconds: float
    used: resource.struct_rusage

    @property
    def peak_mb(self) -> float:
        return self.used.ru_maxrss / 1024


def short(logs: int) -> str:
    for unit, size in (("m", 1_000_000), ("k", 1_000)):
        if logs >= size and logs % (size // 10) == 0:
            return f"{logs / size:g}{unit}"
    return str(logs)


def start(stack: contextlib.ExitStack) -> None:
    """A real PostgreSQL and a real Redis, and the environment of everything that is started."""
    services.start(stack)
    os.environ |= {
        "REDIS_URL": f"{os.environ[services.STARTED]}/0",
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        # Playwright's loop runs in this thread; the ORM calls around it are not in it.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    }


@contextlib.contextmanager
def filled(
    logs: int, *, keep: str | None = None, seed: int = 1, teams: int = 354, phones: dt.date | None = None
) -> Iterator[Database]:
    """A database with the year of so many logs and its tallies. ``keep``: the beginning of its name; it then stays, and
    one that is there already is used as it is, with what migrations are missing. ``phones``: a day that each team gets
    a key to send for."""
    server, _, _name = os.environ["DATABASE_URL"].rpartition("/")
    name = f"{keep}_{short(logs)}".replace(".", "_") if keep else f"xks_bench_{uuid.uuid4().hex[:8]}"
    database = Database(f"{server}/{name}", logs)
    admin = psycopg2.connect(f"{server}/postgres")
    admin.autocommit = True
    with contextlib.closing(admin), admin.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        is_new = cursor.fetchone() is None
        if is_new:
            cursor.execute(f'CREATE DATABASE "{name}"')
        try:
            database.run("manage.py", "migrate", "-v0")
            if is_new:
                say(f"Tạo {logs:,} lượt…")
                keys = [f"--phones={phones}"] if phones else []
                database.run("-m", "bench.fill", f"--logs={logs}", f"--seed={seed}", f"--teams={teams}", *keys)
                is_new = False  # from here on it is whole
                if logs:
                    database.rebuild()
            yield database
        finally:
            if is_new or not keep:  # one that is half filled must not be found by the next run
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def machine() -> list[str]:
    """What the figures were measured on, and how busy it was with other things."""
    server, _, _name = os.environ["DATABASE_URL"].rpartition("/")
    wanted = "shared_buffers", "work_mem", "fsync", "synchronous_commit", "autovacuum"
    with contextlib.closing(psycopg2.connect(f"{server}/postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
        cursor.execute("SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [list(wanted)])
        settings = ", ".join(f"{name} {value}" for name, value in cursor.fetchall())
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return [
        f"{os.cpu_count()} lõi, Python {sys.version.split()[0]}, PostgreSQL {version.split()[0]} ({settings})",
        f"Tải của máy lúc bắt đầu (1, 5, 15 phút): {load}",
    ]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
