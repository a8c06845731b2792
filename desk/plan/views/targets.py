"""Targets of a campaign: the table, and three ways to propose new ones, old shown beside new before they are stored."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.imports.targets import measure_labels
from campaigns.models import Campaign
from campaigns.targets import Proposal, by_formula, copied, day_of, of_one, set_targets
from core.dated import overlapping, valid_on
from core.errors import DomainError
from desk.common import found, may, staff
from desk.plan.forms import CopyTargetsForm, FormulaForm, OneTargetForm
from desk.plan.target_table import target_table
from teams.access import Access
from teams.models import Unit
from teams.permissions import Right

WAYS = {
    "one": (OneTargetForm, gettext_lazy("Đặt một chỉ tiêu")),
    "copy": (CopyTargetsForm, gettext_lazy("Chép từ chiến dịch khác")),
    "formula": (FormulaForm, gettext_lazy("Tính theo công thức")),
}


def labels_here() -> dict[str, str]:
    """Code to name of what a target may be set for, in the reader's language."""
    return {code: str(measure.label) for code, measure in import_string(settings.TARGET_MEASURES)().items()}


@require_safe
def targets(request, pk):
    access = staff(request)
    row = found(Campaign.objects.for_list(), access, pk)
    labels = labels_here()
    table = target_table(row, access, labels)
    context = {
        "campaign": row,
        "table": table,
        "heads": [labels.get(code, code) for code in table.measures],
        "may_manage": may(Campaign.objects.all(), access, pk, Right.CAMPAIGN_MANAGE),
    }
    return render(request, "plan/targets.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def targets_set(request, pk, way):
    """GET: the form. POST: what it would change; POST with the digest of that: stored, if it is still the same."""
    if way not in WAYS:
        raise Http404
    access = staff(request)
    row = found(Campaign.objects.for_list(), access, pk, Right.CAMPAIGN_MANAGE)
    units = _units(access, row)
    form = _form(way, request.POST or None, access, row, units)
    context = {"campaign": row, "form": form, "title": WAYS[way][1], "way": way}
    if request.method == "POST" and form.is_valid():
        try:
            proposal = _proposed(way, form.cleaned_data, row, units)
            if form.cleaned_data["digest"] == proposal.digest and proposal.writes:
                return _store(request, row, proposal)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            labels = labels_here()
            changes = [(each, labels.get(each.measure, each.measure)) for each in proposal.changes]
            has_changed = bool(form.cleaned_data["digest"])
            context |= {"proposal": proposal, "changes": changes, "has_changed": has_changed}
    return render(request, "plan/targets_set.html", context)


def _units(access: Access, campaign: Campaign):
    """Units that may be given a target: the reader's, standing at some time of the campaign."""
    units = Unit.objects.visible_to(access, Right.CAMPAIGN_MANAGE)
    return units.filter(overlapping(campaign.starts_on, campaign.ends_on)).order_by("sort_key", "valid_from")


def _form(way: str, data, access: Access, campaign: Campaign, units):
    known = {"units": units, "labels": labels_here()}
    if way == "copy":
        sources = Campaign.objects.visible_to(access).exclude(pk=campaign.pk).filter(targets__isnull=False)
        known["sources"] = sources.distinct()
    return WAYS[way][0](data, **known)


def _proposed(way: str, values: dict, campaign: Campaign, units) -> Proposal:
    if way == "one":
        return of_one(campaign, unit=values["unit"], measure=values["measure"], value=values["value"])
    if way == "copy":
        return copied(campaign, source=values["source"], units=units, factor=values["factor"], step=values["step"])
    parent, day = values["unit"], day_of(campaign)
    chosen = units.filter(valid_on(day, "placements__"), placements__parent=parent)
    chosen = [parent, *chosen] if values["with_parent"] else list(chosen)
    names = ("measure", "basis", "rate", "step")
    return by_formula(campaign, units=chosen, **{name: values[name] for name in names})


def _store(request, campaign: Campaign, proposal: Proposal):
    stored = set_targets(campaign=campaign, changes=proposal.writes, labels=measure_labels(), by=request.user)
    messages.success(request, _("Đã lưu %(count)s chỉ tiêu.") % {"count": stored})
    return redirect("plan:targets", campaign.pk)
