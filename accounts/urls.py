"""Signing in and out."""

from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path

urlpatterns = [
    path("login/", login_not_required(allauth_views.login), name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("password/", allauth_views.password_change, name="account_change_password"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
]
