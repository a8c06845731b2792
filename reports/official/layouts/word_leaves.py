"""Leaves of a Word file: the letter, then each appendix from a new page, upright or wide, its pages counted from 1.

In Word a section's paper and page numbers stand at its end: a template cannot say them where an appendix begins. Each
section here is a copy of the template's own: its margins, header and footer hold for the appendices too.
"""

from copy import deepcopy
from typing import Any

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from reports.official.layouts.word_blocks import LEAF_UPRIGHT, LEAF_WIDE

# What stands in a section's properties before the numbering of its pages, by the schema.
BEFORE_NUMBERING = frozenset(
    qn(f"w:{name}")
    for name in (
        ("headerReference", "footerReference", "footnotePr", "endnotePr", "type", "pgSz", "pgMar")
        + ("paperSrc", "pgBorders", "lnNumType")
    )
)


def lay_leaves(document: Document) -> None:
    body = document.element.body
    base = body.sectPr
    is_wide, number = False, 0
    for mark in list(body.iter(qn("w:bookmarkStart"))):
        name = mark.get(qn("w:name"))
        paragraph = mark.getparent()
        if name not in (LEAF_UPRIGHT, LEAF_WIDE) or paragraph.getparent() is not body:
            continue
        _end_section(paragraph, _section(base, is_wide=is_wide, restarts=number > 0))
        is_wide, number = name == LEAF_WIDE, number + 1
    if number:
        body.replace(base, _section(base, is_wide=is_wide, restarts=True))


def _section(base: Any, *, is_wide: bool, restarts: bool) -> Any:
    section = deepcopy(base)
    if is_wide:
        size = section.find(qn("w:pgSz"))
        width, height = size.get(qn("w:w")), size.get(qn("w:h"))
        size.set(qn("w:w"), height)
        size.set(qn("w:h"), width)
        size.set(qn("w:orient"), "landscape")
    if restarts:
        for old in section.findall(qn("w:pgNumType")):
            section.remove(old)
        numbering = OxmlElement("w:pgNumType")
        numbering.set(qn("w:start"), "1")
        section.insert(sum(child.tag in BEFORE_NUMBERING for child in section), numbering)
    return section


def _end_section(mark: Any, section: Any) -> None:
    """Ends the section at the paragraph before ``mark``, or at an unseen one where a table is before it."""
    before = mark.getprevious()
    if before is not None and before.tag == qn("w:p") and before.find(f".//{qn('w:sectPr')}") is None:
        before.get_or_add_pPr().append(section)
        mark.getparent().remove(mark)
        return
    for child in list(mark):
        mark.remove(child)
    hide(mark)
    mark.pPr.append(section)


def hide(paragraph: Any) -> None:
    """A paragraph that takes no room: Word wants one after a table."""
    properties = paragraph.get_or_add_pPr()
    spacing = OxmlElement("w:spacing")
    for name, value in (("before", "0"), ("after", "0"), ("line", "20"), ("lineRule", "exact")):
        spacing.set(qn(f"w:{name}"), value)
    properties.append(spacing)
    run = OxmlElement("w:rPr")
    size = OxmlElement("w:sz")
    size.set(qn("w:val"), "2")
    run.append(size)
    properties.append(run)


def part_tables(document: Document) -> None:
    """Two tables one after the other would be taken for one; a table at the very end would be repaired by Word."""
    for table in list(document.element.body.iter(qn("w:tbl"))):
        following = table.getnext()
        if following is None or following.tag in (qn("w:tbl"), qn("w:sectPr")):
            paragraph = OxmlElement("w:p")
            hide(paragraph)
            table.addnext(paragraph)
