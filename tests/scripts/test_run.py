"""`make run` refuses early and clearly, and leaves a configuration that `manage.py` can use."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import run

BASE = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def environment(monkeypatch):
    """Nothing configured, and nothing that prepare_environment() sets stays behind."""
    kept = dict(os.environ)
    for key in (*run.CONFIGURED_BY, "PORT", "BIND"):
        monkeypatch.delenv(key, raising=False)
    yield monkeypatch
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_port_in_use_is_refused_before_anything_is_started(tmp_path, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        clean = {"PATH": os.environ["PATH"], "PORT": str(port), "VAR_DIR": str(tmp_path / "var")}
        done = subprocess.run(
            [sys.executable, "scripts/run.py"], cwd=BASE, env=clean, capture_output=True, text=True, timeout=20
        )
    assert done.returncode == 1
    assert f"Cổng mạng {port} không dùng được" in done.stderr
    assert f"PORT={port + 1} make run" in done.stderr
    assert sorted(path.name for path in (tmp_path / "var").iterdir()) == ["run.lock"]


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80 80"])
def test_port_that_is_none_is_refused(environment, text):
    environment.setenv("PORT", text)
    with pytest.raises(SystemExit, match="không phải là số cổng"):
        run.chosen_port()


def test_second_portal_in_the_same_folder_is_refused(tmp_path):
    with run.claim(tmp_path), pytest.raises(SystemExit, match="đang chạy rồi"):
        run.claim(tmp_path)
    run.claim(tmp_path).close()  # free again when the first has gone


def test_secret_key_is_made_once_and_for_its_owner_only(tmp_path):
    key = run.secret_key(tmp_path)
    assert len(key) >= 64
    assert run.secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_unconfigured_machine_becomes_a_demo_that_manage_finds(environment, tmp_path):
    run.prepare_environment(tmp_path, 8123)
    assert (os.environ["DEMO"], os.environ["PORT"], os.environ["BIND"]) == ("1", "8123", "127.0.0.1:8123")
    written = (tmp_path / "run.env").read_text().splitlines()
    assert written == ["PORT=8123", f"SECRET_KEY={os.environ['SECRET_KEY']}", "DEMO=1"]
    assert stat.S_IMODE((tmp_path / "run.env").stat().st_mode) == 0o600


def test_configured_machine_keeps_its_settings_and_gets_no_file(environment, tmp_path):
    environment.setenv("DATABASE_URL", "postgres://u@db/portal")
    environment.setenv("SECRET_KEY", "of the operator")
    environment.setenv("DEMO", "0")
    run.prepare_environment(tmp_path, 8000)
    assert (os.environ["SECRET_KEY"], os.environ["DEMO"]) == ("of the operator", "0")
    assert not (tmp_path / "run.env").exists()


def test_manage_finds_the_portal_on_services_in_the_same_environment_and_without_one(environment, tmp_path):
    services = {"DATABASE_URL": "postgres://u:p@db/portal?sslmode=require", "REDIS_URL": "redis://r:6379/3"}
    for key, value in services.items():
        environment.setenv(key, value)
    run.prepare_environment(tmp_path, 8123)
    code = (
        "from django.conf import settings as s; base = s.DATABASES['default'];"
        " print(s.DEMO, s.PORT, base['HOST'], base['OPTIONS']['sslmode'], s.REDIS_URL)"
    )
    bare = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    for configured in (services, {}):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=BASE, env=bare | configured, capture_output=True, text=True
        )
        assert done.stdout == "True 8123 db require redis://r:6379/3\n", done.stderr
    # Another database is another portal.
    other = bare | services | {"DATABASE_URL": "postgres://u:p@db/other"}
    done = subprocess.run([sys.executable, "-c", code], cwd=BASE, env=other, capture_output=True, text=True)
    assert "SECRET_KEY is missing" in done.stderr


def test_embedded_valkey_forgets_nothing(tmp_path):
    command = run.valkey_command(tmp_path, tmp_path / "valkey.sock")
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"
    assert options["--port"] == "0"
