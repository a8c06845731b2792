"""The Word file: the report poured into a template by docxtpl."""

from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from docx.document import Document
from docxtpl import DocxTemplate
from jinja2.exceptions import TemplateError
from lxml import etree

from core.errors import DomainError
from reports.official.content import Report
from reports.official.layouts.view import view_of
from reports.official.layouts.word_blocks import with_blocks
from reports.official.layouts.word_finish import describe, packed
from reports.official.layouts.word_language import TemplateEnvironment
from reports.official.layouts.word_leaves import lay_leaves, part_tables
from reports.official.layouts.word_template import default_template


def render_docx(report: Report, template: bytes | None = None) -> bytes:
    """``template``: one without ``template_problems``; the default form when it is None."""
    return packed(poured(report, template or default_template()))


class BrokenTemplate(DomainError):
    """The template cannot hold this report; the cause says where."""

    code = "broken_template"


class StrictTemplate(DocxTemplate):
    def fix_tables(self, xml: str) -> Any:
        # The library mends what is torn, and loses in silence what it cannot place.
        etree.fromstring(xml)
        return super().fix_tables(xml)


def poured(report: Report, template: bytes) -> Document:
    file = StrictTemplate(BytesIO(template))
    upright, wide = rooms(file.get_docx())
    view = view_of(report, portrait=upright, landscape=wide)
    try:
        file.render(with_blocks(view, file, upright), jinja_env=TemplateEnvironment(), autoescape=True)
    except (TemplateError, etree.LxmlError) as error:
        raise BrokenTemplate(
            _("Mẫu Word này không dùng được cho báo cáo. Hãy chọn mẫu khác hoặc mẫu chung của Đoàn.")
        ) from error
    document: Document = file.docx
    lay_leaves(document)
    part_tables(document)
    describe(document, report)
    return document


def rooms(document: Document) -> tuple[float, float]:
    """Millimetres between the margins of the template's paper, upright and turned."""
    section = document.sections[-1]
    width, height = section.page_width or 0, section.page_height or 0
    margins = (section.left_margin or 0) + (section.right_margin or 0)
    return (width - margins) / 36000, (height - margins) / 36000
