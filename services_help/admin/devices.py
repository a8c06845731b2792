"""Phones with work that has not arrived."""

from django.contrib import admin
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from core.paging import KeysFirstPaginator
from services_help.models import DeviceReport
from teams.admin.base import ReadOnlyAdmin
from teams.admin.columns import NONE, UnderUnitByTeamFilter, day_text, state_display


class TroubleFilter(DropdownFilter):
    title = gettext_lazy("việc còn trên máy")
    parameter_name = "trouble"

    def lookups(self, request, model_admin):
        return [
            ("unsent", _("Còn mục chưa gửi")),
            ("unreconciled", _("Sổ máy lệch với cổng")),
            ("silent", _("Ca còn mở, máy im lặng hơn một ngày")),
        ]

    def queryset(self, request, queryset):
        if self.value() == "unsent":
            return queryset.unsent()
        if self.value() == "unreconciled":
            return queryset.unreconciled()
        return queryset.filter(is_silent=True) if self.value() == "silent" else queryset


@admin.register(DeviceReport)
class DeviceReportAdmin(ReadOnlyAdmin):
    paginator = KeysFirstPaginator
    list_display = ("team_label", "user", "waiting", "oldest", "ledger", "reported")
    list_display_links = ("team_label",)
    list_select_related = ("user", "team")
    list_filter = (TroubleFilter, UnderUnitByTeamFilter)
    search_fields = ("user__search_key", "team__search_key")
    search_help_text = gettext_lazy("Tìm theo tài khoản hoặc đội hình; không cần gõ dấu.")
    fields = (
        ("name", "build"),
        ("user", "team"),
        ("waiting", "oldest"),
        ("last_receipt", "reported"),
        ("ledger", "kept"),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).with_trouble()

    @display(description=gettext_lazy("đội hình"), ordering="team__sort_key")
    def team_label(self, obj):
        return obj.team or _("Máy của cán bộ")

    @display(description=gettext_lazy("máy"))
    def name(self, obj):
        # The app shows the same end of the same code, so that two people can speak of one phone.
        return f"…{str(obj.device)[-8:]}"

    @state_display(
        description=gettext_lazy("chưa gửi"), label={"held": "danger", "unsent": "warning", "none": "success"}
    )
    def waiting(self, obj):
        parts = []
        if entries := obj.unsent + obj.held:
            parts.append(_("%(count)s mục") % {"count": entries})
        if obj.photos:
            parts.append(_("%(count)s ảnh") % {"count": obj.photos})
        if obj.held:
            parts.append(_("%(count)s cần xem lại") % {"count": obj.held})
        if not parts:
            return "none", _("Đã gửi hết")
        return "held" if obj.held else "unsent", " · ".join(parts)

    @state_display(
        description=gettext_lazy("sổ máy và sổ cổng"),
        label={"differs": "danger", "silent": "warning", "fine": "success"},
    )
    def ledger(self, obj):
        if obj.differs:
            days = ", ".join(day_text(parse_date(day)) for day in obj.differs)
            return "differs", _("Lệch ngày %(days)s") % {"days": days}
        return ("silent", _("Im lặng hơn một ngày")) if obj.is_silent else ("fine", _("Khớp"))

    @display(description=gettext_lazy("mục cũ nhất"), ordering="oldest_at")
    def oldest(self, obj):
        return moment_text(obj.oldest_at)

    @display(description=gettext_lazy("biên nhận gần nhất"), ordering="last_receipt_at")
    def last_receipt(self, obj):
        return moment_text(obj.last_receipt_at)

    @display(description=gettext_lazy("máy báo lúc"), ordering="reported_at")
    def reported(self, obj):
        return moment_text(obj.reported_at)

    @display(description=gettext_lazy("trình duyệt hứa giữ dữ liệu"))
    def kept(self, obj):
        return {True: _("Có"), False: _("Không"), None: NONE}[obj.persisted]


def moment_text(moment) -> str:
    return f"{timezone.localtime(moment):%H:%M %d/%m/%Y}" if moment else NONE
