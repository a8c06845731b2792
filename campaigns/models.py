"""What is planned: campaigns that contain campaigns, their days, the points, who is sent where, and the targets."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.past import PastFigure  # noqa: F401 - Django finds an app's models through this module
from core.constraints import all_or_none, exactly_one, one_of
from core.dated import Dated, DatedQuerySet
from core.fields import DerivedTextField
from core.vietnamese import fold, sort_key
from teams.models import AdminArea, Team, Unit
from teams.permissions import Right

MAX_NESTING = 10


class ProgrammeGoal(models.Model):
    """A goal of the city's digital-transformation programme (Decision 2393/QĐ-UBND of 2020-07-03)."""

    code = models.CharField(_("mã"), max_length=30, unique=True)
    name = models.CharField(_("mục tiêu"), max_length=300)
    name_en = models.CharField(_("tên tiếng Anh"), max_length=300, blank=True)
    source = models.CharField(_("văn bản"), max_length=200)

    class Meta:
        verbose_name = _("mục tiêu chương trình")
        verbose_name_plural = _("mục tiêu chương trình")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class CampaignKind(models.TextChoices):
    YOUTH_MONTH = "youth_month", _("Tháng Thanh niên")
    PROJECT = "project", _("Công trình, phần việc")
    PEAK = "peak", _("Ngày cao điểm")
    PROGRAMME = "programme", _("Chương trình thường xuyên")
    SUMMER = "summer", _("Tình nguyện hè")


class CampaignStatus(models.TextChoices):
    DRAFT = "draft", _("Dự thảo")
    ACTIVE = "active", _("Đang thực hiện")
    CLOSED = "closed", _("Đã kết thúc")


class CampaignQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        """Campaigns of the units that the reader stands in or under, and of those below him."""
        return access.visible_campaigns(self, right)

    def search(self, text: str):
        return self.filter(search_key__contains=fold(text))

    def public(self):
        return self.exclude(status=CampaignStatus.DRAFT)

    def for_list(self):
        return self.select_related("owner", "parent")


class Campaign(models.Model):
    code = models.CharField(_("mã chiến dịch"), max_length=40, unique=True)
    name = models.CharField(_("tên chiến dịch"), max_length=250)
    kind = models.CharField(_("loại"), max_length=12, choices=CampaignKind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("thuộc chiến dịch")
    )
    owner = models.ForeignKey(Unit, models.PROTECT, related_name="campaigns", verbose_name=_("đơn vị chủ trì"))
    theme = models.CharField(_("chủ đề"), max_length=250, blank=True)
    description = models.TextField(_("mô tả"), blank=True)
    plan_number = models.CharField(_("số kế hoạch"), max_length=60, blank=True)
    starts_on = models.DateField(_("từ ngày"))
    ends_on = models.DateField(_("đến ngày"), null=True, blank=True)
    status = models.CharField(_("tình trạng"), max_length=8, choices=CampaignStatus, default=CampaignStatus.DRAFT)
    goals = models.ManyToManyField(
        ProgrammeGoal, blank=True, related_name="campaigns", verbose_name=_("phục vụ mục tiêu")
    )
    search_key = DerivedTextField("code", "name", "theme")

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("chiến dịch")
        verbose_name_plural = _("chiến dịch")
        ordering = ["-starts_on", "code"]
        indexes = [models.Index(fields=["-starts_on", "code"], name="campaign_order")]
        constraints = [
            models.CheckConstraint(
                name="campaign_dates",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("Ngày kết thúc phải sau hoặc bằng ngày bắt đầu."),
            ),
            models.CheckConstraint(
                name="campaign_not_itself",
                condition=~Q(parent=F("id")),
                violation_error_message=_("Chiến dịch không thể thuộc chính nó."),
            ),
            one_of("campaign_kind", "kind", CampaignKind.values),
            one_of("campaign_status", "status", CampaignStatus.values),
        ]

    def __str__(self) -> str:
        return self.name


class DayKind(models.TextChoices):
    PEAK = "peak", _("Cao điểm")
    ORDINARY = "ordinary", _("Thường")


class CampaignDay(models.Model):
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="days", verbose_name=_("chiến dịch"))
    day = models.DateField(_("ngày"), db_index=True)
    kind = models.CharField(_("loại ngày"), max_length=8, choices=DayKind, default=DayKind.ORDINARY)
    name = models.CharField(_("tên ngày hoạt động"), max_length=250, blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("ngày hoạt động")
        verbose_name_plural = _("ngày hoạt động")
        ordering = ["-day", "campaign"]
        constraints = [
            models.UniqueConstraint(name="campaignday_key", fields=["campaign", "day"]),
            one_of("campaignday_kind", "kind", DayKind.values),
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} · {self.campaign}"


class PointKind(models.TextChoices):
    ONE_STOP = "one_stop", _("Bộ phận một cửa, trung tâm hành chính công")
    HOSPITAL = "hospital", _("Bệnh viện")
    MARKET = "market", _("Chợ")
    BUS_STATION = "bus_station", _("Bến xe, nhà ga")
    SCHOOL = "school", _("Trường học")
    POLICE = "police", _("Trụ sở Công an")
    OFFICE = "office", _("Cơ quan, đơn vị")
    NEIGHBOURHOOD = "neighbourhood", _("Khu phố, ấp")
    OTHER = "other", _("Nơi khác")


class SupportPointQuerySet(DatedQuerySet):
    def visible_to(self, access, right=None):
        return access.visible_points(self, right)

    def search(self, text: str):
        return self.filter(search_key__contains=fold(text))

    def for_list(self):
        return self.select_related("area", "unit")


class SupportPoint(Dated):
    """Where citizens find help. The unit looks after the point; who stands there is a deployment."""

    code = models.CharField(_("mã điểm"), max_length=30)
    name = models.CharField(_("tên điểm hỗ trợ"), max_length=200)
    kind = models.CharField(_("loại điểm"), max_length=14, choices=PointKind)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="points", verbose_name=_("đơn vị phụ trách"))
    area = models.ForeignKey(AdminArea, models.PROTECT, related_name="points", verbose_name=_("địa bàn"))
    address = models.CharField(_("địa chỉ"), max_length=250, blank=True)
    lat = models.FloatField(_("vĩ độ"), null=True, blank=True)
    lon = models.FloatField(_("kinh độ"), null=True, blank=True)
    opens_at = models.TimeField(_("mở cửa"), null=True, blank=True)
    closes_at = models.TimeField(_("đóng cửa"), null=True, blank=True)
    search_key = DerivedTextField("code", "name", "address")
    sort_key = DerivedTextField("name", derive=sort_key)

    objects = SupportPointQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("điểm hỗ trợ")
        verbose_name_plural = _("điểm hỗ trợ")
        ordering = ["sort_key", "valid_from"]
        indexes = [models.Index(fields=["sort_key", "valid_from"], name="supportpoint_order")]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(name="supportpoint_key", fields=["code", "valid_from"]),
            one_of("supportpoint_kind", "kind", PointKind.values),
            all_or_none(
                "supportpoint_place", "lat", "lon", message=_("Nhập cả vĩ độ và kinh độ, hoặc để trống cả hai.")
            ),
            all_or_none(
                "supportpoint_hours_pair",
                "opens_at",
                "closes_at",
                message=_("Nhập cả giờ mở cửa và giờ đóng cửa, hoặc để trống cả hai."),
            ),
            models.CheckConstraint(
                name="supportpoint_hours",
                condition=Q(opens_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
                violation_error_message=_("Giờ đóng cửa phải sau giờ mở cửa."),
            ),
            models.CheckConstraint(
                name="supportpoint_on_earth",
                condition=Q(lat__isnull=True) | Q(lat__range=(-90, 90), lon__range=(-180, 180)),
                violation_error_message=_(
                    "Vĩ độ hoặc kinh độ không đúng: vĩ độ từ -90 đến 90, kinh độ từ -180 đến 180."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeploymentQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        return access.visible_scoped(self, right)

    def active(self):
        return self.filter(cancelled_at__isnull=True)

    def carried_out(self):
        """A draft is no plan yet: phones do not show it, and no session counts for it."""
        return self.active().exclude(campaign_day__campaign__status=CampaignStatus.DRAFT)

    def for_list(self):
        return self.select_related("team", "campaign_day__campaign", "point__area")


class Deployment(models.Model):
    """A team is sent to a point (or stays mobile) on a campaign day, for these hours."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="deployments", verbose_name=_("đội hình"))
    campaign_day = models.ForeignKey(
        CampaignDay, models.PROTECT, related_name="deployments", verbose_name=_("ngày hoạt động")
    )
    point = models.ForeignKey(
        SupportPoint, models.PROTECT, null=True, blank=True, related_name="deployments", verbose_name=_("điểm hỗ trợ")
    )
    starts_at = models.TimeField(_("từ giờ"))
    ends_at = models.TimeField(_("đến giờ"))
    note = models.CharField(_("ghi chú"), max_length=300, blank=True)
    cancelled_at = models.DateTimeField(_("hủy lúc"), null=True, editable=False)
    # Moves with every change: who has looked at an older one is told so, and calendars know which of two is newer.
    version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    changed_at = models.DateTimeField(_("sửa lúc"), default=timezone.now, db_default=Now(), editable=False)

    objects = DeploymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("phân công")
        verbose_name_plural = _("phân công")
        ordering = ["-campaign_day__day", "starts_at", "team__sort_key"]
        constraints = [
            models.UniqueConstraint(
                name="deployment_key",
                fields=["team", "campaign_day", "point", "starts_at"],
                condition=Q(cancelled_at__isnull=True, point__isnull=False),
            ),
            models.UniqueConstraint(
                name="deployment_mobile_key",
                fields=["team", "campaign_day", "starts_at"],
                condition=Q(cancelled_at__isnull=True, point__isnull=True),
            ),
            models.CheckConstraint(
                name="deployment_hours",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("Giờ kết thúc phải sau giờ bắt đầu."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} · {self.campaign_day}"

    def touch(self) -> None:
        """Say that it is about to be stored with other content."""
        self.version += 1
        self.changed_at = timezone.now()


class TargetQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        return access.visible_scoped(self, right)

    def for_list(self):
        return self.select_related("campaign", "unit")


class Target(models.Model):
    """Chỉ tiêu: what a unit is to reach in a campaign, in one measure of the statistics."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="targets", verbose_name=_("chiến dịch"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="targets", verbose_name=_("đơn vị"))
    measure = models.CharField(
        _("chỉ số"), max_length=30, help_text=_("Mã chỉ số thống kê, ví dụ people, service_turns, HS_NOP.")
    )
    value = models.PositiveIntegerField(_("chỉ tiêu"))
    name = models.CharField(_("tên chỉ tiêu"), max_length=250)

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = _("chỉ tiêu")
        verbose_name_plural = _("chỉ tiêu")
        ordering = ["campaign", "unit__sort_key", "measure"]
        constraints = [
            models.UniqueConstraint(name="target_key", fields=["campaign", "unit", "measure"]),
            models.CheckConstraint(
                name="target_positive", condition=Q(value__gt=0), violation_error_message=_("Chỉ tiêu phải lớn hơn 0.")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class CalendarFeedQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        return access.visible_scoped(self, right or Right.DEPLOY)

    def live(self):
        return self.filter(revoked_at__isnull=True)


class CalendarFeed(models.Model):
    """A secret address under which a calendar program reads the deployments of a team, or of a unit and all below it.

    The address is known to those who were given it alone; the table holds its SHA-256.
    """

    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="calendar_feeds", verbose_name=_("đội hình")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="calendar_feeds", verbose_name=_("đơn vị")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("tạo lúc"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    revoked_at = models.DateTimeField(_("thu hồi lúc"), null=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("lịch để theo dõi")
        verbose_name_plural = _("lịch để theo dõi")
        ordering = ["-created_at"]
        constraints = [
            exactly_one("calendarfeed_unit_or_team", "unit", "team"),
            # A new address takes the place of the old one.
            models.UniqueConstraint(
                name="calendarfeed_of_team",
                fields=["team"],
                condition=Q(revoked_at__isnull=True, team__isnull=False),
            ),
            models.UniqueConstraint(
                name="calendarfeed_of_unit",
                fields=["unit"],
                condition=Q(revoked_at__isnull=True, unit__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.team or self.unit)
