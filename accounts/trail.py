"""Who came in, by what, who was refused, and who left: rows of the audit trail.

allauth tells of them by signals of the request; each row is written with nothing else beside it, so it has a
transaction of its own.
"""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.models import User
from accounts.second_factor import has_proved, is_enrolled
from accounts.sessions import note_arrival
from core import audit


@transaction.atomic
def record(action: str, user: User, **data) -> None:
    audit.record(f"accounts.{action}", by=user, target=user, **data)


@transaction.atomic
def sign_in_refused(username: str | None) -> None:
    """Of a known name. What else people type into that field may be their password."""
    user = User.objects.filter(username__iexact=username or "").first()
    if user is not None:
        audit.record("accounts.sign_in_refused", by=None, target=user)


def on_signed_in(sender, request, user, **kwargs) -> None:  # noqa: ARG001
    methods = [each.get("type") or each["method"] for each in get_authentication_records(request, user)]
    record("signed_in", user, methods=methods)
    note_arrival(request)
    if is_enrolled(user) and not has_proved(request):
        # Enrolled between the password and this moment, from another session: that one could not end this one yet.
        request.session.flush()


def on_signed_out(sender, request, user, **kwargs) -> None:  # noqa: ARG001
    if isinstance(user, User):
        record("signed_out", user)


def on_code_refused(sender, user, reauthentication=False, **kwargs) -> None:  # noqa: ARG001
    with transaction.atomic():
        audit.record("accounts.code_refused", by=None, target=user)


def on_factor_used(sender, user, authenticator, **kwargs) -> None:  # noqa: ARG001
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        authenticator.refresh_from_db()  # the code was taken from a row of its own, under a lock
        record("recovery_code_used", user, left=len(authenticator.wrap().get_unused_codes()))
