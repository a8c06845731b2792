"""What `make run` promises about its processes: they come back when they die, and none is left when it ends."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from scripts import supervisor as module
from scripts.supervisor import Child, Stopped, Supervisor

BASE = Path(__file__).resolve().parent.parent.parent
# A worker with a clock process of its own, both of which write their number down.
WORKER = """
    import os, sys, time
    pids = open(sys.argv[1], "a")
    if os.fork() == 0:
        print(os.getpid(), file=pids, flush=True)
        while True:
            time.sleep(1)
    print(os.getpid(), file=pids, flush=True)
    while True:
        time.sleep(1)
"""


def eventually(condition, seconds: float = 10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(said):
    watch = Supervisor(said.append)
    yield watch
    watch.stop()


@pytest.fixture
def pids_file(tmp_path):
    return tmp_path / "pids"


@pytest.fixture
def pids(pids_file):
    return lambda: [int(line) for line in pids_file.read_text().split()] if pids_file.exists() else []


def worker(pids_file, tmp_path, code=WORKER) -> Child:
    command = [sys.executable, "-c", textwrap.dedent(code), str(pids_file)]
    return Child("worker", command, dict(os.environ), tmp_path / "worker.log", patience=0.5)


def test_child_that_is_killed_comes_back_and_its_leftovers_are_gone(supervisor, said, pids_file, pids, tmp_path):
    child = supervisor.add(worker(pids_file, tmp_path))
    first = eventually(lambda: len(pids()) == 2 and pids())
    child.process.kill()
    assert supervisor.wait_for(lambda: len(pids()) == 4, seconds=10)
    assert [pid for pid in first if alive(pid)] == []
    assert all(alive(pid) for pid in pids()[2:])
    assert "worker đã dừng (mã -9)" in said[0]


def test_child_that_keeps_dying_waits_longer_each_time_and_is_given_up_as_not_ready(
    supervisor, said, pids_file, tmp_path
):
    child = supervisor.add(worker(pids_file, tmp_path, "print('cannot start', flush=True); raise SystemExit(3)"))
    start = time.monotonic()
    assert not supervisor.wait_for(lambda: False, seconds=60)
    assert time.monotonic() - start > 7  # 1 + 2 + 4 seconds between four deaths
    assert supervisor.hopeless == [child]
    assert child.tail().splitlines() == ["cannot start"] * 4


def test_stop_ends_children_last_started_first_and_leaves_nobody(supervisor, tmp_path, pids_file):
    order = tmp_path / "order"
    code = """
        import signal, sys, time
        def end(*_):
            print(sys.argv[2], file=open(sys.argv[1], "a")); sys.exit()
        signal.signal(signal.SIGTERM, end)
        print("ready", flush=True)
        while True:
            time.sleep(0.05)
    """
    for name in ("first", "second", "third"):
        command = [sys.executable, "-c", textwrap.dedent(code), str(order), name]
        child = supervisor.add(Child(name, command, dict(os.environ), tmp_path / f"{name}.log"))
        eventually(lambda child=child: "ready" in child.tail())
    running = [child.process.pid for child in supervisor.children]
    supervisor.stop()
    assert order.read_text().split() == ["third", "second", "first"]
    assert [pid for pid in running if alive(pid)] == []


def test_child_that_ignores_term_is_killed_when_patience_ends(supervisor, tmp_path, pids_file):
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    child = supervisor.add(worker(pids_file, tmp_path, code))
    eventually(lambda: "up" in child.tail())
    process = child.process
    supervisor.stop()
    assert process.returncode == -signal.SIGKILL


def test_step_returns_its_status_and_its_output(supervisor, tmp_path):
    with (tmp_path / "out").open("wb") as output:
        command = [sys.executable, "-c", "print('done'); raise SystemExit(4)"]
        assert supervisor.run_step(command, env=dict(os.environ), output=output) == 4
    assert (tmp_path / "out").read_text() == "done\n"


def test_stop_asked_during_a_step_ends_the_step(supervisor, pids_file, pids, tmp_path):
    supervisor.say = print
    child = worker(pids_file, tmp_path)
    supervisor.stop_asked = 1
    with pytest.raises(Stopped):
        supervisor.run_step(child.command, env=child.env)
    assert [pid for pid in pids() if alive(pid)] == []


def test_long_log_is_turned_over_at_the_start(tmp_path, pids_file, monkeypatch, supervisor):
    monkeypatch.setattr(module, "LOG_LIMIT", 10)
    (tmp_path / "worker.log").write_text("x" * 11)
    supervisor.add(worker(pids_file, tmp_path, "print('new')"))
    eventually(lambda: "new" in (tmp_path / "worker.log").read_text())
    assert (tmp_path / "worker.log.1").read_text() == "x" * 11


SUPERVISED = """
    import os, sys, time
    from pathlib import Path
    from scripts.supervisor import Child, Stopped, Supervisor
    watch = Supervisor(print, watched_parent=os.getppid() if len(sys.argv) > 3 else None)
    watch.catch_signals()
    watch.add(Child("worker", [sys.executable, "-c", sys.argv[1], sys.argv[2]], dict(os.environ),
                    Path(sys.argv[2] + ".log"), patience=0.5))
    try:
        while True:
            watch.tick()
            time.sleep(0.05)
    except Stopped:
        watch.stop()
        print("all stopped", flush=True)
"""
# The clock of this worker ends with it, as Celery's processes do.
TIDY_WORKER = "import os, sys, time\nprint(os.getpid(), file=open(sys.argv[1], 'a'), flush=True)\ntime.sleep(60)"


def supervised(pids_file, *more: str) -> subprocess.Popen:
    command = [sys.executable, "-c", textwrap.dedent(SUPERVISED), TIDY_WORKER, str(pids_file), *more]
    return subprocess.Popen(command, cwd=BASE, env={**os.environ, "PYTHONPATH": str(BASE)}, stdout=subprocess.PIPE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_the_supervisor_stops_everything(pids_file, pids, number):
    with supervised(pids_file) as process:
        (child,) = eventually(pids)
        process.send_signal(number)
        output, _ = process.communicate(timeout=10)
    assert output == b"all stopped\n"
    assert process.returncode == 0
    assert not alive(child)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_supervisor_killed_with_9_leaves_no_orphan(pids_file, pids):
    with supervised(pids_file) as process:
        (child,) = eventually(pids)
        process.kill()
    eventually(lambda: not alive(child))


def test_supervisor_started_by_make_ends_with_make(pids_file, pids):
    starter = textwrap.dedent("""
        import subprocess, sys, time
        subprocess.Popen(sys.argv[1:])
        time.sleep(60)
    """)
    inner = [sys.executable, "-c", textwrap.dedent(SUPERVISED), TIDY_WORKER, str(pids_file), "--stop-with-parent"]
    with subprocess.Popen(
        [sys.executable, "-c", starter, *inner],
        cwd=BASE,
        env={**os.environ, "PYTHONPATH": str(BASE)},
        stdout=subprocess.DEVNULL,
    ) as make:
        (child,) = eventually(pids)
        make.kill()
    eventually(lambda: not alive(child))
