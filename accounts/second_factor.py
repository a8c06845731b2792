"""The second factor: who needs one, whether this very session has shown one, and taking it off a person who lost it.

The factors themselves are allauth's (``allauth.mfa``). What stands here is the rule that our middleware and pages ask.
"""

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User, UserKind
from accounts.sessions import end_all_sessions
from core import audit
from core.errors import DomainError

METHOD = "mfa"
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_enrolled(user: User) -> bool:
    """Recovery codes alone are none: they are what is left when a factor is lost."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def has_proved(request) -> bool:
    """In this session, by an app, a passkey or a recovery code. Costs no query: the session knows."""
    return any(record["method"] == METHOD for record in get_authentication_records(request, request.user))


def is_held_back(request) -> bool:
    """Signed in, but not as far as a member of staff has to be.

    Nobody enrolled lacks the proof by the front door, which asks for it; whoever enrols ends his other sessions.
    """
    user = request.user
    if not settings.MFA_REQUIRED or not user.is_authenticated or user.kind != UserKind.PERSON or has_proved(request):
        return False
    return user.needs_second_factor or is_enrolled(user)


def forget_proof(request) -> None:
    """The last factor is gone: what the session has shown of it counts no more."""
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [each for each in records if each["method"] != METHOD]


@transaction.atomic
def reset_second_factor(*, user: User, by: User | None, scope_unit: int | None = None) -> None:
    """Take every factor and recovery code off ``user`` and end the sessions: the phone is lost, or in wrong hands.

    The next sign-in, by password, enrols anew. Whoever calls has asked whether he may; nobody may for himself, since
    a session that was left open could then shed the factor.
    """
    if by is not None and by == user:
        raise DomainError(_("Bạn không thể tự gỡ lớp bảo vệ của mình ở đây. Hãy nhờ cán bộ khác."), code="own_factor")
    taken, _by_model = Authenticator.objects.filter(user=user).delete()
    if not taken:
        raise DomainError(_("Tài khoản này chưa bật lớp bảo vệ thứ hai."), code="no_factor")
    end_all_sessions(user=user, by=by, scope_unit=scope_unit)
    audit.record("accounts.second_factor_reset", by=by, target=user, scope_unit=scope_unit)
