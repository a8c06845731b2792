"""What staff do to what was logged: they take it back, with a reason. Nothing is edited."""

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.dated import today
from core.errors import DomainError, NotAllowed
from core.ids import uuid7
from core.privacy import refuse_personal_data
from core.vietnamese import nfc
from services_help.intake.canonical import digest_of_item
from services_help.intake.promises import Promises
from services_help.models import AssistanceLog, Attendance, ItemKind, Receipt, Session, SessionState, Void
from teams.access import Access
from teams.permissions import Right

# The staff's pages as a "device" of the ledger; voids of staff are told from those of phones by it.
PORTAL_DEVICE = uuid.UUID("018f0000-0000-7000-8000-000000000001")

type Voidable = Session | AssistanceLog | Attendance


@transaction.atomic
def void_record(*, target: Voidable, reason: str, access: Access) -> Void:
    """Take ``target`` back. The row stays; figures leave it out. A second call returns the first void."""
    session_id = target.pk if isinstance(target, Session) else target.session_id
    # Locked, so that two members of staff do not both take it back.
    session = Session.objects.select_for_update(of=("self",), no_key=True).select_related("team").get(pk=session_id)
    if not Session.objects.visible_to(access, Right.LOG_VOID).filter(pk=session.pk).exists():
        raise NotAllowed
    if done := Void.objects.of(target.pk, target.device).first():
        return done
    reason = _checked_reason(reason)
    if session.state == SessionState.LOCKED:
        raise DomainError(_("Số liệu của ca này đã khóa, không hủy được nữa."), code="locked")
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
    home = session.team.home_on(session.day) or session.team.home_on(today())
    audit.record(
        f"services_help.{target._meta.model_name}_voided",
        by=access.user,
        target=target,
        scope_unit=home.pk if home else None,
        reason=reason,
        session=str(session.pk),
    )
    promises = Promises()
    promises.has_changed(session)
    promises.enqueue()
    return void


def _checked_reason(reason: str) -> str:
    reason = nfc(reason)
    if not reason:
        raise DomainError(_("Hãy ghi lý do hủy."), code="reason_missing")
    refuse_personal_data(reason)
    return reason[:300]
