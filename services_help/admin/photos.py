"""Scene photos on the page of their session. There is no other way to them."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from core.errors import DomainError
from services_help.models import ScenePhoto
from services_help.photos import remove_photo
from teams.access import access_of
from teams.permissions import Right


class RemovalForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Lý do gỡ ảnh"), max_length=300, widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True})
    )


class PhotosMixin:
    """For the admin of sessions."""

    def get_urls(self):
        of_photo = "<uuid:session_id>/photo/<uuid:photo_id>/"
        views = [(of_photo, self.photo_view, "photo"), (of_photo + "remove/", self.photo_remove_view, "photo_remove")]
        urls = [
            path(route, self.admin_site.admin_view(view), name=f"services_help_session_{name}")
            for route, view, name in views
        ]
        return [*urls, *super().get_urls()]

    def _photo(self, request, session_id, photo_id) -> ScenePhoto:
        """Whoever sees the session sees its photos."""
        sessions = self.rows_for(request).filter(pk=session_id)
        photo = ScenePhoto.objects.filter(pk=photo_id, session__in=sessions.values("pk"))
        photo = photo.select_related("session__team").first()
        if photo is None or not photo.is_there:
            raise Http404
        return photo

    def photo_view(self, request, session_id, photo_id):
        photo = self._photo(request, session_id, photo_id)
        return FileResponse(photo.file.open(), content_type="image/jpeg", headers={"Content-Disposition": "inline"})

    def photo_remove_view(self, request, session_id, photo_id):
        photo = self._photo(request, session_id, photo_id)
        if not self.rows_for(request, Right.LOG_VOID).filter(pk=session_id).exists():
            raise PermissionDenied
        form = RemovalForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                remove_photo(photo=photo, reason=form.cleaned_data["reason"], access=access_of(request))
            except DomainError as error:
                form.add_error("reason", str(error))
            else:
                messages.success(request, _("Đã gỡ ảnh."))
                return redirect("admin:services_help_session_change", session_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Gỡ ảnh: %(session)s") % {"session": photo.session},
            "opts": self.opts,
            "photo": photo,
            "form": form,
        }
        return TemplateResponse(request, "admin/services_help/photo_remove.html", context)
