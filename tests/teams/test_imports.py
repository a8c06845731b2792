"""Units, teams and volunteers come in from spreadsheets: first a preview that changes nothing, then a confirmation."""

import datetime as dt
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.dated import DAY, today
from core.ids import uuid7
from core.jobs import running
from core.jobs.services import TooManyJobs
from core.models import AuditEvent, Revision
from teams.access import access_of_user
from teams.audit_details import detail_lines
from teams.audit_words import sentence_of
from teams.imports import runs, storing, volunteers
from teams.imports.cells import as_text
from teams.models import ImportRun, Team, TeamHome, TeamMember, Unit, UnitAncestry, Volunteer
from teams.tree import tree_problems
from tests import factories
from tests.teams.spreadsheets import (
    SQUAD,
    TEAMS,
    UNITS,
    VOLUNTEERS,
    XLSX_TYPE,
    bad_rows,
    complaints,
    confirm,
    counts,
    csv_file,
    press,
    rows_of,
    run_of,
    take_in,
    upload,
    upload_to,
    workbook,
    worked,
)

pytestmark = pytest.mark.django_db
START = "01/01/2023"
KIND = ("Đoàn phường, xã, đặc khu", "Địa bàn dân cư")
PERSON = ("TNV-1", "Nguyễn Văn Mẫu", "BC-TT")


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


@pytest.fixture
def district(client, world):
    client.force_login(world.unit_staff)
    return client


# --- what comes in ----------------------------------------------------------------------------------------------------
def test_team_import_preview_shows_what_would_change_and_changes_nothing(district, world):
    content = workbook(
        TEAMS,
        ("TO-MOI", "Tổ Bình Hưng", SQUAD, "BC-TT", START),
        ("TO-TT", "Tổ xung kích Tân Túc 1", SQUAD, "BC-TT", "01/01/2020"),
    )
    page = upload(district, "team", content)
    assert counts(page) == {"new": 1, "update": 1, "skip": 0, "invalid": 0}
    assert "Nhập 2 dòng" in page.text
    assert "<del>Tổ xung kích Tân Túc</del> <ins>Tổ xung kích Tân Túc 1</ins>" in page.text
    assert not Team.objects.filter(code="TO-MOI").exists()
    assert Team.objects.get(code="TO-TT").name == "Tổ xung kích Tân Túc"
    assert not AuditEvent.objects.filter(action__startswith="teams.team_added").exists()


def test_team_import_confirmed_stores_teams_in_their_units(district, world):
    before = Revision.state().get("org")
    content = workbook(
        [*TEAMS, "Mã địa bàn", "Lĩnh vực chuyên môn", "Hiệu lực đến ngày"],
        ("TO-MOI", "Tổ Bình Hưng", SQUAD, "BC-TT", START, factories.area("27595").code, "Thanh toán số", "31/12/2023"),
    )
    page = take_in(district, "team", content)
    team = Team.objects.get(code="TO-MOI")
    assert (team.name, team.kind, team.field, team.area.code) == ("Tổ Bình Hưng", "squad", "Thanh toán số", "27595")
    assert (team.valid_from, team.valid_to) == (dt.date(2023, 1, 1), dt.date(2023, 12, 31))
    home = TeamHome.objects.get(team=team)
    assert (home.unit, home.valid_from, home.valid_to) == (world.tan_tuc, team.valid_from, team.valid_to)
    assert list(Team.objects.search("binh hung")) == [team]
    assert "Đã nhập xong: 1 dòng mới, 0 dòng sửa, 0 dòng không đổi." in page.text
    assert Revision.state()["org"].number > before.number


def test_unit_import_takes_parents_below_their_children(city, world):
    content = workbook(
        UNITS,
        ("BC-TT-1", "Chi đoàn Khu phố 1", "Chi đoàn", "Địa bàn dân cư", "BC-MOI", START),
        ("BC-MOI", "Đoàn xã Bình Hưng", "Đoàn phường, xã, đặc khu", "Địa bàn dân cư", "BC", START),
    )
    take_in(city, "unit", content)
    made = Unit.objects.get(code="BC-TT-1")
    above = UnitAncestry.objects.filter(descendant=made).order_by("depth").values_list("ancestor__code", flat=True)
    assert list(above) == ["BC-TT-1", "BC-MOI", "BC", "TD"]
    assert tree_problems() == []


def test_unit_import_moves_a_unit_from_a_day(city, world):
    content = workbook(
        [*UNITS, "Trực thuộc từ ngày"],
        ("BC-VL", "Đoàn xã Vĩnh Lộc A", "Đoàn phường, xã, đặc khu", "Địa bàn dân cư", "NH", "01/01/2020", START),
    )
    take_in(city, "unit", content)
    assert world.vinh_loc.parent_on(dt.date(2022, 12, 31)) == world.binh_chanh
    assert world.vinh_loc.parent_on(dt.date(2023, 1, 1)) == world.banks
    assert tree_problems() == []


def test_unit_import_closes_a_unit_after_what_leaves_it_in_the_same_file(city, world):
    kind, block, first = "Đoàn phường, xã, đặc khu", "Địa bàn dân cư", "01/01/2020"
    content = workbook(
        [*UNITS, "Trực thuộc từ ngày", "Hiệu lực đến ngày"],
        ("NH", "Đoàn khối Ngân hàng", "Đoàn khối", "Cán bộ, công chức, viên chức", "TD", first, first, "30/06/2025"),
        ("NH-01", "Đoàn cơ sở Ngân hàng Mẫu", "Đoàn cơ sở", "Công nhân lao động", "TD", first, "01/07/2025", None),
        ("BC-PM", "Đoàn xã Phong Phú", kind, block, "BC", first, None, None),
    )
    page = upload(city, "unit", content)
    assert counts(page) == {"new": 1, "update": 2, "skip": 0, "invalid": 0}
    confirm(city, "unit", page)
    assert Unit.objects.get(code="NH").valid_to == dt.date(2025, 6, 30)
    assert world.bank.parent_on(dt.date(2025, 7, 1)) == world.city
    assert tree_problems() == []


def test_volunteer_import_joins_the_team(district, world):
    content = workbook(
        [*VOLUNTEERS, "Mã đội hình", "Vào đội từ ngày"], ("TNV-1", "Nguyễn Văn Mẫu", "BC-TT", "TO-TT", START)
    )
    take_in(district, "volunteer", content)
    member = TeamMember.objects.get()
    assert (member.volunteer.full_name, member.volunteer.unit, member.volunteer.is_active) == (
        "Nguyễn Văn Mẫu",
        world.tan_tuc,
        True,
    )
    assert (member.team, member.valid_from, member.valid_to) == (world.team, dt.date(2023, 1, 1), None)


def test_volunteer_import_leaves_alone_what_the_file_does_not_say(district, world):
    known = factories.volunteer("TNV-1", unit=world.tan_tuc, team=world.team, is_active=False)
    take_in(district, "volunteer", workbook(VOLUNTEERS, ("TNV-1", "Trần Thị Mẫu", "BC-TT")))
    known.refresh_from_db()
    assert (known.full_name, known.is_active) == ("Trần Thị Mẫu", False)
    assert list(Volunteer.objects.search("tran thi")) == [known]
    assert TeamMember.objects.get().team == world.team


@pytest.mark.parametrize(
    ("model", "headers", "rows"),
    [
        ("unit", UNITS, [("BC-MOI", "Đoàn xã Mới", "Chi đoàn", "Địa bàn dân cư", "BC", START)]),
        ("team", TEAMS, [("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START), ("TO-MOI2", "Tổ Hai", SQUAD, "BC-TT", START)]),
        ("volunteer", VOLUNTEERS, [("TNV-1", "Nguyễn Văn Mẫu", "BC-TT")]),
    ],
)
def test_import_same_file_again_changes_nothing(city, world, model, headers, rows):
    content = workbook(headers, *rows)
    take_in(city, model, content)
    told = AuditEvent.objects.exclude(action__in=["teams.importrun_uploaded", "jobs.job_ordered"])
    events, revision = told.count(), Revision.state()["org"].number
    page = upload(city, model, content)
    assert counts(page) == {"new": 0, "update": 0, "skip": len(rows), "invalid": 0}
    assert "Tệp này không thay đổi gì" in page.text
    assert not page.context["preview"].may_confirm
    assert (told.count(), Revision.state()["org"].number) == (events, revision)


def test_team_import_by_the_city_moves_a_team_from_a_day_and_clears_its_area(city, world):
    world.team.area = factories.area("27595")
    world.team.save()
    content = workbook(
        [*TEAMS, "Thuộc đơn vị từ ngày", "Mã địa bàn"],
        ("TO-TT", "Tổ xung kích Tân Túc", SQUAD, "NH-01", "01/01/2020", START, ""),
    )
    take_in(city, "team", content)
    team = Team.objects.get(code="TO-TT")
    assert team.area is None
    assert (team.home_on(dt.date(2022, 12, 31)), team.home_on(dt.date(2023, 1, 1))) == (world.tan_tuc, world.bank)


SOON, LATER = (today() + DAY * days for days in (30, 60))


@pytest.mark.parametrize(
    ("model", "headers", "row", "since"),
    [
        ("unit", UNITS, ("BC-VL", "Đoàn xã Vĩnh Lộc A", *KIND, "NH", "01/01/2020"), "Trực thuộc từ ngày"),
        ("team", TEAMS, ("TO-TT", "Tổ xung kích Tân Túc", SQUAD, "NH-01", "01/01/2020"), "Thuộc đơn vị từ ngày"),
    ],
    ids=["unit", "team"],
)
def test_import_leaves_a_move_that_is_still_to_come(city, world, model, headers, row, since):
    """Done again it would be a new row, and whoever has planned it could not take that back any more."""

    def file(day) -> bytes:
        return workbook([*headers, since], (*row, f"{day:%d/%m/%Y}"))

    first = take_in(city, model, file(SOON))
    assert counts(first)["update"] == 1
    assert counts(upload(city, model, file(SOON))) == {"new": 0, "update": 0, "skip": 1, "invalid": 0}
    assert complaints(upload(city, model, file(LATER))) == {
        2: {since: f"Trong cổng, việc này đã có từ ngày {SOON:%d/%m/%Y}. Hãy để trống, hoặc ghi đúng ngày đó."}
    }
    assert counts(upload(city, model, file(SOON - DAY)))["update"] == 1
    assert press(city, "undo", first).context["run"].state == "undone"
    assert counts(upload(city, model, file(LATER)))["update"] == 1


def test_import_takes_over_from_another_move_that_is_still_to_come(city, world):
    headers = [*TEAMS, "Thuộc đơn vị từ ngày"]
    for unit, day in (("BC-VL", SOON), ("NH-01", LATER)):
        row = ("TO-TT", "Tổ xung kích Tân Túc", SQUAD, unit, "01/01/2020", f"{day:%d/%m/%Y}")
        take_in(city, "team", workbook(headers, row))
    homes = TeamHome.objects.filter(team=world.team).values_list("unit__code", "valid_from", "valid_to")
    first = dt.date(2020, 1, 1)
    assert list(homes) == [("BC-TT", first, SOON - DAY), ("BC-VL", SOON, LATER - DAY), ("NH-01", LATER, None)]


def test_import_reads_yes_and_no_of_excel(district, world):
    rows = [("TNV-1", "Người một", "BC-TT", True), ("TNV-2", "Người hai", "BC-TT", False)]
    take_in(district, "volunteer", workbook([*VOLUNTEERS, "Đang tham gia"], *rows))
    assert dict(Volunteer.objects.values_list("code", "is_active")) == {"TNV-1": True, "TNV-2": False}


# --- how it may be written --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "headers",
    [
        TEAMS,
        tuple(reversed(TEAMS)),
        ("ma doi hinh", "TEN DOI HINH", "loại đội  hình", "Mã Đơn Vị *", "hieu luc tu ngay"),
        (*TEAMS, "Lỗi cần sửa"),
    ],
    ids=["template", "other order", "no accents", "marked"],
)
def test_import_reads_headers_blind_to_accents_case_and_order(district, world, headers):
    cells = dict(zip(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START), strict=True))
    row = [cells.get(header, "") for header in headers] if headers[0] != "ma doi hinh" else list(cells.values())
    assert counts(upload(district, "team", workbook(headers, row))) == {"new": 1, "update": 0, "skip": 0, "invalid": 0}


@pytest.mark.parametrize(
    "written",
    ["5/1/2023", "05/01/2023", "05-01-2023", "05.01.2023", "2023-01-05", dt.date(2023, 1, 5)],
    ids=str,
)
def test_import_reads_days_as_vietnamese_write_them_and_as_excel_keeps_them(district, world, written):
    take_in(district, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", written)))
    assert Team.objects.get(code="TO-MOI").valid_from == dt.date(2023, 1, 5)


@pytest.mark.parametrize("kind", [SQUAD, "to thanh nien xung kich", "squad"])
def test_import_reads_choices_blind_to_accents(district, world, kind):
    take_in(district, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", kind, "BC-TT", START)))
    assert Team.objects.get(code="TO-MOI").kind == "squad"


def test_import_strips_composes_and_drops_what_nobody_sees(district, world):
    decomposed = "  Tổ   Hòa\u200b Bình \n"
    take_in(district, "team", workbook(TEAMS, (" TO-MOI\u00a0", decomposed, SQUAD, " bc-tt ", START)))
    team = Team.objects.get(code="TO-MOI")
    assert team.name == "Tổ Hòa Bình"
    assert team.home_on(dt.date(2023, 1, 1)) == world.tan_tuc


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (1024, "1024"),
        (1024.0, "1024"),
        (0.5, "0.5"),
        (True, "Có"),
        (dt.date(2023, 3, 26), "26/03/2023"),
        ("'=1+1", "=1+1"),
        ("'tis", "'tis"),
        ("a\x00b\u200bc", "a bc"),
    ],
)
def test_import_cell_is_read_as_its_reader_saw_it(value, text):
    assert as_text(value) == text


def test_import_code_that_is_a_number_in_excel_has_no_decimals(district, world):
    take_in(district, "volunteer", workbook(VOLUNTEERS, (1024.0, "Nguyễn Văn Mẫu", "BC-TT")))
    assert Volunteer.objects.get().code == "1024"


def test_import_code_in_other_case_is_the_same_team(district, world):
    page = upload(district, "team", workbook(TEAMS, ("to-tt", "Tổ xung kích Tân Túc", SQUAD, "BC-TT", "01/01/2020")))
    assert counts(page)["invalid"] == 0
    assert counts(page)["new"] == 0


@pytest.mark.parametrize(
    ("separator", "encoding"),
    [(",", "utf-8-sig"), (";", "utf-8"), ("\t", "utf-16")],
)
def test_import_reads_csv_as_excel_saves_it(district, world, separator, encoding):
    content = csv_file(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START), separator=separator, encoding=encoding)
    take_in(district, "team", content, name="DANH SÁCH.CSV")
    assert Team.objects.get(code="TO-MOI").name == "Tổ Mới"


def test_import_reads_the_data_sheet_wherever_it_stands(district, world):
    content = workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START), title="DU LIEU")
    assert counts(upload(district, "team", content))["new"] == 1


def test_import_blank_rows_do_not_count_and_lines_are_those_of_excel(district, world):
    blank = ("", None, "  ", None, None)
    content = workbook(
        TEAMS, blank, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START), blank, ("TO-HAI", "", SQUAD, "BC-TT", START), blank
    )
    page = upload(district, "team", content)
    assert counts(page) == {"new": 1, "update": 0, "skip": 0, "invalid": 1}
    assert complaints(page) == {5: {"Tên đội hình": "Ô này không được để trống."}}


# --- the file to fill in ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("model", "required"),
    [("unit", UNITS), ("team", TEAMS), ("volunteer", VOLUNTEERS)],
    ids=["unit", "team", "volunteer"],
)
def test_template_has_vietnamese_headers_explanations_and_an_example(city, world, model, required):
    response = city.get(reverse("imports:template", args=[f"{model}s"]))
    headers = rows_of(response.content)[0]
    assert [header for header in headers if header in required] == list(required)
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''M%E1%BA%ABu%20nh%E1%BA%ADp")


def test_template_filled_with_its_own_example_is_accepted(city, world):
    factories.area("27595")
    book = openpyxl.load_workbook(io.BytesIO(city.get(reverse("imports:template", args=["teams"])).content))
    assert book.sheetnames == ["Dữ liệu", "Hướng dẫn", "Ví dụ", "Danh mục"]
    for column, cell in enumerate(book["Ví dụ"][2], start=1):
        book["Dữ liệu"].cell(2, column, cell.value)
    book["Dữ liệu"]["A2"] = "TO-MOI"
    book.active = 1  # saved while the reader looked at the explanations
    stream = io.BytesIO()
    book.save(stream)
    page = upload(city, "team", stream.getvalue())
    assert complaints(page) == {}
    assert counts(page) == {"new": 1, "update": 0, "skip": 0, "invalid": 0}


# --- bad rows ---------------------------------------------------------------------------------------------------------
def test_import_good_rows_are_stored_and_bad_ones_left_with_their_line(district, world):
    content = workbook(
        TEAMS,
        ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START),
        ("TO-HAI", "Tổ Hai", SQUAD, "BC-XX", "30/02/2023"),
        ("TO-BA", "Tổ Ba", SQUAD, "BC-VL", START),
    )
    page = upload(district, "team", content)
    assert "Nhập 2 dòng đúng, để lại 1 dòng lỗi" in page.text
    assert not Team.objects.filter(code="TO-MOI").exists()
    done = confirm(district, "team", page)
    assert set(Team.objects.filter(code__in=["TO-MOI", "TO-HAI", "TO-BA"]).values_list("code", flat=True)) == {
        "TO-MOI",
        "TO-BA",
    }
    assert (
        "Đã nhập xong: 2 dòng mới, 0 dòng sửa, 0 dòng không đổi. "
        "Còn lại 1 dòng lỗi chưa nhập (dòng 3). Hãy sửa trong tệp rồi tải lên lại; "
        "các dòng đã nhập sẽ không bị nhập hai lần."
    ) in done.text


def test_import_all_rows_bad_offers_nothing_to_confirm(district, world):
    page = upload(district, "team", workbook(TEAMS, ("TO-MOI", "", SQUAD, "BC-TT", START)))
    assert not page.context["preview"].may_confirm
    assert "Không có dòng nào nhập được" in page.text


def test_import_bad_rows_can_be_fetched_mended_and_uploaded(district, world):
    content = workbook(
        TEAMS,
        ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START),
        ("TO-HAI", "", SQUAD, "BC-XX", START),
    )
    page = upload(district, "team", content)
    response = bad_rows(district, "team", page)
    header, row = rows_of(response.content)
    assert header == [*TEAMS, "Lỗi cần sửa"]
    assert row == [
        "TO-HAI",
        None,
        SQUAD,
        "BC-XX",
        START,
        "Tên đội hình: Ô này không được để trống.\nMã đơn vị: Không có đơn vị mã “BC-XX” trong phạm vi của bạn.",
    ]
    row[1], row[3] = "Tổ Hai", "BC-TT"
    take_in(district, "team", workbook(header, row))
    assert Team.objects.filter(code__in=["TO-MOI", "TO-HAI"]).values_list("name", flat=True).get() == "Tổ Hai"


def test_import_bad_rows_keep_a_column_in_which_one_has_written_dashes(district, world):
    """As people do for nothing. The library writes them too, for a column that the file does not have."""
    rows = ("TO-MOT", "", SQUAD, "BC-TT", START, "---"), ("TO-HAI", "", SQUAD, "BC-TT", START, "Thanh toán số")
    page = upload(district, "team", workbook([*TEAMS, "Lĩnh vực chuyên môn"], *rows))
    header, *handed_back = rows_of(bad_rows(district, "team", page).content)
    assert header == [*TEAMS[:4], "Lĩnh vực chuyên môn", *TEAMS[4:], "Lỗi cần sửa"]
    assert [row[4] for row in handed_back] == ["---", "Thanh toán số"]


def test_import_row_that_misses_a_column_shows_no_text_in_it(city, world):
    factories.unit("CU", parent=world.city, valid_to=dt.date(2024, 12, 31))
    page = upload(city, "unit", workbook(UNITS, ("CU-1", "Chi đoàn cũ", *KIND, "CU", START)))
    [row] = page.context["preview"].bad_rows
    assert [(cell.column, cell.text) for cell in row.cells] == [("Hiệu lực đến ngày", "")]


def test_import_bad_rows_are_handed_to_who_brought_the_file_alone(client, district, world):
    """What is in them nobody else has seen."""
    page = upload(district, "team", workbook(TEAMS, ("TO-MOI", "", SQUAD, "BC-TT", START)))
    assert bad_rows(district, "team", page).status_code == 200
    url = reverse("imports:bad_rows", args=[page.context["run"].pk])
    assert district.get(url).status_code == 405
    statuses = {}
    for who in ("city_staff", "viewer", "bank_staff"):
        client.force_login(getattr(world, who))
        statuses[who] = client.post(url).status_code
    assert statuses == {"city_staff": 403, "viewer": 403, "bank_staff": 404}
    [told] = AuditEvent.objects.filter(action="teams.importrun_taken")
    assert (told.actor, told.data) == (world.unit_staff, {"rows": 1})
    assert sentence_of(told) == "Người dùng can-bo-bc đã tải về các dòng lỗi của tệp “danh-sach.xlsx”."


def test_import_data_changed_since_the_preview_stores_nothing(district, world):
    content = workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START), ("TO-HAI", "Tổ Hai", SQUAD, "BC-VL", START))
    page = upload(district, "team", content)
    factories.team("TO-HAI", unit=world.bank)
    done = confirm(district, "team", page)
    assert (
        "Tệp không còn cho đúng kết quả đã xem: có người vừa sửa dữ liệu, hoặc đã sang ngày khác. "
        "Chưa dòng nào được nhập; hãy bấm “Kiểm tra lại” rồi xác nhận." in done.text
    )
    assert not Team.objects.filter(code="TO-MOI").exists()
    again = press(district, "check", done)
    assert counts(again) == {"new": 1, "update": 0, "skip": 0, "invalid": 1}
    confirm(district, "team", again)
    assert Team.objects.filter(code="TO-MOI").exists()


def test_import_value_changed_since_the_preview_is_shown_anew(district, world):
    """Who has confirmed to replace one name has not confirmed to replace another."""
    page = upload(district, "team", workbook(TEAMS, ("TO-TT", "Tổ Một", SQUAD, "BC-TT", "01/01/2020")))
    world.team.name = "Tên khác"
    world.team.save()
    confirm(district, "team", page)
    assert Team.objects.get(code="TO-TT").name == "Tên khác"


def test_import_checked_in_the_evening_is_to_be_checked_again_in_the_morning(district, world, monkeypatch):
    """Without a "since" people join today. That is another day now, and nobody has changed anything."""
    page = upload(district, "volunteer", workbook([*VOLUNTEERS, "Mã đội hình"], (*PERSON, "TO-TT")))
    monkeypatch.setattr(volunteers, "today", lambda: today() + DAY)
    told = confirm(district, "volunteer", page)
    assert "có người vừa sửa dữ liệu, hoặc đã sang ngày khác" in told.text
    assert not Volunteer.objects.exists()
    confirm(district, "volunteer", press(district, "check", told))
    assert TeamMember.objects.get().valid_from == today() + DAY


def test_import_confirmed_twice_is_stored_once(district, world):
    page = upload(district, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START)))
    confirm(district, "team", page)
    again = confirm(district, "team", page)
    assert again.context["run"].state == "done"
    assert Team.objects.filter(code="TO-MOI").count() == 1
    assert AuditEvent.objects.filter(action="teams.team_imported").count() == 1


def test_import_sent_twice_comes_in_once(district, world):
    content, key = workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START)), uuid7()
    address = reverse("imports:new", args=["teams"])
    first, second = (upload_to(district, address, content, key=key).context["run"] for _time in range(2))
    assert first == second
    assert AuditEvent.objects.filter(action="teams.importrun_uploaded").count() == 1


def test_import_sent_twice_at_one_moment_comes_in_once(world, monkeypatch):
    content, key = workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START)), uuid7()
    access, keep, twins = access_of_user(world.unit_staff), storing.keep, []

    def send():
        upload = SimpleUploadedFile("doi-hinh.xlsx", content)
        return runs.receive(list_name="teams", subject=None, upload=upload, access=access, key=key)

    def after_the_twin(run, name, data):
        keep(run, name, data)
        if not twins:
            twins.append(None)
            twins[0] = send()

    monkeypatch.setattr(storing, "keep", after_the_twin)
    assert send() == twins[0]
    assert ImportRun.objects.get().key == key
    assert (storing.folder_of(twins[0]) / storing.UPLOADED).exists()


def test_file_of_an_import_that_is_refused_does_not_stay(world, monkeypatch):
    monkeypatch.setattr("core.jobs.services.MOST_OPEN", 0)
    content, key = workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START)), uuid7()
    upload, access = SimpleUploadedFile("doi-hinh.xlsx", content), access_of_user(world.unit_staff)
    with pytest.raises(TooManyJobs):
        runs.receive(list_name="teams", subject=None, upload=upload, access=access, key=key)
    assert not storing.folder_of(ImportRun(key=key)).exists()


def test_file_does_not_stay_where_its_row_was_not_written(world, monkeypatch):
    def broken(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(runs.audit, "record", broken)
    content, key = workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START)), uuid7()
    upload, access = SimpleUploadedFile("doi-hinh.xlsx", content), access_of_user(world.unit_staff)
    with pytest.raises(DatabaseError):
        runs.receive(list_name="teams", subject=None, upload=upload, access=access, key=key)
    assert not storing.folder_of(ImportRun(key=key)).exists()


# --- trail ------------------------------------------------------------------------------------------------------------
def test_import_leaves_one_audit_row_for_the_file_and_one_for_each_thing(district, world):
    content = workbook(
        TEAMS,
        ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START),
        ("TO-TT", "Tổ Tân Túc", SQUAD, "BC-TT", "01/01/2020"),
        ("TO-HAI", "", SQUAD, "BC-TT", START),
    )
    take_in(district, "team", content, name="Đội hình tháng 3.xlsx")
    events = {event.action: event for event in AuditEvent.objects.filter(actor=world.unit_staff)}
    assert set(events) == {
        "teams.importrun_uploaded",
        "jobs.job_ordered",
        "teams.team_added",
        "teams.team_changed",
        "teams.team_imported",
    }
    whole = events["teams.team_imported"]
    assert (whole.target_type, whole.target_label) == ("teams.team", "Đội hình tháng 3.xlsx")
    assert (whole.data, whole.scope_unit) == ({"rows": 2, "left_out": "4"}, world.binh_chanh.pk)
    changed = events["teams.team_changed"]
    assert (changed.target_id, changed.scope_unit) == (str(world.team.pk), world.tan_tuc.pk)
    assert changed.data == {
        "changes": {"Tên đội hình": ["Tổ xung kích Tân Túc", "Tổ Tân Túc"]},
        "file": "Đội hình tháng 3.xlsx",
    }
    assert ("Tên đội hình", "Tổ xung kích Tân Túc → Tổ Tân Túc") in detail_lines(changed)


def test_import_audit_row_that_fails_takes_the_rows_with_it(district, world, monkeypatch):
    page = upload(district, "team", workbook(TEAMS, ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START)))

    def broken(*args, **kwargs):
        raise RuntimeError("disk full")

    monkeypatch.setattr("core.audit.record_many", broken)
    done = confirm(district, "team", page)
    assert (done.context["run"].state, done.context["run"].job.state) == ("checked", "failed")
    assert not Team.objects.filter(code="TO-MOI").exists()


# --- queries ----------------------------------------------------------------------------------------------------------
def many(model: str, number: int) -> bytes:
    if model == "unit":
        rows = [(f"M-{n}", f"Đoàn {n}", "Chi đoàn", "Địa bàn dân cư", "BC", START) for n in range(number)]
        return workbook(UNITS, *rows)
    if model == "team":
        return workbook(TEAMS, *[(f"M-{n}", f"Tổ {n}", SQUAD, "BC-TT", START) for n in range(number)])
    headers = [*VOLUNTEERS, "Mã đội hình"]
    return workbook(headers, *[(f"M-{n}", f"Nguyễn Mẫu {n}", "BC-TT", "TO-TT") for n in range(number)])


def sent(client, model: str, content: bytes) -> ImportRun:
    """A file that waits for a worker."""
    file = SimpleUploadedFile("danh-sach.xlsx", content, content_type=XLSX_TYPE)
    return run_of(client.post(reverse("imports:new", args=[f"{model}s"]), {"file": file, "key": uuid7()}))


@pytest.mark.parametrize("number", [1, 3, 300])
def test_import_queries_of_moves_do_not_grow_with_the_rows(city, world, django_assert_num_queries, number):
    take_in(city, "unit", many("unit", number))
    rows = [(f"M-{n}", f"Đoàn {n}", "Chi đoàn", "Địa bàn dân cư", "NH", START, "01/06/2023") for n in range(number)]
    run = sent(city, "unit", workbook([*UNITS, "Trực thuộc từ ngày"], *rows))
    with django_assert_num_queries(51):  # one of them for the moves still to come, two for the last locked day
        running.run(run.job_id)
    assert counts(worked(city, run)) == {"new": 0, "update": number, "skip": 0, "invalid": 0}


QUERIES = {
    # One for the moves still to come; in undoing, two for the last locked day.
    "unit": {"check": 46, "confirm": 47, "undo": 89, "again": 35},
    "team": {"check": 40, "confirm": 43, "undo": 65, "again": 34},
    "volunteer": {"check": 40, "confirm": 41, "undo": 39, "again": 34},
}


@pytest.mark.parametrize("number", [1, 3, 300])
@pytest.mark.parametrize("model", QUERIES)
def test_import_queries_do_not_grow_with_the_rows(city, world, model, number):
    asked = {}

    def work(step: str, run: ImportRun) -> None:
        run.refresh_from_db()
        with CaptureQueriesContext(connection) as queries:
            running.run(run.job_id)
        asked[step] = len(queries)

    content = many(model, number)
    run = sent(city, model, content)
    work("check", run)
    for step in ("confirm", "undo"):
        run.refresh_from_db()
        city.post(reverse(f"imports:{step}", args=[run.pk]), {"shown": run.digest})
        work(step, run)
    take_in(city, model, content)
    run = sent(city, model, content)
    work("again", run)
    assert counts(worked(city, run))["skip"] == number
    # Django deletes by the hundred.
    assert asked.pop("undo") in range(QUERIES[model]["undo"], QUERIES[model]["undo"] + number // 100 + 1)
    assert asked == {step: queries for step, queries in QUERIES[model].items() if step != "undo"}


@pytest.mark.parametrize("number", [1, 3])
def test_page_of_a_file_asks_the_same_for_one_row_and_for_three(city, world, django_assert_num_queries, number):
    rows = [(f"M-{n}", f"Tổ {n}", SQUAD, "BC-TT", START) for n in range(number)]
    bad = [(f"X-{n}", "", SQUAD, "BC-TT", START) for n in range(number)]
    page = upload(city, "team", workbook(TEAMS, *rows, *bad))
    with django_assert_num_queries(10):
        assert city.get(reverse("imports:run", args=[page.context["run"].pk])).status_code == 200
    for _more in range(number - 1):
        upload(city, "team", workbook(TEAMS, *rows))
    with django_assert_num_queries(5):
        assert len(city.get(reverse("imports:home")).context["page"]) == number
