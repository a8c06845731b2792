"""A file that came in: who brought it, what it would change, what it has changed, and what it takes to undo that.

The row is what counts, as of a job: a file is either stored or it is not, and the row says which, whatever dies.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import one_of
from core.ids import uuid7
from teams.models.units import Unit


class ImportState(models.TextChoices):
    CHECKING = "checking", _("Đang kiểm tra")
    CHECKED = "checked", _("Đã kiểm tra, chờ xác nhận")
    IMPORTING = "importing", _("Đang nhập")
    DONE = "done", _("Đã nhập")
    UNDOING = "undoing", _("Đang hoàn tác")
    UNDONE = "undone", _("Đã hoàn tác")
    # The file cannot be read; another one is needed.
    REFUSED = "refused", _("Tệp không đọc được")
    # The check did not come to its end.
    STOPPED = "stopped", _("Chưa kiểm tra xong")


# A worker is at it.
WORKING = (ImportState.CHECKING, ImportState.IMPORTING, ImportState.UNDOING)


class ImportRunQuerySet(models.QuerySet):
    def visible_to(self, access, rights: dict[str, str]):
        """Own files; and of others those over whose whole scope the reader holds the right of the list.

        ``rights``: list to right, since the lists of higher layers are known to the settings only.
        """
        if access.is_unlimited:
            return self
        allowed = Q(made_by=access.user)
        for name, right in rights.items():
            if access.is_city_wide(right):
                allowed |= Q(list_name=name)
            elif access.unit_ids(right):
                allowed |= Q(list_name=name, unit__in=Unit.objects.visible_to(access, right).values("pk"))
        return self.filter(allowed)

    def for_list(self):
        return self.select_related("made_by", "job")


class ImportRun(models.Model):
    # Made with the page of the upload: a file that is sent twice is one run. Also the name of its folder.
    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    list_name = models.CharField(_("danh sách"), max_length=20)
    # What it is about, where the list is one of a thing: the day, or the campaign.
    subject = models.BigIntegerField(null=True)
    about = models.CharField(_("về"), max_length=300, blank=True)
    file_name = models.CharField(_("tệp"), max_length=255)
    sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người tải lên")
    )
    made_at = models.DateTimeField(_("tải lên lúc"), default=timezone.now)
    # The whole scope of who brought it; null: more than one subtree, so the whole city.
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("phạm vi"))
    state = models.CharField(_("tình trạng"), max_length=9, choices=ImportState, default=ImportState.CHECKING)
    job = models.ForeignKey("core.Job", models.SET_NULL, null=True, related_name="+")
    # Of the last check: how many rows do what, the columns that are shown, and the digest of all that was shown.
    counts = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True)
    # Why something did not come about, in words.
    notice = models.TextField(blank=True)
    applied_at = models.DateTimeField(_("nhập lúc"), null=True)
    undone_at = models.DateTimeField(_("hoàn tác lúc"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("người hoàn tác")
    )
    # Lists of people do not lie about for ever: then the file, its rows and the way back are gone.
    forgotten_at = models.DateTimeField(null=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("lần nhập từ tệp")
        verbose_name_plural = _("lần nhập từ tệp")
        ordering = ["-made_at", "-id"]
        constraints = [
            one_of("importrun_state", "state", ImportState.values),
            models.CheckConstraint(
                name="importrun_applied",
                condition=Q(state__in=(ImportState.DONE, ImportState.UNDOING, ImportState.UNDONE))
                ^ Q(applied_at__isnull=True),
            ),
            models.CheckConstraint(
                name="importrun_undone",
                condition=Q(state=ImportState.UNDONE, undone_at__isnull=False, undone_by__isnull=False)
                | (~Q(state=ImportState.UNDONE) & Q(undone_at__isnull=True, undone_by__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["-made_at", "-id"], name="importrun_order")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_working(self) -> bool:
        return self.state in WORKING

    @property
    def good(self) -> int:
        """Rows that a confirmation would write, or has written."""
        return self.counts.get("new", 0) + self.counts.get("update", 0)

    @property
    def may_confirm(self) -> bool:
        return self.state == ImportState.CHECKED and self.good > 0 and self.forgotten_at is None

    @property
    def may_check_again(self) -> bool:
        return self.state in (ImportState.CHECKED, ImportState.STOPPED) and self.forgotten_at is None

    @property
    def may_undo(self) -> bool:
        return self.state == ImportState.DONE and self.forgotten_at is None


class RowKind(models.TextChoices):
    BAD = "bad", _("Lỗi")
    NEW = "new", _("Mới")
    UPDATE = "update", _("Sửa")
    # Good, and something about it should be seen.
    REMARK = "remark", _("Cần xem")
    # What stands in the way of undoing.
    OBSTACLE = "obstacle", _("Vướng")


class ImportRow(models.Model):
    """What the last check says of a line of the file, or the last attempt to undo of a thing."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows")
    kind = models.CharField(max_length=8, choices=RowKind)
    line = models.PositiveIntegerField()
    # What the line is about: a code, or a name.
    code = models.CharField(max_length=300, blank=True)
    # By kind: bad [[column, text, [what is wrong]]]; new and update [text or [before, after]] by run.columns;
    # remark and obstacle [text].
    cells = models.JSONField(default=list)

    class Meta:
        verbose_name = _("dòng của tệp")
        verbose_name_plural = _("dòng của tệp")
        ordering = ["line", "id"]
        constraints = [one_of("importrow_kind", "kind", RowKind.values)]
        indexes = [models.Index(fields=["run", "kind", "line"], name="importrow_page")]

    def __str__(self) -> str:
        return f"{self.line} {self.code}"


class ImportChange(models.Model):
    """One row of one table as it was before the import and as it was after: what undoing compares and restores."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="changes")
    model = models.CharField(max_length=80)
    row = models.BigIntegerField()
    # Null: there was none before; there is none after.
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        verbose_name = _("thay đổi của một lần nhập")
        verbose_name_plural = _("thay đổi của một lần nhập")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="importchange_key", fields=["run", "model", "row"]),
            models.CheckConstraint(
                name="importchange_something", condition=Q(before__isnull=False) | Q(after__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.row}"
