"""Lists from Excel as staff take them in: 5,000 rows of which 200 are bad, through the pages and a worker's hands.

Seconds and not ratios: the bar is what a person waits for. What has to be true of each file is asked as well, and a
file of which it is not ends the run.
"""

import time
from collections.abc import Iterator

from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment, teardown_test_environment

from bench.facts import FIRST_DAY
from bench.report import Claim, at_most
from core.jobs import running
from teams.models import (
    Appointment,
    ImportRun,
    ImportState,
    Team,
    TeamHome,
    TeamMember,
    Unit,
    UnitPlacement,
    Volunteer,
)
from teams.permissions import Role
from tests import factories
from tests.teams.spreadsheets import SQUAD, TEAMS, UNITS, VOLUNTEERS, confirm, counts, press, rows_of, upload, workbook

ROWS, BAD, MOST_SECONDS = 5_000, 200, 60
TABLES = (Unit, UnitPlacement, Team, TeamHome, TeamMember, Volunteer, Appointment)
SINCE = f"{FIRST_DAY:%d/%m/%Y}"


def _unit(number: int, place: str) -> tuple:
    return f"NHAP-DV-{number}", f"Chi đoàn nhập {number}", "Chi đoàn", "Địa bàn dân cư", place, SINCE


def _team(number: int, place: str) -> tuple:
    return f"NHAP-TO-{number}", f"Tổ nhập {number}", SQUAD, place, SINCE


def _volunteer(number: int, place: str) -> tuple:
    return f"NHAP-TNV-{number}", f"Nguyễn Thị Nhập {number}", place


# Model -> headers, and how a row is made of a number and the code of its unit.
FILES = {"unit": (UNITS, _unit), "team": (TEAMS, _team), "volunteer": (VOLUNTEERS, _volunteer)}


def measure() -> Iterator[Claim]:
    setup_test_environment()  # what a page was drawn from can be asked then
    try:
        client = Client()
        client.force_login(factories.user("bench-nhap", Role.CITY_STAFF, unit=Unit.objects.get(code="TD")))
        for model, (headers, row) in FILES.items():
            yield from _measure(client, model, workbook(headers, *_rows(row)))
    finally:
        teardown_test_environment()


def _rows(row) -> list[tuple]:
    """Every 25th names a unit that there is not."""
    step = ROWS // BAD
    return [
        row(number, f"KHONG-CO-{number}" if number % step == 0 else f"P{number % 100:02}") for number in range(ROWS)
    ]


def _measure(client: Client, model: str, content: bytes) -> Iterator[Claim]:
    before, seconds = _rows_of_tables(), {}

    def timed(step: str, act):
        begin = time.perf_counter()
        page = _worked(client, act())
        seconds[step] = time.perf_counter() - begin
        return page

    page = timed("kiểm tra", lambda: upload(client, model, content))
    _require(counts(page), new=ROWS - BAD, update=0, skip=0, invalid=BAD)
    bad = rows_of(client.post(f"/imports/{page.context['run'].pk}/bad-rows/").content)
    if len(bad) != BAD + 1 or not all("KHONG-CO" in str(row) and "Không có đơn vị" in str(row) for row in bad[1:]):
        raise AssertionError(f"{model}: {len(bad) - 1} bad rows, the first of them {bad[1]}")
    page = timed("nhập", lambda: confirm(client, model, page))
    _require_state(page, ImportState.DONE)
    again = timed("lại tệp ấy", lambda: upload(client, model, content))
    _require(counts(again), new=0, update=0, skip=ROWS - BAD, invalid=BAD)
    page = timed("hoàn tác", lambda: press(client, "undo", page))
    _require_state(page, ImportState.UNDONE)
    if _rows_of_tables() != before:
        raise AssertionError(f"{model}: undoing has not brought back what there was")

    parts = ", ".join(f"{step} {took:.1f} giây" for step, took in seconds.items())
    name = f"Tệp {ROWS:,} dòng, {BAD} dòng sai ({model}): kiểm tra và nhập"
    yield at_most(name, seconds["kiểm tra"] + seconds["nhập"], MOST_SECONDS, "giây", note=parts)


def _worked(client: Client, page):
    """The page, once the worker has no piece left to do."""
    run = ImportRun.objects.get(pk=page.context["run"].pk)
    while run.job.is_open:
        running.run(run.job_id)
        run.refresh_from_db()
    return client.get(page.request["PATH_INFO"])


def _rows_of_tables() -> dict[str, str]:
    """A digest of each table that a file may write to."""
    found = {}
    with connection.cursor() as cursor:
        for model in TABLES:
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t.id)) FROM {table} t")  # noqa: S608 - our own
            (found[model.__name__],) = cursor.fetchone()
    return found


def _require(told: dict[str, int], **wanted: int) -> None:
    if told != wanted:
        raise AssertionError(f"the preview counts {told}, not {wanted}")


def _require_state(page, state: ImportState) -> None:
    if page.context["run"].state != state:
        raise AssertionError(f"{page.context['run'].state}: {page.context['run'].notice}")
