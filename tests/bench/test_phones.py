"""What the phones of the burst send: all of it good, the same at each run, and known in advance to the id."""

import datetime as dt
from collections import Counter
from uuid import UUID

import orjson

from bench.burst import phones

DAY = dt.date(2026, 3, 26)
PLAN = phones.plan(400, 60.0, DAY, seed=1)


def items_of(phone: phones.Phone) -> list[dict]:
    return [item for call in phone.calls if not call.is_replay for item in orjson.loads(call.body)["items"]]


def test_one_seed_gives_one_burst():
    assert phones.plan(400, 60.0, DAY, seed=1) == PLAN
    assert phones.plan(400, 60.0, DAY, seed=2) != PLAN


def test_each_phone_is_a_device_of_its_own():
    assert len({orjson.loads(phone.calls[0].body)["device"] for phone in PLAN}) == 400


def test_each_phone_sends_a_closed_session_with_forty_logs():
    for phone in PLAN:
        items = items_of(phone)
        kinds = Counter(item["type"] for item in items)
        assert kinds["log"] == phones.LOGS
        assert 3 <= kinds["attendance"] <= 6
        assert [item["ended_at"] for item in items if item["type"] == "session"][-1] is not None


def test_ids_are_those_that_the_end_is_compared_with():
    for phone in PLAN:
        sent = {(item["type"], UUID(item["id"])) for item in items_of(phone)}
        assert sent == {(kind, id) for kind, ids in phone.ids.items() for id in ids}
        assert all(id.version == 7 for ids in phone.ids.values() for id in ids)


def test_some_phones_take_a_log_back_and_some_send_twice():
    with_void = [phone for phone in PLAN if phone.ids["void"]]
    twice = [phone for phone in PLAN if phone.calls[-1].is_replay]
    assert 1 <= len(with_void) <= 20
    assert 1 <= len(twice) <= 20
    assert {phone.turns for phone in with_void} == {phones.LOGS - 1}
    assert all(phone.calls[-1].body == phone.calls[-2].body for phone in twice)
