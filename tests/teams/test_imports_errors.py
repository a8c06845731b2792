"""What an import refuses: cell by cell, with what to do; beyond the reader's subtree; and files that are none."""

import datetime as dt
import io
import zipfile

import pytest
from django.urls import reverse

from core.dated import DAY, today
from core.ids import uuid7
from teams.imports import files
from teams.imports.units import UnitResource
from teams.models import TeamMember, Volunteer
from tests import factories
from tests.teams.spreadsheets import (
    SQUAD,
    TEAMS,
    UNITS,
    VOLUNTEERS,
    complaints,
    counts,
    csv_file,
    refusal,
    take_in,
    upload,
    workbook,
)

pytestmark = pytest.mark.django_db
START = "01/01/2023"
KINDS = (
    "Thành Đoàn; Quận, Huyện Đoàn; Đoàn phường, xã, đặc khu; Đoàn khối; Đoàn ngành, lực lượng vũ trang; "
    "Đoàn tổng công ty, doanh nghiệp; Đoàn trường; Đoàn cơ sở; Chi đoàn"
)


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


@pytest.fixture
def district(client, world):
    client.force_login(world.unit_staff)
    return client


def errors_of(client, model: str, headers: tuple, good: tuple, **changed) -> dict[str, str]:
    """What the preview says of a good row in which these cells were changed."""
    headers = [*headers, *(name for name in changed if name not in headers)]
    cells = dict(zip(headers, good, strict=False)) | changed
    page = upload(client, model, workbook(headers, [cells[name] for name in headers]))
    return complaints(page).get(2, {})


def errors_of_table(client, model: str, headers: tuple, good: tuple, table: dict) -> dict[str, dict[str, str]]:
    """The same for many rows of one file, each with a code of its own."""
    names = [*headers, *dict.fromkeys(name for changed, _ in table.values() for name in changed if name not in headers)]
    rows = [
        dict(zip(headers, good, strict=True)) | {headers[0]: f"MOI-{line}"} | changed
        for line, (changed, _expected) in enumerate(table.values())
    ]
    told = complaints(upload(client, model, workbook(names, *[[row.get(name, "") for name in names] for row in rows])))
    return {name: told.get(line, {}) for line, name in enumerate(table, start=2)}


# --- cells ------------------------------------------------------------------------------------------------------------
TEAM = ("TO-MOI", "Tổ Mới", SQUAD, "BC-TT", START)
TEAM_ERRORS = {
    "no code": ({"Mã đội hình": ""}, {"Mã đội hình": "Ô này không được để trống."}),
    "long code": (
        {"Mã đội hình": "X" * 31},
        {"Mã đội hình": "Dài 31 ký tự, chỉ được 30. Hãy viết gọn lại."},
    ),
    "kind": (
        {"Loại đội hình": "Tổ xung kích"},
        {
            "Loại đội hình": "“Tổ xung kích” không có trong danh sách. Hãy chọn: Tổ thanh niên xung kích; "
            "Đội hình công trình, phần việc; Đội hình tư vấn chuyên môn; Đội hình sinh viên, học sinh; "
            "Tổ công nghệ số cộng đồng."
        },
    ),
    "no kind": ({"Loại đội hình": ""}, {"Loại đội hình": "Ô này không được để trống."}),
    "unknown unit": (
        {"Mã đơn vị": "QQQ"},
        {"Mã đơn vị": "Không có đơn vị mã “QQQ” trong phạm vi của bạn."},
    ),
    "misspelled unit": (
        {"Mã đơn vị": "BC TT"},
        {"Mã đơn vị": "Không có đơn vị mã “BC TT” trong phạm vi của bạn. Gần nhất: BC-TT – Đoàn thị trấn Tân Túc."},
    ),
    "name instead of code": (
        {"Mã đơn vị": "Doan thi tran Tan Tuc"},
        {
            "Mã đơn vị": "Không có đơn vị mã “Doan thi tran Tan Tuc” trong phạm vi của bạn. "
            "Gần nhất: BC-TT – Đoàn thị trấn Tân Túc."
        },
    ),
    "unit not yet there": (
        {"Hiệu lực từ ngày": "01/01/2019"},
        {"Mã đơn vị": "Đơn vị “BC-TT” không có hiệu lực vào ngày 01/01/2019. Hãy sửa ngày hoặc chọn đơn vị khác."},
    ),
    "no such day": (
        {"Hiệu lực từ ngày": "30/02/2023"},
        {"Hiệu lực từ ngày": "Không có ngày “30/02/2023”. Hãy viết ngày/tháng/năm, ví dụ 26/03/2023."},
    ),
    "no day at all": (
        {"Hiệu lực từ ngày": "tháng 3"},
        {"Hiệu lực từ ngày": "“tháng 3” không phải là ngày. Hãy viết dạng 26/03/2023."},
    ),
    "short year": (
        {"Hiệu lực từ ngày": "01/01/23"},
        {"Hiệu lực từ ngày": "“01/01/23” không phải là ngày. Hãy viết dạng 26/03/2023."},
    ),
    "slipped year": (
        {"Hiệu lực từ ngày": "01/01/0203"},
        {"Hiệu lực từ ngày": "Năm của “01/01/0203” có vẻ nhầm. Hãy kiểm tra lại."},
    ),
    "ends before it begins": (
        {"Hiệu lực đến ngày": "31/12/2022"},
        {"Hiệu lực đến ngày": "Ngày kết thúc phải sau hoặc bằng ngày bắt đầu."},
    ),
    "in the unit before it exists": (
        {"Thuộc đơn vị từ ngày": "01/01/2022"},
        {"Thuộc đơn vị từ ngày": "Ngày này nằm ngoài thời gian hiệu lực ghi ở cùng dòng. Hãy sửa một trong hai."},
    ),
    "in the unit later than it exists": (
        {"Thuộc đơn vị từ ngày": "01/02/2023"},
        {"Thuộc đơn vị từ ngày": "Dòng mới phải có đơn vị ngay từ “Hiệu lực từ ngày”. Hãy để trống ô này."},
    ),
    "unknown area": ({"Mã địa bàn": "00000"}, {"Mã địa bàn": "Không có đơn vị hành chính mã “00000”."}),
    "failed formula": (
        {"Tên đội hình": "#REF!"},
        {"Tên đội hình": "Công thức của ô này bị lỗi (#REF!). Hãy gõ thẳng giá trị vào ô."},
    ),
    "phone number": (
        {"Ghi chú": "gọi 0903 123 456"},
        {
            "Ghi chú": "Ô này có dãy số giống số CCCD hoặc số điện thoại, hoặc có địa chỉ thư điện tử. "
            "Cổng không lưu: hãy xóa."
        },
    ),
    "three at once": (
        {"Tên đội hình": "", "Mã đơn vị": "QQQ", "Mã địa bàn": "00000"},
        {
            "Tên đội hình": "Ô này không được để trống.",
            "Mã đơn vị": "Không có đơn vị mã “QQQ” trong phạm vi của bạn.",
            "Mã địa bàn": "Không có đơn vị hành chính mã “00000”.",
        },
    ),
}


def test_team_import_names_every_bad_cell_and_what_to_do(district):
    assert errors_of_table(district, "team", TEAMS, TEAM, TEAM_ERRORS) == {
        name: expected for name, (_changed, expected) in TEAM_ERRORS.items()
    }


UNIT = ("BC-MOI", "Đoàn xã Mới", "Chi đoàn", "Địa bàn dân cư", "BC", START)
UNIT_ERRORS = {
    "kind": ({"Loại đơn vị": "Phường"}, {"Loại đơn vị": f"“Phường” không có trong danh sách. Hãy chọn: {KINDS}."}),
    "under itself": (
        {"Mã đơn vị cấp trên": "BC-MOI"},
        {"Mã đơn vị cấp trên": "Các dòng trực thuộc lẫn nhau thành vòng: BC-MOI → BC-MOI. Hãy sửa."},
    ),
    "under its own child": (
        {"Mã đơn vị": "BC", "Mã đơn vị cấp trên": "BC-TT", "Hiệu lực từ ngày": "01/01/2020"},
        {"Mã đơn vị cấp trên": "Đơn vị này đang ở dưới chính nó trong cây. Hãy chọn cấp trên khác."},
    ),
    "no parent": ({"Mã đơn vị cấp trên": ""}, {"Mã đơn vị cấp trên": "Ô này không được để trống."}),
    "code of another time": (
        {"Mã đơn vị": "BC-TT"},
        {
            "Mã đơn vị": "Mã này đang là của “Đoàn thị trấn Tân Túc”, hiệu lực từ 01/01/2020. Muốn sửa dòng đó, hãy "
            "ghi đúng “Hiệu lực từ ngày” ấy; nếu là nơi khác, hãy dùng mã khác."
        },
    ),
    "closed above others": (
        {"Mã đơn vị": "BC", "Mã đơn vị cấp trên": "TD", "Hiệu lực từ ngày": "01/01/2020", "Hiệu lực đến ngày": START},
        {
            "": "“Đoàn xã Mới” còn 2 đơn vị và 0 đội hình trực thuộc sau ngày 01/01/2023. "
            "Hãy chuyển hoặc kết thúc chúng trước."
        },
    ),
}


@pytest.mark.parametrize(("changed", "expected"), UNIT_ERRORS.values(), ids=UNIT_ERRORS)
def test_unit_import_names_every_bad_cell_and_what_to_do(city, changed, expected):
    assert errors_of(city, "unit", UNITS, UNIT, **changed) == expected


def test_unit_import_does_not_shorten_a_placement(city, world):
    row = ("BC-TT", "Đoàn thị trấn Tân Túc", "Đoàn phường, xã, đặc khu", "Địa bàn dân cư", "BC", "01/01/2020")
    assert errors_of(city, "unit", UNITS, row, **{"Trực thuộc từ ngày": START}) == {
        "Trực thuộc từ ngày": "Trong cổng, việc này đã có từ ngày 01/01/2020. Hãy để trống, hoặc ghi đúng ngày đó."
    }


def test_unit_import_under_a_closed_parent_needs_an_end(city, world):
    factories.unit("CU", parent=world.city, name="Đoàn cũ", valid_to=dt.date(2024, 12, 31))
    expected = {
        "Hiệu lực đến ngày": "Đơn vị “Đoàn cũ” kết thúc ngày 31/12/2024. “Hiệu lực đến ngày” phải có và không muộn hơn."
    }
    assert errors_of(city, "unit", UNITS, UNIT, **{"Mã đơn vị cấp trên": "CU"}) == expected
    ends = {"Mã đơn vị cấp trên": "CU", "Hiệu lực đến ngày": "31/12/2024"}
    assert errors_of(city, "unit", UNITS, UNIT, **ends) == {}


def test_import_puts_no_end_off_past_that_of_the_unit(city, world):
    """Its code is the same in the file as in the portal, so nothing is moved; but the team would outlive its place."""
    old = factories.unit("CU", parent=world.city, name="Đoàn cũ", valid_to=dt.date(2024, 12, 31))
    factories.team("TO-CU", unit=old, name="Tổ cũ", valid_to=dt.date(2024, 6, 30))
    row = ("TO-CU", "Tổ cũ", SQUAD, "CU", "01/01/2020")
    assert errors_of(city, "team", TEAMS, row, **{"Hiệu lực đến ngày": "31/12/2024"}) == {}
    assert errors_of(city, "team", TEAMS, row, **{"Hiệu lực đến ngày": "01/01/2025"}) == {
        "Hiệu lực đến ngày": "Đơn vị “CU” kết thúc ngày 31/12/2024. “Hiệu lực đến ngày” phải có và không muộn hơn."
    }


VOLUNTEER = ("TNV-1", "Nguyễn Văn Mẫu", "BC-TT")
VOLUNTEER_ERRORS = {
    "identity number as code": (
        {"Mã tình nguyện viên": "079123456789"},
        {"Mã tình nguyện viên": "Mã giống số CCCD hoặc số điện thoại. Hãy đặt một mã riêng của đơn vị."},
    ),
    "phone number in the name": (
        {"Họ và tên": "Mẫu 0903123456"},
        {
            "Họ và tên": "Ô này có dãy số giống số CCCD hoặc số điện thoại, hoặc có địa chỉ thư điện tử. "
            "Cổng không lưu: hãy xóa."
        },
    ),
    "no name": ({"Họ và tên": ""}, {"Họ và tên": "Ô này không được để trống."}),
    "unclear yes": (
        {"Đang tham gia": "chắc vậy"},
        {"Đang tham gia": "“chắc vậy” không rõ nghĩa. Hãy viết Có hoặc Không."},
    ),
    "unknown team": (
        {"Mã đội hình": "QQQ"},
        {"Mã đội hình": "Không có đội hình mã “QQQ” trong phạm vi của bạn."},
    ),
    "team not yet there": (
        {"Mã đội hình": "TO-TT", "Vào đội từ ngày": "01/01/2019"},
        {"Vào đội từ ngày": "Đội hình không hoạt động vào ngày đó. Hãy chọn ngày khác."},
    ),
}


def test_volunteer_import_names_every_bad_cell_and_what_to_do(district):
    assert errors_of_table(district, "volunteer", VOLUNTEERS, VOLUNTEER, VOLUNTEER_ERRORS) == {
        name: expected for name, (_changed, expected) in VOLUNTEER_ERRORS.items()
    }


def test_volunteer_import_does_not_redate_a_membership(district, world):
    factories.volunteer("TNV-1", unit=world.tan_tuc, team=world.team, full_name="Nguyễn Văn Mẫu")
    changed = {"Mã đội hình": "TO-TT", "Vào đội từ ngày": START}
    assert errors_of(district, "volunteer", VOLUNTEERS, VOLUNTEER, **changed) == {
        "Vào đội từ ngày": "Người này đã ở đội hình từ ngày 01/01/2020. Hãy để trống, hoặc sửa ngày ở trang đội hình."
    }


def test_volunteer_import_leaves_a_membership_that_is_still_to_begin(district, world):
    """The file that has planned it comes in again before that day, with it or without."""
    day = today() + DAY
    headers = [*VOLUNTEERS, "Mã đội hình", "Vào đội từ ngày"]
    take_in(district, "volunteer", workbook(headers, (*VOLUNTEER, "TO-TT", f"{day:%d/%m/%Y}")))
    for since in (f"{day:%d/%m/%Y}", ""):
        page = upload(district, "volunteer", workbook(headers, (*VOLUNTEER, "TO-TT", since)))
        assert counts(page) == {"new": 0, "update": 0, "skip": 1, "invalid": 0}
    changed = {"Mã đội hình": "TO-TT", "Vào đội từ ngày": START}
    assert errors_of(district, "volunteer", VOLUNTEERS, VOLUNTEER, **changed) == {
        "Vào đội từ ngày": f"Người này đã được xếp vào đội hình từ ngày {day:%d/%m/%Y}. "
        "Hãy để trống, hoặc sửa ở trang đội hình."
    }
    assert TeamMember.objects.get().valid_from == day


def test_volunteer_import_comes_back_to_a_team_after_having_left_it(district, world):
    known = factories.volunteer("TNV-1", unit=world.tan_tuc, full_name="Nguyễn Văn Mẫu")
    TeamMember.objects.create(
        team=world.team, volunteer=known, valid_from=dt.date(2021, 1, 1), valid_to=dt.date(2023, 6, 30)
    )
    changed = {"Mã đội hình": "TO-TT", "Vào đội từ ngày": START}
    assert errors_of(district, "volunteer", VOLUNTEERS, VOLUNTEER, **changed) == {
        "Vào đội từ ngày": "Người này từng ở đội hình đến ngày 30/06/2023. Hãy chọn ngày sau đó."
    }
    changed = {"Mã đội hình": "TO-TT", "Vào đội từ ngày": "01/07/2023"}
    assert errors_of(district, "volunteer", VOLUNTEERS, VOLUNTEER, **changed) == {}


def test_import_code_twice_in_the_file_keeps_the_first(district, world):
    page = upload(district, "team", workbook(TEAMS, TEAM, ("to-moi", "Tổ Khác", SQUAD, "BC-TT", START)))
    assert complaints(page) == {3: {"Mã đội hình": "Mã này đã có ở dòng 2 của tệp. Hãy giữ một dòng."}}
    assert counts(page)["new"] == 1


def test_unit_import_circle_within_the_file_is_told_to_each_of_its_rows(city, world):
    rows = [
        ("A", "Đoàn A", "Chi đoàn", "Địa bàn dân cư", "B", START),
        ("B", "Đoàn B", "Chi đoàn", "Địa bàn dân cư", "A", START),
        ("C", "Đoàn C", "Chi đoàn", "Địa bàn dân cư", "BC", START),
    ]
    page = upload(city, "unit", workbook(UNITS, *rows))
    assert complaints(page) == {
        2: {"Mã đơn vị cấp trên": "Các dòng trực thuộc lẫn nhau thành vòng: A → B → A. Hãy sửa."},
        3: {"Mã đơn vị cấp trên": "Các dòng trực thuộc lẫn nhau thành vòng: B → A → B. Hãy sửa."},
    }
    assert counts(page)["new"] == 1


def test_import_child_of_a_bad_row_is_bad_too(city, world):
    rows = [
        ("A", "", "Chi đoàn", "Địa bàn dân cư", "BC", START),
        ("A-1", "Đoàn A1", "Chi đoàn", "Địa bàn dân cư", "A", START),
    ]
    page = upload(city, "unit", workbook(UNITS, *rows))
    assert complaints(page)[3] == {"Mã đơn vị cấp trên": "Không có đơn vị mã “A” trong phạm vi của bạn."}


def test_import_markup_in_a_cell_is_shown_as_text(district, world):
    page = upload(district, "team", workbook(TEAMS, ("TO-MOI", "<script>alert(1)</script>", SQUAD, "<b>", START)))
    assert "<script>alert(1)" not in page.text
    assert "&lt;b&gt;" in page.text


# --- whose ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["NH", "NH-01", "TD", "NH-02"])
def test_import_unit_elsewhere_is_answered_like_one_nowhere(district, world, code):
    """NH-02 does not exist; the others stand beside and above."""
    expected = {"Mã đơn vị": f"Không có đơn vị mã “{code}” trong phạm vi của bạn."}
    assert errors_of(district, "team", TEAMS, TEAM, **{"Mã đơn vị": code}) == expected
    assert errors_of(district, "volunteer", VOLUNTEERS, VOLUNTEER, **{"Mã đơn vị": code}) == expected


def test_import_team_elsewhere_is_answered_like_one_nowhere(district, world):
    for code in ("TO-NH", "TO-NX"):
        expected = {"Mã đội hình": f"Không có đội hình mã “{code}” trong phạm vi của bạn."}
        assert errors_of(district, "volunteer", VOLUNTEERS, VOLUNTEER, **{"Mã đội hình": code}) == expected


@pytest.mark.parametrize(
    ("model", "headers", "row"),
    [
        ("team", TEAMS, ("TO-NH", "Tổ lấy về", SQUAD, "BC-TT", "01/01/2020")),
        ("team", TEAMS, ("TO-NH", "Tổ lấy về", SQUAD, "BC-TT", START)),
        ("volunteer", VOLUNTEERS, ("TNV-NH", "Người lấy về", "BC-TT")),
    ],
    ids=["same day", "other day", "volunteer"],
)
def test_import_code_in_use_elsewhere_says_so_and_nothing_of_its_owner(district, world, model, headers, row):
    factories.volunteer("TNV-NH", unit=world.bank, team=world.team_bank, full_name="Người giấu tên")
    page = upload(district, model, workbook(headers, row))
    message = "Mã này đang được dùng ở một đơn vị ngoài phạm vi của bạn. Hãy dùng mã khác."
    assert complaints(page) == {2: {headers[0]: message}}
    assert "Người giấu tên" not in page.text
    assert "Đội hình thanh toán số" not in page.text


def test_import_by_unit_staff_may_add_a_team_but_not_move_one(district, world):
    expected = {"Mã đơn vị": "Chuyển đội hình sang đơn vị khác do Thành Đoàn thực hiện. Hãy giữ mã đơn vị cũ."}
    moved = {"Mã đội hình": "TO-TT", "Mã đơn vị": "BC-VL", "Hiệu lực từ ngày": "01/01/2020"}
    assert errors_of(district, "team", TEAMS, TEAM, **moved) == expected


def test_import_does_not_take_a_member_from_the_unit_of_others(district, world):
    factories.volunteer("TNV-1", unit=world.bank, team=world.team, full_name="Nguyễn Văn Mẫu")
    assert errors_of(district, "volunteer", VOLUNTEERS, VOLUNTEER) == {
        "Mã đơn vị": "Người này sinh hoạt ở đơn vị ngoài phạm vi của bạn. Hãy giữ mã đơn vị cũ."
    }


def test_unit_import_stays_in_the_subtree_of_who_imports(client, world):
    client.force_login(factories.user(role="city_staff", unit=world.binh_chanh))
    expected = {"Mã đơn vị cấp trên": "Không có đơn vị mã “NH” trong phạm vi của bạn."}
    assert errors_of(client, "unit", UNITS, UNIT, **{"Mã đơn vị cấp trên": "NH"}) == expected
    assert errors_of(client, "unit", UNITS, UNIT) == {}


@pytest.mark.parametrize(
    ("who", "model", "status"),
    [
        ("city_staff", "unit", 200),
        ("unit_staff", "unit", 403),
        ("unit_staff", "team", 200),
        ("unit_staff", "volunteer", 200),
        ("viewer", "team", 403),
        ("viewer", "volunteer", 403),
        ("leader", "team", 403),
        ("nobody", "team", 403),
    ],
)
def test_import_pages_open_for_whom_the_table_of_rights_says(client, world, who, model, status):
    client.force_login(getattr(world, who))
    for address in ("new", "template"):
        assert client.get(reverse(f"imports:{address}", args=[f"{model}s"])).status_code == status
    assert client.post(reverse("imports:new", args=[f"{model}s"])).status_code == status


def test_button_above_a_list_of_the_admin_leads_to_the_file_of_it(client, world):
    client.force_login(world.unit_staff)
    assert reverse("admin:teams_team_import") in client.get(reverse("admin:teams_team_changelist")).text
    assert client.get(reverse("admin:teams_team_import"))["Location"] == reverse("imports:new", args=["teams"])
    assert client.get(reverse("admin:teams_unit_import")).status_code == 403


# --- files that are none ----------------------------------------------------------------------------------------------
def zip_bomb() -> bytes:
    """A hundred kilobytes that unpack to more than the most."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(101):
                part.write(b" " * 1024**2)
    return stream.getvalue()


def truncated() -> bytes:
    return workbook(TEAMS, TEAM)[:-200]


def with_part(name: str, content: str) -> bytes:
    """A good workbook with one part replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(TEAMS, TEAM))) as good, zipfile.ZipFile(stream, "w") as made:
        for part in good.namelist():
            made.writestr(part, content if part == name else good.read(part))
    return stream.getvalue()


ENTITIES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{ENTITIES}]><worksheet>&l11;</worksheet>'
NOT_XLSX = "Đây không phải là tệp Excel .xlsx. Hãy mở bằng Excel và lưu lại thành .xlsx."
BROKEN = "Tệp Excel bị hỏng. Hãy mở bằng Excel, lưu lại thành .xlsx rồi thử lại."
EMPTY = "Tệp không có dòng dữ liệu nào. Hãy điền từ dòng 2 của trang đầu tiên."
BAD_FILES = {
    "bomb": (zip_bomb, "a.xlsx", "Tệp quá lớn khi mở ra. Hãy chép riêng các dòng cần nhập sang tệp mẫu."),
    "truncated": (truncated, "a.xlsx", NOT_XLSX),
    "other": (lambda: b"%PDF-1.7 ...", "a.xlsx", NOT_XLSX),
    "zip without a workbook": (lambda: with_part("xl/workbook.xml", "<x/>"), "a.xlsx", BROKEN),
    "damaged sheet": (lambda: with_part("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row"), "a.xlsx", BROKEN),
    "a billion laughs": (lambda: with_part("xl/worksheets/sheet1.xml", LAUGHS), "a.xlsx", BROKEN),
    "password": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "a.xlsx",
        "Tệp có mật khẩu hoặc là Excel kiểu cũ (.xls). Hãy bỏ mật khẩu và chọn Lưu thành .xlsx.",
    ),
    "old Excel": (lambda: b"x", "a.xls", "Chỉ nhận tệp .xlsx hoặc .csv. Trong Excel, hãy chọn Lưu thành .xlsx."),
    "no content": (lambda: b"", "a.xlsx", "Tệp trống. Hãy chọn tệp khác."),
    "too large": (
        lambda: bytes(files.MOST_BYTES + 1),
        "a.xlsx",
        "Tệp lớn hơn 10 MB. Hãy chia thành nhiều tệp, và bỏ hình ảnh nếu có.",
    ),
    "only headers": (lambda: workbook(TEAMS), "a.xlsx", EMPTY),
    "nothing": (lambda: workbook(()), "a.xlsx", EMPTY),
    "CSV in another encoding": (
        lambda: csv_file(TEAMS, TEAM, encoding="utf-16-le"),
        "a.csv",
        "Tệp CSV không phải mã UTF-8. Trong Excel, hãy chọn Lưu thành “CSV UTF-8” hoặc .xlsx.",
    ),
    "CSV with a cell that never ends": (
        lambda: csv_file(VOLUNTEERS, ['"' + "x" * 200_000]),
        "a.csv",
        "Tệp CSV bị hỏng. Hãy lưu thành .xlsx rồi thử lại.",
    ),
    "no row of headers": (
        lambda: workbook((None,), VOLUNTEERS, VOLUNTEER),
        "a.xlsx",
        "Dòng 1 phải là dòng tiêu đề. Hãy dùng tệp mẫu và giữ nguyên dòng đó.",
    ),
    "missing column": (
        lambda: workbook(TEAMS, TEAM),
        "a.xlsx",
        "Thiếu cột: Mã tình nguyện viên, Họ và tên. "
        "Dòng 1 phải là dòng tiêu đề; hãy dùng tệp mẫu và giữ nguyên dòng đó.",
    ),
    "foreign columns": (
        lambda: workbook([*VOLUNTEERS, "Số CCCD", "Số điện thoại"], [*VOLUNTEER, "1", "2"]),
        "a.xlsx",
        "Cột không có trong mẫu: Số CCCD, Số điện thoại. Hãy xóa các cột đó; cổng không nhận thông tin nào khác.",
    ),
    "content under no header": (
        lambda: workbook(VOLUNTEERS, [*VOLUNTEER, None, "0903"]),
        "a.xlsx",
        "Cột không có trong mẫu: (cột 5 không có tiêu đề). Hãy xóa các cột đó; cổng không nhận thông tin nào khác.",
    ),
    "column twice": (
        lambda: workbook([*VOLUNTEERS, "ho va ten"], [*VOLUNTEER, "X"]),
        "a.xlsx",
        "Cột có hai lần: Họ và tên. Hãy giữ một.",
    ),
    "too wide": (lambda: workbook(range(61), range(61)), "a.xlsx", "Tệp có hơn 60 cột. Hãy dùng tệp mẫu."),
    "too long": (
        lambda: csv_file(VOLUNTEERS, *[(f"T{n}", "Mẫu", "BC") for n in range(files.MOST_ROWS + 1)]),
        "a.csv",
        "Tệp có hơn 20.000 dòng. Hãy chia thành nhiều tệp.",
    ),
}


@pytest.mark.parametrize(("content", "name", "expected"), BAD_FILES.values(), ids=BAD_FILES)
def test_import_file_that_cannot_be_read_says_what_to_do(district, content, name, expected):
    assert refusal(upload(district, "volunteer", content(), name)) == expected


def test_import_sheet_that_claims_a_million_rows_is_read_as_it_is(district, world):
    """A dimension of A1:XFD1048576 and content in the last row: neither the one nor the gap may cost the server."""
    rows = "".join(
        f'<row r="{line}">'
        + "".join(f'<c r="{c}{line}" t="inlineStr"><is><t>{v}</t></is></c>' for c, v in cells)
        + "</row>"
        for line, cells in (
            (1, zip("ABC", VOLUNTEERS, strict=True)),
            (2, zip("ABC", VOLUNTEER, strict=True)),
            (1048576, zip("ABC", ("TNV-2", "Mẫu", "BC"), strict=True)),
        )
    )
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheet = f'<worksheet {space}><dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>'
    page = upload(district, "volunteer", with_part("xl/worksheets/sheet1.xml", sheet))
    assert refusal(page) == "Dòng 1048576 có dữ liệu ở quá xa. Hãy xóa các dòng trống ở giữa."


def test_import_without_a_file_asks_for_one(district, world):
    page = district.post(reverse("imports:new", args=["teams"]), {"key": uuid7()})
    assert page.context["form"].errors["file"] == ["Hãy chọn một tệp."]


def test_import_of_something_unforeseen_is_told_without_its_words(district, world, monkeypatch):
    """A fault of ours stores nothing, is logged, and does not show its inside."""
    monkeypatch.setattr("teams.imports.teams.TeamResource.assign", lambda self, instance: 1 / 0)
    page = upload(district, "team", workbook(TEAMS, TEAM))
    assert page.context["preview"].problems == ["Cổng gặp lỗi khi đọc tệp và đã ghi lại."]
    assert "division" not in page.text
    assert not page.context["preview"].may_confirm


def test_import_does_not_mistake_a_fault_of_ours_for_a_bad_file(district, world, monkeypatch):
    def broken(self, in_stream):
        raise RuntimeError("no memory")

    monkeypatch.setattr("teams.imports.files.ExcelFile.create_dataset", broken)
    page = upload(district, "team", workbook(TEAMS, TEAM))
    assert page.context["run"].state == "stopped"
    assert "Cổng gặp lỗi khi làm việc này." in page.text


MOVED = ("BC-VL", "Đoàn xã Vĩnh Lộc A", "Đoàn phường, xã, đặc khu", "Địa bàn dân cư", "NH", "01/01/2020")


@pytest.mark.parametrize("rows", [[UNIT], [UNIT, MOVED]], ids=["at the end", "before a move"])
def test_import_overtaken_by_somebody_else_stores_nothing(city, world, monkeypatch, rows):
    """Another session takes the code after the file was compared and before it is written."""
    accept = UnitResource.accept

    def overtaken(self, instance):
        accept(self, instance)
        if instance.code == "BC-MOI":
            factories.unit("BC-MOI", parent=world.banks, since=instance.valid_from)

    monkeypatch.setattr(UnitResource, "accept", overtaken)
    page = upload(city, "unit", workbook(UNITS, *rows))
    assert page.context["preview"].problems == [
        "Dữ liệu vừa được người khác thay đổi. Chưa dòng nào được nhập; hãy tải tệp lên lại."
    ]
    assert not page.context["preview"].may_confirm


def test_import_stored_formula_never_comes_back_as_one(district, world):
    take_in(district, "volunteer", workbook(VOLUNTEERS, ("TNV-1", "'=1+1", "BC-TT")))
    assert Volunteer.objects.get().full_name == "=1+1"
