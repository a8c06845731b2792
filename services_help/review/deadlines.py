"""By when sessions are to be reviewed, and a letter a day to those who have not."""

import datetime as dt
from collections.abc import Iterable, Mapping

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import Count, F
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import CampaignDay
from core.dated import DAY, valid_on
from services_help.models import ReviewReminder, Session
from teams.models import Appointment, Unit
from teams.permissions import Right, roles_with

logger = structlog.get_logger(__name__)
# Nobody is helped by a letter in the night.
FROM_HOUR = 7


def deadline(of: Session | CampaignDay, days: Mapping[int | None, int]) -> dt.date:
    """The last day for the review of a session, or of all sessions of a campaign's day; ``days`` is
    ``ReviewPolicy.objects.days_by_campaign()``, read once for a page."""
    return of.day + days.get(of.campaign_id, days[None]) * DAY


def overdue_by_unit(day: dt.date, units: Iterable[int]) -> dict[int, int]:
    """Sessions overdue on ``day`` at or below each of ``units``, as the tree stood on the day of each session."""
    above = "team__homes__unit__ancestries__"
    # One filter() call: the conditions on home and ancestry must all hold for the same rows.
    rows = Session.objects.overdue(day).filter(
        valid_on(F("day"), "team__homes__"), valid_on(F("day"), above), **{f"{above}ancestor__in": list(units)}
    )
    return dict(rows.order_by().values_list(f"{above}ancestor").annotate(Count("pk")))


def remind(now: dt.datetime | None = None) -> int:
    """Write today's letters, each once a unit and day, and send what is not sent yet; returns the number sent."""
    local = timezone.localtime(now)
    if local.hour < FROM_HOUR:
        return 0
    _promise(local.date())
    unsent = ReviewReminder.objects.filter(day=local.date(), sent_at__isnull=True)
    return sum(_send(pk) for pk in unsent.values_list("pk", flat=True))


def _promise(day: dt.date) -> None:
    told = ReviewReminder.objects.filter(day=day).values("unit")
    units = _reviewers().exclude(unit__in=told).values_list("unit", flat=True)
    counts = overdue_by_unit(day, set(units))
    # Another worker may be writing the same ones.
    ReviewReminder.objects.bulk_create(
        [ReviewReminder(unit_id=unit, day=day, overdue=count) for unit, count in sorted(counts.items())],
        ignore_conflicts=True,
    )


def _reviewers():
    """Appointments of people who may review and can be written to."""
    people = Appointment.objects.current().filter(role__in=roles_with(Right.REVIEW), unit__isnull=False)
    return people.filter(user__is_active=True).exclude(user__email="")


def _send(pk: int) -> int:
    """A letter that fails is tried again an hour later, with the day's others."""
    try:
        with transaction.atomic():
            rows = ReviewReminder.objects.filter(pk=pk, sent_at__isnull=True)
            if connection.features.has_select_for_update_skip_locked:
                rows = rows.select_for_update(skip_locked=True)
            for row in rows:
                ReviewReminder.objects.filter(pk=pk).update(sent_at=timezone.now())
                _write_to(row, Unit.objects.get(pk=row.unit_id))
                return 1
    except Exception as error:  # whatever a mail server answers
        logger.exception("reminder_failed", reminder=pk, error=repr(error))
    return 0


def _write_to(row: ReviewReminder, unit: Unit) -> None:
    addresses = sorted(set(_reviewers().filter(unit=unit).values_list("user__email", flat=True)))
    with translation.override(settings.LANGUAGE_CODE):
        text = ngettext(
            "%(unit)s còn %(count)s ca hỗ trợ quá hạn duyệt.",
            "%(unit)s còn %(count)s ca hỗ trợ quá hạn duyệt.",
            row.overdue,
        ) % {"unit": unit, "count": row.overdue}
        advice = _("Hãy mở mục “Duyệt ca” trên cổng để duyệt, hoặc trả về cho đội kèm lý do.")
        subject = _("Ca hỗ trợ quá hạn duyệt")
        send_mail(f"[Xung Kích Số] {subject}", f"{text}\n\n{advice}\n", settings.DEFAULT_FROM_EMAIL, addresses)
