"""The dated tree of Đoàn units: a unit belongs to a parent from one day to another, at any depth."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.constraints import one_of
from core.dated import Dated, DatedQuerySet, today, valid_on
from core.fields import DerivedTextField
from core.vietnamese import fold, sort_key


class UnitKind(models.TextChoices):
    CITY = "city", _("Thành Đoàn")
    DISTRICT = "district", _("Quận, Huyện Đoàn")
    COMMUNE = "commune", _("Đoàn phường, xã, đặc khu")
    BLOCK = "block", _("Đoàn khối")
    SECTOR = "sector", _("Đoàn ngành, lực lượng vũ trang")
    COMPANY = "company", _("Đoàn tổng công ty, doanh nghiệp")
    SCHOOL = "school", _("Đoàn trường")
    BASE = "base", _("Đoàn cơ sở")
    BRANCH = "branch", _("Chi đoàn")


class Block(models.TextChoices):
    """Khối: the grouping by which Thành Đoàn compares like with like; it crosses the tree."""

    TERRITORY = "territory", _("Địa bàn dân cư")
    OFFICIALS = "officials", _("Cán bộ, công chức, viên chức")
    WORKERS = "workers", _("Công nhân lao động")
    ARMED = "armed", _("Lực lượng vũ trang")
    SCHOOLS = "schools", _("Trường học")


class UnitQuerySet(DatedQuerySet):
    def visible_to(self, access, right=None):
        """Units on which ``access`` holds ``right`` (default: to see the organisation), as the tree stands today."""
        return access.visible_units(self, right)

    def search(self, text: str):
        return self.filter(search_key__contains=fold(text))

    def roots(self, day):
        """Units valid on ``day`` (a date, or an ``OuterRef`` to one) that stand under nobody on it."""
        inner = OuterRef(day) if isinstance(day, OuterRef) else day
        placed = UnitPlacement.objects.filter(valid_on(inner), unit=OuterRef("pk"))
        return self.filter(~Exists(placed), valid_on(day))

    def below(self, unit: "Unit", day=None):
        """``unit`` and everything under it on ``day`` (default today)."""
        return self.filter(valid_on(day or today(), "ancestries__"), ancestries__ancestor=unit)

    def for_list(self):
        return self.select_related("area")


class Unit(Dated):
    code = models.CharField(_("mã đơn vị"), max_length=30)
    name = models.CharField(_("tên đơn vị"), max_length=200)
    kind = models.CharField(_("loại đơn vị"), max_length=10, choices=UnitKind)
    block = models.CharField(_("khối"), max_length=10, choices=Block)
    area = models.ForeignKey(
        "teams.AdminArea", models.PROTECT, null=True, blank=True, related_name="units", verbose_name=_("địa bàn")
    )
    search_key = DerivedTextField("code", "name")
    sort_key = DerivedTextField("name", derive=sort_key)

    objects = UnitQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("đơn vị Đoàn")
        verbose_name_plural = _("đơn vị Đoàn")
        ordering = ["sort_key", "valid_from"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(name="unit_key", fields=["code", "valid_from"]),
            one_of("unit_kind", "kind", UnitKind.values),
            one_of("unit_block", "block", Block.values),
        ]

    def __str__(self) -> str:
        return self.name

    def parent_on(self, day) -> "Unit | None":
        placement = self.placements.on(day).select_related("parent").first()
        return placement.parent if placement else None


class UnitPlacement(Dated):
    """``unit`` stood under ``parent`` in these days. Never two at once (exclusion constraint ``…_no_overlap``)."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="placements", verbose_name=_("đơn vị"))
    parent = models.ForeignKey(Unit, models.PROTECT, related_name="child_placements", verbose_name=_("đơn vị cấp trên"))

    objects = DatedQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("trực thuộc")
        verbose_name_plural = _("trực thuộc")
        ordering = ["unit", "valid_from"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(name="unitplacement_key", fields=["unit", "valid_from"]),
            models.CheckConstraint(name="unitplacement_not_itself", condition=~Q(unit=F("parent"))),
        ]

    def __str__(self) -> str:
        return f"{self.unit} ⊂ {self.parent}"


class UnitAncestry(Dated):
    """The tree's closure, dated: ``descendant`` stood ``depth`` levels under ``ancestor`` in these days (0: itself).

    Derived from the placements by teams.tree; every question about subtrees is one join with this table.
    """

    ancestor = models.ForeignKey(Unit, models.CASCADE, related_name="descendancies")
    descendant = models.ForeignKey(Unit, models.CASCADE, related_name="ancestries")
    depth = models.PositiveSmallIntegerField()

    objects = DatedQuerySet.as_manager()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(name="unitancestry_key", fields=["descendant", "ancestor", "valid_from"]),
        ]
        indexes = [models.Index(fields=["ancestor", "depth", "descendant"], name="unitancestry_down")]

    def __str__(self) -> str:
        return f"{self.descendant} ⊂{self.depth} {self.ancestor}"
