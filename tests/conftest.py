"""Fixtures that every part of the suite may use. Rows are made by tests/factories.py."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from rest_framework.test import APIClient

from tests import factories
from tests.emptying import empty_the_database, forgive_a_crash
from tests.readonly import reading_only


@pytest.fixture(scope="session", autouse=True)
def quick_database():
    """Emptied in a tenth of the time of Django's ``flush``, after each test that commits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: empty_the_database())
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        forgive_a_crash()
    yield
    with django_db_blocker.unblock():
        # Playwright runs a loop of its own, and with it Django has another connection: the one from before it started
        # was hung up long ago. A database with sessions cannot be dropped.
        connection.close()
        hang_up()


@pytest.fixture
def world(db):
    """The small city of ``factories.small_city``: units, teams, and one user of each role."""
    return factories.small_city()


@pytest.fixture
def api():
    """An API client; ``api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")`` or ``api.force_login(user)``."""
    return APIClient()


@pytest.fixture
def no_writes():
    """``with no_writes(): client.get(...)``: any statement but reading fails the test."""
    return reading_only


@pytest.fixture(autouse=True)
def clean_cache():
    """Throttles and login limits count in the cache; each test starts from nothing."""
    cache.clear()
    yield
    cache.clear()


def hang_up() -> None:
    """A live server does not wait for its threads. One that is still at a request, or whose client is still connected,
    keeps its session with PostgreSQL, and a database with sessions can be neither emptied at once nor dropped."""
    if connection.vendor != "postgresql":
        return  # SQLite's sessions are threads of this process, and its file is gone with it
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


@pytest.fixture(autouse=True)
def live_server_hangs_up(request):
    """After everything that asks the server, and before the database is emptied."""
    if "live_server" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    hang_up()


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """The real hash is slow on purpose; a test that makes seven users would spend its time there."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
