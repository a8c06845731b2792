"""An alarm about somebody who has taken out much in one day."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import all_or_none

USER = settings.AUTH_USER_MODEL


class ExportAlarm(models.Model):
    """One a person and day; the figures grow with what else is taken out that day."""

    actor = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("người xuất"))
    day = models.DateField(_("ngày"))
    rows = models.PositiveBigIntegerField(_("số dòng"))
    files = models.PositiveIntegerField(_("số tệp"))
    raised_at = models.DateTimeField(_("báo lúc"), default=timezone.now)
    # The letter to those who run the portal.
    alarmed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(_("xử lý lúc"), null=True)
    settled_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("người xử lý"))
    note = models.CharField(_("kết quả kiểm tra"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("cảnh báo xuất dữ liệu")
        verbose_name_plural = _("cảnh báo xuất dữ liệu")
        ordering = ["-day", "-pk"]
        constraints = [
            models.UniqueConstraint(name="exportalarm_key", fields=["actor", "day"]),
            all_or_none("exportalarm_settled", "settled_at", "settled_by"),
            models.CheckConstraint(name="exportalarm_note", condition=Q(settled_at__isnull=True) ^ ~Q(note="")),
        ]

    def __str__(self) -> str:
        return f"{self.actor} · {self.day:%d/%m/%Y}"
