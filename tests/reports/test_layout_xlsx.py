"""The appendices in Excel: typed figures that are those of the report, nothing that runs, ready to print."""

import io
import zipfile
from dataclasses import replace

import openpyxl
import pytest

from reports.official.content import Appendix, Column, Table
from reports.official.layouts import render_xlsx
from tests.reports import official_sample

HEADER = 4


@pytest.fixture(scope="module")
def issued():
    return render_xlsx(official_sample.second_issue())


@pytest.fixture(scope="module")
def book(issued):
    return openpyxl.load_workbook(io.BytesIO(issued))


def rows_of(sheet, table: Table) -> list[list]:
    last = HEADER + len(table.rows) + bool(table.total)
    return [[cell.value for cell in row] for row in sheet.iter_rows(HEADER, last, 1, len(table.columns))]


def as_excel_counts(value, kind):
    """A share of 37.5 per cent is 0.375."""
    return value if value is None or isinstance(value, str) or kind != "percent" else pytest.approx(value / 100)


def test_a_sheet_for_each_appendix_behind_one_that_explains(book):
    assert book.sheetnames == ["Thông tin", "Thay đổi", "Phụ lục I", "Phụ lục II", "Phụ lục III", "Phụ lục IV"]
    first = render_xlsx(official_sample.peak_day())
    assert "Thay đổi" not in openpyxl.load_workbook(io.BytesIO(first)).sheetnames


def test_every_figure_is_there_with_its_type(book):
    for appendix in official_sample.second_issue().appendices:
        table = appendix.table
        kinds = [column.kind for column in table.columns]
        rows = [*table.rows, *([table.total] if table.total else [])]
        expected = [[as_excel_counts(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in rows]
        sheet = book[f"Phụ lục {appendix.number}"]
        assert rows_of(sheet, table) == [[column.title for column in table.columns], *expected]
        assert sheet["A1"].value == f"PHỤ LỤC {appendix.number}. {appendix.title.upper()}"
        assert sheet["A2"].value == "(Kèm theo Báo cáo số 07-BC/TĐTN-VP ngày 05 tháng 02 năm 2023)"
        notes = [cell.value for row in sheet.iter_rows(min_row=HEADER + len(rows) + 1) for cell in row if cell.value]
        assert notes == ([table.note] if table.note else [])


def test_numbers_have_formats_that_follow_the_readers_system(book):
    sheet = book["Phụ lục I"]
    assert [cell.number_format for cell in sheet[HEADER + 1]][2:] == ["#,##0", "#,##0", "0.0%"]
    sheet = book["Phụ lục III"]
    assert {sheet.cell(row, 5).number_format for row in range(HEADER + 1, HEADER + 31)} == {"0.0%"}


def test_the_first_sheet_says_what_the_figures_are(book):
    report, sheet = official_sample.second_issue(), book["Thông tin"]
    told = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=3) if row[0].value}
    assert told == {
        "Số, ký hiệu": "07-BC/TĐTN-VP",
        "Địa danh, ngày tháng": "TP. Hồ Chí Minh, ngày 05 tháng 02 năm 2023",
        "Số liệu tính đến": "17 giờ 30 phút ngày 05/02/2023",
        "Tình trạng số liệu": "đã khóa",
        "Lần phát hành": "2",
        "Mã kiểm": report.verification.digest,
        "Trang kiểm tra": report.verification.url,
        **{f"Phụ lục {each.number}": each.title for each in report.appendices},
        "Định nghĩa chỉ tiêu": None,
        **{each.label: each.text for each in report.definitions},
    }
    assert sheet["A1"].value == report.letterhead.issuer[0]
    assert sheet["A2"].value == f"BÁO CÁO {report.subject}"


def test_a_draft_says_so_and_has_no_code():
    sheet = openpyxl.load_workbook(io.BytesIO(render_xlsx(official_sample.draft())))["Thông tin"]
    told = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=3) if row[0].value}
    assert told["Lần phát hành"] == "1 (bản nháp)"
    assert "Mã kiểm" not in told
    assert "Trang kiểm tra" not in told


def test_changes(book):
    sheet = book["Thay đổi"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(HEADER + 1)] == [
        ["1", "Lượt người", 190_741, 190_962, "Điều chỉnh sau đối chiếu với hai điểm của Quận Đoàn 8"],
        ["2", "Tỷ lệ hoàn thành chỉ tiêu lượt người", 0.954, 0.955, None],
        ["3", "Điểm hỗ trợ cơ động", None, 3, "Bổ sung điểm ghi sau khi có mạng"],
        ["4", "Đơn vị dẫn đầu", "Quận Đoàn 8", "Huyện Đoàn Bình Chánh", None],
    ]
    assert sheet["A2"].value == official_sample.second_issue().changes_reason


def test_it_prints_on_a4_with_its_header_on_every_page(book):
    for name in book.sheetnames:
        sheet = book[name]
        assert sheet.page_setup.paperSize == 9
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.orientation == ("landscape" if name == "Phụ lục IV" else "portrait")
        if name.startswith("Phụ lục"):
            assert sheet.print_title_rows == f"${HEADER}:${HEADER}"
            assert sheet.freeze_panes == f"A{HEADER + 1}"


def test_columns_are_as_wide_as_what_they_hold(book):
    sheet = book["Phụ lục II"]
    widths = [sheet.column_dimensions[letter].width for letter in "ABCDEFGH"]
    assert widths[0] < widths[2] < widths[1]


def test_no_text_becomes_a_formula_or_a_link():
    told = ("=1+1", '=HYPERLINK("http://x.vn","@")', "+84", "-1", "@a", "\t=1", "https://x.vn", "<A&B>", "{{ x }}")
    table = Table("t", "T", tuple(Column(text) for text in told), (told,), total=told, note=told[0])
    report = replace(
        official_sample.peak_day(),
        appendices=(Appendix("I", told[0], table),),
        subject=told[1],
        state=told[0],
    )
    data = render_xlsx(report)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Phụ lục I"]
    for row in (HEADER, HEADER + 1, HEADER + 2):
        assert [(cell.value, cell.data_type) for cell in sheet[row]] == [(text, "s") for text in told]
        assert [cell.quotePrefix for cell in sheet[row]] == [True] * 6 + [False] * 3
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    assert not [sheet for sheet in sheets if b"<f>" in sheet or b"<hyperlink" in sheet]


def test_the_same_report_has_the_same_bytes(issued, book):
    assert render_xlsx(official_sample.second_issue()) == issued
    assert book.properties.creator == official_sample.ISSUER[0]
    assert book.properties.created.isoformat().startswith("2023-02-05T10:30:00")
