"""Whatever JSON comes in: an answer for each item, never a 5xx, and nothing that only the database would refuse."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services_help.models import Receipt
from tests.services_help.intake_items import (
    DEVICE,
    SYNC,
    attendance_item,
    log_item,
    new_id,
    session_item,
    signed_in,
    stocked,
    void_item,
)

SESSION, LOG = session_item(), log_item(new_id())
HELD = [SESSION, LOG | {"session": SESSION["id"]}]
# What a value may be instead of what it should be; the texts also hit codes, days and times that exist or nearly do.
TEXTS = [
    *("", " ", "\u0000", "\u200b", "Ho\u0300a", "x" * 41, "x" * 2000, "079203001234", "home", "60+"),
    *("TO-TT", "TO-NH", "DVC", "DVC-NOP", "HTCQ-SH", "HS_NOP", "SH", "LUOT", "TNV-1", SESSION["id"], LOG["id"]),
    *("2023-03-26", "2023-02-30", "9999-12-31", "0001-01-01", "24:00", "2023-03-26T07:30:00"),
    *("2023-03-26T07:30:00+07:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"),
]
PLAIN = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    PLAIN | WORDS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2)
)


@st.composite
def items(draw):
    """One that is right but for some of its fields, under a new id or one that is held; or no item at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(VALUES)
    makers = [session_item, lambda: log_item(SESSION), lambda: attendance_item(SESSION), lambda: void_item(LOG)]
    item = draw(st.sampled_from(makers))()
    if draw(st.integers(0, 3)) == 0:
        item["id"] = draw(st.sampled_from([SESSION["id"], LOG["id"], LOG["id"].upper()]))
    wrong = draw(st.dictionaries(st.sampled_from([*item, "citizen"]), VALUES, max_size=2))
    gone = draw(st.sets(st.sampled_from([*item]), max_size=1))
    return {name: value for name, value in (item | wrong).items() if name not in gone}


@pytest.fixture
def phone(world):
    stocked(world)
    client = signed_in(world.leader)
    answer = client.post(SYNC, {"device": str(DEVICE), "items": HELD}, format="json").json()
    assert [item["status"] for item in answer["items"]] == ["stored", "stored"]
    return client


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(batch=st.lists(items(), max_size=8))
def test_each_item_gets_an_answer_whatever_it_is(phone, batch):
    before = Receipt.objects.count()

    body = json.dumps({"device": str(DEVICE), "items": batch}, ensure_ascii=False)
    response = phone.post(SYNC, body.encode(), content_type="application/json")

    assert response.status_code == 200
    answers = response.json()["items"]
    assert len(answers) == len(batch)
    for item, answer in zip(batch, answers, strict=True):
        sent = item.get("id") if isinstance(item, dict) else None
        assert answer["id"] == (sent if isinstance(sent, str) else None)
        assert (answer["digest"] is None) == (answer["status"] == "rejected")
        assert bool(answer["errors"]) == (answer["status"] in ("rejected", "conflict"))
        assert all(error["detail"] and "%(" not in error["detail"] for error in answer["errors"])
        assert [error["code"] for error in answer["errors"] if error["code"] == "not_storable"] == []
    stored = {answer["id"].lower() for answer in answers if answer["status"] == "stored"}
    held = {SESSION["id"]}  # a closed session is stored again under its own id
    assert Receipt.objects.count() - before == len(stored - held)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=VALUES | st.fixed_dictionaries({}, optional={"device": VALUES, "items": VALUES, "more": VALUES}))
def test_any_other_body_is_answered_by_200_or_a_problem_that_says_where(phone, body):
    response = phone.post(SYNC, json.dumps(body, ensure_ascii=False).encode(), content_type="application/json")

    assert response.status_code in (200, 400)
    if response.status_code == 400:
        assert response.json()["errors"] or response.json()["code"] == "parse_error"
