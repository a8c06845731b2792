"""Who used the processors: seconds of CPU by part, looked up again and again while the burst runs.

Each part has its name in its environment (PGAPPNAME), which libpq gives to PostgreSQL: so the work of its backends is
told apart too. They come and go: of each the last figure seen is kept. What PostgreSQL does in the background, without
a connection, is in no part.
"""

import contextlib
import threading
from collections import defaultdict

import psutil
import psycopg2

NAME = "PGAPPNAME"
SENDER, DATABASE_FOR = "máy phát", "PostgreSQL cho "
# The parts of storing, and of keeping the tallies.
STORING, COUNTING = ("web", f"{DATABASE_FOR}web"), ("worker", f"{DATABASE_FOR}worker")


class CpuMeter:
    """``with CpuMeter(url) as meter: …`` and then ``meter.used()``."""

    def __init__(self, url: str):
        self.url = url
        self.seen: dict[str, dict[tuple, float]] = defaultdict(dict)
        self.before: dict[str, float] = {}
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "CpuMeter":
        self.connection = psycopg2.connect(self.url)
        self.connection.autocommit = True
        self._look()
        self.before = self._sums()
        self.thread.start()
        return self

    def __exit__(self, *_error) -> None:
        self.stop.set()
        self.thread.join()
        self._look()
        self.connection.close()

    def used(self) -> dict[str, float]:
        return {part: seconds - self.before.get(part, 0.0) for part, seconds in self._sums().items()}

    def _sums(self) -> dict[str, float]:
        return {part: sum(each.values()) for part, each in self.seen.items()}

    def _watch(self) -> None:
        while not self.stop.wait(0.5):
            self._look()

    def _look(self) -> None:
        self._note(SENDER, psutil.Process())
        for each in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if part := each.environ().get(NAME):
                    self._note(part, each)
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid, application_name FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            for pid, name in cursor.fetchall():
                with contextlib.suppress(psutil.Error):
                    self._note(DATABASE_FOR + (name or "khác"), psutil.Process(pid))

    def _note(self, part: str, process: psutil.Process) -> None:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            self.seen[part][process.pid, process.create_time()] = times.user + times.system
