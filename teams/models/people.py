"""Volunteers and their membership of teams. Volunteers are data subjects: only what the work needs is kept."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.dated import Dated, DatedQuerySet
from core.fields import DerivedTextField, OffSinceField
from core.vietnamese import fold, sortable_name
from teams.models.teams import Team
from teams.models.units import Unit


class VolunteerQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        return access.visible_volunteers(self, right)

    def search(self, text: str):
        return self.filter(search_key__contains=fold(text))


class Volunteer(models.Model):
    code = models.CharField(_("mã tình nguyện viên"), max_length=30, unique=True)
    full_name = models.CharField(_("họ và tên"), max_length=150)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="volunteers", verbose_name=_("đơn vị sinh hoạt"))
    is_active = models.BooleanField(_("đang tham gia"), default=True)
    # What the time for those who have left is counted from (services_help/retention.py); unknown: never due.
    left_on = OffSinceField("is_active", verbose_name=_("nghỉ từ ngày"))
    # Since then code and name are made up; what the person did still counts (teams/forgetting.py).
    anonymised_at = models.DateTimeField(_("ẩn danh lúc"), null=True, editable=False)
    search_key = DerivedTextField("code", "full_name")
    sort_key = DerivedTextField("full_name", derive=sortable_name)

    objects = VolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = _("tình nguyện viên")
        verbose_name_plural = _("tình nguyện viên")
        ordering = ["sort_key", "code"]
        # The first page of a list, and suggestions, without sorting everybody.
        indexes = [models.Index(fields=["sort_key", "code"], name="volunteer_order")]
        constraints = [
            # An old day left behind would take the name as soon as the person stops again.
            models.CheckConstraint(name="volunteer_left", condition=Q(is_active=False) | Q(left_on__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.full_name


class TeamMember(Dated):
    team = models.ForeignKey(Team, models.PROTECT, related_name="members", verbose_name=_("đội hình"))
    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, related_name="memberships", verbose_name=_("tình nguyện viên")
    )

    objects = DatedQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("thành viên đội hình")
        verbose_name_plural = _("thành viên đội hình")
        ordering = ["team", "volunteer__sort_key"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(name="teammember_key", fields=["team", "volunteer", "valid_from"]),
        ]

    def __str__(self) -> str:
        return f"{self.volunteer} · {self.team}"
