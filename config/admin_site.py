"""The one admin site: unfold's, signed in to by the portal's own door."""

from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite


class PortalAdminSite(UnfoldAdminSite):
    def login(self, request, extra_context=None):
        """Never the admin's own form: rate limits and MFA stand at ``/login/``."""
        if request.user.is_authenticated and not self.has_permission(request):
            return redirect("home")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("account_login"))

    def logout(self, request, extra_context=None):
        return redirect("account_logout")
