"""Locks, late entries and adjustments as pages."""

import pytest
from django.urls import reverse

from core.dated import DAY
from desk.review.views import queue as views
from services_help.intake import receive
from services_help.models import Adjustment, AssistanceLog, LateEntry, PeriodLock
from services_help.review import approve, lock_period, void_locked
from teams.access import access_of_user
from tests import factories
from tests.desk.shifts import logged, shift
from tests.desk.test_review_queue import told
from tests.factories import PEAK_DAY, local
from tests.services_help.intake_items import DEVICE, attendance_item, log_item, session_item, stocked

pytestmark = pytest.mark.django_db
LOCKS, NEW = reverse("review:locks"), reverse("review:lock_new")
LATE, DECIDE = reverse("review:late"), reverse("review:late_decide")
DAYS = {"unit": "BC", "starts_on": PEAK_DAY.isoformat(), "ends_on": PEAK_DAY.isoformat(), "reason": "Chốt số tháng 3"}


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


def lock(world, **fields) -> PeriodLock:
    days = {"unit": world.city, "starts_on": PEAK_DAY, "ends_on": PEAK_DAY, "reason": "Chốt số"}
    return lock_period(**days | fields, access=access_of_user(world.city_staff), with_unreviewed=True)


@pytest.fixture
def late(world):
    """A locked morning of the team, and what its phone sent of it afterwards."""
    stocked(world)
    opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
    leader = access_of_user(world.leader)
    receive([opened], device=DEVICE, access=leader)
    lock(world)
    receive([log_item(opened, people=3), attendance_item(opened)], device=DEVICE, access=leader)
    return list(LateEntry.objects.order_by("pk"))


# --- locking ----------------------------------------------------------------------------------------------------------
def test_lock_is_shown_before_it_is_done(city, world):
    ready, waiting = shift(world.team), shift(world.team, start=10)
    shift(world.team_bank)
    factories.session(world.team)
    approve(sessions=[ready.pk], access=access_of_user(world.city_staff))
    preview = city.post(NEW, DAYS).context["preview"]
    assert (preview.approved, preview.waiting, preview.returned, preview.still_open) == (1, 1, 0, 1)
    assert PeriodLock.objects.count() == 0

    refused = city.post(NEW, DAYS | {"sure": preview.key})
    assert "Trong kỳ còn 2 ca chưa duyệt" in refused.context["form"].non_field_errors()[0]
    city.post(NEW, DAYS | {"sure": preview.key, "with_unreviewed": "1"})
    ready.refresh_from_db()
    waiting.refresh_from_db()
    assert (ready.state, waiting.state, waiting.is_locked) == ("locked", "provisional", True)


def test_days_that_were_changed_after_the_look_are_shown_again_and_not_locked(city, world):
    shown = city.post(NEW, DAYS).context["preview"].key
    again = city.post(NEW, DAYS | {"starts_on": (PEAK_DAY - DAY).isoformat(), "sure": shown})
    assert (again.status_code, again.context["preview"].key, PeriodLock.objects.count()) == (
        200,
        f"BC {PEAK_DAY - DAY} {PEAK_DAY}",
        0,
    )


def test_lock_is_lifted_with_a_reason_that_stays(city, world):
    made = lock(world)
    city.post(reverse("review:lock_lift", args=[made.pk]), {"reason": "Khóa nhầm ngày"})
    page = city.get(LOCKS)
    assert [(each.is_active, each.lift_reason) for each in page.context["page"]] == [(False, "Khóa nhầm ngày")]


@pytest.mark.parametrize("count", [1, 3])
def test_locks_read_as_much_for_many_as_for_few(client, world, count, no_writes, django_assert_num_queries):
    for back in range(count):
        day = PEAK_DAY - back * DAY
        lock(world, unit=world.binh_chanh, starts_on=day, ends_on=day)
    lock(world, unit=world.banks)
    client.force_login(world.unit_staff)
    with no_writes(), django_assert_num_queries(LOCK_QUERIES):
        page = client.get(LOCKS)
    assert ({each.unit for each in page.context["page"]}, page.context["may_lock"]) == ({world.binh_chanh}, False)
    assert client.get(NEW).status_code == 403


LOCK_QUERIES = 7


# --- late entries -----------------------------------------------------------------------------------------------------
def test_late_entries_are_told_in_words_by_session(city, world, late):
    (session,) = city.get(LATE).context["sessions"]
    assert (session.first.team, session.people, len(session.entries)) == (world.team, 3, 2)
    texts = [told.text for told in session.entries]
    assert (texts[0].endswith(" · 3 người"), texts[1].startswith("Điểm danh: ")) == (True, True)


def test_queue_tells_how_many_are_late_as_far_as_they_are_counted(city, late, monkeypatch):
    def read() -> str:
        return city.get(reverse("review:queue")).text

    assert "2 mục đến sau khi khóa kỳ" in read()
    monkeypatch.setattr(views, "MOST_COUNTED", 1)
    assert "hơn 1 mục đến sau khi khóa kỳ" in read()


def test_accepted_entries_count_by_an_adjustment(city, late):
    page = city.post(
        DECIDE, {"entry": [each.pk for each in late], "decision": "accept", "reason": "Mất mạng"}, follow=True
    )
    assert (told(page), AssistanceLog.objects.get().people) == (["Đã nhận 2 mục vào số liệu."], 3)
    rows = city.get(reverse("review:adjustments")).context["page"]
    assert [(each.reason, each.lines.count()) for each in rows] == [("Mất mạng", 2)]


def test_declined_entries_stay_out_and_stay_known(city, late):
    city.post(DECIDE, {"entry": [late[0].pk], "decision": "decline", "reason": "Ghi trùng sổ giấy"})
    late[0].refresh_from_db()
    assert (late[0].decision, late[0].reason, AssistanceLog.objects.count()) == ("declined", "Ghi trùng sổ giấy", 0)
    assert len(city.get(LATE).context["sessions"][0].entries) == 1


def test_decision_wants_a_reason_and_something_to_decide_about(city, late):
    page = city.post(DECIDE, {"entry": [late[0].pk], "decision": "accept"}, follow=True)
    assert told(page) == ["Hãy ghi lý do điều chỉnh."]
    page = city.post(DECIDE, {"entry": ["x"], "decision": "accept", "reason": "Mất mạng"}, follow=True)
    assert told(page) == ["Chưa chọn mục nào, hoặc các mục đã được quyết định."]
    assert Adjustment.objects.count() == 0


def test_unit_staff_sees_what_is_late_and_leaves_the_decision_to_thanh_doan(client, world, late):
    client.force_login(world.unit_staff)
    page = client.get(LATE)
    assert (len(page.context["sessions"]), page.context["may_adjust"]) == (1, False)
    assert client.post(DECIDE, {"entry": [late[0].pk], "decision": "accept", "reason": "x"}).status_code == 403
    client.force_login(world.bank_staff)
    assert client.get(LATE).context["sessions"] == []


@pytest.mark.parametrize("count", [1, 3])
def test_late_entries_read_as_much_for_many_as_for_few(city, world, count, no_writes, django_assert_num_queries):
    stocked(world)
    opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
    leader = access_of_user(world.leader)
    receive([opened], device=DEVICE, access=leader)
    lock(world)
    receive([log_item(opened) for _ in range(count)], device=DEVICE, access=leader)
    with no_writes(), django_assert_num_queries(LATE_QUERIES):
        page = city.get(LATE)
    assert len(page.context["sessions"][0].entries) == count


LATE_QUERIES = 5


# --- adjustments ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_adjustments_read_as_much_for_many_as_for_few(client, world, count, no_writes, django_assert_num_queries):
    own = [logged(shift(world.team, start=6 + place), 2)[0] for place in range(count)]
    theirs = logged(shift(world.team_bank), 2)
    lock(world)
    for line in AssistanceLog.objects.filter(pk__in=[each.pk for each in own + theirs]):
        void_locked(targets=[line], reason="Ghi trùng", access=access_of_user(world.city_staff))
    client.force_login(world.unit_staff)
    with no_writes(), django_assert_num_queries(ADJUSTMENT_QUERIES):
        page = client.get(reverse("review:adjustments"))
    assert {each.session_id for each in page.context["page"]} == {line.session_id for line in own}


ADJUSTMENT_QUERIES = 7
