"""One day: the table of who is sent where, many teams at once, one deployment, and the board to drag on."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.deploying import (
    cancel_deployment,
    change_deployment,
    deploy_teams,
    hours_text,
    last_points,
    teams_of_the_day_before,
)
from campaigns.models import CampaignDay, Deployment
from core.errors import DomainError
from desk.common import found, staff
from desk.plan import day as plan
from desk.plan.forms import DeployForm, DeploymentForm, points_on
from desk.plan.views.many import change_chosen
from teams.permissions import Right

# Columns without a team: more would only push the others out of sight, and the search finds them.
MOST_EMPTY = 40
ROWS_A_PAGE = 50


def day_seen(request, pk, right: Right | None = None):
    """The reader and the day; ``right``: what he must hold somewhere to go on."""
    access = staff(request)
    row = found(CampaignDay.objects.select_related("campaign__owner"), access, pk)
    if right and not access.has(right):
        raise PermissionDenied
    return access, row


@require_http_methods(["GET", "HEAD", "POST"])
def day(request, pk):
    """GET: the table. POST: the same change for the deployments that were ticked."""
    access, row = day_seen(request, pk, Right.DEPLOY if request.method == "POST" else None)
    if request.method == "POST":
        change_chosen(request, access, row)
        return redirect(request.get_full_path())
    seen = plan.day_of(row, access)
    text, only = request.GET.get("q", ""), request.GET.get("clash") == "1"
    context = {
        "campaign_day": row,
        "day": seen,
        "page": Paginator(plan.narrowed(seen.rows, text=text, only_clashes=only), ROWS_A_PAGE).get_page(
            request.GET.get("page")
        ),
        "q": text,
        "only_clashes": only,
        "points": points_on(access, row.day) if seen.may_deploy and seen.rows else [],
        "next_steps": _next_steps(access, row),
    }
    return render(request, "plan/day.html", context)


def _next_steps(access, campaign_day: CampaignDay) -> dict:
    steps = {"board": f"{reverse('dashboard:home')}?day={campaign_day.day.isoformat()}"}
    if access.has(Right.PASS_ISSUE):
        try:
            steps["handout"] = reverse("handout:day", args=[campaign_day.pk])
        except NoReverseMatch:  # pragma: no cover - a portal without the pages that print
            steps["handout"] = reverse("teams:pass_list")
    return steps


@require_http_methods(["GET", "HEAD", "POST"])
def deploy(request, pk):
    """Many teams of a unit, each to where it stood last or all to one point."""
    access, row = day_seen(request, pk, Right.DEPLOY)
    units = plan.units_to_choose(access, row)
    unit = units.filter(pk=request.GET["unit"]).first() if request.GET.get("unit", "").isdigit() else None
    teams = plan.teams_of_unit(access, row, unit)
    form = DeployForm(request.POST or None, access=access, day=row.day, teams=teams)
    if request.method == "POST" and form.is_valid():
        try:
            made, known = deploy_teams(campaign_day=row, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Đã phân công %(count)s đội hình.") % {"count": len(made)})
            if known:
                messages.info(request, _("%(count)s đội đã được phân công từ trước.") % {"count": len(known)})
            return redirect("plan:day", row.pk)
    offers = _offers(request, row, teams)
    context = {"campaign_day": row, "form": form, "units": units, "unit": unit, "offers": offers}
    context["unsent"] = sum(not offer["sent"] for offer in offers)
    return render(request, "plan/deploy.html", context)


def _offers(request, row: CampaignDay, teams) -> list[dict]:
    """The teams to tick: where each stood last, and for what it is sent out already."""
    teams = list(teams)
    sent: dict[int, list[str]] = {}
    for other in row.deployments.active().filter(team__in=teams).select_related("point").order_by("starts_at"):
        place = other.point.name if other.point else _("lưu động")
        sent.setdefault(other.team_id, []).append(f"{place}, {hours_text(other)}")
    last = last_points(teams, row.day)
    if request.method == "POST":
        ticked = {int(value) for value in request.POST.getlist("teams") if value.isdigit()}
    elif request.GET.get("all"):
        ticked = {team.pk for team in teams} - sent.keys()
    else:
        ticked = teams_of_the_day_before(row)
    return [
        {"team": team, "last": last.get(team.pk), "sent": "; ".join(sent.get(team.pk, [])), "ticked": team.pk in ticked}
        for team in teams
    ]


# --- one deployment ---------------------------------------------------------------------------------------------------
def _deployment(request, pk, right: Right | None = Right.DEPLOY):
    access = staff(request)
    rows = Deployment.objects.select_related("team", "point", "campaign_day__campaign")
    return access, found(rows, access, pk, right)


@require_http_methods(["GET", "HEAD", "POST"])
def deployment(request, pk):
    access, row = _deployment(request, pk)
    form = DeploymentForm(request.POST or None, access=access, deployment=row)
    if request.method == "POST" and form.is_valid():
        try:
            change_deployment(deployment=row, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Đã lưu phân công của “%(team)s”.") % {"team": row.team})
            return redirect("plan:day", row.campaign_day_id)
    if row.cancelled_at and request.method != "POST":
        raise Http404
    return render(request, "plan/deployment.html", {"form": form, "deployment": row})


@require_POST
def deployment_cancel(request, pk):
    _access, row = _deployment(request, pk)
    cancel_deployment(deployment=row, by=request.user)
    messages.success(request, _("Đã hủy phân công của “%(team)s”.") % {"team": row.team})
    return redirect("plan:day", row.campaign_day_id)


# --- the board --------------------------------------------------------------------------------------------------------
@require_safe
def board(request, pk):
    access, row = day_seen(request, pk)
    return render(request, "plan/board.html", _board(access, row))


def _board(access, row: CampaignDay) -> dict:
    seen = plan.day_of(row, access)
    points = list(points_on(access, row.day)) if seen.may_deploy else []
    columns = plan.columns_of(seen.rows, points)
    used = [column for column in columns if column.rows or column.point is None]
    empty = [column for column in columns if column.point and not column.rows]
    return {
        "campaign_day": row,
        "day": seen,
        "columns": [*used, *empty[:MOST_EMPTY]],
        "more_points": max(0, len(empty) - MOST_EMPTY),
        "points": points,
    }


@require_POST
def deployment_move(request, pk):
    """A card was dropped on a point. Answers with the board as it is now, whether the move was taken or refused."""
    access, row = _deployment(request, pk)
    point, status, said = None, 200, ""
    try:
        if chosen := request.POST.get("point", ""):
            point = points_on(access, row.campaign_day.day).filter(pk=int(chosen) if chosen.isdigit() else 0).first()
            if point is None:
                raise DomainError(_("Điểm này không còn mở vào ngày đã chọn. Hãy chọn điểm khác."))
        seen = request.POST.get("seen", "")
        change_deployment(deployment=row, seen=int(seen) if seen.isdigit() else -1, by=request.user, point=point)
        said = _("“%(team)s”: đã chuyển đến %(place)s.") % {"team": row.team, "place": point or _("lưu động")}
    except DomainError as refusal:
        status, said = refusal.status, str(refusal)
    if request.headers.get("HX-Request") != "true":
        (messages.success if status == 200 else messages.error)(request, said)
        return redirect("plan:board", row.campaign_day_id)
    campaign_day = CampaignDay.objects.select_related("campaign__owner").get(pk=row.campaign_day_id)
    context = _board(access, campaign_day) | {"said": said, "refused": status != 200}
    return render(request, "plan/_board.html", context, status=status)
