"""By when sessions are to be reviewed: usually, and of campaigns that are in more of a hurry or in less."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from services_help.models import ReviewPolicy
from teams.admin.base import ScopedModelAdmin


@admin.register(ReviewPolicy)
class ReviewPolicyAdmin(ScopedModelAdmin):
    is_shared = True
    may_delete = True
    revision = "reviews"
    list_display = ("name", "days_label")
    list_select_related = ("campaign",)
    autocomplete_fields = ("campaign",)
    search_fields = ("campaign__search_key",)
    search_help_text = _("Tìm theo chiến dịch; không cần gõ dấu.")
    fields = ("campaign", "days")

    @display(description=_("áp dụng cho"), ordering="campaign__sort_key")
    def name(self, obj):
        return str(obj)

    @display(description=_("hạn duyệt"), ordering="days")
    def days_label(self, obj):
        return ngettext("%(count)s ngày", "%(count)s ngày", obj.days) % {"count": obj.days}
