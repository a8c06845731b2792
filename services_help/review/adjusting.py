"""Điều chỉnh: after the lock figures change by this alone. Late entries are let in or not, and items taken back.

Figures move by the same way as ever, a promise to the tallies; the session stays locked.
"""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit, bulk
from core.errors import DomainError, NotAllowed
from core.models import Revision
from services_help.intake import planning
from services_help.intake.periods import hold_off_locks, lock_sql
from services_help.intake.promises import Promises
from services_help.models import (
    RAW,
    Adjustment,
    AdjustmentAction,
    AdjustmentLine,
    Attendance,
    ItemKind,
    LateDecision,
    LateEntry,
    PeriodLock,
    ReviewKind,
    Session,
    SessionReview,
    SessionState,
    Void,
)
from services_help.reasons import checked_reason
from services_help.services import Voidable, home_of, lock_session, session_of, write_void
from teams.access import Access
from teams.permissions import Right

# What needs another comes after it.
_ORDER = [ItemKind.SESSION, ItemKind.LOG, ItemKind.ATTENDANCE, ItemKind.VOID]


# --- late entries -----------------------------------------------------------------------------------------------------
@transaction.atomic
def accept_late(*, entries: Iterable[LateEntry], reason: str, access: Access) -> list[Adjustment]:
    """Let late entries in, under their own ids: one adjustment for each session. All of them, or none.

    Those that are accepted already are left alone, so a second call changes nothing.
    """
    reason = _checked(reason, access)
    # Like the intake: a lock made or lifted meanwhile would miss a session that is opened here.
    hold_off_locks()
    rows = [entry for entry in _take(entries, access) if entry.decision != LateDecision.ACCEPTED]
    of_session: dict[UUID, list[LateEntry]] = defaultdict(list)
    for entry in sorted(rows, key=lambda entry: (_ORDER.index(ItemKind(entry.kind)), entry.pk)):
        of_session[entry.session].append(entry)
    promises = Promises()
    made = [_accept(of_session[pk], reason, access, promises) for pk in sorted(of_session)]
    promises.enqueue()
    if made:
        Revision.bump("reviews")
    return made


@transaction.atomic
def decline_late(*, entries: Iterable[LateEntry], reason: str, access: Access) -> list[LateEntry]:
    """Leave them out for good. They stay, with the reason; who has sent them still sees them as late."""
    reason = _checked(reason, access)
    rows = [entry for entry in _take(entries, access) if not entry.decision]
    for entry in rows:
        _decide(entry, LateDecision.DECLINED, reason, access)
    audit.record_many(
        (("services_help.late_declined", entry, _home(entry), {"reason": reason}) for entry in rows), by=access.user
    )
    if rows:
        Revision.bump("reviews")
    return rows


def _checked(reason: str, access: Access) -> str:
    access.require(Right.ADJUST)
    return checked_reason(reason, missing=_("Hãy ghi lý do điều chỉnh."))


def _take(entries: Iterable[LateEntry], access: Access) -> list[LateEntry]:
    """Locked, as they are now; all of them must be the caller's to decide."""
    ids = {entry.pk for entry in entries}
    rows = LateEntry.objects.filter(pk__in=ids).visible_to(access, Right.ADJUST).select_related("team", "lock")
    found = list(rows.order_by("pk").select_for_update(of=("self",)))
    if len(found) < len(ids):
        raise NotAllowed
    return found


def _home(entry: LateEntry) -> int | None:
    home = entry.team.home_on(entry.day)
    return home.pk if home else None


def _accept(entries: list[LateEntry], reason: str, access: Access, promises: Promises) -> Adjustment:
    first, lines = entries[0], []
    held = Session.objects.select_for_update(of=("self",), no_key=True).select_related("team", "lock")
    session = held.filter(pk=first.session).first()
    for entry in entries:
        if session is None:
            session, action = _open(entry, access), AdjustmentAction.ADDED
        else:
            action = _let_in(entry, session)
        lines.append(AdjustmentLine(action=action, kind=entry.kind, item=entry.item))
    assert session is not None  # noqa: S101 - for the type checker: there is an entry
    adjustment = _write(session, session.lock or first.lock, reason, lines, access)
    for entry in entries:
        _decide(entry, LateDecision.ACCEPTED, reason, access, adjustment)
    promises.has_changed(session)
    return adjustment


def _open(entry: LateEntry, access: Access) -> Session:
    """A session that is late itself. Whoever lets it in has looked at it: it is approved by that, and locked like the
    others. When the lock is lifted, it says by whom it was approved."""
    session = entry.as_raw()
    if not isinstance(session, Session):
        raise DomainError(
            _("Ca của các mục này cũng đến muộn và chưa được nhận. Hãy nhận ca cùng với các mục của nó."),
            code="session_not_accepted",
        )
    if session.campaign_id is None:
        # As for one that comes in at this moment: its team may have been sent out since.
        planning.assign([session])
    if lock := _lock_now(entry):
        session.lock, session.state = lock, SessionState.LOCKED
    session.save(force_insert=True)
    if session.lock:
        SessionReview.objects.create(session=session, kind=ReviewKind.APPROVED, by=access.user)
    return session


def _lock_now(entry: LateEntry) -> PeriodLock | None:
    """What holds for the entry's team and day at this moment: what made it late may be lifted, and another hold on."""
    lock = lock_sql(team="entry.team_id", day="entry.day")
    ((pk,),) = bulk.fetch(f"SELECT {lock} FROM services_help_lateentry entry WHERE entry.id = %s", [entry.pk])  # noqa: S608
    return PeriodLock.objects.filter(pk=pk).first() if pk else None


def _let_in(entry: LateEntry, session: Session) -> AdjustmentAction:
    raw = entry.as_raw()
    if isinstance(raw, Session):
        _close(session, raw)
        return AdjustmentAction.CLOSED
    if isinstance(raw, Attendance):
        _refuse_second(raw)
    raw.save(force_insert=True)
    return AdjustmentAction.VOIDED if isinstance(raw, Void) else AdjustmentAction.ADDED


def _close(session: Session, later: Session) -> None:
    """As the intake would have: the later end holds."""
    if later.ended_at and (session.ended_at is None or later.ended_at > session.ended_at):
        session.ended_at, session.note = later.ended_at, later.note
        session.save(update_fields=["ended_at", "note"])


def _refuse_second(raw: Attendance) -> None:
    if Attendance.objects.live().filter(session=raw.session_id, volunteer=raw.volunteer_id).exists():
        raise DomainError(
            _("“%(volunteer)s” đã được điểm danh trong ca này. Hãy chọn không nhận mục điểm danh thứ hai.")
            % {"volunteer": raw.volunteer},
            code="already_present",
        )


def _decide(
    entry: LateEntry, decision: LateDecision, reason: str, access: Access, adjustment: Adjustment | None = None
) -> None:
    entry.decision, entry.reason, entry.adjustment = decision, reason, adjustment
    entry.decided_by, entry.decided_at = access.user, timezone.now()
    entry.save(update_fields=["decision", "reason", "adjustment", "decided_by", "decided_at"])


# --- taking back ------------------------------------------------------------------------------------------------------
@transaction.atomic
def void_locked(*, targets: Iterable[Voidable], reason: str, access: Access) -> list[Adjustment]:
    """Take back items of locked sessions, or whole sessions: one adjustment for each session.

    What is taken back already is left alone, so a second call changes nothing.
    """
    reason = _checked(reason, access)
    of_session: dict[UUID, list[Voidable]] = defaultdict(list)
    for target in targets:
        of_session[session_of(target)].append(target)
    promises, made = Promises(), []
    for pk in sorted(of_session):
        session = lock_session(pk, access, Right.ADJUST)
        if lines := [_take_back(target, session, reason, access) for target in _still_there(of_session[pk])]:
            made.append(_write(session, _lock_of(session), reason, lines, access))
            promises.has_changed(session)
    promises.enqueue()
    return made


def _still_there(targets: list[Voidable]) -> list[Voidable]:
    return [target for target in targets if not Void.objects.of(target.pk, target.device).exists()]


def _lock_of(session: Session) -> PeriodLock:
    if session.lock is None:
        raise DomainError(
            _("Số liệu của ca này chưa khóa. Hãy hủy như bình thường, không cần điều chỉnh."), code="open"
        )
    return session.lock


def _take_back(target: Voidable, session: Session, reason: str, access: Access) -> AdjustmentLine:
    _lock_of(session)
    write_void(target, session, reason, access)
    kind = next(kind for kind, model in RAW.items() if isinstance(target, model))
    return AdjustmentLine(action=AdjustmentAction.VOIDED, kind=kind, item=target.pk)


# --- the adjustment itself --------------------------------------------------------------------------------------------
def _write(session: Session, lock: PeriodLock, reason: str, lines: list[AdjustmentLine], access: Access) -> Adjustment:
    adjustment = Adjustment.objects.create(session=session, lock=lock, reason=reason, by=access.user)
    for line in lines:
        line.adjustment = adjustment
    AdjustmentLine.objects.bulk_create(lines, batch_size=1000)
    audit.record(
        "services_help.session_adjusted",
        by=access.user,
        target=session,
        scope_unit=home_of(session),
        reason=reason,
        lines=[[line.action, line.kind, str(line.item)] for line in lines],
    )
    return adjustment
