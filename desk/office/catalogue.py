"""Dịch vụ theo ngày: the tiles as a leader's phone shows them on a day, and what of the catalogue wants mending."""

import datetime as dt
from typing import Any

from django import forms
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from core.choosing import LongChoiceField, suggestions
from core.dated import today
from desk.common import with_right
from desk.office.tabs import tabs
from services_help.models import CampaignService, Service
from teams.access import Access
from teams.permissions import Right

SOON = dt.timedelta(days=60)
ADDRESS = reverse_lazy("office:catalogue_campaigns")


class DayForm(forms.Form):
    day = forms.DateField(
        label=gettext_lazy("Ngày"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    campaign = LongChoiceField(label=gettext_lazy("Chiến dịch"), required=False)

    def __init__(self, data, *, access: Access):
        super().__init__(data, initial={"day": today()})
        rows = Campaign.objects.visible_to(access).order_by("-starts_on", "pk")
        field: Any = self.fields["campaign"]
        field.empty_label = _("Mọi dịch vụ còn hiệu lực")
        field.offer(rows, address=ADDRESS, among=Campaign.objects.all())


@never_cache
@require_safe
def catalogue(request):
    access = with_right(request, Right.CAMPAIGN_VIEW)
    form = DayForm(request.GET or None, access=access)
    given = form.cleaned_data if form.is_bound and (form.is_valid() or form.cleaned_data) else {}
    day, campaign = given.get("day") or today(), given.get("campaign")
    context = {
        "tabs": tabs(access, "catalogue"),
        "form": form,
        "day": day,
        "campaign": campaign,
        "groups": tiles_on(day, campaign),
        "warnings": warnings_on(day, campaign),
        "ending": Service.objects.leaves().filter(valid_to__gte=day, valid_to__lte=day + SOON).order_by("valid_to"),
        "coming": Service.objects.leaves().filter(valid_from__gt=day).order_by("valid_from", "position"),
        "ended": _ended(day),
        "may_change": access.has(Right.CATALOGUE_MANAGE),
    }
    return render(request, "office/catalogue.html", context)


@never_cache
@require_safe
def campaigns(request):
    access = with_right(request, Right.CAMPAIGN_VIEW)
    return suggestions(request, Campaign.objects.visible_to(access), "campaign")


def _ended(day: dt.date):
    return (
        Service.objects.leaves()
        .filter(valid_to__lt=day)
        .select_related("replaced_by")
        .order_by("-valid_to", "position")
    )


def tiles_on(day: dt.date, campaign: Campaign | None) -> list[dict]:
    """By the same rule and in the same order as on the phone (services_help/field/queries.py)."""
    offered = Service.objects.offered_on(day, campaign).select_related("group")
    groups: dict[int, dict] = {}
    for service in offered.order_by("group__position", "group__code", "position", "code"):
        group = groups.setdefault(service.group_id, {"group": service.group, "services": []})
        group["services"].append(service)
    return list(groups.values())


def warnings_on(day: dt.date, campaign: Campaign | None) -> list[str]:
    """What a member of staff would want to mend before that day."""
    found = []
    for service in Service.objects.leaves().on(day).select_related("group"):
        if service.group is not None and not service.group.is_valid_on(day):
            told = _("“%(service)s” còn hiệu lực nhưng nhóm “%(group)s” thì không: ô vẫn hiện trên điện thoại.")
            found.append(told % {"service": service.label, "group": service.group.label})
    for service in _ended(day).filter(replaced_by__isnull=False):
        successor = service.replaced_by
        if successor is not None and not successor.is_valid_on(day):
            told = _("“%(old)s” được thay bằng “%(new)s”, nhưng ngày này dịch vụ thay không có hiệu lực.")
            found.append(told % {"old": service.label, "new": successor.label})
    if campaign is not None:
        chosen = CampaignService.objects.filter(campaign=campaign).select_related("service")
        for row in chosen:
            if not row.service.is_valid_on(day):
                told = _("Chiến dịch đã chọn “%(service)s”, nhưng ngày này dịch vụ không có hiệu lực.")
                found.append(told % {"service": row.service.label})
    return found
