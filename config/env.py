"""Reading the environment: strict, with messages that say what to set."""

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

# A unix socket's path has room for 107 bytes on Linux and 103 on macOS.
SOCKET_PATH_LIMIT = 100
CONFIGURED_BY = ("SECRET_KEY", "DEBUG", "DEMO", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL")
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "[::1]", ".localhost", "testserver"}


def refuse(vi: str, en: str) -> ImproperlyConfigured:
    """An error that both kinds of operator can act on."""
    return ImproperlyConfigured(f"{vi} | {en}")


def redis_urls(url: str) -> tuple[str, str]:
    """(Celery broker URL, cache URL) for one REDIS_URL; a unix socket is spelled differently in each."""
    scheme = urlsplit(url).scheme
    if scheme in {"redis+socket", "unix"}:
        path = urlsplit(url).path
        return f"redis+socket://{path}", f"unix://{path}"
    if scheme in {"redis", "rediss"}:
        return url, url
    raise refuse(
        f"REDIS_URL không hợp lệ ({scheme}://…); dùng redis://, rediss:// hoặc redis+socket://",
        f"REDIS_URL has an unknown scheme ({scheme}://…); use redis://, rediss:// or redis+socket://",
    )


def embedded_valkey_socket(var_dir: Path) -> Path:
    """Where the embedded Valkey listens: beside the database, or in a short folder when that path is too long."""
    socket = var_dir / "valkey.sock"
    if len(os.fsencode(socket)) <= SOCKET_PATH_LIMIT:
        return socket
    name = hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"xks-{os.getuid()}-{name}" / "valkey.sock"


def load_env_files(base_dir: Path) -> None:
    """Fill in, from files, what the process environment leaves open.

    `make run` writes run.env, so that a `manage.py` beside it means the same portal. It counts only where what has been
    configured is what `make run` found configured: a server with settings of its own never turns into a demo because of
    a forgotten file.
    """
    if os.environ.get("READ_ENV_FILES", "1") == "0":
        return
    if (dot_env := base_dir / ".env").is_file():
        environ.Env.read_env(dot_env)
    run_env = var_dir(base_dir) / "run.env"
    if run_env.is_file() and _means_the_same(run_env):
        environ.Env.read_env(run_env)


def _means_the_same(run_env: Path) -> bool:
    held = dict(line.split("=", 1) for line in run_env.read_text(encoding="utf-8").splitlines() if "=" in line)
    return all(os.environ[key] == held.get(key) for key in CONFIGURED_BY if os.environ.get(key))


def var_dir(base_dir: Path) -> Path:
    """Where everything that the portal writes on this machine lives."""
    return Path(os.environ.get("VAR_DIR") or base_dir / "var").absolute()


def check_production(*, debug: bool, demo: bool, secret_key: str, allowed_hosts: list[str]) -> None:
    """Stop the start of a server that lacks what it needs, or that would show the demo world to the world."""
    if not secret_key:
        raise refuse(
            "Thiếu SECRET_KEY (chuỗi ngẫu nhiên ≥ 50 ký tự)", "SECRET_KEY is missing (random, ≥ 50 characters)"
        )
    if demo:
        foreign = sorted(set(allowed_hosts) - LOOPBACK_HOSTS)
        if foreign:
            raise refuse(
                f"Chế độ demo chỉ chạy trên máy này, không phục vụ {', '.join(foreign)}; bỏ DEMO hoặc ALLOWED_HOSTS",
                f"Demo mode only serves this machine, not {', '.join(foreign)}; unset DEMO or mend ALLOWED_HOSTS",
            )
    if debug or demo:
        return
    if len(secret_key) < 50:
        raise refuse("SECRET_KEY quá ngắn (cần ≥ 50 ký tự)", "SECRET_KEY is too short (≥ 50 characters needed)")
    if not allowed_hosts:
        raise refuse("Thiếu ALLOWED_HOSTS (tên miền của cổng)", "ALLOWED_HOSTS is missing (the portal's host names)")
    if "*" in allowed_hosts:
        raise refuse("ALLOWED_HOSTS không được là *", "ALLOWED_HOSTS must not be *")


def mailers(found: dict) -> dict:
    """Django's MAILERS from what EMAIL_URL was read as: smtp://, smtps:// (STARTTLS), smtp+ssl:// or consolemail://."""
    options = {}
    if found["EMAIL_BACKEND"].endswith(".smtp.EmailBackend"):
        options = {
            "host": found["EMAIL_HOST"] or "localhost",
            "port": found["EMAIL_PORT"],
            "username": found["EMAIL_HOST_USER"] or "",
            "password": found["EMAIL_HOST_PASSWORD"] or "",
            "use_tls": found.get("EMAIL_USE_TLS", False),
            "use_ssl": found.get("EMAIL_USE_SSL", False),
            # A mail server that hangs must not hold a worker.
            "timeout": 10,
        }
    return {"default": {"BACKEND": found["EMAIL_BACKEND"], "OPTIONS": options}}
