"""The one admin site: unfold's, signed in to by the portal's own door."""

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import InvalidPage
from django.db.models.base import ModelBase
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from unfold.sites import UnfoldAdminSite

from config.admin_home import home_context
from core.dated import Dated, today
from teams.permissions import MODEL_RIGHTS


class Suggestions(AutocompleteJsonView):
    """Names repeat (a ward before and after the reform): the code, and the last day of what has ended, tell apart."""

    def serialize_result(self, obj, to_field_name):
        text = f"{obj} · {obj.code}" if hasattr(obj, "code") else str(obj)
        if isinstance(obj, Dated) and obj.valid_to and obj.valid_to < today():
            text = f"{text} (…{obj.valid_to:%d/%m/%Y})"
        return super().serialize_result(obj, to_field_name) | {"text": text}


class PortalAdminSite(UnfoldAdminSite):
    def register(self, model_or_iterable, admin_class=None, **options):
        """Only what the table of rights knows: groups and mail addresses of libraries mean nothing here."""
        models = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        known = [model for model in models if model._meta.label_lower in MODEL_RIGHTS]
        super().register(known, admin_class, **options)

    @method_decorator(login_not_required)
    def login(self, request, extra_context=None):
        """Never the admin's own form: rate limits and MFA stand at ``/login/``."""
        if request.user.is_authenticated:
            return redirect("admin:index" if self.has_permission(request) else "home")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("account_login"))

    def index(self, request, extra_context=None):
        return super().index(request, {**(extra_context or {}), **home_context(request)})

    def search(self, request, extra_context=None):
        """Whoever asks for a page that there is not is told so; unfold's own view breaks off."""
        try:
            return super().search(request, extra_context)
        except InvalidPage as error:
            raise Http404 from error

    def autocomplete_view(self, request):
        return Suggestions.as_view(admin_site=self)(request)

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def logout(self, request, extra_context=None):
        return redirect("account_logout")
