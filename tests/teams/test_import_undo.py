"""A whole import is taken back exactly, or not at all; and a worker that dies leaves it done or not done."""

import datetime as dt
import os
import unicodedata

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.dated import DAY, today
from core.ids import uuid7
from core.jobs import running
from core.jobs.models import Job
from core.models import AuditEvent
from desk.tasks import forget_imports
from teams.imports import TeamResource, VolunteerResource, runs, storing
from teams.imports.footprint import images_of
from teams.imports.forgetting import forget_in_files
from teams.models import (
    ImportRun,
    ImportState,
    Team,
    TeamHome,
    TeamMember,
    Unit,
    UnitAncestry,
    UnitPlacement,
    Volunteer,
)
from teams.services import move_team
from teams.tree import tree_problems
from tests import factories
from tests.dying import Killed, dies_at
from tests.teams.spreadsheets import (
    SQUAD,
    TEAMS,
    UNITS,
    VOLUNTEERS,
    confirm,
    counts,
    csv_file,
    press,
    take_in,
    upload,
    workbook,
)

pytestmark = pytest.mark.django_db
START, FIRST = "01/01/2023", "01/01/2020"
KINDS = ("Đoàn phường, xã, đặc khu", "Địa bàn dân cư")
TABLES = (Unit, UnitPlacement, Team, TeamHome, TeamMember, Volunteer)


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


@pytest.fixture
def district(client, world):
    client.force_login(world.unit_staff)
    return client


def everything() -> dict:
    """Every row of what an import may write, every column; and what is derived from it."""
    rows: dict = {}
    for model in TABLES:
        rows |= images_of(model)
    ancestry = UnitAncestry.objects.order_by("ancestor", "descendant", "valid_from")
    return rows | {"ancestry": list(ancestry.values_list("ancestor", "descendant", "depth", "valid_from", "valid_to"))}


# --- exactly ----------------------------------------------------------------------------------------------------------
FILES = {
    "unit": (
        [*UNITS, "Trực thuộc từ ngày", "Hiệu lực đến ngày"],
        [
            ("BC-MOI-1", "Chi đoàn Một", *KINDS, "BC-MOI", START, None, None),
            ("BC-MOI", "Đoàn xã Mới", *KINDS, "BC", START, None, None),
            ("BC-VL", "Đoàn xã Vĩnh Lộc", *KINDS, "NH", FIRST, START, None),
            ("NH", "Đoàn khối Ngân hàng cũ", "Đoàn khối", "Công nhân lao động", "TD", FIRST, None, None),
            ("X", "", *KINDS, "BC", START, None, None),
        ],
    ),
    "team": (
        [*TEAMS, "Thuộc đơn vị từ ngày", "Hiệu lực đến ngày"],
        [
            ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START, None, "31/12/2023"),
            ("TO-TT", "Tổ Tân Túc", SQUAD, "NH-01", FIRST, START, None),
            ("TO-VL", "Tổ Vĩnh Lộc", SQUAD, "BC-VL", FIRST, None, "31/12/2024"),
            ("X", "", SQUAD, "BC-TT", START, None, None),
        ],
    ),
    "volunteer": (
        [*VOLUNTEERS, "Mã đội hình", "Đang tham gia"],
        [
            ("TNV-MOI", "Nguyễn Văn Mẫu", "BC-TT", "TO-TT", "Có"),
            ("TNV-CU", "Tên Mới", "BC-VL", "TO-VL", "Không"),
            ("X", "", "BC-TT", "", ""),
        ],
    ),
}


@pytest.mark.parametrize("model", FILES)
def test_undo_of_an_import_restores_the_exact_state(city, world, model):
    factories.volunteer("TNV-CU", unit=world.tan_tuc, team=world.team, full_name="Tên Cũ")
    factories.volunteer("TNV-VL", unit=world.vinh_loc, team=world.team_vinh_loc)
    before = everything()
    headers, rows = FILES[model]
    page = take_in(city, model, workbook(headers, *rows))
    assert page.context["run"].state == "done"
    assert everything() != before
    undone = press(city, "undo", page)
    assert (undone.context["run"].state, undone.context["run"].undone_by) == ("undone", world.city_staff)
    assert everything() == before
    assert tree_problems() == []
    assert "Đã hoàn tác: mọi thứ trở lại như trước khi nhập." in undone.text
    # And it may come in again.
    assert take_in(city, model, workbook(headers, *rows)).context["run"].state == "done"


CODES = st.sampled_from(["TO-TT", "TO-VL", "TO-MOI", "TO-HAI", "", "TO-NH"])
PLACES = st.sampled_from(["BC-TT", "BC-VL", "NH-01", "QQQ"])
DAYS = st.sampled_from([FIRST, START, "30/02/2023"])
ENDS = st.sampled_from(["", "31/12/2024", "31/12/2019"])
MOVES = st.sampled_from(["", f"{today() + 30 * DAY:%d/%m/%Y}"])
LINES = st.tuples(CODES, st.sampled_from(["Tổ Một", "Tổ Hai", ""]), st.just(SQUAD), PLACES, DAYS, ENDS, MOVES)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(LINES, min_size=1, max_size=6))
def test_import_and_undo_is_identity_and_twice_is_once(city, world, rows):
    """Whatever the file holds: stored twice it is stored once, and undone it never was."""
    content, before = workbook([*TEAMS, "Hiệu lực đến ngày", "Thuộc đơn vị từ ngày"], *rows), everything()
    page = upload(city, "team", content)
    if not page.context["preview"].may_confirm:
        assert everything() == before
        return
    done = confirm(city, "team", page)
    stored = everything()
    again = upload(city, "team", content)
    assert (counts(again)["new"], counts(again)["update"]) == (0, 0)
    assert everything() == stored
    assert press(city, "undo", done).context["run"].state == "undone"
    assert everything() == before


# --- or not at all ----------------------------------------------------------------------------------------------------
def obstacles(page) -> list[tuple[str, str]]:
    return [(row.code, row.cells[0]) for row in page.context["preview"].obstacles]


def test_undo_does_not_touch_what_was_changed_or_used_since(city, world):
    rows = [
        ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START),
        ("TO-HAI", "Tổ Hai", SQUAD, "BC-TT", START),
        ("TO-BA", "Tổ Ba", SQUAD, "BC-TT", START),
    ]
    page = take_in(city, "team", workbook(TEAMS, *rows))
    first, second = (Team.objects.get(code=code) for code in ("TO-MOI", "TO-HAI"))
    factories.volunteer("TNV-1", unit=world.tan_tuc, team=first)
    second.name = "Tổ Hai mới"
    second.save()
    state = everything()
    refused = press(city, "undo", page)
    assert (refused.context["run"].state, refused.context["run"].job.state) == ("done", "failed")
    assert obstacles(refused) == [
        ("Tổ Hai mới", "Đội hình này đã được sửa sau khi nhập."),
        ("Tổ Mới", "Đang được dùng: 1 thành viên đội hình."),
    ]
    assert everything() == state
    TeamMember.objects.all().delete()
    second.name = "Tổ Hai"
    second.save()
    assert press(city, "undo", refused).context["run"].state == "undone"
    assert not Team.objects.filter(code__in=["TO-MOI", "TO-HAI", "TO-BA"]).exists()


def test_undo_does_not_take_a_team_back_from_where_it_was_moved_since(city, world):
    page = take_in(city, "team", workbook([*TEAMS, "Thuộc đơn vị từ ngày"], FILES["team"][1][1][:6]))
    move_team(team=world.team, unit=world.vinh_loc, since=dt.date(2024, 1, 1), by=world.city_staff)
    refused = press(city, "undo", page)
    assert [why for _what, why in obstacles(refused)] == ["Đơn vị chủ quản này đã được sửa sau khi nhập."]


def test_undo_puts_nothing_under_a_unit_that_has_ended_since(city, world):
    """BC-VL left for the banks; its old parent has come to an end, so there is nothing to go back to."""
    factories.unit("CU", parent=world.city, name="Đoàn cũ")
    factories.unit("CU-1", parent=Unit.objects.get(code="CU"), name="Chi đoàn cũ")
    moved = ("CU-1", "Chi đoàn cũ", *KINDS, "BC", FIRST, START)
    page = take_in(city, "unit", workbook([*UNITS, "Trực thuộc từ ngày"], moved))
    assert page.context["run"].state == "done"
    Unit.objects.filter(code="CU").update(valid_to=dt.date(2024, 12, 31))
    UnitPlacement.objects.filter(unit__code="CU").update(valid_to=dt.date(2024, 12, 31))
    state = everything()
    refused = press(city, "undo", page)
    assert refused.context["run"].state == "done"
    assert "thời gian trực thuộc vượt quá hiệu lực" in refused.text
    assert everything()["ancestry"] == state["ancestry"]


def test_undo_beyond_the_own_subtree_is_refused(client, district, world):
    page = take_in(district, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START)))
    made = Team.objects.get(code="TO-MOI")
    TeamHome.objects.filter(team=made).delete()
    TeamHome.objects.create(team=made, unit=world.bank, valid_from=made.valid_from)
    refused = press(district, "undo", page)
    assert ("Tổ Mới", "Nơi này ngoài phạm vi của bạn.") in obstacles(refused)
    assert Team.objects.filter(code="TO-MOI").exists()


def test_undo_leaves_its_trail(city, world):
    page = take_in(city, "team", workbook(*[FILES["team"][0], *FILES["team"][1]]))
    press(city, "undo", page)
    trail = AuditEvent.objects.filter(data__undone=True).order_by("target_label")
    told = [(event.action, event.target_label, event.data["changes"].get("name")) for event in trail]
    assert told == [
        ("teams.team_deleted", "Tổ Mới", ["Tổ Mới", None]),
        ("teams.team_changed", "Tổ Tân Túc", ["Tổ Tân Túc", "Tổ xung kích Tân Túc"]),
        ("teams.team_changed", "Tổ Vĩnh Lộc", ["Tổ Vĩnh Lộc", "Tổ xung kích Vĩnh Lộc A"]),
    ]
    assert AuditEvent.objects.filter(action="teams.team_undone", actor=world.city_staff).count() == 1


def test_membership_that_somebody_else_adds_while_volunteers_are_stored_is_not_taken_back(city, world, monkeypatch):
    known = factories.volunteer("TNV-CU", unit=world.tan_tuc, full_name="Tên Cũ")

    def takes_in(_resource):
        TeamMember.objects.create(team=world.team_vinh_loc, volunteer=known, valid_from=dt.date(2024, 1, 1))

    monkeypatch.setattr(VolunteerResource, "finish", takes_in)
    rows = ("TNV-CU", "Tên Mới", "BC-TT", "TO-TT"), ("TNV-MOI", "Nguyễn Văn Mẫu", "BC-TT", "TO-TT")
    page = take_in(city, "volunteer", workbook([*VOLUNTEERS, "Mã đội hình"], *rows))
    assert TeamMember.objects.count() == 3
    assert press(city, "undo", page).context["run"].state == "undone"
    assert [(row.volunteer, row.team) for row in TeamMember.objects.all()] == [(known, world.team_vinh_loc)]
    known.refresh_from_db()
    assert known.full_name == "Tên Cũ"


def test_memberships_that_somebody_else_writes_while_teams_are_stored_are_not_taken_back(city, world, monkeypatch):
    """TO-VL ends with its memberships, that of the one who joined at the last moment too; TO-TT is only renamed."""
    other, joins, held = (factories.volunteer(f"TNV-{number}", unit=world.tan_tuc) for number in range(3))
    day, end = dt.date(2023, 1, 1), dt.date(2024, 6, 30)
    ended = TeamMember.objects.create(team=world.team, volunteer=other, valid_from=day)
    TeamMember.objects.create(team=world.team_vinh_loc, volunteer=held, valid_from=day)
    single = TeamResource.store_one

    def joins_first(resource, instance):
        TeamMember.objects.create(team=world.team_vinh_loc, volunteer=joins, valid_from=day)
        single(resource, instance)

    def writes(_resource):
        TeamMember.objects.filter(pk=ended.pk).update(valid_to=end)
        TeamMember.objects.create(team=world.team, volunteer=joins, valid_from=day)

    monkeypatch.setattr(TeamResource, "store_one", joins_first)
    monkeypatch.setattr(TeamResource, "finish", writes)
    headers, (_new, _moved, ends, _bad) = FILES["team"]
    renamed = ("TO-TT", "Tổ Mới Tên", SQUAD, "BC-TT", FIRST, None, None)
    page = take_in(city, "team", workbook(headers, ends, renamed))
    in_vinh_loc = TeamMember.objects.filter(team=world.team_vinh_loc)
    assert set(in_vinh_loc.values_list("valid_to", flat=True)) == {dt.date(2024, 12, 31)}
    assert press(city, "undo", page).context["run"].state == "undone"
    assert sorted(in_vinh_loc.values_list("volunteer__code", "valid_to")) == [("TNV-1", None), ("TNV-2", None)]
    in_tan_tuc = TeamMember.objects.filter(team=world.team).order_by("volunteer__code")
    assert list(in_tan_tuc.values_list("volunteer__code", "valid_to")) == [("TNV-0", end), ("TNV-1", None)]


# --- done or not done -------------------------------------------------------------------------------------------------
def statements(run: ImportRun) -> int:
    """How many a worker needs for the job of this file, which is then taken back."""
    point = transaction.savepoint_create()
    with CaptureQueriesContext(connection) as asked:
        running.run(run.job_id)
    transaction.savepoint_rollback(point)
    return len(asked)


def lease_runs_out(run: ImportRun) -> None:
    Job.objects.filter(pk=run.job_id).update(leased_until=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))


@pytest.mark.parametrize("step", ["confirm", "undo"])
def test_worker_that_dies_leaves_the_file_done_or_not_done_and_the_next_one_does_it(city, world, step):
    headers, rows = FILES["team"]
    before = everything()
    page = upload(city, "team", workbook(headers, *rows))
    if step == "undo":
        page = confirm(city, "team", page)
    run = page.context["run"]
    halfway = everything()
    city.post(reverse(f"imports:{step}", args=[run.pk]), {"shown": run.digest})
    run.refresh_from_db()
    working, ended = {
        "confirm": (ImportState.IMPORTING, ImportState.DONE),
        "undo": (ImportState.UNDOING, ImportState.UNDONE),
    }[step]
    # Around each place where something ends, and some in between.
    last = statements(run)
    for number in sorted({*range(1, last, 7), *range(last - 4, last)}):
        point = transaction.savepoint_create()
        with pytest.raises(Killed), dies_at(number):
            running.run(run.job_id)
        run.refresh_from_db()
        assert (run.state == ended) or (run.state == working and everything() == halfway), number
        lease_runs_out(run)
        running.run(run.job_id)
        run.refresh_from_db()
        assert (run.state, run.job.state) == (ended, "done"), number
        assert (everything() == before) == (step == "undo")
        transaction.savepoint_rollback(point)


def test_worker_that_dies_three_times_gives_the_file_back_as_it_was(city, world):
    page = upload(city, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START)))
    run, before = page.context["run"], everything()
    city.post(reverse("imports:confirm", args=[run.pk]), {"shown": run.digest})
    run.refresh_from_db()
    for _death in range(3):
        with pytest.raises(Killed), dies_at(12):
            running.run(run.job_id)
        lease_runs_out(run)
    running.run(run.job_id)
    run.refresh_from_db()
    assert (run.state, run.job.state) == (ImportState.CHECKED, "failed")
    assert "Máy chủ đã dừng giữa chừng 3 lần" in run.notice
    assert everything() == before
    assert press(city, "confirm", page).context["run"].state == "done"


def test_import_that_is_stopped_has_not_happened_and_may_be_begun_again(city, world):
    page = upload(city, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START)))
    run = page.context["run"]
    city.post(reverse("imports:confirm", args=[run.pk]), {"shown": run.digest})
    run.refresh_from_db()
    city.post(reverse("jobs:stop", args=[run.job_id]))
    stopped = city.get(reverse("imports:run", args=[run.pk]))
    assert stopped.context["run"].state == "checked"
    assert "Việc nhập đã dừng giữa chừng. Chưa dòng nào được nhập." in stopped.text
    city.post(reverse("jobs:repeat", args=[run.job_id]))
    running.run(run.job_id)
    assert Team.objects.filter(code="TO-MOI").count() == 1


def test_file_that_was_changed_on_the_disk_is_not_stored(city, world):
    page = upload(city, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START)))
    run = page.context["run"]
    (storing.folder_of(run) / storing.UPLOADED).write_bytes(workbook(TEAMS, ("TO-X", "Khác", SQUAD, "BC-TT", START)))
    done = press(city, "confirm", page)
    assert done.context["run"].state == "checked"
    assert "Tệp đã lưu không còn nguyên vẹn. Hãy tải tệp lên lại." in done.text
    assert not Team.objects.filter(code__in=["TO-MOI", "TO-X"]).exists()


def test_undo_that_is_begun_again_tells_what_is_in_the_way_once(city, world):
    page = take_in(city, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START)))
    run = page.context["run"]
    Team.objects.filter(code="TO-MOI").update(note="Sửa sau khi nhập")
    press(city, "undo", page)
    run.refresh_from_db()
    assert run.rows.filter(kind="obstacle").count() == 1
    city.post(reverse("jobs:repeat", args=[run.job_id]))
    running.run(run.job_id)
    assert run.rows.filter(kind="obstacle").count() == 1


def test_import_from_before_the_portal_got_a_column_is_undone_all_the_same(city, world):
    volunteer = factories.volunteer("TNV-1", unit=world.tan_tuc)
    page = take_in(city, "volunteer", workbook(VOLUNTEERS, ("TNV-1", "Nguyễn Văn Mới", "BC-TT")))
    for change in page.context["run"].changes.all():
        del change.before["left_on"], change.after["left_on"]
        change.save()
    assert press(city, "undo", page).context["run"].state == "undone"
    volunteer.refresh_from_db()
    assert volunteer.full_name == "Nguyễn Văn Mẫu TNV-1"


# --- not for ever -----------------------------------------------------------------------------------------------------
def test_files_are_forgotten_after_a_while_and_what_was_stored_stays(city, world):
    page = take_in(city, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START), ("X", "", "", "", "")))
    run = page.context["run"]
    assert runs.forget_old() == 0
    ImportRun.objects.update(made_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert runs.forget_old() == 1
    assert not storing.folder_of(run).exists()
    assert run.rows.count() + run.changes.count() == 0
    shown = city.get(reverse("imports:run", args=[run.pk]))
    assert "Hoàn tác lần nhập này" not in shown.text
    assert Team.objects.filter(code="TO-MOI").exists()
    assert press(city, "undo", page).context["run"].state == "done"


def test_import_that_somebody_begins_to_undo_while_others_are_forgotten_keeps_its_way_back(city, world, monkeypatch):
    for code in ("TO-A", "TO-B"):
        take_in(city, "team", workbook(TEAMS, (code, "Tổ Mới", SQUAD, "BC-TT", START)))
    ImportRun.objects.update(made_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    forget = storing.forget

    def meanwhile(run):
        ImportRun.objects.exclude(pk=run.pk).update(state=ImportState.UNDOING)
        forget(run)

    monkeypatch.setattr(storing, "forget", meanwhile)
    assert runs.forget_old() == 1
    kept = ImportRun.objects.get(forgotten_at=None)
    assert kept.changes.exists()
    assert storing.folder_of(kept).exists()


@pytest.fixture
def own_media(settings, tmp_path):
    """What lies elsewhere belongs to another database."""
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.usefixtures("own_media")
def test_files_that_no_row_leads_to_are_swept_after_a_day(city, world):
    """The portal was killed between the file and its row."""
    kept = take_in(city, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START))).context["run"]
    stray, fresh = ImportRun(key=uuid7()), ImportRun(key=uuid7())
    for run in (stray, fresh):
        storing.keep(run, storing.UPLOADED, b"names")
    two_days_ago = (timezone.now() - 2 * DAY).timestamp()
    for run in (kept, stray):
        os.utime(storing.folder_of(run), (two_days_ago, two_days_ago))
    forget_imports()
    assert [storing.folder_of(run).exists() for run in (kept, stray, fresh)] == [True, False, True]
    assert runs.sweep() == 0


@pytest.mark.usefixtures("own_media")
def test_what_a_forgotten_run_has_left_is_swept_too(city, world):
    run = take_in(city, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START))).context["run"]
    ImportRun.objects.update(forgotten_at=timezone.now())
    os.utime(storing.folder_of(run), (0, 0))
    assert runs.sweep() == 1
    assert not storing.folder_of(run).exists()


@pytest.mark.parametrize(
    "written",
    ["TNV-HÒA 1", "TNV-\u200bHÒA 1", unicodedata.normalize("NFD", "tnv-hòa 1"), "TNV-HÒA\u00a0  1 "],
    ids=["plain", "nobody sees it", "decomposed", "spaces"],
)
def test_list_goes_with_a_name_however_the_code_is_written_in_it(city, world, written):
    """Though the file has changed nothing about the person."""
    person = factories.volunteer("TNV-HÒA 1", unit=world.tan_tuc, full_name="Nguyễn Văn Mẫu")
    row = (written, "Nguyễn Văn Mẫu", "BC-TT")
    for name, content in (("a.xlsx", workbook(VOLUNTEERS, row)), ("a.csv", csv_file(VOLUNTEERS, row))):
        upload(city, "volunteer", content, name)
    assert forget_in_files(person.pk, person.code, by=world.city_staff) == 2


def test_list_goes_with_a_name_whose_code_excel_has_made_a_day_of(city, world):
    """The file holds the day as a number, in which no text of it is found."""
    person = factories.volunteer("01/02/2023", unit=world.tan_tuc, full_name="Nguyễn Văn Mẫu")
    upload(city, "volunteer", workbook(VOLUNTEERS, (dt.date(2023, 2, 1), "Nguyễn Văn Mẫu", "BC-TT")))
    assert forget_in_files(person.pk, person.code, by=world.city_staff) == 1


def test_list_of_others_and_a_file_that_is_none_stay(city, world):
    person = factories.volunteer("TNV-1", unit=world.tan_tuc)
    upload(city, "volunteer", workbook(VOLUNTEERS, ("KHAC-9", "Trần Thị Mẫu", "BC-TT")))
    upload(city, "volunteer", b"%PDF-1.7 TNV-1")
    assert forget_in_files(person.pk, person.code, by=world.city_staff) == 0
    assert ImportRun.objects.filter(forgotten_at=None).count() == 2
