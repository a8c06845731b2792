"""What a Word file would fetch, start or change by itself once it is opened: an issued report must stand as it is.

Everything is read as XML and never by its bytes, since one thing can be spelt in many ways. What is not known to be
harmless is refused.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from docx.oxml.ns import qn
from lxml import etree

XML = (".xml", ".rels")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf")
FONTS = (".odttf",)
# Ends of the types of relationships to something that is run, or read as a document of its own.
RUNNING = (
    "/oleObject",
    "/package",
    "/aFChunk",
    "/control",
    "/vbaProject",
    "/subDocument",
    "/frame",
    "/mailMergeSource",
)
# Fields that tell of the file itself and stay the same; others read files and addresses, or the day's date.
FIELDS = {
    "PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "REF", "PAGEREF", "NOTEREF", "STYLEREF", "SEQ", "TOC", "HYPERLINK",
    "TITLE", "SUBJECT", "AUTHOR", "KEYWORDS",
}  # fmt: skip


def strange_parts(names: set[str]) -> str:
    """A kind of file that no form needs; the pictures of a template are pictures by their names."""
    if any(not name.lower().endswith((*XML, *PICTURES, *FONTS, "/")) for name in names):
        return _("Tệp có macro hoặc đối tượng nhúng. Hãy bỏ đi và lưu lại thành .docx (không phải .docm).")
    return ""


def reach_problem(parts: dict[str, bytes]) -> str:
    """``parts``: name -> content of all that is XML."""
    try:
        trees = {name: _read(part) for name, part in parts.items()}
    except etree.XMLSyntaxError:
        return _("Word không mở được tệp này. Hãy mở bằng Word, sửa lỗi và lưu lại thành .docx.")
    if any(tree.docinfo.doctype or tree.docinfo.internalDTD is not None for tree in trees.values()):
        return _("Tệp có khai báo lạ bên trong nên không được mở. Hãy bắt đầu lại từ mẫu của Cổng.")
    if _hides_xml(trees["[Content_Types].xml"]) or any(_runs(tree) for tree in trees.values()):
        return _("Tệp có macro hoặc đối tượng nhúng. Hãy bỏ đi và lưu lại thành .docx (không phải .docm).")
    if any(_reaches_out(tree) for tree in trees.values()):
        return _("Tệp lấy ảnh hoặc mẫu từ nơi khác trên mạng. Hãy chèn ảnh thẳng vào tệp, bỏ liên kết ra ngoài.")
    for tree in trees.values():
        if odd := next((field for field in _fields(tree) if field not in FIELDS), None):
            told = _("Tệp có trường “%(field)s”, lấy nội dung từ nơi khác hoặc tự đổi khi mở. Hãy bỏ trường đó đi.")
            return told % {"field": odd[:30]}
    return ""


def _read(part: bytes) -> etree._ElementTree:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.ElementTree(etree.fromstring(part, parser))


def _hides_xml(types: etree._ElementTree) -> bool:
    """XML under a name that is not looked into, or a part that is a program."""
    for each in types.iter("{*}Default", "{*}Override"):
        name = each.get("PartName") or f".{each.get('Extension', '')}"
        kind = each.get("ContentType", "").lower()
        if "macroenabled" in kind or (kind.endswith("xml") and not name.lower().endswith(XML)):
            return True
    return False


def _runs(tree: etree._ElementTree) -> bool:
    return any(each.get("Type", "").endswith(RUNNING) for each in tree.iter("{*}Relationship")) or any(
        True for _each in tree.iter(qn("w:mailMerge"), qn("w:altChunk"), qn("w:subDoc"))
    )


def _reaches_out(tree: etree._ElementTree) -> bool:
    """A hyperlink waits until somebody follows it."""
    return any(
        each.get("TargetMode", "Internal") != "Internal" and not each.get("Type", "").endswith("/hyperlink")
        for each in tree.iter("{*}Relationship")
    )


def _fields(tree: etree._ElementTree) -> Iterator[str]:
    """The names of the fields, in capitals; empty where a field's name is itself put together by fields."""
    for simple in tree.iter(qn("w:fldSimple")):
        yield _name_of(simple.get(qn("w:instr"), ""))
    open_fields: list[str] = []
    loose = ""  # instructions that no field holds: Word mends such files in its own way
    for each in tree.iter(qn("w:fldChar"), qn("w:instrText"), qn("w:delInstrText")):
        if each.tag != qn("w:fldChar"):
            if open_fields:
                open_fields[-1] += each.text or ""
            else:
                loose += each.text or ""
        elif each.get(qn("w:fldCharType")) == "begin":
            open_fields.append("")
        elif each.get(qn("w:fldCharType")) == "end" and open_fields:
            yield _name_of(open_fields.pop())
    yield from map(_name_of, [*open_fields, *([loose] if loose.strip() else [])])


def _name_of(instruction: str) -> str:
    words = instruction.split()
    return words[0].upper() if words else "?"
