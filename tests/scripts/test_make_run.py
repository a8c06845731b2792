"""The whole portal on the embedded default, as `make run` starts it: real processes, real HTTP, SQLite and Valkey.

The slowest test of the suite, and the one that a newcomer's first minute depends on.
"""

import datetime as dt
import json
import os
import signal
import time
import uuid
from urllib.parse import urlencode

import pytest

from tests.scripts.portal import Portal
from tests.scripts.raw_logs import MEASURES, RawLogs

pytestmark = pytest.mark.e2e


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


def stats(portal, token: str, **query: str) -> dict:
    path = f"/api/v1/stats/?{urlencode({'measures': ','.join(MEASURES)} | query)}"
    status, body = portal.get(path, token)
    assert status == 200, body
    answer = json.loads(body)
    assert answer["next"] is None
    return answer


def raw_logs(portal, demo) -> RawLogs:
    day = dt.date.fromisoformat(demo["peak_day"])
    return RawLogs(portal.var / "xungkichso.sqlite3", day, day)


def city(portal, demo) -> dict[str, int]:
    """The city's figures of the peak day, as a REST client reads them."""
    day = demo["peak_day"]
    query = {"unit": demo["units"]["city"], "by": "unit", "depth": "self", "from": day, "to": day}
    return stats(portal, demo["tokens"]["stats_city"], **query)["totals"]


def test_doors_are_open(portal, demo):
    assert portal.get("/healthz")[0] == 200
    assert portal.get("/readyz")[0] == 200
    for path in ("/", "/login/", "/api/v1/docs/"):
        assert portal.get(path)[0] == 200, path
    assert demo["url"].endswith(f":{portal.port}")


@pytest.mark.parametrize("unit", ["TD", "HD-BC", "K-NH", "K-DCD", "CA-TP", "DHQG", "BC-VLB"])
def test_figures_of_a_unit_equal_the_raw_logs(portal, demo, unit):
    raw, day = raw_logs(portal, demo).by_unit(), demo["peak_day"]
    token = demo["tokens"]["stats_city"]
    own = stats(portal, token, by="unit", unit=unit, depth="self", **{"from": day, "to": day})
    assert [own["totals"], *own["rows"]] == [raw[unit], {"unit": unit, **raw[unit]}]
    assert raw[unit]["people"] > 0


def test_figures_of_every_unit_of_the_city_equal_the_raw_logs(portal, demo):
    raw, day = raw_logs(portal, demo), demo["peak_day"]
    answer = stats(portal, demo["tokens"]["stats_city"], by="unit", depth="descendants", **{"from": day, "to": day})
    assert {row.pop("unit"): row for row in answer["rows"]} == raw.by_home()
    assert answer["totals"] == raw.by_unit()[demo["units"]["city"]]


def test_figures_of_every_block_equal_the_raw_logs(portal, demo):
    day = demo["peak_day"]
    answer = stats(portal, demo["tokens"]["stats_city"], by="block", **{"from": day, "to": day})
    assert {row.pop("block"): row for row in answer["rows"]} == raw_logs(portal, demo).by_block()


def test_work_of_2023_stands_in_both_trees_with_one_total(portal, demo):
    """The reforms of 2025 are carried out: under the district then, under its communes now, the rest not placed."""
    query = {"by": "unit", "from": demo["peak_day"], "to": demo["peak_day"]}
    then, now = (stats(portal, demo["tokens"]["stats_city"], hierarchy=view, **query) for view in ("as_was", "as_is"))
    assert then["totals"] == now["totals"]
    assert "HD-BC" in {row["unit"] for row in then["rows"]}
    assert {"PX-27604", "PX-27637", None} <= {row["unit"] for row in now["rows"]}
    assert sum(row["people"] for row in now["rows"]) == now["totals"]["people"]


def test_key_of_a_unit_sees_that_unit_only(portal, demo):
    day, key = demo["peak_day"], demo["tokens"]["stats_unit"]
    raw = raw_logs(portal, demo).by_unit()[demo["units"]["binh_chanh"]]
    assert stats(portal, key, **{"from": day, "to": day})["totals"] == raw
    assert portal.get("/api/v1/stats/?unit=TD", key)[0] == 404
    assert portal.get("/api/v1/stats/?unit=K-NH", key)[0] == 404


def test_key_of_a_team_may_log_and_nothing_else(portal, demo):
    assert portal.get("/api/v1/stats/", demo["tokens"]["logs_team"])[0] == 403
    empty = {"device": str(uuid.uuid4()), "items": []}
    status, body = portal.get("/api/v1/sync/", demo["tokens"]["logs_team"], empty)
    assert (status, json.loads(body)["items"]) == (200, [])
    assert portal.get("/api/v1/sync/", demo["tokens"]["stats_city"], empty)[0] == 403


def test_manage_beside_the_portal_needs_no_environment(portal):
    done = portal.manage("verify_tallies")
    assert done.returncode == 0, done.stderr


def test_worker_killed_in_the_middle_of_a_replay_comes_back_and_nothing_is_lost(portal, demo):
    before, worker = city(portal, demo), portal.worker()
    # Another seed is another day of the same teams: new sessions, new logs, greater figures.
    command = ("replay_day", "--seed", "7", "--teams", "24", "--day", demo["peak_day"])
    replay = portal.manage_aside(*command)
    sessions = before["sessions"]
    portal.wait(lambda: len(raw_logs(portal, demo).sessions) > sessions + 6, seconds=120)
    os.kill(worker, signal.SIGKILL)
    assert replay.poll() is None, "the replay was over before the worker could be killed"
    assert replay.wait(240) == 0
    portal.wait(lambda: "worker đã dừng" in portal.output.read_text())
    portal.wait(lambda: came_back(portal, worker), seconds=60)
    verified = portal.manage("verify_tallies", "--wait", "120")
    assert verified.returncode == 0, verified.stderr
    after = city(portal, demo)
    assert after == raw_logs(portal, demo).by_unit()[demo["units"]["city"]]
    assert after["sessions"] == before["sessions"] + 2 * 24
    assert portal.manage(*command).returncode == 0  # every phone sends its day again
    assert city(portal, demo) == after


def came_back(portal, old: int) -> bool:
    try:
        return portal.worker() != old
    except (ValueError, OSError):
        return False


def test_kill_9_leaves_no_process_and_the_next_start_works(portal, demo):
    before = city(portal, demo)
    portal.process.kill()
    portal.process.wait(10)
    deadline = time.monotonic() + 40
    while portal.processes() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert portal.processes() == []
    portal.start()
    again = json.loads((portal.var / "demo.json").read_text())
    assert again["tokens"] == demo["tokens"]
    assert city(portal, demo) == before


def test_term_stops_everything(portal):
    assert portal.stop() == 0
    assert portal.processes() == []
    assert "không còn tiến trình nào chạy" in portal.output.read_text()
