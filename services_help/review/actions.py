"""Duyệt: sessions are approved, sent back with a reason, answered by their team, and opened again.

Each step is a row that stays. Only an approval and what undoes it move figures, between provisional and approved.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError
from core.models import Revision
from services_help.intake.promises import Promises
from services_help.models import (
    AssistanceLog,
    Attendance,
    ReviewKind,
    Session,
    SessionReview,
    SessionState,
    Void,
)
from services_help.reasons import checked_reason
from services_help.services import home_of, lock_session, refuse_if_locked
from teams.access import Access
from teams.permissions import Right

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What became of one session of many."""

    session: UUID
    refusal: DomainError | None = None

    @property
    def is_approved(self) -> bool:
        return self.refusal is None


# --- approving --------------------------------------------------------------------------------------------------------
@transaction.atomic
def approve(*, sessions: Iterable[UUID], access: Access, seen: Mapping[UUID, str] | None = None) -> list[Reviewed]:
    """Approve what may be approved, each session for itself; answers in the order asked. Twice is once.

    ``seen``: what ``seen_of`` said of a session when it was looked at; one that holds something else by now is refused.
    A few statements, however many they are. Of many, one that is being written to this moment is left for later.
    """
    ids = list(dict.fromkeys(sessions))
    found = {session.pk: session for session in _take(ids, access)}
    seen = seen or {}
    there = seen_of_many(session for pk, session in found.items() if pk in seen)
    changed = {pk for pk, now in there.items() if now != seen[pk]}
    refusals = {pk: _why_not(found[pk], is_changed=pk in changed) for pk in ids if pk in found}
    refusals |= _not_taken(set(ids) - set(found), access)
    fresh = [found[pk] for pk in ids if refusals[pk] is None and found[pk].state != SessionState.APPROVED]
    if fresh:
        _approve(fresh, access)
    return [Reviewed(pk, refusals[pk]) for pk in ids]


def _take(ids: list[UUID], access: Access) -> list[Session]:
    """Locked first and read then: also those who add a log to a session wait, so that what is read is all there is.

    Nothing is waited for while something is held: of many, whoever writes comes first.
    """
    rows = Session.objects.filter(pk__in=ids).visible_to(access, Right.REVIEW).order_by("pk")
    locked = list(rows.select_for_update(of=("self",), skip_locked=len(ids) > 1).values_list("pk", flat=True))
    is_void = Exists(Void.objects.of(OuterRef("id"), OuterRef("device")))
    rows = Session.objects.filter(pk__in=locked).select_related("team", "lock__unit")
    return list(rows.with_home().annotate(is_void=is_void))


def _not_taken(ids: set[UUID], access: Access) -> dict[UUID, DomainError]:
    if not ids:
        return {}
    visible = Session.objects.filter(pk__in=ids).visible_to(access, Right.REVIEW)
    busy = set(visible.values_list("pk", flat=True))
    return {
        pk: DomainError(_("Ca này đang nhận dữ liệu mới. Hãy xem lại rồi duyệt sau ít phút."), code="busy")
        if pk in busy
        else DomainError(_("Không có ca này, hoặc bạn không duyệt ca của đội này."), code="unknown_session")
        for pk in ids
    }


def seen_of(session: Session) -> str:
    """What there is of a session, to be compared: ask it after the session was read and before what is shown of it."""
    return seen_of_many([session])[session.pk]


def seen_of_many(sessions: Iterable[Session]) -> dict[UUID, str]:
    """The same of each, in one query."""
    ended = {session.pk: session.ended_at for session in sessions}
    logs, present = AssistanceLog.objects.all(), Attendance.objects.all()
    # What comes in adds a row, what is taken back makes one less live: rows themselves never change.
    numbers = [_number(rows) for rows in (logs, logs.live(), present, present.live())]
    rows = Session.objects.filter(pk__in=list(ended)).order_by().values_list("pk", *numbers)
    return {pk: "-".join(map(str, [*counts, _milliseconds(ended[pk])])) for pk, *counts in rows}


def _milliseconds(moment: dt.datetime | None) -> int | str:
    return int(moment.timestamp() * 1000) if moment else ""


def _number(rows: QuerySet) -> Coalesce:
    own = rows.filter(session=OuterRef("pk")).order_by().values("session").annotate(n=Count("pk"))
    return Coalesce(Subquery(own.values("n")), 0)


def _why_not(session: Session, *, is_changed: bool) -> DomainError | None:
    try:
        _refuse_unless_submitted(session)
        if is_changed and session.state != SessionState.APPROVED:
            raise DomainError(_("Ca vừa nhận thêm dữ liệu từ điện thoại. Hãy xem lại rồi duyệt."), code="changed")
    except DomainError as refusal:
        return refusal
    return None


def _refuse_unless_submitted(session: Session) -> None:
    """``session`` knows whether it ``is_void``."""
    if session.is_void:
        raise DomainError(_("Ca này đã hủy nên không cần duyệt."), code="voided")
    refuse_if_locked(session)
    if session.ended_at is None:
        raise DomainError(_("Ca này chưa đóng. Hãy chờ đội đóng ca, hoặc nhắc đội trưởng."), code="still_open")


def _approve(sessions: list[Session], access: Access) -> None:
    by, promises = access.user, Promises()
    Session.objects.filter(pk__in=[session.pk for session in sessions]).update(
        state=SessionState.APPROVED, returned_at=None
    )
    SessionReview.objects.bulk_create(
        (SessionReview(session=session, kind=ReviewKind.APPROVED, by=by) for session in sessions), batch_size=1000
    )
    audit.record_many((("services_help.session_approved", session, session.home, {}) for session in sessions), by=by)
    for session in sessions:
        promises.has_changed(session)
    promises.enqueue()
    Revision.bump("reviews")


# --- back and forth ---------------------------------------------------------------------------------------------------
@transaction.atomic
def send_back(*, session: Session, reason: str, access: Access) -> SessionReview:
    """Return a submitted session to its team, with what is to be explained or corrected."""
    session = _take_one(session, access, Right.REVIEW)
    reason = checked_reason(reason, missing=_("Hãy ghi điều đội cần giải trình hoặc sửa."), most=LONGEST)
    if session.returned_at and (same := _last_if(session, ReviewKind.RETURNED, reason)):
        return same
    _refuse_unless_submitted(session)
    if session.state == SessionState.APPROVED:
        raise DomainError(_("Ca này đã duyệt. Hãy mở lại ca trước khi trả về cho đội."), code="approved")
    session.returned_at = timezone.now()
    session.save(update_fields=["returned_at"])
    return _write(session, ReviewKind.RETURNED, reason, access)


@transaction.atomic
def answer(*, session: Session, text: str, access: Access) -> SessionReview:
    """The team's side of a returned session: what was done about it. It goes back to the reviewers."""
    session = _take_one(session, access, Right.LOG_RECORD)
    text = checked_reason(text, missing=_("Hãy viết câu trả lời cho người duyệt."), most=LONGEST)
    if same := _last_if(session, ReviewKind.ANSWERED, text):
        return same
    _refuse_unless_submitted(session)
    if session.returned_at is None:
        raise DomainError(_("Ca này không chờ trả lời. Hãy tải lại để xem tình trạng mới nhất."), code="not_returned")
    session.returned_at = None
    session.save(update_fields=["returned_at"])
    return _write(session, ReviewKind.ANSWERED, text, access)


@transaction.atomic
def reopen(*, session: Session, reason: str, access: Access) -> SessionReview:
    """Take an approval back: the figures are provisional again."""
    session = _take_one(session, access, Right.REVIEW)
    reason = checked_reason(reason, missing=_("Hãy ghi lý do mở lại ca."), most=LONGEST)
    if same := _last_if(session, ReviewKind.REOPENED, reason):
        return same
    refuse_if_locked(session)
    if session.state != SessionState.APPROVED:
        raise DomainError(_("Ca này chưa duyệt nên không cần mở lại."), code="not_approved")
    session.state = SessionState.PROVISIONAL
    session.save(update_fields=["state"])
    promises = Promises()
    promises.has_changed(session)
    promises.enqueue()
    return _write(session, ReviewKind.REOPENED, reason, access)


def _take_one(session: Session, access: Access, right: Right) -> Session:
    session = lock_session(session.pk, access, right)
    session.is_void = Void.objects.of(session.pk, session.device).exists()
    return session


def _last_if(session: Session, kind: ReviewKind, text: str) -> SessionReview | None:
    """The same step again, as a page sent twice asks for it."""
    last = session.reviews.order_by("pk").last()
    return last if last and (last.kind, last.text) == (kind, text) else None


def _write(session: Session, kind: ReviewKind, text: str, access: Access) -> SessionReview:
    review = SessionReview.objects.create(session=session, kind=kind, text=text, by=access.user)
    audit.record(
        f"services_help.session_{kind}", by=access.user, target=session, scope_unit=home_of(session), text=text
    )
    Revision.bump("reviews")
    return review
