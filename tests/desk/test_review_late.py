"""What came after the lock, as a page: nothing is decided unless somebody ticks it, and no answer is the last one."""

import re

import pytest
from django.urls import reverse

from desk.office.trail import looks
from desk.review import late as lists
from desk.review.views import queue as views
from services_help.intake import receive
from services_help.models import Adjustment, AssistanceLog, LateEntry, Session
from services_help.review import decline_late
from teams.access import access_of_user
from tests.desk.test_review_locks import lock
from tests.desk.test_review_queue import told
from tests.factories import PEAK_DAY, local
from tests.services_help.intake_items import DEVICE, attendance_item, log_item, session_item, stocked

pytestmark = pytest.mark.django_db
LATE = reverse("review:late")
DECLINED = f"{LATE}?list=declined"


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


def send(world, *items) -> None:
    receive(list(items), device=DEVICE, access=access_of_user(world.leader))


@pytest.fixture
def late(world) -> list[LateEntry]:
    """A locked morning of the team, and what its phone sent of it afterwards."""
    stocked(world)
    opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
    send(world, opened)
    lock(world)
    send(world, log_item(opened, people=3), attendance_item(opened))
    return list(LateEntry.objects.order_by("pk"))


@pytest.fixture
def late_shift(world) -> dict:
    """A whole shift that came after the lock, with one line."""
    stocked(world)
    lock(world)
    opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
    send(world, opened, log_item(opened, people=3))
    return opened


def decide(client, entries, decision="accept", reason="Mất mạng", address=LATE, **more):
    said = {"entry": [each.pk for each in entries], "decision": decision, "reason": reason} | more
    return client.post(address, said, follow=True)


def decisions() -> list[str]:
    return list(LateEntry.objects.order_by("pk").values_list("decision", flat=True))


# --- the page ---------------------------------------------------------------------------------------------------------
def test_late_entries_are_told_in_words_by_session(city, world, late):
    (session,) = city.get(LATE).context["sessions"]
    assert (session.first.team, session.people, len(session.entries)) == (world.team, 3, 2)
    words = [told.text for told in session.entries]
    assert (words[0].endswith(" · 3 người"), words[1].startswith("Điểm danh: ")) == (True, True)


def test_whom_the_list_names_is_a_look(city, late, monkeypatch):
    """By an attendance that came late; lines name nobody."""
    sent: list[dict] = []
    monkeypatch.setattr(looks.current_app, "send_task", lambda _name, args: sent.extend(args[0]))
    city.get(DECLINED)
    assert sent == []
    city.get(LATE)
    assert [look["action"] for look in sent] == ["services_help.lateentry_seen"]


def test_nothing_is_ticked_before_somebody_ticks_it(city, late):
    page = city.get(LATE).text
    boxes = re.findall(r'<input type="checkbox"[^>]*>', page)
    assert (len(boxes), [box for box in boxes if "checked" in box]) == (3, [])  # two entries, and all of them


def test_queue_tells_how_many_are_late_as_far_as_they_are_counted(city, late, monkeypatch):
    def read() -> str:
        return city.get(reverse("review:queue")).text

    assert "2 mục đến sau khi khóa kỳ" in read()
    monkeypatch.setattr(views, "MOST_COUNTED", 1)
    assert "hơn 1 mục đến sau khi khóa kỳ" in read()


def test_pages_follow_each_other_without_gap_or_repeat(city, world, late, monkeypatch):
    monkeypatch.setattr(lists, "A_PAGE", 1)
    pages = [city.get(LATE, {"page": number}) for number in (1, 2)]
    assert [[told.entry for told in page.context["sessions"][0].entries] for page in pages] == [[late[0]], [late[1]]]
    # After a decision the reader stands where the reader was.
    address = f"{LATE}?page=2"
    assert decide(city, [late[1]], address=address).redirect_chain == [(address, 302)]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("listed", ["open", "declined"])
def test_late_entries_read_as_much_for_many_as_for_few(
    city, world, count, listed, no_writes, django_assert_num_queries
):
    stocked(world)
    lock(world)
    for _ in range(count):
        opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
        send(world, opened, log_item(opened))
    access = access_of_user(world.city_staff)
    decline_late(entries=LateEntry.objects.filter(kind="session"), reason="Không có ca này", access=access)
    if listed == "declined":
        decline_late(entries=LateEntry.objects.all(), reason="Không có ca này", access=access)
    with no_writes(), django_assert_num_queries(LATE_QUERIES[listed]):
        page = city.get(LATE, {"list": listed})
    assert [len(session.offered) for session in page.context["sessions"]] == [2] * count


# session and user, rights, two lists counted, page counted, rows, services, volunteers or the session that is needed
LATE_QUERIES = {"open": 10, "declined": 9}


def test_unit_staff_sees_what_is_late_and_leaves_the_decision_to_thanh_doan(client, world, late):
    client.force_login(world.unit_staff)
    page = client.get(LATE)
    assert (len(page.context["sessions"]), page.context["may_adjust"]) == (1, False)
    assert "checkbox" not in page.text
    assert client.post(LATE, {"entry": [late[0].pk], "decision": "accept", "reason": "x"}).status_code == 403
    client.force_login(world.bank_staff)
    assert client.get(LATE).context["sessions"] == []


# --- deciding ---------------------------------------------------------------------------------------------------------
def test_accepted_entries_count_by_an_adjustment(city, late):
    page = decide(city, late)
    assert (told(page), AssistanceLog.objects.get().people) == (["Đã nhận 2 mục vào số liệu."], 3)
    rows = city.get(reverse("review:adjustments")).context["page"]
    assert [(each.reason, each.lines.count()) for each in rows] == [("Mất mạng", 2)]


def test_all_of_a_session_are_chosen_by_one_box_without_javascript(city, late):
    form = {"whole": "1", "offered": [each.pk for each in late], "decision": "accept", "reason": "Mất mạng"}
    city.post(LATE, form)
    assert decisions() == ["accepted", "accepted"]


def test_what_came_after_the_page_was_shown_is_not_chosen_with_all_the_others(city, world, late):
    send(world, log_item({"id": str(late[0].session)}, people=9))
    form = {"whole": "1", "offered": [each.pk for each in late], "decision": "accept", "reason": "Mất mạng"}
    city.post(LATE, form)
    assert decisions() == ["accepted", "accepted", ""]


def test_refused_decision_shows_what_was_ticked_and_typed_again(city, late):
    page = decide(city, [late[0]], reason="  ")
    assert told(page) == ["Hãy ghi lý do điều chỉnh."]
    assert f'name="entry" value="{late[0].pk}" checked' in page.text
    assert f'name="entry" value="{late[1].pk}" checked' not in page.text
    page = decide(city, [late[0]], reason="Máy hết pin. " * 30)
    assert told(page) == ["Lời ghi dài 389 ký tự, chỉ giữ được 300. Hãy viết gọn lại."]
    assert 'value="Máy hết pin. ' in page.text
    assert (decisions(), Adjustment.objects.count()) == (["", ""], 0)


def test_nothing_chosen_is_nothing_decided(city, late):
    page = city.post(LATE, {"entry": ["x"], "decision": "accept", "reason": "Mất mạng"}, follow=True)
    assert told(page) == ["Chưa chọn mục nào, hoặc các mục đã được quyết định."]
    assert decisions() == ["", ""]


# --- and deciding otherwise -------------------------------------------------------------------------------------------
def test_declined_entries_stay_out_and_can_be_found_with_who_and_why(city, world, late):
    page = decide(city, [late[0]], "decline", "Ghi trùng sổ giấy")
    assert told(page) == ["Đã để 1 mục ngoài số liệu."]
    assert (decisions(), AssistanceLog.objects.count()) == (["declined", ""], 0)
    assert [each["count"] for each in page.context["lists"]] == [1, 1]
    assert len(city.get(LATE).context["sessions"][0].entries) == 1
    page = city.get(DECLINED)
    assert [told.entry for told in page.context["sessions"][0].entries] == [late[0]]
    assert f"{world.city_staff} không nhận lúc " in page.text
    assert "Ghi trùng sổ giấy" in page.text


def test_declined_entry_is_accepted_later_and_declined_no_second_time(city, late):
    decide(city, [late[0]], "decline", "Ghi trùng sổ giấy")
    page = decide(city, [late[0]], "decline", "Vẫn trùng", address=DECLINED)
    assert told(page) == ["Chưa chọn mục nào, hoặc các mục đã được quyết định."]
    page = decide(city, [late[0]], reason="Đã đối chiếu, không trùng", address=DECLINED)
    assert (told(page), page.redirect_chain) == (["Đã nhận 1 mục vào số liệu."], [(DECLINED, 302)])
    assert (decisions(), AssistanceLog.objects.get().people) == (["accepted", ""], 3)


def test_later_line_of_a_declined_session_is_accepted_together_with_it(city, world, late_shift):
    decide(city, LateEntry.objects.all(), "decline", "Không có ca này")
    send(world, log_item(late_shift, people=4))
    page = city.get(LATE)
    (session,) = page.context["sessions"]
    assert (session.needed.entry.kind, len(session.entries)) == ("session", 1)
    assert "Ca của các mục này cũng đến muộn và chưa được nhận." in page.text

    refused = decide(city, [session.entries[0].entry])
    assert told(refused)[0].endswith("Hãy nhận ca cùng với các mục của nó.")
    decide(city, [told.entry for told in session.offered])
    assert (Session.objects.get().state, AssistanceLog.objects.get().people) == ("locked", 4)
    assert decisions() == ["accepted", "declined", "accepted"]


def test_lines_on_a_later_page_come_with_the_session_that_they_need(city, late_shift, monkeypatch):
    monkeypatch.setattr(lists, "A_PAGE", 1)
    session, line = LateEntry.objects.order_by("pk")
    assert [told.entry for told in city.get(LATE, {"page": 2}).context["sessions"][0].offered] == [session, line]


def test_session_that_is_held_is_needed_by_nothing(city, late):
    assert [session.needed for session in city.get(LATE).context["sessions"]] == [None]


def test_numbers_of_entries_are_sent_as_they_are_in_every_language(city, late):
    LateEntry.objects.filter(pk=late[0].pk).update(id=12_345)
    city.cookies["xks_language"] = "en"
    assert 'name="entry" value="12345"' in city.get(LATE).text


@pytest.mark.parametrize("text", ["9" * 30, "9" * 5000, "x", ""])
def test_what_is_no_entry_is_none_and_no_error(client, world, text):
    client.force_login(world.city_staff)
    answer = client.post(
        reverse("review:late"), {"entry": text, "decision": "decline", "reason": "Ghi trùng"}, follow=True
    )
    assert (answer.status_code, "Chưa chọn mục nào" in answer.text) == (200, True)
