"""A browser stays signed in while the cache is away."""

import pytest
from django.contrib.sessions.models import Session

from core.sessions import SessionStore
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
