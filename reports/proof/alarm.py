"""A drift is a defect of the portal: whoever runs it is told at once, and once."""

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.proof.findings import describe_findings
from reports.proof.models import ProofFinding

logger = structlog.get_logger(__name__)
MOST_LINES = 30


def alarm() -> int:
    """One letter for all findings that nobody was told of; returns their number. A letter that fails is tried again."""
    try:
        with transaction.atomic():
            return _tell()
    except Exception as error:  # whatever a mail server answers; the log has told of the drift already
        logger.exception("alarm_mail_failed", error=repr(error))
        return 0


def _tell() -> int:
    untold = ProofFinding.objects.filter(alarmed_at=None).order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        # Another worker may be writing the letter.
        untold = untold.select_for_update(skip_locked=True)
    rows = list(untold)
    if not rows:
        return 0
    ProofFinding.objects.filter(pk__in=[row.pk for row in rows]).update(alarmed_at=timezone.now())
    if settings.ALARM_EMAILS:
        with translation.override(settings.LANGUAGE_CODE):
            send_mail(_subject(len(rows)), _text(rows), settings.DEFAULT_FROM_EMAIL, settings.ALARM_EMAILS)
    return len(rows)


def _subject(count: int) -> str:
    text = ngettext("Số tổng hợp lệch ở %(count)s ô", "Số tổng hợp lệch ở %(count)s ô", count) % {"count": count}
    return f"[Xung Kích Số] {text} · {settings.NODE_NAME}"


def _text(rows: list[ProofFinding]) -> str:
    lines = [_("Đối soát tự động thấy số tổng hợp khác với nhật ký gốc:"), ""]
    lines += [f"- {words}" for words in describe_findings(rows[:MOST_LINES])]
    if len(rows) > MOST_LINES:
        lines.append(_("… và %(count)s ô khác.") % {"count": len(rows) - MOST_LINES})
    lines += ["", _mended() if settings.PROOF_MENDS else _("Hãy chạy “manage.py rebuild_tallies”.")]
    return "\n".join(lines)


def _mended() -> str:
    return _(
        "Các ô này đang được tính lại từ nhật ký gốc. Bằng chứng còn ở trang “Đối soát số liệu”; hãy tìm nguyên nhân."
    )
