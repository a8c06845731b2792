"""Shifts that staff sent back, on the leader's phone: what is asked for, the corrections, the answer; late entries."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.dated import DAY, today
from services_help import review
from services_help.models import LateEntry, ReviewKind, Session, SessionReview
from services_help.review import lock_period
from teams.access import access_of_user
from tests import factories
from tests.services_help.field_phone import Phone, in_shift, lines, stocked

pytestmark = pytest.mark.django_db
KIT = "/field/api/kit/"
REASON = "Ca này ghi 96 lượt trong một giờ, đội xem lại giúp"
TEXT = "Đội đã hủy hai lượt ghi nhầm"
KEPT = "Cổng đã giữ mục bạn gửi là mục đến muộn, chờ cán bộ xem xét."
STILL_KEPT = "1 mục đến muộn vì số liệu ngày này đã khóa. Cổng vẫn giữ đủ, chờ cán bộ xem xét."


@pytest.fixture
def world(world):
    return stocked(world)


def closed_shift(world, day: dt.date | None = None, team=None) -> Session:
    day = day or today() - DAY
    started = factories.local(day, 7, 30)
    return factories.session(team or world.team, day, started_at=started, ended_at=started + dt.timedelta(hours=4))


def send_back(world, session: Session, reason: str = REASON) -> Session:
    review.send_back(session=session, reason=reason, access=access_of_user(world.unit_staff))
    session.refresh_from_db()
    return session


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def returned(user) -> list[dict]:
    return signed_in(user).get(KIT).json()["returned"]


def answer(user, session: Session, returned_at: str, text: str = TEXT):
    address = reverse("field:api_answer", args=[session.pk])
    said = {"text": text, "returned_at": returned_at}
    return signed_in(user).post(address, said, content_type="application/json")


def steps(session: Session) -> list[tuple]:
    return list(SessionReview.objects.filter(session=session).order_by("pk").values_list("kind", "text", "by"))


# --- the kit ----------------------------------------------------------------------------------------------------------
def test_kit_has_the_shifts_that_wait_for_the_leader_and_what_is_asked_for(world):
    session = send_back(world, closed_shift(world))
    closed_shift(world)
    send_back(world, closed_shift(world, team=world.team_vinh_loc))
    [row] = returned(world.leader)
    assert dt.datetime.fromisoformat(row.pop("returned_at")) == session.returned_at
    assert row == {
        "id": str(session.pk),
        "team": world.team.code,
        "day": str(session.day),
        "point": None,
        "started_at": f"{session.day}T07:30:00+07:00",
        "ended_at": f"{session.day}T11:30:00+07:00",
        "note": "",
        "reason": REASON,
    }


def test_kit_asks_what_was_asked_last(world):
    session = send_back(world, closed_shift(world))
    answer(world.leader, session, session.returned_at.isoformat())
    send_back(world, session, "Còn thiếu điểm danh")
    assert [row["reason"] for row in returned(world.leader)] == ["Còn thiếu điểm danh"]


def test_kit_of_whom_looks_after_many_teams_has_none(world):
    for number in range(8):
        factories.team(f"TO-X{number}", unit=world.tan_tuc)
    send_back(world, closed_shift(world))
    assert returned(world.city_staff) == []
    found = signed_in(world.city_staff).get(f"{KIT}?team={world.team.code}").json()["returned"]
    assert [row["team"] for row in found] == [world.team.code]


@pytest.mark.parametrize("count", [1, 3])
def test_kit_costs_the_same_however_many_were_sent_back(world, count):
    for _number in range(count):
        send_back(world, closed_shift(world))
    client = signed_in(world.leader)
    client.get(KIT)
    with CaptureQueriesContext(connection) as queries:
        rows = client.get(KIT).json()["returned"]
    assert (len(rows), len(queries)) == (count, 13)


# --- the answer of the app --------------------------------------------------------------------------------------------
def test_answer_sends_the_shift_back_to_the_reviewers(world):
    session = send_back(world, closed_shift(world))
    said = answer(world.leader, session, returned(world.leader)[0]["returned_at"])
    assert (said.status_code, said.json()) == (200, {"status": "stored"})
    assert (returned(world.leader), Session.objects.awaiting_review().get()) == ([], session)
    assert steps(session) == [
        (ReviewKind.RETURNED, REASON, world.unit_staff.pk),
        (ReviewKind.ANSWERED, TEXT, world.leader.pk),
    ]


def test_answer_that_comes_twice_is_said_once(world):
    session = send_back(world, closed_shift(world))
    at = session.returned_at.isoformat()
    assert [answer(world.leader, session, at).status_code for _time in range(2)] == [200, 200]
    assert len(steps(session)) == 2


def test_answer_to_what_was_asked_before_is_none_to_what_is_asked_now(world):
    session = send_back(world, closed_shift(world))
    before = session.returned_at.isoformat()
    answer(world.leader, session, before)
    send_back(world, session, "Còn thiếu điểm danh")
    said = answer(world.leader, session, before, "Đội đông thật")
    assert (said.status_code, said.json()["code"]) == (409, "returned_anew")
    assert said.json()["detail"] == ("Cán bộ vừa gửi lại ca này với lời nhắn mới. Hãy đọc lời nhắn mới rồi trả lời.")
    assert [row["reason"] for row in returned(world.leader)] == ["Còn thiếu điểm danh"]


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [("Gọi bác Ba 0903 123 456", 400, "personal_data"), ("", 400, "invalid"), ("a" * 501, 400, "invalid")],
)
def test_answer_that_cannot_be_kept_is_refused_in_words(world, text, status, code):
    session = send_back(world, closed_shift(world))
    said = answer(world.leader, session, session.returned_at.isoformat(), text)
    assert (said.status_code, said.json()["code"]) == (status, code)
    assert len(steps(session)) == 1


def test_answer_about_the_shift_of_another_team_is_not_found(world):
    session = send_back(world, closed_shift(world, team=world.team_vinh_loc))
    assert answer(world.leader, session, session.returned_at.isoformat()).status_code == 404


# --- the pages without JavaScript -------------------------------------------------------------------------------------
def test_leader_is_led_from_the_first_page_to_the_reason_corrects_and_answers(world):
    session = closed_shift(world)
    factories.log(session, world.submit)
    send_back(world, session)
    phone = Phone(world.leader).open("/field/web/")
    assert REASON in phone.answer.text
    phone.tap("Xem và trả lời")
    assert (REASON in phone.answer.text, "Ca đã đóng" in phone.answer.text) == (True, False)

    phone.tap("Ghi bổ sung").tap("Nộp phí thử").tap("Hướng dẫn xong")
    assert sorted(line[0] for line in lines(session)) == ["THU-NOP", "THU-PHI"]
    # The tiles stay for the next one, and lead back to the answer.
    phone.tap("Nộp hồ sơ thử").tap("Hướng dẫn xong").tap("Hoàn tác")
    assert sorted(line[0] for line in lines(session)) == ["THU-NOP", "THU-PHI"]
    phone.open(reverse("field:session", args=[session.pk])).tap("Gửi trả lời", text=TEXT)
    assert "Đã gửi câu trả lời. Cán bộ sẽ xem lại ca này." in phone.answer.text
    assert steps(session)[-1] == (ReviewKind.ANSWERED, TEXT, world.leader.pk)
    assert "Xem và trả lời" not in phone.open("/field/web/").labels


def test_answer_that_is_refused_stays_in_the_form(world):
    session = send_back(world, closed_shift(world))
    phone = Phone(world.leader).open(reverse("field:session", args=[session.pk]))
    phone.tap("Gửi trả lời", text="Gọi 0903 123 456")
    assert "Nội dung này có số giống số điện thoại" in phone.answer.text
    phone.tap("Gửi trả lời", text="")
    assert "Hãy viết một câu trả lời ngắn." in phone.answer.text
    # Also from here the leader may correct first.
    phone.tap("Ghi bổ sung").tap("Trả lời").tap("Gửi trả lời", text=TEXT)
    assert steps(session)[-1] == (ReviewKind.ANSWERED, TEXT, world.leader.pk)


def test_shift_that_was_answered_or_never_sent_back_takes_no_more_tiles(world):
    session = closed_shift(world)
    phone = Phone(world.leader).open(reverse("field:session", args=[session.pk]) + "?bo-sung=1")
    assert "Ca đã đóng. Cảm ơn cả đội!" in phone.answer.text
    phone.open(reverse("field:log_record", args=[session.pk, "THU-NOP"]))
    assert "Ca này đã đóng nên không ghi thêm được." in phone.answer.text


def test_reading_what_was_sent_back_writes_nothing(world, no_writes):
    session = send_back(world, closed_shift(world))
    client = signed_in(world.leader)
    for address in (KIT, "/field/web/", reverse("field:session", args=[session.pk])):
        client.get(address)
        with no_writes():
            assert client.get(address).status_code == 200


# --- what comes after the lock ----------------------------------------------------------------------------------------
def lock(world, day: dt.date, unit=None) -> None:
    access = access_of_user(world.city_staff)
    lock_period(
        unit=unit or world.city, starts_on=day, ends_on=day, reason="Chốt số", access=access, with_unreviewed=True
    )


def test_line_that_comes_after_the_lock_is_said_to_be_late_and_never_to_be_lost(world):
    phone, session = in_shift(world)
    lock(world, today())
    phone.tap("Nộp hồ sơ thử").tap("Hướng dẫn xong")
    assert KEPT in phone.answer.text
    assert (lines(session), LateEntry.objects.open().count()) == ([], 1)
    # The page goes on saying so.
    phone.open(phone.path)
    assert (KEPT in phone.answer.text, STILL_KEPT in phone.answer.text) == (False, True)


def test_undo_that_comes_after_the_lock_is_not_said_to_have_happened(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap("Hướng dẫn xong")
    lock(world, today())
    phone.tap("Hoàn tác")
    assert (KEPT in phone.answer.text, "Đã hủy" in phone.answer.text) == (True, False)
    assert (len(lines(session)), LateEntry.objects.open().count()) == (1, 1)


def test_close_that_comes_after_the_lock_is_kept(world):
    phone, session = in_shift(world)
    lock(world, today())
    phone.tap("Đóng ca").tap("Đóng ca")
    assert (KEPT in phone.answer.text, STILL_KEPT in phone.answer.text) == (True, True)
    assert (Session.objects.get().ended_at, LateEntry.objects.open().get().session) == (None, session.pk)


def test_page_says_what_was_decided_of_late_entries(world):
    phone, session = in_shift(world)
    lock(world, today())
    for _time in range(3):
        phone.tap("Nộp hồ sơ thử").tap("Hướng dẫn xong")
    access = access_of_user(world.city_staff)
    first, second = LateEntry.objects.order_by("pk")[:2]
    review.accept_late(entries=[first], reason="Máy mất mạng", access=access)
    review.decline_late(entries=[second], reason="Ghi hai lần", access=access)
    phone.open(phone.path)
    for words in (
        "1 mục đến muộn đã được nhận vào số liệu.",
        "1 mục đến muộn không được nhận: Ghi hai lần",
        STILL_KEPT,
    ):
        assert words in phone.answer.text
    assert len(lines(session)) == 1


@pytest.mark.parametrize(("unit", "is_held"), [("city", True), ("tan_tuc", True), ("banks", False)])
def test_shift_of_a_locked_day_is_not_opened_and_the_leader_is_told(world, unit, is_held):
    phone = Phone(world.leader).open(reverse("field:session_open"))
    lock(world, today(), getattr(world, unit))
    phone.tap("Mở ca")
    assert ("Số liệu ngày này đã khóa nên không mở ca mới được." in phone.answer.text) == is_held
    assert (Session.objects.count(), LateEntry.objects.count()) == (0 if is_held else 1, 0)


def test_shift_whose_day_is_locked_in_the_same_moment_leads_to_no_page_that_is_not_there(world, monkeypatch):
    monkeypatch.setattr("services_help.field.views.home.is_day_locked", lambda _team, _day: False)
    phone = Phone(world.leader).open(reverse("field:session_open"))
    lock(world, today())
    phone.tap("Mở ca")
    assert (phone.path, KEPT in phone.answer.text) == ("/field/web/", True)
