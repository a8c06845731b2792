"""What stands between the session and every page: nobody walks around the second factor."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.confirming import ask_to_confirm, must_confirm
from accounts.second_factor import is_enrolled, is_held_back
from accounts.sessions import note_use
from core.errors import AccessEnded

# A view with this mark (``accounts.urls.before_second_factor``) is for people who have yet to show their factor.
MARK = "before_second_factor"


class SecondFactor:
    """A session that owes its second factor is nobody's: every page, API, feed and file sees a stranger.

    Closed by default: what is added tomorrow sees the stranger too. Only the few views with the mark see the person.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.held_back = None
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.path_info not in settings.SAME_FOR_EVERYBODY:
            if is_held_back(request):
                request.held_back, request.user = request.user, AnonymousUser()
            elif request.user.is_authenticated:
                note_use(request)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        person = request.held_back
        if person is not None and getattr(view, MARK, False):
            request.user = person
        elif person is not None and _is_for_people(request, view):
            return _to_the_factor(request, person)
        if must_confirm(request, request.resolver_match.view_name):
            return ask_to_confirm(request)
        return None

    def process_exception(self, request, exception):
        """A page whose access ended while it was writing; the REST interface answers its 401 itself."""
        if isinstance(exception, AccessEnded):
            return redirect_to_login(request.get_full_path(), reverse("account_login"))
        return None


def _is_for_people(request, view) -> bool:
    """Pages lead on to the factor. Programs get the answer that a stranger gets, and public pages are public."""
    return request.resolver_match.view_name == "account_login" or getattr(view, "login_required", True)


def _to_the_factor(request, person) -> HttpResponseRedirect:
    if not is_enrolled(person):
        return redirect("mfa_index")
    target = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("home")
    if request.resolver_match.view_name == "account_login":
        target = reverse("home")
    url = get_adapter().get_reauthentication_methods(person)[0]["url"]
    return redirect(f"{url}?{urlencode({'next': target})}")
