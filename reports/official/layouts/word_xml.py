"""Pieces of WordprocessingML as text: what the Word template puts in place of a table or a picture."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from markupsafe import Markup

from reports.official.layouts.view import SHORT

TWIPS_PER_MM = 1440 / 25.4
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# In figures, so that the template engine sees no brackets of its own in them: it has marks for those, and undoes them.
_ENTITIES = {"{": "&#123;", "}": "&#125;", '"': "&quot;", "\r": ""}
HEADER_FILL = "E7E6E6"


def xml_text(text: str) -> Markup:
    """``text`` as it is, in XML: without the signs that XML cannot hold."""
    return Markup(escape(_UNPRINTABLE.sub("", text), _ENTITIES))  # noqa: S704 - escaped in this line


def twips(millimetres: float) -> int:
    return round(millimetres * TWIPS_PER_MM)


def paragraph_xml(text: str, *, before: str = "", run: str = "") -> str:
    """``before`` and ``run``: properties of the paragraph and of its letters."""
    return (
        f"<w:p><w:pPr>{before}</w:pPr><w:r><w:rPr>{run}</w:rPr>"
        f'<w:t xml:space="preserve">{xml_text(text)}</w:t></w:r></w:p>'
    )


def table_xml(table: dict, cell_style: str = "") -> str:
    """A table of the view: lines around each cell, its first row repeated on every page, no row torn in two."""
    widths = [twips(column["rong"]) for column in table["cot"]]
    aligns = [column["canh"] for column in table["cot"]]
    look = _Look(table["co_chu"], cell_style)
    last = len(table["dong"]) - 1
    rows = [
        # The last row stays with the total, a short table whole.
        look.row(row, widths, aligns, keep=bool(table["cong"]) if number == last else last < SHORT)
        for number, row in enumerate(table["dong"])
    ]
    if table["cong"]:
        rows.append(look.row(table["cong"], widths, aligns, is_bold=True))
    head = look.row([column["ten"] for column in table["cot"]], widths, ["center"] * len(widths), is_header=True)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return f"<w:tbl>{_properties(table['ten'])}<w:tblGrid>{grid}</w:tblGrid>{head}{''.join(rows)}</w:tbl>"


def _properties(title: str) -> str:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    lines = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in sides)
    return (
        '<w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{lines}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar>'
        '<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="0"'
        f' w:noVBand="1"/><w:tblCaption w:val="{xml_text(title)}"/></w:tblPr>'
    )


class _Look:
    """How the cells of one table look: by the template's style where it has one, else said in each cell."""

    def __init__(self, size: float, cell_style: str):
        half_points = round(size * 2)
        self.style = f'<w:pStyle w:val="{cell_style}"/>' if cell_style else ""
        # The style says twelve points; smaller letters are for tables that would not fit otherwise.
        own_size = not cell_style or size < 12
        self.size = f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>' if own_size else ""

    def row(
        self,
        cells: Iterable[str],
        widths: list[int],
        aligns: list[str],
        *,
        is_header: bool = False,
        is_bold: bool = False,
        keep: bool = False,
    ) -> str:
        shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{HEADER_FILL}"/>' if is_header else ""
        bold = "<w:b/><w:bCs/>" if is_header or is_bold else ""
        keeping = "<w:keepNext/>" if is_header or keep else ""
        made = []
        for text, width, align in zip(cells, widths, aligns, strict=True):
            before = f'{self.style}{keeping}<w:spacing w:before="30" w:after="30"/><w:ind w:firstLine="0"/>'
            inside = paragraph_xml(text, before=f'{before}<w:jc w:val="{align}"/>', run=f"{bold}{self.size}")
            made.append(
                f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/></w:tcPr>'
                f"{inside}</w:tc>"
            )
        header = "<w:tblHeader/>" if is_header else ""
        return f"<w:tr><w:trPr><w:cantSplit/>{header}</w:trPr>{''.join(made)}</w:tr>"
