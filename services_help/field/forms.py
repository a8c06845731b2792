"""The shape of what a thumb sends. Whether it may be stored is the intake's to say."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from core.dated import today
from services_help.models import AgeGroup, Channel, Result

MOST_PEOPLE = 500
MOST_QUANTITY = 100_000
# For shifts entered later: no keyboard, and nobody remembers the minute.
DAY_IN_HALVES = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 30)]
HALF_HOURS = DAY_IN_HALVES[10:46]  # when shifts begin: 05:00 to 22:30
LAST_MINUTE = "23:59"


class LineForm(forms.Form):
    """One citizen: a tap on the result; age group and channel stand as they were last chosen."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    result = forms.ChoiceField(choices=Result, error_messages={"required": _("Hãy chọn kết quả.")})
    same_visit = forms.BooleanField(required=False, widget=forms.HiddenInput)
    age_group = forms.ChoiceField(
        label=_("Tuổi"), choices=[("", _("Bỏ qua")), *AgeGroup.choices], required=False, widget=forms.RadioSelect
    )
    channel = forms.ChoiceField(label=_("Hình thức"), choices=Channel, widget=forms.RadioSelect)


class BulkForm(LineForm):
    """A group of citizens, or work for an agency, where nobody may have been helped in person."""

    quantity = forms.IntegerField(min_value=0, max_value=MOST_QUANTITY, required=False)

    def __init__(self, data=None, *, for_citizens: bool, metric=None, **kwargs):
        super().__init__(data, **kwargs)
        least = 1 if for_citizens else 0
        self.fields["people"] = forms.IntegerField(
            label=_("Số người được hỗ trợ"),
            min_value=least,
            max_value=MOST_PEOPLE,
            error_messages={
                "min_value": _("Cần ít nhất một người."),
                "max_value": _("Mỗi lần ghi nhiều nhất %(limit_value)s người."),
                "required": _("Hãy cho biết số người."),
            },
        )
        if metric is None or for_citizens:
            del self.fields["quantity"]
        else:
            self.fields["quantity"].label = metric.label

    def steppers(self):
        """The number fields, each with its quick amounts."""
        return [
            {"field": self[name], "least": self.fields[name].min_value, "most": self.fields[name].max_value}
            for name in ("quantity", "people")
            if name in self.fields
        ]


class OpenForm(forms.Form):
    """Which team, where, and, for a day that is over, from when."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    team = forms.CharField()
    day = forms.DateField()
    point = forms.CharField(required=False)
    start = forms.TimeField(required=False, input_formats=["%H:%M"])

    def clean_day(self):
        day = self.cleaned_data["day"]
        if day > today():
            raise forms.ValidationError(_("Chưa đến ngày này. Đến hôm đó hãy mở ca."))
        return day


class AnswerForm(forms.Form):
    """What the leader answers to staff who sent the shift back."""

    text = forms.CharField(
        label=_("Trả lời cán bộ"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}),
        help_text=_(
            "Bạn đã sửa gì, hoặc vì sao số liệu như vậy. Không ghi tên, số điện thoại, số giấy tờ của người dân."
        ),
        error_messages={
            "required": _("Hãy viết một câu trả lời ngắn."),
            "max_length": _("Câu trả lời dài quá 500 ký tự, hãy viết gọn lại."),
        },
    )
    returned_at = forms.DateTimeField(widget=forms.HiddenInput)


class CloseForm(forms.Form):
    """What the leader adds at the end; refused with an explanation if it could identify a citizen."""

    note = forms.CharField(
        label=_("Ghi chú (nếu cần)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 1000}),
        help_text=_("Chỉ ghi tình hình chung. Không ghi tên, số giấy tờ, số điện thoại của người dân."),
        error_messages={"max_length": _("Ghi chú dài quá 1.000 ký tự, hãy viết gọn lại.")},
    )
    end = forms.TypedChoiceField(label=_("Kết thúc lúc"), coerce=dt.time.fromisoformat, required=False)

    def __init__(self, data=None, *, started_at: dt.time, **kwargs):
        super().__init__(data, **kwargs)
        later = [half for half in DAY_IN_HALVES if half > f"{started_at:%H:%M}"]
        self.fields["end"].choices = [(half, half) for half in [*later, LAST_MINUTE]]
