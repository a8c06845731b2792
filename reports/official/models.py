"""What is drafted, and what has been issued: the one is edited, the other stands for good."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from core.constraints import one_of
from core.fields import DerivedTextField
from core.vietnamese import fold
from teams.models import Unit
from teams.permissions import Right

# Digits and letters that nobody takes for one another on paper; 118 bits of chance.
CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 24


def dates_of(subject) -> str:
    """“26/03/2023”, “01/03/2023 – 31/03/2023”, or nothing for a campaign as a whole."""
    days = dict.fromkeys(day for day in (subject.starts_on, subject.ends_on) if day)
    return " – ".join(f"{day:%d/%m/%Y}" for day in days)


# --- templates --------------------------------------------------------------------------------------------------------
class ReportTemplateQuerySet(models.QuerySet):
    def usable(self):
        return self.filter(retired_at=None)

    def for_unit(self, unit: Unit):
        """Those of everybody and those of the unit itself."""
        return self.filter(Q(unit=None) | Q(unit=unit))

    def for_list(self):
        return self.defer("data").select_related("unit", "uploaded_by").order_by("name", "-version")


class ReportTemplate(models.Model):
    """A form of the office in Word. A newer file under the same name is a new version; the older one is kept."""

    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="report_templates", verbose_name=_("đơn vị")
    )
    name = models.CharField(_("tên mẫu"), max_length=120)
    version = models.PositiveIntegerField(_("bản"))
    data = models.BinaryField()
    digest = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người tải lên")
    )
    uploaded_at = models.DateTimeField(_("tải lên lúc"), default=timezone.now)
    retired_at = models.DateTimeField(_("thôi dùng lúc"), null=True)

    objects = ReportTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("mẫu báo cáo")
        verbose_name_plural = _("mẫu báo cáo")
        constraints = [
            models.UniqueConstraint(name="reporttemplate_key", fields=["name", "version"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.version})"


# --- drafts -----------------------------------------------------------------------------------------------------------
class SubjectKind(models.TextChoices):
    DAY = "day", _("Một ngày")
    CAMPAIGN = "campaign", _("Cả chiến dịch")
    PERIOD = "period", _("Một khoảng thời gian")


class FigureState(models.TextChoices):
    """Values are those of the statistics' parameter ``state``."""

    ALL = "all", _("Tất cả số liệu, kể cả tạm tính")
    APPROVED = "approved", _("Chỉ số liệu đã duyệt")


class ReportDraftQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        """Whoever may issue the report of a unit works on its drafts."""
        return access.visible_scoped(self, right or Right.REPORT_ISSUE)

    def search(self, text: str):
        return self.filter(search_key__contains=fold(text))

    def for_list(self):
        return self.select_related("unit", "campaign", "changed_by").order_by("-changed_at", "-pk")


class ReportDraft(models.Model):
    """Whose work of when, and what is said about it. The figures are never kept here: they are asked for."""

    # What a person writes; checked for what would identify a citizen.
    TEXTS = (
        "subject",
        "addressee",
        "issuer",
        "symbol",
        "number",
        "place",
        "opening",
        "steering",
        "media",
        "strengths",
        "weaknesses",
        "causes",
        "plan",
        "commendations",
        "recipients",
        "authority",
        "post",
        "signer",
    )

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="report_drafts", verbose_name=_("đơn vị báo cáo"))
    kind = models.CharField(_("báo cáo về"), max_length=8, choices=SubjectKind)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, blank=True, related_name="report_drafts", verbose_name=_("chiến dịch")
    )
    starts_on = models.DateField(_("từ ngày"), null=True, blank=True)
    ends_on = models.DateField(_("đến hết ngày"), null=True, blank=True)
    figures = models.CharField(_("số liệu"), max_length=8, choices=FigureState, default=FigureState.ALL)

    issuer = models.TextField(_("cơ quan ban hành"), max_length=300)
    symbol = models.CharField(_("ký hiệu"), max_length=60)
    number = models.CharField(_("số"), max_length=20, blank=True)
    place = models.CharField(_("nơi ban hành"), max_length=120)
    dated = models.DateField(_("ngày ban hành"), null=True, blank=True)
    subject = models.TextField(_("trích yếu"), max_length=500)
    addressee = models.CharField(_("kính gửi"), max_length=300, blank=True)
    opening = models.TextField(_("căn cứ"), max_length=3000, blank=True)
    steering = models.TextField(_("công tác chỉ đạo, triển khai"), max_length=20_000, blank=True)
    media = models.TextField(_("truyền thông"), max_length=20_000, blank=True)
    strengths = models.TextField(_("ưu điểm"), max_length=20_000, blank=True)
    weaknesses = models.TextField(_("hạn chế, khó khăn"), max_length=20_000, blank=True)
    causes = models.TextField(_("nguyên nhân; mô hình hay; kiến nghị"), max_length=20_000, blank=True)
    plan = models.TextField(_("phương hướng, nhiệm vụ"), max_length=20_000, blank=True)
    commendations = models.TextField(_("danh sách đề xuất khen"), max_length=20_000, blank=True)
    recipients = models.TextField(_("nơi nhận"), max_length=2000, blank=True)
    authority = models.CharField(_("thẩm quyền ký"), max_length=200, blank=True)
    post = models.CharField(_("chức vụ người ký"), max_length=120, blank=True)
    signer = models.CharField(_("người ký"), max_length=120, blank=True)

    template = models.ForeignKey(
        ReportTemplate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("mẫu Word")
    )
    # Made with its page: a form that is sent twice makes one draft.
    key = models.UUIDField(unique=True, editable=False)
    # Moves with every change: who has looked at an older one is told so.
    revision = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("soạn lúc"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người soạn")
    )
    changed_at = models.DateTimeField(_("sửa lúc"), default=timezone.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người sửa")
    )
    search_key = DerivedTextField("subject")

    objects = ReportDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("bản nháp báo cáo")
        verbose_name_plural = _("bản nháp báo cáo")
        constraints = [
            one_of("reportdraft_kind", "kind", SubjectKind.values),
            one_of("reportdraft_figures", "figures", FigureState.values),
            models.CheckConstraint(
                name="reportdraft_subject",
                condition=Q(kind="day", starts_on__isnull=False, ends_on=F("starts_on"))
                | Q(kind="campaign", campaign__isnull=False, starts_on__isnull=True, ends_on__isnull=True)
                | Q(kind="period", starts_on__isnull=False, ends_on__gte=F("starts_on")),
            ),
        ]
        indexes = [models.Index(fields=["-changed_at", "-id"], name="reportdraft_order")]

    def __str__(self) -> str:
        return self.subject

    @property
    def dates(self) -> str:
        return dates_of(self)


# --- issues -----------------------------------------------------------------------------------------------------------
class ReportIssueQuerySet(models.QuerySet):
    def visible_to(self, access, right=None):
        """Whoever sees the figures of a unit reads the reports that it has issued."""
        return access.visible_scoped(self, right or Right.STATS_VIEW)

    def search(self, text: str):
        return self.filter(search_key__contains=fold(text))

    def for_list(self):
        return self.defer("content").select_related("unit", "campaign", "issued_by").order_by("-issued_at", "-pk")


class ReportIssue(models.Model):
    """A report as it was signed: figures, words, definitions and time in one text that is never changed.

    Append-only by the database; whatever of it stands in a column besides ``content`` is there to be found by.
    """

    draft = models.ForeignKey(ReportDraft, models.PROTECT, related_name="issues", verbose_name=_("bản nháp"))
    version = models.PositiveIntegerField(_("bản"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="report_issues", verbose_name=_("đơn vị báo cáo"))
    kind = models.CharField(_("báo cáo về"), max_length=8, choices=SubjectKind)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, related_name="report_issues", verbose_name=_("chiến dịch")
    )
    starts_on = models.DateField(_("từ ngày"), null=True)
    ends_on = models.DateField(_("đến hết ngày"), null=True)
    subject = models.TextField(_("trích yếu"))
    # Canonical JSON of the report, and its SHA-256.
    content = models.TextField()
    digest = models.CharField(max_length=64)
    # By which anybody who holds the paper finds it.
    code = models.CharField(max_length=CODE_LENGTH, unique=True)
    url = models.CharField(max_length=300)
    as_of = models.DateTimeField(_("số liệu đến"))
    reason = models.TextField(_("lý do phát hành lại"), blank=True)
    template = models.ForeignKey(ReportTemplate, models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(_("phát hành lúc"), default=timezone.now)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người phát hành")
    )
    # The order that it was made by: done again after a crash, it makes no second one.
    job_key = models.UUIDField(unique=True, editable=False)
    search_key = DerivedTextField("subject")

    objects = ReportIssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("báo cáo đã phát hành")
        verbose_name_plural = _("báo cáo đã phát hành")
        constraints = [
            models.UniqueConstraint(name="reportissue_version", fields=["draft", "version"]),
            one_of("reportissue_kind", "kind", SubjectKind.values),
            models.CheckConstraint(name="reportissue_first", condition=Q(version__gte=1)),
            # A later version says why.
            models.CheckConstraint(name="reportissue_reason", condition=Q(version=1) | ~Q(reason="")),
        ]
        indexes = [models.Index(fields=["-issued_at", "-id"], name="reportissue_order")]

    def __str__(self) -> str:
        return f"{self.subject} ({self.version})"

    @property
    def dates(self) -> str:
        return dates_of(self)


class FileFormat(models.TextChoices):
    DOCX = "docx", "Word (.docx)"
    PDF = "pdf", "PDF"
    XLSX = "xlsx", _("Phụ lục Excel (.xlsx)")


class ReportFile(models.Model):
    """One form of an issued report; the bytes lie in the media folder, and are known by their digest."""

    issue = models.ForeignKey(ReportIssue, models.PROTECT, related_name="files")
    format = models.CharField(max_length=4, choices=FileFormat)
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("tệp báo cáo")
        verbose_name_plural = _("tệp báo cáo")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="reportfile_key", fields=["issue", "format"]),
            one_of("reportfile_format", "format", FileFormat.values),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id}.{self.format}"
