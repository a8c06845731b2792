"""What lies on the table beside a session: its rhythm beside the team's own, people, lines, photos, and its history."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from django.core.paginator import Paginator
from django.db.models import QuerySet, Sum
from django.db.models.functions import ExtractHour
from django.utils.translation import gettext as _

from reports.models import RhythmTally
from services_help.models import (
    Adjustment,
    AssistanceLog,
    LateEntry,
    PeriodLock,
    ScenePhoto,
    Session,
    SessionReview,
    Void,
)
from services_help.totals import with_void

LINES_A_PAGE, PEOPLE_A_PAGE = 50, 50
# Days of the team that its usual rhythm is taken from.
USUAL_DAYS = 10
MOST_STEPS = 200


# --- rhythm -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Rhythm:
    hours: list[dict]
    # How many earlier days the marks stand for.
    days: int

    @property
    def marks(self) -> str:
        """What the marks over the bars are; nothing where the team has no past."""
        return _("trung vị %(days)s ngày trước của đội") % {"days": self.days} if self.days else ""


def rhythm_of(session: Session) -> Rhythm:
    """Service turns by hour, each beside the median of the same hour on the team's latest days before."""
    logs = AssistanceLog.objects.live().filter(session=session).order_by()
    now = dict(logs.annotate(hour=ExtractHour("happened_at")).values_list("hour").annotate(n=Sum("people")))
    usual, days = _usual(session)
    hours = sorted(now.keys() | (usual.keys() if now else set()))
    return Rhythm([{"hour": hour, "value": now.get(hour, 0), "then": usual.get(hour, 0)} for hour in hours], days)


def _usual(session: Session) -> tuple[dict[int, float], int]:
    before = RhythmTally.objects.filter(team=session.team_id, day__lt=session.day)
    days = list(before.order_by("-day").values_list("day", flat=True).distinct()[:USUAL_DAYS])
    by_hour: dict[int, dict[dt.date, int]] = defaultdict(dict)
    sums = before.filter(day__in=days).order_by().values_list("hour", "day").annotate(n=Sum("service_turns"))
    for hour, day, turns in sums:
        by_hour[hour][day] = turns
    # A day without a turn in that hour is a day with none, not a day that is not known.
    return {hour: median(found.get(day, 0) for day in days) for hour, found in by_hour.items()}, len(days)


# --- lists that are long ----------------------------------------------------------------------------------------------
def lines_of(session: Session, number: str | None):
    """Every line, the voided too, in the order of work."""
    logs = with_void(session.logs.select_related("service", "metric")).order_by("happened_at", "pk")
    return Paginator(logs, LINES_A_PAGE).get_page(number)


def people_of(session: Session, number: str | None):
    present = with_void(session.attendances.select_related("volunteer")).order_by("volunteer__sort_key", "pk")
    return Paginator(present, PEOPLE_A_PAGE).get_page(number)


def photos_of(session: Session) -> list[ScenePhoto]:
    return [photo for photo in session.photos.order_by("received_at") if photo.is_there]


def delay_of(session: Session) -> dt.timedelta | None:
    """How long the last line was under way; ``None`` without lines."""
    last = session.logs.order_by("-received_at").values_list("happened_at", "received_at").first()
    return max(last[1] - last[0], dt.timedelta()) if last else None


# --- what was said ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Step:
    """One moment in the life of the session."""

    at: dt.datetime
    who: str
    what: str
    text: str
    icon: str


ICONS = {
    "approved": "badge-check",
    "returned": "undo-2",
    "answered": "send",
    "reopened": "refresh-cw",
    "changed": "triangle-alert",
}


def history_of(session: Session) -> list[Step]:
    """Who opened it, what was said of it, taken back from it and adjusted in it, oldest first."""
    steps = [Step(session.started_at, str(session.created_by), _("Mở ca"), "", "clock")]
    if session.ended_at:
        steps.append(Step(session.ended_at, "", _("Đóng ca"), session.note, "check"))
    steps += [_of_review(each) for each in _latest(session.reviews.select_related("by"))]
    steps += [_of_void(each) for each in _voids(session)]
    if session.lock:
        steps.append(_of_lock(session.lock))
    steps += [_of_adjustment(each) for each in _latest(session.adjustments.select_related("by"))]
    return sorted(steps, key=lambda step: step.at)


def _latest(rows: QuerySet) -> list:
    return list(rows.order_by("-pk")[:MOST_STEPS])


def _voids(session: Session) -> list[Void]:
    rows = Void.objects.of(session.pk, session.device).select_related("created_by")
    return list(rows.order_by("received_at")[:1])


def _of_review(step: SessionReview) -> Step:
    return Step(step.at, str(step.by), step.get_kind_display(), step.text, ICONS[step.kind])


def _of_void(void: Void) -> Step:
    return Step(void.received_at, str(void.created_by), _("Hủy cả ca"), void.reason, "ban")


def _of_lock(lock: PeriodLock) -> Step:
    return Step(lock.locked_at, str(lock.locked_by), _("Khóa kỳ"), lock.reason, "lock")


def _of_adjustment(adjustment: Adjustment) -> Step:
    return Step(adjustment.at, str(adjustment.by), _("Điều chỉnh sau khóa"), adjustment.reason, "pencil")


def late_of(session: Session) -> QuerySet[LateEntry]:
    return LateEntry.objects.open().of_sessions([session.pk])
