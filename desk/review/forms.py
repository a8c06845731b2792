"""What reviewers fill in. What may be done with it is for the services to say."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.dated import today
from core.reasons import LONGEST
from core.vietnamese import nfc
from desk.review.queue import TABS
from teams.access import Access
from teams.models import Unit
from teams.permissions import Right

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
READY_REASONS = [
    _("Số lượt cao bất thường so với số người có mặt. Đội kiểm tra lại giúp."),
    _("Giờ ghi không khớp giờ mở và đóng ca. Đội giải trình giúp."),
    _("Thiếu điểm danh tình nguyện viên. Đội bổ sung giúp."),
    _("Thiếu ảnh hiện trường. Đội bổ sung giúp."),
    _("Có dòng ghi trùng. Đội hủy dòng thừa giúp."),
]


class UnitChoice(forms.ModelChoiceField):
    def __init__(self, access: Access, right: Right, **options):
        units = Unit.objects.visible_to(access, right).current().order_by("sort_key")
        super().__init__(units, to_field_name="code", **options)


class QueueForm(forms.Form):
    """The filter of the queue; nonsense in an address filters nothing."""

    tab = forms.ChoiceField(choices=list(TABS.items()), required=False, widget=forms.HiddenInput)
    first = forms.DateField(label=_("Từ ngày"), required=False, widget=DAY)
    last = forms.DateField(label=_("Đến ngày"), required=False, widget=DAY)

    def __init__(self, data, *, access: Access):
        super().__init__(data)
        self.fields["unit"] = UnitChoice(
            access, Right.REVIEW, label=_("Đơn vị"), required=False, empty_label=_("Mọi đơn vị bạn duyệt")
        )
        self.order_fields(["tab", "unit", "first", "last"])


class ReasonField(forms.CharField):
    """As long as what keeps it, and counted as it is stored."""

    def __init__(self, **options):
        super().__init__(max_length=LONGEST, **options)

    def to_python(self, value) -> str:
        return nfc(super().to_python(value))


class ReasonForm(forms.Form):
    reason = ReasonField(
        label=_("Lý do"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Đội trưởng đọc được lời này. Không ghi tên, số điện thoại, số giấy tờ của người dân."),
    )


class LockForm(forms.Form):
    """Which days of which unit; ``reason`` stays with the lock for good."""

    starts_on = forms.DateField(label=_("Từ ngày"), widget=DAY)
    ends_on = forms.DateField(label=_("Đến hết ngày"), widget=DAY)
    reason = ReasonField(label=_("Lý do khóa"), help_text=_("Ví dụ: chốt số báo cáo Tháng Thanh niên 2026."))

    def __init__(self, data=None, *, access: Access):
        super().__init__(data)
        self.fields["unit"] = UnitChoice(
            access, Right.PERIOD_LOCK, label=_("Đơn vị, gồm mọi đơn vị trực thuộc"), empty_label=_("Chọn đơn vị")
        )
        self.order_fields(["unit", "starts_on", "ends_on", "reason"])
        for name in ("starts_on", "ends_on"):
            self.fields[name].widget.attrs["max"] = today().isoformat()
