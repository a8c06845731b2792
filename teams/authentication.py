"""How the REST interface knows its callers, and the default-deny permission of every endpoint."""

import hashlib
import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions, permissions

from teams.access import access_of
from teams.models import ApiToken
from teams.permissions import Right

LAST_USE_EVERY = dt.timedelta(minutes=1)


def digest_of(key: str) -> str:
    """What is stored of a secret: enough to recognise it, useless to whoever reads the table."""
    return hashlib.sha256(key.encode()).hexdigest()


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, CSRF enforced; answers 401 rather than 403 to a stranger, so that a phone can tell."""

    def authenticate_header(self, request) -> str:
        return "Session"


class TokenAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer xks_…``"""

    keyword = "Bearer"

    def authenticate(self, request):
        header = authentication.get_authorization_header(request).decode("latin-1").split()
        if not header or header[0].lower() != self.keyword.lower():
            return None
        if len(header) != 2:
            raise exceptions.AuthenticationFailed(_("Tiêu đề Authorization không đúng dạng “Bearer <khóa>”."))
        token = ApiToken.objects.select_related("user").filter(digest=digest_of(header[1])).first()
        if token is None or not token.is_usable or not token.user.is_active:
            raise exceptions.AuthenticationFailed(_("Khóa API không đúng, đã hết hạn hoặc đã bị thu hồi."))
        now = timezone.now()
        if token.last_used_at is None or now - token.last_used_at > LAST_USE_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request) -> str:
        return self.keyword


class HasDeclaredRight(permissions.BasePermission):
    """A view names its rights, by method or for all; a view that names none is closed.

    ``rights = {"GET": Right.ORG_VIEW, "POST": Right.ORG_MANAGE}``
    """

    def has_permission(self, request, view) -> bool:
        rights: dict[str, Right] = getattr(view, "rights", {})
        method = "GET" if request.method in ("HEAD", "OPTIONS") else request.method
        right = rights.get(method)
        return right is not None and request.user.is_authenticated and access_of(request).has(right)
