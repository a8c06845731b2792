"""Keeps processes alive: what dies is started again, and what was started never outlives its supervisor."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 5_000_000
SLOWEST_RESTART = 30.0
HEALTHY_AFTER = 60.0
HOPELESS_AFTER = 4  # deaths in a row
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Stopped(Exception):
    """Ctrl-C, TERM or the end of the parent: unwinds to the one place that stops everything."""


def die_with(parent: int) -> Callable[[], None]:
    """Runs in the new process: the kernel sends it TERM when the supervisor goes, even by kill -9."""

    def arrange() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it went before the kernel was told
                os._exit(1)

    return arrange


def spawn(command: list[str], *, env: dict[str, str], output=None, **options) -> subprocess.Popen:
    """A process in a session of its own: Ctrl-C reaches the supervisor only, which stops the rest in order."""
    return subprocess.Popen(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        start_new_session=True,
        preexec_fn=die_with(os.getpid()),  # noqa: PLW1509 - one thread, and no lock is taken in it
        **options,
    )


def kill_group(process: subprocess.Popen) -> None:
    """Ends what a process left behind: a killed worker's beat would otherwise tick on beside the next one's."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def end(process: subprocess.Popen, patience: float) -> None:
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
    kill_group(process)
    process.wait()


@dataclass
class Child:
    name: str
    command: list[str]
    env: dict[str, str]
    log: Path
    patience: float = 20.0  # seconds it gets to end its work
    process: subprocess.Popen | None = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float | None = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self.process = spawn(self.command, env=self.env, output=output)
        self.started_at, self.due_at = time.monotonic(), None

    def tail(self, lines: int = 15) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


@dataclass
class Supervisor:
    say: Callable[[str], None]
    watched_parent: int | None = None
    children: list[Child] = field(default_factory=list)
    stop_asked: int = 0

    def catch_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup stays nohup
                signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self.stop_asked += 1

    def add(self, child: Child) -> Child:
        child.start()
        self.children.append(child)
        return child

    def tick(self) -> None:
        """One turn of the watch: raises Stopped when it is time to go, starts again what has died."""
        orphaned = self.watched_parent is not None and os.getppid() != self.watched_parent
        if self.stop_asked or orphaned:
            raise Stopped
        for child in self.children:
            self._revive(child)

    def _revive(self, child: Child) -> None:
        now = time.monotonic()
        if child.due_at is not None:
            if now >= child.due_at:
                child.start()
            return
        if child.process is None or (status := child.process.poll()) is None:
            return
        kill_group(child.process)
        child.failures = 1 if now - child.started_at > HEALTHY_AFTER else child.failures + 1
        wait = min(2.0 ** (child.failures - 1), SLOWEST_RESTART)
        child.due_at = now + wait
        self.say(f"{child.name} đã dừng (mã {status}), chạy lại sau {wait:.0f} giây | {child.name} died, restarting")

    @property
    def hopeless(self) -> list[Child]:
        """Those that keep dying."""
        return [child for child in self.children if child.failures >= HOPELESS_AFTER]

    def wait_for(self, ready: Callable[[], bool], *, seconds: float) -> bool:
        """True as soon as `ready`; False when the time is over or when a child keeps dying."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.hopeless:
            self.tick()
            if ready():
                return True
            time.sleep(0.1)
        return False

    def run_step(self, command: list[str], *, env: dict[str, str], output=None) -> int:
        """Runs one command to its end, watching the children meanwhile. Returns its exit status."""
        process = spawn(command, env=env, output=output)
        try:
            while (status := process.poll()) is None:
                self.tick()
                time.sleep(0.05)
            return status
        finally:
            if process.poll() is None:
                end(process, 5)

    def stop(self) -> None:
        """Ends the children, last started first. A second Ctrl-C ends the patience."""
        asked = self.stop_asked
        for child in reversed(self.children):
            process, child.process, child.due_at = child.process, None, None
            if process is None:
                continue
            process.terminate()
            deadline = time.monotonic() + child.patience
            while process.poll() is None and time.monotonic() < deadline and self.stop_asked <= max(asked, 1):
                time.sleep(0.05)
            end(process, 0.1)
