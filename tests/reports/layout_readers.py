"""What stands in a laid-out report, read back by other means than it was written with."""

import io
import re
import zipfile

from docx import Document
from docx.oxml.ns import qn

from reports.official.content import Cell, Report, Table


def printed(value: Cell, kind: str) -> str:
    """As an office writes it; on purpose not by the way of the layouts."""
    if isinstance(value, str):
        return value
    if value is None:
        return "" if kind == "text" else "–"
    whole, _dot, rest = str(value).partition(".")
    if kind == "percent":
        rest = rest or "0"
    elif rest == "0":
        rest = ""
    dotted = re.sub(r"(?<=\d)(?=(\d{3})+$)", ".", whole)
    return dotted + (f",{rest}" if rest else "") + ("%" if kind == "percent" else "")


def printed_table(table: Table) -> list[list[str]]:
    kinds = [column.kind for column in table.columns]
    rows = [*table.rows, *([table.total] if table.total else [])]
    header = [column.title for column in table.columns]
    return [header, *([printed(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in rows)]


def body_tables(report: Report) -> list[Table]:
    return [part.table for section in report.sections for part in section.parts if part.table]


def all_tables(report: Report) -> list[Table]:
    return body_tables(report) + [appendix.table for appendix in report.appendices]


def all_texts(report: Report) -> list[str]:
    """Every text that somebody has written, but those of tables and charts."""
    parts = [part for section in report.sections for part in section.parts]
    return [
        *report.letterhead.issuer,
        report.subject,
        report.addressee,
        *report.opening.splitlines(),
        *(section.title for section in report.sections),
        *(part.heading for part in parts),
        *(line for part in parts for line in part.text.splitlines()),
        *(item for part in parts for item in part.items),
        *(table.note for table in all_tables(report)),
        *(part.chart.title for part in parts if part.chart),
        report.signature.authority,
        report.signature.post,
        report.signature.name,
        *report.recipients,
        *(appendix.title for appendix in report.appendices),
        *(each.label for each in report.definitions),
        *(each.text for each in report.definitions),
        *(change.what for change in report.changes),
        *(change.why for change in report.changes),
        report.changes_reason,
        report.state,
        report.verification.url,
    ]


# --- Word -------------------------------------------------------------------------------------------------------------
def opened(data: bytes):
    return Document(io.BytesIO(data))


def paragraphs(document) -> list[tuple[str, str]]:
    """(style, text) of every paragraph, those in tables too, in their order."""
    names = {style.style_id: style.name for style in document.styles}
    found = []
    for paragraph in document.element.body.iter(qn("w:p")):
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        found.append((names.get(style.get(qn("w:val"))) if style is not None else "", text_of(paragraph)))
    return found


def text_of(element) -> str:
    return "".join(node.text or "" if node.tag == qn("w:t") else "\n" for node in element.iter(qn("w:t"), qn("w:br")))


def word_text(document) -> str:
    return "\n".join(text for _style, text in paragraphs(document))


def word_tables(document) -> list[list[list[str]]]:
    """Tables of figures, that is those with lines; the frames of head and signature have none."""
    return [
        [[text_of(cell) for cell in row.iter(qn("w:tc"))] for row in table.iter(qn("w:tr"))]
        for table in document.element.body.iter(qn("w:tbl"))
        if table.find(f".//{qn('w:tblHeader')}") is not None
    ]


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pictures(document) -> list:
    return list(document.element.body.iter(qn("wp:inline")))


def alt_text(inline) -> str:
    return inline.find(qn("wp:docPr")).get("descr")


# --- what is printed --------------------------------------------------------------------------------------------------
def squeezed(text: str) -> str:
    """Lines are broken where there is room, so only the letters can be compared."""
    return re.sub(r"\s", "", text).casefold()


def letters_of(reader) -> str:
    return squeezed("".join(page.extract_text() for page in reader.pages))
