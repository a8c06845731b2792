"""A reorganisation while others move teams, and while a worker counts: on connections of their own."""

import datetime as dt

import pytest
from django.db import transaction

from core import outbox
from core.errors import DomainError
from reports import reorganised as figures
from reports import tallies
from services_help.intake.promises import STALE
from teams.access import access_of_user
from teams.appointments import end_appointment
from teams.models import Appointment, ReorganisationState
from teams.permissions import Role
from teams.reorganising import services
from teams.reorganising.journal import CannotUndo
from teams.services import move_team
from teams.tree import tree_problems
from tests import factories
from tests.reports.worlds import promise_new
from tests.services_help.test_review_at_once import Staff
from tests.services_help.test_sync_at_once import until
from tests.teams.reorganised import DAY, LAST, approved

pytestmark = pytest.mark.django_db(transaction=True)
MERGE = ("merge", {"units": ["BC-TT"], "into": "BC-VL"})


@pytest.fixture
def city(transactional_db):
    city = factories.small_city()
    city.access = access_of_user(city.city_staff)
    city.made = approved(city.city_staff, MERGE)
    return city


def execute(city) -> None:
    services.execute(reorganisation=city.made, access=city.access, figures=figures)


def test_nobody_moves_a_team_into_a_unit_that_is_being_closed(city):
    into_the_old_one = lambda: move_team(team=city.team_bank, unit=city.tan_tuc, since=DAY, by=city.city_staff)  # noqa: E731
    second = Staff(into_the_old_one)
    with transaction.atomic():
        execute(city)
        second.start()
        until(second.waits_for_a_lock)
    with pytest.raises(DomainError) as refused:
        second.result()
    assert refused.value.code == "not_valid_then"
    assert city.team_bank.home_on(DAY).code == "NH-01"


def test_move_that_was_first_is_seen_and_the_operation_has_to_be_tried_out_again(city):
    second = Staff(lambda: execute(city))
    with transaction.atomic():
        move_team(team=city.team_bank, unit=city.tan_tuc, since=DAY, by=city.city_staff)
        second.start()
        until(second.waits_for_a_lock)
    with pytest.raises(DomainError) as refused:
        second.result()
    assert refused.value.code == "changed_since"
    city.made.refresh_from_db()
    assert city.made.state == ReorganisationState.APPROVED
    assert tree_problems() == []


def test_office_that_is_ended_at_this_moment_does_not_go_on_at_the_successor(city):
    office = Appointment.objects.create(
        user=factories.user(), role=Role.UNIT_STAFF, unit=city.tan_tuc, valid_from=factories.LONG_AGO
    )
    city.made = approved(city.city_staff, ("merge", MERGE[1] | {"keeps_people": True}))
    second = Staff(lambda: execute(city))
    with transaction.atomic():
        end_appointment(appointment=office, last_day=LAST - dt.timedelta(days=9), access=city.access)
        second.start()
        until(second.waits_for_a_lock)
    with pytest.raises(DomainError) as refused:
        second.result()
    assert refused.value.code == "changed_since"
    assert not Appointment.objects.on(DAY).filter(user=office.user).exists()


def test_two_who_carry_it_out_at_once_carry_it_out_once(city):
    second = Staff(lambda: execute(city))
    with transaction.atomic():
        execute(city)
        second.start()
        until(second.waits_for_a_lock)
    second.result()
    assert city.team.homes.count() == 2


def test_worker_that_counts_meanwhile_waits_and_what_it_counts_is_right(city):
    session = factories.session(city.team, DAY)
    log = factories.log(session, factories.service("DVC-NOP"), people=5)
    with transaction.atomic():
        promise_new(session, log)
    second = Staff(lambda: outbox.drain(STALE))
    with transaction.atomic():
        execute(city)
        second.start()
        until(second.waits_for_a_lock)
    second.result()
    assert list(tallies.drift()) == []
    assert figures.read()["as_is"]["totals"]["people"] == 5


def test_office_that_is_ended_at_this_moment_is_not_given_back_by_undoing(city):
    """What is looked at is held: else it is changed between the look and the undoing, and the change is lost."""
    office = Appointment.objects.create(
        user=factories.user(), role=Role.UNIT_STAFF, unit=city.tan_tuc, valid_from=factories.LONG_AGO
    )
    city.made = approved(city.city_staff, ("merge", MERGE[1] | {"keeps_people": True}))
    execute(city)
    going_on = Appointment.objects.on(DAY).get(user=office.user)
    second = Staff(lambda: services.undo(reorganisation=city.made, access=city.access, reason="Sáp nhập nhầm đơn vị"))
    with transaction.atomic():
        end_appointment(appointment=going_on, last_day=DAY, access=city.access)
        second.start()
        until(second.waits_for_a_lock)
    with pytest.raises(CannotUndo, match="đã được sửa"):
        second.result()
    going_on.refresh_from_db()
    assert going_on.valid_to == DAY
