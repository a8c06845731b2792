"""The rules that find what stands out: looked at and set by Thành Đoàn, never added or taken away."""

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget

from core.templatetags.vi import vi_decimal
from desk.outliers.catalogue import RULES, Setting, settings_of
from desk.outliers.models import OutlierRule, SessionFlag
from desk.outliers.services import change_rule
from teams.access import access_of
from teams.admin.base import ScopedForm, ScopedModelAdmin
from teams.admin.columns import state_display
from teams.permissions import Right


class RuleForm(ScopedForm):
    """With a field for each setting of the rule that it is made for."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial |= settings_of(self.instance)

    @property
    def settings(self) -> dict[str, float]:
        return {setting.name: float(self.cleaned_data[setting.name]) for setting in RULES[self.instance.code].settings}


def _field(setting: Setting) -> forms.Field:
    usual = _("Thường là %(usual)s.") % {"usual": vi_decimal(setting.usual)}
    same = {
        "label": setting.label,
        "help_text": f"{setting.help} {usual}",
        "min_value": setting.low,
        "max_value": setting.high,
    }
    if setting.is_whole:
        return forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget(), **same)
    return forms.DecimalField(
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "0.1"}), decimal_places=1, max_digits=6, **same
    )


@admin.register(OutlierRule)
class OutlierRuleAdmin(ScopedModelAdmin):
    list_display = ("name", "enabled", "severity_label", "limits", "open_flags")

    def rows_for(self, request, right=None):
        """For those who answer for the whole city: a rule holds everywhere."""
        rows = OutlierRule.objects.all()
        return rows if access_of(request).is_city_wide(right or Right.RULES_MANAGE) else rows.none()

    def get_queryset(self, request):
        flags = SessionFlag.objects.open().filter(rule=OuterRef("code")).order_by().values("rule")
        open_flags = Subquery(flags.annotate(count=Count("pk")).values("count"))
        return super().get_queryset(request).annotate(open_count=Coalesce(open_flags, 0))

    def has_add_permission(self, request):
        return False

    def get_form(self, request, obj=None, change=False, **kwargs):
        fields = {setting.name: _field(setting) for setting in RULES[obj.code].settings} if obj else {}
        return super().get_form(request, obj, change=change, form=type("RuleForm", (RuleForm,), fields), **kwargs)

    def get_fieldsets(self, request, obj=None):
        rule = RULES[obj.code]
        names = tuple(setting.name for setting in rule.settings)
        return (
            (None, {"fields": (("is_enabled", "severity"),), "description": rule.explanation}),
            (gettext_lazy("Ngưỡng"), {"fields": names}),
        )

    def save_model(self, request, obj, form, change):
        change_rule(
            rule=obj,
            is_enabled=obj.is_enabled,
            severity=obj.severity,
            settings=form.settings,
            access=access_of(request),
        )
        if form.changed_data:
            messages.info(
                request, _("Các ca có số liệu thay đổi trong năm tuần qua đang được xem lại theo quy tắc mới.")
            )

    def log_change(self, request, obj, message):
        """The service has written the trail."""

    @display(description=gettext_lazy("quy tắc"), ordering="pk")
    def name(self, obj):
        return obj.get_code_display()

    @state_display(
        description=gettext_lazy("đang dùng"), ordering="is_enabled", label={"on": "success", "off": "default"}
    )
    def enabled(self, obj):
        return ("on", _("Có")) if obj.is_enabled else ("off", _("Không"))

    @state_display(
        description=gettext_lazy("mức độ"), ordering="severity", label={1: "default", 2: "warning", 3: "danger"}
    )
    def severity_label(self, obj):
        return obj.severity, obj.get_severity_display()

    @display(description=gettext_lazy("ngưỡng"))
    def limits(self, obj):
        values = settings_of(obj)
        shown = (f"{setting.label}: {vi_decimal(values[setting.name])}" for setting in RULES[obj.code].settings)
        return "; ".join(shown)

    @display(description=gettext_lazy("đang chờ xử lý"), ordering="open_count")
    def open_flags(self, obj):
        return obj.open_count
