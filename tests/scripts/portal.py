"""A portal as `make run` starts it, in a folder and on a port of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent


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
        self.wait(lambda: "Tài khoản mẫu" in self.output.read_text(), seconds=480)

    def wait(self, condition, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.1)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def get(self, path: str, token: str | None = None, body: dict | None = None) -> tuple[int, bytes]:
        """Status and content; with a ``body`` it is a POST."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        """As a person would type it beside the running portal: without any environment."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=BASE, env=self.env, capture_output=True, text=True, timeout=300)

    def manage_aside(self, *arguments: str) -> subprocess.Popen:
        """The same, while the test goes on."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.Popen(command, cwd=BASE, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

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
