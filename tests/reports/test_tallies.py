"""Tallies equal the raw logs, whatever happened and in whatever order."""

import datetime as dt
import random
import threading
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import outbox
from core.models import OutboxMessage, Revision
from reports import tallies
from reports.models import DayTally, HourTally, LineTally, PresenceTally, StaleMonth, TallySlice
from reports.tallies.cuts import CUTS
from reports.tallies.drift import drift_of_months
from reports.tallies.slices import Slice, from_outbox_key
from services_help.models import AssistanceLog
from tests import factories
from tests.reports import recount, worlds

# Drawn worlds share one database: each example is rolled back.
drawn = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def stored() -> dict:
    found = {}
    for name, cut in CUTS.items():
        rows = cut.days.objects.values_list(*cut.key, *cut.measures)
        found[name] = {row[: len(cut.key)]: row[len(cut.key) :] for row in rows}
        assert len(found[name]) == len(rows), f"two rows for one cell of {name}"
    return found


def months_are_sums_of_days() -> bool:
    tallies.fold(dt.timedelta(0))
    return not StaleMonth.objects.exists() and list(drift_of_months()) == []


def count(session) -> None:
    tallies.refresh([Slice(session.day, session.team_id)])


def drain() -> None:
    outbox.drain(worlds.STALE)
    outbox.drain(worlds.PARKED)


@pytest.fixture
def world(db):
    return worlds.setting()


@drawn
@given(
    seed=st.integers(0, 10**9),
    steps=st.lists(st.sampled_from(worlds.STEPS), max_size=25),
    drains=st.sets(st.integers(0, 24)),
)
def test_tallies_after_any_steps_equal_a_recount(world, seed, steps, drains):
    rng = random.Random(seed)
    with transaction.atomic():
        world.sessions, world.items = [], []
        for number, step in enumerate(steps):
            step(world, rng)
            if number in drains:
                drain()
        drain()
        assert stored() == recount.tallies()
        assert list(tallies.drift()) == []
        assert months_are_sums_of_days()
        transaction.set_rollback(True)


@drawn
@given(seed=st.integers(0, 10**9), steps=st.lists(st.sampled_from(worlds.STEPS), min_size=8, max_size=25))
def test_rebuild_after_any_steps_leaves_every_row_as_the_worker_left_it(world, seed, steps):
    rng = random.Random(seed)
    with transaction.atomic():
        world.sessions, world.items = [], []
        for step in steps:
            step(world, rng)
        drain()
        before = stored()
        tallies.rebuild()
        assert stored() == before
        transaction.set_rollback(True)


def test_slices_counted_in_another_order_and_twice_stay_the_same(world):
    rng = random.Random(7)
    for step in worlds.STEPS * 6:
        step(world, rng)
    slices = [from_outbox_key(key) for key in OutboxMessage.objects.values_list("key", flat=True)]
    rng.shuffle(slices)
    for each in [*slices[: len(slices) // 2], *slices[::-1]]:
        tallies.refresh([each])
    assert not OutboxMessage.objects.exists()
    assert stored() == recount.tallies()


def test_session_without_a_line_counts_as_a_session(world):
    session = factories.session(world.team)
    count(session)
    assert list(DayTally.objects.values_list("sessions", "people", "service_turns")) == [(1, 0, 0)]


def test_slice_whose_rows_are_all_voided_leaves_no_tally(world):
    session = factories.session(world.team)
    factories.log(session, world.services[0])
    count(session)
    factories.void(session)
    count(session)
    assert {cut.days.objects.count() for cut in CUTS.values()} == {0}


def test_closing_an_open_session_gives_the_volunteers_their_minutes(world):
    session = factories.session(world.team, started_at=factories.local(factories.PEAK_DAY, 7, 30))
    factories.attendance(session, world.volunteers[0], minutes=None)
    count(session)
    assert DayTally.objects.get().volunteer_minutes == 0
    session.ended_at = factories.local(factories.PEAK_DAY, 11, 0)
    session.save()
    count(session)
    assert DayTally.objects.get().volunteer_minutes == 210


def test_volunteer_ticked_twice_in_a_session_counts_once(world):
    session = factories.session(world.team)
    for minutes in (60, 90):
        factories.attendance(session, world.volunteers[0], minutes=minutes)
    count(session)
    assert list(PresenceTally.objects.values_list("turns", "minutes")) == [(1, 90)]


def test_refresh_moves_the_revision_of_tallies(world):
    before = Revision.state()["tallies"].number if "tallies" in Revision.state() else 0
    count(factories.session(world.team))
    assert Revision.state()["tallies"].number == before + 1


# --- voids that came first ------------------------------------------------------------------------------------------
def test_parked_void_whose_target_is_known_by_now_takes_effect(world):
    session = factories.session(world.team)
    log = factories.log(session, world.services[0])
    count(session)
    void = factories.void(log, is_authorised=False)
    tallies.resolve_parked_voids([str(void.pk)])
    assert DayTally.objects.get().people == 0


def test_parked_void_of_a_session_takes_effect(world):
    session = factories.session(world.team)
    count(session)
    void = factories.void(session, is_authorised=False)
    tallies.resolve_parked_voids([str(void.pk)])
    assert not DayTally.objects.exists()


def test_parked_void_of_something_unknown_changes_nothing(world):
    unsent = AssistanceLog(id=uuid.uuid4(), device=uuid.uuid4(), created_by=world.author)
    tallies.resolve_parked_voids([str(factories.void(unsent).pk)])
    assert not TallySlice.objects.exists()


def test_log_that_comes_after_its_void_never_counts(world):
    session = factories.session(world.team)
    log_id = uuid.uuid4()
    factories.void(AssistanceLog(id=log_id, device=session.device, created_by=world.author), is_authorised=False)
    factories.log(session, world.services[0], id=log_id)
    worlds.promise(session)
    drain()
    assert DayTally.objects.get().people == 0


# --- workers that fail, workers at once -----------------------------------------------------------------------------
@pytest.mark.parametrize("step", ["statements.count", "Revision.bump"])
def test_worker_that_fails_leaves_outbox_and_tallies_untouched(world, monkeypatch, step):
    session = factories.session(world.team)
    factories.log(session, world.services[0], people=2)
    worlds.promise(session)
    drain()
    before = stored()
    factories.log(session, world.services[0], people=5)
    worlds.promise(session)

    def fail(*args):
        raise RuntimeError("worker dies here")

    monkeypatch.setattr(f"reports.tallies.counting.{step}", fail)
    drain()
    assert stored() == before
    waiting = OutboxMessage.objects.get()
    assert (waiting.attempts, "worker dies here" in waiting.last_error) == (1, True)

    monkeypatch.undo()
    OutboxMessage.objects.update(available_at=waiting.created_at)
    drain()
    assert stored() == recount.tallies()
    assert not OutboxMessage.objects.exists()


def rebuild(_seed) -> None:
    for _number in range(3):
        tallies.rebuild()


@pytest.mark.parametrize("others", [[], [(rebuild, 0)]], ids=["alone", "and a rebuild"])
@pytest.mark.django_db(transaction=True)
def test_several_workers_and_writers_at_once_end_equal_to_a_recount(others):
    world = worlds.setting()
    rng = random.Random(1)
    with transaction.atomic():
        for _number in range(6):
            worlds.add_session(world, rng)
    faults = []

    def write(seed):
        rng = random.Random(seed)
        for _number in range(25):
            with transaction.atomic():
                rng.choice([worlds.add_log, worlds.add_log, worlds.add_attendance, worlds.add_void])(world, rng)

    def work(_seed):
        for _number in range(25):
            drain()

    def run(job, seed):
        try:
            job(seed)
        except Exception as error:  # a thread's error must fail the test
            faults.append(error)
        finally:
            connection.close()

    jobs = [(write, 11), (write, 12), (work, 0), (work, 0), (work, 0), *others]
    threads = [threading.Thread(target=run, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    OutboxMessage.objects.update(available_at=timezone.now() - dt.timedelta(days=1))
    drain()
    assert faults == []
    assert not OutboxMessage.objects.exists()
    assert stored() == recount.tallies()
    assert TallySlice.objects.count() == len({(row.team_id, row.day) for row in world.sessions})
    assert months_are_sums_of_days()


@pytest.mark.django_db(transaction=True)
def test_rebuild_over_several_connections_counts_all_days_and_tells_them_in_order():
    world, rng = worlds.setting(), random.Random(5)
    with transaction.atomic():
        for step in [*[worlds.add_session] * 12, *[worlds.add_log] * 40, *[worlds.add_attendance] * 8]:
            step(world, rng)
    told = []
    tallies.rebuild(lambda done, in_all: told.append((done, in_all)))
    assert told == [(number, len(worlds.DAYS)) for number in range(1, len(worlds.DAYS) + 1)]
    assert stored() == recount.tallies()
    assert months_are_sums_of_days()
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_worker_counts_what_lies_behind_that_which_another_is_at_over_several_connections():
    world = worlds.setting()
    with transaction.atomic():
        sessions = [factories.session(team) for team in world.teams[:3]]
    tallies.refresh({Slice(row.day, row.team_id) for row in sessions})
    for row in sessions:
        with transaction.atomic():
            factories.log(row, world.services[0])
            worlds.promise(row)
    at = from_outbox_key(OutboxMessage.objects.order_by("id").values_list("key", flat=True)[0])
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM reports_tallyslice WHERE team_id = %s FOR UPDATE", [at.team_id])
        assert outbox.drain(worlds.STALE, batch=1) == 2
    finally:
        other.rollback()
        other.close()
    assert OutboxMessage.objects.get().key == at.outbox_key


# --- drift ----------------------------------------------------------------------------------------------------------
def test_drift_of_a_slice_that_a_worker_has_yet_to_count_is_none(world):
    session = factories.session(world.team)
    worlds.promise(session)
    assert list(tallies.drift()) == []
    OutboxMessage.objects.all().delete()
    assert len(list(tallies.drift())) == 1


def test_drift_of_a_slice_with_a_parked_void_on_its_way_is_none(world):
    session = factories.session(world.team)
    count(session)
    void = factories.void(session, is_authorised=False)
    outbox.enqueue(worlds.PARKED, [str(void.pk)])
    assert list(tallies.drift()) == []
    OutboxMessage.objects.all().delete()
    assert len(list(tallies.drift())) == 1


PLANTS = {
    "a wrong figure": lambda: DayTally.objects.update(people=F("people") + 1),
    "a row too many": lambda: HourTally.objects.create(**_copy(HourTally), hour=23),
    "a row too few": lambda: LineTally.objects.all().delete(),
    "a wrong state": lambda: PresenceTally.objects.update(state="locked"),
}


def _copy(model) -> dict:
    row = model.objects.values("team_id", "day", "state", "service_id").first()
    return row | {"people": 1, "service_turns": 1}


@pytest.fixture
def counted(world):
    session = factories.session(world.team)
    factories.log(session, world.services[0], people=3)
    factories.attendance(session, world.volunteers[0])
    worlds.promise(session)
    drain()
    return world


@pytest.mark.parametrize("plant", PLANTS)
def test_drift_finds(counted, plant):
    PLANTS[plant]()
    assert list(tallies.drift())


def test_verify_of_equal_tallies_says_so(counted, capsys):
    call_command("verify_tallies", wait=0)
    assert capsys.readouterr().out.startswith("Khớp")


def test_verify_of_a_planted_drift_names_the_cell_and_fails(counted, capsys):
    DayTally.objects.update(people=7)
    with pytest.raises(CommandError, match="lệch ở 1 ô"):
        call_command("verify_tallies", wait=0)
    said = capsys.readouterr().out
    assert "26/03/2023" in said
    assert "Tổ xung kích Tân Túc" in said
    assert "lượt người: đang lưu 7, đếm lại 3" in said


def test_verify_with_work_waiting_says_how_much_and_fails(counted):
    worlds.promise(factories.session(counted.team))
    with pytest.raises(CommandError, match="còn 1 việc chờ"):
        call_command("verify_tallies", wait=0.3)


def test_rebuild_mends_a_drift(counted, capsys):
    for plant in PLANTS.values():
        plant()
    DayTally.objects.create(team=counted.team_bank, day=factories.LONG_AGO, state="locked", people=9)
    call_command("rebuild_tallies")
    assert stored() == recount.tallies()
    assert "ngày" in capsys.readouterr().out
