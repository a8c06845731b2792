"""Approving sessions, sending them back, answering, opening them again: what each step does, and who may."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.errors import DomainError, NotAllowed
from core.models import AuditEvent, OutboxMessage, Revision
from core.privacy import PersonalDataRefused
from services_help.intake import receive
from services_help.models import ReviewPolicy, Session, SessionReview
from services_help.review import answer, approve, deadline, lock_period, reopen, send_back
from services_help.services import void_record
from teams.access import access_of_user
from teams.services import move_team
from tests import factories
from tests.factories import PEAK_DAY, local
from tests.services_help.intake_items import DEVICE, attendance_item, log_item, session_item, stocked, void_item

pytestmark = pytest.mark.django_db
WHY = "Lượt tăng vọt lúc 9 giờ, đội kiểm tra giúp"


@pytest.fixture
def city(world):
    return stocked(world)


def shift(team, day=PEAK_DAY, **fields) -> Session:
    """Closed by its leader."""
    return factories.session(team, day, **{"ended_at": local(day, 11)} | fields)


@pytest.fixture
def submitted(city):
    return shift(city.team)


def as_(user):
    return access_of_user(user)


def refusals(results) -> list[str | None]:
    return [result.refusal.code if result.refusal else None for result in results]


def steps(session) -> list[tuple[str, str]]:
    return list(session.reviews.order_by("pk").values_list("kind", "text"))


def now(session) -> tuple[str, bool]:
    """State, and whether it waits for its team."""
    session.refresh_from_db()
    return session.state, session.returned_at is not None


def stale() -> set[tuple]:
    return set(OutboxMessage.objects.filter(topic="tallies.stale").values_list("key", "data"))


# --- approving --------------------------------------------------------------------------------------------------------
def test_approving_tells_the_tallies_and_leaves_a_step_and_a_trace(city, submitted):
    assert refusals(approve(sessions=[submitted.pk], access=as_(city.unit_staff))) == [None]
    assert now(submitted) == ("approved", False)
    assert steps(submitted) == [("approved", "")]
    assert stale() == {(f"{city.team.pk}:2023-03-26", None)}
    event = AuditEvent.objects.get(action="services_help.session_approved")
    assert (event.actor, event.target_id, event.scope_unit) == (city.unit_staff, str(submitted.pk), city.tan_tuc.pk)


def test_approving_twice_is_approving_once(city, submitted):
    approve(sessions=[submitted.pk], access=as_(city.unit_staff))
    before = Revision.state()["reviews"].number
    assert refusals(approve(sessions=[submitted.pk] * 2, access=as_(city.unit_staff))) == [None]
    assert steps(submitted) == [("approved", "")]
    assert Revision.state()["reviews"].number == before


def test_each_of_many_is_judged_for_itself_and_answered_in_the_order_asked(city, submitted):
    still_open = shift(city.team, ended_at=None)
    voided = shift(city.team)
    factories.void(voided)
    locked = shift(city.team, state="locked")
    foreign = shift(city.team_bank)
    approved = shift(city.team, state="approved")
    asked = [still_open.pk, voided.pk, locked.pk, foreign.pk, uuid.uuid4(), approved.pk, submitted.pk]

    results = approve(sessions=asked, access=as_(city.unit_staff))

    assert [result.session for result in results] == asked
    expected = ["still_open", "voided", "locked", "unknown_session", "unknown_session", None, None]
    assert refusals(results) == expected
    assert [now(row)[0] for row in (still_open, voided, foreign, submitted)] == [*["provisional"] * 3, "approved"]


@pytest.mark.parametrize("count", [1, 3, 300])
def test_many_are_approved_by_as_many_statements_as_few(city, count, django_assert_num_queries):
    ids = [shift(city.team).pk for _ in range(count)]
    access = as_(city.unit_staff)
    Revision.bump("reviews")

    # savepoint, the tree's roots, lock, sessions, update, steps, trail, promises, revision, release
    with django_assert_num_queries(11):
        approve(sessions=ids, access=access)
    assert Session.objects.filter(state="approved").count() == count


def test_reviewer_is_who_stood_above_the_team_on_the_day_or_stands_there_now(city, submitted):
    move_team(team=city.team, unit=city.bank, since=dt.date(2024, 1, 1), by=None)
    later = shift(city.team, dt.date(2024, 1, 2))

    results = approve(sessions=[submitted.pk, later.pk], access=as_(city.unit_staff))
    assert refusals(results) == [None, "unknown_session"]
    assert refusals(approve(sessions=[submitted.pk], access=as_(city.bank_staff))) == [None]


@pytest.mark.parametrize("who", ["viewer", "leader", "bank_staff", "nobody"])
def test_nobody_else_reviews(city, submitted, who):
    access = as_(getattr(city, who))
    assert refusals(approve(sessions=[submitted.pk], access=access)) == ["unknown_session"]
    for step in (send_back, reopen):
        with pytest.raises(NotAllowed):
            step(session=submitted, reason=WHY, access=access)
    assert steps(submitted) == []


# --- back and forth ---------------------------------------------------------------------------------------------------
def test_session_goes_to_its_team_and_comes_back(city, submitted):
    send_back(session=submitted, reason=WHY, access=as_(city.unit_staff))
    assert now(submitted) == ("provisional", True)
    assert (list(Session.objects.awaiting_review()), list(Session.objects.returned())) == ([], [submitted])

    answer(session=submitted, text="Đã hủy hai lượt ghi trùng", access=as_(city.leader))
    assert now(submitted) == ("provisional", False)
    assert (list(Session.objects.awaiting_review()), list(Session.objects.returned())) == ([submitted], [])

    approve(sessions=[submitted.pk], access=as_(city.unit_staff))
    reopen(session=submitted, reason="Duyệt nhầm ca", access=as_(city.unit_staff))
    assert now(submitted) == ("provisional", False)
    assert steps(submitted) == [
        ("returned", WHY),
        ("answered", "Đã hủy hai lượt ghi trùng"),
        ("approved", ""),
        ("reopened", "Duyệt nhầm ca"),
    ]


@pytest.mark.parametrize("step", ["send_back", "answer", "reopen"])
def test_step_asked_for_twice_is_taken_once(city, submitted, step):
    access = as_(city.unit_staff)
    if step == "answer":
        send_back(session=submitted, reason=WHY, access=access)
    if step == "reopen":
        approve(sessions=[submitted.pk], access=access)
    act = {
        "send_back": lambda: send_back(session=submitted, reason=WHY, access=access),
        "answer": lambda: answer(session=submitted, text=WHY, access=as_(city.leader)),
        "reopen": lambda: reopen(session=submitted, reason=WHY, access=access),
    }[step]
    first, count = act(), SessionReview.objects.count()
    assert (act(), SessionReview.objects.count()) == (first, count)


def test_second_remark_on_a_returned_session_is_kept_beside_the_first(city, submitted):
    send_back(session=submitted, reason=WHY, access=as_(city.unit_staff))
    send_back(session=submitted, reason="Và thiếu ảnh hiện trường", access=as_(city.city_staff))
    assert steps(submitted) == [("returned", WHY), ("returned", "Và thiếu ảnh hiện trường")]


def test_steps_out_of_turn_are_refused_with_what_to_do(city, submitted):
    staff, leader = as_(city.unit_staff), as_(city.leader)
    with pytest.raises(DomainError, match="không chờ trả lời"):
        answer(session=submitted, text="Xong", access=leader)
    with pytest.raises(DomainError, match="chưa duyệt nên không cần mở lại"):
        reopen(session=submitted, reason=WHY, access=staff)
    approve(sessions=[submitted.pk], access=staff)
    with pytest.raises(DomainError, match="mở lại ca trước"):
        send_back(session=submitted, reason=WHY, access=staff)
    with pytest.raises(DomainError, match="chưa đóng"):
        send_back(session=shift(city.team, ended_at=None), reason=WHY, access=staff)


@pytest.mark.parametrize("step", [send_back, reopen])
def test_reasons_are_needed_and_hold_no_citizens_number(city, submitted, step):
    with pytest.raises(DomainError, match="Hãy ghi"):
        step(session=submitted, reason="  ", access=as_(city.unit_staff))
    with pytest.raises(PersonalDataRefused):
        step(session=submitted, reason="Gọi chị Lan 0903 123 456", access=as_(city.unit_staff))
    with pytest.raises(PersonalDataRefused):
        answer(session=submitted, text="CCCD 079123456789", access=as_(city.leader))


def test_leader_of_another_team_cannot_answer(city, submitted):
    send_back(session=submitted, reason=WHY, access=as_(city.unit_staff))
    with pytest.raises(NotAllowed):
        answer(session=submitted, text="Xong", access=as_(city.leader_bank))


def test_steps_stay_as_they_were_written(city, submitted):
    send_back(session=submitted, reason=WHY, access=as_(city.unit_staff))
    with pytest.raises(IntegrityError), transaction.atomic():
        SessionReview.objects.update(text="khác")
    with pytest.raises(IntegrityError), transaction.atomic():
        SessionReview.objects.all().delete()


# --- what comes after an approval -------------------------------------------------------------------------------------
@pytest.fixture
def approved(city):
    """Sent by a phone with one line and nobody present, closed at 11, and approved."""
    opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
    line = log_item(opened)
    receive([opened, line], device=DEVICE, access=as_(city.leader))
    approve(sessions=[uuid.UUID(opened["id"])], access=as_(city.unit_staff))
    OutboxMessage.objects.all().delete()
    return opened, line


NEWS = {
    "a line": lambda opened, line: log_item(opened),
    "somebody present": lambda opened, line: attendance_item(opened),
    "a line taken back": lambda opened, line: void_item(line),
    "the session taken back": lambda opened, line: void_item(opened),
    "a later end": lambda opened, line: opened | {"ended_at": local(PEAK_DAY, 12).isoformat()},
}


@pytest.mark.parametrize("news", NEWS)
def test_whatever_comes_later_takes_the_approval_back(city, approved, news):
    opened, line = approved
    (result,) = receive([NEWS[news](opened, line)], device=DEVICE, access=as_(city.leader))
    session = Session.objects.get(pk=opened["id"])
    assert (str(result.status), result.late) == ("stored", False)
    assert session.state == "provisional"
    assert steps(session) == [("approved", ""), ("changed", "")]
    assert SessionReview.objects.get(kind="changed").by == city.leader
    assert stale() == {(f"{city.team.pk}:2023-03-26", None)}
    assert AuditEvent.objects.filter(action="services_help.session_fell_back").count() == 1


def test_what_is_held_already_takes_no_approval_back(city, approved):
    receive(list(approved), device=DEVICE, access=as_(city.leader))
    assert Session.objects.get().state == "approved"


def test_void_by_staff_takes_the_approval_back_too(city, approved):
    session = Session.objects.get()
    void_record(target=session.logs.get(), reason="Ghi trùng", access=as_(city.unit_staff))
    assert steps(session) == [("approved", ""), ("changed", "")]


# --- queues and deadlines ---------------------------------------------------------------------------------------------
def test_queue_has_what_only_reviewers_can_move_on(city, submitted):
    shift(city.team, ended_at=None)
    factories.void(shift(city.team))
    shift(city.team, state="approved")
    shift(city.team, lock=factories.period_lock(city.city))
    send_back(session=shift(city.team), reason=WHY, access=as_(city.unit_staff))
    assert list(Session.objects.awaiting_review()) == [submitted]


def test_deadline_is_that_of_the_campaign_else_the_usual_one(city):
    month = factories.campaign("THANG-TN", owner=city.city)
    drive = factories.campaign("CAO-DIEM", owner=city.city)
    ReviewPolicy.objects.create(campaign=drive, days=1)
    rows = {name: shift(city.team, campaign=of) for name, of in (("none", None), ("month", month), ("drive", drive))}

    def overdue(day: int) -> set[str]:
        found = set(Session.objects.overdue(dt.date(2023, 3, day)).values_list("pk", flat=True))
        return {name for name, row in rows.items() if row.pk in found}

    assert [overdue(day) for day in (27, 28, 29, 30)] == [set(), {"drive"}, {"drive"}, {"none", "month", "drive"}]
    days = ReviewPolicy.objects.days_by_campaign()
    assert [deadline(rows[name], days).day for name in ("none", "month", "drive")] == [29, 29, 27]

    ReviewPolicy.objects.create(days=0)
    assert overdue(27) == {"none", "month"}


def test_there_is_one_deadline_for_a_campaign_and_one_for_all_others(city):
    for campaign in (None, factories.campaign("CAO-DIEM", owner=city.city)):
        ReviewPolicy.objects.create(campaign=campaign, days=2)
        with pytest.raises(IntegrityError), transaction.atomic():
            ReviewPolicy.objects.create(campaign=campaign, days=5)


@pytest.mark.parametrize("count", [1, 3])
def test_queues_cost_the_same_with_more_sessions(city, count):
    for _ in range(count):
        shift(city.team)
    shift(city.team_bank)
    access = as_(city.unit_staff)
    with CaptureQueriesContext(
        connection,
    ) as taken:
        queues = [Session.objects.awaiting_review(), Session.objects.returned(), Session.objects.overdue(PEAK_DAY)]
        found = [len(queue.visible_to(access).for_list()) for queue in queues]
    assert found == [count, 0, 0]
    assert len(taken) == 6  # the city's roots, the teams, three queues, the deadlines


def test_locked_sessions_take_no_step(city, submitted):
    lock_period(
        unit=city.city,
        starts_on=PEAK_DAY,
        ends_on=PEAK_DAY,
        reason="Chốt",
        access=as_(city.city_staff),
        with_unreviewed=True,
    )
    staff = as_(city.unit_staff)
    assert refusals(approve(sessions=[submitted.pk], access=staff)) == ["locked"]
    for step in (send_back, reopen):
        with pytest.raises(DomainError, match="đã khóa"):
            step(session=submitted, reason=WHY, access=staff)
