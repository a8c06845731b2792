"""Sensitive acts: whoever does one has shown, a short while ago, that it is still he who sits there."""

import time

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import UserKind
from accounts.second_factor import METHOD, has_proved, is_enrolled

# Seconds since the sign-in or the last confirmation. A form that was opened in time may be sent a while later.
TO_OPEN = 15 * 60
TO_SEND = 60 * 60


def is_confirmed(request, seconds: int = TO_OPEN) -> bool:
    """By the second factor, of those who have one: a password may be what was stolen."""
    records = get_authentication_records(request, request.user)
    if has_proved(request) or is_enrolled(request.user):
        records = [record for record in records if record["method"] == METHOD]
    return bool(records) and time.time() - records[-1]["at"] < seconds


def must_confirm(request, view_name: str) -> bool:
    """Asked where a second factor is the rule, and of everybody who has one."""
    if view_name not in settings.CONFIRMED_VIEWS:
        return False
    user = request.user
    if not user.is_authenticated or user.kind != UserKind.PERSON:
        return False
    if not (settings.MFA_REQUIRED or has_proved(request)):
        return False
    if request.method == "POST":
        return not is_confirmed(request, TO_SEND)
    return view_name not in settings.CONFIRMED_WHEN_SENT and not is_confirmed(request)


def ask_to_confirm(request) -> HttpResponseRedirect:
    """To the page that asks, and back. What was sent waits in the session, unless there is a password in it."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    if not methods:  # nothing to confirm with: come in anew
        return HttpResponseRedirect(reverse("account_logout"))
    url = methods[0]["url"]
    if request.method == "POST" and not any("password" in name for name in request.POST):
        return suspend_request(request, url)
    if request.method == "POST":
        messages.warning(request, _("Đã lâu bạn chưa xác nhận. Hãy xác nhận là bạn, rồi nhập lại mật khẩu và gửi."))
    return HttpResponseRedirect(f"{url}?{urlencode({'next': request.get_full_path()})}")
