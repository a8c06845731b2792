"""Random days of work and reorganisations, as steps that hypothesis can draw, repeat and shorten."""

import contextlib
import datetime as dt
import random
import uuid
from types import SimpleNamespace

from django.db import transaction

from core import outbox
from core.dated import today
from core.errors import DomainError
from reports import tallies
from services_help.intake.promises import PARKED as PARKED
from services_help.intake.promises import STALE, Promises
from services_help.models import AgeGroup, Channel, Result, SessionState
from teams.models import Team, Unit
from teams.services import move_team, place_unit, save_team, save_unit
from tests import factories

DAYS = [dt.date(2023, 3, 25), dt.date(2023, 3, 26), dt.date(2023, 4, 2), dt.date(2024, 1, 1)]


def setting() -> SimpleNamespace:
    """What stays the same while work goes on: a small city with places, campaigns, services and people."""
    world = factories.small_city()
    world.loose_team = factories.team("TO-LE", unit=None, name="Tổ chưa xếp đơn vị")
    world.first_units = [world.city, world.binh_chanh, world.tan_tuc, world.vinh_loc, world.banks, world.bank]
    world.units = list(world.first_units)
    world.teams = [world.team, world.team_vinh_loc, world.team_bank, world.loose_team]
    area = factories.area("27595", name="Thị trấn Tân Túc")
    Team.objects.filter(pk=world.team.pk).update(area=factories.area("27604", name="Xã Vĩnh Lộc A"))
    world.points = [None, factories.point(unit=world.tan_tuc, area=area), factories.point(unit=world.bank, area=area)]
    month = factories.campaign("THANG-TN", owner=world.city)
    world.campaigns = [None, month, factories.campaign("CAO-DIEM", owner=world.city, parent=month)]
    metrics = [factories.metric("HS_NOP"), factories.metric("KH")]
    world.services = [
        factories.service("DVC-NOP", metrics[0]),
        factories.service("DVC-TRA"),
        factories.service("DDT-KH2", metrics[1]),
    ]
    world.metrics = [None, *metrics]
    world.volunteers = [factories.volunteer(unit=world.city) for _ in range(4)]
    world.author = factories.user()
    # What a locked session is locked by. It has been lifted, so that it says nothing of the sessions to come.
    world.lock = factories.period_lock(world.city, DAYS[0], lifted_by=world.author, lifted_at=factories.local(DAYS[-1]))
    world.sessions, world.items = [], []
    return world


def promise(session) -> None:
    """As after a change: the slice is to be counted whole."""
    promises = Promises()
    promises.has_changed(session)
    promises.enqueue()


def promise_new(session, *logs) -> None:
    """As the intake does for what it has stored for the first time."""
    promises = Promises()
    promises.is_new(session, [log.id for log in logs])
    promises.enqueue()


def add_session(world, rng: random.Random):
    day = rng.choice(DAYS)
    start = factories.local(day, rng.randrange(6, 12), rng.randrange(60))
    state = rng.choice(SessionState.values)
    made = factories.session(
        rng.choice(world.teams),
        day,
        by=world.author,
        point=rng.choice(world.points),
        campaign=rng.choice(world.campaigns),
        state=state,
        lock=world.lock if state == SessionState.LOCKED else None,
        started_at=start,
        ended_at=rng.choice([None, start + dt.timedelta(minutes=rng.randrange(300), seconds=rng.randrange(60))]),
    )
    world.sessions.append(made)
    world.items.append(made)
    promise_new(made)


def add_log(world, rng: random.Random):
    if not world.sessions:
        return add_session(world, rng)
    session, metric = rng.choice(world.sessions), rng.choice(world.metrics)
    made = factories.log(
        session,
        rng.choice(world.services),
        people=rng.randrange(4),
        same_visit=rng.random() < 0.3,
        result=rng.choice(Result.values),
        age_group=rng.choice(["", *AgeGroup.values]),
        channel=rng.choice(Channel.values),
        metric=metric,
        quantity=rng.randrange(5) if metric else None,
        # Some happen before midnight in London and after it in Ho Chi Minh City.
        happened_at=session.started_at + dt.timedelta(minutes=rng.randrange(20 * 60)),
    )
    world.items.append(made)
    promise_new(session, made)
    return None


def add_attendance(world, rng: random.Random):
    if not world.sessions:
        return add_session(world, rng)
    session = rng.choice(world.sessions)
    volunteer, minutes = rng.choice(world.volunteers), rng.choice([None, 0, 45, 240])
    world.items.append(factories.attendance(session, volunteer, minutes=minutes))
    promise_new(session)
    return None


def add_void(world, rng: random.Random):
    """Of anything so far; some by another device, which count only if they were authorised."""
    if not world.items:
        return
    target = rng.choice(world.items)
    device = rng.choice([target.device, uuid.uuid4()])
    factories.void(target, is_authorised=rng.random() < 0.5, device=device)
    promise(getattr(target, "session", target))


def close_session(world, rng: random.Random):
    if not world.sessions:
        return
    session = rng.choice(world.sessions)
    session.ended_at = session.started_at + dt.timedelta(minutes=rng.randrange(400))
    session.save(update_fields=["ended_at"])
    promise_new(session)


def approve_session(world, rng: random.Random):
    """Or return it, or move it to another campaign: it counts elsewhere from now on."""
    if not world.sessions:
        return
    session = rng.choice(world.sessions)
    session.state, session.campaign = rng.choice(SessionState.values), rng.choice(world.campaigns)
    session.lock = world.lock if session.state == SessionState.LOCKED else None
    session.save(update_fields=["state", "lock", "campaign"])
    promise(session)


STEPS = [add_session, add_log, add_log, add_log, add_attendance, add_void, close_session, approve_session]


def fold(_world, _rng: random.Random):
    """What has been counted so far is added up by month: no figure may change by it."""
    outbox.drain(STALE)
    tallies.fold(dt.timedelta(0))


# --- the organisation changes -----------------------------------------------------------------------------------------
MOVE_DAYS = [dt.date(2023, 3, 26), dt.date(2023, 4, 1), dt.date(2023, 12, 31), dt.date(2025, 7, 1)]


@contextlib.contextmanager
def if_allowed():
    """A circle, or a unit that is not empty: refused, and the world stays as it was."""
    with contextlib.suppress(DomainError), transaction.atomic():
        yield


def reorganise_team(world, rng: random.Random):
    with if_allowed():
        team = Team.objects.get(pk=rng.choice(world.teams).pk)
        move_team(team=team, unit=Unit.objects.get(pk=rng.choice(world.units).pk), since=_move_day(rng), by=None)


def reorganise_unit(world, rng: random.Random):
    unit, parent = rng.sample(world.units, 2)
    with if_allowed():
        units = Unit.objects.in_bulk([unit.pk, parent.pk])
        place_unit(unit=units[unit.pk], parent=units[parent.pk], since=_move_day(rng), by=None)


def end_team(world, rng: random.Random):
    with if_allowed():
        team = Team.objects.get(pk=rng.choice(world.teams).pk)
        team.valid_to = _move_day(rng)
        save_team(team=team, by=None)


def end_unit(world, rng: random.Random):
    with if_allowed():
        unit = Unit.objects.get(pk=rng.choice(world.units).pk)
        unit.valid_to = _move_day(rng)
        save_unit(unit=unit, by=None)


def split_unit(world, rng: random.Random):
    """A new unit beside an old one takes over some of its teams."""
    with if_allowed():
        old = Unit.objects.get(pk=rng.choice(world.units[1:]).pk)
        since = _move_day(rng)
        parent = old.placements.order_by("-valid_from").first().parent
        made = factories.unit(f"TACH-{uuid.UUID(int=rng.getrandbits(128)).hex[:8]}", parent=parent, since=since)
        for home in old.team_homes.order_by("pk"):
            if rng.random() < 0.5:
                with if_allowed():
                    move_team(team=home.team, unit=made, since=since, by=None)
        world.units = [*world.units, made]


def merge_units(world, rng: random.Random):
    """All that stands under one goes over to another, and the one is closed the day before."""
    one, other = rng.sample(world.units[1:], 2)
    since = _move_day(rng)
    with if_allowed():
        units = Unit.objects.in_bulk([one.pk, other.pk])
        for home in units[one.pk].team_homes.order_by("pk"):
            with if_allowed():
                move_team(team=home.team, unit=units[other.pk], since=since, by=None)
        for row in units[one.pk].child_placements.order_by("pk"):
            with if_allowed():
                place_unit(unit=row.unit, parent=units[other.pk], since=since, by=None)
        units[one.pk].valid_to = since - dt.timedelta(days=1)
        save_unit(unit=units[one.pk], by=None)


def _move_day(rng: random.Random) -> dt.date:
    return rng.choice([*MOVE_DAYS, today()])


MOVES = [reorganise_team, reorganise_unit, end_team, end_unit, split_unit, merge_units]


def busy(seed: int = 20230326) -> SimpleNamespace:
    """A world with work on every day and two reorganisations, counted."""
    world, rng = setting(), random.Random(seed)
    for step in [*[add_session] * 24, *[add_log] * 80, *[add_attendance] * 30, *[add_void] * 6]:
        step(world, rng)
    move_team(team=world.team_vinh_loc, unit=world.bank, since=dt.date(2023, 4, 1), by=None)
    place_unit(unit=world.tan_tuc, parent=world.banks, since=dt.date(2023, 12, 31), by=None)
    tallies.rebuild()
    outbox.drain(STALE)
    return world
