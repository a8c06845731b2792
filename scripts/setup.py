"""Sets the machine up: `setup.py runtime | dev [browser]`. Standard library only, since nothing is installed yet.

Each step leaves a stamp with the hash of what it was made from, so that a second run does nothing.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.chromium import SHELL, find_chromium

BASE = Path(__file__).resolve().parent.parent
VENV = BASE / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
TOOLS = BASE / ".tools"
NODE_AT_LEAST = 20


def say(text: str) -> None:
    print(f"• {text}", flush=True)


def stop(vi: str, en: str) -> None:
    sys.exit(f"\n✗ {vi}\n  {en}")


def run(command: list, *, failed: tuple[str, str], **options) -> None:
    try:
        done = subprocess.run([str(part) for part in command], cwd=BASE, **options)
    except OSError as error:
        stop(f"{failed[0]} ({error})", failed[1])
    if done.returncode:
        stop(*failed)


def digest(paths: Iterable[Path], *more: str) -> str:
    """A hash over the contents of files (folders are walked) and over further facts."""
    total = hashlib.sha256("\0".join(more).encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                total.update(f"{file.relative_to(BASE)}\0".encode() + file.read_bytes())
    return total.hexdigest()


@contextmanager
def once(stamp: Path, key: str):
    """Gives True when the work is still to be done; the stamp is written only when the block ends well."""
    due = not (stamp.is_file() and stamp.read_text() == key)
    yield due
    if due:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(key)


def may_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(package: str, *, failed: tuple[str, str]) -> None:
    say(f"apt-get install {package}")
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
    run(["apt-get", "update", "-qq"], failed=failed, **quiet)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], failed=failed, **quiet)


def venv_works() -> bool:
    """A virtual environment dies with the Python it was made from, and a half-made one has no pip."""
    probe = [VENV_PYTHON, "-c", "import sys, pip; sys.exit(sys.version_info < (3, 12))"]
    try:
        return subprocess.run(probe, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    if venv_works():
        return
    python = Path(sys.executable)
    if python.is_relative_to(VENV):  # found through the environment that is to be replaced
        python = Path(os.path.realpath(python))
    have_ensurepip = subprocess.run([python, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL).returncode == 0
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    failed = (
        f"Không tạo được môi trường Python .venv. Trên Debian/Ubuntu hãy cài gói {package} rồi chạy lại.",
        f"Could not make .venv. On Debian/Ubuntu install {package} and run again.",
    )
    if not have_ensurepip:
        if not may_use_apt():
            stop(*failed)
        apt_install(package, failed=failed)
    say(f"Tạo môi trường Python | Python environment ({python})")
    run([python, "-m", "venv", "--clear", VENV], failed=failed)


def install_python(kind: str) -> None:
    """Installs the locked closure, every file checked against its hash."""
    locks = [BASE / "requirements.lock"] + [BASE / "requirements-dev.lock"] * (kind == "dev")
    stamp = VENV / f".installed-{kind}"
    version = subprocess.run([VENV_PYTHON, "-V"], capture_output=True, text=True).stdout
    with once(stamp, digest(locks, version)) as due:
        if due:
            say("Cài thư viện Python | Python packages")
            pip = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
            run(
                pip + [part for lock in locks for part in ("-r", lock)],
                failed=(
                    "Không cài được thư viện Python: kiểm tra kết nối mạng rồi chạy lại.",
                    "Python packages could not be installed: check the network and run again.",
                ),
            )


def compile_translations() -> None:
    """locale/*/django.mo, which every way of starting the portal reads: pages, worker, tests."""
    run(
        [VENV_PYTHON, BASE / "scripts" / "i18n.py", "compile"],
        failed=("Không biên dịch được locale/*.po.", "locale/*.po could not be compiled."),
    )


def check_node() -> None:
    advice = (
        f"Cần Node {NODE_AT_LEAST} trở lên và npm: https://nodejs.org, hoặc trên Debian/Ubuntu: apt install nodejs npm",
        f"Node {NODE_AT_LEAST}+ with npm is needed: https://nodejs.org, or on Debian/Ubuntu: apt install nodejs npm",
    )
    try:
        version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        subprocess.run(["npm", "--version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        stop(*advice)
    major = re.match(r"v(\d+)", version)
    if not major or int(major[1]) < NODE_AT_LEAST:
        stop(f"{advice[0]} (đang có {version.strip()})", f"{advice[1]} (found {version.strip()})")


def build_assets() -> None:
    """npm's packages and dist/, which holds the only browser code that is served beside the libraries' own."""
    manifest = [BASE / "package.json", BASE / "package-lock.json"]
    with once(BASE / "node_modules" / ".installed", digest(manifest)) as due:
        if due:
            check_node()
            say("Cài thư viện giao diện | npm packages")
            run(
                ["npm", "ci", "--silent", "--no-progress"],
                failed=(
                    "npm ci không chạy được: kiểm tra kết nối mạng rồi chạy lại.",
                    "npm ci failed: check the network and run again.",
                ),
            )
    made_from = [*manifest, BASE / "assets", BASE / "field_app" / "src", BASE / "scripts" / "build_assets.mjs"]
    built = sorted(str(path.relative_to(BASE)) for path in (BASE / "dist").rglob("*"))
    with once(TOOLS / "assets", digest(made_from)) as due:
        if due or not built:
            check_node()
            say("Dựng giao diện | browser assets")
            run(
                ["npm", "run", "--silent", "build"],
                failed=("Không dựng được giao diện (dist/).", "The browser assets (dist/) could not be built."),
            )


def need_browser() -> None:
    if find_chromium():
        return
    advice = (
        "Cần Chromium để kiểm thử trên trình duyệt: cài chromium (Debian: apt install chromium) "
        "hoặc đặt CHROMIUM=/đường/dẫn.",
        "Chromium is needed for the browser tests: install it (Debian: apt install chromium) or set CHROMIUM=/path.",
    )
    if not may_use_apt():
        stop(*advice)
    apt_install("chromium", failed=advice)
    if not find_chromium():
        stop(*advice)
    # Quicker, and not to be had everywhere: the tests do without it.
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", SHELL]
    subprocess.run(install, capture_output=True, check=False)


def main(parts: list[str]) -> None:
    if sys.version_info < (3, 12):
        stop("Cần Python 3.12 trở lên.", "Python 3.12 or newer is needed.")
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two `make` at once: the second waits, and then finds everything done
        make_venv()
        install_python("dev" if "dev" in parts else "runtime")
        compile_translations()
        build_assets()
        if "browser" in parts:
            need_browser()


if __name__ == "__main__":
    main(sys.argv[1:])
