"""A worker that dies in the middle of its work, at a statement that the test chooses."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from django.db import connection

BASE = Path(__file__).resolve().parent.parent
SHOT = """
import os, signal, sys

import django

django.setup()

from django.db.backends.signals import connection_created

begins, work = sys.argv[1:]


def shoot(execute, sql, params, many, context):
    if sql.startswith(begins):
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)


# Of every thread.
connection_created.connect(lambda connection, **_others: connection.execute_wrappers.append(shoot), weak=False)
exec(work)
"""


class Killed(BaseException):
    """No code may catch it: it stands for kill -9."""


def dies_at(number: int):
    """The connection's ``number``-th statement from here is not carried out, and nothing after it.

    What is open is rolled back, as the database does for a client that died; in a test, to a savepoint.
    """
    left = number

    def wrapper(execute, sql, params, many, context):
        nonlocal left
        left -= 1
        if left < 0 and not sql.startswith("ROLLBACK TO"):
            raise Killed
        return execute(sql, params, many, context)

    return connection.execute_wrapper(wrapper)


def shot_before(begins: str, work: str) -> None:
    """A process of its own does ``work`` on what the test has committed, and is killed with -9 where it would send the
    first statement that ``begins`` so. Nothing of it runs on: no ``finally``, no rollback of its own."""
    server, _slash, _name = os.environ["DATABASE_URL"].rpartition("/")
    done = subprocess.run(
        [sys.executable, "-c", SHOT, begins, work],
        cwd=BASE,
        env=os.environ | {"DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}", "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:] or "it came to its end"
