"""How the REST interface knows its callers, and the default-deny permission of every endpoint."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from functools import cache

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, permissions

from accounts.models import User
from core.bulk import as_instance, columns_of, fetch
from teams.access import access_of
from teams.models import ApiToken
from teams.permissions import Right

logger = structlog.get_logger(__name__)
LAST_USE_EVERY = dt.timedelta(minutes=1)


def digest_of(key: str) -> str:
    """What is stored of a secret: enough to recognise it, useless to whoever reads the table.

    A plain hash is enough because keys are long and random. It is also what makes the look-up safe: the time that an
    index takes to compare digests tells nothing about a key.
    """
    return hashlib.sha256(key.encode()).hexdigest()


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, CSRF enforced; answers 401 rather than 403 to a stranger, so that a phone can tell."""

    def authenticate_header(self, request) -> str:
        return "Session"

    def enforce_csrf(self, request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise exceptions.PermissionDenied(
                _("Thiếu hoặc sai mã chống giả mạo (X-CSRFToken). Hãy tải lại trang rồi thử lại."), code="csrf_failed"
            ) from error


class TokenAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer xks_…``"""

    keyword = "Bearer"

    def authenticate(self, request):
        header = authentication.get_authorization_header(request).decode("latin-1").split()
        if not header or header[0].lower() != self.keyword.lower():
            return None
        if len(header) != 2:
            raise exceptions.AuthenticationFailed(_("Tiêu đề Authorization không đúng dạng “Bearer <khóa>”."))
        return self.by_key(header[1])

    def by_key(self, key: str) -> tuple[User, ApiToken]:
        token = self.token_of(digest_of(key))
        # One answer for a key that never was, has ended or was taken back: a finder of an old key learns nothing.
        if token is None or not token.is_usable or not token.user.is_active:
            raise exceptions.AuthenticationFailed(_("Khóa API không đúng, đã hết hạn hoặc đã bị thu hồi."))
        note_use(token)
        return token.user, token

    def token_of(self, digest: str) -> ApiToken | None:
        """With its user. By a statement that is planned once, since every call of every program asks it."""
        rows = fetch(_token_sql(), [digest])
        return token_in(rows[0])[0] if rows else None

    def authenticate_header(self, request) -> str:
        return self.keyword


@cache
def token_columns() -> str:
    """Of ``token`` and its ``account``, for SELECT."""
    return f"{columns_of(ApiToken, 'token')}, {columns_of(User, 'account')}"


def token_in(row: Sequence) -> tuple[ApiToken, Sequence]:
    """The token and its user that a row begins with, and the rest of the row."""
    width = len(ApiToken._meta.concrete_fields)
    end = width + len(User._meta.concrete_fields)
    token = as_instance(ApiToken, list(row[:width]))
    token.user = as_instance(User, list(row[width:end]))
    return token, row[end:]


@cache
def _token_sql() -> str:
    return (
        f"SELECT {token_columns()} FROM teams_apitoken token"  # noqa: S608 - names are ours
        " JOIN accounts_user account ON account.id = token.user_id WHERE token.digest = %s"
    )


def note_use(token: ApiToken) -> None:
    """Keep "last used" to the minute. Bookkeeping: a database that cannot write now still answers the question."""
    now = timezone.now()
    if token.last_used_at is not None and now - token.last_used_at <= LAST_USE_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USE_EVERY)
    try:
        with transaction.atomic():
            ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    except DatabaseError as error:
        logger.warning("token_use_not_noted", token=token.pk, error=repr(error))


class HasDeclaredRight(permissions.BasePermission):
    """A view names its rights by method; a method that it answers without naming a right for it is closed.

    ``rights = {"GET": Right.ORG_VIEW, "POST": Right.ORG_MANAGE}``; of several in a tuple any one opens it.
    """

    def has_permission(self, request, view) -> bool:
        if not hasattr(view, request.method.lower()):
            return True  # no handler: the answer is 405 whoever asks
        rights: dict[str, Right | tuple[Right, ...]] = getattr(view, "rights", {})
        named = rights.get("GET" if request.method in ("HEAD", "OPTIONS") else request.method, ())
        if not request.user.is_authenticated:
            return False
        return any(access_of(request).has(right) for right in ((named,) if isinstance(named, Right) else named))


# --- how both ways in are described in the OpenAPI document -----------------------------------------------------------
class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "teams.authentication.TokenAuthentication"
    match_subclasses = True
    name = "token"

    def get_security_definition(self, auto_schema) -> dict:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "Khóa API, do cán bộ Thành Đoàn cấp ở trang quản trị; có phạm vi quyền, đơn vị và hạn dùng. "
            "An API key with scopes, a unit (or team) and an expiry.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "teams.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema) -> dict:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "Phiên đăng nhập của trình duyệt hoặc thẻ thiết bị; lệnh ghi kèm X-CSRFToken. "
            "The browser's session or a device pass; writes send X-CSRFToken too.",
        }
