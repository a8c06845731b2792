"""A unit under a parent, a team in a unit: chosen in the form of the thing itself, written by the dated service."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget

from core.dated import today
from teams.access import access_of
from teams.admin.base import LoadedSelect, ScopedForm
from teams.models import Unit
from teams.permissions import Right


class PlacedForm(ScopedForm):
    place: str
    may_stand_alone = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.place in self.fields:
            current = self.current_place(self.instance)
            self.initial[self.place] = current.pk if current else None

    def clean(self):
        cleaned = super().clean()
        if self.place in self.fields and not cleaned.get(self.place) and not self.may_stand_alone:
            self.add_error(self.place, _("Hãy chọn đơn vị."))
        return cleaned


class PlacedAdminMixin:
    """Whoever manages a subtree adds things to it; moving what is there needs the right to reorganise."""

    place: str
    place_label: str
    since_label: str
    place_source = None  # the foreign key whose autocomplete looks up the units

    def current_place(self, obj) -> Unit | None:
        raise NotImplementedError  # pragma: no cover - said by each admin

    def may_place(self, request, obj) -> bool:
        if obj is None:
            return access_of(request).has(Right.ORG_MANAGE)
        return access_of(request).has(Right.ORG_REORGANISE) and self.has_change_permission(request, obj)

    def may_stand_alone(self, obj) -> bool:
        """``obj`` (``None``: a new one) may be saved without a place."""
        return False

    def place_fields(self, request, obj) -> tuple:
        return ((self.place, "since"),) if self.may_place(request, obj) else ()

    def get_form(self, request, obj=None, change=False, **kwargs):
        if self.may_place(request, obj):
            kwargs["form"] = self._form_with_place(request, obj)
        return super().get_form(request, obj, change=change, **kwargs)

    def _form_with_place(self, request, obj) -> type[PlacedForm]:
        access = access_of(request)
        right = Right.ORG_MANAGE if obj is None else Right.ORG_REORGANISE
        place = forms.ModelChoiceField(
            Unit.objects.visible_to(access, right),
            widget=LoadedSelect(self.place_source, self.admin_site),
            label=self.place_label,
            required=False,
        )
        since = forms.DateField(
            label=self.since_label,
            required=False,
            widget=UnfoldAdminDateWidget(),
            help_text=_("Ngày đầu tiên theo đơn vị vừa chọn; các ngày trước giữ nguyên."),
            initial=None if obj is None else today,
        )
        declared = {
            "place": self.place,
            "current_place": staticmethod(self.current_place),
            "may_stand_alone": self.may_stand_alone(obj),
            self.place: place,
            "since": since,
        }
        return type("WithPlace", (PlacedForm,), declared)

    def get_changeform_initial_data(self, request):
        return {"valid_from": today(), **super().get_changeform_initial_data(request)}

    @staticmethod
    def chosen_place(form, place: str, obj, change: bool) -> dict:
        """What the service is to place, as keyword arguments; nothing if the form leaves it as it is."""
        chosen = form.cleaned_data.get(place)
        if place not in form.changed_data or not chosen:
            return {}
        first = today() if change else obj.valid_from
        return {place: chosen, "since": form.cleaned_data.get("since") or first}
