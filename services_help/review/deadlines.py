"""By when sessions are to be reviewed and, once sent back, answered; and a letter a day to those who have not."""

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
from services_help.models.records import SessionQuerySet
from teams.models import Appointment
from teams.permissions import Right, roles_with

logger = structlog.get_logger(__name__)
# Nobody is helped by a letter in the night.
FROM_HOUR = 7


def deadline(of: Session | CampaignDay, days: Mapping[int | None, int]) -> dt.date:
    """The last day for the review of a session, or of all sessions of a campaign's day; ``days`` is
    ``ReviewPolicy.objects.days_by_campaign()``, read once for a page."""
    return of.day + days.get(of.campaign_id, days[None]) * DAY


def answer_deadline(session: Session, days: Mapping[int | None, int]) -> dt.date:
    """The last day for the team's answer to a session that was sent back: it has as long as a review has."""
    return timezone.localdate(session.returned_at) + days.get(session.campaign_id, days[None]) * DAY


def overdue_by_unit(day: dt.date, units: Iterable[int]) -> dict[int, int]:
    """Sessions overdue on ``day`` at or below each of ``units``, as the tree stood on the day of each session."""
    return _by_unit(Session.objects.overdue(day), units)


def unanswered_by_unit(day: dt.date, units: Iterable[int]) -> dict[int, int]:
    """The same of those that were sent back, and not answered in time."""
    return _by_unit(Session.objects.unanswered(day), units)


def _by_unit(sessions: SessionQuerySet, units: Iterable[int]) -> dict[int, int]:
    above = "team__homes__unit__ancestries__"
    # One filter() call: the conditions on home and ancestry must all hold for the same rows.
    rows = sessions.filter(
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
    told = ReviewReminder.objects.filter(day=day)
    of_units = _reviewers().exclude(unit__in=told.filter(unit__isnull=False).values("unit"))
    units = set(of_units.values_list("unit", flat=True))
    overdue, unanswered = overdue_by_unit(day, units), unanswered_by_unit(day, units)
    rows = [
        ReviewReminder(unit_id=unit, day=day, overdue=overdue.get(unit, 0), unanswered=unanswered.get(unit, 0))
        for unit in sorted(overdue.keys() | unanswered.keys())
    ]
    leaders = _leaders().exclude(team__in=told.filter(team__isnull=False).values("team"))
    late = Session.objects.unanswered(day).filter(team__in=leaders.values("team"))
    of_teams = late.order_by("team").values_list("team").annotate(Count("pk"))
    rows += [ReviewReminder(team_id=team, day=day, unanswered=count) for team, count in of_teams]
    # Another worker may be writing the same ones.
    ReviewReminder.objects.bulk_create(rows, ignore_conflicts=True)


def _reviewers():
    """Appointments of people who may review and can be written to."""
    return _reachable(Right.REVIEW).filter(unit__isnull=False)


def _leaders():
    """Of those who lead a team and can be written to; whoever has a phone's pass alone sees it on the phone."""
    return _reachable(Right.LOG_RECORD).filter(team__isnull=False)


def _reachable(right: Right):
    people = Appointment.objects.current().filter(role__in=roles_with(right))
    return people.filter(user__is_active=True).exclude(user__email="")


def _send(pk: int) -> int:
    """A letter that fails is tried again an hour later, with the day's others."""
    try:
        with transaction.atomic():
            rows = ReviewReminder.objects.filter(pk=pk, sent_at__isnull=True)
            if connection.features.has_select_for_update_skip_locked:
                rows = rows.select_for_update(of=("self",), skip_locked=True)
            for row in rows:
                ReviewReminder.objects.filter(pk=pk).update(sent_at=timezone.now())
                _write_to(row)
                return 1
    except Exception as error:  # whatever a mail server answers
        logger.exception("reminder_failed", reminder=pk, error=repr(error))
    return 0


def _write_to(row: ReviewReminder) -> None:
    people = _leaders().filter(team=row.team_id) if row.team_id else _reviewers().filter(unit=row.unit_id)
    addresses = sorted(set(people.values_list("user__email", flat=True)))
    with translation.override(settings.LANGUAGE_CODE):
        subject, lines = _to_leaders(row) if row.team_id else _to_reviewers(row)
        send_mail(f"[Xung Kích Số] {subject}", "\n\n".join(lines) + "\n", settings.DEFAULT_FROM_EMAIL, addresses)


def _to_reviewers(row: ReviewReminder) -> tuple[str, list[str]]:
    lines = []
    if row.overdue:
        text = ngettext(
            "%(unit)s còn %(count)s ca hỗ trợ quá hạn duyệt.",
            "%(unit)s còn %(count)s ca hỗ trợ quá hạn duyệt.",
            row.overdue,
        )
        lines.append(text % {"unit": row.unit, "count": row.overdue})
        lines.append(_("Hãy mở mục “Duyệt ca” trên cổng để duyệt, hoặc trả về cho đội kèm lý do."))
    if row.unanswered:
        text = ngettext(
            "%(unit)s còn %(count)s ca hỗ trợ đã trả lại mà đội chưa trả lời, quá hạn.",
            "%(unit)s còn %(count)s ca hỗ trợ đã trả lại mà đội chưa trả lời, quá hạn.",
            row.unanswered,
        )
        lines.append(text % {"unit": row.unit, "count": row.unanswered})
        lines.append(_("Hãy mở mục “Duyệt ca”, danh sách “Quá hạn trả lời”, rồi liên hệ đội hoặc tự quyết định."))
    return _("Ca hỗ trợ quá hạn duyệt") if row.overdue else _("Ca hỗ trợ quá hạn trả lời"), lines


def _to_leaders(row: ReviewReminder) -> tuple[str, list[str]]:
    text = ngettext(
        "%(team)s còn %(count)s ca hỗ trợ đã được trả lại mà chưa trả lời, quá hạn.",
        "%(team)s còn %(count)s ca hỗ trợ đã được trả lại mà chưa trả lời, quá hạn.",
        row.unanswered,
    )
    advice = _("Hãy mở ứng dụng trên điện thoại, xem lý do, sửa nếu cần rồi trả lời.")
    return _("Ca hỗ trợ quá hạn trả lời"), [text % {"team": row.team, "count": row.unanswered}, advice]
