"""The queue of sessions to review: what is in which list, a page at a time, and approving many at once."""

import datetime as dt
import html

import pytest
from django.urls import reverse

from core.dated import DAY, today
from desk.outliers.models import SessionFlag
from desk.review import queue as queues
from services_help.models import Session, SessionReview
from services_help.review import answer, approve, send_back
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
    # session and user 2, rights 4, unit filter 2, five counts, policies 2, rows, figures 3, flags 2, steps, late, nav
    with no_writes(), django_assert_num_queries(QUERIES):
        page = staff.get(QUEUE)
    assert set(shown(page)) == set(own)
    assert "Đội hình thanh toán số" not in page.text
    assert {row.last_step.text for row in page.context["rows"]} == {"Đúng như đã ghi"}


QUERIES = 20


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
        "approved": {approved},
    }
    assert {tab: set(shown(staff.get(QUEUE, {"tab": tab}))) for tab in queues.TABS} == expected
    counts = {tab["name"]: tab["count"] for tab in staff.get(QUEUE).context["tabs"]}
    assert counts == {"waiting": "4", "flagged": "1", "overdue": "1", "answered": "1", "returned": "1", "approved": ""}


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
    chosen = [each.pk for each in (plain, flagged, other)]
    asked = staff.post(CHOSEN, {"session": chosen})
    assert {row.session for row in asked.context["rows"]} == {flagged, other}
    assert states(plain, flagged, other) == ["approved", "provisional", "provisional"]

    staff.post(CHOSEN, {"session": chosen[1:], "named": [flagged.pk], "named_page": "1"})
    assert states(plain, flagged, other) == ["approved", "approved", "provisional"]


def test_nothing_of_another_unit_is_approved_and_every_refusal_is_told_once(staff, world):
    theirs, still_open = shift(world.team_bank), [factories.session(world.team) for _ in range(2)]
    page = staff.post(CHOSEN, {"session": [theirs.pk, *(each.pk for each in still_open), "x"]}, follow=True)
    assert states(theirs, *still_open) == ["provisional"] * 3
    assert told(page) == ["2 ca chưa duyệt được: Ca này chưa đóng. Hãy chờ đội đóng ca, hoặc nhắc đội trưởng."]
    page = staff.post(CHOSEN, {}, follow=True)
    assert told(page) == ["Chưa chọn ca nào. Hãy đánh dấu các ca cần duyệt."]


def test_all_without_a_flag_are_counted_first_and_approved_at_the_second_press(staff, world):
    plain, flagged = shift(world.team), shift(world.team, start=10)
    elsewhere = shift(world.team_vinh_loc)
    flag(flagged)
    asked = staff.post(PLAIN, {"unit": "BC-TT"})
    assert (asked.context["count"], states(plain)) == (1, ["provisional"])
    page = staff.post(PLAIN, {"unit": "BC-TT", "sure": "1"}, follow=True)
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
    staff.get(QUEUE)
    with django_assert_num_queries(APPROVING):
        staff.post(PLAIN, {"sure": "1"})
    assert SessionReview.objects.filter(kind="approved").count() == count


APPROVING = 16


def test_place_in_the_order_survives_an_address():
    place = queues.Place(dt.date(2023, 3, 26), 7, factories.uuid.uuid4())
    assert queues.Place.read(str(place)) == place
    assert queues.Place.read("2023-03-26_7") is None
