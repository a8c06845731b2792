"""Administrative areas of the state, apart from Đoàn units: a university works in a ward that it does not own.

Codes of the General Statistics Office were recycled by the reform of 2025-07-01 (27604 was xã Vĩnh Lộc B and is xã Tân
Vĩnh Lộc now), so (code, valid_from) is the key and names never identify anything.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.constraints import all_or_none, one_of
from core.dated import Dated, DatedQuerySet
from core.fields import DerivedTextField
from core.vietnamese import fold, sort_key


class AreaKind(models.TextChoices):
    WARD = "phuong", _("Phường")
    COMMUNE = "xa", _("Xã")
    TOWN = "thi_tran", _("Thị trấn")
    SPECIAL_ZONE = "dac_khu", _("Đặc khu")
    DISTRICT = "huyen", _("Huyện")


class AdminAreaQuerySet(DatedQuerySet):
    def search(self, text: str):
        return self.filter(search_key__contains=fold(text))


class AdminArea(Dated):
    code = models.CharField(_("mã"), max_length=10, help_text=_("Mã của Tổng cục Thống kê; có thể được dùng lại."))
    name = models.CharField(_("tên"), max_length=120)
    kind = models.CharField(_("loại"), max_length=10, choices=AreaKind)
    # Empty since the district level was abolished on 2025-07-01.
    district_code = models.CharField(_("mã quận, huyện"), max_length=10, blank=True)
    district_name = models.CharField(_("quận, huyện"), max_length=120, blank=True)
    province_name = models.CharField(_("tỉnh, thành phố"), max_length=120)
    lat = models.FloatField(_("vĩ độ"), null=True, blank=True)
    lon = models.FloatField(_("kinh độ"), null=True, blank=True)
    area_km2 = models.FloatField(_("diện tích (km²)"), null=True, blank=True)
    search_key = DerivedTextField("code", "name", "district_name")
    sort_key = DerivedTextField("name", derive=sort_key)

    objects = AdminAreaQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("đơn vị hành chính")
        verbose_name_plural = _("đơn vị hành chính")
        ordering = ["-valid_from", "sort_key"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(name="adminarea_key", fields=["code", "valid_from"]),
            one_of("adminarea_kind", "kind", AreaKind.values),
            all_or_none("adminarea_point", "lat", "lon", message=_("Nhập cả vĩ độ và kinh độ, hoặc để trống cả hai.")),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.district_name}" if self.district_name else self.name


class SuccessionRelation(models.TextChoices):
    WHOLE = "whole", _("toàn bộ")
    PART = "part", _("một phần")


class AreaSuccession(models.Model):
    """On ``effective_on`` the old area went, wholly or in part, into the new one (resolution named in ``source``)."""

    effective_on = models.DateField(_("ngày hiệu lực"))
    old = models.ForeignKey(AdminArea, models.PROTECT, related_name="successions", verbose_name=_("đơn vị cũ"))
    new = models.ForeignKey(AdminArea, models.PROTECT, related_name="predecessions", verbose_name=_("đơn vị mới"))
    relation = models.CharField(_("phần chuyển sang"), max_length=5, choices=SuccessionRelation)
    source = models.CharField(_("văn bản"), max_length=200)

    class Meta:
        verbose_name = _("chuyển tiếp đơn vị hành chính")
        verbose_name_plural = _("chuyển tiếp đơn vị hành chính")
        ordering = ["effective_on", "old__code", "new__code"]
        constraints = [
            models.UniqueConstraint(name="areasuccession_key", fields=["effective_on", "old", "new"]),
            models.CheckConstraint(
                name="areasuccession_moves",
                condition=~Q(old=F("new")),
                violation_error_message=_("Đơn vị mới phải khác đơn vị cũ."),
            ),
            one_of("areasuccession_relation", "relation", SuccessionRelation.values),
        ]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"
