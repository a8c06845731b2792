"""A reorganisation, its steps, what people have decided for it, and the lineage of units that it leaves behind."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import all_or_none, exactly_one, one_of
from core.dated import DAY
from teams.models.areas import SuccessionRelation
from teams.models.teams import Team
from teams.models.units import Unit
from teams.permissions import Right


def _person(words) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=words,
    )


class ReorganisationState(models.TextChoices):
    DRAFT = "draft", _("Đang soạn")
    APPROVED = "approved", _("Đã duyệt, chờ thực hiện")
    EXECUTED = "executed", _("Đã thực hiện")
    UNDONE = "undone", _("Đã hoàn tác")


class StepKind(models.TextChoices):
    OPEN = "open", _("Lập đơn vị mới")
    MERGE = "merge", _("Sáp nhập")
    SPLIT = "split", _("Chia tách")
    MOVE = "move", _("Chuyển về đơn vị khác")
    RENAME = "rename", _("Đổi tên")
    CLOSE = "close", _("Kết thúc")


class ReorganisationQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        """It touches everybody's figures: only for who may reorganise the whole city."""
        return self if access.is_city_wide(right or Right.ORG_REORGANISE) else self.none()


class Reorganisation(models.Model):
    # Set for what is shipped with the portal, so that it is prepared once.
    code = models.SlugField(_("mã"), max_length=40, unique=True, null=True, blank=True, editable=False)
    name = models.CharField(_("tên cuộc sắp xếp"), max_length=200)
    effective_on = models.DateField(_("có hiệu lực từ ngày"))
    source = models.CharField(_("văn bản"), max_length=200)
    note = models.TextField(_("ghi chú"), blank=True, max_length=1000)
    state = models.CharField(
        _("tình trạng"), max_length=8, choices=ReorganisationState, default=ReorganisationState.DRAFT, editable=False
    )
    author = _person(_("người soạn"))
    created_at = models.DateTimeField(_("soạn lúc"), default=timezone.now, editable=False)
    # What the last dry run found, frozen; carrying out requires that it would still find the same.
    preview = models.JSONField(null=True, blank=True, editable=False, encoder=DjangoJSONEncoder)
    previewed_at = models.DateTimeField(_("chạy thử lúc"), null=True, editable=False)
    approved_by = _person(_("người duyệt"))
    approved_at = models.DateTimeField(_("duyệt lúc"), null=True, editable=False)
    approval_note = models.CharField(_("ý kiến khi duyệt"), max_length=300, blank=True)
    executed_by = _person(_("người thực hiện"))
    executed_at = models.DateTimeField(_("thực hiện lúc"), null=True, editable=False)
    undone_by = _person(_("người hoàn tác"))
    undone_at = models.DateTimeField(_("hoàn tác lúc"), null=True, editable=False)
    # Every row that it has written, as it was and as it became: what undoing reads.
    journal = models.JSONField(default=list, editable=False, encoder=DjangoJSONEncoder)

    objects = ReorganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("cuộc sắp xếp")
        verbose_name_plural = _("sắp xếp tổ chức")
        ordering = ["-effective_on", "-id"]
        constraints = [
            one_of("reorganisation_state", "state", ReorganisationState.values),
            all_or_none("reorganisation_preview_pair", "preview", "previewed_at"),
            models.CheckConstraint(
                name="reorganisation_executed",
                condition=~Q(state=ReorganisationState.EXECUTED)
                | Q(executed_at__isnull=False, previewed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="reorganisation_approved",
                condition=~Q(state=ReorganisationState.APPROVED)
                | Q(approved_at__isnull=False, previewed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="reorganisation_undone",
                condition=~Q(state=ReorganisationState.UNDONE) | Q(undone_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def last_day(self):
        """Of the old order."""
        return self.effective_on - DAY

    @property
    def is_draft(self) -> bool:
        return self.state == ReorganisationState.DRAFT


class ReorganisationStep(models.Model):
    """``data`` speaks of units by code, since some do not exist yet: of old ones on the last day, of new ones after."""

    reorganisation = models.ForeignKey(Reorganisation, models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField(_("thứ tự"))
    kind = models.CharField(_("việc"), max_length=6, choices=StepKind)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("bước sắp xếp")
        verbose_name_plural = _("bước sắp xếp")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(name="reorganisationstep_key", fields=["reorganisation", "position"]),
            one_of("reorganisationstep_kind", "kind", StepKind.values),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.get_kind_display()}"


class ReorganisationDecision(models.Model):
    """Where a person has said that a team, or a unit below one that ends, goes: what nothing else determines."""

    reorganisation = models.ForeignKey(Reorganisation, models.CASCADE, related_name="decisions")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", verbose_name=_("đội hình"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("đơn vị"))
    into = models.CharField(_("về đơn vị"), max_length=30)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("quyết định sắp xếp")
        verbose_name_plural = _("quyết định sắp xếp")
        ordering = ["pk"]
        constraints = [
            exactly_one("reorganisationdecision_one", "team", "unit"),
            models.UniqueConstraint(name="reorganisationdecision_team", fields=["reorganisation", "team"]),
            models.UniqueConstraint(name="reorganisationdecision_unit", fields=["reorganisation", "unit"]),
        ]

    def __str__(self) -> str:
        return f"{self.team or self.unit} → {self.into}"


class UnitSuccession(models.Model):
    """On ``effective_on`` the old unit went, wholly or in part, into the new one. A renamed unit is its own successor:
    the row of its new name follows the row of the old one."""

    effective_on = models.DateField(_("ngày hiệu lực"))
    old = models.ForeignKey(Unit, models.PROTECT, related_name="successions", verbose_name=_("đơn vị cũ"))
    new = models.ForeignKey(Unit, models.PROTECT, related_name="predecessions", verbose_name=_("đơn vị mới"))
    relation = models.CharField(_("phần chuyển sang"), max_length=5, choices=SuccessionRelation)
    reorganisation = models.ForeignKey(
        Reorganisation, models.PROTECT, related_name="successions", verbose_name=_("cuộc sắp xếp")
    )

    class Meta:
        verbose_name = _("chuyển tiếp đơn vị Đoàn")
        verbose_name_plural = _("chuyển tiếp đơn vị Đoàn")
        ordering = ["effective_on", "old__code", "new__code"]
        constraints = [
            models.UniqueConstraint(name="unitsuccession_key", fields=["effective_on", "old", "new"]),
            models.CheckConstraint(name="unitsuccession_moves", condition=~Q(old=F("new"))),
            one_of("unitsuccession_relation", "relation", SuccessionRelation.values),
        ]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"
