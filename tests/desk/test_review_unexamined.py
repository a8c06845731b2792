"""Many are approved at once only where the rules have looked; what is found afterwards is not lost to sight."""

import pytest
from django.urls import reverse
from django.utils import timezone

from core.dated import DAY, today
from desk.outliers.examining import examine_what_changed, look_again
from reports import tallies
from reports.tallies.slices import Slice
from services_help.models import Session
from services_help.review import approve, send_back
from teams.access import access_of_user
from tests.desk.shifts import logged, shift, staffed
from tests.desk.test_review_queue import CHOSEN, PLAIN, QUEUE, flag, shown, states, tick, ticks, told
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
LATER = "Chưa rà soát xong dấu hiệu. Hãy thử lại sau ít phút."


@pytest.fixture
def staff(client, world):
    client.force_login(world.unit_staff)
    return client


def counted(*sessions: Session) -> None:
    """Their figures stand in the feed that the rules follow."""
    tallies.refresh({Slice(session.day, session.team_id) for session in sessions})


@pytest.fixture
def closed(world) -> tuple[Session, Session]:
    """One that the rules have looked at, and one that will stand out once they do: 500 turns of one volunteer."""
    plain, fast = shift(world.team), shift(world.team_vinh_loc)
    logged(plain, 3)
    counted(plain)
    examine_what_changed()
    staffed(fast, 1)
    logged(fast, 499, 1)
    counted(fast)
    return plain, fast


# --- approving many ---------------------------------------------------------------------------------------------------
def test_all_without_a_flag_are_those_that_the_rules_have_looked_at(staff, closed):
    plain, fast = closed
    asked = staff.post(PLAIN)
    assert (asked.context["count"], asked.context["left"]) == (1, 1)
    assert "1 ca chưa được rà soát dấu hiệu, thử lại sau ít phút." in asked.text
    page = staff.post(PLAIN, {"sure": "1", "shown": asked.context["shown"]}, follow=True)
    assert (states(plain, fast), told(page)) == (["approved", "provisional"], ["Đã duyệt 1 ca."])

    examine_what_changed()
    assert shown(staff.get(QUEUE, {"tab": "flagged"})) == [fast]
    assert "Không có ca nào để duyệt chung" in staff.post(PLAIN).text


def test_where_none_has_been_looked_at_the_page_says_so_and_offers_another_look(staff, world):
    session = shift(world.team)
    counted(session)
    page = staff.post(PLAIN)
    assert "1 ca chưa được rà soát dấu hiệu" in page.text
    assert ("Thử lại" in page.text, "Không có ca nào để duyệt chung" in page.text) == (True, False)


def test_what_the_rules_go_back_to_between_two_presses_is_left_and_named(staff, closed):
    plain, _fast = closed
    asked = staff.post(PLAIN)
    look_again(plain.started_at)
    page = staff.post(PLAIN, {"sure": "1", "shown": asked.context["shown"]}, follow=True)
    assert (states(plain), told(page)[0].startswith(f"1 ca chưa duyệt được: {LATER} <a href=")) == (
        ["provisional"],
        True,
    )


def test_what_changed_between_two_presses_is_left_out_for_that(staff, closed):
    plain, _fast = closed
    asked = staff.post(PLAIN)
    logged(plain, 1)
    counted(plain)
    page = staff.post(PLAIN, {"sure": "1", "shown": asked.context["shown"]}, follow=True)
    assert (states(plain), "Ca vừa nhận thêm dữ liệu" in told(page)[0]) == (["provisional"], True)


def test_chosen_session_that_no_rule_has_looked_at_is_left_and_named(staff, closed):
    plain, fast = closed
    page = staff.get(QUEUE)
    assert [row.is_unexamined for row in page.context["rows"]] == [False, True]
    assert page.text.count("Chưa rà soát dấu hiệu") == 1
    page = staff.post(CHOSEN, {"session": ticks(page)}, follow=True)
    assert states(plain, fast) == ["approved", "provisional"]
    done, left = told(page)
    assert (done, left.startswith(f"1 ca chưa duyệt được: {LATER} <a href=")) == ("Đã duyệt 1 ca.", True)

    examine_what_changed()
    asked = staff.post(CHOSEN, {"session": [tick(fast)]})
    assert [row.session for row in asked.context["rows"]] == [fast]


def test_named_session_has_been_looked_at_whatever_is_counted_meanwhile(staff, world, closed):
    """Approving one of the team has its figures counted again, and with them those of the one that is named next."""
    _plain, fast = closed
    other = shift(world.team_vinh_loc, start=14)
    counted(other)
    examine_what_changed()
    asked = staff.post(CHOSEN, {"session": [tick(fast), tick(other)]})
    assert [row.session for row in asked.context["rows"]] == [fast]
    staff.post(CHOSEN, {"session": ticks(asked), "named": [fast.pk], "named_page": "1"})
    assert states(fast, other) == ["approved", "approved"]


def test_session_that_somebody_else_has_approved_is_not_said_to_be_unexamined(staff, world, closed):
    plain, _fast = closed
    ticked = tick(plain)
    approve(sessions=[plain.pk], access=access_of_user(world.city_staff))
    assert LATER not in "".join(told(staff.post(CHOSEN, {"session": [ticked]}, follow=True)))


# --- found afterwards -------------------------------------------------------------------------------------------------
def test_what_is_found_after_the_approval_has_a_list_of_its_own(staff, world):
    late, early = shift(world.team), shift(world.team, start=14)
    approve(sessions=[late.pk, early.pk], access=access_of_user(world.unit_staff))
    flag(late)
    page = staff.get(QUEUE, {"tab": "approved_flagged"})
    assert (shown(page), page.context["can_approve"]) == ([late], False)
    counts = {tab["name"]: tab["count"] for tab in page.context["tabs"]}
    assert (counts["approved_flagged"], counts["flagged"]) == ("1", "0")


def test_lock_shows_first_how_many_approved_sessions_still_stand_out_and_which(client, world):
    late, early = shift(world.team), shift(world.team, start=14)
    approve(sessions=[late.pk, early.pk], access=access_of_user(world.city_staff))
    flag(late)
    flag(early, settled_at=timezone.now(), settled_by=world.city_staff, note="Đã gọi đội")
    flag(shift(world.team_vinh_loc))
    client.force_login(world.city_staff)
    days = {"unit": "BC", "starts_on": PEAK_DAY.isoformat(), "ends_on": PEAK_DAY.isoformat(), "reason": "Chốt số"}
    page = client.post(reverse("review:lock_new"), days)
    preview = page.context["preview"]
    assert (preview.approved, preview.flagged) == (2, 1)
    assert "1 ca đã duyệt còn dấu hiệu chưa kiểm tra" in page.text
    address = f"{QUEUE}?tab=approved_flagged&amp;unit=BC&amp;first=2023-03-26&amp;last=2023-03-26"
    assert f'href="{address}"' in page.text
    assert shown(client.get(address.replace("&amp;", "&"))) == [late]


# --- never answered ---------------------------------------------------------------------------------------------------
def test_returned_session_that_nobody_answers_in_time_has_a_list_and_a_badge(staff, world):
    fresh, old = shift(world.team), shift(world.team_vinh_loc)
    for session in (fresh, old):
        send_back(session=session, reason="Thiếu điểm danh", access=access_of_user(world.unit_staff))
    Session.objects.filter(pk=old.pk).update(returned_at=timezone.now() - 4 * DAY)
    page = staff.get(QUEUE, {"tab": "unanswered"})
    (row,) = page.context["rows"]
    assert (row.session, row.due, row.is_overdue) == (old, today() - DAY, True)
    assert ("Hạn trả lời" in page.text, page.context["can_approve"]) == (True, False)
    rows = staff.get(QUEUE, {"tab": "returned"}).context["rows"]
    assert {row.session: (row.due, row.is_overdue) for row in rows} == {
        fresh: (today() + 3 * DAY, False),
        old: (today() - DAY, True),
    }
    counts = {tab["name"]: tab["count"] for tab in page.context["tabs"]}
    assert (counts["unanswered"], counts["returned"], counts["overdue"]) == ("1", "2", "0")
