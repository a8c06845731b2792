"""The whole portal on the embedded default, as `make run` starts it: real processes, real HTTP, SQLite and Valkey.

The slowest test of the suite, and the one that a newcomer's first minute depends on.
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("make run")]


class Portal:
    def __init__(self, var: Path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.var = var
        self.output = var.parent / "output.txt"
        # What a person's terminal has, and nothing of the test environment.
        self.env = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ} | {
            "VAR_DIR": str(var)
        }
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "scripts/run.py"], cwd=BASE, env=self.env | {"PORT": str(self.port)}, stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.wait(lambda: "Tài khoản mẫu" in self.output.read_text(), seconds=240)

    def wait(self, condition, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.1)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def get(self, path: str, token: str | None = None) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        """As a person would type it beside the running portal: without any environment."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def processes(self) -> list[int]:
        """Everything that was started for this portal; all of it has the folder in its environment."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal() or int(entry.name) == os.getpid():
                continue
            try:
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f"VAR_DIR={self.var}".encode() in environment.split(b"\0"):
                found.append(int(entry.name))
        return found

    def worker(self) -> int:
        """The main process of the worker: the oldest of its session."""
        commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in self.processes()}
        return min(pid for pid, command in commands.items() if b"celery" in command and os.getsid(pid) == pid)


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    running = Portal(tmp_path_factory.mktemp("make-run") / "var")
    running.start()
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture(scope="module")
def demo(portal):
    return json.loads((portal.var / "demo.json").read_text())


def peak_day(portal, demo, unit: str) -> dict:
    day = demo["peak_day"]
    path = f"/api/v1/stats/?measures=people,service_turns,sessions&by=unit&unit={unit}&depth=self&from={day}&to={day}"
    status, body = portal.get(path, demo["tokens"]["stats_city"])
    assert status == 200, body
    return json.loads(body)["totals"]


def raw_peak_day(portal, demo) -> dict:
    """Counted straight from the rows that the phones sent."""
    live = """FROM services_help_assistancelog log JOIN services_help_session s ON s.id = log.session_id
        WHERE s.day = ? AND NOT EXISTS (SELECT 1 FROM services_help_void v WHERE v.target IN (log.id, s.id))"""
    with sqlite3.connect(f"file:{portal.var / 'xungkichso.sqlite3'}?mode=ro", uri=True) as database:
        people, turns, sessions = database.execute(
            "SELECT SUM(CASE WHEN log.same_visit THEN 0 ELSE log.people END), SUM(log.people), COUNT(DISTINCT s.id) "
            + live,
            [demo["peak_day"]],
        ).fetchone()
    database.close()
    return {"people": people, "service_turns": turns, "sessions": sessions}


def test_doors_are_open(portal, demo):
    assert portal.get("/healthz")[0] == 200
    assert portal.get("/readyz")[0] == 200
    for path in ("/", "/login/", "/api/v1/docs/"):
        assert portal.get(path)[0] == 200, path
    assert demo["url"].endswith(f":{portal.port}")


def test_figures_of_the_peak_day_equal_the_raw_logs(portal, demo):
    raw = raw_peak_day(portal, demo)
    assert raw["people"] > 0
    assert peak_day(portal, demo, demo["units"]["city"]) == raw


def test_manage_beside_the_portal_needs_no_environment(portal):
    done = portal.manage("verify_tallies")
    assert done.returncode == 0, done.stderr


def test_killed_worker_comes_back_and_nothing_is_lost(portal, demo):
    before = peak_day(portal, demo, demo["units"]["city"])
    worker = portal.worker()
    os.kill(worker, signal.SIGKILL)
    portal.wait(lambda: "worker đã dừng" in portal.output.read_text())
    portal.wait(lambda: came_back(portal, worker))
    assert portal.manage("replay_day").returncode == 0  # every phone sends its day again
    assert portal.manage("verify_tallies", "--wait", "60").returncode == 0
    assert peak_day(portal, demo, demo["units"]["city"]) == before


def came_back(portal, old: int) -> bool:
    try:
        return portal.worker() != old
    except (ValueError, OSError):
        return False


def test_kill_9_leaves_no_process_and_the_next_start_works(portal, demo):
    before = peak_day(portal, demo, demo["units"]["city"])
    portal.process.kill()
    portal.process.wait(10)
    deadline = time.monotonic() + 40
    while portal.processes() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert portal.processes() == []
    portal.start()
    again = json.loads((portal.var / "demo.json").read_text())
    assert again["tokens"] == demo["tokens"]
    assert peak_day(portal, demo, demo["units"]["city"]) == before


def test_term_stops_everything(portal):
    assert portal.stop() == 0
    assert portal.processes() == []
    assert "không còn tiến trình nào chạy" in portal.output.read_text()
