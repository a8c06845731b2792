"""Signing in and out."""

from functools import wraps

from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.urls import path

from accounts.models import UserKind


def for_people(view):
    """Not for a phone that came in by a pass: with a password of its own it would outlive the paper."""

    @wraps(view)
    def checked(request, *args, **kwargs):
        if request.user.kind == UserKind.DEVICE:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


urlpatterns = [
    path("login/", login_not_required(allauth_views.login), name="account_login"),
    # allauth sends people here by these names: an account that was closed, and one that has no password yet.
    path("login/inactive/", login_not_required(allauth_views.account_inactive), name="account_inactive"),
    path("password/set/", for_people(allauth_views.password_set), name="account_set_password"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("password/", for_people(allauth_views.password_change), name="account_change_password"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
]
