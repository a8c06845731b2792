"""docs/clients.md and the client's README, run word for word against the demo world's peak day."""

import json
import os
import re
import shutil
import subprocess
import sys
from uuid import UUID

import pytest
import requests
from django.utils import timezone

from accounts.models import User
from core.dated import today
from demo import handout
from demo.replay.run import phone_days
from demo.seeding import seed
from demo.world import plans
from reports import tallies
from services_help.intake import Status, receive
from teams.access import access_of_user
from tests.clients.blocks import BASE, CODE, blocks, looks_like
from tests.clients.conftest import served_database

pytestmark = pytest.mark.django_db
PAGES = ["docs/clients.md", "clients/python/README.md"]


@pytest.fixture(scope="module")
def folder(django_db_setup, django_db_blocker, tmp_path_factory):
    """Where somebody stands after `make run`: the peak day has been sent and counted, var/demo.json is written."""
    made = tmp_path_factory.mktemp("made-run")
    (made / "var").mkdir()
    with served_database(django_db_blocker) as url:
        seed(today())
        for phone in phone_days([plans.PEAK_DAY], now=timezone.now()):
            sender = access_of_user(User.objects.get(username=f"demo.dt.{phone.team.lower()}"))
            for batch in phone.batches:
                items = json.loads(json.dumps(batch.items))  # as they come off the wire
                results = receive(items, device=UUID(phone.device), access=sender)
                # Replayed: the opening of a session whose closing came first.
                assert {result.status for result in results} <= {Status.STORED, Status.REPLAYED}, results
        tallies.rebuild()
        told = handout.write(today()) | {"url": url}
        (made / "var" / "demo.json").write_text(json.dumps(told))
        yield made


@pytest.fixture(scope="module")
def demo(folder) -> dict:
    return json.loads((folder / "var" / "demo.json").read_text())


@pytest.fixture(scope="module")
def surroundings(demo) -> dict[str, str]:
    """Of a terminal: nothing of the tests' own environment."""
    path = {"PYTHONPATH": str(BASE / "clients" / "python" / "src")}
    told = {"XKS_URL": demo["url"], "XKS_TOKEN": demo["tokens"]["stats_city"]}
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | path | told


def run(command: list[str], code: str, folder, surroundings) -> str:
    done = subprocess.run(
        command,
        input=code,
        cwd=folder,
        env=surroundings | {"LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def check(page: str, language: str, mark: str, command: list[str], folder, surroundings) -> None:
    """All blocks of a page in one process, one after the other, as a reader would paste them."""
    found = blocks(page, language)
    assert found, f"{page} has no {language}"
    code = f"\n{mark}\n".join(block.code for block in found)
    printed = run(command, code, folder, surroundings).split("--next--\n")
    assert len(printed) == len(found)
    for block, seen in zip(found, printed, strict=True):
        assert block.shown is None or looks_like(seen, block.shown), f"{block.code}\n→\n{seen}\n≠\n{block.shown}"


def test_shell_of_the_page(folder, surroundings):
    check("docs/clients.md", "sh", "echo --next--", ["bash", "-euo", "pipefail"], folder, surroundings)


@pytest.mark.parametrize("each", PAGES)
def test_python_of_the_pages(each, folder, surroundings):
    check(each, "python", "print('--next--', flush=True)", [sys.executable, "-"], folder, surroundings)


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not on this machine")
def test_r_of_the_page(folder, surroundings):
    check("docs/clients.md", "r", "cat('--next--\\n')", ["Rscript", "--vanilla", "-"], folder, surroundings)


def test_power_query_asks_for_what_there_is(demo):
    """Nothing here runs M. But the address, the question and the columns that it names are the portal's."""
    (block,) = blocks("docs/clients.md", "powerquery")
    path = re.search(r'RelativePath = "(.*?)"', block.code)[1]
    question = dict(re.findall(r'(\w+) = "([^"]*)"', re.search(r"Query = \[(.*?)\]", block.code, re.DOTALL)[1]))
    answer = requests.get(
        f"{demo['url']}/{path}",
        question,
        headers={"Authorization": f"Bearer {demo['tokens']['stats_city']}"},
        timeout=60,
    )
    assert answer.headers["Content-Type"].startswith("text/csv")
    columns = answer.content.decode().splitlines()[0].split(",")
    typed = re.findall(r'\{"(\w+)", ', block.code)
    assert len(typed) > 3
    assert set(typed) <= set(columns)


def test_odata_address_opens_as_excel_signs_in(demo):
    """The page tells to paste this address and to give the key as a password."""
    (path,) = set(re.findall(r"`http://127\.0\.0\.1:8000(/api/v1/odata/)`", (BASE / "docs/clients.md").read_text()))
    answer = requests.get(demo["url"] + path, auth=("excel", demo["tokens"]["stats_city"]), timeout=60)
    assert "UnitDays" in {each["name"] for each in answer.json()["value"]}


def test_page_shows_no_language_that_nobody_checks():
    fences = re.findall(r"^```(\w*)$", "\n".join((BASE / page).read_text() for page in PAGES), re.MULTILINE)
    assert set(fences) <= CODE | {"", "text", "json", "csv"}
