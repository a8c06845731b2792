"""What staff do to what was logged: they take it back, with a reason. Nothing is edited."""

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.dated import today
from core.errors import DomainError, NotAllowed
from core.ids import uuid7
from services_help.intake.approvals import fall_back
from services_help.intake.canonical import digest_of_item
from services_help.intake.promises import Promises
from services_help.models import AssistanceLog, Attendance, ItemKind, Receipt, Session, Void
from services_help.reasons import checked_reason
from teams.access import Access
from teams.permissions import Right

# The staff's pages as a "device" of the ledger; voids of staff are told from those of phones by it.
PORTAL_DEVICE = uuid.UUID("018f0000-0000-7000-8000-000000000001")

type Voidable = Session | AssistanceLog | Attendance


@transaction.atomic
def void_record(*, target: Voidable, reason: str, access: Access) -> Void:
    """Take ``target`` back. The row stays; figures leave it out. A second call returns the first void."""
    session = lock_session(session_of(target), access, Right.LOG_VOID)
    if done := Void.objects.of(target.pk, target.device).first():
        return done
    reason = checked_reason(reason, missing=_("Hãy ghi lý do hủy."))
    refuse_if_locked(session)
    void = write_void(target, session, reason, access)
    promises = Promises()
    promises.has_changed(session)
    fall_back([session], by=access.user, promises=promises)
    promises.enqueue()
    return void


def session_of(target: Voidable) -> uuid.UUID:
    return target.pk if isinstance(target, Session) else target.session_id


def lock_session(pk: uuid.UUID, access: Access, right: Right, *, from_entries: bool = False) -> Session:
    """Locked, so that of two members of staff who decide at once the second sees what the first has done.

    ``from_entries``: also those who add to the session have to wait, or are waited for.
    """
    rows = Session.objects.select_for_update(of=("self",), no_key=not from_entries).select_related("team")
    session = rows.get(pk=pk)
    if not Session.objects.visible_to(access, right).filter(pk=pk).exists():
        raise NotAllowed
    return session


def refuse_if_locked(session: Session) -> None:
    if session.is_locked:
        raise DomainError(
            _(
                "Số liệu của ca này đã khóa (%(lock)s) nên không thay đổi được nữa. "
                "Nếu cần sửa, hãy đề nghị Thành Đoàn lập điều chỉnh."
            )
            % {"lock": session.lock},
            code="locked",
        )


def home_of(session: Session) -> int | None:
    """The unit whose staff may read of a change of the session: its team's of the day, else of today."""
    home = session.team.home_on(session.day) or session.team.home_on(today())
    return home.pk if home else None


def write_void(target: Voidable, session: Session, reason: str, access: Access) -> Void:
    """The rows of a void and its trace; the caller has checked everything, and promises the tallies."""
    now, identifier = timezone.now(), uuid7()
    Receipt.objects.create(
        id=identifier,
        kind=ItemKind.VOID,
        device=PORTAL_DEVICE,
        day=session.day,
        digest=digest_of_item(ItemKind.VOID, identifier, {"target": target.pk, "reason": reason}),
        received_at=now,
        received_from=access.user,
    )
    void = Void.objects.create(
        id=identifier,
        target=target.pk,
        is_authorised=True,
        reason=reason,
        device=PORTAL_DEVICE,
        created_by=access.user,
        received_at=now,
    )
    audit.record(
        f"services_help.{target._meta.model_name}_voided",
        by=access.user,
        target=target,
        scope_unit=home_of(session),
        reason=reason,
        session=str(session.pk),
    )
    return void
