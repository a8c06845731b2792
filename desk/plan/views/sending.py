"""Many teams are sent out at once, each to where it stood last or all to one point."""

from django.contrib import messages
from django.core.paginator import Page
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.deploying import deploy_teams, hours_text, last_points, sent_the_day_before
from campaigns.models import CampaignDay
from core.errors import DomainError
from core.keys import is_key
from core.next_page import NextPaginator
from desk.plan import day as plan
from desk.plan.forms import DeployForm
from desk.plan.views.days import day_seen
from teams.permissions import Right

TEAMS_A_PAGE = 60


@require_http_methods(["GET", "HEAD", "POST"])
def deploy(request, pk):
    access, row = day_seen(request, pk, Right.DEPLOY)
    units = plan.units_to_choose(access, row)
    unit = units.filter(pk=request.GET["unit"]).first() if is_key(request.GET.get("unit", "")) else None
    teams, text = plan.teams_of_unit(access, row, unit), request.GET.get("q", "").strip()
    if text:
        teams = teams.search(text)
    page = NextPaginator(teams, TEAMS_A_PAGE).get_page(request.GET.get("page"))
    before = sent_the_day_before(row)
    groups = _groups(row, teams, before) if page.has_other_pages() else {}
    form = DeployForm(request.POST or None, access=access, campaign_day=row, teams=teams, groups=groups)
    if request.method == "POST" and form.is_valid():
        try:
            made, known = deploy_teams(campaign_day=row, by=request.user, **form.wanted)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Đã phân công %(count)s đội hình.") % {"count": len(made)})
            if known:
                messages.info(request, _("%(count)s đội đã được phân công từ trước.") % {"count": len(known)})
            return redirect("plan:day", row.pk)
    offers = _offers(request, row, page, before)
    context = {"campaign_day": row, "form": form, "units": units, "unit": unit, "offers": offers, "page": page}
    context |= {"q": text, "unsent": sum(not offer["sent"] for offer in offers)}
    return render(request, "plan/deploy.html", context)


def _groups(row: CampaignDay, teams, before) -> dict:
    """What may be sent without ticking each, of a list of several pages: by name, the teams and how many they are."""
    sent = row.deployments.active().order_by().values("team")
    groups = {"again": teams.filter(pk__in=before), "unsent": teams.exclude(pk__in=sent)}
    return {name: (group, group.count()) for name, group in groups.items()}


def _offers(request, row: CampaignDay, page: Page, before) -> list[dict]:
    """The teams to tick: where each stood last, and for what it is sent out already."""
    teams = list(page)
    sent: dict[int, list[str]] = {}
    for other in row.deployments.active().filter(team__in=teams).select_related("point").order_by("starts_at"):
        place = other.point.name if other.point else _("lưu động")
        sent.setdefault(other.team_id, []).append(f"{place}, {hours_text(other)}")
    last = last_points(teams, row.day)
    if request.method == "POST":
        ticked = {int(value) for value in request.POST.getlist("teams") if is_key(value)}
    elif request.GET.get("all"):
        ticked = {team.pk for team in teams} - sent.keys()
    else:
        ticked = set(before.filter(team__in=teams).values_list("team", flat=True))
    return [
        {"team": team, "last": last.get(team.pk), "sent": "; ".join(sent.get(team.pk, [])), "ticked": team.pk in ticked}
        for team in teams
    ]
