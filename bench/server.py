"""Real parts for a benchmark: PostgreSQL and Redis, the portal under gunicorn, a Celery worker."""

import contextlib
import http.client
import os
import subprocess
import sys
import time

from tests.services import free_port

WAIT = 60


@contextlib.contextmanager
def process(*command: str):
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


@contextlib.contextmanager
def portal(*, workers: int = 2, threads: int = 4):
    """The portal under gunicorn with its worker; yields the port."""
    port = free_port()
    web = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", "-w", str(workers)]
    web += ["-k", "gthread", "--threads", str(threads), "--keep-alive", "30", "--log-level", "error"]
    worker = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", "1", "-l", "ERROR", "-B"]
    worker += ["-s", os.path.join(os.environ["VAR_DIR"], "beat")]
    with process(*web), process(*worker):
        wait_for(port)
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
