"""Deactivating a person: everything that was recorded stays, and every way in ends, in one transaction.

What the apps above hold for a person (keys, passes, calendar addresses) they end themselves: ``ACCESS_ENDERS`` in the
settings names a function of each. None of it comes back when the person does.
"""

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import User, UserKind
from accounts.sessions import end_all_sessions
from core import audit
from core.errors import DomainError
from core.jobs.models import Job
from core.jobs.services import stop_for_good


@transaction.atomic
def deactivate(*, user: User, by: User | None, keep_issued: bool = False, scope_unit: int | None = None) -> dict:
    """End every access of ``user`` now; how much of each kind was ended. A second call changes nothing.

    :param keep_issued: leave working what the person has handed out to others: keys of programs, cards that wait to be
        scanned, calendar addresses. Otherwise that ends too, since the person has seen all those secrets.
    """
    if by is not None and by == user:
        raise DomainError(_("Bạn không thể tự khóa tài khoản của mình. Hãy nhờ cán bộ khác."), code="own_account")
    # Batches that are being stored hold this row; whoever comes after us finds the account closed.
    user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    if not user.is_active:
        return {}
    user.is_active = False
    user.save(update_fields=["is_active"])
    ended = {"sessions": end_all_sessions(user=user, by=by, scope_unit=scope_unit), "jobs": 0}
    for job in Job.objects.open().filter(ordered_by=user):
        ended["jobs"] += _stopped(job, by)
    for path in settings.ACCESS_ENDERS:
        ended |= import_string(path)(user=user, by=by, keep_issued=keep_issued)
    audit.record("accounts.deactivated", by=by, target=user, scope_unit=scope_unit, keep_issued=keep_issued, **ended)
    return ended


def _stopped(job: Job, by: User | None) -> bool:
    """A job that comes to its end this very moment keeps no account open."""
    try:
        with transaction.atomic():
            stop_for_good(job=job, by=by)
    except DomainError:
        return False
    return True


@transaction.atomic
def reactivate(*, user: User, by: User | None, scope_unit: int | None = None) -> None:
    """Let the person sign in again. What was ended stays ended: keys, cards and addresses are issued anew."""
    user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    if user.is_active:
        return
    if user.kind == UserKind.DEVICE:
        raise DomainError(_("Thẻ đã thu hồi không dùng lại được. Hãy in thẻ mới cho đội."), code="pass_revoked")
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record("accounts.reactivated", by=by, target=user, scope_unit=scope_unit)
