"""Campaigns, their days, points, who is sent where, and the targets."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Count
from django.utils.module_loading import import_string
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from campaigns.deploying import cancel_deployment, check_deployment, lock_day
from campaigns.exports import DeploymentResource
from campaigns.models import Campaign, CampaignDay, Deployment, ProgrammeGoal, SupportPoint, Target
from campaigns.replanning import replanned
from campaigns.services import (
    COUNTED_BY,
    check_area,
    check_day,
    check_nesting,
    check_time,
    check_validity,
    counts_from_now,
)
from campaigns.views import deploy_view
from core.dated import today
from core.paging import KeysFirstPaginator
from core.templatetags.vi import vi_number
from teams.access import access_of
from teams.admin.base import ScopedInline, ScopedModelAdmin
from teams.admin.columns import (
    UnderUnitByTeamFilter,
    UnderUnitFilter,
    ValidityColumns,
    ValidityFilter,
    day_text,
    state_display,
)
from teams.admin.exchange import ScopedExportMixin
from teams.admin.oneclick import OneClickMixin
from teams.permissions import Right

STATUS_COLOURS = {"draft": "default", "active": "success", "closed": "info"}


@admin.register(ProgrammeGoal)
class ProgrammeGoalAdmin(ScopedModelAdmin):
    is_shared = True
    revision = "campaigns"
    list_display = ("name", "code", "source")
    search_fields = folded_fields = ("name", "code")
    search_help_text = gettext_lazy("Tìm theo mã hoặc tên mục tiêu; không cần gõ dấu.")


def measure_names(request) -> dict[str, str]:
    """Code to name of what a target may be set for, once a request; with what is stored already, known or not."""
    if not hasattr(request, "_measure_names"):
        known = import_string(settings.TARGET_MEASURES)()
        stored = Target.objects.order_by().values_list("measure", flat=True).distinct()
        names = {code: str(measure.label) for code, measure in known.items()}
        request._measure_names = {code: code for code in stored} | names
    return request._measure_names


class MeasureByName:
    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name != "measure":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        choices = [("", "---------"), *measure_names(request).items()]
        return forms.ChoiceField(
            label=capfirst(db_field.verbose_name), choices=choices, widget=UnfoldAdminSelectWidget()
        )


class DayInline(ScopedInline):
    model = CampaignDay
    fields = ("day", "kind", "name")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("campaign")


class TargetInline(MeasureByName, ScopedInline):
    model = Target
    fields = ("unit", "name", "measure", "value")
    autocomplete_fields = ("unit",)

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(access_of(request)).select_related("unit", "campaign")


class UnderOwnerFilter(UnderUnitFilter):
    title = gettext_lazy("đơn vị chủ trì (gồm cấp dưới)")

    def narrow(self, queryset, units):
        return queryset.filter(owner__in=units)


@admin.register(Campaign)
class CampaignAdmin(ScopedModelAdmin):
    scope_fields = ("owner",)
    revision = "campaigns"
    list_display = ("name", "code", "kind_label", "owner", "starts", "ends", "status_label")
    list_filter = (
        UnderOwnerFilter,
        ("status", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("starts_on", RangeDateFilter),
    )
    date_hierarchy = "starts_on"
    search_fields = ("search_key",)
    search_help_text = gettext_lazy("Tìm theo mã, tên hoặc chủ đề; không cần gõ dấu.")
    autocomplete_fields = ("parent", "owner", "goals")
    inlines = (DayInline, TargetInline)
    fieldsets = (
        (None, {"fields": (("code", "kind"), "name", ("owner", "parent"), ("starts_on", "ends_on"), "status")}),
        (gettext_lazy("Nội dung"), {"fields": ("theme", "description", "plan_number", "goals")}),
    )

    def save_model(self, request, obj, form, change):
        check_nesting(obj)
        check_time(obj, form.changed_data)
        super().save_model(request, obj, form, change)
        if COUNTED_BY[Campaign] & set(form.changed_data):
            counts_from_now(obj, by=request.user)

    def save_formset(self, request, form, formset, change):
        days = formset.save(commit=False) if formset.model is CampaignDay else []
        for row in days:
            check_day(row)
        super().save_formset(request, form, formset, change)
        for row in days:
            counts_from_now(row, by=request.user)

    @display(description=gettext_lazy("loại"), ordering="kind")
    def kind_label(self, obj):
        return obj.get_kind_display()

    @display(description=gettext_lazy("từ ngày"), ordering="starts_on")
    def starts(self, obj):
        return day_text(obj.starts_on)

    @display(description=gettext_lazy("đến ngày"), ordering="ends_on")
    def ends(self, obj):
        return day_text(obj.ends_on)

    @state_display(description=gettext_lazy("tình trạng"), ordering="status", label=STATUS_COLOURS)
    def status_label(self, obj):
        return obj.status, obj.get_status_display()


class CampaignChild:
    """Rows of a campaign: whoever may write the campaign may write them."""

    scope_fields = ("campaign", "unit")


@admin.register(CampaignDay)
class CampaignDayAdmin(CampaignChild, ScopedModelAdmin):
    actions_detail = ("deploy",)
    may_delete = True
    revision = "campaigns"
    paginator = KeysFirstPaginator
    list_display = ("day_label", "campaign", "kind_label", "name", "team_count")
    list_filter = (("day", RangeDateFilter), ("kind", ChoicesDropdownFilter), ("campaign", AutocompleteSelectFilter))
    # No tree of days: it would read every one. Days are chosen by the filter.
    search_fields = ("campaign__search_key",)
    search_help_text = gettext_lazy("Tìm theo chiến dịch; không cần gõ dấu.")
    autocomplete_fields = ("campaign",)

    def get_queryset(self, request):
        return self.rows_for(request).select_related("campaign")

    def get_changelist_instance(self, request):
        """Teams are counted of the days that are shown; for an order by them those of every day would be."""
        shown = super().get_changelist_instance(request)
        shown.result_list = list(shown.result_list)
        sent = Deployment.objects.active().filter(campaign_day__in=shown.result_list).order_by().values("campaign_day")
        teams = dict(sent.values_list("campaign_day").annotate(count=Count("team", distinct=True)))
        for day in shown.result_list:
            day.team_count = teams.get(day.pk, 0)
        return shown

    @action(
        description=gettext_lazy("Phân công đội hình"),
        url_path="deploy",
        icon="group_add",
        variant=ActionVariant.PRIMARY,
        permissions=["deploy"],
    )
    def deploy(self, request, object_id):
        return deploy_view(self, request, object_id)

    def has_deploy_permission(self, request, object_id=None):
        return access_of(request).has(Right.DEPLOY)

    def save_model(self, request, obj, form, change):
        check_day(obj)
        super().save_model(request, obj, form, change)
        counts_from_now(obj, by=request.user)

    @display(description=gettext_lazy("ngày"), ordering="day")
    def day_label(self, obj):
        return day_text(obj.day)

    @state_display(
        description=gettext_lazy("loại ngày"), ordering="kind", label={"peak": "danger", "ordinary": "default"}
    )
    def kind_label(self, obj):
        return obj.kind, obj.get_kind_display()

    @display(description=gettext_lazy("số đội hình"))
    def team_count(self, obj):
        return obj.team_count


@admin.register(SupportPoint)
class SupportPointAdmin(ValidityColumns, ScopedModelAdmin):
    revision = "campaigns"
    paginator = KeysFirstPaginator
    ordering = ValidityColumns.current_first("name")
    list_display = ("name", "code", "kind_label", "area", "unit", "hours", "validity")
    list_filter = (
        UnderUnitFilter,
        ValidityFilter,
        ("kind", ChoicesDropdownFilter),
        ("area", AutocompleteSelectFilter),
    )
    search_fields = ("search_key",)
    search_help_text = gettext_lazy("Tìm theo mã, tên hoặc địa chỉ; không cần gõ dấu.")
    autocomplete_fields = ("unit", "area")
    fieldsets = (
        (None, {"fields": (("code", "name"), ("kind", "unit"), ("area", "address"), ("opens_at", "closes_at"))}),
        (gettext_lazy("Hiệu lực"), {"fields": (("valid_from", "valid_to"),)}),
        (gettext_lazy("Bản đồ"), {"fields": (("lat", "lon"),)}),
    )

    def get_changeform_initial_data(self, request):
        return {"valid_from": today(), **super().get_changeform_initial_data(request)}

    def save_model(self, request, obj, form, change):
        check_validity(obj)
        super().save_model(request, obj, form, change)
        if change:
            check_area(obj, form.changed_data)

    @display(description=gettext_lazy("loại điểm"), ordering="kind")
    def kind_label(self, obj):
        return obj.get_kind_display()

    @display(description=gettext_lazy("giờ mở cửa"), ordering="opens_at")
    def hours(self, obj):
        return f"{obj.opens_at:%H:%M}–{obj.closes_at:%H:%M}" if obj.opens_at else "–"


class DeploymentStateFilter(DropdownFilter):
    title = gettext_lazy("tình trạng")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("active", _("Có hiệu lực")), ("cancelled", _("Đã hủy"))]

    def queryset(self, request, queryset):
        if self.value() in ("active", "cancelled"):
            return queryset.filter(cancelled_at__isnull=self.value() == "active")
        return queryset


@admin.register(Deployment)
class DeploymentAdmin(OneClickMixin, ScopedExportMixin, ScopedModelAdmin):
    scope_fields = ("team",)
    resource_class = DeploymentResource
    revision = "campaigns"
    paginator = KeysFirstPaginator
    list_display = ("day_label", "hours", "team", "point", "campaign", "state")
    list_filter = (
        ("campaign_day__day", RangeDateFilter),
        DeploymentStateFilter,
        UnderUnitByTeamFilter,
        ("campaign_day__campaign", AutocompleteSelectFilter),
        ("point", AutocompleteSelectFilter),
        ("point__area", AutocompleteSelectFilter),
    )
    search_fields = ("team__search_key", "point__search_key", "campaign_day__campaign__search_key")
    search_help_text = gettext_lazy("Tìm theo đội hình, điểm hoặc chiến dịch; không cần gõ dấu.")
    autocomplete_fields = ("team", "campaign_day", "point")
    fields = ("campaign_day", "team", "point", ("starts_at", "ends_at"), "note")
    actions_detail = ("cancel",)

    def save_model(self, request, obj, form, change):
        # The day first, as whoever plans it does.
        lock_day(obj.campaign_day)
        check_deployment(obj)
        if change:
            obj.touch()
        super().save_model(request, obj, form, change)
        replanned([obj.campaign_day.day], by=request.user)

    @action(
        description=gettext_lazy("Hủy phân công"),
        url_path="cancel",
        icon="event_busy",
        variant=ActionVariant.DANGER,
        permissions=["click"],
    )
    def cancel(self, request, object_id):
        return self.run_once(
            request,
            object_id,
            lambda deployment: cancel_deployment(deployment=deployment, by=request.user),
            warning=_("Hủy phân công này? Ca đã mở theo phân công vẫn được giữ."),
            done=_("Đã hủy phân công."),
        )

    @display(description=gettext_lazy("ngày"), ordering="campaign_day__day")
    def day_label(self, obj):
        return day_text(obj.campaign_day.day)

    @display(description=gettext_lazy("giờ"), ordering="starts_at")
    def hours(self, obj):
        return f"{obj.starts_at:%H:%M}–{obj.ends_at:%H:%M}"

    @display(description=gettext_lazy("chiến dịch"), ordering="campaign_day__campaign__name")
    def campaign(self, obj):
        return obj.campaign_day.campaign

    @state_display(description=gettext_lazy("tình trạng"), label={"active": "success", "cancelled": "danger"})
    def state(self, obj):
        return ("cancelled", _("Đã hủy")) if obj.cancelled_at else ("active", _("Có hiệu lực"))


@admin.register(Target)
class TargetAdmin(MeasureByName, CampaignChild, ScopedModelAdmin):
    may_delete = True
    revision = "campaigns"
    list_filter = (UnderUnitFilter, ("campaign", AutocompleteSelectFilter))
    search_fields = ("campaign__search_key", "unit__search_key")
    search_help_text = gettext_lazy("Tìm theo chiến dịch hoặc đơn vị; không cần gõ dấu.")
    autocomplete_fields = ("campaign", "unit")
    fields = ("campaign", "unit", "name", ("measure", "value"))

    def get_list_display(self, request):
        """Not a method of the admin, which all requests share: the names are those of this request's language."""

        @display(description=gettext_lazy("chỉ số"), ordering="measure")
        def measure_label(target):
            return measure_names(request)[target.measure]

        return ("name", "campaign", "unit", measure_label, "value_label")

    @display(description=gettext_lazy("chỉ tiêu"), ordering="value")
    def value_label(self, obj):
        return vi_number(obj.value)
