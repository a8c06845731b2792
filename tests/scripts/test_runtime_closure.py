"""What the portal runs on is in requirements.lock: nothing may lean on a package that only developers install."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.scripts.portal import BASE

# In a process that cannot see them: the web application, the connection to the broker, a command.
START = '''
import sys
hidden = set(sys.argv[1].split(","))

class Blind:
    """A finder that does not see them: they can be neither imported nor found to be there."""

    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        return None if name.split(".")[0] in hidden else self.finder.find_spec(name, path, target)

sys.meta_path[:] = [Blind(finder) for finder in sys.meta_path]
from config.celery import app
from config.wsgi import application
from django.core.management import call_command
from django.test import Client

app.loader.import_default_modules()
assert app.connection_for_write().transport.driver_name == "redis"
call_command("check")
assert Client(headers={"host": "127.0.0.1"}).get("/healthz").status_code == 200
'''


def locked(name: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9._-]+)(?:\[.*\])?==", (BASE / name).read_text(), flags=re.M))


def modules_of(distributions: set[str]) -> set[str]:
    plain = {name.replace("_", "-").lower() for name in distributions}
    return {
        module
        for module, owners in packages_distributions().items()
        if {owner.replace("_", "-").lower() for owner in owners} <= plain
    }


def test_portal_starts_without_the_packages_of_developers():
    hidden = modules_of(locked("requirements-dev.lock") - locked("requirements.lock"))
    assert {"pytest", "hypothesis"} <= hidden
    assert "packaging" not in hidden
    done = subprocess.run([sys.executable, "-c", START, ",".join(hidden)], cwd=BASE, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_locked_package_is_checked_against_its_hash():
    for name in ("requirements.lock", "requirements-dev.lock"):
        entries = Path(BASE / name).read_text().split("\n\n")[0].split("\n")
        pins = [number for number, line in enumerate(entries) if re.match(r"[a-z0-9]", line)]
        assert all("--hash=sha256:" in entries[number + 1] for number in pins)
