"""The embedded default: the same tests on SQLite, and the commands as an operator runs them on a database file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = [
    ["test_engine", "test_engine_worlds", "test_tallies", "test_api", "test_moment"],
    ["test_events", "test_proof", "test_proof_jobs", "test_rebuild"],
]
BASE = Path(__file__).resolve().parent.parent.parent
FILL_AND_SPOIL = """
from django.core.management import call_command
from reports.models import DayTally
from reports.tallies import rebuild
from tests import factories
call_command("migrate", verbosity=0)
world = factories.small_city()
factories.log(factories.session(world.team), factories.service(), people=3)
rebuild()
DayTally.objects.update(people=7)
"""


@pytest.fixture
def embedded(tmp_path):
    """The environment of a portal without a database server, in a folder of its own."""
    (tmp_path / "static").mkdir()
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"VAR_DIR": str(tmp_path)}


def run(*command, env) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *command], cwd=BASE, env=env, capture_output=True, text=True, check=False, timeout=600
    )


def manage(*arguments, env) -> subprocess.CompletedProcess:
    return run("manage.py", *arguments, env=env)


@pytest.mark.parametrize("modules", MODULES, ids=["figures", "proof"])
def test_statistics_hold_on_sqlite_too(embedded, modules):
    """Without our plugin, which would bring PostgreSQL. Threads cannot share the database in memory that tests use."""
    done = run(
        *(
            "-m",
            "pytest",
            "-o",
            "addopts=",
            "-p",
            "no:cacheprovider",
            "-q",
            "-k",
            "not at_once_end and not over_several_connections",
        ),
        *[f"tests/reports/{name}.py" for name in modules],
        env=embedded,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_commands_prove_and_mend_the_tallies_of_a_database_in_a_file(embedded):
    assert manage("shell", "--verbosity", "0", "--command", FILL_AND_SPOIL, env=embedded).stderr == ""
    assert (Path(embedded["VAR_DIR"]) / "xungkichso.sqlite3").stat().st_size > 0

    differing = manage("verify_tallies", "--wait", "0", env=embedded)
    assert differing.returncode == 1
    assert "lượt người: đang lưu 7, đếm lại 3" in differing.stdout
    assert "lệch ở 2 ô" in differing.stderr  # the day's cell, and the month's, which is not its sum any more

    rebuilt = manage("rebuild_tallies", env=embedded)
    assert (rebuilt.returncode, "Đã tính lại 1 lát số liệu" in rebuilt.stdout) == (0, True)
    equal = manage("verify_tallies", "--wait", "0", env=embedded)
    assert (equal.returncode, equal.stdout.startswith("Khớp")) == (0, True)
