"""Figures of past years, from reports that were written before there was a portal.

They are what a document says, not what was logged: they stand in a table of their own with their source, are shown
apart, and no statistic adds them up.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.fields import DerivedTextField
from core.vietnamese import fold
from teams.models import ImportRun, Unit
from teams.permissions import Right


class PastFigureQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        return access.visible_scoped(self, right or Right.STATS_VIEW)

    def search(self, text: str):
        folded = fold(text)
        return self.filter(Q(programme_key__contains=folded) | Q(campaign__search_key__contains=folded))

    def for_list(self):
        return self.select_related("campaign", "unit")


class PastFigure(models.Model):
    campaign = models.ForeignKey(
        "campaigns.Campaign",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="past_figures",
        verbose_name=_("chiến dịch"),
    )
    # By name, where the portal has no such campaign.
    programme = models.CharField(_("chương trình"), max_length=250, blank=True)
    programme_key = DerivedTextField("programme")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="past_figures", verbose_name=_("đơn vị"))
    starts_on = models.DateField(_("từ ngày"))
    ends_on = models.DateField(_("đến ngày"))
    measure = models.CharField(_("chỉ số"), max_length=30)
    value = models.PositiveBigIntegerField(_("số liệu"))
    source = models.CharField(_("nguồn"), max_length=300)
    # The file that it came with last; there is no other way in.
    run = models.ForeignKey(ImportRun, models.PROTECT, null=True, related_name="+", verbose_name=_("tệp nhập"))

    objects = PastFigureQuerySet.as_manager()

    class Meta:
        verbose_name = _("số liệu năm trước")
        verbose_name_plural = _("số liệu các năm trước")
        ordering = ["-ends_on", "-starts_on", "unit__sort_key", "measure", "id"]
        constraints = [
            models.CheckConstraint(
                name="pastfigure_of_campaign_or_programme", condition=Q(campaign__isnull=True) ^ Q(programme="")
            ),
            models.CheckConstraint(
                name="pastfigure_dates",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("Ngày kết thúc phải sau hoặc bằng ngày bắt đầu."),
            ),
            models.CheckConstraint(name="pastfigure_source", condition=~Q(source="")),
            models.UniqueConstraint(
                name="pastfigure_campaign_key",
                fields=["campaign", "unit", "starts_on", "ends_on", "measure"],
                condition=Q(campaign__isnull=False),
            ),
            models.UniqueConstraint(
                name="pastfigure_programme_key",
                fields=["programme_key", "unit", "starts_on", "ends_on", "measure"],
                condition=Q(campaign__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["-ends_on", "-starts_on"], name="pastfigure_order")]

    def __str__(self) -> str:
        return f"{self.about} · {self.unit} · {self.starts_on:%d/%m/%Y}–{self.ends_on:%d/%m/%Y}"

    @property
    def about(self) -> str:
        return self.campaign.name if self.campaign else self.programme
