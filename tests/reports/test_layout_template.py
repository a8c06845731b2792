"""What is said of a template that an office has made, before any report depends on it."""

import io
import zipfile

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from reports.official.layouts import default_template, render_docx, template_problems
from reports.official.layouts.template_archive import MOST_BYTES
from reports.official.layouts.word import BrokenTemplate
from tests.reports import official_sample


def rewritten(find: str, put: str) -> bytes:
    """The default template with a text of one paragraph replaced, as somebody types over it in Word."""
    document = Document(io.BytesIO(default_template()))
    found = 0
    for paragraph in every_paragraph(document):
        if find in paragraph.text:
            paragraph.text = paragraph.text.replace(find, put)
            found += 1
    assert found, find
    return saved(document)


def every_paragraph(document):
    yield from document.paragraphs
    for table in document.tables:
        for cell in table._cells:
            yield from cell.paragraphs
    section = document.sections[0]
    for part in (section.header, section.first_page_header, section.footer, section.first_page_footer):
        yield from part.paragraphs


def saved(document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def repacked(changes: dict[str, bytes]) -> bytes:
    """The default template with files of its archive replaced or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(default_template())) as source, zipfile.ZipFile(stream, "w", 8) as target:
        for name in source.namelist():
            target.writestr(name, changes.pop(name, None) or source.read(name))
        for name, data in changes.items():
            target.writestr(name, data)
    return stream.getvalue()


def part(name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(default_template())) as archive:
        return archive.read(name)


def only(problems: list[str]) -> str:
    assert len(problems) == 1, problems
    return problems[0]


def test_the_default_template_has_no_problem():
    assert template_problems(default_template()) == []


def test_what_an_office_usually_changes_is_no_problem():
    document = Document(io.BytesIO(rewritten("Thuyết minh số liệu", "Ghi chú về số liệu")))
    document.paragraphs[0].insert_paragraph_before("Mật độ: thường. {% if so %}Số {{ so|upper }}{% endif %}")
    document.styles["Body Text"].font.name = "Times New Roman"
    data = saved(document)
    assert template_problems(data) == []
    assert render_docx(official_sample.peak_day(), data)


def test_words_that_word_has_cut_into_pieces_are_read_as_one():
    """As it does at each change of spelling marks or of the writer."""
    document = Document(io.BytesIO(default_template()))
    for paragraph in every_paragraph(document):
        if "{" in paragraph.text and len(paragraph.runs) == 1:
            text = paragraph.text
            paragraph.runs[0].text = ""
            for start in range(0, len(text), 3):
                paragraph.add_run(text[start : start + 3]).bold = start % 2 == 0
    data = saved(document)
    assert template_problems(data) == []


# --- not a file that may be opened ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "Tệp trống"),
        (b"%PDF-1.7 abc", "không phải Word"),
        (b"PK\x03\x04 cut off", "không phải Word"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "Word cũ (.doc) hoặc có mật khẩu"),
        (b"x" * (MOST_BYTES + 1), "lớn hơn 2 MB"),
    ],
)
def test_no_word_file(data, told):
    assert told in only(template_problems(data))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"word/vbaProject.bin": b"macro"}, "macro hoặc đối tượng nhúng"),
        ({"word/embeddings/oleObject1.bin": b"object"}, "macro hoặc đối tượng nhúng"),
        ({"word/activeX/activeX1.xml": b"<a/>"}, "macro hoặc đối tượng nhúng"),
        ({"word/media/bomb.bin": b"\0" * 21_000_000}, "nén quá nhiều dữ liệu"),
        ({"word/bomb.xml": b" " * 4_000_001}, "nén quá nhiều dữ liệu"),
        ({f"word/media/{number}.bin": b"x" for number in range(200)}, "nén quá nhiều dữ liệu"),
        ({"word/document.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "khai báo lạ"),
        ({"word/document.xml": b"<not closed"}, "không mở được"),
        ({"word/header9.xml": b"<a>" + b"{" * 3_001 + b"</a>"}, "quá nhiều lệnh"),
        ({"word/header9.xml": b"<a>{" + b" " * 1_500_000 + b"</a>"}, "quá dài"),
    ],
)
def test_archives_that_are_refused_before_anything_reads_them(changes, told):
    assert told in only(template_problems(repacked(changes)))


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (b"application/vnd.ms-word.document.macroEnabled.main+xml", "macro (.docm)"),
        (b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml", "mẫu Word (.dotx)"),
    ],
)
def test_other_kinds_of_word_files(kind, told):
    types = part("[Content_Types].xml")
    document = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    assert document in types
    assert told in only(template_problems(repacked({"[Content_Types].xml": types.replace(document, kind)})))


@pytest.mark.parametrize(("kind", "is_refused"), [("image", True), ("attachedTemplate", True), ("hyperlink", False)])
def test_what_lies_elsewhere_is_refused_but_a_link_may_be_there(kind, is_refused):
    relation = (
        '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        f'{kind}" Target="https://elsewhere.example/a" TargetMode="External"/></Relationships>'
    )
    name = "word/_rels/document.xml.rels"
    changed = part(name).replace(b"</Relationships>", relation.encode())
    problems = template_problems(repacked({name: changed}))
    assert bool(problems) is is_refused
    assert all("nơi khác trên mạng" in problem for problem in problems)


PACKAGE = b"http://schemas.openxmlformats.org/package/2006/relationships"


@pytest.mark.parametrize(
    "relation",
    [
        'Type="{0}attachedTemplate" Target="https://e.example/relationships/hyperlink/a.dotm" TargetMode="External"',
        "Type='{0}attachedTemplate' Target='https://e.example/a.dotm' TargetMode='External'",
        'TargetMode = "External"\n Type="{0}image" Target="https://e.example/a.png"',
        'Type="{0}image" Target="https://e.example/a.png" TargetMode="&#69;xternal"',
    ],
)
def test_a_link_is_known_by_what_it_says_and_not_by_how_it_is_written(relation):
    words = relation.format("http://schemas.openxmlformats.org/officeDocument/2006/relationships/")
    name = "word/_rels/document.xml.rels"
    for added in (f'<Relationship\nId="rId99" {words}/>', f'<r:Relationship Id="rId99" {words}/>'):
        changed = part(name).replace(b"</Relationships>", added.encode() + b"</Relationships>")
        changed = changed.replace(b"<Relationships ", b'<Relationships xmlns:r="%s" ' % PACKAGE, 1)
        assert "nơi khác trên mạng" in only(template_problems(repacked({name: changed})))


@pytest.mark.parametrize("kind", ["oleObject", "package", "aFChunk", "control", "subDocument", "frame"])
def test_what_is_run_or_read_into_the_file_is_refused_under_any_name(kind):
    name = "word/_rels/document.xml.rels"
    relation = (
        '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        f'{kind}" Target="media/a.png"/></Relationships>'
    )
    changed = part(name).replace(b"</Relationships>", relation.encode())
    assert "macro hoặc đối tượng nhúng" in only(template_problems(repacked({name: changed, "word/media/a.png": b"x"})))


def test_a_part_that_is_no_picture_and_no_text_is_refused():
    assert "macro hoặc đối tượng nhúng" in only(template_problems(repacked({"word/x.bin": b"x"})))


def test_xml_under_the_name_of_a_picture_is_refused():
    """It would be read as a header, and never looked into."""
    types = part("[Content_Types].xml")
    header = b"application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
    hidden = b'<Override PartName="/word/media/a.png" ContentType="%s"/></Types>' % header
    changed = {"[Content_Types].xml": types.replace(b"</Types>", hidden), "word/media/a.png": b"<a/>"}
    assert "macro hoặc đối tượng nhúng" in only(template_problems(repacked(changed)))


def test_declarations_are_seen_in_any_encoding():
    data = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16")
    assert "khai báo lạ" in only(template_problems(repacked({"word/header9.xml": data})))


def with_field(*pieces: str) -> bytes:
    """The default template with a field in its first paragraph, its instruction cut into pieces as Word cuts it."""
    document = Document(io.BytesIO(default_template()))
    line = document.paragraphs[0].insert_paragraph_before("")
    for kind, text in [("begin", ""), *(("", piece) for piece in pieces), ("separate", ""), ("end", "")]:
        made = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            made.set(qn("w:fldCharType"), kind)
        made.text = text or None
        line.add_run()._r.append(made)
    return saved(document)


@pytest.mark.parametrize("pieces", [(" PAGE ",), ("NUM", "PAGES"), ('HYPERLINK "https://e.example/"',)])
def test_fields_that_tell_of_the_file_itself_are_no_problem(pieces):
    assert template_problems(with_field(*pieces)) == []


@pytest.mark.parametrize(
    ("pieces", "name"),
    [
        (('INCLUDEPICTURE "https://e.example/x.png" \\d',), "INCLUDEPICTURE"),
        ((" include", 'text "https://e.example/x.docx"'), "INCLUDETEXT"),
        (("DDEAUTO c:/a b",), "DDEAUTO"),
        (("LINK Excel.Sheet a",), "LINK"),
        (("DATE",), "DATE"),
        (("",), "?"),
    ],
)
def test_fields_that_fetch_or_change_when_the_file_is_opened_are_refused(pieces, name):
    assert f"trường “{name}”" in only(template_problems(with_field(*pieces)))


# --- the language -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("find", "put", "told"),
    [
        ("{{ trich_yeu }}", "V/v {{ trich_yu }}", ["đoạn “V/v {{ trich_yu }}”", "có phải là “trich_yeu”?"]),
        ("{{ muc.ten }}", "{{ muc.tenn }}", ["{{ muc.so }}. {{ muc.tenn }}", "“tenn”", "“ten”"]),
        ("{{ so_ky_hieu }}", "{{ so_ky_hieu }", ["{{ so_ky_hieu }", "viết chưa đúng"]),
        ("{%p endif %}", "", ["thiếu hoặc thừa for, if, endfor, endif"]),
        ("{%p if kinh_gui %}", "{%p neu kinh_gui %}", ["{% neu kinh_gui %}", "không hiểu lệnh"]),
        ("{{ kinh_gui }}", "{{ kinh_gui|safe }}", ["|safe"]),
        ("{{ kinh_gui }}", "{{ kinh_gui|replace('a', 'aa') }}", ["|replace"]),
        ("{{ kinh_gui }}", "{{ kinh_gui.__class__.__mro__ }}", ["__"]),
        ("{{ kinh_gui }}", "{{ kinh_gui.upper() }}", ["không gọi hàm được"]),
        ("{{ kinh_gui }}", "{{ range(999999999) }}", ["không gọi hàm được"]),
        ("{{ kinh_gui }}", "{{ 'a' * 999999999 }}", ["chỉ dùng được"]),
        ("{{ kinh_gui }}", "{% for a in trich_yeu %}{{ a }}{% endfor %}", ["chỉ lặp được qua", "cac_muc"]),
        ("{{ kinh_gui }}", "{% for a in mo_dau %}" * 4 + "{% endfor %}" * 4, ["lặp lồng nhau quá 3 tầng"]),
        ("{{ kinh_gui }}", "{% for a in mo_dau %}" * 2 + "{% endfor %}" * 2, ["“mo_dau” được lặp ở trong một vòng"]),
        (
            "{{ kinh_gui }}",
            "{% for a in cac_muc %}{% for b in a.cac_phan %}{% for c in a.cac_phan %}" + "{% endfor %}" * 3,
            ["“cac_phan” được lặp ở trong"],
        ),
        ("{{ kinh_gui }}", "{% for a in cac_phu_luc %}" + "{{ a.bang }}" * 4 + "{% endfor %}", ["hơn 4 chỗ đặt bảng"]),
        ("{{ kinh_gui }}", "{% set a = 1 %}", ["chỉ dùng được"]),
        ("{{ kinh_gui }}", "{% include 'a' %}", ["chỉ dùng được"]),
        ("{%p if ban_nhap %}", "{%p if ban_nhp %}", ["{% if ban_nhp %}", "“ban_nhap”"]),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_the_paragraph_they_stand_in(find, put, told):
    problems = template_problems(rewritten(find, put))
    assert problems
    assert [words for words in told if words not in problems[0]] == []


def test_whatever_is_wrong_with_names_is_told_at_once():
    data = rewritten("{{ trich_yeu }}", "{{ mot }} {{ hai }} {{ ba }}")
    assert [("mot" in p, "hai" in p, "ba" in p.split("không có")[1]) for p in template_problems(data)] == [
        (True, True, False), (True, True, False), (True, True, True),
    ]  # fmt: skip


def test_a_template_with_unsafe_words_cannot_be_rendered_even_if_nobody_has_asked():
    with pytest.raises(BrokenTemplate):
        render_docx(official_sample.peak_day(), rewritten("{{ kinh_gui }}", "{{ kinh_gui.__class__ }}"))


# --- the trial --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("find", "put", "told"),
    [
        ("{{ trich_yeu }}", "Báo cáo mẫu", "Mẫu thiếu trích yếu: hãy thêm {{ trich_yeu }}."),
        ("{{ so_ky_hieu }}", "Số:   /BC", "Mẫu thiếu số và ký hiệu: hãy thêm {{ so_ky_hieu }}."),
        ("{{ dia_danh_ngay }}", "", "Mẫu thiếu địa danh, ngày tháng: hãy thêm {{ dia_danh_ngay }}."),
        ("ĐOÀN TNCS HỒ CHÍ MINH", "", "Mẫu thiếu tiêu đề: hãy thêm “ĐOÀN TNCS HỒ CHÍ MINH”."),
        ("BÁO CÁO", "THÔNG BÁO", "Mẫu thiếu tên loại văn bản, đứng riêng một dòng: hãy thêm “BÁO CÁO”."),
        ("{{ chuc_vu }}", "", "Mẫu thiếu chức vụ người ký: hãy thêm {{ chuc_vu }}."),
        ("{{ ma_kiem }}", "", "Mẫu thiếu mã kiểm: hãy thêm {{ ma_kiem }}."),
        ("{{ tinh_trang }}", "", "Mẫu thiếu tình trạng của số liệu: hãy thêm {{ tinh_trang }}."),
        ("{{ y }}", "", "Mẫu thiếu các ý trong mục: hãy thêm {%p for y in phan.cac_y %} {{ y }} {%p endfor %}."),
        ("{{p phan.bang }}", "", "Mẫu thiếu bảng số liệu: hãy thêm {{p phan.bang }}."),
        ("{{p thay_doi }}", "", "Mẫu thiếu thay đổi so với lần trước: hãy thêm {{p thay_doi }}."),
        ("{{p phan.bieu_do }}", "", "Mẫu thiếu biểu đồ hoặc mã QR: hãy thêm {{p phan.bieu_do }} và {{p ma_qr }}."),
    ],
)  # fmt: skip
def test_mandatory_parts(find, put, told):
    assert told in template_problems(rewritten(find, put))


def test_a_document_of_the_union_has_no_national_motto():
    data = rewritten("***", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    assert "không ghi Quốc hiệu" in only(template_problems(data))


def test_a_table_within_a_line_is_refused():
    assert "{{p phan.bang }}" in only(template_problems(rewritten("{{p phan.bang }}", "Bảng: {{ phan.bang }}")))


def test_a_cell_that_may_be_empty_is_refused():
    data = rewritten("{{p ma_qr }}", "{%p if dinh_nghia %}")
    document = Document(io.BytesIO(data))
    cell = next(cell for table in document.tables for cell in table._cells if "dinh_nghia" in cell.text)
    cell.add_paragraph("Có định nghĩa")
    cell.add_paragraph("{%p endif %}")
    table = cell._tc.getparent().getparent()
    document.element.body.insert(0, table)
    assert "ô bảng trống" in template_problems(saved(document))[0]


def test_commands_that_begin_outside_a_table_and_end_within_are_refused():
    document = Document(io.BytesIO(default_template()))
    table = document.tables[1]
    before = document.add_paragraph("{% if kinh_gui %}")
    table._tbl.addprevious(before._p)
    table.cell(0, 0).add_paragraph("{% endif %}")
    assert "đặt lồng nhau chưa đúng" in only(template_problems(saved(document)))
