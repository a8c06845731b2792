"""Letters about what is overdue: to the reviewers of a unit, and to the leaders of a team that has not answered."""

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from core.dated import DAY
from services_help.models import ReviewPolicy, ReviewReminder, Session
from services_help.review import answer, deadlines, send_back
from services_help.review.deadlines import answer_deadline, remind, unanswered_by_unit
from teams.access import access_of_user
from tests import factories
from tests.factories import PEAK_DAY, local

pytestmark = pytest.mark.django_db
MORNING = local(PEAK_DAY + 30 * DAY, 7)


def shift(team, **fields) -> Session:
    return factories.session(team, PEAK_DAY, **{"ended_at": local(PEAK_DAY, 11)} | fields)


def returned(world, at: dt.datetime, team=None, **fields) -> Session:
    """Sent back at that moment."""
    session = shift(team or world.team, **fields)
    send_back(session=session, reason="Thiếu điểm danh", access=access_of_user(world.city_staff))
    Session.objects.filter(pk=session.pk).update(returned_at=at)
    session.refresh_from_db()
    return session


def written_to(user, address: str) -> None:
    user.email = address
    user.save(update_fields=["email"])


@pytest.fixture
def addresses(world):
    written_to(world.unit_staff, "bc@example.org")
    written_to(world.leader, "doi@example.org")
    return world


def letters() -> dict[str, str]:
    """What was written to whom since this was asked last."""
    sent = {letter.to[0]: letter.body for letter in mail.outbox}
    mail.outbox.clear()
    return sent


# --- the deadline of an answer ----------------------------------------------------------------------------------------
def test_team_has_as_long_to_answer_as_a_review_may_take_from_the_day_of_the_return(world):
    drive = factories.campaign("CAO-DIEM", owner=world.city)
    ReviewPolicy.objects.create(campaign=drive, days=1)
    usual = returned(world, local(PEAK_DAY + 9 * DAY, 23, 59))
    hurried = returned(world, local(PEAK_DAY + 10 * DAY, 0), campaign=drive)
    days = ReviewPolicy.objects.days_by_campaign()
    assert [answer_deadline(each, days) - PEAK_DAY for each in (usual, hurried)] == [12 * DAY, 11 * DAY]

    def late(after: int) -> set:
        return set(Session.objects.unanswered(PEAK_DAY + after * DAY))

    assert [late(after) for after in (11, 12, 13)] == [set(), {hurried}, {usual, hurried}]


def test_answered_session_waits_for_its_reviewers_again(world):
    session = returned(world, local(PEAK_DAY, 12))
    much_later = PEAK_DAY + 30 * DAY
    assert (set(Session.objects.unanswered(much_later)), set(Session.objects.overdue(much_later))) == ({session}, set())
    answer(session=session, text="Đã bổ sung", access=access_of_user(world.leader))
    assert (set(Session.objects.unanswered(much_later)), set(Session.objects.overdue(much_later))) == (set(), {session})


def test_they_are_counted_for_every_unit_above_their_team_of_the_day(world):
    returned(world, local(PEAK_DAY, 12))
    returned(world, local(PEAK_DAY, 12), team=world.team_vinh_loc)
    units = {world.city.pk, world.binh_chanh.pk, world.tan_tuc.pk, world.banks.pk}
    assert unanswered_by_unit(MORNING.date(), units) == {
        world.city.pk: 2,
        world.binh_chanh.pk: 2,
        world.tan_tuc.pk: 1,
    }


# --- the letters ------------------------------------------------------------------------------------------------------
def test_unit_is_told_of_both_and_the_leaders_of_what_their_team_has_not_answered(addresses, world):
    shift(world.team)
    for hour in (12, 13):
        returned(world, local(PEAK_DAY, hour))
    assert remind(MORNING) == 2
    sent = letters()
    assert set(sent) == {"bc@example.org", "doi@example.org"}
    assert f"{world.binh_chanh} còn 1 ca hỗ trợ quá hạn duyệt." in sent["bc@example.org"]
    assert f"{world.binh_chanh} còn 2 ca hỗ trợ đã trả lại mà đội chưa trả lời, quá hạn." in sent["bc@example.org"]
    assert f"{world.team} còn 2 ca hỗ trợ đã được trả lại mà chưa trả lời, quá hạn." in sent["doi@example.org"]


def test_letter_says_only_what_there_is(addresses, world):
    returned(world, local(PEAK_DAY, 12))
    remind(MORNING)
    assert "quá hạn duyệt" not in letters()["bc@example.org"]
    answer(session=Session.objects.get(), text="Đã bổ sung", access=access_of_user(world.leader))
    remind(MORNING + DAY)
    sent = letters()
    assert list(sent) == ["bc@example.org"]
    assert "chưa trả lời" not in sent["bc@example.org"]


def test_letters_go_out_once_a_day_and_not_in_the_night(addresses, world):
    returned(world, local(PEAK_DAY, 12))
    counts = [remind(moment) for moment in (MORNING - dt.timedelta(minutes=1), MORNING, MORNING, MORNING + DAY)]
    assert (counts, len(mail.outbox)) == ([0, 2, 0, 2], 4)


def test_letter_that_could_not_be_sent_is_sent_an_hour_later_and_the_other_not_again(addresses, world, monkeypatch):
    returned(world, local(PEAK_DAY, 12))
    send = deadlines.send_mail

    def broken(subject, body, sender, to):
        if to == ["doi@example.org"]:
            raise OSError("mail server is down")
        return send(subject, body, sender, to)

    with monkeypatch.context() as patch:
        patch.setattr(deadlines, "send_mail", broken)
        assert remind(MORNING) == 1
    assert (remind(MORNING), [letter.to for letter in mail.outbox]) == (1, [["bc@example.org"], ["doi@example.org"]])


def test_leader_without_an_address_or_of_another_team_gets_no_letter(addresses, world):
    written_to(world.leader, "")
    written_to(world.leader_bank, "nganhang@example.org")
    returned(world, local(PEAK_DAY, 12))
    remind(MORNING)
    assert set(letters()) == {"bc@example.org"}


@pytest.mark.parametrize("count", [1, 3])
def test_letters_are_promised_by_as_many_statements_for_many_as_for_few(
    addresses, world, count, django_assert_num_queries
):
    for hour in range(count):
        returned(world, local(PEAK_DAY, 12 + hour))
    with django_assert_num_queries(8):  # units; deadlines and counts of both, and of teams; rows
        deadlines._promise(MORNING.date())
    assert list(ReviewReminder.objects.order_by("pk").values_list("unanswered", flat=True)) == [count, count]


def test_letter_is_to_one(world):
    for to in ({}, {"unit": world.tan_tuc, "team": world.team}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReviewReminder.objects.create(day=PEAK_DAY, unanswered=1, **to)
