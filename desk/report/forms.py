"""What staff choose and write for an official report."""

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, CampaignStatus
from core.choosing import LongChoiceField
from core.errors import DomainError
from core.ids import uuid7
from reports.official.drafting import check_text, require_years
from reports.official.models import FigureState, ReportDraft, ReportTemplate, SubjectKind
from reports.official.proposing import Subject
from teams.access import Access
from teams.models import Unit
from teams.permissions import Right

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
SHORT, LONG = 2, 6


def units_of(access: Access) -> QuerySet[Unit]:
    """Units in whose name a report may be issued."""
    return Unit.objects.visible_to(access, Right.REPORT_ISSUE).current().order_by("sort_key", "pk")


def units_seen(access: Access) -> QuerySet[Unit]:
    return Unit.objects.visible_to(access, Right.STATS_VIEW).order_by("sort_key", "pk")


def campaigns_of(access: Access) -> QuerySet[Campaign]:
    return Campaign.objects.visible_to(access).exclude(status=CampaignStatus.DRAFT).order_by("-starts_on", "code")


class ReportFilter(forms.Form):
    """The filter of the lists; nonsense in an address filters nothing."""

    q = forms.CharField(label=gettext_lazy("Tìm"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    kind = forms.ChoiceField(
        label=gettext_lazy("Báo cáo về"),
        required=False,
        choices=lambda: [("", _("Mọi loại")), *SubjectKind.choices],
    )
    unit = LongChoiceField(label=gettext_lazy("Đơn vị"), required=False, empty_label=gettext_lazy("Mọi đơn vị"))

    def __init__(self, data, *, units: QuerySet[Unit]):
        super().__init__(data)
        self.fields["unit"].offer(units, address=reverse("report:units"))

    def narrow(self, rows):
        """What is understood of the filter narrows; the rest is told under its field."""
        self.is_valid()
        given = self.cleaned_data
        if text := given.get("q", "").strip():
            rows = rows.search(text)
        if kind := given.get("kind"):
            rows = rows.filter(kind=kind)
        if unit := given.get("unit"):
            rows = rows.filter(unit=unit)
        return rows

    @property
    def is_used(self) -> bool:
        return any(self.data.get(name) for name in self.fields)


class NewForm(forms.Form):
    """``key``: made with the page, so that a form that is sent twice makes one draft."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    unit = LongChoiceField(label=gettext_lazy("Đơn vị báo cáo"), empty_label=gettext_lazy("Chọn đơn vị"))
    kind = forms.ChoiceField(
        label=gettext_lazy("Báo cáo về"), choices=SubjectKind.choices, widget=forms.RadioSelect, initial=SubjectKind.DAY
    )
    campaign = LongChoiceField(
        label=gettext_lazy("Chiến dịch"), required=False, empty_label=gettext_lazy("Mọi chiến dịch")
    )
    starts_on = forms.DateField(label=gettext_lazy("Ngày, hoặc từ ngày"), required=False, widget=DAY)
    ends_on = forms.DateField(label=gettext_lazy("Đến hết ngày"), required=False, widget=DAY)
    figures = forms.ChoiceField(label=gettext_lazy("Số liệu"), choices=FigureState.choices, initial=FigureState.ALL)

    def __init__(self, data=None, *, access: Access, initial: dict | None = None):
        super().__init__(data, initial={"key": uuid7(), **(initial or {})})
        fields = self.fields
        fields["unit"].offer(units_of(access), address=reverse("report:units"))
        fields["campaign"].offer(campaigns_of(access), address=reverse("report:campaigns"))
        fields["campaign"].help_text = _("Cần chọn nếu báo cáo về cả chiến dịch. %(how)s") % {
            "how": fields["campaign"].help_text
        }
        fields["starts_on"].help_text = _("Để trống nếu báo cáo về cả chiến dịch.")
        fields["ends_on"].help_text = _("Chỉ cần nếu báo cáo về một khoảng thời gian.")

    def clean(self):
        given = super().clean() or {}
        kind = given.get("kind")
        if kind == SubjectKind.CAMPAIGN:
            given["starts_on"] = given["ends_on"] = None
            if not given.get("campaign") and "campaign" not in self.errors:
                self.add_error("campaign", _("Hãy chọn chiến dịch mà báo cáo nói về."))
            return given
        start, end = given.get("starts_on"), given.get("ends_on")
        if not start and "starts_on" not in self.errors:
            self.add_error("starts_on", _("Hãy chọn ngày mà báo cáo nói về."))
        if kind == SubjectKind.DAY:
            given["ends_on"] = start
        elif not end and "ends_on" not in self.errors:
            self.add_error("ends_on", _("Hãy chọn ngày cuối của khoảng thời gian."))
        elif start and end and end < start:
            self.add_error("ends_on", _("Ngày cuối phải từ ngày đầu trở đi."))
        if not self.errors:
            try:
                require_years(self.subject)
            except DomainError as refusal:
                self.add_error("starts_on", str(refusal))
        return given

    @property
    def subject(self) -> Subject:
        return Subject(**{name: value for name, value in self.cleaned_data.items() if name != "key"})


class DraftForm(forms.ModelForm):
    """``seen``: the revision that the writer has before him; what came after it is not overwritten unseen."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = ReportDraft
        fields = (*ReportDraft.TEXTS, "dated", "figures", "template")
        widgets = {"dated": DAY} | {
            name: forms.Textarea(attrs={"rows": rows})
            for rows, names in {
                SHORT: ("subject", "issuer"),
                3: ("opening", "recipients"),
                LONG: ("steering", "media", "strengths", "weaknesses", "causes", "plan", "commendations"),
            }.items()
            for name in names
        }
        help_texts = {
            "number": gettext_lazy("Để trống thì bản in chừa chỗ cho văn thư ghi tay."),
            "dated": gettext_lazy("Để trống thì bản in chừa chỗ."),
            "issuer": gettext_lazy("Mỗi dòng một cấp; dòng cuối là nơi ban hành."),
            "addressee": gettext_lazy("Báo cáo gửi lên cấp trên thì ghi tên nơi nhận; để trống nếu không có."),
            "steering": gettext_lazy("Mỗi dòng một đoạn; dòng bắt đầu bằng dấu gạch (-) thành mục."),
            "commendations": gettext_lazy("Mỗi dòng một tập thể hoặc cá nhân; thành một phụ lục."),
            "recipients": gettext_lazy("Mỗi dòng một nơi, dòng cuối là nơi lưu."),
            "template": gettext_lazy("Mẫu của Đoàn có sẵn, hoặc mẫu do Thành Đoàn tải lên."),
        }

    def __init__(self, data=None, *, draft: ReportDraft):
        super().__init__(data, instance=draft, initial={"seen": draft.revision})
        offered = ReportTemplate.objects.usable().for_unit(draft.unit)
        if draft.template_id:
            offered = offered | ReportTemplate.objects.filter(pk=draft.template_id)
        self.fields["template"].queryset = offered.for_list()
        self.fields["template"].empty_label = _("Mẫu của Đoàn có sẵn")
        for field in self.fields.values():
            field.label = str(field.label)[:1].upper() + str(field.label)[1:]

    def clean(self):
        given = super().clean() or {}
        for name in ReportDraft.TEXTS:
            try:
                given[name] = check_text(given[name]) if name in given else ""
            except DomainError as refusal:
                self.add_error(name, str(refusal))
        return given

    def _post_clean(self):
        """The service checks and stores: the form only reads."""


class IssueForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Lý do phát hành lại"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("In trong bản mới, cùng danh sách các số khác với bản trước."),
    )

    def __init__(self, data=None, *, draft: ReportDraft, is_again: bool):
        super().__init__(data, initial={"key": uuid7(), "seen": draft.revision})
        if not is_again:
            del self.fields["reason"]


class TemplateForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Tên mẫu"),
        max_length=120,
        help_text=gettext_lazy("Tải lên dưới tên đã có thì thành bản mới của mẫu đó."),
    )
    unit = LongChoiceField(label=gettext_lazy("Dùng cho"), required=False, empty_label=gettext_lazy("Mọi đơn vị"))
    file = forms.FileField(
        label=gettext_lazy("Tệp Word"),
        widget=forms.FileInput(attrs={"accept": ".docx"}),
        help_text=gettext_lazy("Tệp .docx, nhiều nhất 2 MB."),
    )

    def __init__(self, data=None, files=None, *, access: Access):
        super().__init__(data, files)
        self.fields["unit"].offer(units_of(access), address=reverse("report:units"))
