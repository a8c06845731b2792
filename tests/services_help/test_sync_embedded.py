"""The intake's main path on the embedded default: SQLite and Valkey, without a server on the machine."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict:
    var = tmp_path_factory.mktemp("embedded") / "var"
    env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.services_help.sync_embedded"],
        cwd=settings.BASE_DIR,
        env=env | {"VAR_DIR": str(var)},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_it_runs_on_sqlite_and_its_own_valkey(told):
    assert told["database"] == "sqlite"
    assert told["cache"].startswith("unix://")


def test_batch_is_stored_then_replayed_and_changed_content_is_a_conflict(told):
    assert told["first"] == ["stored"] * 7 + ["rejected"]
    assert told["again"] == ["rejected"] + ["replayed"] * 7
    assert told["by_key"] == ["replayed"] * 7 + ["rejected"]
    assert told["changed"] == ["conflict"]


def test_two_connections_at_once_store_each_item_once(told):
    assert told["at_once"] == [["replayed"] * 20, ["stored"] * 20]
    assert (told["receipts"], told["logs"]) == (27, 24)


def test_tallies_are_right_after_the_drain(told):
    assert told["pending"] > 0
    assert told["left"] == 0
    assert told["figures"] == told["recount"] == [206, 206, 1, 1]
    assert told["drift"] == 0


def test_draft_that_is_set_going_after_the_work_counts_it(told):
    assert (told["planned"], told["drift_then"]) == (["NHAP"], 0)


def test_broker_and_cache_that_are_down_cost_no_item(told):
    assert told["without_valkey"] == [["stored"], ["replayed"]]
    assert told["people_then"] == 306
