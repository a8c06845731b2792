"""Who takes out unusually much in one day: shown to Thành Đoàn, and told in a letter to those who run the portal (R11).

What stands in the trail is counted: exports, whose rows are known, and whatever was taken as a file. Nobody is kept
from working; the point is that it is seen the same day.
"""

import datetime as dt
from collections import defaultdict

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.dated import DAY, today
from core.errors import DomainError
from core.models import AuditEvent
from core.templatetags.vi import vi_number
from desk.office.models import ExportAlarm
from services_help.reasons import checked_reason
from teams.access import Access
from teams.permissions import Right

logger = structlog.get_logger(__name__)


def watch(day: dt.date | None = None) -> int:
    """Write down and tell of whoever is over the limits; returns how many are told of for the first time."""
    # Yesterday too: of its last minutes the clock hears after midnight, or once it goes again.
    for each in [day] if day else [today() - DAY, today()]:
        _look_at(each)
    return _tell_untold()


def _look_at(day: dt.date) -> None:
    for actor, (rows, files) in taken_out_on(day).items():
        if rows > settings.EXPORT_ALARM_ROWS or files > settings.EXPORT_ALARM_FILES:
            with transaction.atomic():
                ExportAlarm.objects.update_or_create(
                    actor=User.objects.get(pk=actor), day=day, defaults={"rows": rows, "files": files}
                )


def taken_out_on(day: dt.date) -> dict[int, tuple[int, int]]:
    """By account: rows and files."""
    start = timezone.make_aware(dt.datetime.combine(day, dt.time.min))
    out = Q(action__endswith="_exported") | Q(action__endswith="_taken")
    events = AuditEvent.objects.filter(out, at__gte=start, at__lt=start + dt.timedelta(days=1), actor__isnull=False)
    found: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for actor, data in events.order_by().values_list("actor", "data").iterator():
        rows = data.get("rows", 0)
        before = found[actor]
        found[actor] = before[0] + (rows if isinstance(rows, int) else 0), before[1] + 1
    return dict(found)


def _tell_untold() -> int:
    """One letter for all; one that fails is tried again."""
    try:
        with transaction.atomic():
            untold = ExportAlarm.objects.filter(alarmed_at=None).select_related("actor").order_by("pk")
            if connection.features.has_select_for_update_skip_locked:
                untold = untold.select_for_update(skip_locked=True, of=("self",))
            rows = list(untold)
            if not rows:
                return 0
            ExportAlarm.objects.filter(pk__in=[row.pk for row in rows]).update(alarmed_at=timezone.now())
            for row in rows:
                logger.error("bulk_export", actor=row.actor_id, day=row.day.isoformat(), rows=row.rows, files=row.files)
            if settings.ALARM_EMAILS:
                with translation.override(settings.LANGUAGE_CODE):
                    send_mail(_subject(), _text(rows), settings.DEFAULT_FROM_EMAIL, settings.ALARM_EMAILS)
            return len(rows)
    except Exception as error:  # whatever a mail server answers
        logger.exception("alarm_mail_failed", error=repr(error))
        return 0


def _subject() -> str:
    return f"[Xung Kích Số] {_('Có người xuất nhiều dữ liệu')} · {settings.NODE_NAME}"


def _text(rows: list[ExportAlarm]) -> str:
    lines = [_("Trong ngày, các tài khoản sau đã xuất nhiều dữ liệu hơn mức thường:"), ""]
    told = _("- %(who)s, ngày %(day)s: %(rows)s dòng, %(files)s tệp")
    for row in rows:
        figures = {"rows": vi_number(row.rows), "files": vi_number(row.files)}
        lines.append(told % {"who": row.actor, "day": f"{row.day:%d/%m/%Y}", **figures})
    lines += [
        "",
        _(
            "Hãy hỏi lại người đó ngay trong ngày, rồi ghi kết quả ở trang “Nhật ký”. Nếu dữ liệu cá nhân đã lộ, thời "
            "hạn báo cơ quan chuyên trách là 72 giờ kể từ khi phát hiện."
        ),
    ]
    return "\n".join(lines)


def open_alarms():
    return ExportAlarm.objects.filter(settled_at=None).select_related("actor").order_by("-day", "-pk")


@transaction.atomic
def settle(*, alarm: ExportAlarm, note: str, access: Access) -> None:
    """Looked into; the note says with what result. Twice is once."""
    if not access.is_city_wide(Right.AUDIT_VIEW):
        access.require(Right.TALLIES_PROVE)
    note = checked_reason(note, missing=_("Hãy ghi kết quả kiểm tra."))
    row = ExportAlarm.objects.select_for_update(of=("self",)).get(pk=alarm.pk)
    if row.settled_at is not None:
        raise DomainError(_("Cảnh báo này đã có người xử lý."), code="settled")
    row.settled_at, row.settled_by, row.note = timezone.now(), access.user, note
    row.save(update_fields=["settled_at", "settled_by", "note"])
    audit.record("desk.exportalarm_settled", by=access.user, target=row, reason=note)
