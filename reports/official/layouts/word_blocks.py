"""What a Word template places whole: ``{{p phan.bang }}`` is a table, ``{{p phan.bieu_do }}`` a picture.

Each is made for the template it stands in (its width, its styles): one that staff have edited keeps working.
"""

from io import BytesIO
from typing import Any

import segno
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm
from docxtpl import DocxTemplate
from lxml import etree

from reports.official.layouts import charts
from reports.official.layouts.view import View
from reports.official.layouts.word_xml import table_xml

CELL_STYLE = "Ô bảng"
QR_MM = 24
# The paragraph that begins a leaf is known by its bookmark until `word_leaves.lay_leaves` has made a section of it.
LEAF_UPRIGHT, LEAF_WIDE = "sang_trang_doc", "sang_trang_ngang"


class TableBlock:
    __slots__ = ("_xml", "ghi_chu", "so", "ten")

    def __init__(self, table: View, cell_style: str):
        self.so, self.ten, self.ghi_chu = table["so"], table["ten"], table["ghi_chu"]
        self._xml = table_xml(table, cell_style)

    def __html__(self) -> str:
        return self._xml


class PictureBlock:
    """A paragraph with a picture in the middle, and what a screen reader says of it."""

    __slots__ = ("_data", "_file", "_width", "don_vi", "mo_ta", "so", "ten")

    def __init__(self, file: DocxTemplate, data: bytes, width: float, told: str, chart: View | None = None):
        self._file, self._data, self._width, self.mo_ta = file, data, width, told
        shown = chart or {"so": "", "ten": "", "don_vi": ""}
        self.so, self.ten, self.don_vi = shown["so"], shown["ten"], shown["don_vi"]

    def __html__(self) -> str:
        part = self._file.current_rendering_part
        inline = part.new_pic_inline(BytesIO(self._data), width=Mm(self._width))
        for place in (qn("wp:docPr"), qn("pic:cNvPr")):
            properties = next(inline.iter(place))
            properties.set("descr", self.mo_ta)
            properties.set("name", self.ten or "QR")
        paragraph = parse_xml(
            f'<w:p {nsdecls("w")}><w:pPr><w:keepNext/><w:spacing w:before="60" w:after="0"/><w:ind w:firstLine="0"/>'
            '<w:jc w:val="center"/></w:pPr><w:r><w:drawing/></w:r></w:p>'
        )
        next(paragraph.iter(qn("w:drawing"))).append(inline)
        text = etree.tostring(paragraph, encoding="unicode")
        # Brackets in a title are no language of the template.
        return text.replace("{", "&#123;").replace("}", "&#125;")


class LeafBlock:
    """Here a new leaf begins, upright or wide."""

    __slots__ = ("_name",)

    def __init__(self, *, is_wide: bool):
        self._name = LEAF_WIDE if is_wide else LEAF_UPRIGHT

    def __html__(self) -> str:
        return f'<w:p><w:bookmarkStart w:id="0" w:name="{self._name}"/><w:bookmarkEnd w:id="0"/></w:p>'


def with_blocks(view: View, file: DocxTemplate, width: float) -> dict[str, Any]:
    """The view with its tables, charts and leaves as blocks of ``file``, ``width`` mm between its margins."""
    style = _style_id(file, CELL_STYLE)
    address = view["dia_chi_kiem"]
    return {
        **view,
        "cac_muc": [
            {**section, "cac_phan": [_part(part, file, style, width) for part in section["cac_phan"]]}
            for section in view["cac_muc"]
        ],
        "cac_phu_luc": [
            {**each, "bang": TableBlock(each["bang"], style), "sang_trang": LeafBlock(is_wide=each["ngang"])}
            for each in view["cac_phu_luc"]
        ],
        "thay_doi": view["thay_doi"] and TableBlock(view["thay_doi"], style),
        "sang_trang": LeafBlock(is_wide=False),
        "ma_qr": qr_block(file, address) if address else None,
    }


def qr_block(file: DocxTemplate, address: str) -> PictureBlock:
    stream = BytesIO()
    segno.make(address, error="m", micro=False).save(stream, kind="png", scale=8, border=2)
    return PictureBlock(file, stream.getvalue(), QR_MM, f"Mã QR dẫn tới trang kiểm tra báo cáo: {address}")


def _part(part: View, file: DocxTemplate, style: str, width: float) -> View:
    chart = part["bieu_do"]
    return {
        **part,
        "bang": part["bang"] and TableBlock(part["bang"], style),
        "bieu_do": chart and PictureBlock(file, charts.png(chart, width), width, chart["mo_ta"], chart),
    }


def _style_id(file: DocxTemplate, name: str) -> str:
    """Empty when the template has no style of that name."""
    return next((style.style_id for style in file.get_docx().styles if style.name == name), "")
