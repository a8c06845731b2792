"""What staff type and choose when they plan."""

import datetime as dt

from django import forms
from django.utils import dates
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import (
    Campaign,
    CampaignKind,
    CampaignStatus,
    DayKind,
    PointKind,
    ProgrammeGoal,
    SupportPoint,
)
from campaigns.targets import Basis
from core.dated import today
from core.errors import DomainError
from core.privacy import refuse_personal_data
from core.templatetags.vi import vi_number
from desk.plan.places import PointField
from services_help.models import Service
from teams.models import AdminArea, Team, Unit
from teams.permissions import Right

MOST_DAYS = 120
TICKED = "ticked"
WEEKDAYS = [(str(number), name) for number, name in dates.WEEKDAYS.items()]
STEPS = [(1, "1"), (5, "5"), (10, "10"), (50, "50"), (100, "100")]


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class HourField(forms.TimeField):
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


def required(choices, text) -> list:
    return [("", text), *choices]


# --- campaigns --------------------------------------------------------------------------------------------------------
class CampaignFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("Tìm"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    status = forms.ChoiceField(
        label=gettext_lazy("Tình trạng"),
        required=False,
        choices=lambda: required(CampaignStatus.choices, _("Mọi tình trạng")),
    )


class CampaignForm(forms.ModelForm):
    services = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Dịch vụ được hỗ trợ"),
        queryset=Service.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Không chọn dịch vụ nào: mọi dịch vụ còn hiệu lực."),
    )
    starts_on = DayField(label=gettext_lazy("Từ ngày"))
    ends_on = DayField(label=gettext_lazy("Đến ngày"), required=False)

    class Meta:
        model = Campaign
        fields = (
            "name",
            "code",
            "kind",
            "plan_number",
            "owner",
            "parent",
            "starts_on",
            "ends_on",
            "status",
            "theme",
            "description",
            "goals",
        )
        widgets = {"goals": forms.CheckboxSelectMultiple, "description": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "code": gettext_lazy("Chữ, số và dấu gạch, ví dụ NCD-2027. Chọn một lần, không đổi được."),
            "plan_number": gettext_lazy("Ví dụ 392-KH/TWĐTN-CTTTN."),
            "status": gettext_lazy("Dự thảo: điện thoại chưa hiện phân công, ca chưa tính vào chiến dịch."),
        }

    def __init__(self, *args, access, **kwargs):
        super().__init__(*args, **kwargs)
        fields, held = self.fields, self.instance
        fields["kind"].choices = required(CampaignKind.choices, _("Chọn loại"))
        owners = Unit.objects.visible_to(access, Right.CAMPAIGN_MANAGE)
        fields["owner"].queryset = owners.current() | owners.filter(pk=held.owner_id or 0)
        fields["owner"].empty_label = _("Chọn đơn vị")
        fields["parent"].queryset = Campaign.objects.visible_to(access).exclude(pk=held.pk or 0)
        fields["parent"].empty_label = _("Không thuộc chiến dịch nào")
        fields["goals"].queryset = ProgrammeGoal.objects.all()
        chosen = held.campaign_services.values("service") if held.pk else []
        leaves = Service.objects.leaves().select_related("group").order_by("group__position", "position")
        fields["services"].queryset = leaves.on(held.starts_on or today()) | leaves.filter(pk__in=chosen)
        if held.pk:
            fields["services"].initial = [row.service_id for row in held.campaign_services.all()]
            # What others know the campaign by.
            fields["code"].disabled = True

    def _post_clean(self):
        """The services check and store: the form only reads."""

    def clean(self):
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("Ngày kết thúc phải sau hoặc bằng ngày bắt đầu."))
        return cleaned


class DaysForm(forms.Form):
    """Several days at once: from one to another, on chosen weekdays."""

    first = DayField(label=gettext_lazy("Từ ngày"))
    last = DayField(label=gettext_lazy("Đến hết ngày"), required=False, help_text=gettext_lazy("Để trống: một ngày."))
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("Chỉ các thứ"),
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Không chọn thứ nào: mọi ngày trong khoảng."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Loại ngày"), choices=DayKind, initial=DayKind.ORDINARY)

    def clean(self):
        cleaned = super().clean()
        first = cleaned.get("first")
        last = cleaned.get("last") or first
        if first and last and last < first:
            self.add_error("last", _("Ngày cuối phải sau hoặc bằng ngày đầu."))
        elif first and (last - first).days >= MOST_DAYS:
            self.add_error("last", _("Mỗi lần thêm tối đa %(most)s ngày.") % {"most": MOST_DAYS})
        return cleaned

    @property
    def days(self) -> list[dt.date]:
        first = self.cleaned_data["first"]
        last = self.cleaned_data["last"] or first
        weekdays = set(self.cleaned_data["weekdays"])
        days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
        return [day for day in days if not weekdays or str(day.weekday()) in weekdays]


# --- points -----------------------------------------------------------------------------------------------------------
class PointForm(forms.ModelForm):
    opens_at = HourField(label=gettext_lazy("Mở cửa"), required=False)
    closes_at = HourField(label=gettext_lazy("Đóng cửa"), required=False)
    valid_from = DayField(label=gettext_lazy("Mở từ ngày"))
    valid_to = DayField(
        label=gettext_lazy("Đến hết ngày"), required=False, help_text=gettext_lazy("Để trống nếu điểm còn mở.")
    )

    class Meta:
        model = SupportPoint
        fields = (
            "name",
            "code",
            "kind",
            "unit",
            "area",
            "address",
            "opens_at",
            "closes_at",
            "valid_from",
            "valid_to",
            "lat",
            "lon",
        )

    def __init__(self, *args, access, **kwargs):
        super().__init__(*args, **kwargs)
        fields, held = self.fields, self.instance
        fields["kind"].choices = required(PointKind.choices, _("Chọn loại điểm"))
        units = Unit.objects.visible_to(access, Right.DEPLOY)
        fields["unit"].queryset = units.current() | units.filter(pk=held.unit_id or 0)
        fields["unit"].empty_label = _("Chọn đơn vị")
        areas = AdminArea.objects.all()
        fields["area"].queryset = (areas.current() | areas.filter(pk=held.area_id or 0)).order_by("sort_key")
        fields["area"].empty_label = _("Chọn phường, xã")
        if held.pk:
            fields["code"].disabled = True
        else:
            fields["valid_from"].initial = today()

    def _post_clean(self):
        """The services check and store: the form only reads."""

    def clean(self):
        cleaned = super().clean()
        if (cleaned.get("opens_at") is None) != (cleaned.get("closes_at") is None):
            self.add_error("closes_at", _("Nhập cả giờ mở cửa và giờ đóng cửa, hoặc để trống cả hai."))
        return cleaned


class ClosePointForm(forms.Form):
    last_day = DayField(label=gettext_lazy("Mở đến hết ngày"))


# --- a day ------------------------------------------------------------------------------------------------------------
class Hours(forms.Form):
    starts_at = HourField(label=gettext_lazy("Từ giờ"))
    ends_at = HourField(label=gettext_lazy("Đến giờ"))

    def clean(self):
        cleaned = super().clean()
        start, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("Giờ kết thúc phải sau giờ bắt đầu."))
        return cleaned


class DeployForm(Hours):
    """Many teams of one unit, sent at once: those that are ticked, or a whole group of a list of several pages."""

    who = forms.ChoiceField(label=gettext_lazy("Phân công cho"), required=False, widget=forms.RadioSelect)
    point = PointField(label=gettext_lazy("Điểm hỗ trợ"), empty_label=gettext_lazy("Điểm mà mỗi đội đứng lần trước"))
    teams = forms.ModelMultipleChoiceField(label=gettext_lazy("Đội hình"), queryset=Team.objects.none(), required=False)

    def __init__(self, data=None, *, access, campaign_day, teams, groups, **kwargs):
        """``groups``: by name, the teams and how many they are."""
        super().__init__(data, **kwargs)
        self.groups = groups
        self.fields["point"].offer_points(access, campaign_day)
        self.fields["teams"].queryset = teams
        self.fields["who"].choices, self.fields["who"].initial = self._who(), TICKED
        self.fields["starts_at"].initial, self.fields["ends_at"].initial = dt.time(7, 30), dt.time(11, 30)

    def _who(self) -> list[tuple[str, str]]:
        labels = {"again": _("%(count)s đội của ngày gần nhất trong chiến dịch, chưa được phân công")}
        labels["unsent"] = _("Cả %(count)s đội chưa được phân công")
        counted = [(name, count) for name, (_teams, count) in self.groups.items() if count]
        told = [(name, labels[name] % {"count": vi_number(count)}) for name, count in counted]
        return [(TICKED, _("Các đội đánh dấu dưới đây")), *told]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("who") in self.groups:
            cleaned["teams"], _count = self.groups[cleaned["who"]]
        elif "teams" in cleaned and not cleaned["teams"]:
            self.add_error("teams", _("Hãy chọn ít nhất một đội."))
        return cleaned

    @property
    def wanted(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "who"}


class DeploymentForm(Hours):
    """One team's place and hours. ``seen``: the version that the page showed."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    point = PointField(label=gettext_lazy("Điểm hỗ trợ"), empty_label=gettext_lazy("Lưu động, không đứng ở điểm nào"))
    note = forms.CharField(label=gettext_lazy("Ghi chú"), required=False, max_length=300)
    field_order = ("seen", "point", "starts_at", "ends_at", "note")

    def __init__(self, data=None, *, access, deployment, **kwargs):
        names = ("point", "starts_at", "ends_at", "note")
        initial = {name: getattr(deployment, name) for name in names} | {"seen": deployment.version}
        super().__init__(data, initial=initial, **kwargs)
        self.fields["point"].offer_points(access, deployment.campaign_day, also=deployment.point_id)

    def clean_note(self):
        try:
            refuse_personal_data(self.cleaned_data["note"])
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return self.cleaned_data["note"]


# --- targets ----------------------------------------------------------------------------------------------------------
class TargetForm(forms.Form):
    """Base of the three ways: ``digest`` names the proposal that the reader confirms."""

    digest = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, units, labels: dict[str, str], **kwargs):
        super().__init__(data, **kwargs)
        if "unit" in self.fields:
            self.fields["unit"].queryset = units
        if "measure" in self.fields:
            self.fields["measure"].choices = required(labels.items(), _("Chọn chỉ số"))


class OneTargetForm(TargetForm):
    unit = forms.ModelChoiceField(
        label=gettext_lazy("Đơn vị"), queryset=Unit.objects.none(), empty_label=gettext_lazy("Chọn đơn vị")
    )
    measure = forms.ChoiceField(label=gettext_lazy("Chỉ số"))
    value = forms.IntegerField(label=gettext_lazy("Chỉ tiêu"), min_value=1, max_value=2_000_000_000)


class CopyTargetsForm(TargetForm):
    source = forms.ModelChoiceField(
        label=gettext_lazy("Chép từ"), queryset=Campaign.objects.none(), empty_label=gettext_lazy("Chọn chiến dịch")
    )
    factor = forms.DecimalField(
        label=gettext_lazy("Nhân với"),
        min_value=0,
        max_digits=8,
        decimal_places=4,
        initial=1,
        localize=True,
        help_text=gettext_lazy("Ví dụ 1,1 để tăng một phần mười."),
    )
    step = forms.TypedChoiceField(label=gettext_lazy("Làm tròn đến"), choices=STEPS, coerce=int, initial=1)

    def __init__(self, data=None, *, sources, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["source"].queryset = sources


class FormulaForm(TargetForm):
    unit = forms.ModelChoiceField(
        label=gettext_lazy("Cho các đơn vị ngay dưới"),
        queryset=Unit.objects.none(),
        empty_label=gettext_lazy("Chọn đơn vị cấp trên"),
    )
    measure = forms.ChoiceField(label=gettext_lazy("Chỉ số"))
    rate = forms.DecimalField(label=gettext_lazy("Mức"), min_value=0, max_digits=10, decimal_places=4, localize=True)
    basis = forms.ChoiceField(label=gettext_lazy("Cho"), choices=Basis)
    step = forms.TypedChoiceField(label=gettext_lazy("Làm tròn đến"), choices=STEPS, coerce=int, initial=10)
    with_parent = forms.BooleanField(label=gettext_lazy("Cả đơn vị cấp trên"), required=False)
