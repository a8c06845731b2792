"""Ending a thing by one click: a question, then one service on its POST."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from core.errors import DomainError


class OneClickMixin:
    def run_once(self, request, object_id, service, *, done: str, warning: Callable[[Any], str] | str):
        """Asks first, and calls the service on the answer; allowed to whoever may write the row."""
        obj = self.get_object(request, object_id)
        if obj is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.may_write(request, obj):
            raise PermissionDenied
        if request.method != "POST":
            context = {**self.admin_site.each_context(request), "title": str(obj), "opts": self.opts, "object": obj}
            asked = warning if isinstance(warning, str) else warning(obj)
            return TemplateResponse(request, "admin/confirm.html", {**context, "warning": asked})
        try:
            service(obj)
            messages.success(request, done)
        except DomainError as error:
            messages.error(request, str(error))
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", object_id)

    def has_click_permission(self, request, object_id=None):
        """Shows the button to those for whom it works (``permissions=["click"]``)."""
        obj = self.get_object(request, object_id) if object_id else None
        return obj is None or self.may_write(request, obj)


class MadeOnceMixin:
    """Rows that are made and ended, and never turned into other ones."""

    def has_change_permission(self, request, obj=None):
        return obj is None and super().has_change_permission(request)
