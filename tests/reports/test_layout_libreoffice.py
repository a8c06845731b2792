"""Another office program opens the Word file, prints it, and saves it again: nothing of it is lost."""

import shutil
import subprocess

import pypdf
import pytest

from reports.official.layouts import default_template, render_docx, render_xlsx, template_problems
from tests.reports import official_sample
from tests.reports.layout_readers import (
    all_tables,
    all_texts,
    alt_text,
    letters_of,
    opened,
    pictures,
    printed_table,
    squeezed,
    text_of,
    word_tables,
    word_text,
)

pytestmark = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """With the report of the sample as LibreOffice prints it and saves it again."""
    folder = tmp_path_factory.mktemp("office")
    report = official_sample.second_issue()
    (folder / "báo cáo.docx").write_bytes(render_docx(report))
    (folder / "phụ lục.xlsx").write_bytes(render_xlsx(report))
    (folder / "mẫu.docx").write_bytes(default_template())
    again = "docx:MS Word 2007 XML"
    for kind, name in (("pdf", "báo cáo.docx"), (again, "báo cáo.docx"), (again, "mẫu.docx"), ("fods", "phụ lục.xlsx")):
        home, out = f"-env:UserInstallation=file://{folder}/home", str(folder / kind.split(":")[0])
        command = ["soffice", home, "--headless", "--convert-to", kind, "--outdir", out, str(folder / name)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
    return folder


def test_saved_again_it_has_the_same_text_and_tables(folder):
    report = official_sample.second_issue()
    document = opened((folder / "docx" / "báo cáo.docx").read_bytes())
    told = squeezed(word_text(document))
    assert [text for text in all_texts(report) if squeezed(text) not in told] == []
    expected = [printed_table(table) for table in all_tables(report)]
    assert word_tables(document)[: len(expected)] == expected
    assert len(document.sections) == 6
    assert [section.page_width > section.page_height for section in document.sections] == [False] * 4 + [True, False]
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings[0] == "I. Công tác chỉ đạo, triển khai"
    assert [alt_text(each)[:14] for each in pictures(document)] == [
        "Biểu đồ thanh:",
        "Biểu đồ thanh:",
        "Mã QR dẫn tới ",
    ]
    assert "ĐOÀN TNCS HỒ CHÍ MINH" in text_of(document.tables[0]._tbl)


def test_printed_it_has_the_same_text_on_the_same_paper(folder):
    report = official_sample.second_issue()
    reader = pypdf.PdfReader(folder / "pdf" / "báo cáo.pdf")
    told = letters_of(reader)
    texts = [text for text in all_texts(report) if text not in official_sample.ISSUER]
    assert [text for text in texts if squeezed(text) not in told] == []
    for table in all_tables(report):
        for row in printed_table(table)[1:]:
            figures = [cell for cell, column in zip(row, table.columns, strict=True) if column.kind != "text"]
            assert squeezed("".join(figures)) in told
    wide = [page.mediabox.width > page.mediabox.height for page in reader.pages]
    assert wide.index(True) == 6  # the letter has three pages, three appendices one each
    assert not wide[-1]
    numbers = [page.extract_text().split("\n")[0].strip() for page in reader.pages]
    assert numbers[1:3] == ["2", "3"]
    assert numbers[7] == "2"


def test_the_workbook_keeps_its_types(folder):
    document = (folder / "fods" / "phụ lục.fods").read_text()
    assert f'office:value-type="float" office:value="{official_sample.TOTAL}"' in document
    assert 'office:value-type="percentage" office:value="0.375"' in document
    assert "Đoàn khối Dân - Chính - Đảng Thành phố Hồ Chí Minh" in document


def test_a_template_that_was_edited_in_it_is_a_template_still(folder):
    report, template = official_sample.second_issue(), (folder / "docx" / "mẫu.docx").read_bytes()
    assert template_problems(template) == []
    document = opened(render_docx(report, template))
    expected = [printed_table(table) for table in all_tables(report)]
    assert word_tables(document)[: len(expected)] == expected
    assert [section.page_width > section.page_height for section in document.sections] == [False] * 4 + [True, False]
