"""The tables of the feed and their columns. Columns are named as in ``/api/v1/stats/``: one word, one meaning."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from reports.odata.edm import BOOLEAN, DATE, MOMENT, NUMBER, STRING
from reports.stats.describe import combinations
from reports.stats.dimensions import DIMENSIONS
from reports.stats.measures import Measure, all_measures


@dataclass(frozen=True)
class Property:
    name: str
    type: str = STRING
    label: object = ""
    is_nullable: bool = True
    # The order of the Vietnamese alphabet, for names.
    is_name: bool = False


@dataclass(frozen=True)
class Facts:
    """Figures split by ``by``, time first: the feed walks through time."""

    by: tuple[str, ...]
    # Measures that every row has something of; None: any of its measures may be the only one.
    in_every_row: tuple[str, ...] | None = None

    @property
    def time(self) -> str:
        return self.by[0]


@dataclass(frozen=True)
class EntitySet:
    name: str
    type_name: str
    label: object
    properties: tuple[Property, ...]
    facts: Facts | None = None
    # Property name -> code of the measure.
    measures: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Property:
        return self.properties[0]

    @property
    def types(self) -> dict[str, str]:
        return {found.name: found.type for found in self.properties}


# --- figures ----------------------------------------------------------------------------------------------------------
# A session stands behind every line and every attendance, so no row of days can be without one.
DAY_MEASURES = ("people", "service_turns", "sessions", "volunteer_turns", "volunteer_minutes")
FACTS: dict[str, tuple[str, object, Facts]] = {
    "UnitDays": ("UnitDay", _("Số liệu theo đơn vị và ngày"), Facts(("day", "unit"), DAY_MEASURES)),
    "TeamDays": ("TeamDay", _("Số liệu theo đội hình và ngày"), Facts(("day", "team", "unit"), DAY_MEASURES)),
    "UnitCampaignDays": (
        "UnitCampaignDay",
        _("Số liệu theo đơn vị, chiến dịch và ngày"),
        Facts(("day", "unit", "campaign"), DAY_MEASURES),
    ),
    "UnitServiceMonths": (
        "UnitServiceMonth",
        _("Số liệu theo đơn vị, dịch vụ và tháng"),
        Facts(("month", "unit", "service")),
    ),
}
MONTH_NOTE = _("Ngày đầu của tháng.")


def _facts_set(name: str, measures: Iterable[Measure]) -> EntitySet:
    type_name, label, facts = FACTS[name]
    fitting = [measure for measure in measures if any({*facts.by} <= {*group} for group in combinations(measure))]
    named = list(zip(_identifiers(measure.code for measure in fitting), fitting, strict=True))
    columns = [Property("id", label=_("Khóa của dòng, ghép từ các mã."), is_nullable=False)]
    for code in facts.by:
        columns += _dimension_columns(code)
    columns += [
        Property(column, NUMBER, f"{measure.label}. {measure.definition}", is_nullable=False)
        for column, measure in named
    ]
    codes = tuple((column, measure.code) for column, measure in named)
    return EntitySet(name, type_name, label, tuple(columns), facts, codes)


def _dimension_columns(code: str) -> list[Property]:
    label = DIMENSIONS[code].label
    if code in ("day", "month"):
        return [Property(code, DATE, MONTH_NOTE if code == "month" else label, is_nullable=False)]
    names = Property(f"{code}_label", label=_("Tên, theo ngôn ngữ của người đọc."), is_nullable=False, is_name=True)
    return [Property(code, label=label), names]


def _identifiers(codes: Iterable[str]) -> list[str]:
    """Codes of the catalogue as OData may name them; two that would fall together are told apart."""
    found: list[str] = []
    for code in codes:
        name = re.sub(r"\W", "_", code, flags=re.ASCII)
        name = f"_{name}" if name[:1].isdigit() else name
        while name in found:
            name += "_"
        found.append(name)
    return found


# --- what the codes stand for -----------------------------------------------------------------------------------------
CODE = Property("code", label=_("Mã"), is_nullable=False)
LABEL = Property("label", label=_("Tên"), is_nullable=False, is_name=True)
FROM = Property("valid_from", DATE, _("Có hiệu lực từ ngày."), is_nullable=False)
TO = Property("valid_to", DATE, _("Đến hết ngày; trống: vẫn còn."))


def _coded(name: str, label) -> tuple[Property, Property]:
    return (
        Property(name, label=label, is_nullable=False),
        Property(f"{name}_label", label=label, is_nullable=False, is_name=True),
    )


TABLES = {
    "Units": EntitySet(
        "Units",
        "Unit",
        _("Đơn vị Đoàn"),
        (
            CODE,
            LABEL,
            *_coded("kind", _("Loại đơn vị")),
            *_coded("block", _("Khối")),
            Property("parent", label=_("Mã đơn vị cấp trên hôm nay (đơn vị đã đóng: lúc cuối), nếu được xem.")),
            FROM,
            TO,
        ),
    ),
    "Teams": EntitySet(
        "Teams",
        "Team",
        _("Đội hình"),
        (
            CODE,
            LABEL,
            *_coded("kind", _("Loại đội hình")),
            Property("unit", label=_("Mã đơn vị chủ quản hôm nay (đội đã đóng: lúc cuối), nếu được xem.")),
            FROM,
            TO,
        ),
    ),
    "Services": EntitySet(
        "Services",
        "Service",
        _("Danh mục dịch vụ"),
        (
            CODE,
            LABEL,
            Property("group", label=_("Mã nhóm dịch vụ; trống: chính nó là nhóm.")),
            Property("group_label", label=_("Tên nhóm dịch vụ."), is_name=True),
            Property("for_citizens", BOOLEAN, _("Hướng tới người dân."), is_nullable=False),
            FROM,
            TO,
        ),
    ),
    "Campaigns": EntitySet(
        "Campaigns",
        "Campaign",
        _("Chiến dịch, chương trình"),
        (
            CODE,
            LABEL,
            *_coded("kind", _("Loại chiến dịch")),
            Property("parent", label=_("Mã chiến dịch chứa nó, nếu được xem.")),
            *_coded("status", _("Tình trạng")),
            Property("starts_on", DATE, _("Từ ngày."), is_nullable=False),
            Property("ends_on", DATE, _("Đến hết ngày; trống: chưa định.")),
        ),
    ),
    "Freshness": EntitySet(
        "Freshness",
        "FreshnessRow",
        _("Số liệu tính đến lúc nào"),
        (
            Property("id", label=_("Luôn là “now”: bảng này có một dòng."), is_nullable=False),
            Property("as_of", MOMENT, _("Thay đổi gần nhất đã được tính.")),
            Property("pending", NUMBER, _("Số thay đổi đã nhận, chưa tính."), is_nullable=False),
            Property("lag_seconds", NUMBER, _("Thay đổi cũ nhất chưa tính đã chờ bao nhiêu giây."), is_nullable=False),
            Property("state", label=_("Tình trạng kém chắc chắn nhất trong các số liệu.")),
            Property("state_label", label=_("Tên của tình trạng."), is_name=True),
        ),
    ),
}
NAMES = (*FACTS, *TABLES)


def entity_set(name: str) -> EntitySet:
    return TABLES[name] if name in TABLES else _facts_set(name, all_measures().values())


def all_sets() -> list[EntitySet]:
    measures = list(all_measures().values())
    return [_facts_set(name, measures) for name in FACTS] + list(TABLES.values())
