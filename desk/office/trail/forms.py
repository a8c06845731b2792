"""What the trail can be searched by."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.choosing import LongChoiceField
from desk.office.trail.search import Search, verbs
from teams.access import Access
from teams.audit_kinds import recorded_kinds
from teams.audit_words import kind_of, model_of
from teams.models import Unit
from teams.permissions import Right

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def kinds(asked: str) -> list[tuple[str, str]]:
    """Those of which there is a row; and the one asked for, which may have none any more."""
    known = dict(recorded_kinds())
    if asked not in known and model_of(asked):
        known[asked] = kind_of(asked)
    return list(known.items())


class TrailForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Tìm"),
        required=False,
        max_length=100,
        widget=forms.SearchInput(attrs={"placeholder": gettext_lazy("Tên người, đội hình, tệp…")}),
    )
    person = forms.CharField(label=gettext_lazy("Người thực hiện"), required=False, max_length=100)
    verb = forms.ChoiceField(label=gettext_lazy("Việc"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Loại đối tượng"), required=False)
    unit = LongChoiceField(label=gettext_lazy("Đơn vị (gồm cấp dưới)"), required=False)
    first = forms.DateField(label=gettext_lazy("Từ ngày"), required=False, widget=DAY)
    last = forms.DateField(
        label=gettext_lazy("Đến ngày"),
        required=False,
        widget=DAY,
    )
    row = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    # The kind for which the row was asked, while another may be chosen above it.
    row_of = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, data, *, access: Access):
        super().__init__(data)
        self.fields["verb"].choices = [("", _("Mọi việc")), *verbs()]
        self.fields["kind"].choices = [("", _("Mọi loại")), *kinds(self.data.get("kind", ""))]
        units = Unit.objects.visible_to(access, Right.AUDIT_VIEW).current().order_by("sort_key", "pk")
        unit = self.fields["unit"]
        unit.empty_label = _("Mọi đơn vị")
        unit.offer(units, address=reverse_lazy("office:trail_units"), among=Unit.objects.current())
        # One of seven in a row: the suggestions explain themselves.
        unit.help_text = ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", _("Ngày cuối phải từ ngày đầu trở đi."))
        kind, row_of = cleaned.get("kind"), cleaned.pop("row_of", "")
        if not kind or (row_of and row_of != kind):
            # Things of every kind have the same numbers: without its own kind it would be another thing.
            cleaned["row"] = ""
        return cleaned

    @property
    def search(self) -> Search:
        """What could be understood; the rest is told at its field."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        if "q" in given:
            given["text"] = given.pop("q")
        return Search(**given)
