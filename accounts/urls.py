"""Signing in and out, and the second factor. Each view is mounted by hand: what is not here, is not there."""

from functools import wraps

from allauth.account import views as allauth_views
from allauth.mfa.base import views as mfa_views
from allauth.mfa.webauthn import views as passkey_views
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.urls import path
from django.views.decorators.cache import never_cache

from accounts import factor_pages, pages
from accounts.middleware import MARK
from accounts.models import UserKind


def for_people(view):
    """Not for a phone that came in by a pass: with a password of its own it would outlive the paper."""

    @wraps(view)
    def checked(request, *args, **kwargs):
        if request.user.kind != UserKind.PERSON:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def before_second_factor(view):
    """One of the few that see a person whose session owes the second factor (``accounts.middleware``)."""

    @wraps(view)
    def marked(request, *args, **kwargs):
        return view(request, *args, **kwargs)

    setattr(marked, MARK, True)
    return marked


def factor(view):
    return before_second_factor(never_cache(for_people(view)))


urlpatterns = [
    path("login/", login_not_required(allauth_views.login), name="account_login"),
    # allauth sends people here by these names: an account that was closed, and one that has no password yet.
    path("login/inactive/", login_not_required(allauth_views.account_inactive), name="account_inactive"),
    # Half in: the password was right, the second factor is asked for. There is no session yet that opens anything.
    path("login/code/", login_not_required(mfa_views.authenticate), name="mfa_authenticate"),
    path("login/passkey/", login_not_required(passkey_views.login_webauthn), name="mfa_login_webauthn"),
    path("password/set/", for_people(pages.SetPassword.as_view()), name="account_set_password"),
    path("logout/", before_second_factor(allauth_views.logout), name="account_logout"),
    path("password/", for_people(pages.ChangePassword.as_view()), name="account_change_password"),
    # By the password: of those who have no factor yet, and whose sign-in is no longer fresh enough to add one.
    path("reauthenticate/", factor(allauth_views.reauthenticate), name="account_reauthenticate"),
    path("reauthenticate/code/", factor(mfa_views.reauthenticate), name="mfa_reauthenticate"),
    path("reauthenticate/passkey/", factor(pages.ConfirmByPasskey.as_view()), name="mfa_reauthenticate_webauthn"),
    path("second-factor/", factor(factor_pages.factors), name="mfa_index"),
    path("second-factor/app/", factor(factor_pages.AddApp.as_view()), name="mfa_activate_totp"),
    path("second-factor/app/remove/", factor(factor_pages.RemoveApp.as_view()), name="mfa_deactivate_totp"),
    path("second-factor/passkey/", factor(factor_pages.AddPasskey.as_view()), name="mfa_add_webauthn"),
    path(
        "second-factor/passkey/<int:pk>/remove/",
        factor(factor_pages.RemovePasskey.as_view()),
        name="mfa_remove_webauthn",
    ),
    path("second-factor/codes/", factor(factor_pages.NewCodes.as_view()), name="mfa_generate_recovery_codes"),
]
