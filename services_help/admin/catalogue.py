"""Services, their metrics, and the choice of services that a campaign makes."""

from django.contrib import admin
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action

from core.dated import DAY
from services_help.models import CampaignService, Metric, Service, ServiceMetric
from teams.admin.base import ScopedForm, ScopedInline, ScopedModelAdmin
from teams.admin.columns import ValidityColumns, ValidityFilter, state_display
from teams.locked_days import refuse_if_counted


class MetricInline(ScopedInline):
    model = ServiceMetric
    verbose_name_plural = _("được đếm bằng")
    fields = ("metric", "position")
    autocomplete_fields = ("metric",)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("metric", "service")


class GroupFilter(DropdownFilter):
    title = _("nhóm")
    parameter_name = "group"

    def lookups(self, request, model_admin):
        return list(Service.objects.groups().values_list("code", "name"))

    def queryset(self, request, queryset):
        return queryset.filter(group__code=self.value()) if self.value() else queryset


class ServiceForm(ScopedForm):
    def clean(self):
        """What follows on what ends must be there on the next day, or leaders find no tile for it."""
        cleaned = super().clean()
        successor, last = cleaned.get("replaced_by"), cleaned.get("valid_to")
        if successor and not last:
            message = gettext("Đã chọn dịch vụ thay thế thì hãy ghi ngày cuối của dịch vụ này.")
            self.add_error("valid_to", message)
        elif successor and not successor.is_valid_on(last + DAY):
            message = gettext("“%(service)s” chưa có hiệu lực sau ngày %(day)s. Hãy sửa ngày, hoặc chọn dịch vụ khác.")
            self.add_error("replaced_by", message % {"service": successor, "day": f"{last:%d/%m/%Y}"})
        return cleaned


@admin.register(Service)
class ServiceAdmin(ValidityColumns, ScopedModelAdmin):
    is_shared = True
    form = ServiceForm
    actions_list = ("on_phones",)
    revision = "catalogue"
    list_display = ("name", "code", "group", "validity", "until", "replaced_by", "position")
    list_select_related = ("group", "replaced_by")
    list_filter = (GroupFilter, ValidityFilter, "for_citizens")
    search_fields = ("search_key",)
    search_help_text = _("Tìm theo mã hoặc tên dịch vụ; không cần gõ dấu.")
    autocomplete_fields = ("group", "replaced_by")
    inlines = (MetricInline,)
    fieldsets = (
        (None, {"fields": (("code", "group"), ("name", "name_en"), ("short_name", "short_name_en"))}),
        (_("Trên điện thoại"), {"fields": (("icon", "position"), "for_citizens")}),
        (_("Hiệu lực"), {"fields": (("valid_from", "valid_to"), "replaced_by")}),
    )

    def get_readonly_fields(self, request, obj=None):
        """A phone may send the code weeks later: it is never changed."""
        return ("code",) if obj else ()

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and "group" in form.changed_data:
            refuse_if_counted(obj, "group")

    @action(description=_("Xem như trên điện thoại"), url_path="on-phones", icon="smartphone")
    def on_phones(self, request):
        return redirect("office:catalogue")


@admin.register(Metric)
class MetricAdmin(ScopedModelAdmin):
    is_shared = True
    revision = "catalogue"
    list_display = ("name", "code", "definition", "derived", "position")
    search_fields = folded_fields = ("name", "code", "definition")
    search_help_text = _("Tìm theo mã, tên hoặc định nghĩa; không cần gõ dấu.")
    fields = (("code", "position"), ("name", "name_en"), "definition", "definition_en", "is_derived")

    def get_readonly_fields(self, request, obj=None):
        return ("code", "is_derived") if obj else ()

    @state_display(description=_("cách đếm"), ordering="is_derived", label={"auto": "info", "typed": "default"})
    def derived(self, obj):
        return ("auto", _("Tự tính")) if obj.is_derived else ("typed", _("Ghi khi hỗ trợ"))


@admin.register(CampaignService)
class CampaignServiceAdmin(ScopedModelAdmin):
    """Which services a campaign offers; one that names none offers all that are valid."""

    may_delete = True
    revision = "catalogue"
    scope_fields = ("campaign",)
    list_display = ("campaign", "service")
    list_select_related = ("campaign", "service")
    search_fields = ("campaign__search_key", "service__search_key")
    search_help_text = _("Tìm theo chiến dịch hoặc dịch vụ; không cần gõ dấu.")
    autocomplete_fields = ("campaign", "service")

    def rows_for(self, request, right=None):
        campaigns = self.admin_site.get_model_admin(CampaignService.campaign.field.related_model)
        right = right and self.write_right
        return CampaignService.objects.filter(campaign__in=campaigns.rows_for(request, right).values("pk"))
