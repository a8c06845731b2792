"""By when a day is to be reviewed, and from when on nothing of it may change."""

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from core.constraints import all_or_none
from core.dated import DAY
from teams.models import Team, Unit

USER = settings.AUTH_USER_MODEL
# Where nobody has said anything else.
USUAL_DAYS = 3


class PeriodLockQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        """Locks of the reader's units, and those from above that hold for them too."""
        return access.visible_locks(self, right)

    def active(self):
        return self.filter(lifted_at__isnull=True)

    def touching(self, first: dt.date, last: dt.date):
        return self.filter(starts_on__lte=last, ends_on__gte=first)


class PeriodLock(models.Model):
    """Khóa kỳ: the sessions of a unit and of all below it, on these days, change by adjustments only."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="period_locks", verbose_name=_("đơn vị"))
    starts_on = models.DateField(_("từ ngày"))
    ends_on = models.DateField(_("đến hết ngày"))
    reason = models.CharField(_("lý do khóa"), max_length=300)
    locked_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("người khóa"))
    locked_at = models.DateTimeField(_("khóa lúc"), default=timezone.now)
    lifted_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người mở khóa")
    )
    lifted_at = models.DateTimeField(_("mở khóa lúc"), null=True, blank=True)
    lift_reason = models.CharField(_("lý do mở khóa"), max_length=300, blank=True)

    objects = PeriodLockQuerySet.as_manager()

    class Meta:
        verbose_name = _("khóa kỳ")
        verbose_name_plural = _("khóa kỳ")
        ordering = ["-ends_on", "-pk"]
        constraints = [
            models.CheckConstraint(name="periodlock_dates", condition=Q(ends_on__gte=F("starts_on"))),
            all_or_none("periodlock_lifted", "lifted_by", "lifted_at"),
        ]
        indexes = [
            models.Index(
                fields=["starts_on", "ends_on"], condition=Q(lifted_at__isnull=True), name="periodlock_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} · {self.starts_on:%d/%m/%Y}–{self.ends_on:%d/%m/%Y}"

    @property
    def is_active(self) -> bool:
        return self.lifted_at is None


def _start_of(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


class ReviewPolicyQuerySet(models.QuerySet):
    def days_by_campaign(self) -> dict[int | None, int]:
        """Days allowed, by campaign; ``None``: for every other session."""
        return {None: USUAL_DAYS, **dict(self.values_list("campaign", "days"))}

    def past_deadline(self, today: dt.date) -> Q:
        """A condition on sessions: ``today`` is after the last day on which they were to be reviewed."""
        return self._past(lambda days: Q(day__lt=today - days * DAY))

    def past_answer(self, today: dt.date) -> Q:
        """A condition on sessions that were sent back: the team has had as many days to answer, from that day."""
        return self._past(lambda days: Q(returned_at__lt=_start_of(today - days * DAY)))

    def _past(self, is_late: Callable[[int], Q]) -> Q:
        """``is_late``: after so many days."""
        days = self.days_by_campaign()
        usual = days.pop(None)
        late = is_late(usual) & (Q(campaign__isnull=True) | ~Q(campaign__in=list(days)))
        for campaign, allowed in days.items():
            late |= Q(campaign=campaign) & is_late(allowed)
        return late


class ReviewPolicy(models.Model):
    """Hạn duyệt: how many days after the day of a session its review is due; without a campaign for all others."""

    campaign = models.ForeignKey(
        Campaign,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="review_policies",
        verbose_name=_("chiến dịch"),
        help_text=_("Để trống: áp dụng cho mọi ca không thuộc chiến dịch nào có hạn riêng."),
    )
    days = models.PositiveSmallIntegerField(
        _("số ngày được duyệt"),
        default=USUAL_DAYS,
        validators=[MaxValueValidator(366)],
        help_text=_(
            "Tính từ ngày của ca: ca ngày 26/3 với hạn 3 ngày phải được duyệt hết ngày 29/3. Ca đã trả lại thì đội có "
            "bấy nhiêu ngày để trả lời, tính từ ngày trả lại."
        ),
    )

    objects = ReviewPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("hạn duyệt")
        verbose_name_plural = _("hạn duyệt")
        ordering = [F("campaign").asc(nulls_first=True)]
        constraints = [
            models.UniqueConstraint(
                Coalesce(F("campaign"), 0),
                name="reviewpolicy_key",
                violation_error_message=_("Chiến dịch này đã có hạn duyệt. Hãy sửa hạn đang có."),
            ),
            models.CheckConstraint(name="reviewpolicy_days", condition=Q(days__lte=366)),
        ]

    def __str__(self) -> str:
        return str(self.campaign) if self.campaign else str(_("Mọi chiến dịch khác"))


class ReviewReminder(models.Model):
    """Whom a letter was promised to, the reviewers of a unit or the leaders of a team: written first and sent then,
    once a day to each."""

    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("đơn vị"))
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", verbose_name=_("đội hình"))
    day = models.DateField(_("ngày"))
    overdue = models.PositiveIntegerField(_("ca quá hạn duyệt"), default=0, db_default=0)
    unanswered = models.PositiveIntegerField(_("ca quá hạn trả lời"), default=0, db_default=0)
    created_at = models.DateTimeField(_("lập lúc"), default=timezone.now)
    sent_at = models.DateTimeField(_("gửi lúc"), null=True)

    class Meta:
        verbose_name = _("thư nhắc duyệt")
        verbose_name_plural = _("thư nhắc duyệt")
        ordering = ["-day", "unit", "team"]
        constraints = [
            models.UniqueConstraint(name="reviewreminder_key", fields=["unit", "day"]),
            models.UniqueConstraint(name="reviewreminder_team_key", fields=["team", "day"]),
            models.CheckConstraint(
                name="reviewreminder_to_one",
                condition=Q(unit__isnull=False, team__isnull=True) | Q(unit__isnull=True, team__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit or self.team} · {self.day:%d/%m/%Y}"
