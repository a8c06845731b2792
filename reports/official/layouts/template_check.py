"""Whether an office's own Word template may be used: told in words for a person, before any report depends on it.

It is opened, read, and tried with two invented reports: one that has everything, and one that has as little as can be.
What is mandatory must then stand in the first; so the check knows nothing of how a template is built.
"""

import difflib
import re
from collections.abc import Iterator
from io import BytesIO
from zipfile import BadZipFile

from django.utils.translation import gettext as _
from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2.exceptions import TemplateSyntaxError, UndefinedError
from lxml import etree

from reports.official.content import Report
from reports.official.layouts.sample import bare_sample, sample
from reports.official.layouts.template_archive import archive_problem
from reports.official.layouts.template_parts import mandatory
from reports.official.layouts.word import BrokenTemplate, poured
from reports.official.layouts.word_language import (
    FIELDS,
    NAMES,
    NotInTemplates,
    TemplateEnvironment,
    in_words,
    unknown_names,
)
from reports.official.layouts.wording import UNION, attached_to

MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOST_PROBLEMS = 12
_LONGEST_QUOTE = 80


def template_problems(data: bytes) -> list[str]:
    """What to mend, one sentence each, the most basic first; empty when the template may be used."""
    if problem := archive_problem(data):
        return [problem]
    try:
        sources = list(_sources(data))
    except (KeyError, ValueError, AttributeError, BadZipFile, PackageNotFoundError, etree.LxmlError):
        return [_("Word không mở được tệp này. Hãy mở bằng Word, sửa lỗi và lưu lại thành .docx.")]
    problems = [problem for source in sources for problem in _language_problems(source)]
    return (problems or _trial_problems(data))[:MOST_PROBLEMS]


# --- the language of the template -------------------------------------------------------------------------------------
def _sources(data: bytes) -> Iterator[str]:
    """Body, headers and footers as the template engine reads them: a line a paragraph."""
    file = DocxTemplate(BytesIO(data))
    document = file.get_docx()
    yield _lines(file, file.get_xml())
    for kind in (file.HEADER_URI, file.FOOTER_URI):
        for _key, part in file.get_headers_footers(kind):
            yield _lines(file, file.get_part_xml(part))
    properties = document.core_properties
    yield "\n".join((properties.title, properties.subject, properties.comments, properties.author))


def _lines(file: DocxTemplate, source: str) -> str:
    return re.sub(r"<w:p([ >])", r"\n<w:p\1", file.patch_xml(source))


def _language_problems(source: str) -> list[str]:
    environment = TemplateEnvironment()
    try:
        found = unknown_names(environment, source)
    except (TemplateSyntaxError, NotInTemplates) as error:
        told = str(error) if isinstance(error, NotInTemplates) else in_words(error)
        return [_("Ở đoạn “%(text)s”: %(told)s.") % {"text": _quote(source, error.lineno), "told": told}]
    return [
        _("Ở đoạn “%(text)s”: không có “%(name)s”%(hint)s.")
        % {"text": _quote(source, line), "name": name, "hint": _hint(name)}
        for name, line in found.items()
    ]


def _hint(name: str) -> str:
    near = difflib.get_close_matches(name, sorted(NAMES | FIELDS), n=1)
    return _("; có phải là “%(near)s”?") % {"near": near[0]} if near else ""


def _quote(source: str, line: int) -> str:
    """The words of the paragraph where the engine stopped; of those before it when it has none."""
    lines = source.splitlines()
    for text in reversed(lines[: max(line, 1)]):
        if words := re.sub(r"<[^>]*>", "", text).strip():
            return words if len(words) <= _LONGEST_QUOTE else words[:_LONGEST_QUOTE] + "…"
    return "…"


# --- a trial ----------------------------------------------------------------------------------------------------------
def _trial_problems(data: bytes) -> list[str]:
    document: Document | None = None
    for report in (bare_sample(), sample()):
        try:
            document = poured(report, data)
        except BrokenTemplate as error:
            return [_broken(error.__cause__)]
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            return [_broken(None)]
        if problem := _structure_problem(document):
            return [problem]
    return _missing(document, sample()) if document else []


def _broken(error: BaseException | None) -> str:
    if isinstance(error, UndefinedError):
        name = re.search(r"'(\w+)'$", str(error).removesuffix(" is undefined"))
        return _("Không có “%(name)s” ở nơi mẫu gọi tới.") % {"name": name[1] if name else error}
    return _(
        "Các lệnh for, if và bảng của mẫu đặt lồng nhau chưa đúng: mỗi lệnh {%p … %} phải đứng riêng một đoạn,"
        " mở ở đâu thì đóng ở đó."
    )


def _structure_problem(document: Document) -> str:
    """A table in the middle of a line makes a file that Word calls damaged; so does a cell without a paragraph."""
    body = document.element.body
    if any(len(text) for text in body.iter(qn("w:t"))) or any(
        table.getparent().tag not in (qn("w:body"), qn("w:tc"), qn("w:sdtContent")) for table in body.iter(qn("w:tbl"))
    ):
        return _("Bảng, biểu đồ và mã QR phải viết {{p … }} (có chữ p) và đứng riêng một đoạn, ví dụ {{p phan.bang }}.")
    if any(cell.find(qn("w:p")) is None for cell in body.iter(qn("w:tc"))):
        return _("Có ô bảng trống hẳn khi báo cáo không có dữ liệu: hãy để lệnh {%p if … %} ngoài bảng.")
    return ""


def _missing(document: Document, report: Report) -> list[str]:
    # The line below each appendix repeats number and day, which must stand in the head.
    words = _words(document).replace(attached_to(report.letterhead).casefold(), "")
    problems = [
        _("Mẫu thiếu %(what)s: hãy thêm %(how)s.") % {"what": what, "how": how}
        for what, how, texts in mandatory(report)
        if not all(text.casefold() in words for text in texts)
    ]
    if MOTTO.casefold() in words:
        told = _("Văn bản của Đoàn không ghi Quốc hiệu, Tiêu ngữ: hãy bỏ đi, giữ “%(union)s”.")
        problems.append(told % {"union": UNION})
    pictures = len(list(document.element.body.iter(qn("w:drawing"))))
    if pictures < 1 + len([part for section in report.sections for part in section.parts if part.chart]):
        problems.append(_("Mẫu thiếu biểu đồ hoặc mã QR: hãy thêm {{p phan.bieu_do }} và {{p ma_qr }}."))
    return problems


def _words(document: Document) -> str:
    """Of the pages and of their margins, without difference of capitals."""
    section = document.sections[0]
    margins = (section.header, section.first_page_header, section.footer, section.first_page_footer)
    parts = [document.element.body, *(part._element for part in margins)]
    lines = (line.iter(qn("w:t"), qn("w:br")) for part in parts for line in part.iter(qn("w:p")))
    return "\n".join(["", *("".join(map(_written, line)).strip() for line in lines), ""]).casefold()


def _written(node: etree._Element) -> str:
    return node.text or "" if node.tag == qn("w:t") else "\n"
