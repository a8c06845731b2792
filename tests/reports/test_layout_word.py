"""The Word file: in the form of the Union, with every text and figure of the report and no others, for every reader."""

import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
import typst
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm

from reports.official.content import Appendix, Column, Part, Section, Table
from reports.official.layouts import default_template, render_docx
from tests.desk import paper
from tests.reports import official_sample
from tests.reports.layout_readers import (
    all_tables,
    all_texts,
    alt_text,
    opened,
    paragraphs,
    parts_of,
    pictures,
    printed,
    printed_table,
    text_of,
    word_tables,
    word_text,
)

HOSTILE = (
    "<A&B>",
    "=1+1",
    "{{ x }}",
    "{% for a in b %}",
    "{_{ y }_}",
    "#let z = 1",
    "a\u0001b\u00a0“c” ‘d’",
    "]]>",
    "&#123;",
)


# ECMA-376, part 1, what of it these files use.
ORDER = {
    "pPr": "pStyle keepNext keepLines numPr pBdr spacing ind contextualSpacing jc outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs caps color spacing sz szCs u lang",
    "tblPr": "tblStyle tblW jc tblInd tblBorders tblLayout tblCellMar tblLook tblCaption",
    "tcPr": "tcW gridSpan tcBorders shd vAlign",
    "sectPr": "headerReference footerReference type pgSz pgMar pgNumType cols titlePg docGrid",
    "style": "name basedOn semiHidden qFormat pPr rPr tblPr",
    "lvl": "start numFmt suff lvlText lvlJc pPr rPr",
}


@pytest.fixture(scope="module")
def issued():
    return render_docx(official_sample.second_issue())


@pytest.fixture(scope="module")
def document(issued):
    return opened(issued)


@pytest.fixture(scope="module")
def drafted():
    return opened(render_docx(official_sample.draft()))


# --- what it says -----------------------------------------------------------------------------------------------------
def test_every_text_of_the_report_is_in_it(document):
    told = word_text(document).casefold()
    assert [text for text in all_texts(official_sample.second_issue()) if text.casefold() not in told] == []


def test_every_table_of_the_report_is_in_it_figure_by_figure(document):
    expected = [printed_table(table) for table in all_tables(official_sample.second_issue())]
    assert word_tables(document)[: len(expected)] == expected


def test_changes_are_told_with_what_was_before(document):
    report = official_sample.second_issue()
    expected = [
        [str(number), each.what, printed(each.before, each.kind), printed(each.after, each.kind), each.why]
        for number, each in enumerate(report.changes, 1)
    ]
    assert word_tables(document)[-1][1:] == expected
    assert len(word_tables(document)) == len(all_tables(report)) + 1


def test_changes_without_reasons_have_no_column_for_them():
    report = official_sample.second_issue()
    report = replace(report, changes=tuple(replace(each, why="") for each in report.changes))
    assert word_tables(opened(render_docx(report)))[-1][0] == ["TT", "Nội dung", "Lần trước", "Lần này"]


def test_head_of_the_union_and_no_national_motto(document):
    cells = [text_of(cell) for cell in document.tables[0]._tbl.iter(qn("w:tc"))]
    assert cells == [
        "BAN CHẤP HÀNH ĐOÀN TP. HỒ CHÍ MINH***",
        "ĐOÀN TNCS HỒ CHÍ MINH",
        "Số: 07-BC/TĐTN-VP",
        "TP. Hồ Chí Minh, ngày 05 tháng 02 năm 2023",
    ]
    assert document.tables[0].cell(0, 1).paragraphs[0].runs[0].underline
    told = word_text(document).casefold()
    assert "cộng hòa" not in told
    assert "độc lập" not in told


def test_sections_are_headings_with_roman_numbers_and_their_parts_with_arabic_ones(document):
    headings = [(style, text) for style, text in paragraphs(document) if style in ("Heading 1", "Heading 2", "Phụ lục")]
    assert headings == [
        ("Heading 1", "I. Công tác chỉ đạo, triển khai"), ("Heading 2", "1. Văn bản ban hành"),
        ("Heading 2", "2. Tập huấn, phân công"), ("Heading 1", "II. Kết quả thực hiện"),
        ("Heading 2", "1. Lực lượng"), ("Heading 2", "2. Kết quả theo nội dung"),
        ("Heading 2", "3. Kết quả theo đơn vị"), ("Heading 1", "III. Đánh giá"), ("Heading 2", "1. Ưu điểm"),
        ("Heading 2", "2. Hạn chế, khó khăn"), ("Heading 2", "3. Nguyên nhân, kiến nghị"),
        ("Heading 1", "IV. Phương hướng, nhiệm vụ thời gian tới"),
        ("Phụ lục", "Phụ lục I"), ("Phụ lục", "Phụ lục II"), ("Phụ lục", "Phụ lục III"), ("Phụ lục", "Phụ lục IV"),
        ("Phụ lục", "Thuyết minh số liệu"), ("Heading 2", "Thay đổi so với lần phát hành trước"),
        ("Heading 2", "Định nghĩa chỉ tiêu"),
    ]  # fmt: skip


def test_headings_are_numbered_by_their_place_whatever_number_they_come_with():
    parts = (Part(heading="1. Ưu điểm"), Part(heading="3) Kiến nghị"), Part(heading="5 năm nhìn lại"))
    report = replace(official_sample.peak_day(), sections=(Section("I", "Đánh giá", parts),), definitions=())
    headings = [text for style, text in paragraphs(opened(render_docx(report))) if style == "Heading 2"]
    assert headings == ["1. Ưu điểm", "2. Kiến nghị", "3. 5 năm nhìn lại"]


def test_recipients_and_the_closing_words(document):
    told = [text for style, text in paragraphs(document) if style in ("Nơi nhận", "Số liệu") and text]
    assert told == [
        "Nơi nhận:",
        "- Ban Bí thư Trung ương Đoàn (để báo cáo);",
        "- Thường trực Thành ủy, Ủy ban nhân dân Thành phố (để báo cáo);",
        "- Các cơ sở Đoàn trực thuộc;",
        "- Lưu: VP.",
        "Số liệu tính đến 17 giờ 30 phút ngày 05/02/2023; tình trạng: đã khóa; lần phát hành: 2."
        " Xem thuyết minh số liệu ở cuối báo cáo.",
        "Mã kiểm: 9f2c 4e1a b07d 5538",
        "Kiểm tra báo cáo này: quét mã QR hoặc mở",
        "https://xungkichso.example.vn/kiem-tra/7k3m9q2d/",
    ]


def test_the_code_leads_to_the_page_of_verification(document, tmp_path):
    code = next(each for each in pictures(document) if "QR" in alt_text(each))
    (tmp_path / "qr.png").write_bytes(picture_of(document, code))
    page = b'#set page(width: 40mm, height: 40mm, margin: 2mm)\n#image("qr.png", width: 100%)'
    typst.compile(page, output=tmp_path / "page.png", root=tmp_path, format="png", ppi=150.0)
    assert paper.codes([tmp_path / "page.png"]) == [official_sample.peak_day().verification.url]


def test_a_draft_says_so_has_gaps_and_no_code(drafted):
    assert drafted.tables[0].cell(1, 0).text == "Số: \u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0-BC/TĐTN-VP"
    assert "BẢN NHÁP: chưa phát hành, số liệu còn có thể thay đổi." in word_text(drafted)
    section = drafted.sections[0]
    for header in (section.header, section.first_page_header):
        assert "BẢN NHÁP" in [paragraph.text for paragraph in header.paragraphs]
    assert "Mã kiểm" not in word_text(drafted)
    assert not [each for each in pictures(drafted) if "QR" in alt_text(each)]


def test_an_issued_one_does_not_say_draft(document):
    section = document.sections[0]
    margins = [text_of(part._element) for part in (section.header, section.first_page_header, section.footer)]
    assert "nháp" not in (word_text(document) + "".join(margins)).casefold()


def test_hostile_text_comes_out_as_it_is():
    told = tuple(HOSTILE)
    table = Table("t", "".join(told), tuple(Column(text) for text in told), (told,), total=told, note=told[2])
    report = replace(
        official_sample.peak_day(),
        subject=told[0],
        opening=told[2],
        sections=(
            Section("I", told[3], tuple(Part(heading=t, text=t, items=(t,)) for t in told) + (Part(table=table),)),
        ),
        appendices=(Appendix("I", told[5], table),),
        recipients=told,
    )
    shown = [text.replace("\u0001", "") for text in told]  # XML knows no such sign
    document = opened(render_docx(report))
    assert word_tables(document) == [[shown, shown, shown]] * 2
    items = [text for style, text in paragraphs(document) if style == "List Bullet"]
    assert items[: len(shown)] == shown
    assert ("Subtitle", "<A&B>") in paragraphs(document)
    assert ("Heading 1", "I. {% for a in b %}") in paragraphs(document)


# --- how it looks -----------------------------------------------------------------------------------------------------
def test_paper_and_margins(document):
    for section in document.sections:
        assert sorted((round(section.page_width.mm), round(section.page_height.mm))) == [210, 297]
        assert [round(side.mm) for side in (section.top_margin, section.bottom_margin)] == [20, 20]
        assert [round(side.mm) for side in (section.left_margin, section.right_margin)] == [30, 20]


def test_each_appendix_begins_a_leaf_whose_pages_count_from_one(document):
    wide = [section.orientation == WD_ORIENT.LANDSCAPE for section in document.sections]
    assert wide == [False, False, False, False, True, False]
    starts = [section._sectPr.find(qn("w:pgNumType")) for section in document.sections]
    assert [start is not None and start.get(qn("w:start")) for start in starts] == [False, *["1"] * 5]


def test_the_number_of_the_page_is_in_the_middle_above_but_not_on_the_first(document):
    for section in document.sections:
        assert section.different_first_page_header_footer
        assert [field.get(qn("w:instr")) for field in section.header._element.iter(qn("w:fldSimple"))] == ["PAGE"]
        assert not list(section.first_page_header._element.iter(qn("w:fldSimple")))
    style = document.styles["Header"].element
    assert style.find(f"{qn('w:pPr')}/{qn('w:jc')}").get(qn("w:val")) == "center"


def test_typeface_language_and_sizes(issued, document):
    fonts = {value for part in parts_of(issued).values() for value in fonts_in(part)}
    assert fonts == {"Times New Roman"}
    defaults = document.styles.element.find(f".//{qn('w:rPrDefault')}")
    assert defaults.find(f".//{qn('w:lang')}").get(qn("w:val")) == "vi-VN"
    assert defaults.find(f".//{qn('w:sz')}").get(qn("w:val")) == "28"
    body = document.styles["Body Text"]
    assert round(body.paragraph_format.first_line_indent.mm) == 10
    assert body.paragraph_format.space_before.pt == 6
    assert body.element.find(f"{qn('w:pPr')}/{qn('w:jc')}").get(qn("w:val")) == "both"
    for name in ("Heading 1", "Title", "Subtitle"):
        assert document.styles[name].font.bold


def test_tables_repeat_their_header_and_tear_no_row(document):
    for table in document.element.body.iter(qn("w:tbl")):
        rows = list(table.iter(qn("w:tr")))
        assert all(row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in rows)
        repeated = [row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in rows]
        if table.find(f".//{qn('w:tblBorders')}") is not None:
            assert repeated == [True] + [False] * (len(rows) - 1)
            assert table.find(f".//{qn('w:tblCaption')}").get(qn("w:val"))
        else:
            assert not any(repeated)


def test_figures_stand_at_the_right_and_words_at_the_left(document):
    units = next(table for table in document.element.body.iter(qn("w:tbl")) if "Lượt dịch vụHồ sơ" in text_of(table))
    row = list(list(units.iter(qn("w:tr")))[1].iter(qn("w:tc")))
    aligned = [cell.find(f".//{qn('w:jc')}").get(qn("w:val")) for cell in row]
    assert aligned == ["center", "left", *["right"] * 6]


def test_signature_and_recipients_stay_together(document):
    frame = next(table for table in document.tables if "PHÓ BÍ THƯ" in text_of(table._tbl))
    assert len(frame.rows) == 1
    assert all(style in ("Nơi nhận", "Chữ ký") for style in (p.style.name for c in frame._cells for p in c.paragraphs))
    assert document.styles["Chữ ký"].paragraph_format.keep_with_next


def test_items_are_a_list_of_the_program(document):
    item = next(p for p in document.paragraphs if p.style.name == "List Bullet")
    number = item.style.element.find(f".//{qn('w:numId')}").get(qn("w:val"))
    numbering = document.part.numbering_part.element
    assert numbering.find(f".//{qn('w:num')}").get(qn("w:numId")) == number
    assert numbering.find(f".//{qn('w:lvlText')}").get(qn("w:val")) == "-"


def test_charts_are_pictures_that_can_be_heard(document):
    report = official_sample.second_issue()
    charts = [part.chart for section in report.sections for part in section.parts if part.chart]
    told = [alt_text(each) for each in pictures(document) if "QR" not in alt_text(each)]
    assert len(told) == len(charts) == 2
    for chart, words in zip(charts, told, strict=True):
        bars = zip(chart.labels, chart.values, strict=True)
        assert [f"{label}: {printed(value, 'count')}" in words for label, value in bars] == [True] * len(chart.labels)
    for picture in pictures(document):
        assert picture_of(document, picture).startswith(b"\x89PNG")
        assert int(picture.find(qn("wp:extent")).get("cx")) <= Mm(160.1)


# --- the file ---------------------------------------------------------------------------------------------------------
def test_the_file_is_the_issuers_and_names_no_program(issued, document):
    report, properties = official_sample.second_issue(), document.core_properties
    assert properties.title == f"Báo cáo {report.subject}"[:255]
    assert properties.author == properties.last_modified_by == report.letterhead.issuer[0]
    assert properties.created.isoformat() == properties.modified.isoformat() == "2023-02-05T10:30:00+00:00"
    assert properties.revision == 2
    parts = parts_of(issued)
    assert not [name for name in parts if "app.xml" in name or "thumbnail" in name or "theme" in name]
    named = (b"python", b"docxtpl", b"typst", b"Microsoft Office", b"macintosh")
    texts = {name: part.lower() for name, part in parts.items()}
    assert [(name, word) for name, part in texts.items() for word in named if word.lower() in part] == []


@pytest.mark.parametrize("holder", ORDER)
def test_properties_stand_in_the_order_of_the_schema(issued, holder):
    """LibreOffice reads them in any order; Word calls such a file damaged."""
    order = [qn(f"w:{name}") for name in ORDER[holder].split()]
    found = [
        [child.tag for child in element]
        for name, part in parts_of(issued).items()
        if name.startswith("word/") and name.endswith(".xml")
        for element in parse_xml(part).iter(qn(f"w:{holder}"))
    ]
    assert found
    assert [tags for tags in found if set(tags) - set(order) or tags != sorted(tags, key=order.index)] == []


def test_the_same_report_has_the_same_bytes(issued):
    assert render_docx(official_sample.second_issue()) == issued
    with zipfile.ZipFile(BytesIO(issued)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_template_has_the_same_bytes():
    assert default_template() == default_template()


def test_a_report_without_anything_optional_is_whole():
    report = replace(
        official_sample.draft(), addressee="", opening="", recipients=(), appendices=(), definitions=(), sections=()
    )
    document = opened(render_docx(report))
    assert len(document.sections) == 1
    assert all(cell.find(qn("w:p")) is not None for cell in document.element.body.iter(qn("w:tc")))
    assert "Kính gửi" not in word_text(document)


# --- a template of the office's own -----------------------------------------------------------------------------------
def edited(change) -> bytes:
    document = opened(default_template())
    change(document)
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_an_edited_template_keeps_its_words_its_margins_and_its_tables():
    def change(document):
        section = document.sections[0]
        section.left_margin, section.right_margin = Mm(35), Mm(15)
        document.paragraphs[0].insert_paragraph_before("Dòng riêng của văn phòng: {{ trich_yeu|upper }}")

    report = official_sample.second_issue()
    document = opened(render_docx(report, edited(change)))
    assert f"Dòng riêng của văn phòng: {report.subject.upper()}" in word_text(document)
    assert [round(section.left_margin.mm) for section in document.sections] == [35] * 6
    expected = [printed_table(table) for table in all_tables(report)]
    assert word_tables(document)[: len(expected)] == expected
    first = next(t for t in document.element.body.iter(qn("w:tbl")) if t.find(f".//{qn('w:tblHeader')}") is not None)
    widths = [int(column.get(qn("w:w"))) for column in first.iter(qn("w:gridCol"))]
    assert sum(widths) == pytest.approx(160 * 1440 / 25.4, abs=10)


def test_a_template_without_our_styles_still_has_readable_tables():
    def change(document):
        style = document.styles["Ô bảng"].element
        style.getparent().remove(style)

    document = opened(render_docx(official_sample.peak_day(), edited(change)))
    table = next(t for t in document.element.body.iter(qn("w:tbl")) if t.find(f".//{qn('w:tblHeader')}") is not None)
    assert {size.get(qn("w:val")) for size in table.iter(qn("w:sz"))} == {"24"}
    assert not list(table.iter(qn("w:pStyle")))


# --- aids -------------------------------------------------------------------------------------------------------------
def picture_of(document, inline) -> bytes:
    return document.part.related_parts[next(inline.iter(qn("a:blip"))).get(qn("r:embed"))].blob


def fonts_in(part: bytes) -> set[str]:
    if b"rFonts" not in part:
        return set()
    return {value for fonts in parse_xml(part).iter(qn("w:rFonts")) for value in fonts.attrib.values()}
