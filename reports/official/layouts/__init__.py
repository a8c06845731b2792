"""The forms of one report: Word for the office, PDF for reading and archives, Excel for its appendices.

    render_docx(report, template=None) -> bytes     template: one of the office's own, without template_problems
    render_pdf(report) -> bytes
    render_xlsx(report) -> bytes
    default_template() -> bytes                     what an office begins its own template with
    template_problems(data) -> list[str]            in words for a person; empty when the template may be used

The same report gives the same bytes. No figure is worked out here: what stands in the report is printed.
"""

from reports.official.layouts.excel import render_xlsx
from reports.official.layouts.pdf import render_pdf
from reports.official.layouts.template_check import template_problems
from reports.official.layouts.word import render_docx
from reports.official.layouts.word_template import default_template

__all__ = ["default_template", "render_docx", "render_pdf", "render_xlsx", "template_problems"]
