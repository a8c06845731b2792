"""Whose sessions a reader sees: of teams that are his, that were, and that were on the session's day alone."""

import datetime as dt

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from services_help.models import Session
from teams import access as rights
from teams.access import Access, Grant
from teams.known_teams import IsAmong, Keys, look_up
from teams.models import Team
from teams.permissions import Right
from teams.services import move_team
from tests import factories
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
RIGHTS = frozenset({Right.SESSION_VIEW})


def reader_of(unit) -> Access:
    return Access(user=None, grants=(Grant(RIGHTS, unit_id=unit.pk),))


@pytest.fixture(params=[500, 0], ids=["few teams", "many teams"], autouse=True)
def told(request, monkeypatch):
    """Whether the keys of the teams are told to the database, or the home of each is asked for."""
    monkeypatch.setattr(rights, "FEW", request.param)


@pytest.fixture
def moved(world):
    """A team that left Tân Túc for Vĩnh Lộc the day after the peak day, with a session before and one after."""
    since = PEAK_DAY + dt.timedelta(days=1)
    before = factories.session(world.team, by=world.leader, day=PEAK_DAY)
    after = factories.session(world.team, by=world.leader, day=since)
    move_team(team=world.team, unit=world.vinh_loc, since=since, by=None)
    return before, after


def seen_by(access: Access) -> set:
    return set(Session.objects.visible_to(access))


def test_who_has_the_team_today_sees_what_it_did_before(world, moved):
    assert seen_by(reader_of(world.vinh_loc)) == set(moved)


def test_who_had_it_sees_the_days_on_which_it_was_his(world, moved):
    assert seen_by(reader_of(world.tan_tuc)) == {moved[0]}


def test_who_has_granted_nothing_sees_nothing(world, moved):
    assert seen_by(Access(user=None)) == set()
    assert set(Access(user=None).of_day(Session.objects.all(), PEAK_DAY, Right.SESSION_VIEW)) == set()


@pytest.mark.parametrize("all_are_read", [False, True])
@pytest.mark.parametrize(("unit", "days"), [("tan_tuc", [0]), ("vinh_loc", [1]), ("binh_chanh", [0, 1]), ("banks", [])])
def test_rows_of_a_day_are_of_whom_the_team_stood_under(world, moved, unit, days, all_are_read):
    """However many teams there are, and whether a few of the rows are shown or all are counted."""
    access, found = reader_of(getattr(world, unit)), []
    for number, session in enumerate(moved):
        rows = Session.objects.filter(day=session.day)
        if access.of_day(rows, session.day, Right.SESSION_VIEW, all_are_read=all_are_read).exists():
            found.append(number)
    assert found == days


def test_a_team_granted_itself_is_the_reader_s_on_every_day(world, moved):
    grants = (Grant(RIGHTS, team_id=world.team.pk), Grant(RIGHTS, unit_id=world.tan_tuc.pk))
    access = Access(user=None, grants=grants)

    for session in moved:
        rows = Session.objects.filter(day=session.day)
        assert set(access.of_day(rows, session.day, Right.SESSION_VIEW)) == {session}


def test_teams_are_looked_up_once_however_often_sessions_are_asked_for(world):
    factories.session(world.team, by=world.leader)
    access = reader_of(world.tan_tuc)
    Session.objects.visible_to(access).count()

    with CaptureQueriesContext(connection) as asked:
        Session.objects.visible_to(access).count()
        list(Session.objects.visible_to(access))

    assert len(asked) == 2


def test_condition_means_the_same_turned_round(world):
    (known,) = look_up(Team.objects.filter(pk=world.team.pk).values(key=F("pk")))
    others = Team.objects.filter(~IsAmong("pk", known))

    assert list(Team.objects.filter(IsAmong("pk", known))) == [world.team]
    assert world.team not in others
    assert others.count() == Team.objects.count() - 1


def test_nothing_is_among_nobody(world):
    (nobody,) = look_up(Team.objects.none().values(key=F("pk")))

    assert not nobody
    assert not Team.objects.filter(IsAmong("pk", nobody)).exists()
    assert nobody == Keys.of([])
