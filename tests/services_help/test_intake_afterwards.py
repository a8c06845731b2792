"""A session that came in before its plan gets its campaign afterwards, by the rule of the intake and exactly once."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection, connections

from campaigns.deploying import cancel_deployment, change_deployment, deploy_teams, send_team
from campaigns.replanning import REPLANNED
from campaigns.services import add_days, save_campaign, save_day, start_campaign
from core import outbox
from core.dated import DAY, today
from core.models import AuditEvent, OutboxMessage
from reports.models import DayTally
from services_help.intake import afterwards, receive
from services_help.intake.afterwards import left_out
from services_help.models import LateEntry, Session
from services_help.review import accept_late, approve, lift_period, lock_period
from services_help.services import void_record
from teams.access import access_of_user as as_
from tests import factories
from tests.factories import PEAK_DAY, local
from tests.reports import recount
from tests.reports.test_tallies import stored
from tests.services_help.intake_items import DEVICE, log_item, session_item, stocked
from tests.services_help.test_sync_at_once import LOGS, Sender, locked, until

MORNING = {"starts_at": dt.time(7, 30), "ends_at": dt.time(11, 30)}
GIVEN = "services_help.session_planned"


@pytest.fixture
def city(world):
    """A draft with a day on which the team of Tân Túc is sent out."""
    return drafted(stocked(world))


def drafted(world):
    world.draft = factories.campaign("NHAP", owner=world.city, status="draft")
    world.day = factories.campaign_day(world.draft)
    world.plan = factories.deployment(world.team, world.day)
    return world


def work(city, team: str = "TO-TT", *, people: int = 3, **fields) -> uuid.UUID:
    """A session with one line, as the intake takes it, and its figures."""
    opened = session_item(team, **{"ended_at": local(PEAK_DAY, 11).isoformat()} | fields)
    receive([opened, log_item(opened, people=people)], device=DEVICE, access=as_(city.city_staff))
    outbox.drain("tallies.stale")
    return uuid.UUID(opened["id"])


def settle(batch: int = 100) -> None:
    """What the worker does; afterwards figures are what the raw rows say."""
    outbox.drain(REPLANNED, batch=batch)
    outbox.drain("tallies.stale")
    assert stored() == recount.tallies()


def campaign_of(session: uuid.UUID) -> str | None:
    return Session.objects.values_list("campaign__code", flat=True).get(pk=session)


def people_of(code: str | None) -> int:
    return sum(DayTally.objects.filter(campaign__code=code).values_list("people", flat=True))


def given() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=GIVEN).order_by("pk"))


# --- a draft that is set going ----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_draft_that_is_set_going_gets_what_its_teams_have_sent(city):
    session = work(city)
    assert (campaign_of(session), people_of(None), people_of("NHAP")) == (None, 3, 0)

    start_campaign(campaign=city.draft, by=city.city_staff)
    assert campaign_of(session) is None  # whoever sets it going does not wait
    settle()

    assert (campaign_of(session), people_of(None), people_of("NHAP")) == ("NHAP", 0, 3)
    (event,) = given()
    assert (event.actor, event.target_id, event.scope_unit) == (city.city_staff, str(session), city.tan_tuc.pk)
    assert event.data == {"campaign": "NHAP"}
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_what_was_approved_stays_approved(city):
    session = work(city)
    approve(sessions=[session], access=as_(city.unit_staff))
    start_campaign(campaign=city.draft, by=city.city_staff)
    settle()
    assert Session.objects.values_list("state", "campaign__code").get() == ("approved", "NHAP")


@pytest.mark.django_db
def test_setting_it_going_again_changes_nothing(city):
    work(city)
    for _time in range(2):
        start_campaign(campaign=city.draft, by=city.city_staff)
        settle()
        counted = list(DayTally.objects.order_by("pk").values_list("pk", flat=True))
    save_campaign(campaign=city.draft, by=city.city_staff, status="closed")
    settle()
    assert len(given()) == 1
    assert list(DayTally.objects.order_by("pk").values_list("pk", flat=True)) == counted


@pytest.mark.django_db
def test_what_is_saved_of_a_draft_changes_nothing(city):
    session = work(city)
    save_campaign(campaign=city.draft, by=city.city_staff, owner=city.binh_chanh)
    settle()
    assert (campaign_of(session), given()) == (None, [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"team": "TO-VL"},  # not sent out
        {"day": PEAK_DAY - DAY},
    ],
)
def test_work_that_was_not_planned_stays_without(city, fields):
    session = work(city, **fields)
    start_campaign(campaign=city.draft, by=city.city_staff)
    settle()
    assert (campaign_of(session), given()) == (None, [])


@pytest.mark.django_db
def test_called_off_plan_gives_nothing(city):
    session = work(city)
    cancel_deployment(deployment=city.plan, by=city.city_staff)
    start_campaign(campaign=city.draft, by=city.city_staff)
    settle()
    assert campaign_of(session) is None


@pytest.mark.django_db
def test_session_that_counts_for_another_campaign_stays_there(city):
    factories.campaign_day(factories.campaign("CAO-DIEM", owner=city.city), kind="peak")
    session = work(city)
    start_campaign(campaign=city.draft, by=city.city_staff)
    settle()
    assert (campaign_of(session), given()) == ("CAO-DIEM", [])


@pytest.mark.django_db
def test_session_that_was_taken_back_is_left_alone(city):
    session = work(city)
    void_record(target=Session.objects.get(pk=session), reason="Ghi nhầm ngày", access=as_(city.city_staff))
    start_campaign(campaign=city.draft, by=city.city_staff)
    settle()
    assert (campaign_of(session), given()) == (None, [])


@pytest.mark.django_db
def test_plan_for_the_point_comes_first_as_at_the_intake(city):
    area = factories.area()
    market, hospital = (factories.point(code, unit=city.tan_tuc, area=area) for code in ("CHO", "BV"))
    for code, point, hour in (("SANG", market, 6), ("CHIEU", hospital, 13)):
        other = factories.campaign(code, owner=city.city, status="draft")
        hours = {"starts_at": dt.time(hour), "ends_at": dt.time(hour + 1)}
        factories.deployment(city.team, factories.campaign_day(other), point, **hours)
    sessions = [work(city, point=point) for point in ("BV", "CHO", None)]
    for campaign in (city.draft, *type(city.draft).objects.filter(code__in=["SANG", "CHIEU"])):
        start_campaign(campaign=campaign, by=city.city_staff)
    settle()
    asked = [work(city, point=point) for point in ("BV", "CHO", None)]
    assert [campaign_of(pk) for pk in sessions] == [campaign_of(pk) for pk in asked] == ["CHIEU", "SANG", "NHAP"]


# --- who is sent out after the shift was opened -----------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("how", ["many", "one"])
def test_team_that_is_sent_out_after_it_has_begun_gets_its_campaign(city, how):
    type(city.draft).objects.update(status="active")
    session, other = work(city, "TO-VL"), work(city, "TO-NH")
    if how == "many":
        deploy_teams(campaign_day=city.day, teams=[city.team_vinh_loc], by=city.unit_staff, **MORNING)
    else:
        send_team(campaign_day=city.day, team=city.team_vinh_loc, point=None, by=city.unit_staff, **MORNING)
    settle()
    assert [campaign_of(pk) for pk in (session, other)] == ["NHAP", None]
    assert [event.actor for event in given()] == [city.unit_staff]


@pytest.mark.django_db
def test_other_hours_ask_nobody(city):
    change_deployment(deployment=city.plan, seen=0, by=city.city_staff, ends_at=dt.time(12))
    assert not OutboxMessage.objects.filter(topic=REPLANNED).exists()


@pytest.mark.django_db
def test_days_to_come_have_no_work_yet(city):
    ahead = factories.campaign_day(city.draft, today() + DAY)
    send_team(campaign_day=ahead, team=city.team, point=None, by=city.city_staff, **MORNING)
    start_campaign(campaign=city.draft, by=city.city_staff)
    assert list(OutboxMessage.objects.filter(topic=REPLANNED).values_list("key", flat=True)) == [
        f"{PEAK_DAY}:{city.city_staff.pk}"
    ]


@pytest.mark.django_db
def test_peak_day_that_is_added_later_gathers_the_work_of_the_day(city):
    session, other = work(city, "TO-VL"), work(city, "TO-NH")
    district = factories.campaign("BC", owner=city.binh_chanh)
    add_days(campaign=district, days=[PEAK_DAY], kind="ordinary", by=city.city_staff)
    settle()
    assert campaign_of(session) is None
    save_day(campaign_day=district.days.get(), by=city.city_staff, kind="peak")
    settle()
    assert [campaign_of(pk) for pk in (session, other)] == ["BC", None]


# --- locked -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def shut(city):
    """Two sessions of a locked day."""
    city.sessions = [work(city), work(city)]
    approve(sessions=city.sessions, access=as_(city.unit_staff))
    city.lock = lock_period(
        unit=city.city, starts_on=PEAK_DAY, ends_on=PEAK_DAY, reason="Chốt số", access=as_(city.city_staff)
    )
    return city


@pytest.mark.django_db
def test_locked_figures_do_not_move_and_are_told_of_by_their_number(shut):
    before = stored_after_settling()
    start_campaign(campaign=shut.draft, by=shut.city_staff)
    settle()
    assert stored() == before
    assert given() == []
    assert [left_out(shut.day, as_(user)) for user in (shut.city_staff, shut.unit_staff, shut.bank_staff)] == [2, 2, 0]


def stored_after_settling() -> dict:
    settle()
    return stored()


@pytest.mark.django_db
def test_nothing_is_left_out_that_would_not_count(shut):
    elsewhere = factories.campaign_day(factories.campaign("KHAC", owner=shut.city))
    peak = factories.campaign_day(factories.campaign("NH", owner=shut.banks), kind="peak")
    factories.deployment(shut.team_vinh_loc, elsewhere)
    assert [left_out(day, as_(shut.city_staff)) for day in (elsewhere, peak, shut.day)] == [0, 0, 0]


@pytest.mark.django_db
def test_lifting_the_lock_makes_up_for_it(shut):
    start_campaign(campaign=shut.draft, by=shut.city_staff)
    settle()
    lift_period(lock=shut.lock, reason="Tính lại chiến dịch", access=as_(shut.city_staff))
    settle()
    assert [campaign_of(pk) for pk in shut.sessions] == ["NHAP", "NHAP"]
    assert left_out(shut.day, as_(shut.city_staff)) == 0


@pytest.mark.django_db
def test_session_that_came_too_late_counts_by_the_plan_of_when_it_is_let_in(shut):
    session = work(shut)
    start_campaign(campaign=shut.draft, by=shut.city_staff)
    accept_late(entries=LateEntry.objects.all(), reason="Máy hết pin", access=as_(shut.city_staff))
    settle()
    assert campaign_of(session) == "NHAP"


# --- in pieces, and by a worker that dies -----------------------------------------------------------------------------
@pytest.mark.django_db
def test_many_are_given_piece_by_piece_and_who_gets_none_is_passed(city, monkeypatch):
    teams = ["TO-TT", "TO-VL", "TO-TT", "TO-VL", "TO-TT"]
    sessions = [work(city, team) for team in teams]
    pieces, assign = [], afterwards._assign
    monkeypatch.setattr(afterwards, "_assign", lambda rows, *, by: pieces.append(len(rows)) or assign(rows, by=by))
    start_campaign(campaign=city.draft, by=city.city_staff)
    settle(batch=2)
    assert pieces == [2, 2, 1]
    assert [campaign_of(pk) for pk in sessions] == ["NHAP" if team == "TO-TT" else None for team in teams]
    assert len(given()) == 3


@pytest.mark.django_db
def test_piece_that_fails_leaves_what_was_done_and_is_tried_again(city, monkeypatch):
    sessions = [work(city) for _number in range(3)]
    start_campaign(campaign=city.draft, by=city.city_staff)
    assert afterwards.assign_again(2) == 1
    with monkeypatch.context() as broken:
        broken.setattr(afterwards.Promises, "enqueue", lambda _promises: 1 / 0)
        assert afterwards.assign_again(2) == 1
    row = OutboxMessage.objects.get(topic=REPLANNED)
    assert (row.attempts, "division by zero" in row.last_error) == (1, True)
    assert [campaign_of(pk) for pk in sessions] == ["NHAP", "NHAP", None]
    assert len(given()) == 2
    assert afterwards.assign_again(2) == 0  # not yet
    OutboxMessage.objects.update(available_at=row.created_at)
    settle()
    assert [campaign_of(pk) for pk in sessions] == ["NHAP"] * 3
    assert len(given()) == 3


# --- at once ----------------------------------------------------------------------------------------------------------
class Starter(threading.Thread):
    """Sets the draft going, and does what the worker does, on a connection of its own."""

    def __init__(self, city):
        super().__init__(daemon=True)
        self.city, self.backend, self.error = city, None, None

    def run(self):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (self.backend,) = cursor.fetchone()
            start_campaign(campaign=self.city.draft, by=self.city.city_staff)
            outbox.drain(REPLANNED)
        except BaseException as error:  # raised by end()
            self.error = error
        finally:
            connections.close_all()

    waits_for_a_lock = Sender.waits_for_a_lock

    def end(self) -> None:
        self.join(30)
        assert not self.is_alive(), "it still waits"
        if self.error:
            raise self.error


@pytest.mark.django_db(transaction=True)
def test_session_on_its_way_in_when_the_draft_is_set_going_is_not_missed():
    city = drafted(stocked(factories.small_city()))
    opened = session_item()
    sender, starter = Sender(city.leader, [opened, log_item(opened)]), Starter(city)
    with locked(LOGS):
        sender.sends()
        until(sender.waits_for_a_lock)  # it has asked for its campaign, and found a draft
        starter.start()
        until(starter.waits_for_a_lock)
    assert sender.answer().status_code == 200
    starter.end()
    assert campaign_of(uuid.UUID(opened["id"])) == "NHAP"
    settle()
