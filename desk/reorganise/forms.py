"""Forms: a new operation, and one form for each kind of step."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from desk.reorganise.units import Choices
from teams.models import Block, Reorganisation, StepKind, UnitKind
from teams.reorganising import services

# More than that at once: add the step again, with the same goal.
MOST_AT_ONCE = 4


class ReorganisationForm(forms.ModelForm):
    class Meta:
        model = Reorganisation
        fields = ["name", "effective_on", "source", "note"]
        widgets = {
            "effective_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            "note": forms.Textarea({"rows": 3}),
        }
        help_texts = {
            "effective_on": _("Ngày đầu tiên của tổ chức mới. Số liệu các ngày trước giữ nguyên đơn vị cũ."),
            "source": _("Ví dụ: Nghị quyết 1685/NQ-UBTVQH15"),
        }

    def clean_effective_on(self):
        day = self.cleaned_data["effective_on"]
        try:
            services.require_possible(day)
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return day


class UnitField(forms.CharField):
    """A unit by name or code, with suggestions of the browser's own: works without JavaScript."""

    def __init__(self, *, is_new: bool, **kwargs):
        self.is_new = is_new
        super().__init__(max_length=260, **kwargs)

    def offer(self, choices: Choices, list_id: str) -> None:
        self.choices = choices
        self.widget.attrs |= {"list": list_id, "autocomplete": "off"}

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return ""
        try:
            return self.choices.meant_by(text)
        except ValueError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class StepForm(forms.Form):
    """``data()`` is what the step says."""

    def __init__(self, *args, old: Choices, new: Choices, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, UnitField):
                field.offer(new if field.is_new else old, "new-units" if field.is_new else "old-units")

    def data_of_step(self) -> dict:
        return dict(self.cleaned_data)

    def _several(self, prefix: str) -> list[str]:
        found = [self.cleaned_data.get(f"{prefix}_{number}") for number in range(1, MOST_AT_ONCE + 1)]
        return list(dict.fromkeys(code for code in found if code))


class OpenForm(StepForm):
    name = forms.CharField(label=_("Tên đơn vị mới"), max_length=200)
    code = forms.CharField(label=_("Mã đơn vị mới"), max_length=30)
    kind = forms.ChoiceField(label=_("Loại đơn vị"), choices=UnitKind)
    block = forms.ChoiceField(label=_("Khối"), choices=Block)
    parent = UnitField(label=_("Trực thuộc"), is_new=True)
    area = forms.CharField(
        label=_("Mã địa bàn (nếu có)"),
        max_length=10,
        required=False,
        help_text=_("Mã của Cục Thống kê, theo danh mục từ ngày hiệu lực."),
    )


class MergeForm(StepForm):
    unit_1 = UnitField(label=_("Đơn vị nhập vào"), is_new=False)
    unit_2 = UnitField(label=_("Đơn vị nhập vào (thêm)"), is_new=False, required=False)
    unit_3 = UnitField(label=_("Đơn vị nhập vào (thêm)"), is_new=False, required=False)
    unit_4 = UnitField(label=_("Đơn vị nhập vào (thêm)"), is_new=False, required=False)
    into = UnitField(
        label=_("Sáp nhập thành"), is_new=True, help_text=_("Đơn vị đang có, hoặc đơn vị mới đã lập ở bước trước.")
    )
    keeps_people = forms.BooleanField(label=_("Cán bộ của đơn vị cũ tiếp tục ở đơn vị nhận"), required=False)

    def data_of_step(self) -> dict:
        cleaned = self.cleaned_data
        return {"units": self._several("unit"), "into": cleaned["into"], "keeps_people": cleaned["keeps_people"]}


class SplitForm(StepForm):
    unit = UnitField(
        label=_("Đơn vị được chia"),
        is_new=False,
        help_text=_("Chia thành hơn bốn đơn vị: thêm bước này một lần nữa cho cùng đơn vị."),
    )
    into_1 = UnitField(label=_("Thành đơn vị"), is_new=True)
    into_2 = UnitField(label=_("Thành đơn vị (thêm)"), is_new=True, required=False)
    into_3 = UnitField(label=_("Thành đơn vị (thêm)"), is_new=True, required=False)
    into_4 = UnitField(label=_("Thành đơn vị (thêm)"), is_new=True, required=False)
    closes = forms.BooleanField(
        label=_("Đơn vị cũ kết thúc"),
        required=False,
        initial=True,
        help_text=_("Bỏ chọn nếu đơn vị cũ vẫn còn và chỉ tách ra một phần."),
    )

    def data_of_step(self) -> dict:
        cleaned = self.cleaned_data
        return {"unit": cleaned["unit"], "into": self._several("into"), "closes": cleaned["closes"]}


class MoveForm(StepForm):
    unit = UnitField(label=_("Đơn vị được chuyển"), is_new=True)
    parent = UnitField(label=_("Về trực thuộc"), is_new=True)


class RenameForm(StepForm):
    unit = UnitField(label=_("Đơn vị"), is_new=False)
    name = forms.CharField(label=_("Tên mới"), max_length=200)


class CloseForm(StepForm):
    unit = UnitField(
        label=_("Đơn vị kết thúc"),
        is_new=False,
        help_text=_("Đội hình của đơn vị này sẽ chưa xếp đơn vị cho đến khi có người chọn nơi về."),
    )


STEP_FORMS: dict[str, type[StepForm]] = {
    StepKind.OPEN: OpenForm,
    StepKind.MERGE: MergeForm,
    StepKind.SPLIT: SplitForm,
    StepKind.MOVE: MoveForm,
    StepKind.RENAME: RenameForm,
    StepKind.CLOSE: CloseForm,
}


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Ý kiến khi duyệt"),
        max_length=300,
        required=False,
        help_text=_("Nếu bạn cũng là người soạn, hãy ghi vì sao không có người khác duyệt."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Lý do hoàn tác"), max_length=300, widget=forms.Textarea({"rows": 2}))
