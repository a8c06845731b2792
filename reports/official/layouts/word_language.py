"""What a Word template may say: show a value, choose, go through one of the report's lists. Nothing can be called.

Templates come from staff, not from programmers. The engine's sandbox keeps the program safe; the narrower rules here
also keep a template from going on for ever, and make mistakes ones that can be explained.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from reports.official.layouts.word_xml import xml_text

# Of the lists below, what stands in them; of a block, what may be said of it.
PART = {"so", "tieu_de", "doan_van", "cac_y", "bang", "bieu_do"}
LISTS: dict[str, set[str]] = {
    "co_quan": set(),
    "mo_dau": set(),
    "noi_nhan": set(),
    "doan_van": set(),
    "cac_y": set(),
    "cac_muc": {"so", "ten", "cac_phan"},
    "cac_phan": PART,
    "dinh_nghia": {"ten", "noi_dung"},
    "cac_phu_luc": {"so", "ten", "ngang", "kem_theo", "bang", "sang_trang"},
}
BLOCK = {"so", "ten", "ghi_chu", "don_vi", "mo_ta"}
FIELDS = set().union(BLOCK, *LISTS.values())
VALUES = {
    "so", "ky_hieu", "so_ky_hieu", "dia_danh", "ngay", "thang", "nam", "dia_danh_ngay", "trich_yeu", "kinh_gui",
    "tham_quyen", "chuc_vu", "nguoi_ky", "ban_nhap", "tinh_den", "tinh_trang", "lan_phat_hanh", "ma_kiem",
    "dia_chi_kiem", "ma_qr", "thay_doi", "ly_do_thay_doi", "kem_theo", "sang_trang",
}  # fmt: skip
NAMES = VALUES | {"co_quan", "mo_dau", "cac_muc", "noi_nhan", "dinh_nghia", "cac_phu_luc"}
LOOP = {"index", "first", "last", "length"}
FILTERS = {"upper", "lower", "capitalize", "trim", "length", "first", "last", "join"}
DEEPEST = 3
# A report's tables are large, and each place would print all of them once more.
MOST_TABLES = 4
ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.For, nodes.If, nodes.Getattr,
    nodes.Filter, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.CondExpr,
)  # fmt: skip


class NotInTemplates(SecurityError):
    """The template says what templates may not; ``lineno`` as of a syntax error."""

    def __init__(self, message: str, lineno: int):
        super().__init__(message)
        self.lineno = lineno


class TemplateEnvironment(SandboxedEnvironment):
    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined, finalize=shown)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(nodes.Node):
            if complaint := _complaint(node):
                raise NotInTemplates(complaint, node.lineno)
        if _deepest(tree) > DEEPEST:
            raise NotInTemplates(_("lặp lồng nhau quá %(most)s tầng") % {"most": DEEPEST}, 1)
        if loop := _repeated(tree, ()):
            raise NotInTemplates(
                _("“%(list)s” được lặp ở trong một vòng lặp khác") % {"list": _list_of(loop)}, loop.lineno
            )
        tables = [node.lineno for output in tree.find_all(nodes.Output) for node in _tables(output)]
        if len(tables) > MOST_TABLES:
            raise NotInTemplates(_("có hơn %(most)s chỗ đặt bảng") % {"most": MOST_TABLES}, tables[MOST_TABLES])
        return tree


def shown(value: Any) -> Any:
    """Whatever stands in a figure or a text comes out as it is, also if it looks like XML or like a template."""
    if hasattr(value, "__html__"):
        return value
    return xml_text("" if value is None else str(value))


def unknown_names(environment: TemplateEnvironment, source: str) -> dict[str, int]:
    """Names that no report has -> the line of their first use."""
    tree = environment.parse(source)
    own = {target.name for loop in tree.find_all(nodes.For) for target in loop.find_all(nodes.Name) if _stores(target)}
    found: dict[str, int] = {}
    for name in tree.find_all(nodes.Name):
        if name.name not in NAMES | own | {"loop"}:
            found.setdefault(name.name, name.lineno)
    for attribute in tree.find_all(nodes.Getattr):
        of_loop = isinstance(attribute.node, nodes.Name) and attribute.node.name == "loop"
        if attribute.attr not in (LOOP if of_loop else FIELDS):
            found.setdefault(attribute.attr, attribute.lineno)
    return found


def used_names(environment: TemplateEnvironment, source: str) -> set[str]:
    tree = environment.parse(source)
    return {name.name for name in tree.find_all(nodes.Name)} | {each.attr for each in tree.find_all(nodes.Getattr)}


def _stores(name: nodes.Name) -> bool:
    return name.ctx == "store"


def _complaint(node: nodes.Node) -> str:
    """Why a template may not say this; empty if it may."""
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        return _("không dùng được “%(name)s”") % {"name": node.attr}
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        return _("không có cách viết “|%(name)s”") % {"name": node.name}
    if isinstance(node, nodes.For):
        return _loop_complaint(node)
    if isinstance(node, nodes.Call):
        return _("không gọi hàm được, hãy bỏ cặp ngoặc ( )")
    if isinstance(node, ALLOWED):
        return ""
    return _("chỉ dùng được {{ … }}, if và for")


def _deepest(node: nodes.Node) -> int:
    """How many loops stand within each other: more than a report has lists in lists would only fill the memory."""
    return isinstance(node, nodes.For) + max((_deepest(child) for child in node.iter_child_nodes()), default=0)


def _list_of(loop: nodes.For) -> str:
    return loop.iter.name if isinstance(loop.iter, nodes.Name) else getattr(loop.iter, "attr", "")


def _repeated(node: nodes.Node, above: tuple[str, ...]) -> nodes.For | None:
    """A loop that would say the same once for each round of another: of the whole report, or of a list in itself."""
    if isinstance(node, nodes.For):
        if above and (isinstance(node.iter, nodes.Name) or _list_of(node) in above):
            return node
        above = (*above, _list_of(node))
    return next((found for child in node.iter_child_nodes() if (found := _repeated(child, above))), None)


def _tables(node: nodes.Node) -> Iterator[nodes.Node]:
    """Where a table itself is printed, and not its number or its name."""
    if isinstance(node, nodes.Getattr):
        if node.attr == "bang":
            yield node
        return
    for child in node.iter_child_nodes():
        yield from _tables(child)


def _loop_complaint(loop: nodes.For) -> str:
    name = _list_of(loop)
    if name not in LISTS or loop.recursive or not isinstance(loop.target, nodes.Name):
        return _("chỉ lặp được qua: %(lists)s") % {"lists": ", ".join(sorted(LISTS))}
    return ""


def in_words(error: TemplateSyntaxError) -> str:
    """The engine's own complaint, which is English, in words for a person."""
    told = error.message or ""
    tag = re.search(r"unknown tag '(\w+)'", told)
    if "end of template" in told or (tag and tag[1] in ("endfor", "endif", "else", "elif")):
        return _("thiếu hoặc thừa for, if, endfor, endif: mỗi for và mỗi if phải được đóng, theo thứ tự")
    if tag:
        return _("không hiểu lệnh này; chỉ có if, elif, else, endif, for, endfor")
    if "No filter named" in told:
        return _("không có cách viết sau dấu |")
    return _("viết chưa đúng, hãy xem lại các dấu {{ }}, {% %} và tên ở trong")
