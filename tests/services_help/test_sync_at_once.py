"""Two senders at once, on two connections to PostgreSQL, each interleaving forced rather than hoped for.

A transaction of the test holds a lock at which a sender has to wait; what happens meanwhile is then certain.
"""

import contextlib
import threading
import time

import pytest
from django.db import connection, connections, transaction

from core import outbox
from services_help.models import AssistanceLog, Attendance, Receipt, Session, Void
from tests import factories
from tests.factories import PEAK_DAY, local
from tests.reports import recount
from tests.reports.test_tallies import stored
from tests.services_help.intake_items import (
    OTHER_DEVICE,
    attendance_item,
    codes,
    log_item,
    post,
    session_item,
    signed_in,
    statuses,
    stocked,
    void_item,
)

pytestmark = pytest.mark.django_db(transaction=True)
LOGS, RECEIPTS = "services_help_assistancelog", "services_help_receipt"


@pytest.fixture
def city(transactional_db):
    return stocked(factories.small_city())


class Sender(threading.Thread):
    """A phone with a connection of its own. ``answer()`` waits for the end and gives the response."""

    def __init__(self, user, items, **options):
        super().__init__(daemon=True)
        self.client, self.items, self.options = signed_in(user, raise_request_exception=False), items, options
        self.response, self.error, self.backend = None, None, None
        self.go = threading.Event()

    def run(self):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (self.backend,) = cursor.fetchone()
            self.go.wait(30)
            self.response = post(self.client, self.items, **self.options)
        except BaseException as error:  # told by answer()
            self.error = error
        finally:
            connections.close_all()

    def sends(self) -> "Sender":
        if not self.is_alive():
            self.start()
        self.go.set()
        return self

    def answer(self):
        self.join(30)
        assert not self.is_alive(), "the sender still waits"
        if self.error:
            raise self.error
        return self.response

    def waits_for_a_lock(self) -> bool:
        if self.backend is None:
            return False
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [self.backend])
            return cursor.fetchone()[0]


def until(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextlib.contextmanager
def locked(table: str):
    """Others may read ``table`` but not write to it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield


def assert_tallies_are_a_recount() -> None:
    outbox.drain("tallies.stale")
    outbox.drain("voids.parked")
    assert stored() == recount.tallies()


# --- one batch, two connections ---------------------------------------------------------------------------------------
def test_second_sender_waits_for_the_first_and_is_told_replayed(city):
    session = session_item()
    items = [session, *(log_item(session) for _ in range(3))]
    first, second = Sender(city.leader, items), Sender(city.leader, items[::-1])

    with locked(LOGS):
        first.sends()
        until(first.waits_for_a_lock)  # its receipts are written, not committed
        second.sends()
        until(second.waits_for_a_lock)  # at the receipts of the first

    assert statuses(first.answer()) == ["stored"] * 4
    assert statuses(second.answer()) == ["replayed"] * 4
    assert (Receipt.objects.count(), AssistanceLog.objects.count()) == (4, 3)
    assert_tallies_are_a_recount()


def test_second_sender_with_other_content_is_told_conflict(city):
    session = session_item()
    log = log_item(session)
    post(signed_in(city.leader), [session])
    first, second = Sender(city.leader, [log]), Sender(city.leader, [log | {"people": 9}])

    with locked(LOGS):
        first.sends()
        until(first.waits_for_a_lock)
        second.sends()
        until(second.waits_for_a_lock)

    assert statuses(first.answer()) == ["stored"]
    assert (statuses(second.answer()), codes(second.answer())) == (["conflict"], [["id_taken"]])
    assert AssistanceLog.objects.get().people == 1
    assert_tallies_are_a_recount()


def test_first_sender_that_dies_leaves_nothing_and_the_second_stores(city):
    session = session_item()
    items = [session, log_item(session)]
    first, second = Sender(city.leader, items), Sender(city.leader, items)

    with locked(LOGS):
        first.sends()
        until(first.waits_for_a_lock)
        second.sends()
        until(second.waits_for_a_lock)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [first.backend])

    assert statuses(second.answer()) == ["stored"] * 2
    answer = first.answer()  # an error, or the answer of another try: never a second row
    assert answer.status_code >= 500 or statuses(answer) == ["replayed"] * 2
    assert (Receipt.objects.count(), AssistanceLog.objects.count()) == (2, 1)
    assert_tallies_are_a_recount()


def test_answer_lost_after_the_commit_and_a_retry_count_once(city):
    session = session_item()
    items = [session, log_item(session, people=7)]
    lost = Sender(city.leader, items).sends()
    lost.join(30)  # nobody reads its answer

    assert statuses(post(signed_in(city.leader), items)) == ["replayed"] * 2
    assert AssistanceLog.objects.get().people == 7
    assert_tallies_are_a_recount()


def test_many_senders_of_overlapping_batches_in_every_order_end_with_each_item_once(city):
    sessions = [session_item(), session_item()]
    logs = [log_item(sessions[number % 2], people=number) for number in range(1, 31)]
    everything = sessions + logs
    batches = [everything, everything[::-1], sessions + logs[10:], sessions + logs[:20][::-1], logs[::2] + sessions]
    senders = [Sender(city.leader, batch) for batch in batches]

    for sender in senders:
        sender.start()
    until(lambda: all(sender.backend for sender in senders))
    for sender in senders:
        sender.sends()
    answers = [statuses(sender.answer()) for sender in senders]

    assert {status for answer in answers for status in answer} == {"stored", "replayed"}
    assert sum(answer.count("stored") for answer in answers) == len(everything)
    assert AssistanceLog.objects.count() == 30
    assert_tallies_are_a_recount()


# --- rules about sets -------------------------------------------------------------------------------------------------
def test_two_phones_that_tick_one_volunteer_at_once_count_once(city):
    session = session_item()
    post(signed_in(city.leader), [session])
    first = Sender(city.leader, [attendance_item(session)])
    second = Sender(city.leader, [attendance_item(session)], device=OTHER_DEVICE)

    with locked("services_help_attendance"):
        first.sends()
        until(first.waits_for_a_lock)
        second.sends()
        until(second.waits_for_a_lock)  # at the session

    assert statuses(first.answer()) == ["stored"]
    assert codes(second.answer()) == [["already_present"]]
    assert Attendance.objects.count() == 1
    assert_tallies_are_a_recount()


@pytest.mark.parametrize(("hours", "expected"), [((11, 12), ["stored", "stored"]), ((12, 11), ["stored", "replayed"])])
def test_two_phones_that_close_one_session_end_with_the_later_end(city, hours, expected):
    session = session_item()
    post(signed_in(city.leader), [session])
    closings = [session | {"ended_at": local(PEAK_DAY, hour).isoformat()} for hour in hours]
    first, second = (Sender(city.leader, [closing]) for closing in closings)

    with transaction.atomic():
        Session.objects.select_for_update().get()
        first.sends()
        until(first.waits_for_a_lock)
        second.sends()
        until(second.waits_for_a_lock)

    assert [statuses(sender.answer()) for sender in (first, second)] == [[status] for status in expected]
    assert Session.objects.get().ended_at == local(PEAK_DAY, 12)
    assert_tallies_are_a_recount()


def test_void_that_its_target_overtakes_on_the_way_still_takes_it_back(city):
    session = session_item()
    log = log_item(session)
    void = void_item(log)
    post(signed_in(city.leader), [session])
    sender, late = Sender(city.leader, [void]), Sender(city.leader, [log])

    with locked("services_help_void"):
        sender.sends()
        until(sender.waits_for_a_lock)  # it has looked for its target, and found none
        assert statuses(late.sends().answer()) == ["stored"]
        worker = threading.Thread(target=_drain_elsewhere)
        worker.start()
        worker.join(30)
    assert statuses(sender.answer()) == ["stored"]

    assert not Void.objects.get().is_authorised
    assert not AssistanceLog.objects.live().exists()
    assert_tallies_are_a_recount()


def _drain_elsewhere() -> None:
    try:
        outbox.drain("tallies.stale")
    finally:
        connections.close_all()


# --- waiting in a circle ----------------------------------------------------------------------------------------------
def test_two_batches_in_opposite_order_never_wait_in_a_circle(city, caplog):
    session = session_item()
    post(signed_in(city.leader), [session])
    first, last, *gates = sorted((log_item(session) for _ in range(4)), key=lambda item: item["id"])
    # Each comes to a gate after it has written one item and before the one that the other has written.
    one, other = Sender(city.leader, [first, gates[0], last]), Sender(city.leader, [last, gates[1], first])

    with transaction.atomic():
        for gate in gates:
            Receipt.objects.create(
                id=gate["id"], kind="log", device=OTHER_DEVICE, day=PEAK_DAY, received_from=city.leader
            )
        for sender in (one, other):
            sender.sends()
            until(sender.waits_for_a_lock)
        transaction.set_rollback(True)

    assert sorted([statuses(one.answer()), statuses(other.answer())[::-1]]) == [
        ["replayed", "stored", "replayed"],
        ["stored", "stored", "stored"],
    ]
    assert "intake_tried_again" not in caplog.text
    assert_tallies_are_a_recount()


def test_sender_that_is_broken_off_by_a_deadlock_is_tried_again(city, caplog):
    session = session_item()
    log = log_item(session)
    post(signed_in(city.leader), [session])
    sender = Sender(city.leader, [log])

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL deadlock_timeout = '1min'")  # so the sender looks first: who looks is broken off
        cursor.execute(f"LOCK TABLE {LOGS} IN SHARE MODE")
        sender.sends()
        until(sender.waits_for_a_lock)
        cursor.execute(f"LOCK TABLE {RECEIPTS} IN SHARE MODE")

    assert statuses(sender.answer()) == ["stored"]
    assert "intake_tried_again" in caplog.text
    assert AssistanceLog.objects.count() == 1
