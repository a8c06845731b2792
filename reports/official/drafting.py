"""Making a draft and changing it: nothing that two people write at once is lost unseen, nothing tells of a citizen."""

import re
import uuid

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError, NotAllowed
from core.privacy import refuse_personal_data
from core.vietnamese import nfc
from reports.official.models import ReportDraft, ReportTemplate
from reports.official.proposing import Subject, proposed
from reports.stats.periods import FIRST_YEAR, LAST_YEAR
from teams.access import Access
from teams.models import Unit
from teams.permissions import Right

# 190.962 is a figure of the report, and no part of somebody's number. 079.203.012.345 is somebody's: no figure begins
# with 0.
AMOUNT = re.compile(r"(?<![\d.])[1-9]\d{0,2}(?:\.\d{3})+(?![\d.])")
# Besides the texts.
CHOICES = ("figures", "template", "dated")


class ChangedMeanwhile(DomainError):
    code = "changed_meanwhile"

    def __init__(self, draft: ReportDraft):
        self.draft = draft
        super().__init__(
            _("%(person)s vừa lưu bản nháp này lúc %(time)s. Chữ bạn gõ vẫn còn bên dưới; hãy xem các mục khác nhau.")
            % {"person": draft.changed_by, "time": f"{timezone.localtime(draft.changed_at):%H:%M %d/%m/%Y}"}
        )


def require_unit(access: Access, unit: Unit) -> None:
    if not access.covers_unit(Right.REPORT_ISSUE, unit):
        raise NotAllowed


def check_text(text: str) -> str:
    """As it may be kept; refuses what looks like somebody's number or address."""
    lines = [nfc(line) for line in text.splitlines()]
    for line in lines:
        refuse_personal_data(AMOUNT.sub("", line))
    return "\n".join(lines).strip()


def require_years(about: Subject | ReportDraft) -> None:
    """Those of the statistics: another one is a slip of the hand, and no figure is asked for it."""
    if any(day and not FIRST_YEAR <= day.year <= LAST_YEAR for day in (about.starts_on, about.ends_on)):
        told = {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise DomainError(
            _("Báo cáo chỉ nói được về những ngày từ năm %(first)d đến năm %(last)d. Hãy soạn lại với năm đúng.") % told
        )


@transaction.atomic
def create_draft(*, subject: Subject, key: uuid.UUID, access: Access) -> ReportDraft:
    """A draft with what can be proposed written into it. A ``key`` that is known is that draft."""
    require_unit(access, subject.unit)
    require_years(subject)
    by = access.user
    values = subject.fields() | proposed(subject) | {"created_by": by, "changed_by": by}
    draft, is_new = ReportDraft.objects.get_or_create(key=key, defaults=values)
    if draft.created_by != by:
        raise NotAllowed
    if is_new:
        audit.record("reports.draft_added", by=by, target=draft, scope_unit=draft.unit_id)
    return draft


@transaction.atomic
def save_draft(*, draft: ReportDraft, seen: int, access: Access, **values) -> ReportDraft:
    """Write what differs. ``seen``: the revision that the writer has read; what came after it refuses all."""
    require_unit(access, draft.unit)
    for name in ReportDraft.TEXTS:
        if name in values:
            values[name] = check_text(values[name])
    draft = ReportDraft.objects.select_for_update(of=("self",)).select_related("unit").get(pk=draft.pk)
    changed = [name for name, value in values.items() if getattr(draft, name) != value]
    if not changed:
        return draft
    if draft.revision != seen:
        raise ChangedMeanwhile(draft)
    if (template := values.get("template")) is not None and template != draft.template:
        _check_template(template, draft)
    for name in changed:
        setattr(draft, name, values[name])
    draft.revision = F("revision") + 1
    draft.changed_at, draft.changed_by = timezone.now(), access.user
    draft.save()
    draft.refresh_from_db()
    audit.record("reports.draft_changed", by=access.user, target=draft, scope_unit=draft.unit_id, fields=changed)
    return draft


def _check_template(template: ReportTemplate, draft: ReportDraft) -> None:
    if not ReportTemplate.objects.usable().for_unit(draft.unit).filter(pk=template.pk).exists():
        raise DomainError(_("Mẫu này không còn dùng được. Hãy chọn mẫu khác."))


@transaction.atomic
def delete_draft(*, draft: ReportDraft, access: Access) -> None:
    """Take away what was never issued; what was issued stands on its draft for good."""
    require_unit(access, draft.unit)
    draft = ReportDraft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if draft.issues.exists():
        raise DomainError(_("Báo cáo này đã phát hành nên bản nháp của nó được giữ lại."))
    audit.record("reports.draft_deleted", by=access.user, target=draft, scope_unit=draft.unit_id)
    draft.delete()
