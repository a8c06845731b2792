"""A browser stays signed in while the cache is away."""

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache

from core.sessions import SessionStore, drop
from tests import factories


@pytest.fixture
def cache_down(settings):
    """Call it: from then on nobody listens where the cache was."""

    def take_away():
        settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}

    return take_away


@pytest.fixture
def key(db) -> str:
    store = SessionStore()
    store["ca"] = "sáng"
    store.save()
    return store.session_key


def test_session_is_read_from_the_cache(key):
    Session.objects.all().delete()

    assert SessionStore(key)["ca"] == "sáng"


def test_session_is_read_from_the_database_when_the_cache_is_down(key, cache_down):
    cache_down()

    assert SessionStore(key)["ca"] == "sáng"
    assert SessionStore(key).exists(key)


def test_unknown_session_is_empty_when_the_cache_is_down(key, cache_down):
    cache_down()

    assert not SessionStore("khong-co").exists("khong-co")
    assert SessionStore("khong-co").get("ca") is None


def test_session_is_made_and_kept_when_the_cache_is_down(key, cache_down):
    cache_down()
    store = SessionStore()
    store["ca"] = "chiều"
    store.save(must_create=True)

    assert SessionStore(store.session_key)["ca"] == "chiều"


def test_signed_in_page_answers_when_the_cache_is_down(client, world, cache_down):
    client.force_login(world.leader)
    cache_down()

    assert client.get("/field/web/").status_code == 200


def test_stranger_is_still_a_stranger_when_the_cache_is_down(client, db, cache_down):
    factories.user()
    cache_down()

    assert client.get("/field/web/").status_code == 302


# --- ending -----------------------------------------------------------------------------------------------------------
def test_session_that_is_dropped_is_in_neither_place(key):
    assert drop([key])

    assert not SessionStore(key).exists(key)
    assert SessionStore(key).get("ca") is None


def test_session_that_ends_while_it_is_being_read_does_not_live_on_in_the_cache(key, monkeypatch):
    """It was ended between its row being read and being laid into the cache."""
    cache.clear()
    read = SessionStore._get_session_from_db

    def read_and_ended(store):
        row = read(store)
        drop([key])
        return row

    monkeypatch.setattr(SessionStore, "_get_session_from_db", read_and_ended)
    assert SessionStore(key).get("ca") is None
    monkeypatch.undo()
    assert SessionStore(key).get("ca") is None


def test_dropping_says_when_the_cache_could_not_be_told(key, cache_down):
    cache_down()

    assert not drop([key])
    assert not Session.objects.exists()


def test_signing_out_works_when_the_cache_is_down(client, world, cache_down):
    client.force_login(world.leader)
    cache_down()

    assert client.post("/logout/").status_code == 302
    assert client.get("/field/web/").status_code == 302
