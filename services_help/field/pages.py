"""What every page of the phone has in common: who may open it, which device it is, what is remembered on it."""

import datetime as dt
import uuid
from functools import wraps

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from core.errors import NotAllowed
from core.ids import uuid7
from services_help.field.returned import with_reason
from services_help.models import AgeGroup, Channel, Session
from teams.access import access_of
from teams.permissions import Right

DEVICE_COOKIE = "xks_device"
CHOICES_COOKIE = "xks_choices"
# The longest that a browser keeps a cookie; each opening of the first page starts it anew.
COOKIE_AGE = 60 * 60 * 24 * 400


def field_page(*methods: str):
    """A page for those who may log: never cached (a form's id is good for one citizen), with a known device.

    Compressed: tiles come anew after each citizen, over networks where ten kilobytes are a second. What such a page
    keeps secret is its CSRF token, which is masked anew each time.
    """

    def decorate(view):
        @gzip_page
        @require_http_methods(methods)
        @wraps(view)
        def page(request, *args, **kwargs):
            try:
                access_of(request).require(Right.LOG_RECORD)
            except NotAllowed as error:
                raise PermissionDenied(str(error)) from error
            request.field_device = _device_of(request) or uuid7()
            response = view(request, *args, **kwargs)
            if _device_of(request) is None:
                remember_device(request, response)
            add_never_cache_headers(response)
            return response

        return page

    return decorate


def _device_of(request) -> uuid.UUID | None:
    signed = request.get_signed_cookie(DEVICE_COOKIE, default=None)
    return uuid.UUID(signed) if signed else None


def remember_device(request, response) -> None:
    response.set_signed_cookie(DEVICE_COOKIE, str(request.field_device), **_cookie_rules())


def remember_choices(response, *, age_group: str, channel: str) -> None:
    response.set_cookie(CHOICES_COOKIE, f"{age_group}|{channel}", **_cookie_rules())


def remembered_choices(request) -> dict[str, str]:
    """Age group and channel as chosen last on this phone; the defaults are none and at the point."""
    age_group, _bar, channel = request.COOKIES.get(CHOICES_COOKIE, "").partition("|")
    return {
        "age_group": age_group if age_group in AgeGroup.values else "",
        "channel": channel if channel in Channel.values else Channel.POINT.value,
    }


def _cookie_rules() -> dict:
    return {"max_age": COOKIE_AGE, "httponly": True, "samesite": "Lax", "secure": settings.SESSION_COOKIE_SECURE}


def get_session(request, session_id: uuid.UUID) -> Session:
    """A stranger's session is 404; one that the reader may see but not log into is 403."""
    access = access_of(request)
    sessions = with_reason(Session.objects.visible_to(access).live().for_list())
    session = get_object_or_404(sessions, pk=session_id)
    if not access.covers_team(Right.LOG_RECORD, session.team, session.day):
        raise PermissionDenied
    return session


def span_text(length: dt.timedelta) -> str:
    """3 giờ 20 phút"""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if not hours:
        return _("%(minutes)d phút") % {"minutes": minutes}
    if not minutes:
        return _("%(hours)d giờ") % {"hours": hours}
    return _("%(hours)d giờ %(minutes)d phút") % {"hours": hours, "minutes": minutes}
