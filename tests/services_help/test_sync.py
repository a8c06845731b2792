"""``POST /api/v1/sync/`` as other programs rely on it: the envelope, the limits, the answer and the ledger."""

import datetime as dt
import json

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from core import outbox
from core.dated import today
from core.models import Revision
from reports import tallies
from reports.models import DayTally
from services_help.intake.catalogue import catalogue
from services_help.models import AssistanceLog, Receipt, Session
from tests import factories
from tests.factories import PEAK_DAY, local
from tests.services_help.intake_items import (
    DEVICE,
    LEDGER,
    OTHER_DEVICE,
    SYNC,
    attendance_item,
    codes,
    digest_by_hand,
    ledger_by_hand,
    log_item,
    new_id,
    post,
    session_item,
    signed_in,
    statuses,
    stocked,
    void_item,
)


@pytest.fixture
def city(world):
    return stocked(world)


@pytest.fixture
def phone(city) -> APIClient:
    return signed_in(city.leader)


# --- the answer -------------------------------------------------------------------------------------------------------
def test_answer_has_the_shape_of_the_contract(phone):
    session = session_item()

    response = post(phone, [session, log_item(session, people=-1)])

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert body.keys() == {"received_at", "items"}
    assert dt.datetime.fromisoformat(body["received_at"]).utcoffset() == dt.timedelta(hours=7)
    stored, rejected = body["items"]
    assert stored == {"id": session["id"], "status": "stored", "digest": digest_by_hand(session), "errors": []}
    assert rejected.keys() == stored.keys()
    assert (rejected["status"], rejected["digest"]) == ("rejected", None)
    assert rejected["errors"] == [
        {
            "code": "out_of_range",
            "pointer": "/people",
            "detail": "Số người phải từ 0 đến 5000. Hãy sửa rồi gửi lại.",
        }
    ]


def test_answers_come_in_the_order_sent_and_each_item_stands_alone(phone):
    session = session_item()
    items = [log_item(session), {"type": "photo"}, session, None, void_item(new_id()), attendance_item(session)]

    response = post(phone, items)

    assert statuses(response) == ["stored", "rejected", "stored", "rejected", "stored", "stored"]
    assert [item["id"] for item in response.json()["items"]] == [item and item.get("id") for item in items]
    assert codes(response) == [[], ["unknown_type"], [], ["wrong_type"], [], []]


def test_digest_is_the_one_that_a_client_computes_from_the_document(phone):
    session = session_item(note=" Ho\u0300a   Bi\u0300nh ", ended_at="2023-03-26T11:30:00.9876+07:00")
    log = log_item(session, people=2, quantity=1, metric="HS_NOP", age_group="60+", beneficiary="Tiểu thương")
    items = [session, log, attendance_item(session, minutes=30), void_item(log)]

    response = post(phone, items)

    assert [item["digest"] for item in response.json()["items"]] == [digest_by_hand(item) for item in items]


def test_same_id_with_other_content_is_a_conflict_that_shows_both_digests(phone):
    session = session_item()
    log = log_item(session)
    post(phone, [session, log])
    changed = log | {"people": 2}

    (item,) = post(phone, [changed]).json()["items"]

    assert (item["status"], item["digest"]) == ("conflict", digest_by_hand(log))
    (error,) = item["errors"]
    assert (error["code"], error["pointer"]) == ("id_taken", "/id")
    assert (error["held"], error["sent"]) == (digest_by_hand(log), digest_by_hand(changed))
    assert AssistanceLog.objects.get().people == 1


def test_batch_again_is_replayed_with_the_same_receipts(phone):
    session = session_item()
    items = [session, log_item(session), attendance_item(session)]
    first = post(phone, items)

    again = post(phone, items[::-1])

    assert statuses(again) == ["replayed"] * 3
    assert [item["digest"] for item in again.json()["items"][::-1]] == [
        item["digest"] for item in first.json()["items"]
    ]


def test_codes_and_pointers_are_the_same_in_every_language(phone):
    items = [session_item("TO-LA"), log_item(new_id(), people=-1), void_item(new_id(), reason="0901 234 567")]

    told = [post(phone, items, **{"Accept-Language": language}).json()["items"] for language in ("vi", "en")]

    vi, en = ([[(error["code"], error["pointer"]) for error in item["errors"]] for item in answer] for answer in told)
    assert vi == en == [[("unknown_team", "/team")], [("out_of_range", "/people")], [("personal_data", "/reason")]]


def test_service_that_has_ended_is_refused_today_and_taken_for_the_peak_day_of_2023(phone):
    factories.service("GTS-THE", valid_to=dt.date(2024, 12, 31))
    now, then = session_item(day=today(), started_at=timezone.now().isoformat()), session_item()

    response = post(phone, [now, then, log_item(now, service="GTS-THE"), log_item(then, service="GTS-THE")])

    assert statuses(response) == ["stored", "stored", "rejected", "stored"]
    (error,) = response.json()["items"][2]["errors"]
    assert (error["code"], error["pointer"]) == ("service_not_valid_on_day", "/service")
    assert error["detail"] == (
        f"Dịch vụ “Dịch vụ GTS-THE” không còn hoặc chưa có vào ngày {today():%d/%m/%Y}. Hãy chọn dịch vụ khác."
    )


# --- figures ----------------------------------------------------------------------------------------------------------
def figures() -> dict:
    outbox.drain("tallies.stale")
    outbox.drain("voids.parked")
    names = ("people", "service_turns", "sessions", "volunteer_turns", "volunteer_minutes")
    assert list(tallies.drift()) == []
    return DayTally.objects.aggregate(**{name: Coalesce(Sum(name), 0) for name in names})


def test_no_way_of_sending_a_shift_again_changes_a_figure(phone):
    session = session_item()
    logs = [log_item(session, people=2), log_item(session), log_item(session, same_visit=True), log_item(session)]
    closing = session | {"ended_at": local(PEAK_DAY, 11, 30).isoformat()}
    shift = [session, attendance_item(session), *logs, void_item(logs[3]), closing]
    expected = {"people": 3, "service_turns": 4, "sessions": 1, "volunteer_turns": 1, "volunteer_minutes": 240}
    post(phone, shift)
    assert figures() == expected

    for way in (shift, shift[::-1], shift[3:] + shift[:3], shift + shift):
        assert {"stored", "conflict", "rejected"} & set(statuses(post(phone, way))) == set()
        assert figures() == expected
    for item in shift:
        post(phone, [item])
    assert figures() == expected


def test_session_closed_later_gives_its_volunteers_their_minutes(phone):
    session = session_item()
    post(phone, [session, attendance_item(session)])
    assert figures()["volunteer_minutes"] == 0

    assert statuses(post(phone, [session | {"ended_at": local(PEAK_DAY, 9).isoformat()}])) == ["stored"]
    assert figures()["volunteer_minutes"] == 90


def test_void_that_comes_before_its_target_keeps_it_out_of_the_figures(phone):
    session = session_item()
    log = log_item(session, people=5)
    post(phone, [session, void_item(log)])
    assert figures()["people"] == 0

    assert statuses(post(phone, [log])) == ["stored"]
    assert figures()["people"] == 0


# --- the envelope -----------------------------------------------------------------------------------------------------
def faults(response) -> list[tuple[str, str]]:
    assert response.headers["Content-Type"] == "application/problem+json"
    return [(error["code"], error["pointer"]) for error in response.json().get("errors", [])]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"items": []}, [("missing", "/device")]),
        ({}, [("missing", "/items")]),
        ({"device": "phone-1", "items": []}, [("bad_uuid", "/device")]),
        ({"device": 5, "items": []}, [("wrong_type", "/device")]),
        ({"device": str(DEVICE)}, [("missing", "/items")]),
        ({"device": str(DEVICE), "items": {}}, [("wrong_type", "/items")]),
        ({"device": str(DEVICE), "items": None}, [("missing", "/items")]),
        ([], [("wrong_type", "")]),
        ("batch", [("wrong_type", "")]),
        (None, [("wrong_type", "")]),
    ],
)
def test_batch_that_is_none_is_a_400_with_a_pointer(phone, body, expected):
    response = phone.post(SYNC, json.dumps(body), content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert faults(response) == expected


@pytest.mark.parametrize("text", ["{", '{"device": NaN}', "\ufeff{}", '{"a": "\\ud800"}', "[" * 5000])
def test_body_that_is_not_json_is_a_400(phone, text):
    response = phone.post(SYNC, text.encode("utf-8", "surrogatepass"), content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


def test_body_in_another_encoding_is_a_400(phone):
    response = phone.post(SYNC, '{"device": "Hòa"}'.encode("cp1252"), content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"])
def test_other_kinds_of_body_are_415(phone, content_type):
    response = phone.post(SYNC, "device=1", content_type=content_type)

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
    assert "application/json" in response.json()["detail"]


def test_500_items_are_taken_and_501_are_413_with_what_to_do(phone):
    session = session_item()
    post(phone, [session])
    logs = [log_item(session) for _ in range(501)]

    too_many = post(phone, logs)

    assert (too_many.status_code, too_many.json()["code"]) == (413, "too_large")
    assert too_many.json()["detail"] == "Một lần gửi tối đa 500 mục. Hãy chia nhỏ rồi gửi lại."
    assert not AssistanceLog.objects.exists()
    assert statuses(post(phone, logs[:500])) == ["stored"] * 500


@pytest.mark.parametrize(("size", "status"), [(1_000_000, 200), (1_000_001, 413)])
def test_body_of_a_megabyte_is_taken_and_a_byte_more_is_413(phone, size, status):
    body = json.dumps({"device": str(DEVICE), "items": []})

    response = phone.post(SYNC, body + " " * (size - len(body)), content_type="application/json")

    assert response.status_code == status
    if status == 413:
        assert response.json()["code"] == "too_large"
        assert response.json()["detail"] == "Một lần gửi tối đa 1 MB. Hãy chia nhỏ rồi gửi lại."


def test_parameter_on_the_address_is_refused(phone):
    response = phone.post(f"{SYNC}?dry_run=1", {"device": str(DEVICE), "items": []}, format="json")

    assert (response.status_code, response.json()["code"]) == (400, "invalid_parameter")


def test_reading_the_intake_is_405(phone):
    assert phone.get(SYNC).status_code == 405


def test_more_calls_than_allowed_are_429_with_a_time_to_wait(phone, monkeypatch):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "sync", "2/min")
    assert [post(phone, []).status_code for _ in range(2)] == [200, 200]

    response = post(phone, [session_item()])

    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert not Session.objects.exists()
    cache.clear()
    assert post(phone, []).status_code == 200


# --- ledger -----------------------------------------------------------------------------------------------------------
def ledger(client, device=DEVICE, day=PEAK_DAY):
    return client.get(LEDGER, {"device": str(device), "day": str(day)})


def test_ledger_is_what_the_client_computes_over_its_own_items(phone):
    session = session_item()
    closing = session | {"ended_at": local(PEAK_DAY, 11).isoformat(), "note": "Xong"}
    log = log_item(session)
    others = [log, log_item(session, people=3), attendance_item(session), void_item(log)]
    elsewhere = session_item(day=PEAK_DAY - dt.timedelta(days=1))
    post(phone, [session, closing, *others, elsewhere, log_item(elsewhere)])
    post(phone, [session_item()], device=OTHER_DEVICE)

    response = ledger(phone)

    assert response.json() == {
        "device": str(DEVICE),
        "day": "2023-03-26",
        "count": 5,
        "digest": ledger_by_hand([closing, *others]),
        "kinds": {"session": 1, "log": 2, "attendance": 1, "void": 1},
    }
    assert response.headers["Cache-Control"] == "private, no-store"


def test_ledger_of_nothing_is_the_digest_of_an_empty_list(phone):
    assert ledger(phone).json() == {
        "device": str(DEVICE),
        "day": "2023-03-26",
        "count": 0,
        "digest": ledger_by_hand([]),
        "kinds": {"session": 0, "log": 0, "attendance": 0, "void": 0},
    }


def test_what_is_missing_on_the_server_shows_and_sending_all_again_mends_it(phone):
    session = session_item()
    logs = [log_item(session) for _ in range(3)]
    mine = [session, *logs]
    post(phone, [session, *logs[:2]])
    assert ledger(phone).json()["digest"] != ledger_by_hand(mine)

    assert statuses(post(phone, mine)) == ["replayed"] * 3 + ["stored"]
    assert ledger(phone).json()["digest"] == ledger_by_hand(mine)


def test_void_that_came_first_counts_on_the_day_of_its_target_once_that_is_there(phone):
    session = session_item()
    log = log_item(session)
    void = void_item(log)
    post(phone, [session, void])
    assert ledger(phone).json()["count"] == 1

    post(phone, [log])

    assert ledger(phone).json()["digest"] == ledger_by_hand([session, log, void])


def test_ledger_shows_only_what_the_caller_may_record(phone, city):
    mine, other = session_item(), session_item("TO-NH")
    post(phone, [mine])
    post(signed_in(city.leader_bank), [other, log_item(other), void_item(other), void_item(new_id())])

    assert ledger(phone).json()["digest"] == ledger_by_hand([mine])
    assert ledger(signed_in(city.city_staff)).json()["count"] == 4


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"day": "2023-03-26"}, ("device", "missing")),
        ({"device": str(DEVICE)}, ("day", "missing")),
        ({"device": "x", "day": "2023-03-26"}, ("device", "bad_uuid")),
        ({"device": str(DEVICE), "day": "26/03/2023"}, ("day", "bad_date")),
        ({"device": str(DEVICE), "day": "2023-03-26", "team": "TO-TT"}, ("team", "unknown_parameter")),
    ],
)
def test_ledger_names_the_faulty_parameter(phone, query, expected):
    response = phone.get(LEDGER, query)

    assert (response.status_code, response.json()["code"]) == (400, "invalid_parameter")
    assert [(error["parameter"], error["code"]) for error in response.json()["errors"]] == [expected]


@pytest.mark.parametrize("count", [1, 3])
def test_ledger_takes_the_same_number_of_queries(phone, django_assert_num_queries, count):
    session = session_item()
    post(phone, [session, *(log_item(session) for _ in range(count)), *(void_item(new_id()) for _ in range(count))])

    with django_assert_num_queries(5):  # user, rights, roots, items, voids
        assert ledger(phone).json()["count"] == 1 + count


# --- what it costs ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3, 50])
def test_batch_over_http_takes_the_same_number_of_queries(phone, django_assert_num_queries, count):
    session = session_item()
    items = [session, attendance_item(session), *(log_item(session, metric="HS_NOP", quantity=1) for _ in range(count))]

    Revision.bump("catalogue")
    catalogue()

    with django_assert_num_queries(17):
        response = post(phone, items)
    assert statuses(response) == ["stored"] * len(items)
    assert Receipt.objects.count() == len(items)


# --- the document -----------------------------------------------------------------------------------------------------
def test_openapi_document_tells_statuses_and_limits(client):
    document = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()

    operation = document["paths"][SYNC]["post"]
    assert operation["operationId"] == "sync"
    assert {"200", "400", "401", "403", "413", "415", "429"} <= operation["responses"].keys()
    for word in ("stored", "replayed", "conflict", "rejected", "500", "1 MB"):
        assert word in operation["description"]
    assert operation["security"] == [{"token": []}, {"session": []}]
    batch = document["components"]["schemas"]["SyncBatchRequest"]["properties"]
    assert batch["items"]["maxItems"] == 500
    assert document["components"]["schemas"]["SyncItemRequest"]["discriminator"]["propertyName"] == "type"


def test_document_for_makers_of_clients_names_the_limits():
    text = (settings.BASE_DIR / "docs/sync.md").read_text()
    assert "at most 500 items and 1 000 000 bytes" in text
