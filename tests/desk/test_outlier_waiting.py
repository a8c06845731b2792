"""Which sessions no rule has looked at yet as they are now: from an entry until the examination has been there."""

import pytest

from core import outbox
from desk.outliers import examining
from desk.outliers.examining import RECENT, examine_what_changed, look_again
from desk.outliers.waiting import how_far, unexamined
from reports import tallies
from reports.tallies.slices import Slice
from services_help.intake import receive
from services_help.models import Session
from services_help.review import approve
from teams.access import access_of_user
from tests.desk.shifts import logged, shift
from tests.factories import PEAK_DAY, local
from tests.services_help.intake_items import DEVICE, log_item, session_item, stocked

pytestmark = pytest.mark.django_db


def waiting() -> set:
    place = how_far()
    return unexamined(Session.objects.all(), place)


def counted(*sessions: Session) -> None:
    tallies.refresh({Slice(session.day, session.team_id) for session in sessions})


def test_session_waits_from_its_close_until_the_rules_have_looked_at_it(world):
    stocked(world)
    opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
    access = access_of_user(world.leader)
    receive([opened, log_item(opened)], device=DEVICE, access=access)
    session = Session.objects.get()
    assert waiting() == {session.pk}  # promised, and not counted yet
    outbox.drain("tallies.stale")
    assert waiting() == {session.pk}  # counted, and not examined yet
    examine_what_changed()
    assert waiting() == set()

    receive([log_item(opened)], device=DEVICE, access=access)
    assert waiting() == {session.pk}


def test_each_team_and_day_waits_for_itself(world):
    here, there = shift(world.team), shift(world.team_vinh_loc)
    for session in (here, there):
        logged(session, 3)
        counted(session)
    examine_what_changed()
    counted(there)
    assert waiting() == {there.pk}


def test_what_never_came_by_the_feed_waits_for_nothing(world):
    """Rows from before the rules: the examination will not come by, and nobody is to wait for it."""
    shift(world.team)
    assert waiting() == set()


def test_before_the_first_examination_all_that_is_recent_waits(world, monkeypatch):
    session = shift(world.team)
    counted(session)
    assert waiting() == {session.pk}
    monkeypatch.setattr(examining, "RECENT", -RECENT)
    examine_what_changed()
    assert waiting() == set()


def test_changed_rule_and_an_approval_are_looked_at_anew(world):
    session = shift(world.team)
    counted(session)
    examine_what_changed()
    look_again(session.started_at)
    assert waiting() == {session.pk}
    examine_what_changed()
    approve(sessions=[session.pk], access=access_of_user(world.unit_staff))
    assert waiting() == {session.pk}


@pytest.mark.parametrize("count", [1, 3])
def test_two_queries_for_many_as_for_few(world, count, django_assert_num_queries):
    sessions = [shift(team, hours=hours) for hours in range(1, count + 1) for team in (world.team, world.team_vinh_loc)]
    with django_assert_num_queries(3):  # the place, what is promised, the feed
        assert unexamined(sessions, how_far()) == set()
