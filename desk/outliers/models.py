"""What makes a session stand out: the rules, what they have found, and how far the figures have been followed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import all_or_none, one_of
from services_help.models import Session


class RuleCode(models.TextChoices):
    PACE = "pace", _("Quá nhiều lượt mỗi giờ tình nguyện viên")
    SAME_DAYS = "same_days", _("Số liệu nhiều ngày giống hệt nhau")
    ROUND = "round", _("Phần lớn là số tròn")
    TWO_PLACES = "two_places", _("Một tình nguyện viên ở hai nơi cùng lúc")
    HOURS = "hours", _("Ghi ngoài giờ")
    TRAVEL = "travel", _("Một điện thoại ở hai điểm xa nhau")
    JUMP = "jump", _("Tăng vọt so với chính đội hình")


class Severity(models.IntegerChoices):
    NOTE = 1, _("Lưu ý")
    LOOK = 2, _("Cần xem")
    SERIOUS = 3, _("Nghiêm trọng")


class OutlierRule(models.Model):
    """One row a rule. What it measures stands in ``desk/outliers/checks.py``, what may be set in ``catalogue.py``."""

    code = models.CharField(_("quy tắc"), max_length=12, choices=RuleCode, unique=True, editable=False)
    is_enabled = models.BooleanField(
        _("đang dùng"), default=True, help_text=_("Bỏ chọn thì không ca nào bị quy tắc này nhắc nữa.")
    )
    severity = models.PositiveSmallIntegerField(_("mức độ"), choices=Severity, default=Severity.LOOK)
    # Only what differs from the usual values of the catalogue.
    settings = models.JSONField(_("ngưỡng"), default=dict, editable=False)

    class Meta:
        verbose_name = _("quy tắc tìm ca bất thường")
        verbose_name_plural = _("quy tắc tìm ca bất thường")
        ordering = ["pk"]
        constraints = [
            one_of("outlierrule_code", "code", RuleCode.values),
            one_of("outlierrule_severity", "severity", Severity.values),
        ]

    def __str__(self) -> str:
        return str(self.get_code_display())


class SessionFlagQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        return access.visible_sessions(self, right, prefix="session__")

    def open(self):
        """Nobody has settled it yet; in a locked period nobody has to any more."""
        return self.filter(settled_at=None, session__lock__isnull=True)

    def for_list(self):
        return self.select_related("session__team", "session__point", "settled_by").order_by("-severity", "-found_at")


class SessionFlag(models.Model):
    """A rule has found a session. The figures are kept; the sentence is made of them when it is read."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="flags", verbose_name=_("ca hỗ trợ"))
    rule = models.CharField(_("quy tắc"), max_length=12, choices=RuleCode)
    severity = models.PositiveSmallIntegerField(_("mức độ"), choices=Severity)
    # What was found, and what it was measured against.
    numbers = models.JSONField()
    limits = models.JSONField()
    found_at = models.DateTimeField(_("thấy lúc"), default=timezone.now)
    settled_at = models.DateTimeField(_("xử lý lúc"), null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("người xử lý")
    )
    note = models.CharField(_("ghi chú"), max_length=300, blank=True)

    # Why, in the reader's language: set by ``with_sentences``.
    sentence: str

    objects = SessionFlagQuerySet.as_manager()

    class Meta:
        verbose_name = _("dấu hiệu bất thường")
        verbose_name_plural = _("dấu hiệu bất thường")
        ordering = ["-severity", "rule"]
        constraints = [
            models.UniqueConstraint(name="sessionflag_key", fields=["session", "rule"]),
            one_of("sessionflag_rule", "rule", RuleCode.values),
            one_of("sessionflag_severity", "severity", Severity.values),
            all_or_none("sessionflag_settled", "settled_at", "settled_by"),
        ]
        indexes = [
            models.Index(name="sessionflag_open", fields=["found_at"], condition=Q(settled_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.get_rule_display()} · {self.session}"

    @property
    def is_settled(self) -> bool:
        return self.settled_at is not None


class Examination(models.Model):
    """How far the feed of changed figures has been followed: one row, whose lock is the claim to go on from there."""

    ONLY = 1
    # The event that was examined last, in the order of the feed.
    number = models.BigIntegerField(default=0)
    event = models.BigIntegerField(default=0)
    # The revision of the plans (hours, places) that the flags know of, and when it was taken over.
    plans = models.BigIntegerField(default=0)
    plans_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="examination_only", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"{self.number}:{self.event}"

    def behind(self) -> Q:
        """Events that are still to come. Those of one number may be parted: none is ever added to a number."""
        return Q(number__gt=self.number) | Q(number=self.number, pk__gt=self.event)
