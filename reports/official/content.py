"""What an official report says, apart from how it is laid out; frozen as JSON when it is issued.

The layouts (Word, PDF, Excel) draw nothing but this: a figure that stands here is the figure, none is worked out again.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

# What stands in a cell: words, a count or an amount (int), a share in per cent (37.5); None where there is no figure.
Cell = str | int | float | None
CellKind = Literal["text", "count", "percent"]


@dataclass(frozen=True)
class Column:
    title: str
    kind: CellKind = "text"


@dataclass(frozen=True)
class Table:
    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    note: str = ""
    # Of each row, by which it is found again in another version; a name may be given twice, a code is not.
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chart:
    """Bars, one a label; drawn by each layout in its own way, always with the numbers beside them."""

    key: str
    title: str
    unit: str
    labels: tuple[str, ...]
    values: tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """A piece of a section: one of ``heading``, ``text``, ``items``, ``table``, ``chart`` is given."""

    heading: str = ""
    text: str = ""
    items: tuple[str, ...] = ()
    table: Table | None = None
    chart: Chart | None = None


@dataclass(frozen=True)
class Section:
    """``number`` is Roman (I to IV)."""

    number: str
    title: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Appendix:
    """``number`` is Roman; numbered by the order in which they are chosen."""

    number: str
    title: str
    table: Table
    is_wide: bool = False


@dataclass(frozen=True)
class Letterhead:
    """The head of a document of the Union: no national motto (HD 29-HD/TWĐTN-VP of 29/10/2013, domain research 5)."""

    issuer: tuple[str, ...]  # lines at the left, above ***
    symbol: str  # "BC/TĐTN-VP"
    place: str  # "TP. Hồ Chí Minh"
    number: str = ""  # given by the office; printed as a gap until then
    date: str = ""  # ISO day; printed as a gap until then


@dataclass(frozen=True)
class Signature:
    authority: str  # "TM. BAN THƯỜNG VỤ THÀNH ĐOÀN"
    post: str  # "PHÓ BÍ THƯ"
    name: str = ""


@dataclass(frozen=True)
class Change:
    """What a later version tells differently from the one before."""

    what: str
    before: Cell
    after: Cell
    kind: CellKind = "count"
    why: str = ""


@dataclass(frozen=True)
class Definition:
    label: str
    text: str


@dataclass(frozen=True)
class Headline:
    """One of the figures that a report is known by; ``code`` is the measure's."""

    code: str
    label: str
    value: int
    is_of_citizens: bool = False


@dataclass(frozen=True)
class Verification:
    """How a reader of the paper finds out that it is genuine. Empty in a draft."""

    url: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Report:
    letterhead: Letterhead
    subject: str  # trích yếu, below BÁO CÁO
    sections: tuple[Section, ...]
    signature: Signature
    as_of: str  # ISO time of the figures
    state: str  # in words: tạm tính, đã duyệt, đã khóa
    addressee: str = ""  # Kính gửi
    opening: str = ""  # căn cứ
    recipients: tuple[str, ...] = ()  # nơi nhận, without dash and full stop
    appendices: tuple[Appendix, ...] = ()
    definitions: tuple[Definition, ...] = ()
    version: int = 1
    is_draft: bool = True
    changes: tuple[Change, ...] = ()
    changes_reason: str = ""
    verification: Verification = field(default_factory=Verification)
    headlines: tuple[Headline, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
