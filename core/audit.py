"""The one way to write the audit trail."""

import structlog
from django.db import connection

from core.models import AuditEvent


def record(action: str, *, by, target, scope_unit: int | None = None, **data) -> AuditEvent:
    """Write one audit row in the caller's transaction.

    :param action: ``<area>.<past verb>``, for example ``teams.moved``
    :param by: the acting user, or None for the system itself
    :param target: the model instance acted upon
    :param scope_unit: primary key of the unit whose staff may read the row; None: Thành Đoàn only
    :param data: JSON-able details: what changed, from what, to what, why
    """
    if not connection.in_atomic_block:
        raise RuntimeError("audit.record() needs the transaction of the change it tells of")
    return AuditEvent.objects.create(
        actor=by,
        actor_label=str(by) if by else "hệ thống",
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_label=str(target)[:300],
        scope_unit=scope_unit,
        data=data,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
    )


def record_many(entries, *, by) -> None:
    """One audit row for each ``(action, target, scope_unit, data)``, in one statement; otherwise like ``record``."""
    if not connection.in_atomic_block:
        raise RuntimeError("audit.record_many() needs the transaction of the changes it tells of")
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(
                actor=by,
                actor_label=str(by) if by else "hệ thống",
                action=action,
                target_type=target._meta.label_lower,
                target_id=str(target.pk),
                target_label=str(target)[:300],
                scope_unit=scope_unit,
                data=data,
                request_id=request_id,
            )
            for action, target, scope_unit, data in entries
        ],
        batch_size=500,
    )
