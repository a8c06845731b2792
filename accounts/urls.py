"""Signing in and out."""

from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path

urlpatterns = [
    path("login/", login_not_required(allauth_views.login), name="account_login"),
    # allauth sends people here by these names: an account that was closed, and one that came with a QR pass only.
    path("login/inactive/", login_not_required(allauth_views.account_inactive), name="account_inactive"),
    path("password/set/", allauth_views.password_set, name="account_set_password"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("password/", allauth_views.password_change, name="account_change_password"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
]
