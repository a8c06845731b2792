"""What staff choose before they order."""

import datetime as dt

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dated import today
from core.ids import uuid7
from desk.handout.ordering import CardSize, Layout, Paper, Scope
from teams.access import Access
from teams.models import TeamHome
from teams.passes import LONGEST, MOST_AT_ONCE

A_MONTH = dt.timedelta(days=30)


class RowsField(forms.ModelMultipleChoiceField):
    """Rows to tick; each says what it belongs to."""

    def __init__(self, **options):
        super().__init__(None, required=False, widget=forms.CheckboxSelectMultiple, **options)
        self.belongs: dict[int, str] = {}

    def label_from_instance(self, obj):
        more = self.belongs.get(obj.pk)
        return f"{obj} · {more}" if more else str(obj)


class OrderForm(forms.Form):
    """``id``: made with the page, so that a form that is sent twice orders once."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    who = forms.ChoiceField(widget=forms.RadioSelect, initial="all")

    def __init__(self, data=None, *, rows, all_label: str, some_label: str, **kwargs):
        super().__init__(data, initial={"id": uuid7(), "who": "all"}, **kwargs)
        self.fields["rows"].queryset = rows
        self.fields["who"].choices = [("all", all_label), ("some", some_label)]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("who") == "some" and not cleaned.get("rows"):
            self.add_error("rows", _("Hãy chọn ít nhất một dòng để in."))
        elif cleaned.get("who") == "all":
            cleaned["rows"] = list(self.fields["rows"].queryset)
        return cleaned


class PassesForm(OrderForm):
    who = forms.ChoiceField(label=gettext_lazy("In cho"), widget=forms.RadioSelect)
    rows = RowsField(label=gettext_lazy("Các đội"))
    count = forms.IntegerField(
        label=gettext_lazy("Số thẻ mỗi đội"),
        min_value=1,
        max_value=MOST_AT_ONCE,
        initial=2,
        help_text=gettext_lazy("Mỗi thẻ cho một điện thoại."),
    )
    valid_to = forms.DateField(
        label=gettext_lazy("Dùng đến hết ngày"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Hết ngày này máy tự đăng xuất."),
    )
    size = forms.ChoiceField(
        label=gettext_lazy("Khổ thẻ"), choices=CardSize.choices, widget=forms.RadioSelect, initial=CardSize.A6
    )
    layout = forms.ChoiceField(
        label=gettext_lazy("Cách in"), choices=Layout.choices, widget=forms.RadioSelect, initial=Layout.SHEETS
    )

    def __init__(self, data=None, *, scope: Scope, access: Access):
        teams = scope.teams(access).order_by("sort_key")
        labels = {"all_label": _("Tất cả các đội"), "some_label": _("Chỉ các đội chọn dưới đây")}
        super().__init__(data, rows=teams, prefix="passes", **labels)
        homes = TeamHome.objects.current().filter(team__in=teams.order_by())
        self.fields["rows"].belongs = dict(homes.values_list("team", "unit__name"))
        date = self.fields["valid_to"]
        date.initial = max(scope.day.day, today()) if scope.day else today() + A_MONTH
        date.widget.attrs |= {"min": today().isoformat(), "max": (today() + LONGEST).isoformat()}


class PostersForm(OrderForm):
    who = forms.ChoiceField(label=gettext_lazy("In cho"), widget=forms.RadioSelect)
    rows = RowsField(label=gettext_lazy("Các điểm hỗ trợ"))
    paper = forms.ChoiceField(
        label=gettext_lazy("Khổ giấy"), choices=Paper.choices, widget=forms.RadioSelect, initial=Paper.A4
    )

    def __init__(self, data=None, *, scope: Scope, access: Access):
        points = scope.points(access).select_related("area").order_by("sort_key")
        labels = {"all_label": _("Tất cả các điểm"), "some_label": _("Chỉ các điểm chọn dưới đây")}
        super().__init__(data, rows=points, prefix="posters", **labels)
        self.fields["rows"].belongs = {point.pk: str(point.area) for point in points}
