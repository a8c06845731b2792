"""Teams, and the volunteers in them."""

from django.contrib import admin
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import action, display

from core.dated import today
from teams import services
from teams.admin.base import HistoryInline, ScopedInline, ScopedModelAdmin
from teams.admin.columns import (
    UnderUnitByTeamFilter,
    UnderUnitFilter,
    ValidityColumns,
    ValidityFilter,
    home_name,
    state_display,
)
from teams.admin.exchange import ExchangeMixin
from teams.admin.placing import PlacedAdminMixin
from teams.imports import TeamResource, VolunteerResource
from teams.models import Team, TeamHome, TeamMember, Volunteer
from teams.permissions import Right


class HomeInline(HistoryInline):
    model = TeamHome
    verbose_name_plural = _("đơn vị chủ quản qua các thời kỳ")
    fields = readonly_fields = ("unit", "valid_from", "valid_to")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("unit")


class MemberInline(ScopedInline):
    model = TeamMember
    verbose_name_plural = _("thành viên")
    fields = ("volunteer", "valid_from", "valid_to")
    autocomplete_fields = ("volunteer",)
    # Of a team of a thousand no form holds all at once.
    per_page = 50
    ordering = ("volunteer__sort_key", "volunteer__code", "valid_from", "pk")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("volunteer", "team")


class TeamIsUnder(UnderUnitByTeamFilter):
    team_path = "pk"


@admin.register(Team)
class TeamAdmin(ValidityColumns, PlacedAdminMixin, ExchangeMixin, ScopedModelAdmin):
    place = "unit"
    place_label = _("Đơn vị chủ quản")
    since_label = _("Thuộc đơn vị từ ngày")
    place_source = TeamHome._meta.get_field("unit")
    resource_class = TeamResource
    import_list = "teams"
    revision = "org"
    ordering = ValidityColumns.current_first("sort_key")
    list_display = ("name", "code", "kind_label", "home", "area", "member_count", "validity")
    list_filter = (
        TeamIsUnder,
        ValidityFilter,
        ("kind", ChoicesDropdownFilter),
        ("area", AutocompleteSelectFilter),
    )
    search_fields = ("search_key",)
    search_help_text = _("Tìm theo mã, tên hoặc lĩnh vực của đội hình; không cần gõ dấu.")
    autocomplete_fields = ("area",)
    inlines = (MemberInline, HomeInline)

    def get_queryset(self, request):
        members = TeamMember.objects.current().filter(team=OuterRef("pk")).order_by().values("team")
        count = Subquery(members.annotate(count=Count("pk")).values("count"))
        return super().get_queryset(request).annotate(home=home_name(), member_count=Coalesce(count, 0))

    def current_place(self, obj):
        return obj.home_on(today())

    def get_fieldsets(self, request, obj=None):
        placed = self.place_fields(request, obj)
        return (
            (None, {"fields": (("code", "name"), ("kind", "field"), "area", *placed, "note", "is_assumed")}),
            (_("Hiệu lực"), {"fields": (("valid_from", "valid_to"),)}),
        )

    def save_model(self, request, obj, form, change):
        services.save_team(team=obj, by=request.user, **self.chosen_place(form, "unit", obj, change))

    @display(description=_("loại đội hình"), ordering="kind")
    def kind_label(self, obj):
        return obj.get_kind_display()

    @display(description=_("đơn vị hiện nay"), ordering="home")
    def home(self, obj):
        return obj.home

    @display(description=_("thành viên"), ordering="member_count")
    def member_count(self, obj):
        return obj.member_count


class MembershipInline(HistoryInline):
    model = TeamMember
    verbose_name_plural = _("các đội hình đã tham gia")
    fields = readonly_fields = ("team", "valid_from", "valid_to")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("team", "volunteer")


@admin.register(Volunteer)
class VolunteerAdmin(ExchangeMixin, ScopedModelAdmin):
    resource_class = VolunteerResource
    import_list = "volunteers"
    import_right = Right.ORG_MANAGE
    revision = "org"
    list_display = ("full_name", "code", "unit", "team_names", "active")
    list_select_related = ("unit",)
    list_filter = (UnderUnitFilter, ("memberships__team", AutocompleteSelectFilter), "is_active")
    search_fields = ("search_key",)
    search_help_text = _("Tìm theo mã hoặc họ tên; không cần gõ dấu.")
    autocomplete_fields = ("unit",)
    fields = (("code", "full_name"), "unit", "is_active")
    inlines = (MembershipInline,)
    actions_detail = ("held_data",)

    @action(description=_("Dữ liệu của người này"), url_path="held-data", icon="assignment_ind")
    def held_data(self, request, object_id):
        """To see all of it, to hand it out, or to forget the name, when the person asks."""
        return redirect("office:person", object_id)

    def get_queryset(self, request):
        current = TeamMember.objects.current().filter(volunteer=OuterRef("pk")).order_by("valid_from")
        return super().get_queryset(request).annotate(team_name=Subquery(current.values("team__name")[:1]))

    @display(description=_("đội hình hiện nay"), ordering="team_name")
    def team_names(self, obj):
        return obj.team_name

    @state_display(description=_("tham gia"), ordering="is_active", label={"yes": "success", "no": "default"})
    def active(self, obj):
        return ("yes", _("Đang tham gia")) if obj.is_active else ("no", _("Đã nghỉ"))
