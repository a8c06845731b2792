"""`make check`: everything that can be said about the code without running the portal. Prints one line a check."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
MANAGE = [PYTHON, "manage.py"]
TEMPLATES = ["templates", *sorted(str(path.relative_to(BASE)) for path in BASE.glob("*/templates"))]
# A server as it should be; nothing of a developer's own settings takes part.
PRODUCTION = {
    "READ_ENV_FILES": "0",
    "SECRET_KEY": "only-for-checks-" + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ-_!",
    "ALLOWED_HOSTS": "xungkichso.example.vn",
    "DATABASE_URL": "postgres://portal@127.0.0.1:1/portal",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "STATIC_MANIFEST": "0",
    "LOG_LEVEL": "ERROR",
}
DEMO = PRODUCTION | {"DEMO": "1", "ALLOWED_HOSTS": "localhost"}

CHECKS: dict[str, tuple[list[str], dict[str, str]]] = {
    "lint": ([PYTHON, "-m", "ruff", "check", "--quiet", "."], {}),
    "format": ([PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."], {}),
    "templates": ([PYTHON, "-m", "djlint", "--lint", "--quiet", *TEMPLATES], {}),
    "imports": ([str(Path(PYTHON).parent / "lint-imports"), "--no-cache"], {}),
    "deploy": ([*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    "migrations": ([*MANAGE, "makemigrations", "--check", "--dry-run"], DEMO),
    "translations": ([PYTHON, "scripts/i18n.py", "check"], {}),
    "openapi": ([*MANAGE, "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull], PRODUCTION),
    "types": ([PYTHON, "-m", "mypy"], DEMO),
    "client types": ([PYTHON, "-m", "mypy", "--config-file", "clients/python/pyproject.toml"], {}),
    "phone types": ([str(BASE / "node_modules" / ".bin" / "tsc"), "-p", "field_app"], {}),
    # 25 kB before the field app can be used: a leader's first visit may be on a bad network.
    "phone weight": ([PYTHON, "scripts/field_weight.py"], PRODUCTION),
}


def locked(name: str) -> dict[str, tuple[str, bool]]:
    """package -> (version, whether the .txt file asks for it) of a lock file."""
    blocks = re.split(r"^(?=[a-z0-9])", (BASE / f"{name}.lock").read_text(), flags=re.MULTILINE)
    found = [(re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.]+)", block), block) for block in blocks]
    return {match[1]: (match[2], f"-r {name}.txt" in block) for match, block in found if match}


def locks_out_of_step() -> list[str]:
    """Direct dependencies whose pin differs from the lock, in either direction. `make lock` mends it."""
    problems = []
    for name in ("requirements", "requirements-dev"):
        lock = locked(name)
        pins = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==([\w.]+)", (BASE / f"{name}.txt").read_text(), re.MULTILINE)
        direct = {package.lower(): version for package, version in pins}
        for package, version in direct.items():
            if lock.get(package) != (version, True):
                problems.append(f"{name}.lock has {package} {lock.get(package)}, {name}.txt asks for {version}")
        stale = sorted(package for package, (_version, asked) in lock.items() if asked and package not in direct)
        problems += [f"{name}.lock still has {package}" for package in stale]
    runtime, development = locked("requirements"), locked("requirements-dev")
    for package in sorted(runtime.keys() & development.keys()):
        if runtime[package][0] != development[package][0]:
            problems.append(f"{package} differs between the two locks")
    return problems


def run(name: str) -> str:
    """The complaint of one check, empty when it passes."""
    command, environment = CHECKS[name]
    with tempfile.TemporaryDirectory(prefix="xks-check-") as var:
        done = subprocess.run(
            command,
            cwd=BASE,
            env={**os.environ, "VAR_DIR": var, **environment},
            capture_output=True,
            text=True,
        )
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip() or f"status {done.returncode}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", metavar="CHECK", help=f"some of: {', '.join([*CHECKS, 'locks'])}")
    chosen = parser.parse_args().only or [*CHECKS, "locks"]
    failed = []
    for name in chosen:
        start = time.monotonic()
        complaint = "\n".join(locks_out_of_step()) if name == "locks" else run(name)
        print(f"{'✗' if complaint else '✓'} {name:<13} {time.monotonic() - start:5.1f} s", flush=True)
        if complaint:
            failed.append(name)
            print("\n".join(f"    {line}" for line in complaint.splitlines()[-60:]), flush=True)
    print(f"✗ {', '.join(failed)}" if failed else "✓ Tất cả đều đạt | all checks pass")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
