"""What the phones tell about themselves, and the pictures that they send of the scene."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.dated import DAY
from services_help.models.records import Session
from teams.models import Team

USER = settings.AUTH_USER_MODEL


def photo_path(photo: "ScenePhoto", _filename: str) -> str:
    return f"scenes/{timezone.localtime(photo.received_at):%Y/%m/%d}/{photo.pk}.jpg"


class ScenePhoto(models.Model):
    """A picture of the place, never of a citizen or of papers. Its file may be taken away; that it came stays known."""

    id = models.UUIDField(primary_key=True, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="photos", verbose_name=_("ca hỗ trợ"))
    device = models.UUIDField(_("thiết bị"))
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("số byte"))
    width = models.PositiveSmallIntegerField(_("chiều rộng"))
    height = models.PositiveSmallIntegerField(_("chiều cao"))
    file = models.FileField(upload_to=photo_path, max_length=120)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("người gửi"))
    received_at = models.DateTimeField(_("nhận lúc"), default=timezone.now)

    class Meta:
        verbose_name = _("ảnh hiện trường")
        verbose_name_plural = _("ảnh hiện trường")
        ordering = ["received_at", "id"]

    def __str__(self) -> str:
        return f"{self.session} · {timezone.localtime(self.received_at):%H:%M}"

    @property
    def is_there(self) -> bool:
        return self.file.storage.exists(self.file.name)


class DeviceReportQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        """Reports of phones that work for a team under the reader."""
        return access.visible_scoped(self, right)

    def with_trouble(self):
        """``is_silent``: not heard of for a day while a shift of this phone stands open."""
        open_shift = Session.objects.filter(
            device=OuterRef("device"), created_by=OuterRef("user"), ended_at__isnull=True
        ).live()
        since = timezone.now() - DAY
        # Its last word first: only of a phone that has been quiet is there any need to look for a shift.
        return self.annotate(is_silent=Q(reported_at__lt=since) & Exists(open_shift))

    def unsent(self):
        return self.filter(Q(unsent__gt=0) | Q(held__gt=0) | Q(photos__gt=0))

    def unreconciled(self):
        return self.exclude(differs=[])


class DeviceReport(models.Model):
    """The last word of a phone about what it has not sent; one row a phone and account, written over."""

    device = models.UUIDField(_("thiết bị"))
    user = models.ForeignKey(USER, models.CASCADE, related_name="+", verbose_name=_("tài khoản"))
    # Whose staff see it: the team of the phone's latest shift, else of its account.
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="device_reports", verbose_name=_("đội hình"))
    unsent = models.PositiveIntegerField(_("chưa gửi"), default=0)
    held = models.PositiveIntegerField(_("bị giữ lại"), default=0)
    photos = models.PositiveIntegerField(_("ảnh chưa gửi"), default=0)
    oldest_at = models.DateTimeField(_("mục chưa gửi cũ nhất"), null=True)
    last_receipt_at = models.DateTimeField(_("biên nhận gần nhất"), null=True)
    # Days of which the phone holds receipts that the server does not know.
    differs = models.JSONField(_("ngày lệch sổ"), default=list)
    build = models.CharField(_("bản ứng dụng"), max_length=40, blank=True)
    # Whether the browser has promised to keep the phone's data; null: it did not say.
    persisted = models.BooleanField(_("bộ nhớ được giữ"), null=True)
    reported_at = models.DateTimeField(_("báo lúc"), default=timezone.now)

    objects = DeviceReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("thiết bị hiện trường")
        verbose_name_plural = _("thiết bị hiện trường")
        ordering = ["-reported_at"]
        constraints = [models.UniqueConstraint(name="devicereport_key", fields=["device", "user"])]

    def __str__(self) -> str:
        return f"…{str(self.device)[-8:]} · {self.user}"
