"""Tables without domain words: the audit trail, the outbox, revision counters, jobs, and what is erased when."""

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import DerivedTextField
from core.jobs.models import Job  # noqa: F401 - Django finds an app's models through this module
from core.retention.models import Erasing, Erasure, RetentionRule  # noqa: F401
from core.words import holds_words


class AuditEventQuerySet(models.QuerySet):
    def worded(self, text: str):
        """Those in whose actor or object every word of ``text`` begins one; blind to accents."""
        return self.filter(holds_words(self.model, "search_key", text))


class AuditEvent(models.Model):
    """Who did what to which thing, written in the transaction of the change. Append-only (a database trigger)."""

    at = models.DateTimeField(_("lúc"), default=timezone.now, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("người thực hiện"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
    )
    # A name as it stood then; the account may be renamed later.
    actor_label = models.CharField(_("tên người thực hiện"), max_length=200, editable=False)
    action = models.CharField(_("việc"), max_length=80, editable=False)
    target_type = models.CharField(_("loại đối tượng"), max_length=80, editable=False)
    target_id = models.CharField(_("mã đối tượng"), max_length=64, editable=False)
    target_label = models.CharField(_("đối tượng"), max_length=300, editable=False)
    # The unit whose staff may read the row; a plain number, since core knows no units.
    scope_unit = models.BigIntegerField(null=True, editable=False, db_index=True)
    data = models.JSONField(_("chi tiết"), default=dict, editable=False)
    request_id = models.CharField(max_length=64, blank=True, editable=False)
    search_key = DerivedTextField("actor_label", "target_label")

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("dấu vết")
        verbose_name_plural = _("nhật ký kiểm tra")
        ordering = ["-id"]
        # Beside these, the words of search_key (core/words.py). Each is read from its end, page by page.
        indexes = [
            models.Index(fields=["target_type", "target_id"], name="audit_target"),
            models.Index(fields=["at", "id"], name="audit_at"),
            models.Index(fields=["actor", "at", "id"], name="audit_actor"),
            models.Index(fields=["action", "at", "id"], name="audit_action"),
            models.Index(fields=["scope_unit", "at", "id"], name="audit_scope"),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%d/%m/%Y %H:%M} · {self.actor_label} · {self.target_label}"


class OutboxMessage(models.Model):
    """Work promised by a committed transaction. The row is deleted in the transaction that has done the work."""

    topic = models.CharField(max_length=60)
    # Rows of one topic and key are one piece of work: the worker does it once for all of them.
    key = models.CharField(max_length=120)
    # What the worker needs to know beyond the key; null: nothing, the key says it all.
    data = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    available_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("việc chờ xử lý")
        verbose_name_plural = _("việc chờ xử lý")
        indexes = [
            models.Index(fields=["topic", "available_at", "id"], name="outbox_due"),
            models.Index(fields=["topic", "key"], name="outbox_key"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class Revision(models.Model):
    """A counter that moves with each change of a kind of data: what an ETag is made of, without running the query."""

    name = models.CharField(max_length=30, primary_key=True)
    number = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("phiên bản dữ liệu")
        verbose_name_plural = _("phiên bản dữ liệu")

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

    @classmethod
    def bump(cls, name: str) -> None:
        """Move the counter. Call it last in a transaction: others wait for the row from here to the commit."""
        moved = cls.objects.filter(name=name).update(number=F("number") + 1, changed_at=timezone.now())
        if not moved:
            cls.objects.bulk_create([cls(name=name)], ignore_conflicts=True)  # type: ignore[list-item]
            cls.objects.filter(name=name).update(number=F("number") + 1, changed_at=timezone.now())

    @classmethod
    def state(cls) -> dict[str, "Revision"]:
        return {revision.name: revision for revision in cls.objects.all()}
