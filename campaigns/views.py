"""Many teams sent to one day at once: the form that staff fill in on the evening before."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from campaigns.deploying import deploy_teams, teams_of_the_day_before
from campaigns.models import CampaignDay
from core.errors import DomainError
from core.templatetags.vi import vi_number
from teams.access import Access, access_of
from teams.admin.columns import home_name
from teams.models import Team
from teams.permissions import Right

MORNING = (dt.time(7, 30), dt.time(11, 30))


class TeamsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj):
        return f"{obj} · {obj.home}" if obj.home else str(obj)


class DeployForm(forms.Form):
    starts_at = forms.TimeField(
        label=gettext_lazy("Từ giờ"),
        initial=f"{MORNING[0]:%H:%M}",
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )
    ends_at = forms.TimeField(
        label=gettext_lazy("Đến giờ"),
        initial=f"{MORNING[1]:%H:%M}",
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )
    teams = TeamsField(
        label=gettext_lazy("Đội hình"),
        queryset=Team.objects.none(),
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=gettext_lazy(
            "Đã chọn sẵn các đội của ngày gần nhất trong chiến dịch. Mỗi đội đến điểm của lần phân công trước."
        ),
    )

    def __init__(self, data=None, *, campaign_day: CampaignDay, access: Access):
        super().__init__(data)
        teams = Team.objects.visible_to(access, Right.DEPLOY).on(campaign_day.day)
        self.fields["teams"].queryset = teams.annotate(home=home_name()).order_by("sort_key")
        self.fields["teams"].initial = sorted(teams_of_the_day_before(campaign_day))

    def clean(self):
        cleaned = super().clean()
        start, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("Giờ kết thúc phải sau giờ bắt đầu."))
        return cleaned


def deploy_view(model_admin, request, object_id):
    """Allowed to whoever may send teams and sees the day; offers and takes only the teams that he may send."""
    campaign_day = model_admin.get_object(request, object_id)
    if campaign_day is None:
        model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, object_id)
    access = access_of(request)
    if not access.has(Right.DEPLOY):
        raise PermissionDenied
    form = DeployForm(request.POST or None, campaign_day=campaign_day, access=access)
    if request.method == "POST" and form.is_valid():
        try:
            made, known = deploy_teams(campaign_day=campaign_day, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("teams", str(refusal))
        else:
            told = _("Đã phân công %(count)s đội hình.") % {"count": vi_number(len(made))}
            if known:
                told += " " + _("%(count)s đội đã được phân công từ trước.") % {"count": vi_number(len(known))}
            messages.success(request, told)
            day = f"{campaign_day.day:%d/%m/%Y}"
            query = {"campaign_day__day_from": day, "campaign_day__day_to": day, "state": "active"}
            return redirect(reverse("admin:campaigns_deployment_changelist", query=query))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Phân công đội hình: %(day)s") % {"day": campaign_day},
        "opts": model_admin.opts,
        "object": campaign_day,
        "form": form,
    }
    return TemplateResponse(request, "admin/campaigns/deploy.html", context)
