"""One session on the table: the evidence beside it, and what is decided about it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from core.dated import DAY, today
from desk.review import evidence
from reports import tallies
from reports.tallies.slices import Slice
from services_help.models import Session, Void
from services_help.review import approve, lock_period, seen_of
from teams.access import access_of_user
from tests import factories
from tests.desk.shifts import logged, services, shift, staffed
from tests.desk.test_review_queue import flag, told
from tests.factories import PEAK_DAY
from tests.services_help.pictures import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client, world):
    client.force_login(world.unit_staff)
    return client


def url(name: str, session, *more) -> str:
    return reverse(f"review:{name}", args=[session.pk, *more])


def state(session) -> tuple[str, bool]:
    row = Session.objects.get(pk=session.pk)
    return row.state, row.returned_at is not None


# --- evidence ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_page_reads_as_much_for_many_lines_as_for_few(staff, world, count, no_writes, django_assert_num_queries):
    session = shift(world.team)
    logged(session, *[1] * count)
    staffed(session, count, minutes=60)
    flag(session)
    with no_writes(), django_assert_num_queries(QUERIES):
        page = staff.get(url("session", session))
    assert (page.context["lines"].paginator.count, page.context["people"].paginator.count) == (count, count)


QUERIES = 32


def test_a_session_of_a_thousand_people_is_shown_a_page_at_a_time(staff, world, django_assert_num_queries):
    session = shift(world.team)
    service = services(1)[0]
    logged(session, *[1] * 120, service=service)
    staffed(session, 60, minutes=60)
    flag(session)
    with django_assert_num_queries(QUERIES):
        page = staff.get(url("session", session), {"page": 2, "people": 2})
    assert (len(page.context["lines"]), len(page.context["people"])) == (50, 10)
    assert page.context["figures"].people == 120
    assert "một người trong một lần đến tính một lần" in page.text


def test_rhythm_stands_beside_the_median_of_the_teams_earlier_days(world):
    service = services(1)[0]
    for back, turns in ((3, 2), (2, 10), (1, 4)):
        earlier = shift(world.team, PEAK_DAY - back * DAY)
        logged(earlier, turns, service=service)
        tallies.refresh([Slice(earlier.day, world.team.pk)])
    session = shift(world.team)
    logged(session, 7, service=service)
    rhythm = evidence.rhythm_of(session)
    assert (rhythm.hours, rhythm.days) == ([{"hour": 8, "value": 7, "then": 4}], 3)
    assert rhythm.marks == "trung vị 3 ngày trước của đội"


def test_team_without_a_past_has_no_marks(world):
    session = shift(world.team)
    logged(session, 7)
    assert evidence.rhythm_of(session).marks == ""


def test_history_tells_what_was_said_in_its_order(staff, world):
    session = shift(world.team)
    staff.post(url("send_back", session), {"reason": "Thiếu ảnh"})
    history = staff.get(url("session", session)).context["history"]
    assert [(step.what, step.text) for step in history] == [
        ("Mở ca", ""),
        ("Đóng ca", ""),
        ("Trả lại", "Thiếu ảnh"),
    ]


def test_photo_is_shown_to_reviewers_of_the_session_only(staff, client, world):
    session = shift(world.team)
    photo = factories.photo(session, jpeg())
    page = url("photo", session, photo.pk)
    assert b"".join(staff.get(page).streaming_content) == jpeg()
    client.force_login(world.bank_staff)
    assert client.get(page).status_code == 404
    assert client.get(url("photo", shift(world.team_bank), photo.pk)).status_code == 404


# --- decisions --------------------------------------------------------------------------------------------------------
def test_approving_leads_on_to_the_next_session_or_back_to_the_list(staff, world):
    first, second = shift(world.team), shift(world.team, PEAK_DAY + DAY)
    onward = staff.post(url("approve_one", first), {"and_next": "1", "seen": seen_of(first)})
    assert (onward.url, state(first)) == (url("session", second), ("approved", False))
    last = staff.post(url("approve_one", second), {"seen": seen_of(second)})
    assert last.url.startswith(reverse("review:queue"))


MORE = {
    "a line": lambda session: logged(session, 2),
    "somebody present": lambda session: staffed(session, 1),
    "a line taken back": lambda session: factories.void(session.logs.first()),
    "a later end": lambda session: Session.objects.update(ended_at=session.ended_at + dt.timedelta(minutes=5)),
}


@pytest.mark.parametrize("more", MORE)
def test_only_what_the_page_showed_is_approved(staff, world, more):
    session = shift(world.team)
    logged(session, 3)
    shown = staff.get(url("session", session))
    assert f'name="seen" value="{shown.context["seen"]}"' in shown.text
    MORE[more](session)
    anew = staff.post(url("approve_one", session), {"seen": shown.context["seen"]}, follow=True)
    assert (state(session), told(anew)) == (
        ("provisional", False),
        ["Ca vừa nhận thêm dữ liệu từ điện thoại. Hãy xem lại rồi duyệt."],
    )
    staff.post(url("approve_one", session), {"seen": anew.context["seen"]})
    assert state(session) == ("approved", False)


def test_approving_what_is_not_said_to_be_seen_is_refused(staff, world):
    session = shift(world.team)
    staff.post(url("approve_one", session))
    assert state(session) == ("provisional", False)


def test_page_says_that_the_rules_have_still_to_look_and_approving_may_go_on(staff, world):
    session = shift(world.team)
    still_to_come = "Chưa rà soát xong dấu hiệu của ca này."
    assert still_to_come not in staff.get(url("session", session)).text
    logged(session, 3)
    tallies.refresh([Slice(session.day, session.team_id)])
    page = staff.get(url("session", session))
    assert still_to_come in page.text
    staff.post(url("approve_one", session), {"seen": page.context["seen"]})
    assert state(session) == ("approved", False)


def test_page_says_until_when_the_team_has_time_to_answer(staff, world):
    session = shift(world.team)
    page = staff.get(url("session", session))
    assert ("quá hạn" in page.text, "quá hạn trả lời" in page.text) == (True, False)
    staff.post(url("send_back", session), {"reason": "Thiếu ảnh"})
    page = staff.get(url("session", session))
    assert f"đội trả lời đến hết ngày {today() + 3 * DAY:%d/%m/%Y}." in page.text
    assert "quá hạn trả lời" not in page.text
    Session.objects.update(returned_at=timezone.now() - 4 * DAY)
    assert "quá hạn trả lời" in staff.get(url("session", session)).text


def test_refused_approval_is_told_on_the_session(staff, world):
    session = factories.session(world.team)
    page = staff.post(url("approve_one", session), follow=True)
    assert told(page) == ["Ca này chưa đóng. Hãy chờ đội đóng ca, hoặc nhắc đội trưởng."]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"reason": "Thiếu điểm danh buổi chiều"}, "Thiếu điểm danh buổi chiều"),
        ({"ready": "Thiếu ảnh hiện trường."}, "Thiếu ảnh hiện trường."),
        ({"ready": "Thiếu ảnh hiện trường.", "reason": "Ca nào?"}, "Ca nào?"),
    ],
)
def test_returning_takes_own_words_before_a_ready_reason(staff, world, data, text):
    session = shift(world.team)
    staff.post(url("send_back", session), data)
    assert (state(session), session.reviews.get().text) == (("provisional", True), text)


@pytest.mark.parametrize("reason", ["", "Gọi chị Lan 0912345678"])
def test_return_without_a_reason_or_with_a_citizens_number_is_refused_in_words(staff, world, reason):
    session = shift(world.team)
    page = staff.post(url("send_back", session), {"reason": reason}, follow=True)
    assert (state(session), len(told(page))) == (("provisional", False), 1)


NOBODY_READS = "Không còn máy nào của đội đăng nhập, nên không ai xem được lý do trả lại."


def test_return_to_a_team_with_a_phone_says_that_its_leader_sees_the_reason(staff, world):
    page = staff.post(url("send_back", shift(world.team)), {"reason": "Thiếu ảnh"}, follow=True)
    assert told(page) == ["Đã trả ca về cho Tổ xung kích Tân Túc. Đội trưởng thấy lý do trên điện thoại."]
    assert NOBODY_READS not in page.text


def test_return_to_a_team_that_no_phone_reaches_leads_to_a_new_card(staff, world):
    session = shift(world.team_vinh_loc)
    assert NOBODY_READS not in staff.get(url("session", session)).text
    page = staff.post(url("send_back", session), {"reason": "Thiếu ảnh"}, follow=True)
    assert told(page) == ["Đã trả ca về cho Tổ xung kích Vĩnh Lộc A."]
    cards = f"{reverse('teams:pass_list')}?team={world.team_vinh_loc.pk}"
    assert NOBODY_READS in page.text
    assert f'href="{cards}#new"' in page.text
    form = staff.get(cards).context["form"]
    assert form["team"].value() == world.team_vinh_loc.pk


@pytest.mark.parametrize("phones", [0, 3])
def test_page_of_a_return_reads_as_much_for_many_phones_as_for_none(staff, world, phones, django_assert_num_queries):
    session = shift(world.team_vinh_loc)
    for _ in range(phones):
        factories.user(role="team_leader", team=world.team_vinh_loc)
    staff.post(url("send_back", session), {"reason": "Thiếu ảnh"})
    with django_assert_num_queries(RETURNED_QUERIES):
        page = staff.get(url("session", session))
    assert page.context["out_of_reach"] == (not phones)


RETURNED_QUERIES = 30


def test_reopening_makes_an_approved_session_wait_again(staff, world):
    session = shift(world.team)
    approve(sessions=[session.pk], access=access_of_user(world.unit_staff))
    staff.post(url("reopen", session), {"reason": "Đội báo ghi nhầm"})
    assert state(session) == ("provisional", False)


def test_flag_is_settled_with_what_came_of_it(staff, world):
    session = shift(world.team)
    raised = flag(session)
    staff.post(url("settle", session, raised.pk), {"note": "Đã gọi đội trưởng"})
    raised.refresh_from_db()
    assert (raised.note, raised.settled_by) == ("Đã gọi đội trưởng", world.unit_staff)
    assert staff.post(url("settle", shift(world.team), raised.pk), {"note": "x"}).status_code == 404


@pytest.mark.parametrize("what", ["line", "attendance", "session"])
def test_line_attendance_and_session_are_taken_back_with_a_reason(staff, world, what):
    session = shift(world.team)
    target = {
        "line": lambda: logged(session, 3)[0],
        "attendance": lambda: staffed(session, 1, minutes=60)[0],
        "session": lambda: session,
    }[what]()
    page = url("take_back", session, target.pk)
    assert staff.get(page).status_code == 200
    staff.post(page, {"reason": "Ghi nhầm"})
    assert Void.objects.get().target == target.pk


def test_in_a_locked_period_only_an_adjustment_takes_back(client, world):
    session = shift(world.team)
    line = logged(session, 3)[0]
    city = access_of_user(world.city_staff)
    approve(sessions=[session.pk], access=city)
    lock_period(unit=world.city, starts_on=PEAK_DAY, ends_on=PEAK_DAY, reason="Chốt số", access=city)
    page = url("take_back", session, line.pk)
    client.force_login(world.unit_staff)
    assert client.post(page, {"reason": "Ghi nhầm"}).status_code == 403
    client.force_login(world.city_staff)
    client.post(page, {"reason": "Ghi nhầm"})
    assert [str(each) for each in session.adjustments.get().lines.all()] == ["Hủy · Lượt hỗ trợ"]


def test_attendance_is_taken_back_from_where_it_is_shown_by_who_may(client, world):
    session = shift(world.team)
    present, gone = staffed(session, 2)
    factories.void(gone)
    links = [f'href="{url("take_back", session, row.pk)}?"' for row in (present, gone)]
    name = f'<span class="visually-hidden"> lượt điểm danh của {present.volunteer}</span>'

    def offered(user) -> list[bool]:
        client.force_login(user)
        page = client.get(url("session", session)).text
        assert (name in page) == (links[0] in page)
        return [link in page for link in links]

    assert offered(world.unit_staff) == [True, False]
    city = access_of_user(world.city_staff)
    lock_period(
        unit=world.city, starts_on=PEAK_DAY, ends_on=PEAK_DAY, reason="Chốt số", access=city, with_unreviewed=True
    )
    assert (offered(world.unit_staff), offered(world.city_staff)) == ([False, False], [True, False])


def test_another_units_session_is_not_there_and_a_viewer_may_not_review(client, world):
    session = shift(world.team)
    client.force_login(world.bank_staff)
    assert client.get(url("session", session)).status_code == 404
    for name in ("approve_one", "send_back", "reopen"):
        assert client.post(url(name, session), {"reason": "x"}).status_code == 404
    client.force_login(world.viewer)
    assert client.get(url("session", session)).status_code == 403
    assert state(session) == ("provisional", False)


def test_delay_is_the_time_from_the_last_line_to_its_arrival(world):
    session = shift(world.team)
    line = logged(session, 1)[0]
    assert evidence.delay_of(session) == line.received_at - line.happened_at
    assert evidence.delay_of(shift(world.team, start=12)) is None
    assert evidence.delay_of(session) > dt.timedelta()
