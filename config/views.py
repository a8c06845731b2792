"""Doors that belong to no app: where a signed-in user starts, and the language switch."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language as django_set_language

from config.navigation import PAGES
from teams.access import access_of


@require_safe
def home(request):
    """The first door that opens: of staff the dashboard, of who only logs the phone; of nobody the front page."""
    access = access_of(request)
    doors = sorted(PAGES, key=lambda door: door[0] != "dashboard:home")
    return redirect(next((name for name, _label, _icon, right in doors if access.has(right)), "public:front"))


@login_not_required
@require_POST
def set_language(request):
    return django_set_language(request)
