"""The PDF: the same words and figures as the Word file, on the same paper, readable by a screen reader."""

import io
import re
from dataclasses import replace

import pypdf
import pytest

from reports.official.content import Appendix, Column, Part, Section, Table
from reports.official.layouts import render_pdf
from tests.desk import paper
from tests.reports import official_sample
from tests.reports.layout_readers import all_tables, all_texts, letters_of, printed, printed_table, squeezed

HOSTILE = (
    "<A&B>", "=1+1", "{{ x }}", "#let z = 1", "#panic()", "*b* _i_ `c`", "$x^2$", "<label> @label", "// not a comment",
    "\\u{41} \\ a", "https://x.vn/~a", "- b", "= c", "[d] (e)", '"f"; g',
)  # fmt: skip


@pytest.fixture(scope="module")
def issued():
    return render_pdf(official_sample.second_issue())


@pytest.fixture(scope="module")
def reader(issued):
    return pypdf.PdfReader(io.BytesIO(issued))


# --- what it says -----------------------------------------------------------------------------------------------------
def test_every_text_of_the_report_is_in_it(reader):
    told = letters_of(reader)
    # The head stands in two columns, whose lines are read across.
    texts = [text for text in all_texts(official_sample.second_issue()) if text not in official_sample.ISSUER]
    assert [text for text in texts if squeezed(text) not in told] == []
    assert squeezed("ĐOÀN TNCS HỒ CHÍ MINH") in told
    assert "cộnghòa" not in told


def test_every_row_of_figures_is_in_it(reader):
    told = letters_of(reader)
    for table in all_tables(official_sample.second_issue()):
        for row in printed_table(table)[1:]:
            # Words may stand in several lines beside the figures, which are read in their order.
            figures = [cell for cell, column in zip(row, table.columns, strict=True) if column.kind != "text"]
            assert squeezed("".join(figures)) in told
            assert [cell for cell in row if squeezed(cell) not in told] == []


def test_charts_show_their_figures_and_tell_them(reader, issued):
    told = letters_of(reader)
    charts = [part.chart for s in official_sample.second_issue().sections for part in s.parts if part.chart]
    spoken = "".join(alternative_texts(reader))
    for chart in charts:
        for label, value in zip(chart.labels, chart.values, strict=True):
            assert squeezed(label) in told
            assert squeezed(printed(value, "count")) in told
            assert f"{label}: {printed(value, 'count')}" in spoken


def test_hostile_text_comes_out_as_it_is():
    table = Table("t", "T", (Column("Một"),), tuple((text,) for text in HOSTILE))
    parts = tuple(Part(heading=text, text=text, items=(text,)) for text in HOSTILE)
    report = replace(
        official_sample.peak_day(),
        subject=HOSTILE[3],
        opening=HOSTILE[4],
        sections=(Section("I", HOSTILE[5], parts),),
        appendices=(Appendix("I", HOSTILE[6], table),),
        recipients=HOSTILE,
    )
    told = letters_of(pypdf.PdfReader(io.BytesIO(render_pdf(report))))
    assert {text: told.count(squeezed(text)) >= 5 for text in HOSTILE} == dict.fromkeys(HOSTILE, True)


def test_a_draft_says_so_on_every_page():
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(official_sample.draft())))
    assert all("BẢN NHÁP" in page.extract_text() for page in reader.pages)
    assert "mãkiểm" not in letters_of(reader)
    assert squeezed("Số: -BC/TĐTN-VP") in letters_of(reader)


def test_an_issued_one_does_not_say_draft(reader):
    assert "nháp" not in letters_of(reader)


def test_the_code_leads_to_the_page_of_verification(issued, tmp_path):
    (tmp_path / "a.pdf").write_bytes(issued)
    page = paper.picture(tmp_path / "a.pdf", 3, left=30, top=100, width=60, height=170)
    assert paper.codes([page]) == [official_sample.peak_day().verification.url]


# --- how it looks -----------------------------------------------------------------------------------------------------
def test_paper_leaves_and_numbers_of_pages(reader):
    wide = [page.mediabox.width > page.mediabox.height for page in reader.pages]
    first, last = wide.index(True), len(wide) - 1 - wide[::-1].index(True)
    assert wide == [first <= number <= last for number in range(len(wide))]
    for page in reader.pages:
        assert sorted((round(page.mediabox.width / 72 * 25.4), round(page.mediabox.height / 72 * 25.4))) == [210, 297]
    numbers = [found[1] if (found := re.match(r"(\d+)\n", page.extract_text())) else None for page in reader.pages]
    # The letter, three appendices of one page, the wide one, the notes: each counts its own, and hides the first.
    length = last - first + 1
    assert numbers == [None, "2", "3", None, None, None, None, *map(str, range(2, length + 1)), None]


def test_the_header_of_a_table_is_on_each_of_its_pages(reader):
    wide = [page for page in reader.pages if page.mediabox.width > page.mediabox.height]
    assert len(wide) > 3
    assert all("Địa chỉ" in page.extract_text() for page in wide)


def test_typeface(reader):
    fonts = {font["/BaseFont"].split("+")[1] for page in reader.pages for font in page["/Resources"]["/Font"].values()}
    assert {name.split("-")[0] for name in fonts} == {"Tinos"}


# --- the file ---------------------------------------------------------------------------------------------------------
def test_it_is_tagged_for_screen_readers_and_fit_for_archives(reader):
    root = reader.trailer["/Root"]
    claims = root["/Metadata"].get_data()
    assert [word in claims for word in (b"<pdfuaid:part>1<", b"<pdfaid:part>2<", b"<pdfaid:conformance>A<")] == [
        True
    ] * 3
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "vi-VN"
    kinds = {element.get("/S") for element in elements(root["/StructTreeRoot"])}
    assert {"/H1", "/H2", "/P", "/L", "/LI", "/Table", "/TR", "/TH", "/TD", "/Figure"} <= kinds


def test_bookmarks_lead_to_sections_and_appendices(reader):
    top = [item.title.replace("\n", " ") for item in reader.outline if not isinstance(item, list)]
    assert [re.sub(r"\s+", " ", title).strip() for title in top] == [
        "I. Công tác chỉ đạo, triển khai",
        "II. Kết quả thực hiện",
        "III. Đánh giá",
        "IV. Phương hướng, nhiệm vụ thời gian tới",
        "PHỤ LỤC I TỔNG HỢP THEO CHỈ TIÊU",
        "PHỤ LỤC II KẾT QUẢ THEO ĐƠN VỊ",
        "PHỤ LỤC III KẾT QUẢ THEO DỊCH VỤ",
        "PHỤ LỤC IV DANH SÁCH ĐIỂM HỖ TRỢ",
        "THUYẾT MINH SỐ LIỆU",
    ]


def test_the_file_is_the_issuers(reader):
    report = official_sample.second_issue()
    assert reader.metadata.title == f"Báo cáo {report.subject}"
    assert reader.metadata.author == report.letterhead.issuer[0]


def test_the_same_report_has_the_same_bytes(issued):
    assert render_pdf(official_sample.second_issue()) == issued


def test_a_report_without_anything_optional_is_whole():
    report = replace(
        official_sample.draft(), addressee="", opening="", recipients=(), appendices=(), definitions=(), sections=()
    )
    assert len(pypdf.PdfReader(io.BytesIO(render_pdf(report))).pages) == 1


# --- aids -------------------------------------------------------------------------------------------------------------
def elements(node):
    """Of the tree of tags, each."""
    node = node.get_object()
    if isinstance(node, list):
        for each in node:
            yield from elements(each)
    elif isinstance(node, dict):
        yield node
        if "/K" in node:
            yield from elements(node["/K"])


def alternative_texts(reader) -> list[str]:
    tree = elements(reader.trailer["/Root"]["/StructTreeRoot"])
    return [element["/Alt"] for element in tree if "/Alt" in element]
