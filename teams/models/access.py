"""Appointments, API tokens and device passes: each grants rights on one unit's subtree or on one team, until a day."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import exactly_one, one_of
from core.dated import DAY, Dated, DatedQuerySet, overlapping, today
from teams.models.teams import Team
from teams.models.units import Unit
from teams.permissions import Role, Scope


class AppointmentQuerySet(DatedQuerySet):
    def visible_to(self, access, right=None):
        return access.visible_scoped(self, right)


class HeldQuerySet(AppointmentQuerySet):
    """Who holds what. An appointment that was withdrawn is asked for by its row alone: it holds on no day."""

    def on(self, day):
        return super().on(day).filter(withdrawn_at=None)

    def between(self, start: dt.date, end: dt.date | None):
        """Held on at least one day of ``start``..``end``."""
        return self.filter(overlapping(start, end), withdrawn_at=None)


class Appointment(Dated):
    """``user`` holds ``role`` on a unit (with all below it) or on one team in these days."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments", verbose_name=_("tài khoản")
    )
    role = models.CharField(_("vai trò"), max_length=12, choices=Role)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("đơn vị")
    )
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("đội hình")
    )
    # Ended before its first day was over. Days cannot say that: the row would hold until midnight.
    withdrawn_at = models.DateTimeField(_("rút lại lúc"), null=True, editable=False)

    objects = HeldQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("phân quyền")
        verbose_name_plural = _("phân quyền")
        ordering = ["user", "valid_from"]
        constraints = [
            *Dated.Meta.constraints,
            one_of("appointment_role", "role", Role.values),
            exactly_one("appointment_unit_or_team", "unit", "team"),
            models.CheckConstraint(
                name="appointment_leader_has_team",
                condition=Q(role=Role.TEAM_LEADER, team__isnull=False)
                | (~Q(role=Role.TEAM_LEADER) & Q(unit__isnull=False)),
                violation_error_message=_("Đội trưởng gắn với một đội hình; các vai trò khác gắn với một đơn vị."),
            ),
            models.UniqueConstraint(
                name="appointment_unit_key",
                fields=["user", "role", "unit", "valid_from"],
                condition=Q(unit__isnull=False, withdrawn_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="appointment_team_key",
                fields=["user", "role", "team", "valid_from"],
                condition=Q(team__isnull=False, withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="appointment_withdrawn",
                condition=Q(withdrawn_at__isnull=True) | Q(valid_to__isnull=False, valid_to=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.unit or self.team}"

    def is_valid_on(self, day: dt.date) -> bool:
        return self.withdrawn_at is None and super().is_valid_on(day)

    def end(self, last_day: dt.date | None = None) -> bool:
        """With ``last_day``, by default yesterday: from now on it holds no more. Whether that changes anything."""
        last_day = last_day or today() - DAY
        if self.valid_to and (self.withdrawn_at or self.valid_to <= last_day):
            return False
        self.valid_to = max(last_day, self.valid_from)
        if last_day < self.valid_from:
            self.withdrawn_at = timezone.now()
        return True


class ApiToken(models.Model):
    """A key for another program. Only its SHA-256 is stored; the key itself is shown once."""

    name = models.CharField(_("tên"), max_length=120)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_tokens", verbose_name=_("tài khoản")
    )
    # Who was shown the key, and may still have it. The trail tells that too, but only as long as it is kept.
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="issued_tokens",
        verbose_name=_("người cấp"),
        editable=False,
    )
    prefix = models.CharField(_("đầu khóa"), max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("phạm vi quyền"), default=list)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="api_tokens", verbose_name=_("đơn vị")
    )
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="api_tokens", verbose_name=_("đội hình")
    )
    is_public = models.BooleanField(
        _("số liệu sẽ được công bố"),
        default=False,
        db_default=False,
        help_text=_("Chỉ trả số của các tháng đã hết, che số nhỏ. Khóa này không đọc được gì khác."),
    )
    expires_at = models.DateTimeField(_("hết hạn lúc"))
    created_at = models.DateTimeField(_("tạo lúc"), default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(_("dùng lần cuối"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("thu hồi lúc"), null=True, editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("khóa API")
        verbose_name_plural = _("khóa API")
        ordering = ["-created_at"]
        constraints = [
            exactly_one("apitoken_unit_or_team", "unit", "team"),
            # Also what finds the one of thousands of keys that a call has come with.
            models.UniqueConstraint(name="apitoken_digest", fields=["digest"]),
            models.CheckConstraint(
                name="apitoken_public_of_unit",
                condition=Q(is_public=False) | Q(unit__isnull=False),
                violation_error_message=_("Khóa để công bố gắn với một đơn vị, không gắn với một đội hình."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def scope_words(self) -> str:
        return ", ".join(str(Scope(scope).label) for scope in self.scopes)

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()


class DevicePass(models.Model):
    """A printed QR code that signs one phone in for one team until a day. Useless after its first use."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="device_passes", verbose_name=_("đội hình"))
    label = models.CharField(_("ghi trên thẻ"), max_length=120, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    valid_to = models.DateField(_("dùng đến hết ngày"))
    created_at = models.DateTimeField(_("tạo lúc"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    # The account that the phone works as; it holds one appointment, for this team and these days.
    device_user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="device_pass", editable=False
    )
    redeemed_at = models.DateTimeField(_("quét lúc"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("thu hồi lúc"), null=True, editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("thẻ thiết bị")
        verbose_name_plural = _("thẻ thiết bị")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["-created_at"], name="devicepass_order")]
        constraints = [
            models.CheckConstraint(
                name="devicepass_redeemed_pair",
                condition=Q(redeemed_at__isnull=True, device_user__isnull=True)
                | Q(redeemed_at__isnull=False, device_user__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.team} · {self.label or self.pk}"

    @property
    def state(self) -> str:
        """``waiting`` | ``in_use`` | ``expired`` | ``revoked``"""
        if self.revoked_at:
            return "revoked"
        if self.valid_to < today():
            return "expired"
        return "in_use" if self.redeemed_at else "waiting"
