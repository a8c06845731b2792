"""What was logged: looked at, exported, and taken back with a reason. Nothing is edited."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from core.errors import DomainError
from core.paging import EstimatingPaginator, KeysFirstPaginator
from services_help.admin.photos import PhotosMixin
from services_help.exports import SessionResource
from services_help.models import AssistanceLog, Attendance, Session, Void
from services_help.services import void_record
from services_help.totals import by_service, voids_of, with_totals, with_void
from teams.access import access_of
from teams.admin.base import ReadOnlyAdmin
from teams.admin.columns import MomentDayFilter, UnderUnitByTeamFilter, day_text, state_display
from teams.admin.exchange import ScopedExportMixin
from teams.permissions import Right

ROWS_A_PAGE = 50
# What can be taken back apart from a session itself.
OF_SESSIONS = (AssistanceLog, Attendance)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Lý do hủy"), max_length=300, widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True})
    )


class LiveFilter(DropdownFilter):
    title = gettext_lazy("đã hủy")
    parameter_name = "voided"

    def lookups(self, request, model_admin):
        return [("no", _("Còn hiệu lực")), ("yes", _("Đã hủy"))]

    def queryset(self, request, queryset):
        if self.value() == "no":
            return queryset.live()
        return queryset.voided() if self.value() == "yes" else queryset


class OpenFilter(DropdownFilter):
    title = gettext_lazy("ca")
    parameter_name = "open"

    def lookups(self, request, model_admin):
        return [("open", _("Đang mở")), ("closed", _("Đã đóng"))]

    def queryset(self, request, queryset):
        if self.value() in ("open", "closed"):
            return queryset.filter(ended_at__isnull=self.value() == "open")
        return queryset


@admin.register(Session)
class SessionAdmin(PhotosMixin, ScopedExportMixin, ReadOnlyAdmin):
    resource_class = SessionResource
    paginator = KeysFirstPaginator
    list_display = ("day_label", "hours", "team", "point", "people", "turns", "volunteers", "state_label")
    list_filter = (
        ("day", RangeDateFilter),
        OpenFilter,
        LiveFilter,
        UnderUnitByTeamFilter,
        ("team", AutocompleteSelectFilter),
        ("campaign", AutocompleteSelectFilter),
        ("point", AutocompleteSelectFilter),
        ("state", ChoicesDropdownFilter),
    )
    # No order by what is added up, and no tree of days: to show fifty sessions every one would be read.
    search_fields = ("team__search_key", "point__search_key", "campaign__search_key")
    names_what_it_finds = True
    search_help_text = gettext_lazy("Tìm theo đội hình, điểm hoặc chiến dịch; không cần gõ dấu.")
    fields = (
        ("day_label", "hours"),
        ("team", "point"),
        ("campaign", "state_label"),
        ("created_by", "received"),
        "note",
    )
    change_form_outer_after_template = "admin/services_help/session_records.html"

    def get_queryset(self, request):
        return with_totals(super().get_queryset(request).select_related("created_by"))

    def get_object(self, request, object_id, from_field=None):
        """Once a request: to add up a crowded session is the most that its page does."""
        known = request.__dict__.setdefault("_sessions", {})
        if object_id not in known:
            known[object_id] = super().get_object(request, object_id, from_field)
        return known[object_id]

    def get_urls(self):
        view = self.admin_site.admin_view(self.void_view)
        name = "services_help_session_void"
        return [path("<uuid:session_id>/void/<uuid:target_id>/", view, name=name), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        session = self.get_object(request, object_id)
        if session is None:
            return super().change_view(request, object_id, form_url, extra_context)
        logs = with_void(session.logs.select_related("service", "metric")).order_by("happened_at", "pk")
        present = with_void(session.attendances.select_related("volunteer")).order_by("volunteer__sort_key", "pk")
        records = {
            "session": session,
            "services": by_service(session),
            "logs": Paginator(logs, ROWS_A_PAGE).get_page(request.GET.get("p")),
            "attendances": Paginator(present, ROWS_A_PAGE).get_page(request.GET.get("people")),
            "voids": voids_of(session),
            "photos": list(session.photos.all()),
            "may_void": not session.is_voided and self._may_void(request, session),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **records})

    def _may_void(self, request, session) -> bool:
        return self.rows_for(request, Right.LOG_VOID).filter(pk=session.pk).exists()

    def void_view(self, request, session_id, target_id):
        """Take back the session itself, or one row of it."""
        session = self.get_object(request, str(session_id))
        if session is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, session_id)
        if not self._may_void(request, session):
            raise PermissionDenied
        target = _record_of(session, target_id)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                void_record(target=target, reason=form.cleaned_data["reason"], access=access_of(request))
            except DomainError as error:
                form.add_error("reason", str(error))
            else:
                messages.success(request, _("Đã hủy. Số liệu sẽ được tính lại trong vài giây."))
                return redirect("admin:services_help_session_change", session_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Hủy: %(target)s") % {"target": target},
            "opts": self.opts,
            "session": session,
            "target": target,
            "whole_session": target == session,
            "form": form,
        }
        return TemplateResponse(request, "admin/services_help/void.html", context)

    @display(description=gettext_lazy("ngày"), ordering="day")
    def day_label(self, obj):
        return day_text(obj.day)

    @display(description=gettext_lazy("giờ"), ordering="started_at")
    def hours(self, obj):
        end = f"{timezone.localtime(obj.ended_at):%H:%M}" if obj.ended_at else _("đang mở")
        return f"{timezone.localtime(obj.started_at):%H:%M}–{end}"

    @display(description=gettext_lazy("lượt người"))
    def people(self, obj):
        return obj.people

    @display(description=gettext_lazy("lượt dịch vụ"))
    def turns(self, obj):
        return obj.turns

    @display(description=gettext_lazy("tình nguyện viên"))
    def volunteers(self, obj):
        return obj.volunteers

    @state_display(
        description=gettext_lazy("tình trạng số liệu"),
        ordering="state",
        label={"provisional": "info", "approved": "success", "locked": "warning", "voided": "danger"},
    )
    def state_label(self, obj):
        return ("voided", _("Đã hủy")) if obj.is_voided else (obj.state, obj.get_state_display())

    @display(description=gettext_lazy("nhận lúc"), ordering="received_at")
    def received(self, obj):
        return f"{timezone.localtime(obj.received_at):%H:%M:%S %d/%m/%Y}"


def _record_of(session: Session, target_id):
    if target_id == session.pk:
        return session
    for rows in (session.logs, session.attendances):
        if found := rows.filter(pk=target_id).first():
            return found
    raise Http404


class PagesOfMillions(EstimatingPaginator):
    most_counted = 1000


class OfSessionAdmin(ReadOnlyAdmin):
    """Rows of sessions, in a table that grows to millions: in the order of their own ids, which is that of time."""

    paginator = PagesOfMillions
    ordering = ("-id",)
    names_what_it_finds = True

    def get_ordering(self, request):
        """Of chosen days the days come first: by the ids alone all that came later would be looked through."""
        days = any(request.GET.get(f"session__day_{end}") for end in ("from", "to"))
        return ("-session__day", "-id") if days else self.ordering

    def get_sortable_by(self, request):
        """There is an index of time alone; any other order would sort millions to show fifty."""
        return ("moment", "day_label")

    def rows_for(self, request, right=None):
        return access_of(request).visible_sessions(self.model.objects.all(), right, prefix="session__")

    def get_queryset(self, request):
        return with_void(super().get_queryset(request))

    def related_rows(self, request, relation):
        rows = super().related_rows(request, relation)
        return access_of(request).visible_teams_of_sessions(rows) if relation == "session__team" else rows

    @display(description=gettext_lazy("ngày"), ordering="id")
    def day_label(self, obj):
        return day_text(obj.session.day)

    @state_display(description=gettext_lazy("tình trạng"), label={"live": "success", "voided": "danger"})
    def live_label(self, obj):
        return ("live", _("Còn hiệu lực")) if obj.void_reason is None else ("voided", _("Đã hủy"))

    @display(description=gettext_lazy("đội hình"))
    def team(self, obj):
        return obj.session.team


class UnderUnitBySessionFilter(UnderUnitByTeamFilter):
    team_path = "session__team"


@admin.register(AssistanceLog)
class AssistanceLogAdmin(OfSessionAdmin):
    list_display = ("moment", "team", "service", "result_label", "people", "quantity_label", "live_label")
    list_select_related = ("session__team", "service", "metric")
    list_filter = (
        ("session__day", RangeDateFilter),
        ("service", AutocompleteSelectFilter),
        ("result", ChoicesDropdownFilter),
        ("channel", ChoicesDropdownFilter),
        UnderUnitBySessionFilter,
        LiveFilter,
    )
    search_fields = ("session__team__search_key", "service__search_key")
    search_help_text = gettext_lazy("Tìm theo đội hình hoặc dịch vụ; không cần gõ dấu.")
    fields = (
        ("session", "service"),
        ("result", "people"),
        ("same_visit", "quantity_label"),
        ("age_group", "beneficiary", "channel"),
        ("moment", "live_label"),
        "created_by",
    )

    @display(description=gettext_lazy("lúc"), ordering="id")
    def moment(self, obj):
        return f"{timezone.localtime(obj.happened_at):%H:%M %d/%m/%Y}"

    @state_display(
        description=gettext_lazy("kết quả"),
        ordering="result",
        label={"done_self": "success", "done_assisted": "info", "referred": "warning", "not_done": "danger"},
    )
    def result_label(self, obj):
        return obj.result, obj.get_result_display()

    @display(description=gettext_lazy("kết quả đếm được"))
    def quantity_label(self, obj):
        return f"{obj.quantity} · {obj.metric}" if obj.metric else None


@admin.register(Attendance)
class AttendanceAdmin(OfSessionAdmin):
    list_display = ("volunteer", "day_label", "team", "minutes_label", "live_label")
    list_select_related = ("session__team", "volunteer")
    list_filter = (("session__day", RangeDateFilter), UnderUnitBySessionFilter, LiveFilter)
    search_fields = ("volunteer__search_key", "session__team__search_key")
    search_help_text = gettext_lazy("Tìm theo tình nguyện viên hoặc đội hình; không cần gõ dấu.")
    fields = (("volunteer", "session"), ("minutes_label", "live_label"), "created_by")

    @display(description=gettext_lazy("số phút"), ordering="minutes")
    def minutes_label(self, obj):
        return _("cả ca") if obj.minutes is None else obj.minutes


@admin.register(Void)
class VoidAdmin(ReadOnlyAdmin):
    paginator = PagesOfMillions
    ordering = ("-id",)
    list_display = ("moment", "target_label", "reason", "created_by", "authorised")
    list_select_related = ("created_by",)
    list_filter = (("received_at", MomentDayFilter),)
    search_fields = ("created_by__search_key",)
    search_help_text = gettext_lazy("Tìm theo người hủy; không cần gõ dấu.")
    fields = ("moment", "target_label", "reason", "created_by", "authorised")

    def rows_for(self, request, right=None):
        access, rows = access_of(request), Void.objects.all()
        right = right or Right.SESSION_VIEW
        if access.is_city_wide(right):
            return rows
        # Asked of each void, which are few, and not of the millions that might have been taken back.
        its_session = Coalesce(
            *(Subquery(model.objects.filter(pk=OuterRef("target")).values("session")) for model in OF_SESSIONS),
            F("target"),
        )
        sessions = Session.objects.visible_to(access, right)
        return rows.alias(its_session=its_session).filter(Exists(sessions.filter(pk=OuterRef("its_session"))))

    @display(description=gettext_lazy("lúc"), ordering="id")
    def moment(self, obj):
        return f"{timezone.localtime(obj.received_at):%H:%M %d/%m/%Y}"

    @display(description=gettext_lazy("mục bị hủy"))
    def target_label(self, obj):
        return f"…{str(obj.target)[-8:]}"

    @state_display(description=gettext_lazy("hiệu lực"), label={"yes": "success", "no": "default"})
    def authorised(self, obj):
        return ("yes", _("Có hiệu lực")) if obj.is_authorised else ("no", _("Chờ mục bị hủy"))
