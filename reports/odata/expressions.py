"""``$filter``: tokens, a recursive-descent parser that checks types as it goes, and nodes that evaluate themselves.

Of the libraries, ``odata-query`` (0.10.0) refuses ``in`` with one value and ``not(…)`` without a space, and reads
``not a eq b`` wrongly; Excel writes such things. The grammar needed here is small.

Logic has three values as OData wants it: a comparison with an absent value is true or false, a function of an absent
value is absent (None), and what is not true keeps no row.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from reports.odata.edm import BOOLEAN, DATE, MOMENT, NULL, NUMBER, STRING
from reports.odata.errors import BadOption, NotSupported
from reports.odata.functions import FUNCTIONS

LONGEST, DEEPEST = 8_000, 40
TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>'(?:[^']|'')*')
    |(?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))
    |(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9T]))
    |(?P<number>-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?![\w.]))
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>[(),])""",
    re.VERBOSE,
)
COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
ARITHMETIC = ("add", "sub", "mul", "div", "divby", "mod", "has")
CONSTANTS = {"null": (None, NULL), "true": (True, BOOLEAN), "false": (False, BOOLEAN)}


# --- nodes ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Literal:
    value: Any
    type: str

    def of(self, _row: Mapping) -> Any:
        return self.value


@dataclass(frozen=True)
class Field:
    name: str
    type: str

    def of(self, row: Mapping) -> Any:
        return row[self.name]


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple["Node", ...]
    type: str

    def of(self, row: Mapping) -> Any:
        values = [argument.of(row) for argument in self.arguments]
        return None if None in values else FUNCTIONS[self.name].run(*values)


@dataclass(frozen=True)
class Compare:
    sign: str
    left: "Node"
    right: "Node"
    type: str = BOOLEAN

    def of(self, row: Mapping) -> bool:
        left, right = self.left.of(row), self.right.of(row)
        if self.sign in ("eq", "ne"):
            return (left == right) is (self.sign == "eq")
        return left is not None and right is not None and _ORDER[self.sign](left, right)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}


@dataclass(frozen=True)
class In:
    left: "Node"
    values: tuple["Node", ...]
    type: str = BOOLEAN

    def of(self, row: Mapping) -> bool:
        left = self.left.of(row)
        return any(left == value.of(row) for value in self.values)


@dataclass(frozen=True)
class Not:
    inner: "Node"
    type: str = BOOLEAN

    def of(self, row: Mapping) -> bool | None:
        value = self.inner.of(row)
        return None if value is None else not value


@dataclass(frozen=True)
class Every:
    """``and``: false if any part is false, else absent if any part is absent."""

    parts: tuple["Node", ...]
    type: str = BOOLEAN

    def of(self, row: Mapping) -> bool | None:
        found = {part.of(row) for part in self.parts}
        return False if False in found else None if None in found else True


@dataclass(frozen=True)
class Some:
    """``or``: true if any part is true, else absent if any part is absent."""

    parts: tuple["Node", ...]
    type: str = BOOLEAN

    def of(self, row: Mapping) -> bool | None:
        found = {part.of(row) for part in self.parts}
        return True if True in found else None if None in found else False


Node = Literal | Field | Call | Compare | In | Not | Every | Some


def fields_of(node: Node) -> set[str]:
    if isinstance(node, Field):
        return {node.name}
    inner: tuple[Node, ...] = ()
    if isinstance(node, Call):
        inner = node.arguments
    elif isinstance(node, Compare):
        inner = (node.left, node.right)
    elif isinstance(node, In):
        inner = (node.left, *node.values)
    elif isinstance(node, Not):
        inner = (node.inner,)
    elif isinstance(node, Every | Some):
        inner = node.parts
    return set().union(*(fields_of(part) for part in inner))


# --- parsing ----------------------------------------------------------------------------------------------------------
def parse_filter(text: str, types: Mapping[str, str]) -> Node:
    """``types``: the properties that may be named, with the type of each."""
    parser = Parser(text, types)
    node = parser.logic()
    if parser.token is not None:
        raise parser.fault(_("thừa “%(text)s”") % {"text": parser.token[1]})
    return parser.truth(node)


class Parser:
    def __init__(self, text: str, types: Mapping[str, str]):
        self.types, self.depth = types, 0
        if len(text) > LONGEST:
            raise self.fault(_("dài quá %(most)s ký tự") % {"most": LONGEST})
        self.tokens = self._tokens(text)
        self.at = 0

    def fault(self, message) -> BadOption:
        return BadOption("$filter", _("Không hiểu $filter: %(message)s.") % {"message": message})

    def _tokens(self, text: str) -> list[tuple[str, str]]:
        found, at = [], 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if match is None:
                raise self.fault(_("không đọc được từ “%(text)s”") % {"text": text[at : at + 20]})
            if match.lastgroup != "space":
                found.append((str(match.lastgroup), match.group()))
            at = match.end()
        return found

    @property
    def token(self) -> tuple[str, str] | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def next_is(self, text: str) -> bool:
        return self.token is not None and self.token[0] in ("word", "sign") and self.token[1] == text

    def take(self, text: str) -> bool:
        if self.next_is(text):
            self.at += 1
            return True
        return False

    def want(self, text: str) -> None:
        if not self.take(text):
            raise self.fault(_("thiếu “%(text)s”") % {"text": text})

    def truth(self, node: Node) -> Node:
        if node.type not in (BOOLEAN, NULL):
            raise self.fault(_("chỗ cần điều kiện đúng hoặc sai lại là một giá trị"))
        return node

    # --- from the loosest to the tightest -----------------------------------------------------------------------------
    def logic(self) -> Node:
        return self._chain("or", Some, lambda: self._chain("and", Every, self.comparison))

    def _chain(self, word: str, kind: type[Every | Some], inner: Callable[[], Node]) -> Node:
        parts = [inner()]
        while self.take(word):
            parts.append(inner())
        return parts[0] if len(parts) == 1 else kind(tuple(self.truth(part) for part in parts))

    def comparison(self) -> Node:
        left = self.unary()
        word = self.token[1] if self.token and self.token[0] == "word" else ""
        if word in ARITHMETIC:
            raise NotSupported(word)
        if word == "in":
            self.at += 1
            return In(left, tuple(self.same_type(left, value) for value in self.arguments()))
        if word in COMPARISONS:
            self.at += 1
            return Compare(word, left, self.same_type(left, self.unary()))
        return left

    def same_type(self, left: Node, right: Node) -> Node:
        if left.type != right.type and NULL not in (left.type, right.type):
            words = {"left": left.type, "right": right.type}
            raise self.fault(_("không so sánh %(left)s với %(right)s được") % words)
        return right

    def unary(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fault(_("lồng quá %(most)s lớp") % {"most": DEEPEST})
        node = Not(self.truth(self.unary())) if self.take("not") else self.primary()
        self.depth -= 1
        return node

    def primary(self) -> Node:
        if self.token is None:
            raise self.fault(_("chưa hết câu"))
        if self.take("("):
            node = self.logic()
            self.want(")")
            return node
        kind, text = self.token
        self.at += 1
        if kind == "word":
            return self.call(text) if self.next_is("(") else self.name(text)
        if kind == "sign":
            raise self.fault(_("thừa “%(text)s”") % {"text": text})
        try:
            return _LITERALS[kind](text)
        except ValueError:
            raise self.fault(_("“%(text)s” không phải một ngày có thật") % {"text": text}) from None

    def name(self, word: str) -> Node:
        if word in CONSTANTS:
            return Literal(*CONSTANTS[word])
        if word not in self.types:
            message = _("Bảng này không có cột “%(name)s”.") % {"name": word}
            raise BadOption("$filter", message, "unknown_property")
        return Field(word, self.types[word])

    def arguments(self) -> list[Node]:
        self.want("(")
        found = [self.logic()]
        while self.take(","):
            found.append(self.logic())
        self.want(")")
        return found

    def call(self, name: str) -> Node:
        function = FUNCTIONS.get(name)
        if function is None:
            raise NotSupported(name)
        given = self.arguments()
        fits = len(given) in range(function.least, len(function.takes) + 1) and all(
            argument.type in (wanted, NULL) for argument, wanted in zip(given, function.takes, strict=False)
        )
        if not fits:
            raise self.fault(_("hàm %(name)s nhận (%(takes)s)") % {"name": name, "takes": ", ".join(function.takes)})
        return Call(name, tuple(given), function.gives)


def _text(token: str) -> Literal:
    # What is stored is NFC; a Mac may send the same word decomposed.
    return Literal(unicodedata.normalize("NFC", token[1:-1].replace("''", "'")), STRING)


_LITERALS: dict[str, Callable[[str], Literal]] = {
    "string": _text,
    "date": lambda token: Literal(dt.date.fromisoformat(token), DATE),
    "moment": lambda token: Literal(dt.datetime.fromisoformat(token), MOMENT),
    "number": lambda token: Literal(Decimal(token) if "." in token else int(token), NUMBER),
}
