"""The reforms of the city's administrative map, as drafts made from the areas and successions of data/admin_areas.

A draft covers the units that this portal knows: what stands on an area that changed, and the district units that end. A
unit or team goes where its area went wholly; of an area that was split in parts, a person decides (teams/reorganising).
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.vietnamese import fold
from teams.models import AdminArea, AreaSuccession, Block, Reorganisation, StepKind, Unit, UnitKind, UnitPlacement
from teams.models.areas import SuccessionRelation
from teams.reorganising import services


@dataclass(frozen=True)
class Reform:
    code: str
    effective_on: dt.date
    name: str
    source: str
    # Every new area gets its unit, and the district level ends; else only what is known and changes.
    is_whole_city: bool


REFORMS = [
    Reform(
        "cai-cach-2025-01-01",
        dt.date(2025, 1, 1),
        "Sắp xếp phường từ ngày 01/01/2025",
        "Nghị quyết 1278/NQ-UBTVQH15",
        is_whole_city=False,
    ),
    Reform(
        "cai-cach-2025-07-01",
        dt.date(2025, 7, 1),
        "Chính quyền địa phương hai cấp từ ngày 01/07/2025",
        "Nghị quyết 1685/NQ-UBTVQH15",
        is_whole_city=True,
    ),
]
# How district units and districts are called: what is left of both is the same word.
_DISTRICT_WORDS = [
    fold(word) for word in ("Thành Đoàn", "Quận Đoàn", "Huyện Đoàn", "Thị Đoàn", "Thành phố", "Thị xã", "Quận", "Huyện")
]


@transaction.atomic
def prepare(reform: Reform, access) -> Reorganisation:
    """The draft; made once, whatever became of it since."""
    services.require(access)
    if known := Reorganisation.objects.filter(code=reform.code).first():
        return known
    steps = list(_Draft(reform).steps())
    if not steps:
        raise DomainError(
            _("Không có đơn vị nào trên địa bàn đổi từ ngày %(day)s. Hãy gắn địa bàn cho các đơn vị.")
            % {"day": f"{reform.effective_on:%d/%m/%Y}"}
        )
    made = services.create(
        name=reform.name, effective_on=reform.effective_on, source=reform.source, access=access, code=reform.code
    )
    services.add_steps(reorganisation=made, added=steps, access=access)
    return made


def code_of(area: AdminArea) -> str:
    """Of the unit of an area: codes of areas are used again, and so is this, from another day on."""
    return f"PX-{area.code}"


class _Draft:
    def __init__(self, reform: Reform) -> None:
        self.reform, self.day = reform, reform.effective_on
        self.last = self.day - dt.timedelta(days=1)
        rows = AreaSuccession.objects.filter(effective_on=self.day).select_related("old", "new")
        self.went: dict[int, list[tuple[AdminArea, str]]] = defaultdict(list)
        for row in rows.order_by("new__code"):
            self.went[row.old_id].append((row.new, row.relation))
        standing = Unit.objects.on(self.last).select_related("area")
        self.communes = [unit for unit in standing.filter(kind=UnitKind.COMMUNE) if unit.area_id in self.went]
        self.communes.sort(key=lambda unit: unit.code)
        self.districts = list(standing.filter(kind=UnitKind.DISTRICT).order_by("code")) if reform.is_whole_city else []
        self.codes = self._codes()
        self.city = _city()

        self.by_district: dict[str, list[int]] = defaultdict(list)
        for pk, name in AdminArea.objects.on(self.last).exclude(district_name="").values_list("pk", "district_name"):
            self.by_district[_bare(name)].append(pk)

    def _codes(self) -> dict[int, str]:
        """Area of the new map -> the code of its unit, which may stand already."""
        held = Unit.objects.on(self.day).filter(area__valid_from=self.day, kind=UnitKind.COMMUNE)
        known = dict(held.values_list("area", "code"))
        areas = AdminArea.objects.filter(valid_from=self.day)
        if self.reform.is_whole_city:
            wanted = {area.pk: code_of(area) for area in areas.filter(district_code="")}
        else:
            wanted = {area.pk: code_of(area) for unit in self.communes for area, _relation in self.went[unit.area_id]}
        return wanted | known

    def steps(self):
        # The code of a unit that ends by this is free for the one that follows it.
        ending = [unit.pk for unit in (*self.communes, *self.districts)]
        known = set(Unit.objects.on(self.day).exclude(pk__in=ending).values_list("code", flat=True))
        areas = AdminArea.objects.in_bulk(list(self.codes))
        for area_id, code in sorted(self.codes.items(), key=lambda item: item[1]):
            if code not in known:
                yield StepKind.OPEN, self._opening(areas[area_id], code)
        for unit in self.communes:
            into = [[self.codes[area.pk], relation] for area, relation in self.went[unit.area_id]]
            yield StepKind.CLOSE, {"unit": unit.code, "into": into}
        for unit in self.districts:
            yield StepKind.CLOSE, {"unit": unit.code, "into": self._of_district(unit)}

    def _opening(self, area: AdminArea, code: str) -> dict:
        values = {"code": code, "name": f"Đoàn {area.name[:1].lower()}{area.name[1:]}", "area": area.code}
        return values | {"kind": UnitKind.COMMUNE, "block": Block.TERRITORY, "parent": self._parent(area)}

    def _parent(self, area: AdminArea) -> str:
        """Thành Đoàn; on the old map the district unit of the wards that it was made of."""
        if not self.reform.is_whole_city:
            old = [unit for unit in self.communes if area in [new for new, _relation in self.went[unit.area_id]]]
            parents = UnitPlacement.objects.on(self.last).filter(unit__in=old).select_related("parent")
            if codes := sorted({row.parent.code for row in parents}):
                return codes[0]
        return self.city.code

    def _of_district(self, unit: Unit) -> list[list[str]]:
        """All that the district went into, by the communes under its unit and by its name."""
        below = Unit.objects.below(unit, self.last).filter(area__isnull=False).values_list("area", flat=True)
        went = {area.pk for old in {*below, *self.by_district[_bare(unit.name)]} for area, _relation in self.went[old]}
        return [[code, str(SuccessionRelation.PART)] for code in sorted(self.codes[pk] for pk in went)]


def _city() -> Unit:
    city = Unit.objects.current().filter(kind=UnitKind.CITY).order_by("pk").first()
    if city is None:
        raise DomainError(_("Chưa có đơn vị Thành Đoàn. Hãy lập Thành Đoàn trước."))
    return city


@cache
def _bare(name: str) -> str:
    text = fold(name)
    for word in _DISTRICT_WORDS:
        if text.startswith(f"{word} "):
            return text.removeprefix(f"{word} ")
    return text
