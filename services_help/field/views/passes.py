"""A phone is signed in by the QR code on a card."""

from allauth.account.adapter import get_adapter
from allauth.core.ratelimit import respond_429
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.limits import Limit
from teams import passes

# Only refused codes count: on a peak morning hundreds of phones may share one address of a mobile network.
REFUSALS = Limit("pass_refused", times=20, seconds=60)
BACKEND = "accounts.backends.PasswordBackend"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def redeem(request, code):
    """GET shows whose card it is, so that a link preview or a scanner's peek does not use it up; POST uses it."""
    address = get_adapter().get_client_ip(request)
    if REFUSALS.is_reached(address):
        return respond_429(request)
    try:
        if request.method != "POST":
            return render(request, "field/pass.html", {"device_pass": passes.usable_pass(code)})
        user = passes.redeem_pass(code=code)
    except passes.PassRefused as refusal:
        REFUSALS.count(address)
        return render(request, "field/pass_refused.html", status=refusal.status)
    login(request, user, backend=BACKEND)
    request.session.set_expiry(passes.ends_at(user.device_pass))
    return redirect("field:app")
