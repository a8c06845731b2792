"""/healthz says that the process lives, /readyz that the portal can do its work."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from core import health, outbox
from core.models import OutboxMessage, Revision


@pytest.fixture
def client():
    return Client()


def test_healthz_needs_no_database(client):
    """Without the ``db`` fixture any query would fail this test."""
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response.headers["Cache-Control"]


def test_readyz_when_all_is_well_says_how_fresh_the_figures_are(db, client):
    Revision.bump("tallies")
    response = client.get("/readyz")
    body = response.json()
    assert response.status_code == 200, body
    assert body["status"] == "ready"
    assert body["checks"] == {"database": True, "broker": True, "cache": True, "migrations": True}
    assert body["outbox"] == {"pending": 0, "lag_seconds": 0.0}
    assert body["tallies_revision"] == 1
    assert body["problems"] == []
    assert "no-store" in response.headers["Cache-Control"]


def test_readyz_counts_what_waits_and_stays_ready_while_it_is_young(db, client):
    with transaction.atomic():
        outbox.enqueue("tallies.stale", ["1:2023-03-26", "2:2023-03-26"])
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["outbox"]["pending"] == 2


def test_readyz_is_503_in_words_when_the_figures_are_late(db, client):
    late = timezone.now() - dt.timedelta(seconds=health.LAG_LIMIT_SECONDS + 10)
    OutboxMessage.objects.create(topic="tallies.stale", key="1:2023-03-26", created_at=late)
    response = client.get("/readyz")
    body = response.json()
    assert response.status_code == 503
    assert body["status"] == "not_ready"
    assert body["outbox"]["lag_seconds"] >= health.LAG_LIMIT_SECONDS
    assert ["worker" in problem for problem in body["problems"]] == [True]


@pytest.mark.parametrize(
    ("check", "word"),
    [("check_database", "Cơ sở dữ liệu"), ("check_broker", "Hàng đợi"), ("check_cache", "Bộ nhớ đệm")],
)
def test_readyz_names_what_is_down_and_no_secret(db, client, monkeypatch, check, word):
    def down():
        raise OSError("redis://:mat-khau@10.0.0.1:6379")

    down.__name__ = check
    monkeypatch.setattr(health, check, down)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"][check.removeprefix("check_")] is False
    assert [word in problem for problem in response.json()["problems"]] == [True]
    assert "mat-khau" not in response.text


def test_readyz_sees_a_migration_that_is_not_applied(db, client):
    health.check_migrations.cache_clear()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'core'"
            " AND name = (SELECT MAX(name) FROM django_migrations WHERE app = 'core')"
        )
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] is False
    assert "outbox" not in response.json()  # the tables may not be there yet


def test_broker_and_cache_that_do_not_answer_fail_their_checks(settings, monkeypatch):
    """The checks themselves, against an address where nobody listens."""
    nobody = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(health.current_app.conf, "broker_write_url", nobody)
    with pytest.raises(OperationalError):
        health.check_broker()
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": nobody}}
    with pytest.raises(RedisError):
        health.check_cache()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_read_only(db, client, path):
    assert client.post(path).status_code == 405
