"""Real parts for a benchmark: the portal under gunicorn, Celery workers, each in processes of their own."""

import contextlib
import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from scripts.supervisor import end, spawn
from tests.services import free_port

WAIT = 60


@contextlib.contextmanager
def process(*command: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen]:
    """Ends with us whatever happens, with all that it has started. What it says is shown when something goes wrong."""
    with tempfile.TemporaryFile() as log:
        running = spawn(list(command), env=environment or dict(os.environ), output=log)
        try:
            yield running
        except BaseException:
            log.seek(0)
            sys.stderr.buffer.write(log.read()[-5000:])
            raise
        finally:
            end(running, 20)


@contextlib.contextmanager
def web(environment: dict[str, str] | None = None, *, workers: int = 2, threads: int = 4) -> Iterator[int]:
    """The portal under gunicorn, set up as in production; yields the port."""
    port = free_port()
    wanted = {"BIND": f"127.0.0.1:{port}", "WEB_WORKERS": str(workers), "WEB_THREADS": str(threads)}
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "config.wsgi"]
    with process(*command, environment=(environment or dict(os.environ)) | wanted):
        wait_for(port)
        yield port


@contextlib.contextmanager
def worker(environment: dict[str, str] | None = None, *, concurrency: int = 1) -> Iterator[subprocess.Popen]:
    """A Celery worker with the clock inside. The clock keeps its schedule in memory: the file that it would write is
    no part of what is measured, and two clocks that open one at the same time refuse each other."""
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", str(concurrency), "-l", "ERROR"]
    command += ["-B", "--scheduler", "celery.beat:Scheduler", "--without-gossip", "--without-mingle"]
    with process(*command, environment=environment) as running:
        yield running


@contextlib.contextmanager
def portal(environment: dict[str, str] | None = None, *, workers: int = 2, threads: int = 4) -> Iterator[int]:
    """The portal with its worker; yields the port."""
    with web(environment, workers=workers, threads=threads) as port, worker(environment):
        yield port


def wait_for(port: int) -> None:
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("cổng không khởi động được | the portal did not start")
