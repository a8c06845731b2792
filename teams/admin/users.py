"""Accounts. Registered here and not in accounts, since who sees whom follows from the appointments."""

from django import forms
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.db.models import OuterRef, Subquery
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from accounts.closing import deactivate, reactivate
from accounts.models import User, UserKind
from accounts.services import set_password
from teams.access import access_of
from teams.admin.base import HistoryInline, ScopedForm, ScopedModelAdmin
from teams.admin.columns import HeldColumns, day_text, state_display
from teams.appointments import home_unit_of, may_manage_user, users_visible_to
from teams.models import Appointment
from teams.permissions import Right, Role


class UserForm(ScopedForm):
    new_password = forms.CharField(
        label=_("Mật khẩu mới"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("Để trống khi tạo: cổng tự đặt mật khẩu và cho xem một lần. Để trống khi sửa: giữ mật khẩu cũ."),
    )

    keep_issued = forms.BooleanField(
        label=_("Khi khóa tài khoản: giữ lại những gì đã phát cho người khác"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_(
            "Khóa tài khoản thì mọi phiên đăng nhập, khóa API và việc đang chạy của người này dừng ngay. "
            "Khóa API, thẻ chưa quét và lịch mà người này đã phát cũng hết tác dụng, trừ khi bật mục này."
        ),
    )

    def clean_new_password(self):
        password = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        return password


class RoleFilter(DropdownFilter):
    title = _("vai trò")
    parameter_name = "role"

    def lookups(self, request, model_admin):
        return Role.choices

    def queryset(self, request, queryset):
        if self.value() not in Role.values:
            return queryset
        held = Appointment.objects.current().filter(role=self.value())
        return queryset.filter(pk__in=held.values("user"))


class AppointmentInline(HeldColumns, HistoryInline):
    model = Appointment
    verbose_name_plural = _("phân quyền")
    fields = readonly_fields = ("role", "unit", "team", "valid_from", "valid_to", "validity")

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(access_of(request)).select_related("unit", "team", "user")


@admin.register(User)
class UserAdmin(ScopedModelAdmin):
    form = UserForm
    list_display = ("full_name", "username", "kind_label", "role_label", "state", "joined", "seen")
    list_filter = (RoleFilter, ("kind", ChoicesDropdownFilter), "is_active")
    search_fields = ("search_key",)
    search_help_text = _("Tìm theo tên đăng nhập hoặc họ tên; không cần gõ dấu.")
    ordering = ("username",)
    inlines = (AppointmentInline,)
    actions_detail = ("sessions",)

    def rows_for(self, request, right=None):
        return users_visible_to(access_of(request))

    def get_queryset(self, request):
        held = Appointment.objects.current().filter(user=OuterRef("pk")).order_by("valid_from")
        return super().get_queryset(request).annotate(role=Subquery(held.values("role")[:1]))

    def covers(self, request, obj):
        return may_manage_user(access_of(request), obj)

    def get_fieldsets(self, request, obj=None):
        rest = ["is_active", "keep_issued"] if obj else ["is_active"]
        rest += ["is_superuser"] if request.user.is_superuser else []
        password = ["new_password"] if obj is None or self._may_set_password(request, obj) else []
        return ((None, {"fields": [("username", "full_name"), ("email", "kind"), *password, *rest]}),)

    def _may_set_password(self, request, obj) -> bool:
        return obj.kind == UserKind.PERSON and self.has_change_permission(request, obj)

    def get_readonly_fields(self, request, obj=None):
        return ("kind",) if obj else ()

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "kind":
            # Devices are made by passes, clients with their keys.
            kwargs["choices"] = [(UserKind.PERSON.value, UserKind.PERSON.label)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def scope_unit(self, obj):
        return home_unit_of(obj)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.created_by = request.user
            obj.set_unusable_password()
        is_switched = change and "is_active" in form.changed_data
        if is_switched:  # by the service, which knows what it means
            obj.is_active = not obj.is_active
        super().save_model(request, obj, form, change)
        if is_switched:
            self._switch(request, obj, form.cleaned_data)
        password = form.cleaned_data.get("new_password")
        if obj.kind == UserKind.PERSON and (password or not change):
            request.shown_password = set_password(
                user=obj, password=password, by=request.user, scope_unit=self.scope_unit(obj)
            )

    def _switch(self, request, obj, data) -> None:
        about = {"user": obj, "by": request.user, "scope_unit": home_unit_of(obj)}
        if data["is_active"]:
            reactivate(**about)
        else:
            deactivate(**about, keep_issued=data["keep_issued"])
        obj.refresh_from_db(fields=["is_active", "access_epoch"])

    def response_add(self, request, obj, post_url_continue=None):
        return self._show_once(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self._show_once(request, obj) or super().response_change(request, obj)

    def _show_once(self, request, obj):
        if not (password := getattr(request, "shown_password", None)):
            return None
        may_appoint = access_of(request).has(Right.APPOINT)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Mật khẩu của %(user)s") % {"user": obj},
            "opts": self.opts,
            "object": obj,
            "pairs": [(_("Tên đăng nhập"), obj.username), (_("Mật khẩu"), password)],
            "appoint_url": f"{reverse('admin:teams_appointment_add')}?user={obj.pk}" if may_appoint else "",
        }
        return TemplateResponse(request, "admin/shown_once.html", context)

    @action(description=_("Phiên đăng nhập và thiết bị"), url_path="sessions", icon="devices", permissions=["sessions"])
    def sessions(self, request, object_id):
        if self.get_object(request, object_id) is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return redirect("access:person", object_id)

    def has_sessions_permission(self, request, object_id=None):
        obj = self.get_object(request, object_id) if object_id else None
        return obj is None or (obj != request.user and self.may_write(request, obj))

    @display(description=_("loại tài khoản"), ordering="kind")
    def kind_label(self, obj):
        return obj.get_kind_display()

    @display(description=_("vai trò hiện nay"), ordering="role")
    def role_label(self, obj):
        if obj.is_superuser:
            return _("Quản trị kỹ thuật")
        return Role(obj.role).label if obj.role else None

    @state_display(description=_("tình trạng"), ordering="is_active", label={"on": "success", "off": "danger"})
    def state(self, obj):
        return ("on", _("Hoạt động")) if obj.is_active else ("off", _("Đã khóa"))

    @display(description=_("ngày tạo"), ordering="date_joined")
    def joined(self, obj):
        return day_text(obj.date_joined)

    @display(description=_("đăng nhập gần nhất"), ordering="last_login")
    def seen(self, obj):
        return day_text(obj.last_login)
