"""A lock, an approval and the intake at one moment, on connections of their own, each interleaving forced."""

import threading
import uuid
from functools import partial

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from campaigns.services import save_point
from core.errors import DomainError
from services_help.intake import receive
from services_help.intake.periods import hold_off_intake
from services_help.models import AssistanceLog, LateEntry, PeriodLock, Session
from services_help.review import accept_late, approve, lock_period, reopen
from teams.access import access_of_user
from teams.services import move_team, save_unit
from tests import factories
from tests.factories import PEAK_DAY, local
from tests.services_help.intake_items import DEVICE, log_item, session_item, statuses, stocked, void_item
from tests.services_help.test_sync_at_once import LOGS, Sender, assert_tallies_are_a_recount, locked, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city(transactional_db):
    return stocked(factories.small_city())


@pytest.fixture
def morning(city):
    """Closed, with a line."""
    opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
    receive([opened, log_item(opened)], device=DEVICE, access=access_of_user(city.leader))
    return opened


class Staff(threading.Thread):
    """Somebody at a desk, with a connection of their own; ``result()`` waits for the end."""

    def __init__(self, act):
        super().__init__(daemon=True)
        self.act, self.backend, self.value, self.error = act, None, None, None

    def run(self):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (self.backend,) = cursor.fetchone()
            self.value = self.act()
        except BaseException as error:  # told by result()
            self.error = error
        finally:
            connections.close_all()

    def result(self):
        self.join(30)
        assert not self.is_alive(), "still waiting"
        if self.error:
            raise self.error
        return self.value

    waits_for_a_lock = Sender.waits_for_a_lock


def locking(city, unit=None) -> Staff:
    access = access_of_user(city.city_staff)
    days = {"starts_on": PEAK_DAY, "ends_on": PEAK_DAY}
    asked = {"unit": unit or city.city, "reason": "Chốt", "with_unreviewed": True}
    return Staff(lambda: lock_period(**asked, **days, access=access))


def approving(city, *items) -> Staff:
    access = access_of_user(city.unit_staff)
    return Staff(lambda: approve(sessions=[uuid.UUID(item["id"]) for item in items], access=access))


def lates(response) -> list[bool]:
    return [item.get("late", False) for item in response.json()["items"]]


def started(thread):
    thread.start()
    return thread


# --- a lock and the intake --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kinds", ["a line", "a line and a void", "a session"])
def test_what_is_on_its_way_in_is_waited_for_and_locked(city, morning, kinds):
    items = {
        "a line": lambda: [log_item(morning)],
        "a line and a void": lambda: [log_item(morning), void_item(str(AssistanceLog.objects.get().pk))],
        "a session": lambda: [(opened := session_item()), log_item(opened)],
    }[kinds]()
    sender = Sender(city.leader, items)
    with locked(LOGS):
        sender.sends()
        until(sender.waits_for_a_lock)  # it has looked: nothing is locked
        staff = started(locking(city))
        until(staff.waits_for_a_lock)  # at what the sender holds

    assert (statuses(sender.answer()), lates(sender.answer())) == (["stored"] * len(items), [False] * len(items))
    made = staff.result()
    assert set(Session.objects.values_list("lock", flat=True)) == {made.pk}
    assert LateEntry.objects.count() == 0
    assert_tallies_are_a_recount()


def test_session_that_comes_while_a_period_is_being_locked_waits_and_is_late(city):
    sender = Sender(city.leader, [session_item()])
    with transaction.atomic():
        hold_off_intake()
        sender.sends()
        until(sender.waits_for_a_lock)
        factories.period_lock(city.city)

    assert (statuses(sender.answer()), lates(sender.answer())) == (["stored"], [True])
    assert Session.objects.count() == 0


def test_line_that_comes_while_its_session_is_being_locked_waits_and_is_late(city, morning):
    sender = Sender(city.leader, [log_item(morning)])
    with transaction.atomic():
        session = Session.objects.select_for_update().get()
        sender.sends()
        until(sender.waits_for_a_lock)
        session.lock = factories.period_lock(city.city)
        session.save(update_fields=["lock"])

    assert (statuses(sender.answer()), lates(sender.answer())) == (["stored"], [True])
    assert (AssistanceLog.objects.count(), LateEntry.objects.count()) == (1, 1)


def test_two_locks_at_once_hold_each_session_once(city, morning):
    with transaction.atomic():
        hold_off_intake()
        both = [started(locking(city)), started(locking(city))]
        until(lambda: all(staff.waits_for_a_lock() for staff in both))
    assert both[0].result() == both[1].result() == PeriodLock.objects.get()


def test_late_shift_that_is_accepted_while_a_period_is_being_locked_waits_and_is_locked(city):
    lifted = factories.period_lock(city.city)
    opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
    receive([opened], device=DEVICE, access=access_of_user(city.leader))
    PeriodLock.objects.update(lifted_at=timezone.now(), lifted_by=city.city_staff)
    access = access_of_user(city.city_staff)
    with transaction.atomic():
        hold_off_intake()
        staff = started(Staff(lambda: accept_late(entries=LateEntry.objects.all(), reason="Bù", access=access)))
        until(staff.waits_for_a_lock)
        made = factories.period_lock(city.city)

    staff.result()
    assert made != lifted
    assert (Session.objects.get().state, Session.objects.get().lock) == ("locked", made)


def test_approval_taken_back_while_a_period_is_being_locked_is_in_the_way(city, morning):
    approve(sessions=[uuid.UUID(morning["id"])], access=access_of_user(city.unit_staff))
    access = access_of_user(city.city_staff)
    days = {"starts_on": PEAK_DAY, "ends_on": PEAK_DAY}
    with transaction.atomic():
        reopen(session=Session.objects.get(), reason="Xem lại", access=access_of_user(city.unit_staff))
        staff = started(Staff(lambda: lock_period(unit=city.city, **days, reason="Chốt", access=access)))
        until(staff.waits_for_a_lock)

    with pytest.raises(DomainError, match="còn 1 ca chưa duyệt"):
        staff.result()
    assert PeriodLock.objects.count() == 0


# --- a lock and the tree ----------------------------------------------------------------------------------------------
def moving(city) -> Staff:
    return Staff(lambda: move_team(team=city.team, unit=city.bank, since=PEAK_DAY, by=city.city_staff))


def test_move_that_comes_while_its_day_is_being_locked_waits_and_is_refused(city, morning):
    access = access_of_user(city.city_staff)
    days = {"starts_on": PEAK_DAY, "ends_on": PEAK_DAY}
    with transaction.atomic():
        lock_period(unit=city.tan_tuc, **days, reason="Chốt", access=access, with_unreviewed=True)
        staff = started(moving(city))
        until(staff.waits_for_a_lock)

    with pytest.raises(DomainError) as refused:
        staff.result()
    assert (refused.value.code, city.team.home_on(PEAK_DAY)) == ("locked", city.tan_tuc)


def test_lock_that_is_made_while_a_team_is_being_moved_waits_and_takes_what_is_there_then(city, morning):
    with transaction.atomic():
        move_team(team=city.team, unit=city.bank, since=PEAK_DAY, by=city.city_staff)
        staff = started(locking(city, city.tan_tuc))
        until(staff.waits_for_a_lock)

    assert (staff.result().sessions.count(), city.team.home_on(PEAK_DAY)) == (0, city.bank)


def test_area_of_a_point_that_is_changed_while_its_day_is_being_locked_waits_and_is_refused(city, morning):
    point = factories.point(unit=city.tan_tuc, area=factories.area())
    Session.objects.update(point=point)
    access, days = access_of_user(city.city_staff), {"starts_on": PEAK_DAY, "ends_on": PEAK_DAY}
    change = partial(save_point, point=point, area=factories.area(), by=city.unit_staff)
    with transaction.atomic():
        lock_period(unit=city.tan_tuc, **days, reason="Chốt", access=access, with_unreviewed=True)
        staff = started(Staff(change))
        until(staff.waits_for_a_lock)

    with pytest.raises(DomainError) as refused:
        staff.result()
    assert refused.value.code == "locked"


def test_block_of_a_unit_that_is_changed_while_its_day_is_being_locked_waits_without_the_unit(city, morning):
    """The lock is going to point to the unit, which with another code nobody could while its row is held."""
    access, days = access_of_user(city.city_staff), {"starts_on": PEAK_DAY, "ends_on": PEAK_DAY}
    city.tan_tuc.code, city.tan_tuc.block = "BC-TT-2", "workers"
    with transaction.atomic():
        hold_off_intake()
        staff = started(Staff(partial(save_unit, unit=city.tan_tuc, by=city.city_staff)))
        until(staff.waits_for_a_lock)
        lock_period(unit=city.tan_tuc, **days, reason="Chốt", access=access, with_unreviewed=True)

    with pytest.raises(DomainError) as refused:
        staff.result()
    assert refused.value.code == "locked"


def test_session_that_comes_while_its_team_is_moved_to_under_a_lock_waits_and_is_late(city):
    factories.period_lock(city.bank)
    sender = Sender(city.leader, [session_item()])
    with transaction.atomic():
        move_team(team=city.team, unit=city.bank, since=PEAK_DAY, by=city.city_staff)
        sender.sends()
        until(sender.waits_for_a_lock)

    assert (statuses(sender.answer()), lates(sender.answer())) == (["stored"], [True])
    assert Session.objects.count() == 0


# --- an approval and the intake ---------------------------------------------------------------------------------------
def test_one_approval_waits_for_a_line_on_its_way_and_covers_it(city, morning):
    sender = Sender(city.leader, [log_item(morning)])
    with locked(LOGS):
        sender.sends()
        until(sender.waits_for_a_lock)
        staff = started(approving(city, morning))
        until(staff.waits_for_a_lock)

    assert statuses(sender.answer()) == ["stored"]
    assert [result.is_approved for result in staff.result()] == [True]
    assert (Session.objects.get().state, AssistanceLog.objects.count()) == ("approved", 2)
    assert_tallies_are_a_recount()


def test_of_many_approvals_the_one_that_is_written_to_is_left_for_later(city, morning):
    other = session_item(started_at=local(PEAK_DAY, 13).isoformat(), ended_at=local(PEAK_DAY, 15).isoformat())
    receive([other], device=DEVICE, access=access_of_user(city.leader))
    sender = Sender(city.leader, [log_item(morning)])
    with locked(LOGS):
        sender.sends()
        until(sender.waits_for_a_lock)
        results = started(approving(city, morning, other)).result()  # waits for nobody

    assert [result.refusal and result.refusal.code for result in results] == ["busy", None]
    assert statuses(sender.answer()) == ["stored"]
    assert dict(Session.objects.values_list("pk", "state")) == {
        uuid.UUID(morning["id"]): "provisional",
        uuid.UUID(other["id"]): "approved",
    }


def test_line_that_comes_while_its_session_is_being_approved_takes_the_approval_back(city, morning):
    sender = Sender(city.leader, [log_item(morning)])
    with transaction.atomic():
        approve(sessions=[uuid.UUID(morning["id"])], access=access_of_user(city.unit_staff))
        sender.sends()
        until(sender.waits_for_a_lock)

    assert statuses(sender.answer()) == ["stored"]
    session = Session.objects.get()
    assert (session.state, session.reviews.order_by("pk").last().kind) == ("provisional", "changed")
    assert_tallies_are_a_recount()


def test_two_lines_at_once_take_an_approval_back_once(city, morning):
    approve(sessions=[uuid.UUID(morning["id"])], access=access_of_user(city.unit_staff))
    senders = [Sender(city.leader, [log_item(morning)]) for _ in range(2)]
    with locked(LOGS):
        for sender in senders:
            sender.sends()
        until(lambda: all(sender.waits_for_a_lock() for sender in senders))

    assert [statuses(sender.answer()) for sender in senders] == [["stored"]] * 2
    kinds = list(Session.objects.get().reviews.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["approved", "changed"]
    assert_tallies_are_a_recount()
