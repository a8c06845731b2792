"""Appointments, keys of other programs, device passes: who may do what, until when."""

import datetime as dt

from django import forms
from django.conf import settings
from django.contrib import admin
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from core.dated import today
from teams.access import access_of
from teams.admin.base import ScopedForm, ScopedModelAdmin
from teams.admin.columns import (
    HeldColumns,
    HeldFilter,
    UnderUnitByTeamFilter,
    UnderUnitFilter,
    day_text,
    state_display,
)
from teams.admin.oneclick import MadeOnceMixin, OneClickMixin
from teams.appointments import appoint, appointable_roles, end_appointment, roles_handed_out
from teams.covering import keys_held_by
from teams.models import ApiToken, Appointment, DevicePass
from teams.passes import revoke_pass
from teams.permissions import Role, Scope
from teams.tokens import issue_token, revoke_token


class AppointmentForm(ScopedForm):
    def clean(self):
        cleaned = super().clean()
        unit, team, role = cleaned.get("unit"), cleaned.get("team"), cleaned.get("role")
        if role == Role.TEAM_LEADER and (unit or not team):
            self.add_error("team", _("Đội trưởng gắn với một đội hình: chọn đội hình, để trống đơn vị."))
        elif role and role != Role.TEAM_LEADER and (team or not unit):
            self.add_error("unit", _("Vai trò này gắn với một đơn vị: chọn đơn vị, để trống đội hình."))
        return cleaned


@admin.register(Appointment)
class AppointmentAdmin(MadeOnceMixin, OneClickMixin, HeldColumns, ScopedModelAdmin):
    form = AppointmentForm
    list_display = ("user", "role_label", "unit", "team", "since", "until", "validity")
    list_select_related = ("user", "unit", "team")
    list_filter = (
        ("role", ChoicesDropdownFilter),
        UnderUnitFilter,
        HeldFilter,
        ("team", AutocompleteSelectFilter),
    )
    search_fields = ("user__search_key", "unit__search_key", "team__search_key")
    search_help_text = gettext_lazy("Tìm theo tài khoản, đơn vị hoặc đội hình; không cần gõ dấu.")
    autocomplete_fields = ("user", "unit", "team")
    actions_detail = ("end_now",)

    def get_fields(self, request, obj=None):
        fields = ("user", "role", "unit", "team", ("valid_from", "valid_to"))
        return (*fields, "validity") if obj else fields

    def get_readonly_fields(self, request, obj=None):
        return ("validity",) if obj else ()

    def get_changeform_initial_data(self, request):
        return {"valid_from": today(), **super().get_changeform_initial_data(request)}

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "role":
            roles = roles_handed_out(access_of(request))
            kwargs["choices"] = [("", _("Hãy chọn")), *(each for each in Role.choices if each[0] in roles)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def covers(self, request, obj):
        roles = appointable_roles(access_of(request), unit=obj.unit, team=obj.team)
        return obj.user != request.user and Role(obj.role) in roles

    def save_model(self, request, obj, form, change):
        stored = appoint(appointment=obj, access=access_of(request))
        obj.pk = stored.pk

    def log_addition(self, request, obj, message):
        """The service has written the audit row."""

    @action(
        description=gettext_lazy("Kết thúc phân quyền"),
        url_path="end",
        icon="person_off",
        variant=ActionVariant.DANGER,
        permissions=["click"],
    )
    def end_now(self, request, object_id):
        return self.run_once(
            request,
            object_id,
            lambda appointment: end_appointment(appointment=appointment, access=access_of(request)),
            warning=_what_ends,
            done=_("Đã kết thúc phân quyền. Người này không còn quyền đó từ bây giờ."),
        )

    @display(description=gettext_lazy("vai trò"), ordering="role")
    def role_label(self, obj):
        return obj.get_role_display()


def _what_ends(appointment: Appointment) -> str:
    asked = _("Kết thúc phân quyền này ngay bây giờ? Việc đã làm vẫn được giữ.")
    if not (keys := len(keys_held_by(appointment)) if appointment.is_valid_on(today()) else 0):
        return asked
    told = ngettext(
        "Kèm theo, %(n)d khóa API đứng tên người này cũng ngừng. Muốn giữ khóa, hãy phân quyền mới trước.",
        "Kèm theo, %(n)d khóa API đứng tên người này cũng ngừng. Muốn giữ khóa, hãy phân quyền mới trước.",
        keys,
    )
    return f"{asked} {told % {'n': keys}}"


class UsableFilter(DropdownFilter):
    title = gettext_lazy("tình trạng")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("usable", _("Dùng được")), ("expired", _("Hết hạn")), ("revoked", _("Đã thu hồi"))]

    def queryset(self, request, queryset):
        if self.value() == "revoked":
            return queryset.filter(revoked_at__isnull=False)
        if self.value() == "expired":
            return queryset.filter(revoked_at__isnull=True, **{f"{self.end_path}__lt": self.moment()})
        if self.value() == "usable":
            return queryset.filter(revoked_at__isnull=True, **{f"{self.end_path}__gte": self.moment()})
        return queryset

    end_path = "expires_at"
    moment = staticmethod(timezone.now)


class PassUsableFilter(UsableFilter):
    end_path = "valid_to"
    moment = staticmethod(today)


class TokenForm(ScopedForm):
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Phạm vi quyền"), choices=Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            self.fields["user"].required = False
            self.fields["user"].help_text = _("Để trống: khóa có một tài khoản riêng.")

    def clean(self):
        cleaned = super().clean()
        if bool(cleaned.get("unit")) == bool(cleaned.get("team")):
            self.add_error("unit", _("Chọn một đơn vị (gồm cấp dưới), hoặc một đội hình."))
        if cleaned.get("is_public"):
            if cleaned.get("team"):
                self.add_error("team", _("Khóa để công bố gắn với một đơn vị, không gắn với một đội hình."))
            if cleaned.get("scopes", [Scope.STATS_READ]) != [Scope.STATS_READ]:
                message = _("Khóa để công bố chỉ có phạm vi “%(scope)s”.")
                self.add_error("scopes", message % {"scope": Scope.STATS_READ.label})
        return cleaned


@admin.register(ApiToken)
class ApiTokenAdmin(MadeOnceMixin, OneClickMixin, ScopedModelAdmin):
    form = TokenForm
    list_display = ("name", "key_start", "scope_labels", "public_mark", "unit", "team", "state", "expires", "used")
    list_select_related = ("unit", "team")
    list_filter = (UsableFilter, "is_public", UnderUnitFilter)
    search_fields = ("user__search_key", "unit__search_key", "team__search_key")
    search_help_text = gettext_lazy("Tìm theo tài khoản, đơn vị hoặc đội hình; không cần gõ dấu.")
    autocomplete_fields = ("user", "unit", "team")
    actions_detail = ("revoke",)

    def get_fields(self, request, obj=None):
        if obj is None:
            return ("name", "scopes", "is_public", "unit", "team", "expires_at", "user")
        shown = ("name", "key_start", "scope_labels", "public_mark", "unit", "team", "user", "issued_by")
        return (*shown, "expires", "used", "state")

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj) if obj else ()

    def get_changeform_initial_data(self, request):
        in_a_year = timezone.now() + dt.timedelta(days=min(365, settings.API_KEY_DAYS))
        return {"expires_at": in_a_year, **super().get_changeform_initial_data(request)}

    def save_model(self, request, obj, form, change):
        names = ("name", "scopes", "is_public", "unit", "team", "expires_at")
        chosen = {name: form.cleaned_data.get(name) for name in names}
        user = form.cleaned_data.get("user")
        stored, request.shown_key = issue_token(by=request.user, user=user, **chosen)
        obj.pk = stored.pk

    def log_addition(self, request, obj, message):
        """The service has written the audit row."""

    def response_add(self, request, obj, post_url_continue=None):
        context = {
            **self.admin_site.each_context(request),
            "title": _("Khóa API “%(name)s”") % {"name": obj.name},
            "opts": self.opts,
            "object": obj,
            "pairs": [(_("Khóa"), request.shown_key), (_("Gửi kèm mỗi lần gọi"), f"Authorization: Bearer {'…'}")],
        }
        return TemplateResponse(request, "admin/shown_once.html", context)

    @action(description=gettext_lazy("Thu hồi khóa"), url_path="revoke", icon="key_off", variant=ActionVariant.DANGER)
    def revoke(self, request, object_id):
        return self.run_once(
            request,
            object_id,
            lambda token: revoke_token(token=token, by=request.user),
            warning=_("Thu hồi khóa này? Hệ thống đang dùng nó sẽ bị từ chối ngay."),
            done=_("Đã thu hồi khóa. Từ bây giờ khóa này không mở được gì."),
        )

    @display(description=gettext_lazy("đầu khóa"))
    def key_start(self, obj):
        return f"xks_{obj.prefix}…"

    @display(description=gettext_lazy("phạm vi quyền"))
    def scope_labels(self, obj):
        return ", ".join(str(Scope(scope).label) for scope in obj.scopes)

    @state_display(description=gettext_lazy("công bố"), label={"public": "info", "internal": "default"})
    def public_mark(self, obj):
        return ("public", _("Để công bố")) if obj.is_public else ("internal", _("Nội bộ"))

    @state_display(
        description=gettext_lazy("tình trạng"), label={"usable": "success", "expired": "default", "revoked": "danger"}
    )
    def state(self, obj):
        if obj.revoked_at:
            return "revoked", _("Đã thu hồi")
        return ("usable", _("Dùng được")) if obj.is_usable else ("expired", _("Hết hạn"))

    @display(description=gettext_lazy("hết hạn"), ordering="expires_at")
    def expires(self, obj):
        return day_text(obj.expires_at)

    @display(description=gettext_lazy("dùng lần cuối"), ordering="last_used_at")
    def used(self, obj):
        return f"{timezone.localtime(obj.last_used_at):%H:%M %d/%m/%Y}" if obj.last_used_at else _("chưa dùng")


@admin.register(DevicePass)
class DevicePassAdmin(MadeOnceMixin, OneClickMixin, ScopedModelAdmin):
    list_display = ("label", "team", "state_label", "until", "created", "redeemed")
    list_select_related = ("team",)
    list_filter = (PassUsableFilter, UnderUnitByTeamFilter, ("team", AutocompleteSelectFilter))
    search_fields = ("team__search_key",)
    search_help_text = gettext_lazy("Tìm theo đội hình; không cần gõ dấu.")
    fields = ("team", "label", "state_label", "until", "created", "created_by", "redeemed")
    actions_list = ("issue",)
    actions_detail = ("revoke",)

    def has_add_permission(self, request):
        """Passes are made on the page that prints them."""
        return False

    @action(description=gettext_lazy("In thẻ mới"), url_path="issue", icon="qr_code_2", variant=ActionVariant.PRIMARY)
    def issue(self, request):
        return redirect("teams:pass_list")

    @action(description=gettext_lazy("Thu hồi thẻ"), url_path="revoke", icon="block", variant=ActionVariant.DANGER)
    def revoke(self, request, object_id):
        return self.run_once(
            request,
            object_id,
            lambda device_pass: revoke_pass(device_pass=device_pass, access=access_of(request)),
            warning=_("Thu hồi thẻ này? Điện thoại đang dùng nó sẽ không gửi được nữa."),
            done=_("Đã thu hồi thẻ. Điện thoại dùng thẻ này phải đăng nhập lại; lượt đã gửi vẫn được giữ."),
        )

    @state_display(
        description=gettext_lazy("tình trạng"),
        label={"waiting": "info", "in_use": "success", "expired": "default", "revoked": "danger"},
    )
    def state_label(self, obj):
        words = {
            "waiting": _("Chưa quét"),
            "in_use": _("Đang dùng"),
            "expired": _("Hết hạn"),
            "revoked": _("Đã thu hồi"),
        }
        return obj.state, words[obj.state]

    @display(description=gettext_lazy("dùng đến hết ngày"), ordering="valid_to")
    def until(self, obj):
        return day_text(obj.valid_to)

    @display(description=gettext_lazy("ngày in"), ordering="created_at")
    def created(self, obj):
        return day_text(obj.created_at)

    @display(description=gettext_lazy("quét lúc"), ordering="redeemed_at")
    def redeemed(self, obj):
        return f"{timezone.localtime(obj.redeemed_at):%H:%M %d/%m/%Y}" if obj.redeemed_at else "–"
