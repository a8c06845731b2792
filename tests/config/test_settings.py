"""A server that lacks what it needs does not start, and says what to do; the demo never shows itself to the world."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import embedded_valkey_socket, redis_urls

BASE = Path(__file__).resolve().parent.parent.parent
KEY = "k" * 50
PRODUCTION = {"SECRET_KEY": KEY, "ALLOWED_HOSTS": "xks.example.vn"}


def start(tmp_path, code="print('started')", **environment) -> subprocess.CompletedProcess:
    """Reads the settings in a process of its own that knows only the given environment."""
    clean = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "PYTHONPATH": str(BASE)}
    read = f"import django; django.setup(); from django.conf import settings; {code}"
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", read],
        env=clean | {"DJANGO_SETTINGS_MODULE": "config.settings", "READ_ENV_FILES": "0"} | environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )


def test_a_complete_production_environment_starts(tmp_path):
    done = start(tmp_path, **PRODUCTION)
    assert (done.returncode, done.stdout) == (0, "started\n"), done.stderr


@pytest.mark.parametrize(
    ("environment", "vietnamese", "english"),
    [
        ({"SECRET_KEY": ""}, "Thiếu SECRET_KEY", "SECRET_KEY is missing"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY quá ngắn", "SECRET_KEY is too short"),
        ({"ALLOWED_HOSTS": ""}, "Thiếu ALLOWED_HOSTS", "ALLOWED_HOSTS is missing"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS không được là *", "ALLOWED_HOSTS must not be *"),
        ({"DEMO": "1"}, "Chế độ demo chỉ chạy trên máy này", "Demo mode only serves this machine, not xks.example.vn"),
        ({"REDIS_URL": "amqp://localhost"}, "REDIS_URL không hợp lệ", "REDIS_URL has an unknown scheme"),
    ],
)
def test_an_unsafe_environment_stops_the_start_and_says_why(tmp_path, environment, vietnamese, english):
    done = start(tmp_path, **(PRODUCTION | environment))
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert vietnamese in last
    assert english in last


def test_demo_on_this_machine_starts_without_more_than_a_key(tmp_path):
    done = start(tmp_path, "print(settings.ALLOWED_HOSTS, settings.HTTPS)", SECRET_KEY=KEY, DEMO="1")
    assert done.stdout == "['localhost', '127.0.0.1', '[::1]'] False\n", done.stderr


def test_demo_commands_do_not_exist_on_a_server(tmp_path):
    code = "from django.core.management import get_commands; print('seed_demo' in get_commands())"
    assert start(tmp_path, code, **PRODUCTION).stdout == "False\n"
    assert start(tmp_path, code, SECRET_KEY=KEY, DEMO="1").stdout == "True\n"


def test_production_is_closed_by_default(tmp_path):
    code = (
        "print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT,"
        " settings.SECURE_HSTS_SECONDS > 0, settings.DEBUG)"
    )
    assert start(tmp_path, code, **PRODUCTION).stdout == "True True True True False\n"


def test_postgresql_is_chosen_by_its_url(tmp_path):
    code = "d = settings.DATABASES['default']; print(d['ENGINE'], d['NAME'], d['HOST'])"
    done = start(tmp_path, code, DATABASE_URL="postgres://u:p@db.example.vn/portal", **PRODUCTION)
    assert done.stdout == "core.postgresql portal db.example.vn\n"


def test_sqlite_without_a_url_survives_a_power_cut(tmp_path):
    """An acknowledged log is on the disk (synchronous=FULL), and a writer waits for its turn instead of failing."""
    code = (
        "from django.db import connection as c; cursor = c.cursor();"
        " print(c.vendor, *[cursor.execute('PRAGMA ' + p).fetchone()[0]"
        " for p in ('journal_mode', 'synchronous', 'foreign_keys')], c.transaction_mode)"
    )
    assert start(tmp_path, code, **PRODUCTION).stdout == "sqlite wal 2 1 IMMEDIATE\n"


# --- what `make run` leaves behind ----------------------------------------------------------------------------------


@pytest.fixture
def after_make_run(tmp_path):
    (tmp_path / "run.env").write_text(f"DEMO=1\nPORT=8001\nSECRET_KEY={KEY}\n")
    return tmp_path


def test_manage_beside_make_run_means_the_same_portal(after_make_run):
    done = start(after_make_run, "print(settings.DEMO, settings.PORT)", READ_ENV_FILES="1")
    assert done.stdout == "True 8001\n", done.stderr


@pytest.mark.parametrize(
    "configured", [{"DATABASE_URL": "postgres://u@db/portal"}, {"DEMO": "0"}, {"ALLOWED_HOSTS": "xks.example.vn"}]
)
def test_a_configured_server_never_picks_up_the_demo(after_make_run, configured):
    done = start(after_make_run, READ_ENV_FILES="1", **configured)
    assert done.returncode == 1
    assert "SECRET_KEY is missing" in done.stderr


# --- small parts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "broker", "cache"),
    [
        ("redis://h:1/2", "redis://h:1/2", "redis://h:1/2"),
        ("rediss://h:1/2", "rediss://h:1/2", "rediss://h:1/2"),
        ("redis+socket:///run/v.sock", "redis+socket:///run/v.sock", "unix:///run/v.sock"),
        ("unix:///run/v.sock", "redis+socket:///run/v.sock", "unix:///run/v.sock"),
    ],
)
def test_redis_url_is_spelled_for_broker_and_cache(url, broker, cache):
    assert redis_urls(url) == (broker, cache)


def test_redis_url_of_another_kind_is_refused():
    with pytest.raises(ImproperlyConfigured, match="memcached"):
        redis_urls("memcached://h:1")


def test_valkey_socket_stands_beside_the_database_when_the_path_is_short():
    assert embedded_valkey_socket(Path("/srv/portal/var")) == Path("/srv/portal/var/valkey.sock")


def test_valkey_socket_of_a_long_path_is_short_and_always_the_same():
    long = Path("/srv") / ("x" * 120) / "var"
    socket = embedded_valkey_socket(long)
    assert len(str(socket)) <= 100
    assert socket == embedded_valkey_socket(long)
    assert socket != embedded_valkey_socket(long / "other")
