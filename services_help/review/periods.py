"""Khóa kỳ: from here on the figures of these days stand, and change by adjustments only. And lifting such a lock."""

import datetime as dt

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.replanning import replanned
from core import audit
from core.dated import today
from core.errors import DomainError, NotAllowed
from core.models import Revision
from services_help.intake.periods import hold_off_intake
from services_help.intake.promises import Promises
from services_help.models import PeriodLock, Session, SessionState
from services_help.models.records import SessionQuerySet
from services_help.reasons import checked_reason
from teams.access import Access
from teams.models import Unit
from teams.permissions import Right


@transaction.atomic
def lock_period(
    *,
    unit: Unit,
    starts_on: dt.date,
    ends_on: dt.date,
    reason: str,
    access: Access,
    with_unreviewed: bool = False,
) -> PeriodLock:
    """Lock the sessions that stood under ``unit`` on these days. The same lock asked for again is returned as it is.

    Approved sessions become locked. What nobody has reviewed is in the way, unless the caller says that it may be: then
    it is frozen with the others, and stays provisional, since locked means that somebody has looked.
    """
    _require(unit, access)
    reason = checked_reason(reason, missing=_("Hãy ghi lý do khóa kỳ."))
    _check_days(starts_on, ends_on)
    hold_off_intake()
    same = PeriodLock.objects.active().filter(unit=unit, starts_on=starts_on, ends_on=ends_on)
    if held := same.first():
        return held
    lock = PeriodLock.objects.create(
        unit=unit, starts_on=starts_on, ends_on=ends_on, reason=reason, locked_by=access.user
    )
    of_lock = _of(lock)
    rows = _hold(of_lock)
    # Only now: while the rows were waited for, an approval may have been taken back.
    unreviewed = of_lock.unreviewed().count()
    if unreviewed and not with_unreviewed:
        raise _in_the_way(unreviewed)
    sessions = _freeze(lock, of_lock, rows)
    audit.record(
        "services_help.period_locked",
        by=access.user,
        target=lock,
        scope_unit=unit.pk,
        reason=reason,
        sessions=sessions,
        unreviewed=unreviewed,
    )
    Revision.bump("reviews")
    return lock


def _require(unit: Unit, access: Access) -> None:
    access.require(Right.PERIOD_LOCK)
    if not access.covers_unit(Right.PERIOD_LOCK, unit):
        raise NotAllowed


def _check_days(starts_on: dt.date, ends_on: dt.date) -> None:
    if starts_on > ends_on:
        raise DomainError(_("Ngày cuối kỳ phải sau hoặc bằng ngày đầu kỳ."), code="bad_period")
    if ends_on > today():
        raise DomainError(_("Chỉ khóa được những ngày đã tới. Hãy chọn ngày cuối kỳ sớm hơn."), code="in_the_future")


def _in_the_way(unreviewed: int) -> DomainError:
    message = ngettext(
        "Trong kỳ còn %(count)s ca chưa duyệt. Hãy duyệt trước, hoặc xác nhận khóa cả ca chưa duyệt "
        "(số của chúng vẫn là tạm tính).",
        "Trong kỳ còn %(count)s ca chưa duyệt. Hãy duyệt trước, hoặc xác nhận khóa cả ca chưa duyệt "
        "(số của chúng vẫn là tạm tính).",
        unreviewed,
    )
    return DomainError(message % {"count": unreviewed}, code="unreviewed")


def _of(lock: PeriodLock) -> SessionQuerySet:
    """What the lock is about, and no other lock holds already."""
    days = Session.objects.filter(day__gte=lock.starts_on, day__lte=lock.ends_on, lock__isnull=True)
    return days.under([lock.unit_id])


def _hold(of_lock: SessionQuerySet) -> list[Session]:
    """Every session of the lock, taken. Nobody opens another one meanwhile.

    Whoever is adding to one of them, or deciding about it, is waited for: what is read after this is all there will be.
    """
    rows = of_lock.only("pk", "team_id", "day", "state").order_by("pk")
    return list(rows.select_for_update(of=("self",)))


def _freeze(lock: PeriodLock, of_lock: SessionQuerySet, rows: list[Session]) -> int:
    """Lock the sessions held; returns their number."""
    approved = When(state=SessionState.APPROVED, then=Value(SessionState.LOCKED))
    of_lock.update(lock=lock, state=Case(approved, default=F("state")))
    _promise(row for row in rows if row.state == SessionState.APPROVED)
    return len(rows)


def _promise(sessions) -> None:
    promises = Promises()
    for session in sessions:
        promises.has_changed(session)
    promises.enqueue()


@transaction.atomic
def lift_period(*, lock: PeriodLock, reason: str, access: Access) -> PeriodLock:
    """Take a lock away: what was locked is approved again, what was frozen unreviewed waits for its review again.

    What came late meanwhile stays to be decided about. What another lock holds too goes over to that one. What was
    planned while it was locked is made up for.
    """
    _require(lock.unit, access)
    reason = checked_reason(reason, missing=_("Hãy ghi lý do mở khóa kỳ."))
    hold_off_intake()
    lock = PeriodLock.objects.select_for_update(of=("self",)).select_related("unit").get(pk=lock.pk)
    if not lock.is_active:
        return lock
    lock.lifted_by, lock.lifted_at, lock.lift_reason = access.user, timezone.now(), reason
    lock.save(update_fields=["lifted_by", "lifted_at", "lift_reason"])
    sessions = _release(lock, by=access.user)
    for other in PeriodLock.objects.active().touching(lock.starts_on, lock.ends_on).order_by("pk"):
        of_other = _of(other)
        _freeze(other, of_other, _hold(of_other))
    audit.record(
        "services_help.period_lifted",
        by=access.user,
        target=lock,
        scope_unit=lock.unit_id,
        reason=reason,
        sessions=sessions,
    )
    Revision.bump("reviews")
    return lock


def _release(lock: PeriodLock, *, by) -> int:
    columns = ("pk", "team_id", "day", "state", "campaign_id")
    rows = list(lock.sessions.only(*columns).order_by("pk").select_for_update(of=("self",)))
    locked = When(state=SessionState.LOCKED, then=Value(SessionState.APPROVED))
    lock.sessions.update(lock=None, state=Case(locked, default=F("state")))
    _promise(row for row in rows if row.state == SessionState.LOCKED)
    replanned({row.day for row in rows if row.campaign_id is None}, by=by)
    return len(rows)
