"""Whether a kept connection still lives: seen by its silence, and only asked where it has something to say."""

import contextlib

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept():
    """A connection of its own, as a web thread keeps one between two requests."""
    own = connection.copy()
    own.ensure_connection()
    with contextlib.closing(own):
        yield own


def asked(kept, monkeypatch) -> list[str]:
    told = []
    monkeypatch.setattr(type(kept).__mro__[1], "is_usable", lambda self: told.append("SELECT 1") or True)
    return told


def test_silent_connection_is_usable_without_a_question(kept, monkeypatch):
    told = asked(kept, monkeypatch)
    assert kept.is_usable()
    assert told == []


def test_connection_that_the_server_has_ended_is_not_usable(kept):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [kept.connection.info.backend_pid])
    assert not kept.is_usable()


def test_connection_with_something_to_read_is_asked_and_lives(kept, monkeypatch):
    with kept.cursor() as cursor:
        cursor.execute("LISTEN news")
    other = connection.copy()
    with contextlib.closing(other), other.cursor() as cursor:
        cursor.execute("NOTIFY news")
        cursor.execute("SELECT pg_sleep(0.1)")
    assert not kept._is_quiet()
    assert kept.is_usable()
    told = asked(kept, monkeypatch)
    assert kept.is_usable()
    assert told == []  # the news is read by now


def test_connection_that_is_closed_is_not_usable(kept):
    kept.connection.close()
    assert not kept.is_usable()
    kept.connection = None
    assert not kept.is_usable()
