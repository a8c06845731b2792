"""What was checked and when, what was found, and what staff have ordered."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import one_of
from teams.models import Team


class ProofKind(models.TextChoices):
    DAY = "day", _("Ngày")
    # Tallies by month against the sums of their days.
    MONTH = "month", _("Tháng")


class ProofCheck(models.Model):
    """One day's (or one month's) tallies compared with what they are made of, in as many goes as it takes."""

    kind = models.CharField(max_length=5, choices=ProofKind, default=ProofKind.DAY)
    # Of a month: its first day.
    day = models.DateField(_("ngày"))
    started_at = models.DateTimeField(_("bắt đầu lúc"), default=timezone.now)
    finished_at = models.DateTimeField(_("xong lúc"), null=True)
    # Where to go on: slices of teams up to this one are done.
    after_team = models.BigIntegerField(default=0)
    leased_until = models.DateTimeField(default=timezone.now)
    slices = models.IntegerField(_("lát đã so"), default=0)
    # Left out, because a worker had yet to count them.
    waiting = models.IntegerField(_("lát đang chờ tính"), default=0)
    differences = models.IntegerField(_("ô lệch"), default=0)

    class Meta:
        verbose_name = _("lần đối soát")
        verbose_name_plural = _("các lần đối soát")
        constraints = [
            one_of("proofcheck_kind", "kind", ProofKind.values),
            # Two workers that find the same day due start one check.
            models.UniqueConstraint(name="proofcheck_one_open", fields=["kind", "day"], condition=Q(finished_at=None)),
        ]
        indexes = [
            models.Index(fields=["kind", "day", "finished_at"], name="proofcheck_day"),
            models.Index(fields=["finished_at"], name="proofcheck_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}: {self.differences}"


class ProofFindingQuerySet(models.QuerySet):
    def open(self):
        return self.filter(mended_at=None)


class ProofFinding(models.Model):
    """A cell that differed: the evidence, kept as it was found, before anything is counted again."""

    tally = models.CharField(max_length=60)
    day = models.DateField()
    team = models.ForeignKey(Team, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    # Key of the cell beyond the day, as primary keys; figures kept and figures counted again, by measure.
    cell = models.JSONField(encoder=DjangoJSONEncoder)
    kept = models.JSONField()
    counted = models.JSONField()
    digest = models.CharField(max_length=64)
    found_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    alarmed_at = models.DateTimeField(null=True)
    mended_at = models.DateTimeField(null=True)

    objects = ProofFindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("ô lệch")
        verbose_name_plural = _("các ô lệch")
        constraints = [
            # Found again while it is open, it is the same finding; found after it was mended, it is news.
            models.UniqueConstraint(name="prooffinding_one_open", fields=["digest"], condition=Q(mended_at=None)),
        ]
        indexes = [
            models.Index(fields=["day", "team"], name="prooffinding_open", condition=Q(mended_at=None)),
            models.Index(fields=["found_at"], name="prooffinding_found"),
        ]

    def __str__(self) -> str:
        return f"{self.tally} {self.day:%d/%m/%Y}"


class JobKind(models.TextChoices):
    VERIFY = "verify", _("Đối soát")
    REBUILD = "rebuild", _("Tính lại")


class TallyJob(models.Model):
    """Days that staff want checked or counted again now; a worker does it in pieces and notes how far it is."""

    kind = models.CharField(_("việc"), max_length=7, choices=JobKind)
    first = models.DateField(_("từ ngày"))
    last = models.DateField(_("đến ngày"))
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("người yêu cầu")
    )
    ordered_at = models.DateTimeField(_("yêu cầu lúc"), default=timezone.now)
    finished_at = models.DateTimeField(_("xong lúc"), null=True)
    leased_until = models.DateTimeField(default=timezone.now)
    # Where to go on: this day, after this team.
    at_day = models.DateField()
    after_team = models.BigIntegerField(default=0)
    slices_in_all = models.IntegerField(_("số lát"), default=0)
    slices = models.IntegerField(_("lát đã xong"), default=0)
    differences = models.IntegerField(_("ô lệch"), default=0)

    class Meta:
        verbose_name = _("việc đối soát, tính lại")
        verbose_name_plural = _("việc đối soát, tính lại")
        constraints = [
            one_of("tallyjob_kind", "kind", JobKind.values),
            models.CheckConstraint(name="tallyjob_days", condition=Q(last__gte=models.F("first"))),
            models.UniqueConstraint(name="tallyjob_one_open", fields=["kind"], condition=Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first:%d/%m/%Y}–{self.last:%d/%m/%Y}"

    @property
    def percent(self) -> int:
        """Never 100 before it is done: slices may appear while it runs."""
        if self.finished_at:
            return 100
        return min(99, self.slices * 100 // max(self.slices_in_all, 1))
