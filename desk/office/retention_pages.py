"""Thời hạn lưu giữ: each rule with what it would erase today, the ledger of what was erased, and holding it all."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.next_page import NextPaginator
from core.retention import services
from core.retention.kinds import Due
from core.retention.models import MOST_MONTHS, Erasure, RetentionRule
from core.templatetags.vi import vi_number
from desk.common import tried, with_right
from desk.office.tabs import tabs
from services_help.personal_data import ON_REQUEST
from teams.access import Access
from teams.permissions import Right

ROWS_A_PAGE = 30


class RuleForm(forms.Form):
    months = forms.IntegerField(
        label=gettext_lazy("Giữ bao nhiêu tháng"), max_value=MOST_MONTHS, widget=forms.NumberInput(attrs={"step": 1})
    )
    is_enabled = forms.BooleanField(label=gettext_lazy("Tự xóa khi đến hạn"), required=False)

    def __init__(self, data, *, rule: RetentionRule):
        super().__init__(data, initial={"months": rule.months, "is_enabled": rule.is_enabled})
        least = rule.definition.least_months
        self.fields["months"].widget.attrs |= {"min": least, "max": MOST_MONTHS}
        told = _("Thường là %(usual)s tháng, ít nhất %(least)s tháng.")
        self.fields["months"].help_text = told % {"usual": rule.definition.usual_months, "least": least}


def _keeper(request) -> Access:
    """Rules hold for the whole city."""
    access = with_right(request, Right.RETENTION_MANAGE)
    if not access.is_city_wide(Right.RETENTION_MANAGE):
        raise PermissionDenied
    return access


def _rule(name: str) -> RetentionRule:
    rule = services.rule_of(name)
    if rule is None:
        raise Http404
    return rule


def count_text(due: Due) -> str:
    """Beyond the limit nobody counted on."""
    if due.count >= services.MOST_COUNTED:
        return _("từ %(count)s trở lên") % {"count": vi_number(services.MOST_COUNTED)}
    return vi_number(due.count)


def _shown(rule: RetentionRule) -> dict:
    due = services.due_of(rule)
    return {"rule": rule, "kind": rule.definition, "due": due, "count": count_text(due), "cutoff": rule.cutoff()}


@never_cache
@require_safe
def retention(request):
    access = _keeper(request)
    ledger = NextPaginator(Erasure.objects.select_related("by"), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": tabs(access, "retention"),
        "rules": [_shown(rule) for rule in services.rules()],
        "page": ledger,
        "entries": [{"row": row, "label": _label(row.kind)} for row in ledger],
    }
    return render(request, "office/retention.html", context)


def _label(kind: str):
    return _("Ẩn danh theo yêu cầu của tình nguyện viên") if kind == ON_REQUEST else services.label_of(kind)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request, name):
    """What it would do now is on the page that switches it on."""
    access = _keeper(request)
    found = _rule(name)
    form = RuleForm(request.POST or None, rule=found)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and tried(request, lambda: services.set_rule(name=name, by=access.user, **form.cleaned_data)):
        messages.success(request, _("Đã lưu thời hạn."))
        return redirect("office:retention")
    context = {"tabs": tabs(access, "retention"), "form": form, **_shown(found)}
    return render(request, "office/retention_rule.html", context)


@require_POST
def hold(request, name):
    access = _keeper(request)
    _rule(name)
    # As the page offered: a hold that is sent twice, or by two at once, is not lifted by the second.
    work, told = (
        (services.release, _("Đã thôi tạm giữ. Quy tắc chạy tiếp như đã đặt."))
        if request.POST.get("act") == "release"
        else (services.hold, _("Đã tạm giữ: không gì thuộc loại này bị xóa cho đến khi thôi giữ."))
    )
    if tried(request, lambda: work(name=name, reason=request.POST.get("reason", ""), by=access.user)):
        messages.success(request, told)
    return redirect("office:retention_rule", name)
