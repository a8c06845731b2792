"""Flags follow the figures: what changes is examined, once and by one worker, whatever dies in between."""

import datetime as dt
import random
import threading
from contextlib import suppress

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import outbox
from core.models import Revision
from desk.outliers import examining
from desk.outliers.catalogue import RULES
from desk.outliers.examining import examine, examine_what_changed
from desk.outliers.models import Examination, OutlierRule, SessionFlag
from reports import tallies
from reports.events.models import FigureEvent
from reports.tallies.slices import Slice
from services_help.intake import receive
from services_help.models import Session
from services_help.services import void_record
from teams.access import access_of_user
from tests import factories
from tests.desk.shifts import HOUR, MINUTE, found, logged, phone, place, receipted, services, shift, staffed
from tests.dying import Killed, dies_at
from tests.factories import PEAK_DAY, local
from tests.services_help.intake_items import DEVICE, log_item, session_item, stocked

DAY = dt.timedelta(days=1)


def flags() -> dict:
    return {
        (str(flag.session_id), flag.rule): (flag.numbers, flag.limits, flag.severity)
        for flag in SessionFlag.objects.all()
    }


def counted(*sessions) -> None:
    tallies.refresh({Slice(session.day, session.team_id) for session in sessions})


def fast(team, day=PEAK_DAY, turns: int = 40, **fields):
    """A session that is flagged for its pace alone."""
    session = shift(team, day, hours=1, **fields)
    staffed(session, 1)
    logged(session, turns - 1, 1)
    return session


# --- from the phone to the flag and back ------------------------------------------------------------------------------
def test_close_is_examined_and_a_void_takes_the_flag_away(world):
    stocked(world)
    opened = session_item()
    logs = [log_item(opened, people=40), log_item(opened)]
    send = lambda *items: receive(list(items), device=DEVICE, access=access_of_user(world.leader))  # noqa: E731
    send(opened, *logs)
    outbox.drain("tallies.stale")
    examine_what_changed()
    assert flags() == {}  # not closed yet

    send({**opened, "ended_at": local(PEAK_DAY, 8, 30).isoformat()})
    outbox.drain("tallies.stale")
    examine_what_changed()
    assert set(flags()) == {(opened["id"], "pace")}

    void_record(
        target=Session.objects.get().logs.get(id=logs[0]["id"]),
        reason="Ghi nhầm",
        access=access_of_user(world.unit_staff),
    )
    outbox.drain("tallies.stale")
    examine_what_changed()
    assert flags() == {}


def test_session_taken_back_has_no_flag(world):
    session = fast(world.team)
    counted(session)
    examine_what_changed()
    assert [rule for _session, rule in flags()] == ["pace"]
    factories.void(session)
    counted(session)
    examine_what_changed()
    assert flags() == {}


def test_late_log_of_an_earlier_day_is_evidence_for_the_days_after(world):
    before = [shift(world.team, PEAK_DAY - number * DAY) for number in range(1, 6)]
    for session in before:
        logged(session, 20)
    session = shift(world.team)
    staffed(session, 4)
    logged(session, 61)
    counted(session, *before)
    examine_what_changed()
    assert [rule for _session, rule in flags()] == ["jump"]
    for earlier in before[:3]:
        logged(earlier, 20)
        counted(earlier)
    examine_what_changed()
    assert flags() == {}


def test_late_log_of_a_peak_day_is_evidence_for_the_peak_days_of_a_year(world):
    campaign = factories.campaign(owner=world.city)
    days = [PEAK_DAY - before * DAY for before in (364, 250, 160, 0)]
    for day in days:
        factories.campaign_day(campaign, day, kind="peak")
    *before, session = [shift(world.team, day, campaign=campaign) for day in days]
    for earlier in before:
        logged(earlier, 20)
    staffed(session, 4)
    logged(session, 61)
    counted(session, *before)
    examine_what_changed()
    assert [rule for _session, rule in flags()] == ["jump"]
    for earlier in before[:2]:
        logged(earlier, 20)
        counted(earlier)
    examine_what_changed()
    assert flags() == {}


def test_other_session_of_a_volunteer_is_examined_too(world):
    here, there = shift(world.team), shift(world.team_bank)
    volunteer = factories.volunteer(unit=world.tan_tuc)
    factories.attendance(here, volunteer, minutes=None)
    counted(here, there)
    examine_what_changed()
    attendance = factories.attendance(there, volunteer, minutes=None)
    counted(there)
    examine_what_changed()
    assert set(flags()) == {(str(here.pk), "two_places"), (str(there.pk), "two_places")}
    factories.void(attendance)
    counted(there)
    examine_what_changed()
    assert flags() == {}


def test_other_session_of_a_phone_is_examined_too(world):
    here = shift(world.team, point=place(world.tan_tuc, 10.7, 106.6))
    there = shift(world.team_bank, point=place(world.bank, 10.9, 106.8))
    device = phone()
    receipted(logged(here, 1, device=device))
    counted(here, there)
    examine_what_changed()
    [log] = receipted(logged(there, 1, device=device))
    counted(there)
    examine_what_changed()
    assert set(flags()) == {(str(here.pk), "travel"), (str(there.pk), "travel")}
    factories.void(log)
    counted(there)
    examine_what_changed()
    assert flags() == {}


# --- the feed ---------------------------------------------------------------------------------------------------------
def test_only_what_has_changed_is_looked_at(world):
    first, second = fast(world.team), fast(world.team_bank)
    counted(first, second)
    assert examine_what_changed() == 2
    assert examine_what_changed() == 0
    counted(second)
    assert examine_what_changed() == 1


def test_events_of_one_number_are_parted_by_batches_and_none_is_left_out(world, monkeypatch):
    monkeypatch.setattr(examining, "BATCH", 2)
    sessions = [fast(team) for team in (world.team, world.team_vinh_loc, world.team_bank)]
    counted(*sessions)
    assert FigureEvent.objects.values("number").distinct().count() == 1
    assert examine_what_changed(seconds=0) == 2
    assert examine_what_changed(seconds=0) == 1
    assert len(flags()) == 3


def test_examining_again_changes_nothing(world):
    session = fast(world.team)
    counted(session)
    examine_what_changed()
    before, revision = flags(), Revision.state()["outliers"].number
    found_at = SessionFlag.objects.get().found_at
    counted(session)
    examine_what_changed()
    assert examine([session.pk]) == 0
    assert (flags(), SessionFlag.objects.get().found_at) == (before, found_at)
    assert Revision.state()["outliers"].number == revision


def test_slice_that_cannot_be_examined_holds_up_no_other(world):
    OutlierRule.objects.update_or_create(code="round", defaults={"settings": {"base": 0}})  # divides by it
    bad, good = fast(world.team), shift(world.team_bank)
    staffed(good, 1)
    counted(bad, good)
    elsewhere = shift(world.team_vinh_loc)
    factories.attendance(elsewhere, good.attendances.get().volunteer, minutes=None)
    counted(elsewhere)
    assert examine_what_changed() == 3
    assert {rule for _session, rule in flags()} == {"two_places"}
    assert examine_what_changed() == 0


@pytest.mark.parametrize("state", ["locked", "provisional"])
def test_locked_session_keeps_its_flags_as_they_are(world, state):
    session, other = fast(world.team), fast(world.team_bank)
    counted(session, other)
    examine_what_changed()
    before = flags()
    Session.objects.update(state=state, lock=factories.period_lock(world.city))
    factories.void(session)
    logged(other, 500)
    counted(session, other)
    examine_what_changed()
    assert flags() == before
    assert SessionFlag.objects.open().count() == 0


@pytest.mark.django_db(transaction=True)
def test_second_worker_passes_by(world):
    examine_what_changed()
    counted(fast(world.team))
    holds, may_go = threading.Event(), threading.Event()

    def first_worker():
        with transaction.atomic():
            examining._claim()
            holds.set()
            may_go.wait(20)
        connection.close()

    thread = threading.Thread(target=first_worker)
    thread.start()
    assert holds.wait(20)
    assert examine_what_changed() == 0
    may_go.set()
    thread.join(20)
    assert examine_what_changed() == 1
    assert len(flags()) == 1


# --- plans ------------------------------------------------------------------------------------------------------------
def test_plan_that_is_mended_takes_the_flag_away_a_little_later(world):
    day = factories.campaign_day(factories.campaign(owner=world.city))
    plan = factories.deployment(world.team, day, starts_at=dt.time(8), ends_at=dt.time(9))
    session = shift(world.team)
    logged(session, 1, 1, 1, at=local(PEAK_DAY, 11))
    counted(session)
    examine_what_changed()
    assert [rule for _session, rule in flags()] == ["hours"]
    plan.ends_at = dt.time(12)
    plan.save()
    Revision.bump("campaigns")
    assert examine_what_changed() == 1
    assert flags() == {}
    Revision.bump("campaigns")
    assert examine_what_changed() == 0  # not with every change of a busy day
    Examination.objects.update(plans_at=local(PEAK_DAY))
    assert examine_what_changed() == 1


# --- in a constant number of queries ----------------------------------------------------------------------------------
def full(world, count: int) -> list:
    """Sessions with everything that a rule can look at."""
    offered, made = services(3), []
    for _ in range(count):
        team = factories.team(unit=world.tan_tuc)
        other = shift(factories.team(unit=world.bank), point=place(world.bank, 10.9, 106.9))
        sessions = [
            shift(team, PEAK_DAY - number * DAY, point=place(world.tan_tuc, 10.7, 106.6)) for number in range(6)
        ]
        device, [attendance] = phone(), staffed(sessions[0], 1)
        for session in sessions:
            for service in offered:
                receipted(logged(session, 7, service=service, device=device))
        receipted(logged(other, 10, device=device))
        factories.attendance(other, attendance.volunteer)
        campaign = factories.campaign(owner=world.city)
        factories.deployment(team, factories.campaign_day(campaign, kind="peak"), sessions[0].point)
        Session.objects.filter(pk=sessions[0].pk).update(campaign=campaign)
        made.append(sessions[0])
    return made


@pytest.mark.parametrize("count", [1, 30])
def test_examining_takes_as_many_queries_for_one_session_as_for_thirty(world, django_assert_num_queries, count):
    sessions = full(world, count)
    # Savepoints; which are open, rules, which are live; lines, who, plans, past, peaks, earlier peaks, profiles,
    # elsewhere, phones; flags held. The first time: the new flags between savepoints, and the revision.
    with django_assert_num_queries(19):
        examine([session.pk for session in sessions])
    assert SessionFlag.objects.filter(session__in=sessions).count() == 3 * count
    with django_assert_num_queries(15):
        examine([session.pk for session in sessions])


@pytest.mark.parametrize("count", [1, 30])
def test_one_batch_of_the_feed_takes_as_many_queries_for_one_slice_as_for_thirty(
    world, django_assert_num_queries, count
):
    counted(*full(world, count))
    with django_assert_num_queries(42):
        assert examine_what_changed() == count


# --- whatever happens, in whatever order ------------------------------------------------------------------------------
def add_session(world, rng):
    day = PEAK_DAY + rng.choice([0, 0, 0, 1, 2, 30, 200]) * DAY
    fields = {"point": rng.choice(world.points), "campaign": rng.choice([None, world.peak])}
    session = shift(rng.choice(world.teams), day, start=rng.randrange(7, 10), hours=3, **fields)
    world.sessions.append(session)
    for _ in range(rng.randrange(1, 4)):
        add_logs(world, rng, session)
    world.dirty.add(Slice(session.day, session.team_id))


def add_logs(world, rng, session=None):
    session = session or rng.choice(world.sessions)
    at = session.started_at + rng.randrange(-2, 4) * HOUR + MINUTE
    count = [rng.choice([1, 10, 10]) for _ in range(rng.randrange(1, 3))]
    made = logged(session, *count, service=rng.choice(world.services), device=rng.choice(world.phones), at=at)
    world.rows += receipted(made)
    world.dirty.add(Slice(session.day, session.team_id))


def add_attendance(world, rng):
    session = rng.choice(world.sessions)
    world.rows.append(factories.attendance(session, rng.choice(world.people), minutes=rng.choice([None, None, 120])))
    world.dirty.add(Slice(session.day, session.team_id))


def take_back(world, rng):
    target = rng.choice([*world.sessions, *world.rows])
    session = getattr(target, "session", target)
    factories.void(target)
    world.dirty.add(Slice(session.day, session.team_id))


def close_later(world, rng):
    session = rng.choice(world.sessions)
    session.ended_at += rng.randrange(1, 3) * HOUR
    session.save(update_fields=["ended_at"])
    world.dirty.add(Slice(session.day, session.team_id))


def count(world, rng):
    """Some of what is due, in any order."""
    due = rng.sample(sorted(world.dirty), rng.randrange(len(world.dirty) + 1))
    for each in due:
        tallies.refresh([each])
    world.dirty -= set(due)


def clock(_world, _rng):
    examine_what_changed(seconds=60)


def quiet_moment(world, rng):
    """Everything is counted and examined: what comes now meets flags that stand."""
    tallies.refresh(world.dirty)
    world.dirty = set()
    clock(world, rng)


def killed_worker(_world, rng):
    # The transaction of the test has to live on; the worker's own is rolled back as a lost connection's is.
    with suppress(Killed), transaction.atomic(), dies_at(rng.randrange(45)):
        examine_what_changed()


STEPS = [add_session, add_session, add_logs, add_logs, add_attendance, add_attendance, take_back, close_later]
STEPS += [count, clock, killed_worker, *[quiet_moment] * 4]


@pytest.fixture
def any_world(world):
    """Rules so strict that nearly everything is found."""
    world.teams = [world.team, world.team_bank]
    world.points = [place(world.tan_tuc, 10.7, 106.6), place(world.bank, 10.9, 106.8)]
    world.peak = factories.campaign(owner=world.city)
    for after in (0, 30, 200):
        factories.campaign_day(world.peak, PEAK_DAY + after * DAY, kind="peak")
    world.services, world.phones = services(2), [phone() for _ in range(3)]
    world.people = [factories.volunteer(unit=world.city) for _ in range(2)]
    strict = {
        "pace": {"limit": 1, "least_turns": 1},
        "same_days": {"least_parts": 1, "least_turns": 1},
        "round": {"share": 1, "least_lines": 1},
        "two_places": {"minutes": 0},
        "hours": {"grace": 0, "least_outside": 1},
        "travel": {"least_km": 0.1},
        "jump": {
            **dict.fromkeys(("ratio", "least_sessions", "least_turns", "peak_factor"), 1),
            "least_peaks": 2,
            "sessions": 3,
        },
    }
    assert set(strict) == set(RULES)
    for code, values in strict.items():
        OutlierRule.objects.update_or_create(code=code, defaults={"settings": values})
    return world


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seed=st.integers(0, 10**9), steps=st.lists(st.sampled_from(STEPS), min_size=8, max_size=40))
def test_flags_are_what_the_rules_say_of_the_rows(any_world, seed, steps):
    world, rng = any_world, random.Random(seed)
    with transaction.atomic():
        world.sessions, world.rows, world.dirty = [], [], set()
        for step in [*[add_session] * 4, *[add_attendance] * 3, quiet_moment, *steps, quiet_moment]:
            step(world, rng)
        kept = flags()
        keys = [session.pk for session in world.sessions]
        assert examine(keys) == 0
        SessionFlag.objects.all().delete()
        for key in rng.sample(keys, len(keys)):
            examine([key])
        assert flags() == kept
        transaction.set_rollback(True)


def test_strict_rules_find_something_of_every_kind(any_world):
    """So that the test above is about all of them."""
    rng = random.Random(20230326)
    any_world.sessions, any_world.rows, any_world.dirty = [], [], set()
    for step in [*[add_session] * 40, *[add_attendance] * 20]:
        step(any_world, rng)
    assert set(found(*any_world.sessions)) == set(RULES)
