"""Đoàn units. A unit and its first parent are one form; later moves are dated and go through the service."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display

from core.dated import today
from teams import services
from teams.admin.base import HistoryInline, ScopedModelAdmin
from teams.admin.columns import UnderUnitFilter, ValidityColumns, ValidityFilter, parent_name
from teams.admin.exchange import ExchangeMixin
from teams.admin.placing import PlacedAdminMixin
from teams.imports import UnitResource
from teams.models import Unit, UnitPlacement, UnitSuccession
from teams.permissions import Right


class PlacementInline(HistoryInline):
    model = UnitPlacement
    fk_name = "unit"
    verbose_name_plural = _("quá trình trực thuộc")
    fields = readonly_fields = ("parent", "valid_from", "valid_to")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("parent")


class SuccessionInline(HistoryInline):
    """The lineage that reorganisations have left."""

    model = UnitSuccession

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("old", "new", "reorganisation")


class PredecessorInline(SuccessionInline):
    fk_name = "new"
    verbose_name_plural = _("đơn vị tiền thân")
    fields = readonly_fields = ("old", "relation", "effective_on", "reorganisation")


class SuccessorInline(SuccessionInline):
    fk_name = "old"
    verbose_name_plural = _("đơn vị kế thừa")
    fields = readonly_fields = ("new", "relation", "effective_on", "reorganisation")


class UnitIsUnder(UnderUnitFilter):
    def narrow(self, queryset, units):
        return queryset.filter(pk__in=units)


@admin.register(Unit)
class UnitAdmin(ValidityColumns, PlacedAdminMixin, ExchangeMixin, ScopedModelAdmin):
    place = "parent"
    place_label = _("Đơn vị cấp trên")
    since_label = _("Trực thuộc từ ngày")
    place_source = UnitPlacement._meta.get_field("parent")
    resource_class = UnitResource
    import_list = "units"
    import_right = Right.ORG_REORGANISE
    revision = "org"
    ordering = ValidityColumns.current_first("sort_key")
    list_display = ("name", "code", "kind_label", "block_label", "parent_name", "area", "since", "validity")
    list_filter = (
        UnitIsUnder,
        ValidityFilter,
        ("kind", ChoicesDropdownFilter),
        ("block", ChoicesDropdownFilter),
        ("area", AutocompleteSelectFilter),
    )
    search_fields = ("search_key",)
    search_help_text = _("Tìm theo mã hoặc tên đơn vị; không cần gõ dấu.")
    autocomplete_fields = ("area",)
    inlines = (PlacementInline, PredecessorInline, SuccessorInline)

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(parent_name=parent_name())

    def scope_unit(self, obj):
        return obj.pk

    def current_place(self, obj):
        return obj.parent_on(today())

    def may_stand_alone(self, obj):
        """The first unit of all, and what has no place today as it is: the root, and a unit that has ended.

        A second root beside Thành Đoàn would take the rights over the whole city from its staff.
        """
        if obj is None:
            return not Unit.objects.current().exists()
        return self.current_place(obj) is None

    def get_fieldsets(self, request, obj=None):
        return (
            (None, {"fields": (("code", "name"), ("kind", "block"), "area", *self.place_fields(request, obj))}),
            (_("Hiệu lực"), {"fields": (("valid_from", "valid_to"),)}),
        )

    def save_model(self, request, obj, form, change):
        services.save_unit(unit=obj, by=request.user, **self.chosen_place(form, "parent", obj, change))

    @display(description=_("loại đơn vị"), ordering="kind")
    def kind_label(self, obj):
        return obj.get_kind_display()

    @display(description=_("khối"), ordering="block")
    def block_label(self, obj):
        return obj.get_block_display()

    @display(description=_("cấp trên hiện nay"), ordering="parent_name")
    def parent_name(self, obj):
        return obj.parent_name
