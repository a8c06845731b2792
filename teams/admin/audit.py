"""The audit trail: read by Thành Đoàn, and by a unit's staff as far as their own subtree goes."""

import datetime as dt
import re

from django.apps import apps
from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from core.models import AuditEvent
from core.vietnamese import fold
from teams.access import access_of
from teams.admin.base import ReadOnlyAdmin
from teams.admin.columns import MomentDayFilter, state_display
from teams.models import Unit
from teams.permissions import Right

VERBS = {
    "added": (pgettext_lazy("audit", "Thêm"), "success"),
    "changed": (pgettext_lazy("audit", "Sửa"), "info"),
    "deleted": (pgettext_lazy("audit", "Xóa"), "danger"),
    "imported": (pgettext_lazy("audit", "Nhập từ tệp"), "info"),
    "exported": (pgettext_lazy("audit", "Xuất ra tệp"), "warning"),
    "voided": (pgettext_lazy("audit", "Hủy"), "danger"),
    "placed": (pgettext_lazy("audit", "Đặt vào đơn vị cấp trên"), "warning"),
    "moved": (pgettext_lazy("audit", "Chuyển đơn vị"), "warning"),
    "appointed": (pgettext_lazy("audit", "Phân quyền"), "warning"),
    "ended": (pgettext_lazy("audit", "Kết thúc phân quyền"), "warning"),
    "issued": (pgettext_lazy("audit", "Cấp"), "success"),
    "revoked": (pgettext_lazy("audit", "Thu hồi"), "danger"),
    "redeemed": (pgettext_lazy("audit", "Quét thẻ"), "info"),
    "cancelled": (pgettext_lazy("audit", "Hủy phân công"), "danger"),
    "closed": (pgettext_lazy("audit", "Đóng ca"), "info"),
    "set": (pgettext_lazy("audit", "Đặt mật khẩu"), "warning"),
    "loaded": (pgettext_lazy("audit", "Nạp dữ liệu nền"), "info"),
    "ordered": (pgettext_lazy("audit", "Giao việc"), "info"),
    "seeded": (pgettext_lazy("audit", "Nạp dữ liệu mẫu"), "info"),
    "settled": (pgettext_lazy("audit", "Xử lý"), "success"),
}
COLOURS = {verb: colour for verb, (_label, colour) in VERBS.items()} | {"other": "default"}
ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
WORDS = {
    "reason": gettext_lazy("lý do"),
    "before": gettext_lazy("trước đó"),
    "parent": gettext_lazy("đơn vị cấp trên"),
    "unit": gettext_lazy("đơn vị"),
    "team": gettext_lazy("đội hình"),
    "since": gettext_lazy("từ ngày"),
    "rows": gettext_lazy("số dòng"),
    "file": gettext_lazy("tệp"),
    "format": gettext_lazy("định dạng"),
    "role": gettext_lazy("vai trò"),
    "scopes": gettext_lazy("phạm vi quyền"),
    "on": gettext_lazy("trên"),
    "expires_at": gettext_lazy("hết hạn"),
    "new_password": gettext_lazy("mật khẩu"),
    "session": gettext_lazy("ca hỗ trợ"),
    "codes": gettext_lazy("mã"),
    "left_out": gettext_lazy("dòng lỗi để lại"),
}


class VerbFilter(DropdownFilter):
    title = gettext_lazy("việc")
    parameter_name = "verb"

    def lookups(self, request, model_admin):
        return [(verb, label) for verb, (label, _colour) in VERBS.items()]

    def queryset(self, request, queryset):
        return queryset.filter(action__endswith=self.value()) if self.value() in VERBS else queryset


class TargetTypeFilter(DropdownFilter):
    title = gettext_lazy("loại đối tượng")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        models = [model for model in admin.site._registry if model is not AuditEvent]
        return sorted(((model._meta.label_lower, name_of(model)) for model in models), key=lambda pair: fold(pair[1]))

    def queryset(self, request, queryset):
        return queryset.filter(target_type=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("moment", "actor_label", "verb", "kind", "target_label")
    list_filter = (VerbFilter, TargetTypeFilter, ("at", MomentDayFilter))
    list_select_related = ()
    search_fields = ("search_key",)
    search_help_text = gettext_lazy("Tìm theo người thực hiện hoặc tên đối tượng; không cần gõ dấu.")
    ordering = ("-id",)
    fields = ("moment", "actor_label", "verb", "kind", "target_label", "details")

    def rows_for(self, request, right=None):
        access, rows = access_of(request), AuditEvent.objects.all()
        right = right or Right.AUDIT_VIEW
        if access.is_city_wide(right):
            return rows
        return rows.filter(scope_unit__in=Unit.objects.visible_to(access, right).values("pk"))

    @display(description=gettext_lazy("lúc"), ordering="id")
    def moment(self, obj):
        return f"{timezone.localtime(obj.at):%d/%m/%Y %H:%M:%S}"

    @state_display(description=gettext_lazy("việc"), label=COLOURS)
    def verb(self, obj):
        verb = obj.action.rpartition("_")[2].rpartition(".")[2]
        return (verb, VERBS[verb][0]) if verb in VERBS else ("other", _("Việc khác"))

    @display(description=gettext_lazy("loại đối tượng"), ordering="target_type")
    def kind(self, obj):
        return name_of(apps.get_model(obj.target_type))

    @display(description=gettext_lazy("chi tiết"))
    def details(self, obj):
        lines = list(detail_lines(obj))
        if not lines:
            return "–"
        return format_html_join(mark_safe("<br>"), "<strong>{}</strong>: {}", lines)


def name_of(model) -> str:
    return capfirst(str(model._meta.verbose_name))


def detail_lines(event: AuditEvent):
    """(what, words) of the stored details: columns by their names, before and after."""
    model = apps.get_model(event.target_type)
    for field, values in event.data.get("changes", {}).items():
        before, after = values if isinstance(values, list) and len(values) == 2 else ("", values)
        yield column_name(model, field), f"{in_words(before)} → {in_words(after)}"
    for row in event.data.get("rows", []) if isinstance(event.data.get("rows"), list) else []:
        for verb in ("added", "changed", "deleted"):
            if verb in row:
                yield VERBS[verb][0], row[verb]
    for key, value in event.data.items():
        if key != "changes" and not isinstance(value, dict) and not (key == "rows" and isinstance(value, list)):
            yield column_name(model, key), in_words(value)


def column_name(model, field: str) -> str:
    known = {each.name: getattr(each, "verbose_name", None) for each in model._meta.get_fields()}
    return capfirst(str(WORDS.get(field) or known.get(field) or field))


def in_words(value) -> str:
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    if ISO_MOMENT.fullmatch(text := str(value)):
        return f"{timezone.localtime(dt.datetime.fromisoformat(text)):%H:%M:%S %d/%m/%Y}"
    return f"{dt.date.fromisoformat(text):%d/%m/%Y}" if ISO_DAY.fullmatch(text) else text
