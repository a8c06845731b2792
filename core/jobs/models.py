"""One row a job: who ordered what, who is at it, how far it is, and how it ended."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import one_of
from core.ids import uuid7
from core.jobs import kinds


class JobState(models.TextChoices):
    WAITING = "waiting", _("Chờ đến lượt")
    RUNNING = "running", _("Đang làm")
    DONE = "done", _("Xong")
    FAILED = "failed", _("Không xong")
    STOPPED = "stopped", _("Đã dừng")


OPEN = (JobState.WAITING, JobState.RUNNING)
# May be begun again from the start.
GIVEN_UP = (JobState.FAILED, JobState.STOPPED)


class JobQuerySet(models.QuerySet):
    def visible_to(self, access):
        """Own jobs; and to who holds a job's right over the whole city, everybody's of that kind."""
        if access.is_unlimited:
            return self
        city_wide = [right for right in kinds.rights() if access.is_city_wide(right)]
        return self.filter(Q(ordered_by=access.user) | Q(right__in=city_wide))

    def open(self):
        return self.filter(finished_at=None)

    def abandoned(self):
        """Open, and nobody is at it: never begun, given back between two pieces, or left by a worker that died."""
        return self.open().filter(leased_until__lte=timezone.now())


class Job(models.Model):
    # Made with the page of the order: an order that is sent twice is one job.
    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    title = models.CharField(_("việc"), max_length=250)
    params = models.JSONField(default=dict)
    # What it takes to have ordered it; text, since core knows no rights.
    right = models.CharField(max_length=40)
    # Everything that it tells is told in the language of who reads it.
    language = models.CharField(max_length=5, default="vi")
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người giao")
    )
    ordered_at = models.DateTimeField(_("giao lúc"), default=timezone.now)
    state = models.CharField(_("tình trạng"), max_length=7, choices=JobState, default=JobState.WAITING)
    started_at = models.DateTimeField(_("bắt đầu lúc"), null=True)
    finished_at = models.DateTimeField(_("kết thúc lúc"), null=True)
    # Whose it is until when. A lease that was not given back when it ends tells of a worker that died.
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(default=timezone.now)
    deaths = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(_("đã xong"), default=0)
    total = models.PositiveIntegerField(_("tất cả"), default=0)
    message = models.CharField(_("đang làm gì"), max_length=250, blank=True)
    error = models.TextField(_("vì sao không xong"), blank=True)
    # Where to go on, and what has been made so far: words between the pieces of one kind.
    place = models.JSONField(default=dict)
    file_name = models.CharField(_("tệp"), max_length=200, blank=True)
    file_type = models.CharField(max_length=100, blank=True)
    expires_at = models.DateTimeField(_("giữ tệp đến"), null=True)
    file_removed_at = models.DateTimeField(_("xóa tệp lúc"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("việc chạy nền")
        verbose_name_plural = _("việc chạy nền")
        ordering = ["-ordered_at", "-id"]
        constraints = [
            one_of("job_state", "state", JobState.values),
            models.CheckConstraint(
                name="job_finished_pair",
                condition=Q(state__in=OPEN, finished_at__isnull=True)
                | (~Q(state__in=OPEN) & Q(finished_at__isnull=False)),
            ),
            # A failure without a reason helps nobody.
            models.CheckConstraint(name="job_error", condition=Q(state=JobState.FAILED) ^ Q(error="")),
            models.CheckConstraint(name="job_file_ends", condition=Q(file_name="") ^ Q(expires_at__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["leased_until"], name="job_open", condition=Q(finished_at=None)),
            models.Index(
                fields=["expires_at"], name="job_file", condition=Q(expires_at__isnull=False, file_removed_at=None)
            ),
            models.Index(fields=["ordered_by", "-ordered_at"], name="job_mine"),
            models.Index(fields=["-ordered_at", "-id"], name="job_order"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.finished_at is None

    @property
    def may_be_repeated(self) -> bool:
        return self.state in GIVEN_UP

    @property
    def has_file(self) -> bool:
        return bool(self.expires_at and self.file_removed_at is None and self.expires_at > timezone.now())

    @property
    def percent(self) -> int:
        """Never 100 before it is done."""
        if self.state == JobState.DONE:
            return 100
        return min(99, self.done * 100 // max(self.total, 1))
