"""The system query options of a request, read strictly: what is not understood is refused by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from reports.odata.errors import BadOption, NotSupported
from reports.odata.expressions import Node, fields_of, parse_filter
from reports.odata.model import EntitySet

SYSTEM = ("$select", "$filter", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$format")
# Of the protocol, but not of this feed.
BEYOND = ("$apply", "$expand", "$search", "$compute", "$levels", "$deltatoken", "$schemaversion", "$id", "$index")
COUNTING = ("$filter",)
MOST = 1_000_000_000


@dataclass(frozen=True)
class Options:
    # None: every column.
    select: tuple[str, ...] | None = None
    filter: Node | None = None
    # (column, is descending)
    orderby: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    skiptoken: str | None = None

    @property
    def named(self) -> set[str] | None:
        """The columns that the answer needs; None: all."""
        if self.select is None:
            return None
        in_filter = fields_of(self.filter) if self.filter else set()
        return {*self.select, *in_filter, *(name for name, _descending in self.orderby)}


def refuse_beyond(params: Mapping[str, str]) -> None:
    for name in BEYOND:
        if name in params:
            raise NotSupported(name)


def parse_options(params: Mapping[str, str], found: EntitySet) -> Options:
    top = params.get("$top")
    filter_text = params.get("$filter")
    return Options(
        select=_select(params.get("$select"), found),
        filter=None if filter_text is None else parse_filter(filter_text, found.types),
        orderby=_orderby(params.get("$orderby"), found),
        top=None if top is None else _number("$top", top),
        skip=_number("$skip", params.get("$skip", "0")),
        count=_flag("$count", params.get("$count", "false")),
        skiptoken=params.get("$skiptoken"),
    )


def _select(text: str | None, found: EntitySet) -> tuple[str, ...] | None:
    if text is None:
        return None
    asked = [word.strip() for word in text.split(",")]
    if "*" in asked:
        return None
    for word in asked:
        _known("$select", word, found)
    # In the order of the table, once each, whatever the order of the question.
    return tuple(name for name in found.types if name in asked)


def _orderby(text: str | None, found: EntitySet) -> tuple[tuple[str, bool], ...]:
    if text is None:
        return ()
    keys = []
    for item in text.split(","):
        name, *direction = item.split() or [""]
        _known("$orderby", name, found)
        if direction not in ([], ["asc"], ["desc"]):
            raise BadOption("$orderby", _("Sau tên cột chỉ dùng asc hoặc desc."))
        keys.append((name, direction == ["desc"]))
    return tuple(keys)


def _known(option: str, name: str, found: EntitySet) -> None:
    if name not in found.types:
        message = _("Bảng này không có cột “%(name)s”.") % {"name": name}
        raise BadOption(option, message, "unknown_property")


def _number(option: str, text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else MOST + 1
    if number > MOST:
        raise BadOption(option, _("Là một số nguyên từ 0 đến %(most)s.") % {"most": MOST})
    return number


def _flag(option: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise BadOption(option, _("Là true hoặc false."))
    return text == "true"
