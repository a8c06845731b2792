"""One day: the table of who is sent where, and one deployment."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.clashes import KINDS
from campaigns.clashing import with_clash
from campaigns.deploying import cancel_deployment, change_deployment
from campaigns.models import CampaignDay, Deployment, SupportPoint
from core.errors import DomainError
from core.keys import is_key
from desk.common import found, staff
from desk.plan import day as plan
from desk.plan.forms import DeploymentForm
from desk.plan.places import ChangeForm
from desk.plan.views.many import change_chosen
from teams.access import Access
from teams.permissions import Right

ROWS_A_PAGE = 50
# In an address, where a point would stand.
MOBILE_ONES = "0"


def day_seen(request, pk, right: Right | None = None):
    """The reader and the day; ``right``: what he must hold somewhere to go on."""
    access = staff(request)
    row = found(CampaignDay.objects.select_related("campaign__owner"), access, pk)
    if right and not access.has(right):
        raise PermissionDenied
    return access, row


@require_http_methods(["GET", "HEAD", "POST"])
def day(request, pk):
    """GET: a page of the table. POST: the same change for the deployments that were ticked.

    Where that is refused, the page comes back as it was sent: what was ticked and typed is there.
    """
    access, row = day_seen(request, pk, Right.DEPLOY if request.method == "POST" else None)
    change = None
    if request.method == "POST":
        change = change_chosen(request, access, row)
        if change is None:
            return redirect(request.get_full_path())
    ticked = change.ticked if change else {}
    seen = plan.day_of(row, access)
    wanted = _wanted(request, access)
    page = _page(request, plan.sent_on(row, access), row, wanted, seen)
    rows = plan.rows_of(row, _with_ticked(page, plan.sent_on(row, access), ticked), access)
    context = {"campaign_day": row, "day": seen, "page": page, "rows": rows, **wanted}
    context |= {"has_clashes": any(each.clashes for each in rows), "next_steps": _next_steps(access, row)}
    if not seen.is_long or wanted["kinds"] or request.GET.get("count"):
        context["misfits"] = plan.misfits_of(row, access)
    if seen.may_deploy and (rows or change):
        context["change"] = change or ChangeForm(access=access, campaign_day=row)
    # Of these the row is not the one that was ticked; sent again, it is.
    overtaken = {each.deployment.pk for each in rows if each.deployment.version != ticked.get(each.deployment.pk)}
    context |= {"ticked": ticked, "overtaken": overtaken & ticked.keys()}
    return render(request, "plan/day.html", context)


def _with_ticked(page, deployments, ticked: dict[int, int]) -> list[Deployment]:
    """The page; after it what was ticked there, when somebody has changed the day and it has gone to another one."""
    shown = list(page)
    gone = ticked.keys() - {each.pk for each in shown}
    return [*shown, *plan.in_order(deployments.filter(pk__in=gone))] if gone else shown


@require_safe
def misfits(request, pk):
    """How much does not fit: a part of the page of a day that is too long to wait for it."""
    access, row = day_seen(request, pk)
    return render(request, "plan/_misfits.html", {"campaign_day": row, "misfits": plan.misfits_of(row, access)})


def _wanted(request, access: Access) -> dict:
    """What the table is narrowed to: a text, what does not fit, one point (0: the mobile ones)."""
    kind, point = request.GET.get("clash", ""), request.GET.get("point", "")
    kinds = [kind] if kind in KINDS else list(KINDS) if kind == "1" else []
    is_mobile = point == MOBILE_ONES
    points = SupportPoint.objects.visible_to(access)
    at = points.filter(pk=point).first() if is_key(point) and not is_mobile else None
    return {"q": request.GET.get("q", "").strip(), "kinds": kinds, "clash": kind, "at": at, "is_mobile": is_mobile}


def _page(request, deployments, row: CampaignDay, wanted: dict, seen: plan.Day):
    rows = plan.searched(deployments, wanted["q"], row)
    if wanted["kinds"]:
        rows = rows.filter(with_clash(row.day, wanted["kinds"]))
    if wanted["at"] or wanted["is_mobile"]:
        rows = rows.filter(point=wanted["at"])
    paginator = Paginator(plan.in_order(rows), ROWS_A_PAGE)
    if not (wanted["q"] or wanted["kinds"] or wanted["at"] or wanted["is_mobile"]):
        paginator.count = seen.count  # known already
    return paginator.get_page(request.GET.get("page"))


def _next_steps(access, campaign_day: CampaignDay) -> dict:
    steps = {"board": f"{reverse('dashboard:home')}?day={campaign_day.day.isoformat()}"}
    if access.has(Right.PASS_ISSUE):
        try:
            steps["handout"] = reverse("handout:day", args=[campaign_day.pk])
        except NoReverseMatch:  # pragma: no cover - a portal without the pages that print
            steps["handout"] = reverse("teams:pass_list")
    return steps


# --- one deployment ---------------------------------------------------------------------------------------------------
def one_deployment(request, pk, right: Right | None = Right.DEPLOY):
    access = staff(request)
    rows = Deployment.objects.select_related("team", "point", "campaign_day__campaign")
    return access, found(rows, access, pk, right)


@require_http_methods(["GET", "HEAD", "POST"])
def deployment(request, pk):
    access, row = one_deployment(request, pk)
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
    _access, row = one_deployment(request, pk)
    cancel_deployment(deployment=row, by=request.user)
    messages.success(request, _("Đã hủy phân công của “%(team)s”.") % {"team": row.team})
    return redirect("plan:day", row.campaign_day_id)
