"""The audit trail: read by Thành Đoàn, and by a unit's staff as far as their own subtree goes."""

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from core.models import AuditEvent
from teams.access import access_of
from teams.admin.base import ReadOnlyAdmin
from teams.admin.columns import MomentDayFilter, state_display
from teams.audit_details import detail_lines, names_in
from teams.audit_kinds import recorded_kinds
from teams.audit_phrases import VERBS
from teams.audit_words import kind_of, sentence_of, verb_of, words_of
from teams.models import Unit
from teams.permissions import Right

COLOURS = {verb: words.colour for verb, words in VERBS.items()} | {"other": "default"}


class VerbFilter(DropdownFilter):
    title = gettext_lazy("việc")
    parameter_name = "verb"

    def lookups(self, request, model_admin):
        return [(verb, words.label) for verb, words in VERBS.items()]

    def queryset(self, request, queryset):
        return queryset.filter(action__endswith=self.value()) if self.value() in VERBS else queryset


class TargetTypeFilter(DropdownFilter):
    title = gettext_lazy("loại đối tượng")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return recorded_kinds()

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
    fields = ("told", "moment", "actor_label", "verb", "kind", "target_label", "details")

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
        verb = verb_of(obj.action)
        return (verb if verb in VERBS else "other"), words_of(obj.action).label

    @display(description=gettext_lazy("loại đối tượng"), ordering="target_type")
    def kind(self, obj):
        return kind_of(obj.target_type)

    @display(description=gettext_lazy("chuyện gì"))
    def told(self, obj):
        return sentence_of(obj)

    @display(description=gettext_lazy("chi tiết"))
    def details(self, obj):
        lines = list(detail_lines(obj, names_in([obj])))
        if not lines:
            return "–"
        return format_html_join(mark_safe("<br>"), "<strong>{}</strong>: {}", lines)
