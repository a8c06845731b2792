"""What staff order on the page of the proof."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.dated import today
from reports.proof.models import JobKind


class JobForm(forms.Form):
    first = forms.DateField(label=_("Từ ngày"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("Đến hết ngày"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    kind = forms.ChoiceField(
        label=_("Việc"),
        choices=JobKind.choices,
        initial=JobKind.VERIFY,
        help_text=_("Đối soát: đếm lại từ nhật ký gốc và so. Tính lại: thay số tổng hợp bằng số đếm lại."),
    )

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        for name in ("first", "last"):
            self.fields[name].initial = today()

    def clean(self):
        data = super().clean() or {}
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            self.add_error("last", _("Ngày cuối phải từ ngày đầu trở đi."))
        return data
