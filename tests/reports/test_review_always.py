"""Whatever phones send and staff decide, in whatever order: approval moves figures exactly, and what is locked stands.

Everything goes through the doors that people use: the intake, and the services of the review desk.
"""

import datetime as dt
import random
import uuid
from collections import Counter
from contextlib import contextmanager, suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import outbox
from core.errors import DomainError
from reports.tallies.cuts import CUTS
from services_help import review
from services_help.intake import receive
from services_help.models import AssistanceLog, Attendance, LateEntry, PeriodLock, Receipt, Session, Void
from services_help.services import void_record
from teams.access import Access
from teams.models import Unit
from teams.services import move_team, place_unit
from tests import factories
from tests.reports import worlds
from tests.reports.test_always import every_cell_equals_a_recount, every_total_is_the_sum_of_its_parts
from tests.services_help.intake_items import attendance_item, log_item, session_item, void_item

DAYS = worlds.DAYS[:3]
DEVICES = [uuid.UUID(int=number) for number in (1, 2)]


# --- what people do ---------------------------------------------------------------------------------------------------
def sends(world, rng: random.Random, item: dict) -> None:
    item["id"] = str(uuid.UUID(int=rng.getrandbits(128), version=4)) if item["id"] is None else item["id"]
    world.sent.append(item)
    receive([item], device=rng.choice(DEVICES), access=world.access)


def sent(world, *kinds: str) -> list[dict]:
    return [item for item in world.sent if item["type"] in kinds]


def opens(world, rng):
    day = rng.choice(DAYS)
    start = factories.local(day, rng.randrange(6, 12))
    end = rng.choice([None, start + dt.timedelta(minutes=rng.randrange(1, 300))])
    team = rng.choice(world.teams[:3]).code
    ended_at = end and end.isoformat()
    sends(world, rng, session_item(team, day, id=None, started_at=start.isoformat(), ended_at=ended_at))


def logs(world, rng):
    if not (known := sent(world, "session")):
        return opens(world, rng)
    service = rng.choice(world.services).code
    people, same = rng.randrange(1, 4), rng.random() < 0.3
    item = log_item(rng.choice(known), id=None, service=service, people=people, same_visit=same)
    return sends(world, rng, item)


def attends(world, rng):
    if not (known := sent(world, "session")):
        return opens(world, rng)
    return sends(world, rng, attendance_item(rng.choice(known), rng.choice(world.members).code, id=None, minutes=45))


def closes(world, rng):
    if known := sent(world, "session"):
        item = rng.choice(known)
        end = dt.datetime.fromisoformat(item["started_at"]) + dt.timedelta(minutes=rng.randrange(1, 900))
        sends(world, rng, item | {"ended_at": end.isoformat()})


def takes_back(world, rng):
    if known := sent(world, "session", "log", "attendance"):
        sends(world, rng, void_item(rng.choice(known), id=None))


def takes_back_too_early(world, rng):
    """Before what it takes back, which then comes from the same phone or from another."""
    if known := sent(world, "session"):
        line = log_item(rng.choice(known), id=str(uuid.UUID(int=rng.getrandbits(128), version=4)))
        sends(world, rng, void_item(line, id=None))
        sends(world, rng, line)


def repeats(world, rng):
    receive(rng.sample(world.sent, rng.randint(0, len(world.sent))), device=rng.choice(DEVICES), access=world.access)


def voids(world, rng):
    if rows := some_rows(rng):
        with suppress(DomainError):
            void_record(target=rng.choice(rows), reason="Ghi trùng", access=world.access)


PHONES = [opens, logs, logs, logs, attends, closes, takes_back, takes_back_too_early, repeats, voids]


# --- what reviewers do ------------------------------------------------------------------------------------------------
def approves(world, rng):
    review.approve(sessions=[row.pk for row in some(Session, rng)], access=world.access)


def sends_back(world, rng):
    for row in some(Session, rng)[:1]:
        with suppress(DomainError):
            review.send_back(session=row, reason="Xem lại giúp", access=world.access)


def answers(world, rng):
    for row in Session.objects.returned().order_by("pk")[:1]:
        review.answer(session=row, text="Đã xem lại", access=world.access)


def reopens(world, rng):
    for row in Session.objects.filter(state="approved").order_by("pk")[:1]:
        review.reopen(session=row, reason="Duyệt nhầm", access=world.access)


def locks(world, rng):
    first, last = sorted(rng.choices(DAYS, k=2))
    options = {"with_unreviewed": rng.random() < 0.7, "access": world.access, "reason": "Chốt số"}
    with suppress(DomainError):
        review.lock_period(unit=rng.choice(world.units), starts_on=first, ends_on=last, **options)


def lifts(world, rng):
    if held := list(PeriodLock.objects.active().order_by("pk")):
        review.lift_period(lock=rng.choice(held), reason="Khóa nhầm", access=world.access)


REVIEWERS = [approves, approves, sends_back, answers, reopens, locks, locks, lifts]


# --- what staff do to the organisation --------------------------------------------------------------------------------
def moves_a_team(world, rng):
    with suppress(DomainError):
        team, unit = rng.choice(world.teams[:3]), rng.choice(world.units)
        move_team(team=team, unit=unit, since=rng.choice(DAYS), by=None)


def moves_a_unit(world, rng):
    with suppress(DomainError):
        unit, parent = rng.choice(world.units[1:]), rng.choice(world.units)
        place_unit(unit=unit, parent=parent, since=rng.choice(DAYS), by=None)


TREE = [moves_a_team, moves_a_unit]


# --- what only an adjustment may do -----------------------------------------------------------------------------------
def accepts(world, rng):
    with suppress(DomainError):
        review.accept_late(entries=some(LateEntry, rng), reason="Đã đối chiếu sổ", access=world.access)


def declines(world, rng):
    review.decline_late(entries=some(LateEntry, rng), reason="Trùng sổ giấy", access=world.access)


def adjusts(world, rng):
    if rows := some_rows(rng):
        with suppress(DomainError):
            review.void_locked(targets=rng.sample(rows, 1), reason="Ghi hai lần", access=world.access)


ADJUSTMENTS = [accepts, accepts, adjusts]
STEPS = [*PHONES, *REVIEWERS, *ADJUSTMENTS, declines]


def some(model, rng) -> list:
    rows = list(model.objects.order_by("pk"))
    return rng.sample(rows, rng.randint(0, len(rows)))


def some_rows(rng) -> list:
    return [row for model in (Session, AssistanceLog, Attendance) for row in some(model, rng)]


# --- what must hold ---------------------------------------------------------------------------------------------------
def tallied() -> dict[str, Counter]:
    """Every measure of every cell of every cut of days."""
    outbox.drain(worlds.STALE)
    outbox.drain(worlds.PARKED)
    found = {}
    for name, cut in CUTS.items():
        rows = cut.days.objects.values_list(*cut.key, *cut.measures)
        found[name] = {row[: len(cut.key)]: row[len(cut.key) :] for row in rows}
    return found


def without_state(cells: dict) -> dict[str, Counter]:
    sums: dict[str, Counter] = {name: Counter() for name in cells}
    for name, cut in CUTS.items():
        place = cut.key.index("state")
        for key, values in cells[name].items():
            for number, value in enumerate(values):
                sums[name][key[:place] + key[place + 1 :], number] += value
    return sums


def locked_slices(world) -> set[tuple]:
    """Team and day of all that is under a lock, also where nothing has been sent yet. The tree stands still."""
    slices = set()
    for lock in PeriodLock.objects.active():
        for team in world.teams[:3]:
            for day in DAYS:
                home = team.home_on(day)
                if lock.starts_on <= day <= lock.ends_on and home in Unit.objects.below(lock.unit, day):
                    slices.add((team.pk, day))
    return slices


def locked_work(world) -> dict[tuple, set]:
    """By unit: the locked sessions that count for it. By lock: whatever counts for its unit on its days."""
    live, locked = Session.objects.live(), Session.objects.live().filter(lock__isnull=False)
    work = {("unit", unit.pk): locked.under([unit.pk]) for unit in world.units}
    for lock in PeriodLock.objects.active():
        days = {"day__gte": lock.starts_on, "day__lte": lock.ends_on}
        work["lock", lock.pk] = live.filter(**days).under([lock.unit_id])
    return {key: set(rows.values_list("pk", flat=True)) for key, rows in work.items()}


def of_slices(cells: dict, slices: set) -> dict:
    found = {}
    for name, cut in CUTS.items():
        team, day = cut.key.index("team_id"), cut.key.index("day")
        found[name] = {key: values for key, values in cells[name].items() if (key[team], key[day]) in slices}
    return found


def approved_is_what_was_looked_at() -> None:
    """No approved session holds anything that came after its last approval."""
    for session in Session.objects.filter(state="approved"):
        assert session.reviews.order_by("pk").last().kind == "approved"
    assert not Session.objects.filter(state="locked", lock__isnull=True).exists()
    assert not Session.objects.filter(lock__lifted_at__isnull=False).exists()


def nothing_acknowledged_is_lost() -> None:
    """Each receipt stands for a row, counted or late."""
    kept = {row.pk for model in (Session, AssistanceLog, Attendance, Void) for row in model.objects.all()}
    assert set(Receipt.objects.values_list("pk", flat=True)) == kept | set(
        LateEntry.objects.values_list("item", flat=True)
    )


@contextmanager
def undone():
    """As Django's own test cases do it: the intake insists on being the outermost transaction but for those."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


@pytest.fixture
def world(db):
    made = worlds.setting()
    made.members = [factories.volunteer(unit=made.city, team=team) for team in made.teams[:3]]
    # From one of the days on the tree is another: what was and what is differ.
    move_team(team=made.team_vinh_loc, unit=made.bank, since=DAYS[2], by=None)
    place_unit(unit=made.tan_tuc, parent=made.banks, since=dt.date(2023, 12, 31), by=None)
    made.access = Access(user=made.author, is_unlimited=True)
    return made


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seed=st.integers(0, 10**9), steps=st.lists(st.sampled_from(STEPS), min_size=10, max_size=30))
def test_reviews_move_states_exactly_and_what_is_locked_stands(world, seed, steps):
    rng = random.Random(seed)
    with undone():
        world.sent = []
        before = tallied()
        for step in steps:
            locked = locked_slices(world)
            step(world, rng)
            after = tallied()
            if step in REVIEWERS:
                assert without_state(after) == without_state(before), step.__name__
            if step not in (*ADJUSTMENTS, *REVIEWERS):
                assert of_slices(after, locked) == of_slices(before, locked), step.__name__
            approved_is_what_was_looked_at()
            before = after
        every_cell_equals_a_recount()
        every_total_is_the_sum_of_its_parts()
        nothing_acknowledged_is_lost()


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    seed=st.integers(0, 10**9),
    steps=st.lists(st.sampled_from([opens, locks, locks, lifts, *TREE, *TREE, *TREE]), min_size=10, max_size=30),
)
def test_tree_that_is_changed_back_in_time_takes_no_locked_work_elsewhere(world, seed, steps):
    rng = random.Random(seed)
    with undone():
        world.sent = []
        for step in [opens, opens, opens, locks, *steps]:
            work = locked_work(world) if step in TREE else None
            step(world, rng)
            if step in TREE:
                assert locked_work(world) == work, step.__name__
