"""The live portal that the clients' tests ask, and what passes between the two.

Most tests only ask: they share one server and one small city for a whole file (``django_db``, ``world``), because to
empty the database after each would take most of the time. Those that write stand in files of their own (``own_world``).
"""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from pytest_django.live_server_helper import LiveServer
from requests import Session
from xungkichso import Portal

from reports import tallies
from teams.permissions import Scope
from tests import factories
from tests.conftest import hang_up
from tests.emptying import empty_the_database


@contextmanager
def served_database(blocker):
    """A server over rows that are really committed; all are gone afterwards."""
    server = LiveServer("localhost")
    try:
        with blocker.unblock():
            yield server.url
    finally:
        server.stop()
        with blocker.unblock():
            hang_up()
            empty_the_database()


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with served_database(django_db_blocker) as url:
        made = small_city(url)
        yield made


@pytest.fixture
def own_world(transactional_db, live_server):
    return small_city(live_server.url)


def small_city(url: str) -> SimpleNamespace:
    """Helped on two days in March 2023: Tân Túc 1 and 16, Vĩnh Lộc 2 and 32, the bank 4, a team without a unit 8."""
    city = factories.small_city()
    city.service = factories.service("DVC-NOP")
    city.loose = factories.team("TO-LE", unit=None)
    teams = [city.team, city.team_vinh_loc, city.team_bank, city.loose]
    for team, people in zip(teams, (1, 2, 4, 8), strict=True):
        factories.log(factories.session(team), city.service, people=people)
    for team, people in zip(teams[:2], (16, 32), strict=True):
        factories.log(factories.session(team, factories.PEAK_DAY.replace(day=27)), city.service, people=people)
    tallies.rebuild()
    city.url = url
    _token, city.key = factories.token(Scope.STATS_READ, unit=city.city)
    _token, city.bank_key = factories.token(Scope.STATS_READ, unit=city.banks)
    _token, city.auditor_key = factories.token(Scope.STATS_READ, Scope.SESSIONS_READ, unit=city.city)
    _token, city.other_key = factories.token(Scope.ORG_READ, unit=city.city)
    return city


@pytest.fixture
def portal(world):
    with Portal(world.url, world.key) as portal:
        yield portal


@pytest.fixture
def own_portal(own_world):
    with Portal(own_world.url, own_world.key) as portal:
        yield portal


@pytest.fixture
def calls(monkeypatch) -> list[SimpleNamespace]:
    """Every request that goes out during the test, with the status that came back."""
    made: list[SimpleNamespace] = []
    send = Session.send

    def record(session, request, **options):
        response = send(session, request, **options)
        made.append(SimpleNamespace(url=request.url, headers=dict(request.headers), status=response.status_code))
        return response

    monkeypatch.setattr(Session, "send", record)
    return made
