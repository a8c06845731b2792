"""Rules of how long what is kept, the ledger of what was erased, and the door through which append-only rows leave."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import all_or_none
from core.retention.kinds import Kind, kinds

USER = settings.AUTH_USER_MODEL
MOST_MONTHS = 600


class RetentionRule(models.Model):
    """How long one kind of data is kept. One row a kind; set by Thành Đoàn, never added or taken away."""

    kind = models.CharField(max_length=40, primary_key=True)
    months = models.PositiveSmallIntegerField(_("giữ bao nhiêu tháng"))
    is_enabled = models.BooleanField(_("tự xóa khi đến hạn"), default=False)
    # Tạm giữ: nothing of the kind is erased, whatever the rule says, until somebody lifts it.
    held_at = models.DateTimeField(_("tạm giữ từ"), null=True)
    held_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("người tạm giữ"))
    hold_reason = models.CharField(_("lý do tạm giữ"), max_length=300, blank=True)
    # Where the erasing stands, for kinds whose rows stay (a photo's row outlives its picture).
    place = models.JSONField(default=dict)
    ran_at = models.DateTimeField(_("chạy lần cuối"), null=True)
    # Nothing was due; not looked for again before.
    rests_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("quy tắc lưu giữ")
        verbose_name_plural = _("quy tắc lưu giữ")
        ordering = ["kind"]
        constraints = [
            all_or_none("retentionrule_held", "held_at", "held_by"),
            models.CheckConstraint(
                name="retentionrule_hold_reason",
                condition=Q(held_at__isnull=True, hold_reason="") | Q(held_at__isnull=False) & ~Q(hold_reason=""),
            ),
            models.CheckConstraint(
                name="retentionrule_months", condition=Q(months__gte=0) & Q(months__lte=MOST_MONTHS)
            ),
        ]

    def __str__(self) -> str:
        return str(self.definition.label)

    @property
    def definition(self) -> Kind:
        return kinds()[self.kind]

    @property
    def is_held(self) -> bool:
        return self.held_at is not None

    @property
    def works(self) -> bool:
        return self.is_enabled and not self.is_held

    def cutoff(self, day: dt.date | None = None) -> dt.datetime:
        """Everything before it has had its time."""
        day = day or timezone.localdate()
        start = self.definition.start(day, self.months) if self.definition.start else months_before(day, self.months)
        return timezone.make_aware(dt.datetime.combine(start, dt.time.min))


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day of the month, or the month's last one."""
    number = day.year * 12 + day.month - 1 - months
    year, month = divmod(number, 12)
    first = dt.date(max(year, 1), month + 1, 1)
    next_first = dt.date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first + dt.timedelta(days=day.day - 1), next_first - dt.timedelta(days=1))


class Erasure(models.Model):
    """Sổ xóa: what was erased by which rule, or at whose request. Append-only; tells numbers, never names."""

    kind = models.CharField(max_length=40)
    count = models.PositiveIntegerField(_("số lượng"))
    oldest = models.DateField(_("cũ nhất"), null=True)
    newest = models.DateField(_("mới nhất"), null=True)
    months = models.PositiveSmallIntegerField(_("thời hạn (tháng)"), null=True)
    # None: the clock, by the rule.
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("người thực hiện"))
    reason = models.CharField(_("lý do"), max_length=300, blank=True)
    at = models.DateTimeField(_("lúc"), default=timezone.now)

    class Meta:
        verbose_name = _("lần xóa")
        verbose_name_plural = _("sổ xóa")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["at", "id"], name="erasure_at")]

    def __str__(self) -> str:
        return f"{self.kind} · {self.count} · {timezone.localtime(self.at):%d/%m/%Y}"


class Erasing(models.Model):
    """Stands in a transaction that erases old rows of an append-only table, and in no other: the table's trigger lets
    go of rows of before ``before`` while it sees this row (``core.operations.AppendOnlyFor``)."""

    table = models.CharField(max_length=63, primary_key=True)
    before = models.DateTimeField()

    class Meta:
        verbose_name = _("lượt xóa đang chạy")
        verbose_name_plural = _("lượt xóa đang chạy")

    def __str__(self) -> str:
        return self.table
