"""Every rule about one item: which value is refused, under which stable code, at which pointer, with which words."""

import datetime as dt
import hashlib
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone, translation

from services_help.intake import Status, receive
from services_help.intake.canonical import canonical, digest_of_item
from services_help.intake.items import CLOCK_AHEAD, parse
from services_help.intake.results import LABELS, MESSAGES
from services_help.models import AssistanceLog, Attendance, Receipt, Session, Void
from teams.access import access_of_user
from tests import factories
from tests.factories import PEAK_DAY, local
from tests.services_help.intake_items import DEVICE, attendance_item, log_item, new_id, session_item, void_item

NOW = dt.datetime(2026, 3, 26, 3, 0, tzinfo=dt.UTC)
SESSION = new_id()


def faults(item, now: dt.datetime = NOW) -> list[tuple[str, str]]:
    """(code, pointer) of what is wrong with an item in itself."""
    return [(fault.code, fault.pointer) for fault in parse(0, item, now).errors]


# --- shape ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("item", [session_item(), log_item(SESSION), attendance_item(SESSION), void_item(SESSION)])
def test_item_as_the_contract_says_has_no_fault(item):
    assert faults(item) == []


@pytest.mark.parametrize(
    ("item", "required"),
    [
        (session_item(), {"id", "team", "day", "started_at"}),
        (log_item(SESSION), {"id", "session", "service", "result", "people", "happened_at"}),
        (attendance_item(SESSION), {"id", "session", "volunteer"}),
        (void_item(SESSION), {"id", "target", "reason"}),
    ],
    ids=["session", "log", "attendance", "void"],
)
@pytest.mark.parametrize("empty", [None, "", "absent"])
def test_what_is_required_is_missed_by_name_and_the_rest_may_be_left_out(item, required, empty):
    for name in item.keys() - {"type"}:
        lacking = (
            {key: value for key, value in item.items() if key != name} if empty == "absent" else item | {name: empty}
        )

        assert faults(lacking) == ([("missing", f"/{name}")] if name in required else [])


def test_all_faults_of_an_item_are_told_at_once():
    assert faults(log_item("x", people=-1, result="?", happened_at="hôm qua")) == [
        ("bad_uuid", "/session"),
        ("bad_result", "/result"),
        ("out_of_range", "/people"),
        ("bad_time", "/happened_at"),
    ]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ([], ("wrong_type", "")),
        ({"id": new_id()}, ("missing", "/type")),
        ({"type": "photo", "id": new_id()}, ("unknown_type", "/type")),
        ({"type": 5, "id": new_id()}, ("unknown_type", "/type")),
        (log_item(SESSION, id=7), ("wrong_type", "/id")),
        (log_item(SESSION, id="{0190f0de-0000-7000-8000-00000000000}"), ("bad_uuid", "/id")),
        (log_item(SESSION, id="0190f0de000070008000000000000001"), ("bad_uuid", "/id")),
        (log_item(SESSION, citizen="Nguyễn Văn A"), ("unknown_field", "/citizen")),
        (log_item(SESSION, **{"a/b~c": 1}), ("unknown_field", "/a~1b~0c")),
        (log_item(SESSION, people=True), ("wrong_type", "/people")),
        (log_item(SESSION, people=1.0), ("wrong_type", "/people")),
        (log_item(SESSION, people="1"), ("wrong_type", "/people")),
        (log_item(SESSION, people=-1), ("out_of_range", "/people")),
        (log_item(SESSION, people=5001), ("out_of_range", "/people")),
        (log_item(SESSION, same_visit=1), ("wrong_type", "/same_visit")),
        (log_item(SESSION, quantity=-1, metric="HS_NOP"), ("out_of_range", "/quantity")),
        (log_item(SESSION, quantity=2**31, metric="HS_NOP"), ("out_of_range", "/quantity")),
        (log_item(SESSION, quantity=False, metric="HS_NOP"), ("wrong_type", "/quantity")),
        (log_item(SESSION, result="done"), ("bad_result", "/result")),
        (log_item(SESSION, result=["referred"]), ("wrong_type", "/result")),
        (log_item(SESSION, age_group="60"), ("bad_age_group", "/age_group")),
        (log_item(SESSION, channel="zalo"), ("bad_channel", "/channel")),
        (log_item(SESSION, service={}), ("wrong_type", "/service")),
        (log_item(SESSION, service="DVC\u0000"), ("bad_text", "/service")),
        (log_item(SESSION, service="D" * 41), ("too_long", "/service")),
        (log_item(SESSION, beneficiary="\ud800"), ("bad_text", "/beneficiary")),
        (log_item(SESSION, beneficiary="d" * 41), ("too_long", "/beneficiary")),
        (log_item(SESSION, happened_at="2023-03-26T08:15:00"), ("bad_time", "/happened_at")),
        (log_item(SESSION, happened_at="0001-01-01T00:00:00+14:00"), ("bad_time", "/happened_at")),
        (log_item(SESSION, happened_at=1679793300), ("wrong_type", "/happened_at")),
        (session_item(day="26/03/2023"), ("bad_date", "/day")),
        (session_item(day="2023-02-30"), ("bad_date", "/day")),
        (session_item(day="2023-W12-7"), ("bad_date", "/day")),
        (session_item(day=20230326), ("wrong_type", "/day")),
        (session_item(note="a" * 1001), ("too_long", "/note")),
        (attendance_item(SESSION, minutes=1441), ("out_of_range", "/minutes")),
        (void_item("log-1"), ("bad_uuid", "/target")),
        (void_item(SESSION, reason=" \n "), ("missing", "/reason")),
        (void_item(SESSION, reason="a" * 301), ("too_long", "/reason")),
    ],
)
def test_value_of_the_wrong_shape_is_refused_under_its_code(item, expected):
    assert faults(item) == [expected]


@pytest.mark.parametrize("people", [0, 5000])
def test_bounds_of_people_are_inclusive(people):
    assert faults(log_item(SESSION, people=people)) == []


# --- sense ------------------------------------------------------------------------------------------------------------
def test_time_may_be_as_far_ahead_as_a_wrong_zone_and_no_further():
    limit = NOW + CLOCK_AHEAD

    assert faults(log_item(SESSION, happened_at=limit.isoformat())) == []
    beyond = (limit + dt.timedelta(seconds=1)).isoformat()
    assert faults(log_item(SESSION, happened_at=beyond)) == [("in_the_future", "/happened_at")]


def test_times_before_2000_are_a_broken_clock():
    assert faults(log_item(SESSION, happened_at="1999-12-31T23:59:59Z")) == [("too_long_ago", "/happened_at")]
    assert faults(session_item(day="1999-12-31")) == [("too_long_ago", "/day")]


def test_session_may_be_of_tomorrow_but_not_later():
    today = timezone.localdate(NOW)

    assert faults(session_item(day=(today + dt.timedelta(days=1)).isoformat())) == []
    assert faults(session_item(day=(today + dt.timedelta(days=2)).isoformat())) == [("in_the_future", "/day")]


def test_session_ends_after_it_starts_and_within_36_hours():
    start = local(PEAK_DAY, 7, 30)

    def ending(**after) -> list:
        return faults(session_item(ended_at=(start + dt.timedelta(**after)).isoformat()))

    assert ending(hours=0) == []
    assert ending(hours=36) == []
    assert ending(seconds=-1) == [("ends_before_start", "/ended_at")]
    assert ending(hours=36, seconds=1) == [("session_too_long", "/ended_at")]


@pytest.mark.parametrize(
    "text", ["gọi 0903 123 456", "CCCD 079123456789", "CMND 023456789", "an@example.com", "０９０３１２３４５６"]
)
def test_text_with_what_could_name_a_citizen_is_refused_in_words(text):
    for item, pointer in (
        (session_item(note=text), "/note"),
        (log_item(SESSION, beneficiary=text), "/beneficiary"),
        (void_item(SESSION, reason=text), "/reason"),
    ):
        (fault,) = parse(0, item, NOW).errors
        assert (fault.code, fault.pointer) == ("personal_data", pointer)
        assert "Cổng không lưu thông tin của người dân" in fault.detail


def test_note_with_dates_hours_and_counts_is_fine():
    assert faults(session_item(note="Ngày 26/03/2023, 07:30-11:30, 120 người, quầy 3")) == []


def test_quantity_and_metric_go_together():
    assert faults(log_item(SESSION, quantity=1)) == [("quantity_without_metric", "/metric")]
    assert faults(log_item(SESSION, metric="HS_NOP")) == [("quantity_without_metric", "/quantity")]


def test_same_visit_needs_a_person():
    assert faults(log_item(SESSION, same_visit=True, people=0)) == [("same_visit_without_people", "/people")]


# --- what the catalogue says ------------------------------------------------------------------------------------------
@pytest.fixture
def tell(world):
    """``tell(**fields)``: the faults of a log in a session of the peak day."""
    hs_nop, derived = factories.metric("HS_NOP"), factories.metric("LUOT", is_derived=True)
    factories.service("DVC-NOP", derived, hs_nop)
    factories.service("HTCQ-SH", factories.metric("SH"), for_citizens=False)
    factories.service("GTS-THE", valid_to=PEAK_DAY)
    factories.service("GTS-CU", valid_to=PEAK_DAY - dt.timedelta(days=1))
    factories.service("GTS-MOI", valid_from=PEAK_DAY + dt.timedelta(days=1))
    session = session_item()
    access = access_of_user(world.leader)
    receive([session], device=DEVICE, access=access)

    def tell_of(**fields):
        (result,) = receive([log_item(session, **fields)], device=DEVICE, access=access)
        assert (result.status == Status.STORED) == (not result.errors)
        return [(fault.code, fault.pointer) for fault in result.errors]

    return tell_of


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"service": "DVC-KHONG"}, [("unknown_service", "/service")]),
        ({"service": "DVC"}, [("service_is_group", "/service")]),
        ({"service": "GTS-THE"}, []),
        ({"service": "GTS-CU"}, [("service_not_valid_on_day", "/service")]),
        ({"service": "GTS-MOI"}, [("service_not_valid_on_day", "/service")]),
        ({"quantity": 1, "metric": "HS_NOP"}, []),
        ({"quantity": 1, "metric": "SH"}, [("bad_metric", "/metric")]),
        ({"quantity": 1, "metric": "LUOT"}, [("bad_metric", "/metric")]),
        ({"people": 0}, [("nothing_done", "/people")]),
        ({"people": 0, "quantity": 0, "metric": "HS_NOP"}, [("nothing_done", "/people")]),
        ({"people": 0, "quantity": 4, "metric": "HS_NOP"}, []),
        ({"people": 0, "service": "HTCQ-SH"}, []),
        ({"people": 0, "metric": "SH", "quantity": 1}, [("bad_metric", "/metric")]),
        ({"same_visit": True}, []),
    ],
)
def test_log_is_held_against_the_catalogue_of_the_day(tell, fields, expected):
    assert tell(**fields) == expected


# --- digest -----------------------------------------------------------------------------------------------------------
def test_digest_is_the_one_that_a_phone_computes():
    item = {
        "type": "session",
        "id": "0190F0DE-0000-7000-8000-0000000000AA",
        "team": "TO-TT",
        "day": "2023-03-26",
        "started_at": "2023-03-26T07:30:00.1239+07:00",
        "note": " Chợ  Ho\u0300a Bình ",
    }

    by_hand = (
        '{"day":"2023-03-26","ended_at":null,"id":"0190f0de-0000-7000-8000-0000000000aa","note":"Chợ Hòa Bình",'
        '"point":null,"started_at":"2023-03-26T00:30:00.123Z","team":"TO-TT","type":"session"}'
    )
    digest = parse(0, item, NOW).digest
    assert digest == hashlib.sha256(by_hand.encode()).hexdigest()
    document = (Path(settings.BASE_DIR) / "docs/sync.md").read_text()
    assert by_hand in document
    assert digest in document


def test_digest_holds_every_field(world):
    item = log_item(SESSION, quantity=2, metric="HS_NOP", age_group="60+", beneficiary="Tiểu thương")

    parsed = parse(0, item, NOW)

    content = json.loads(canonical({"type": parsed.kind, "id": parsed.id, **parsed.values}))
    assert content == item | {"happened_at": "2023-03-26T01:15:00.000Z"}


def test_digests_of_receipts_are_those_of_the_rows_held(world):
    factories.service("DVC-NOP", factories.metric("HS_NOP"))
    factories.volunteer("TNV-1", unit=world.tan_tuc)
    factories.point("CHO", unit=world.tan_tuc, area=factories.area())
    session = session_item(point="CHO", note="Đông người")
    log = log_item(session, quantity=2, metric="HS_NOP", age_group="60+", happened_at="2023-03-26T08:15:00.4567+07:00")
    closing = session | {"ended_at": local(PEAK_DAY, 11).isoformat()}
    items = [session, log, log_item(session), attendance_item(session, minutes=5), void_item(log), closing]
    receive(items, device=DEVICE, access=access_of_user(world.leader))

    assert dict(Receipt.objects.values_list("id", "digest")) == {row.pk: _digest_of_row(row) for row in _held_rows()}


def _held_rows():
    for model in (Session, AssistanceLog, Attendance, Void):
        yield from model.objects.all()


def _digest_of_row(row) -> str:
    def code(name):
        return getattr(getattr(row, name), "code", None)

    match row:
        case Session():
            fields = {"team": code("team"), "point": code("point"), "day": row.day, "note": row.note}
            return digest_of_item("session", row.pk, fields | {"started_at": row.started_at, "ended_at": row.ended_at})
        case AssistanceLog():
            fields = {"session": row.session_id, "service": code("service"), "metric": code("metric")}
            plain = ("result", "people", "same_visit", "quantity", "channel", "happened_at")
            fields |= {name: getattr(row, name) for name in plain}
            fields |= {"age_group": row.age_group or None, "beneficiary": row.beneficiary or None}
            return digest_of_item("log", row.pk, fields)
        case Attendance():
            fields = {"session": row.session_id, "volunteer": code("volunteer"), "minutes": row.minutes}
            return digest_of_item("attendance", row.pk, fields)
        case Void():
            return digest_of_item("void", row.pk, {"target": row.target, "reason": row.reason})


# --- words ------------------------------------------------------------------------------------------------------------
def test_every_code_is_in_the_document_for_makers_of_clients():
    text = (Path(settings.BASE_DIR) / "docs/sync.md").read_text()
    documented = set(re.findall(r"^\| `(\w+)` \|", text.split("## Errors of items")[1], re.M))

    assert documented == set(MESSAGES)


def test_messages_name_things_as_people_do():
    with translation.override("vi"):
        (fault,) = parse(0, log_item(SESSION, people=9999), NOW).errors
    assert fault.detail == "Số người phải từ 0 đến 5000. Hãy sửa rồi gửi lại."
    for name in LABELS.keys() - {""}:
        assert str(LABELS[name]) != name
