"""The two-level service catalogue. Codes are never reused: a phone may send one weeks later."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from core.dated import Dated, DatedQuerySet
from core.fields import DerivedTextField
from core.vietnamese import fold


class Bilingual:
    """``name`` is Vietnamese, ``name_en`` English; ``label`` is the one the reader reads."""

    name: Any
    name_en: Any

    @property
    def label(self) -> str:
        return self.name_en if get_language() == "en" and self.name_en else self.name


class Metric(Bilingual, models.Model):
    """What a result is counted in: files submitted, accounts activated, pages digitised, …"""

    code = models.CharField(_("mã"), max_length=12, unique=True)
    name = models.CharField(_("tên chỉ số"), max_length=120)
    name_en = models.CharField(_("tên tiếng Anh"), max_length=120)
    definition = models.CharField(_("định nghĩa"), max_length=300)
    definition_en = models.CharField(_("định nghĩa tiếng Anh"), max_length=300)
    position = models.PositiveSmallIntegerField(_("thứ tự"), default=0)
    # Counted by the statistics from people and turns, never typed in as a quantity (LUOT, LUOT_DV).
    is_derived = models.BooleanField(_("tự tính"), default=False)

    class Meta:
        verbose_name = _("chỉ số kết quả")
        verbose_name_plural = _("chỉ số kết quả")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class ServiceQuerySet(DatedQuerySet):
    def search(self, text: str):
        return self.filter(search_key__contains=fold(text))

    def groups(self):
        return self.filter(group__isnull=True)

    def leaves(self):
        return self.filter(group__isnull=False)

    def offered_on(self, day, campaign: Campaign | None = None):
        """The services with a tile on ``day``: valid then and, where the campaign names services, among those."""
        offered = self.leaves().on(day)
        if campaign and CampaignService.objects.filter(campaign=campaign).exists():
            offered = offered.filter(campaign_services__campaign=campaign)
        return offered


class Service(Bilingual, Dated):
    """A service that citizens are helped with; without ``group`` it is a group."""

    code = models.CharField(_("mã dịch vụ"), max_length=20, unique=True)
    name = models.CharField(_("tên dịch vụ"), max_length=200)
    name_en = models.CharField(_("tên tiếng Anh"), max_length=200)
    # What fits on a tile of a phone.
    short_name = models.CharField(_("tên ngắn"), max_length=40)
    short_name_en = models.CharField(_("tên ngắn tiếng Anh"), max_length=40)
    icon = models.CharField(_("biểu tượng"), max_length=40, default="circle-help")
    group = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="services", verbose_name=_("nhóm")
    )
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name=_("được thay bằng")
    )
    metrics = models.ManyToManyField(Metric, through="ServiceMetric", related_name="services")
    for_citizens = models.BooleanField(
        _("hướng tới người dân"), default=True, help_text=_("Bỏ chọn với việc hỗ trợ cơ quan: số người có thể là 0.")
    )
    position = models.PositiveSmallIntegerField(_("thứ tự"), default=0)
    search_key = DerivedTextField("code", "name", "short_name")

    objects = ServiceQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("dịch vụ")
        verbose_name_plural = _("danh mục dịch vụ")
        ordering = ["position", "code"]
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="service_not_itself",
                condition=~Q(group=F("id")) & ~Q(replaced_by=F("id")),
                violation_error_message=_("Dịch vụ không thể là nhóm của chính nó hay thay cho chính nó."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def short_label(self) -> str:
        return self.short_name_en if get_language() == "en" and self.short_name_en else self.short_name


class ServiceMetric(models.Model):
    """Which metrics a service is counted in; the first one that is not derived is what one success counts as."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="service_metrics", verbose_name=_("dịch vụ"))
    metric = models.ForeignKey(Metric, models.PROTECT, related_name="+", verbose_name=_("chỉ số"))
    position = models.PositiveSmallIntegerField(_("thứ tự"), default=0)

    class Meta:
        verbose_name = _("chỉ số của dịch vụ")
        verbose_name_plural = _("chỉ số của dịch vụ")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(name="servicemetric_key", fields=["service", "metric"])]

    def __str__(self) -> str:
        return f"{self.service} · {self.metric}"


class CampaignService(models.Model):
    """A service that a campaign offers. A campaign that names none offers all that are valid."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="campaign_services", verbose_name=_("chiến dịch")
    )
    service = models.ForeignKey(Service, models.PROTECT, related_name="campaign_services", verbose_name=_("dịch vụ"))

    class Meta:
        verbose_name = _("dịch vụ của chiến dịch")
        verbose_name_plural = _("dịch vụ của chiến dịch")
        ordering = ["campaign", "service__position"]
        constraints = [models.UniqueConstraint(name="campaignservice_key", fields=["campaign", "service"])]

    def __str__(self) -> str:
        return f"{self.campaign} · {self.service}"
