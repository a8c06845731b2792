"""What is said of a session after it was sent, what came too late to count by itself, and what was decided of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import all_or_none, one_of
from services_help.models.periods import PeriodLock
from services_help.models.records import AssistanceLog, Attendance, ItemKind, Session, Void
from teams.models import Team

USER = settings.AUTH_USER_MODEL


class ReviewKind(models.TextChoices):
    APPROVED = "approved", _("Đã duyệt")
    RETURNED = "returned", _("Trả lại")
    ANSWERED = "answered", _("Đội trả lời")
    REOPENED = "reopened", _("Mở lại để xem xét")
    # Nobody's decision: what was approved is no longer what is there.
    CHANGED = "changed", _("Có thay đổi sau khi duyệt")


class OfSessionQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        return access.visible_sessions(self, right, prefix="session__")


class SessionReview(models.Model):
    """One step of a review. Append-only: what a session went through stays readable."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="reviews", verbose_name=_("ca hỗ trợ"))
    kind = models.CharField(_("việc"), max_length=8, choices=ReviewKind)
    text = models.CharField(_("nội dung"), max_length=500, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("người thực hiện"))
    at = models.DateTimeField(_("lúc"), default=timezone.now)

    objects = OfSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("bước duyệt")
        verbose_name_plural = _("các bước duyệt")
        ordering = ["at", "pk"]
        constraints = [one_of("sessionreview_kind", "kind", ReviewKind.values)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {timezone.localtime(self.at):%H:%M %d/%m/%Y}"


class Adjustment(models.Model):
    """Điều chỉnh: the only way to change what is locked. Append-only, with its lines."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="adjustments", verbose_name=_("ca hỗ trợ"))
    lock = models.ForeignKey(PeriodLock, models.PROTECT, related_name="adjustments", verbose_name=_("khóa kỳ"))
    reason = models.CharField(_("lý do"), max_length=300)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("người điều chỉnh"))
    at = models.DateTimeField(_("lúc"), default=timezone.now)

    objects = OfSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("điều chỉnh")
        verbose_name_plural = _("điều chỉnh")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.session} · {timezone.localtime(self.at):%H:%M %d/%m/%Y}"


class AdjustmentAction(models.TextChoices):
    ADDED = "added", _("Nhận thêm")
    CLOSED = "closed", _("Đóng ca")
    VOIDED = "voided", _("Hủy")


class AdjustmentLine(models.Model):
    """What an adjustment did to one item. Append-only."""

    adjustment = models.ForeignKey(Adjustment, models.PROTECT, related_name="lines", verbose_name=_("điều chỉnh"))
    action = models.CharField(_("việc"), max_length=6, choices=AdjustmentAction)
    kind = models.CharField(_("loại mục"), max_length=10, choices=ItemKind)
    item = models.UUIDField(_("mục"))

    class Meta:
        verbose_name = _("dòng điều chỉnh")
        verbose_name_plural = _("các dòng điều chỉnh")
        ordering = ["pk"]
        constraints = [
            one_of("adjustmentline_action", "action", AdjustmentAction.values),
            one_of("adjustmentline_kind", "kind", ItemKind.values),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} · {self.get_kind_display()}"


class LateDecision(models.TextChoices):
    ACCEPTED = "accepted", _("Đã nhận")
    DECLINED = "declined", _("Không nhận")


class LateEntryQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        """Like the sessions that they belong to: by the team and the day."""
        return access.visible_sessions(self, right)

    def for_list(self):
        return self.select_related("team", "lock__unit", "created_by", "decided_by")

    def open(self):
        """Nobody has decided about them yet."""
        return self.filter(decision="")

    def declined(self):
        return self.filter(decision=LateDecision.DECLINED)

    def outside(self):
        """No figure knows of them: nobody has decided yet, or the answer was no."""
        return self.filter(decision__in=["", LateDecision.DECLINED])

    def of_sessions(self, ids):
        return self.filter(session__in=ids)


# What each kind is stored as once it is accepted.
RAW = {ItemKind.SESSION: Session, ItemKind.LOG: AssistanceLog, ItemKind.ATTENDANCE: Attendance, ItemKind.VOID: Void}


class LateEntry(models.Model):
    """Mục đến muộn: acknowledged and kept, but its period was locked, so that it counts only once staff accept it.

    A session whose id is held is a later version of it (its close). Each version that was decided about stays.
    """

    item = models.UUIDField(_("mục"), db_index=True, editable=False)
    kind = models.CharField(_("loại mục"), max_length=10, choices=ItemKind)
    # No foreign key: the session may itself be late.
    session = models.UUIDField(_("ca hỗ trợ"), db_index=True)
    team = models.ForeignKey(Team, models.PROTECT, related_name="late_entries", verbose_name=_("đội hình"))
    day = models.DateField(_("ngày"))
    # As it was sent, by field; and the columns of the row that it becomes.
    content = models.JSONField(_("nội dung"))
    row = models.JSONField()
    device = models.UUIDField(_("thiết bị"))
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("người gửi"))
    received_at = models.DateTimeField(_("nhận lúc"), default=timezone.now)
    lock = models.ForeignKey(PeriodLock, models.PROTECT, related_name="late_entries", verbose_name=_("khóa kỳ"))
    decision = models.CharField(_("quyết định"), max_length=8, choices=LateDecision, blank=True)
    decided_by = models.ForeignKey(
        USER, models.PROTECT, null=True, related_name="+", verbose_name=_("người quyết định")
    )
    decided_at = models.DateTimeField(_("quyết định lúc"), null=True)
    reason = models.CharField(_("lý do"), max_length=300, blank=True)
    adjustment = models.ForeignKey(
        Adjustment, models.PROTECT, null=True, related_name="late_entries", verbose_name=_("điều chỉnh")
    )

    objects = LateEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("mục đến muộn")
        verbose_name_plural = _("các mục đến muộn")
        ordering = ["-received_at", "pk"]
        constraints = [
            one_of("lateentry_kind", "kind", ItemKind.values),
            one_of("lateentry_decision", "decision", [*LateDecision.values, ""]),
            all_or_none("lateentry_decided", "decided_by", "decided_at"),
            models.UniqueConstraint(name="lateentry_one_open", fields=["item"], condition=Q(decision="")),
            models.CheckConstraint(
                name="lateentry_decision_is_whole",
                condition=Q(decision="", decided_at__isnull=True, adjustment__isnull=True)
                | Q(decision=LateDecision.DECLINED, decided_at__isnull=False, adjustment__isnull=True)
                | Q(decision=LateDecision.ACCEPTED, decided_at__isnull=False, adjustment__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["team", "day"], name="lateentry_team_day"),
            models.Index(fields=["received_at"], condition=Q(decision=""), name="lateentry_open"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.team} · {self.day:%d/%m/%Y}"

    def as_raw(self) -> models.Model:
        """The row that it stands for, unsaved."""
        model = RAW[ItemKind(self.kind)]
        fields = {field.attname: field for field in model._meta.concrete_fields}
        values = {name: fields[name].to_python(value) for name, value in self.row.items()}
        return model(**values, device=self.device, created_by_id=self.created_by_id, received_at=self.received_at)
