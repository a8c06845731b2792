"""What the phones of the demo world send: the same at every call, plausible, and such that the portal can take it."""

import datetime as dt
import json
import random
import uuid
from collections import Counter

import pytest

from core.privacy import refuse_personal_data
from demo.replay.batches import batches_of
from demo.replay.catalogue import services
from demo.replay.items import NOTES, items_of_day
from demo.replay.ledger import ledger_of
from demo.world import plans
from demo.world.organisation import TEAMS, TeamSeed

TEAM_SEEDS = {team.code: team for team in TEAMS}
PRESENT = dt.date(2026, 11, 24)
DAYS = [plans.PEAK_DAY, *plans.QUIET_DAYS, PRESENT]


def shifts(team: TeamSeed, day: dt.date, *, seed: int = 2023, scale: float = 1.0) -> list[list[dict]]:
    return [[due.item for due in shift] for shift in items_of_day(team, day, seed=seed, scale=scale)]


def items(day: dt.date, **options) -> list[dict]:
    return [item for team in TEAMS for shift in shifts(team, day, **options) for item in shift]


@pytest.fixture(scope="module")
def peak():
    return items(plans.PEAK_DAY)


def test_same_day_gives_the_same_items_to_the_last_digit(peak):
    assert json.dumps(items(plans.PEAK_DAY)) == json.dumps(peak)


@pytest.mark.parametrize("other", [{"seed": 7}, {"scale": 0.5}])
def test_other_seed_or_scale_shares_no_id(peak, other):
    assert {item["id"] for item in peak}.isdisjoint(item["id"] for item in items(plans.PEAK_DAY, **other))


def test_peak_day_keeps_a_team_about_as_busy_as_a_peak_day_does(peak):
    # The city is sized for 55.000 turns of 354 teams: 155 a team.
    voided = {item["target"] for item in peak if item["type"] == "void"}
    logs = [item for item in peak if item["type"] == "log" and item["id"] not in voided]
    turns = sum(log["people"] for log in logs)
    assert 80 < turns / len(TEAMS) < 160


def test_every_id_is_a_version_7_and_belongs_to_one_item(peak):
    assert {uuid.UUID(item["id"]).version for item in peak} == {7}
    # A session is sent twice: opened, and closed under the same id.
    seen = Counter(item["id"] for item in peak)
    sessions = {item["id"] for item in peak if item["type"] == "session"}
    assert {id for id, times in seen.items() if times == 2} == sessions
    assert set(seen.values()) == {1, 2}


@pytest.mark.parametrize("day", DAYS)
def test_each_shift_opens_first_closes_last_and_holds_everything_between(day):
    for team in TEAMS:
        for shift in items_of_day(team, day, seed=2023, scale=1.0):
            opening, closing = shift[0].item, shift[-1].item
            assert (opening["type"], closing["type"]) == ("session", "session")
            assert closing["id"] == opening["id"]
            assert opening["ended_at"] is None
            assert opening["day"] == day.isoformat()
            opened, closed = (dt.datetime.fromisoformat(text) for text in (opening["started_at"], closing["ended_at"]))
            assert opened.date() == day
            assert opened < closed < opened + dt.timedelta(hours=6)
            happened = [due.at for due in shift]
            assert happened == sorted(happened)
            assert (happened[0], happened[-1]) == (opened, closed)


@pytest.mark.parametrize("day", DAYS)
def test_logs_name_services_of_the_day_and_metrics_of_the_service(day):
    for item in items(day):
        if item["type"] != "log":
            continue
        assert services()[item["service"]].is_valid_on(day), item["service"]
        assert (item["metric"] is None) == (item["quantity"] is None)
        assert item["people"] > 0 or item["quantity"] > 0
        assert not item["same_visit"] or item["people"] > 0


def test_unipass_is_a_service_of_the_peak_day_and_not_of_today(peak):
    assert "GTS-THE" in {item.get("service") for item in peak}
    assert "GTS-THE" not in {item.get("service") for item in items(PRESENT)}


def test_those_who_advise_agencies_may_help_nobody():
    logs = [item for shift in shifts(TEAM_SEEDS["HT-SH"], plans.PEAK_DAY) for item in shift if item["type"] == "log"]
    assert {(log["service"], log["people"], log["metric"]) for log in logs} == {("CQS-SH", 0, "SH")}


def test_every_undo_takes_back_a_log_of_its_own_shift(peak):
    for team in TEAMS:
        for shift in shifts(team, plans.PEAK_DAY):
            logs = {item["id"] for item in shift if item["type"] == "log"}
            assert {item["target"] for item in shift if item["type"] == "void"} <= logs


def test_somebody_is_at_work_at_any_hour_of_today():
    hours = {
        dt.datetime.fromisoformat(item["happened_at"]).hour
        for shift in shifts(TEAM_SEEDS["SV-04"], PRESENT)
        for item in shift
        if item["type"] == "log"
    }
    assert all(hours & around for around in ({0, 1, 2}, {8, 9, 10}, {12, 13, 14}, {20, 21, 22}))
    assert all(set(work) & {"SV-04"} for _campaign, work in plans.work_on(PRESENT))


def test_no_text_could_identify_a_citizen():
    for text in [*NOTES, "Bấm nhầm"]:
        refuse_personal_data(text)


# --- batches ---
def test_batches_hold_every_item_once_and_only_their_order_is_mixed():
    shift = shifts(TEAM_SEEDS["XK-BC-04"], plans.PEAK_DAY)[0]
    batches = batches_of(shift, random.Random(1))
    assert sorted(json.dumps(item) for batch in batches for item in batch.items) == sorted(map(json.dumps, shift))
    assert [item for batch in batches for item in batch.items] != shift
    assert not batches[0].late


def test_peak_day_has_batches_sent_twice_unanswered_and_late():
    batches = [
        batch
        for team in TEAMS
        for shift in shifts(team, plans.PEAK_DAY)
        for batch in batches_of(shift, random.Random(team.code))
    ]
    for fault in ("twice", "unanswered", "late"):
        assert 5 < sum(getattr(batch, fault) for batch in batches) < len(batches) / 5


# --- ledger ---
def test_ledger_is_the_one_that_the_documentation_works_out():
    opened = {
        "type": "session", "id": "0190f0de-0000-7000-8000-0000000000aa", "team": "TO-TT", "day": "2023-03-26",
        "point": None, "started_at": "2023-03-26T07:30:00.123+07:00", "ended_at": None, "note": "Chợ Hòa Bình",
    }  # fmt: skip
    # SHA-256 of [[id, digest]], with the digest of docs/sync.md.
    assert ledger_of([opened]) == (1, "2a16ae7df573fd869022812a80c8c0c56c249b47c1f16d4607ab7d0ab52a3867")


def test_ledger_counts_a_session_once_as_it_was_closed():
    shift = shifts(TEAM_SEEDS["XK-BC-04"], plans.PEAK_DAY)[0]
    closed = [item for item in shift if item != shift[0]]
    assert ledger_of(shift) == ledger_of(closed) == ledger_of(reversed(shift))
    assert ledger_of(shift).count == len(shift) - 1
    assert ledger_of(shift) != ledger_of(shift[:-1])
