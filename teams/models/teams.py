"""Volunteer teams. A team's home unit is dated, like everything that can be reorganised."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.constraints import one_of
from core.dated import Dated, DatedQuerySet
from core.fields import DerivedTextField
from core.vietnamese import fold, sort_key
from teams.models.units import Unit


class TeamKind(models.TextChoices):
    SQUAD = "squad", _("Tổ thanh niên xung kích")
    PROJECT = "project", _("Đội hình công trình, phần việc")
    EXPERT = "expert", _("Đội hình tư vấn chuyên môn")
    STUDENT = "student", _("Đội hình sinh viên, học sinh")
    DIGITAL = "digital", _("Tổ công nghệ số cộng đồng")


class TeamQuerySet(DatedQuerySet):
    def visible_to(self, access, right=None):
        """Teams on which ``access`` holds ``right`` (default: to see the organisation), by today's home unit."""
        return access.visible_teams(self, right)

    def search(self, text: str):
        return self.filter(search_key__contains=fold(text))

    def for_list(self):
        return self.select_related("area")


class Team(Dated):
    code = models.CharField(_("mã đội hình"), max_length=30)
    name = models.CharField(_("tên đội hình"), max_length=200)
    kind = models.CharField(_("loại đội hình"), max_length=10, choices=TeamKind, default=TeamKind.SQUAD)
    # Without an area: a mobile squad, or one that is sent where it is asked for.
    area = models.ForeignKey(
        "teams.AdminArea", models.PROTECT, null=True, blank=True, related_name="teams", verbose_name=_("địa bàn")
    )
    field = models.CharField(_("lĩnh vực chuyên môn"), max_length=120, blank=True)
    is_assumed = models.BooleanField(
        _("giả định"), default=False, help_text=_("Không nguồn nào xác nhận đội hình này; được thêm để đủ số.")
    )
    note = models.CharField(_("ghi chú"), max_length=300, blank=True)
    search_key = DerivedTextField("code", "name", "field")
    sort_key = DerivedTextField("name", derive=sort_key)

    objects = TeamQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("đội hình")
        verbose_name_plural = _("đội hình")
        ordering = ["sort_key", "valid_from"]
        # The first page of a list without sorting everybody.
        indexes = [models.Index(fields=["sort_key", "valid_from"], name="team_order")]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(name="team_key", fields=["code", "valid_from"]),
            one_of("team_kind", "kind", TeamKind.values),
        ]

    def __str__(self) -> str:
        return self.name

    def home_on(self, day) -> Unit | None:
        home = self.homes.on(day).select_related("unit").first()
        return home.unit if home else None


class TeamHome(Dated):
    """The unit that a team belonged to in these days. Never two at once (exclusion constraint)."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="homes", verbose_name=_("đội hình"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="team_homes", verbose_name=_("đơn vị"))

    objects = DatedQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("đơn vị chủ quản")
        verbose_name_plural = _("đơn vị chủ quản")
        ordering = ["team", "valid_from"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(name="teamhome_key", fields=["team", "valid_from"]),
        ]
        indexes = [models.Index(fields=["unit", "team"], name="teamhome_unit")]

    def __str__(self) -> str:
        return f"{self.team} ⊂ {self.unit}"
