"""The phone's program outside a browser: TypeScript bundled by esbuild, run by node with a database in memory."""

import subprocess
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent
TESTS = BASE / "field_app" / "tests"


def bundle(entry: Path, folder: Path) -> Path:
    made = folder / f"{entry.stem}.cjs"
    command = [
        BASE / "node_modules" / ".bin" / "esbuild",
        entry,
        "--bundle",
        "--platform=node",
        "--format=cjs",
        "--sourcemap=inline",
        "--log-level=warning",
        f"--outfile={made}",
    ]
    built = subprocess.run(command, cwd=BASE, capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stderr
    return made


def node(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["node", "--enable-source-maps", *arguments],
        cwd=BASE,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "TZ": "Asia/Ho_Chi_Minh"} | environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
