"""Keeping the flags equal to what the rules say of the sessions, as figures change.

The feed of changed figures (reports/events) tells which slices have changed, in the order in which the changes became
visible; nothing is asked of the intake. The place in it is kept in the row of :class:`Examination`, whose lock is the
claim to go on: other workers pass by. Place and flags move in one transaction, so whatever dies, the next run begins
where the last one ended, and examining again changes nothing.

What a rule says of a session can follow from other sessions: of the same team before, of the same volunteers and phones
at the time. So with a slice its sessions are examined and all those that they are evidence of, unless their slice is
still to come in the feed.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from campaigns.models import CampaignDay, DayKind
from core.models import Revision
from desk.outliers.catalogue import in_force, settings_of
from desk.outliers.checks import CHECKS
from desk.outliers.evidence import HISTORY, PEAK_HISTORY, end_of, gather, logs_of_devices, order_of, overlap
from desk.outliers.models import Examination, SessionFlag
from reports.events.models import FigureEvent
from reports.tallies import figures_wait
from reports.tallies.slices import Slice, among
from services_help.models import AssistanceLog, Attendance, Session

logger = structlog.get_logger(__name__)
BATCH = 50
SECONDS = 5.0
# What a changed rule is applied to: the sessions whose figures have changed within this time.
RECENT = dt.timedelta(weeks=5)
# What a changed plan is applied to, and how often at most.
PLANNED = dt.timedelta(days=2)
PLANS_EVERY = dt.timedelta(minutes=5)
REVISION = "outliers"


def examine_what_changed(seconds: float = SECONDS) -> int:
    """One run of the clock, which ends early while figures wait: returns the number of slices looked at."""
    deadline, done = time.monotonic() + seconds, 0
    while looked := _next_batch():
        done += looked
        if time.monotonic() >= deadline or figures_wait():
            break
    return done


@transaction.atomic
def _next_batch() -> int:
    place = _claim()
    if place is None:
        return 0
    _follow_plans(place)
    events = list(FigureEvent.objects.filter(place.behind()).order_by("number", "pk")[:BATCH])
    if events:
        place.number, place.event = events[-1].number, events[-1].pk
        _examine_slices(sorted({Slice(event.day, event.team_id) for event in events}), place)
        place.save()
    return len(events)


def _claim() -> Examination | None:
    """None: another worker is at it."""
    rows = Examination.objects.filter(pk=Examination.ONLY)
    if not rows.exists():
        first = Examination(pk=Examination.ONLY, number=number_at(timezone.now() - RECENT))
        Examination.objects.bulk_create([first], ignore_conflicts=True)
    skip = connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(skip_locked=skip).first()


def number_at(moment: dt.datetime) -> int:
    """Numbers of the feed are the time in microseconds."""
    return int(moment.timestamp() * 1_000_000)


def _go_back(place: Examination, moment: dt.datetime) -> None:
    if number_at(moment) < place.number:
        place.number, place.event = number_at(moment), 0
    place.save()


def look_again(since: dt.datetime) -> None:
    """Have the sessions whose figures have changed since then examined anew, by the clock. In a transaction."""
    place = Examination.objects.select_for_update().filter(pk=Examination.ONLY).first()
    if place is not None:
        _go_back(place, since)


def _follow_plans(place: Examination) -> None:
    """Deployments and points have no feed: that something of the plans has changed is all that is known."""
    now = timezone.now()
    plans = Revision.objects.filter(name="campaigns").values_list("number", flat=True).first() or 0
    if plans != place.plans and (place.plans_at is None or now - place.plans_at >= PLANS_EVERY):
        place.plans, place.plans_at = plans, now
        _go_back(place, now - PLANNED)


def _examine_slices(slices: list[Slice], place: Examination) -> None:
    try:
        with transaction.atomic():
            examine(sessions_to_examine(slices, place))
        return
    except Exception:
        logger.exception("outliers_batch_failed", slices=len(slices))
    for each in slices:
        try:
            with transaction.atomic():
                examine(sessions_to_examine([each], place))
        except Exception:  # it is looked at again when it changes; the others must not wait for it
            logger.exception("outliers_slice_failed", slice=each.outbox_key)


# --- which sessions ---------------------------------------------------------------------------------------------------
def sessions_to_examine(slices: Sequence[Slice], place: Examination) -> set[UUID]:
    """The sessions of ``slices``, and of what comes before ``place`` in the feed those that they are evidence of."""
    own = list(_closed(Session.objects.filter(among(slices))))
    others = {*_later_ones(own), *_of_same_volunteers(own), *_of_same_phones(own)} - set(own)
    at = {Slice(other.day, other.team_id) for other in others}
    events = FigureEvent.objects.filter(among(at), place.behind())
    coming = {Slice(day, team) for day, team in events.values_list("day", "team")}
    return {row.pk for row in own} | {row.pk for row in others if Slice(row.day, row.team_id) not in coming}


def _closed(sessions):
    """Taken back or not: what is taken back has been evidence."""
    columns = ("team", "day", "started_at", "ended_at", "device", "campaign")
    return sessions.filter(ended_at__isnull=False).only(*columns)


def _later_ones(own: list[Session]) -> list[Session]:
    """Of the team, within the time that they are compared with; of peak days, if it may be one, within a longer."""
    if not own:
        return []
    first, last = min(row.day for row in own), max(row.day for row in own)
    of_team = defaultdict(list)
    for row in own:
        of_team[row.team_id].append(row)
    peaks = CampaignDay.objects.filter(campaign=OuterRef("campaign"), day=OuterRef("day"), kind=DayKind.PEAK)
    coming = Session.objects.filter(Q(day__lte=last + HISTORY) | Exists(peaks), day__range=(first, last + PEAK_HISTORY))
    return [
        row
        for row in _closed(coming.filter(team__in=of_team))
        if any(order_of(mine) < order_of(row) and _is_compared(row, mine) for mine in of_team[row.team_id])
    ]


def _is_compared(row: Session, earlier: Session) -> bool:
    """Whether both are of peak days is left open: to look at one too many changes nothing."""
    span = PEAK_HISTORY if row.campaign_id and earlier.campaign_id else HISTORY
    return row.day - earlier.day <= span


def _of_same_volunteers(own: list[Session]) -> list[Session]:
    if not own:
        return []
    mine = {row.pk: row for row in own}
    volunteers = Attendance.objects.filter(session__in=mine).values("volunteer")
    start = min(row.started_at for row in own)
    end = max(end_of(row) for row in own)
    at_the_time = Session.objects.filter(
        attendances__volunteer__in=volunteers, started_at__lt=end, ended_at__gt=start
    ).distinct()
    return [row for row in _closed(at_the_time) if any(overlap(row, each) > 0 for each in own)]


def _of_same_phones(own: list[Session]) -> list[Session]:
    days = {row.pk: row.day for row in own}
    used = AssistanceLog.objects.filter(session__in=days).order_by().values_list("device", "session").distinct()
    asked = {(device, days[session]) for device, session in used}
    theirs = AssistanceLog.objects.filter(pk__in=logs_of_devices(asked)).order_by().values("session")
    return list(_closed(Session.objects.filter(pk__in=theirs)))


# --- the flags --------------------------------------------------------------------------------------------------------
@transaction.atomic
def examine(sessions: Iterable[UUID]) -> int:
    """Make the flags of these sessions what the rules say now; returns how many flags changed. Locked ones stay."""
    open_ones = Session.objects.filter(pk__in=set(sessions), lock__isnull=True)
    keys = set(open_ones.values_list("pk", flat=True))
    wanted = _wanted(keys)
    held = {(flag.session_id, flag.rule): flag for flag in SessionFlag.objects.filter(session__in=keys)}
    gone = [flag.pk for key, flag in held.items() if key not in wanted]
    new = [flag for key, flag in wanted.items() if key not in held]
    moved = [held[key] for key, flag in wanted.items() if key in held and _take_over(held[key], flag)]
    SessionFlag.objects.filter(pk__in=gone).delete()
    SessionFlag.objects.bulk_create(new, batch_size=500)
    columns = ["severity", "numbers", "limits", "found_at", "settled_at", "settled_by", "note"]
    SessionFlag.objects.bulk_update(moved, columns, batch_size=500)
    if changed := len(gone) + len(new) + len(moved):
        Revision.bump(REVISION)
    return changed


def _wanted(sessions: set[UUID]) -> dict[tuple[UUID, str], SessionFlag]:
    rules = [(rule, settings_of(rule)) for rule in in_force() if rule.is_enabled]
    wanted = {}
    for evidence in gather(sessions):
        for rule, limits in rules:
            numbers = CHECKS[rule.code](evidence, limits)
            if numbers is not None:
                key = evidence.session.pk, rule.code
                flag = SessionFlag(session=evidence.session, rule=rule.code, severity=rule.severity)
                flag.numbers, flag.limits = numbers, limits
                wanted[key] = flag
    return wanted


def _take_over(held: SessionFlag, found: SessionFlag) -> bool:
    """What is settled stays settled as long as its numbers are the same, whatever they are measured against."""
    same = held.numbers == found.numbers
    if same and (held.limits, held.severity) == (found.limits, found.severity):
        return False
    held.limits, held.severity = found.limits, found.severity
    if not same:
        held.numbers, held.found_at = found.numbers, timezone.now()
        held.settled_at = held.settled_by = None
        held.note = ""
    return True
