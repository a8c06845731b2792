"""Administrative areas of the state and what became of them in a reform."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from teams.admin.base import HistoryInline, ScopedModelAdmin
from teams.admin.columns import ValidityColumns, ValidityFilter, day_text, state_display
from teams.models import AdminArea, AreaSuccession


class SuccessorInline(HistoryInline):
    model = AreaSuccession
    fk_name = "old"
    verbose_name_plural = _("chuyển thành")
    fields = readonly_fields = ("effective_on", "new", "relation", "source")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("new")


class PredecessorInline(HistoryInline):
    model = AreaSuccession
    fk_name = "new"
    verbose_name_plural = _("hình thành từ")
    fields = readonly_fields = ("effective_on", "old", "relation", "source")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("old")


@admin.register(AdminArea)
class AdminAreaAdmin(ValidityColumns, ScopedModelAdmin):
    is_shared = True
    revision = "org"
    ordering = ValidityColumns.current_first("sort_key")
    list_display = ("name", "code", "kind_label", "district_name", "since", "until", "validity")
    list_filter = (ValidityFilter, ("kind", ChoicesDropdownFilter))
    search_fields = ("search_key",)
    search_help_text = _("Tìm theo mã, tên xã phường hoặc quận huyện; không cần gõ dấu.")
    inlines = (SuccessorInline, PredecessorInline)
    fieldsets = (
        (None, {"fields": (("code", "name"), ("kind", "province_name"), ("district_code", "district_name"))}),
        (_("Hiệu lực"), {"fields": (("valid_from", "valid_to"),)}),
        (_("Bản đồ"), {"fields": (("lat", "lon", "area_km2"),)}),
    )

    @display(description=_("loại"), ordering="kind")
    def kind_label(self, obj):
        return obj.get_kind_display()


@admin.register(AreaSuccession)
class AreaSuccessionAdmin(ScopedModelAdmin):
    is_shared = True
    revision = "org"
    list_display = ("old", "new", "relation_label", "effective_day", "source")
    list_select_related = ("old", "new")
    list_filter = (("relation", ChoicesDropdownFilter), "effective_on")
    search_fields = ("old__search_key", "new__search_key")
    search_help_text = _("Tìm theo tên hoặc mã của đơn vị cũ hay đơn vị mới.")
    autocomplete_fields = ("old", "new")

    @state_display(description=_("phần chuyển sang"), ordering="relation", label={"whole": "info", "part": "warning"})
    def relation_label(self, obj):
        return obj.relation, obj.get_relation_display()

    @display(description=_("ngày hiệu lực"), ordering="effective_on")
    def effective_day(self, obj):
        return day_text(obj.effective_on)
