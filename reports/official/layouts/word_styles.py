"""The styles of the default Word template: those of an official document, and no others."""

import unicodedata

from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from reports.official.layouts.word_xml import twips

FONT = "Times New Roman"
FIRST_LINE = twips(10)
# Twentieths of a point between paragraphs: before each, so that the first after a table stands off as well.
GAP = 120
BULLETS = 1

_CENTRE = '<w:jc w:val="center"/>'
_BOLD = "<w:b/><w:bCs/>"
_ITALIC = "<w:i/><w:iCs/>"


def _spacing(before: int, after: int = 0, line: int = 240) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="auto"/>'


def _indent(first_line: int) -> str:
    return f'<w:ind w:firstLine="{first_line}"/>'


def _size(points: float) -> str:
    return f'<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>'


_BODY = _spacing(GAP, line=264)
_KEEP = "<w:keepNext/><w:keepLines/>"
# name, based on, properties of the paragraph, properties of its letters; the order of each is the schema's.
STYLES = (
    ("Body Text", "Normal", _BODY + _indent(FIRST_LINE) + '<w:jc w:val="both"/>', ""),
    ("Trước bảng", "Body Text", _spacing(GAP, GAP, 264), ""),
    ("List Bullet", "Normal", f'<w:numPr><w:numId w:val="{BULLETS}"/></w:numPr>{_BODY}<w:jc w:val="both"/>', ""),
    ("Title", "Normal", _KEEP + _spacing(240) + _CENTRE, _BOLD),
    ("Subtitle", "Normal", _KEEP + _CENTRE, _BOLD),
    (
        "Gạch dưới trích yếu",
        "Normal",
        '<w:keepNext/><w:pBdr><w:top w:val="single" w:sz="6" w:space="1" w:color="000000"/></w:pBdr>'
        f'{_spacing(110, 120)}<w:ind w:left="{twips(52)}" w:right="{twips(52)}"/>{_CENTRE}',
        _size(4),
    ),
    ("heading 1", "Normal", _KEEP + _spacing(GAP * 2) + _indent(FIRST_LINE) + '<w:outlineLvl w:val="0"/>',
     _BOLD + "<w:caps/>"),
    ("heading 2", "Normal", _KEEP + _spacing(GAP) + _indent(FIRST_LINE) + '<w:outlineLvl w:val="1"/>', _BOLD),
    ("Phụ lục", "heading 1", _KEEP + _spacing(0) + _indent(0) + _CENTRE, ""),
    ("Kèm theo", "Normal", _KEEP + _spacing(40, 120) + _CENTRE, _ITALIC),
    ("caption", "Normal", _KEEP + _spacing(GAP, 60) + _CENTRE, _BOLD + _size(13)),
    ("Tên biểu đồ", "Normal", _spacing(40, 60) + _CENTRE, _ITALIC + _size(13)),
    ("Ghi chú bảng", "Normal", _spacing(40) + '<w:jc w:val="both"/>', _ITALIC + _size(12)),
    ("Ô bảng", "Normal", _spacing(30, 30), _size(12)),
    ("Tiêu đề đầu", "Normal", _CENTRE, _BOLD + _size(13)),
    ("Địa danh", "Normal", _CENTRE, _ITALIC + _size(13)),
    ("Số ký hiệu", "Normal", _CENTRE, _size(13)),
    ("Kính gửi", "Normal", _spacing(GAP, GAP) + _CENTRE, ""),
    ("Nơi nhận", "Normal", "<w:keepNext/>" + _spacing(0), _size(11)),
    ("Chữ ký", "Normal", "<w:keepNext/>" + _CENTRE, _BOLD + _size(13)),
    ("Số liệu", "Normal", "<w:keepLines/>" + _spacing(30), _size(10)),
    ("header", "Normal", _CENTRE, ""),
    ("footer", "Normal", _CENTRE, _size(9)),
    ("Bản nháp", "Normal", '<w:jc w:val="right"/>', _BOLD + "<w:spacing w:val=\"20\"/>" + _size(12)),
)  # fmt: skip


def style_id(name: str) -> str:
    """As Word makes it of a name: the words run together, without accents."""
    plain = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d")).encode("ascii", "ignore").decode()
    return "".join(word.capitalize() for word in plain.split())


def set_styles(document: Document) -> None:
    """In place of all that the library brings along."""
    fonts = f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}" w:cs="{FONT}"/>'
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{fonts}{_size(14)}"
        '<w:lang w:val="vi-VN" w:eastAsia="vi-VN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
    )
    normal = (
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>'
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:semiHidden/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:semiHidden/>'
        '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
        '<w:left w:w="85" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="85" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr></w:style>"
        '<w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/><w:semiHidden/>'
        "</w:style>"
    )
    own = "".join(
        f'<w:style w:type="paragraph"{_own(name)} w:styleId="{style_id(name)}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="{style_id(base)}"/><w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>'
        for name, base, paragraph, run in STYLES
    )
    _replace(document.styles.element, f"<w:styles {nsdecls('w')}>{defaults}{normal}{own}</w:styles>")
    _replace(document.part.numbering_part.element, _numbering())
    _replace(document.settings.element, _settings())


def _own(name: str) -> str:
    """Names with accents are ours, the others Word's."""
    return "" if name.isascii() else ' w:customStyle="1"'


def _numbering() -> str:
    """Lists with a dash, as offices write them."""
    return (
        f'<w:numbering {nsdecls("w")}><w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="singleLevel"/>'
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:suff w:val="space"/>'
        f'<w:lvlText w:val="-"/><w:lvlJc w:val="left"/><w:pPr>{_indent(FIRST_LINE)}</w:pPr>'
        f'<w:rPr><w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:cs="{FONT}"/></w:rPr></w:lvl></w:abstractNum>'
        f'<w:num w:numId="{BULLETS}"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )


def _settings() -> str:
    """Mode 15 is today's Word; without it the file opens in "compatibility mode"."""
    word = "http://schemas.microsoft.com/office/word"
    return (
        f'<w:settings {nsdecls("w")}><w:zoom w:percent="100"/><w:defaultTabStop w:val="{FIRST_LINE}"/>'
        '<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode"'
        f' w:uri="{word}" w:val="15"/></w:compat><w:themeFontLang w:val="vi-VN"/>'
        '<w:decimalSymbol w:val=","/><w:listSeparator w:val=";"/></w:settings>'
    )


def _replace(element, source: str) -> None:
    for child in list(element):
        element.remove(child)
    for child in list(parse_xml(source)):
        element.append(child)
