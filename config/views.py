"""Doors that belong to no app: where a signed-in user starts, and the language switch."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language as django_set_language

from config.navigation import PAGES
from teams.access import access_of


@require_safe
def home(request):
    """The first door that opens for this user: the leader's phone, the dashboard, the admin; else the front page."""
    access = access_of(request)
    name = next((name for name, _label, _icon, right in PAGES if access.has(right)), "public:front")
    return redirect(name)


@login_not_required
@require_POST
def set_language(request):
    return django_set_language(request)
