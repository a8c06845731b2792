"""The queue of sessions to review: what is in which list, a page at a time, and approving many at once."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse

from core.dated import DAY, today
from desk.outliers.models import SessionFlag
from desk.review import queue as queues
from desk.review.seen import as_shown, written
from desk.review.views import queue as views
from services_help.models import Session, SessionReview
from services_help.review import answer, approve, seen_of, send_back
from teams.access import access_of_user
from tests import factories
from tests.desk.shifts import logged, services, shift, staffed
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
QUEUE = reverse("review:queue")
CHOSEN, PLAIN = reverse("review:approve_chosen"), reverse("review:approve_plain")


@pytest.fixture
def staff(client, world):
    client.force_login(world.unit_staff)
    return client


def flag(session: Session, **fields) -> SessionFlag:
    numbers = {"turns": 96, "minutes": 90, "volunteers": 2, "volunteer_minutes": 180, "rate": 32.0}
    limits = {"limit": 15, "usual": 8, "least_turns": 30}
    return SessionFlag.objects.create(
        session=session, rule="pace", severity=3, **{"numbers": numbers, "limits": limits} | fields
    )


def shown(response) -> list[Session]:
    return [row.session for row in response.context["rows"]]


def tick(session: Session) -> str:
    """What the form sends of a ticked row: the session, and what there was of it."""
    return f"{session.pk}:{seen_of(session)}"


def ticks(page) -> list[str]:
    """Of every row of a page, as its form has it."""
    return re.findall(r'name="session" value="([^"]+)"', page.text)


def told(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def states(*sessions: Session) -> list[str]:
    return [Session.objects.get(pk=session.pk).state for session in sessions]


# --- the lists --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_queue_reads_as_much_for_many_sessions_as_for_few_and_shows_nothing_of_others(
    staff, world, count, no_writes, django_assert_num_queries
):
    own = [shift(world.team, start=6 + place) for place in range(count)]
    for each in own:
        logged(each, 2, 1)
        flag(each)
        send_back(session=each, reason="Xem lại giờ", access=access_of_user(world.unit_staff))
        answer(session=each, text="Đúng như đã ghi", access=access_of_user(world.leader))
    shift(world.team_bank)
    # session and user 2, rights 4, unit filter 2, counts 7, policies 3, rows, place, seen, unexamined 2, figures 3,
    # flags 2, step, late, nav
    with no_writes(), django_assert_num_queries(QUERIES):
        page = staff.get(QUEUE)
    assert set(shown(page)) == set(own)
    assert "Đội hình thanh toán số" not in page.text
    assert {row.last_step.text for row in page.context["rows"]} == {"Đúng như đã ghi"}


QUERIES = 27


def test_each_list_holds_the_sessions_of_its_name(staff, world):
    waiting, flagged, returned, answered, approved = (shift(world.team, today(), start=hour) for hour in range(6, 11))
    overdue = shift(world.team, today() - 30 * DAY)
    factories.session(world.team, today())  # still open
    factories.void(shift(world.team, today(), start=12))
    flag(flagged)
    staff_access = access_of_user(world.unit_staff)
    for each in (returned, answered):
        send_back(session=each, reason="Xem lại giờ", access=staff_access)
    answer(session=answered, text="Đúng như đã ghi", access=access_of_user(world.leader))
    approve(sessions=[approved.pk], access=staff_access)
    expected = {
        "waiting": {waiting, flagged, answered, overdue},
        "flagged": {flagged},
        "overdue": {overdue},
        "answered": {answered},
        "returned": {returned},
        "unanswered": set(),
        "approved": {approved},
        "approved_flagged": set(),
    }
    assert {tab: set(shown(staff.get(QUEUE, {"tab": tab}))) for tab in queues.TABS} == expected
    counts = {tab["name"]: tab["count"] for tab in staff.get(QUEUE).context["tabs"]}
    numbers = {"waiting": "4", "flagged": "1", "overdue": "1", "answered": "1", "returned": "1", "approved": ""}
    assert counts == numbers | {"unanswered": "0", "approved_flagged": "0"}


def test_row_says_what_the_live_rows_say_and_the_flags_in_words(staff, world):
    session = shift(world.team, hours=2)
    one, two = services(2)
    logged(session, 3, 1, service=one)
    factories.log(session, two, people=1, same_visit=True)
    factories.void(factories.log(session, two, people=40))
    staffed(session, 2, minutes=60)
    factories.photo(session)
    flag(session)
    (row,) = staff.get(QUEUE).context["rows"]
    assert (row.figures.people, row.figures.turns, row.figures.volunteers, row.figures.pace) == (4, 5, 2, 2.5)
    assert (row.photos, row.due, row.is_overdue) == (1, PEAK_DAY + 3 * DAY, True)
    (raised,) = row.flags
    assert raised.sentence in html.unescape(staff.get(QUEUE).text)


def test_filter_by_unit_and_days_and_nonsense_filters_nothing(staff, world):
    here, there = shift(world.team), shift(world.team_vinh_loc)
    later = shift(world.team, PEAK_DAY + DAY)
    assert shown(staff.get(QUEUE, {"unit": "BC-VL"})) == [there]
    assert shown(staff.get(QUEUE, {"first": (PEAK_DAY + DAY).isoformat()})) == [later]
    assert set(shown(staff.get(QUEUE, {"last": PEAK_DAY.isoformat()}))) == {here, there}
    nonsense = {"unit": "NH", "first": "hôm qua", "tab": "tất cả", "after": "x"}
    assert set(shown(staff.get(QUEUE, nonsense))) == {here, there, later}


def test_pages_follow_each_other_without_gap_or_repeat(staff, world, monkeypatch):
    monkeypatch.setattr(queues, "A_PAGE", 2)
    all_of_them = {shift(team, PEAK_DAY + day * DAY) for team in (world.team, world.team_vinh_loc) for day in range(3)}
    seen, address = [], QUEUE
    while address:
        page = staff.get(address)
        seen += shown(page)
        address = f"{QUEUE}?{page.context['next']}" if page.context["next"] else ""
    assert (len(seen), set(seen)) == (6, all_of_them)
    assert [each.day for each in seen] == sorted(each.day for each in seen)


@pytest.mark.parametrize(("tab", "words"), [("waiting", "Không còn ca nào chờ duyệt"), ("returned", "đang trống")])
def test_empty_list_says_what_will_stand_here(staff, tab, words):
    assert words in staff.get(QUEUE, {"tab": tab}).text


# --- approving many ---------------------------------------------------------------------------------------------------
def test_chosen_sessions_are_approved_but_one_with_a_flag_only_where_it_is_named(staff, world):
    plain, flagged, other = (shift(world.team, start=hour) for hour in (6, 8, 10))
    for each in (flagged, other):
        flag(each)
    asked = staff.post(CHOSEN, {"session": ticks(staff.get(QUEUE))})
    assert {row.session for row in asked.context["rows"]} == {flagged, other}
    assert states(plain, flagged, other) == ["approved", "provisional", "provisional"]

    staff.post(CHOSEN, {"session": ticks(asked), "named": [flagged.pk], "named_page": "1"})
    assert states(plain, flagged, other) == ["approved", "approved", "provisional"]


def test_nothing_of_another_unit_is_approved_and_every_refusal_is_told_once(staff, world):
    theirs, still_open = shift(world.team_bank), [factories.session(world.team) for _ in range(2)]
    page = staff.post(CHOSEN, {"session": [theirs.pk, *(tick(each) for each in still_open), "x"]}, follow=True)
    assert states(theirs, *still_open) == ["provisional"] * 3
    [refused] = told(page)
    assert refused.startswith(
        "2 ca chưa duyệt được: Ca này chưa đóng. Hãy chờ đội đóng ca, hoặc nhắc đội trưởng. <a href="
    )
    assert refused.count("<a href=") == 2
    page = staff.post(CHOSEN, {}, follow=True)
    assert told(page) == ["Chưa chọn ca nào. Hãy đánh dấu các ca cần duyệt."]


def test_all_without_a_flag_are_counted_first_and_approved_at_the_second_press(staff, world):
    plain, flagged = shift(world.team), shift(world.team, start=10)
    elsewhere = shift(world.team_vinh_loc)
    flag(flagged)
    asked = staff.post(PLAIN, {"unit": "BC-TT"})
    assert (asked.context["count"], states(plain)) == (1, ["provisional"])
    page = staff.post(PLAIN, {"unit": "BC-TT", "sure": "1", "shown": asked.context["shown"]}, follow=True)
    assert (states(plain, flagged, elsewhere), told(page)) == (
        ["approved", "provisional", "provisional"],
        ["Đã duyệt 1 ca."],
    )


@pytest.mark.parametrize("count", [3, 60])
def test_approving_takes_as_many_statements_for_many_sessions_as_for_few(
    staff, world, count, django_assert_num_queries
):
    for _ in range(count):
        shift(world.team)
    shown = staff.post(PLAIN).context["shown"]
    with django_assert_num_queries(APPROVING):
        staff.post(PLAIN, {"sure": "1", "shown": shown})
    assert SessionReview.objects.filter(kind="approved").count() == count


# What there is of them is looked at twice: of what was shown, and again when they are held.
APPROVING = 21


# --- and only as they were seen ---------------------------------------------------------------------------------------
def test_chosen_session_that_changed_since_it_was_shown_is_left_out_and_named(staff, world):
    still, changed = shift(world.team, start=6), shift(world.team_vinh_loc, start=8)
    shown = staff.get(QUEUE, {"unit": "BC", "first": PEAK_DAY.isoformat()})
    logged(changed, 2)  # the phone has sent the rest
    kept = {"tab": "waiting", "unit": "BC", "first": PEAK_DAY.isoformat()}
    page = staff.post(CHOSEN, kept | {"session": ticks(shown)}, follow=True)
    assert states(still, changed) == ["approved", "provisional"]
    done, left = told(page)
    address = f"{reverse('review:session', args=[changed.pk])}?tab=waiting&amp;unit=BC&amp;first=2023-03-26"
    assert (done, left) == (
        "Đã duyệt 1 ca.",
        "1 ca chưa duyệt được: Ca vừa nhận thêm dữ liệu từ điện thoại. Hãy xem lại rồi duyệt. "
        f'<a href="{address}">Tổ xung kích Vĩnh Lộc A, 08:00 26/03/2023</a>',
    )
    assert left in page.text
    # The list shows it anew, with what has come.
    staff.post(CHOSEN, {"session": ticks(page)})
    assert states(changed) == ["approved"]


def test_flagged_session_that_changed_is_not_asked_about_and_not_approved_by_its_old_page(staff, world):
    before, after = shift(world.team, start=6), shift(world.team, start=8)
    for each in (before, after):
        flag(each)
    shown = staff.get(QUEUE)
    logged(before, 1)
    asked = staff.post(CHOSEN, {"session": ticks(shown)})
    assert [row.session for row in asked.context["rows"]] == [after]
    assert str(before.team) in told(asked)[0]
    logged(after, 1)
    page = staff.post(CHOSEN, {"session": ticks(asked), "named": [after.pk], "named_page": "1"}, follow=True)
    assert states(before, after) == ["provisional"] * 2
    assert told(page)[0].startswith("1 ca chưa duyệt được: Ca vừa nhận thêm dữ liệu từ điện thoại.")


def test_what_is_not_said_to_be_seen_is_not_approved(staff, world):
    session = shift(world.team)
    for text in (str(session.pk), f"{session.pk}:", f"{session.pk}:9-9-9-9-9"):
        staff.post(CHOSEN, {"session": [text]})
    assert states(session) == ["provisional"]


def test_all_without_a_flag_leaves_out_what_changed_or_came_since_it_was_counted(staff, world):
    still, changed = shift(world.team, start=6), shift(world.team, start=8)
    shown = staff.post(PLAIN).context["shown"]
    logged(changed, 1)
    new = shift(world.team, start=10)
    page = staff.post(PLAIN, {"sure": "1", "shown": shown}, follow=True)
    assert states(still, changed, new) == ["approved", "provisional", "provisional"]
    done, left = told(page)
    assert (done, left.startswith("1 ca chưa duyệt được: Ca vừa nhận thêm")) == ("Đã duyệt 1 ca.", True)


@pytest.mark.parametrize("shown", ["", "không phải của cổng", "abc", "AAAA"])
def test_all_without_a_flag_approves_nothing_that_no_page_has_counted(staff, world, shown):
    session = shift(world.team)
    page = staff.post(PLAIN, {"sure": "1", "shown": shown}, follow=True)
    assert (states(session), told(page)) == (
        ["provisional"],
        ["Danh sách đã đổi từ lúc bạn mở. Hãy xem lại rồi duyệt."],
    )


def test_of_many_that_changed_the_first_are_named_and_the_rest_counted(staff, world, monkeypatch):
    monkeypatch.setattr(views, "MOST_NAMED", 2)
    for start in (6, 8, 10):
        shift(world.team, start=start)
    [left] = told(staff.post(CHOSEN, {"session": [f"{each.pk}:" for each in Session.objects.all()]}, follow=True))
    assert (left.count("<a href="), left.endswith("và 1 ca khác.")) == (2, True)


def test_page_that_counts_two_thousand_stays_light():
    seen = {factories.uuid.uuid4(): "40-40-2-2-1679803200000" for _number in range(2000)}
    text = written(seen)
    assert (len(text), as_shown(text, seen)) == (24_000, seen)


def test_place_in_the_order_survives_an_address():
    place = queues.Place(dt.date(2023, 3, 26), 7, factories.uuid.uuid4())
    assert queues.Place.read(str(place)) == place
    assert queues.Place.read("2023-03-26_7") is None
