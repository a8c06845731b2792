"""The intake's condition in SQL says the same as ``Access.covers_team``, whoever asks and for whatever day."""

import datetime as dt

from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from teams.access import Access, Grant, system_access
from teams.access_sql import covers_team_sql
from teams.models import Team, Unit
from teams.permissions import Right
from teams.services import move_team, place_unit
from tests import factories
from tests.factories import LONG_AGO, PEAK_DAY

MOVED = PEAK_DAY + dt.timedelta(days=10)
DAYS = [LONG_AGO - dt.timedelta(days=1), LONG_AGO, PEAK_DAY, *(MOVED + dt.timedelta(days=n) for n in (-1, 0, 1))]
RIGHTS = [frozenset({Right.LOG_RECORD}), frozenset({Right.LOG_RECORD, Right.ORG_VIEW}), frozenset({Right.STATS_VIEW})]


class CoversTeam(TestCase):
    @classmethod
    def setUpTestData(cls):
        """A team that changes its unit, a unit that changes its parent, a team that has no unit."""
        world = factories.small_city()
        move_team(team=world.team, unit=world.vinh_loc, since=MOVED, by=None)
        place_unit(unit=world.bank, parent=world.binh_chanh, since=MOVED, by=None)
        factories.team("TO-LE", unit=None)
        cls.units, cls.teams = list(Unit.objects.order_by("pk")), list(Team.objects.order_by("pk"))

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_of_every_team(self, data):
        on_unit = st.builds(
            lambda rights, unit: Grant(rights, unit_id=unit.pk), st.sampled_from(RIGHTS), _of(self.units)
        )
        on_team = st.builds(
            lambda rights, team: Grant(rights, team_id=team.pk), st.sampled_from(RIGHTS), _of(self.teams)
        )
        grants = data.draw(st.lists(st.one_of(on_unit, on_team), max_size=3))
        day = data.draw(st.sampled_from(DAYS))

        self.check(Access(user=None, grants=tuple(grants)), day)

    def test_of_who_may_do_everything(self):
        self.check(system_access(), PEAK_DAY)

    def check(self, access: Access, day: dt.date) -> None:
        condition, parameters = covers_team_sql(access, Right.LOG_RECORD, team="team.id", day="asked.day")
        with connection.cursor() as cursor:
            asked = "(SELECT CAST(%s AS date) AS day) asked"
            sql = f"SELECT team.code FROM {asked}, teams_team team WHERE {condition}"  # noqa: S608
            cursor.execute(sql, [day, *parameters])
            found = {code for (code,) in cursor.fetchall()}
        assert found == {team.code for team in self.teams if access.covers_team(Right.LOG_RECORD, team, day)}


def _of(rows: list):
    return st.sampled_from(rows)
