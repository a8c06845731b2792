"""Pages of the hand-out: for which day or unit, then what is printed; the rest is a job."""

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.models import CampaignDay
from core.dated import today
from core.errors import DomainError, NotAllowed
from core.jobs.models import Job
from desk.common import with_right
from desk.handout.forms import PassesForm, PostersForm
from desk.handout.ordering import PASSES, POSTERS, Scope, order_passes, order_posters, replaced_by
from teams.access import Access
from teams.models import Team, Unit
from teams.permissions import Right

MOST_DAYS = 30
JOBS_SHOWN = 5


@never_cache
@require_safe
def home(request):
    access = with_right(request, Right.PASS_ISSUE)
    own = Team.objects.visible_to(access, Right.PASS_ISSUE)
    sent = Q(deployments__cancelled_at=None, deployments__team__in=own.values("pk"))
    days = CampaignDay.objects.visible_to(access).filter(day__gte=today()).select_related("campaign")
    days = days.annotate(
        teams=Count("deployments__team", filter=sent, distinct=True),
        points=Count("deployments__point", filter=sent, distinct=True),
    )
    units = Unit.objects.visible_to(access, Right.PASS_ISSUE).current()
    jobs = Job.objects.visible_to(access).filter(kind__in=[PASSES, POSTERS]).select_related("ordered_by")
    context = {
        "days": days.filter(teams__gt=0).order_by("day", "campaign__name")[:MOST_DAYS],
        "units": units.order_by("sort_key"),
        "jobs": jobs[:JOBS_SHOWN],
    }
    return render(request, "desk/handout_home.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def day(request, pk):
    access = with_right(request, Right.PASS_ISSUE)
    days = CampaignDay.objects.visible_to(access).select_related("campaign")
    return _order(request, access, Scope(day=get_object_or_404(days, pk=pk)))


@never_cache
@require_safe
def choose_unit(request):
    """The form of the first page sends its choice here, since an address with a number in it needs JavaScript."""
    access = with_right(request, Right.PASS_ISSUE)
    units = Unit.objects.visible_to(access, Right.PASS_ISSUE).current()
    chosen = request.GET.get("unit", "")
    return redirect("handout:unit", get_object_or_404(units, pk=chosen if chosen.isdecimal() else 0).pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unit(request, pk):
    access = with_right(request, Right.PASS_ISSUE)
    units = Unit.objects.visible_to(access, Right.PASS_ISSUE).current()
    return _order(request, access, Scope(unit=get_object_or_404(units, pk=pk)))


def _order(request, access: Access, scope: Scope):
    """GET: what could be printed. POST: the one of the two forms that was sent becomes a job."""
    wants = request.POST.get("what") if request.method == "POST" else None
    passes = PassesForm(request.POST if wants == "passes" else None, scope=scope, access=access)
    posters = PostersForm(request.POST if wants == "posters" else None, scope=scope, access=access)
    form, order = (passes, _order_passes) if wants == "passes" else (posters, _order_posters)
    if wants and form.is_valid():
        try:
            job = order(request, form.cleaned_data, scope=scope, access=access)
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("jobs:job", job.pk)
    teams = list(passes.fields["rows"].queryset)
    context = {
        "scope": scope,
        "passes": passes,
        "posters": posters,
        "teams": len(teams),
        "points": len(posters.fields["rows"].queryset),
        "replaced": replaced_by(sheet=scope.sheet, teams=[team.pk for team in teams]).count(),
    }
    return render(request, "desk/handout_order.html", context)


def _order_passes(request, data: dict, *, scope: Scope, access: Access) -> Job:
    return order_passes(
        scope=scope,
        teams=list(data["rows"]),
        count=data["count"],
        valid_to=data["valid_to"],
        layout=data["layout"],
        size=data["size"],
        base=request.build_absolute_uri("/"),
        key=data["id"],
        access=access,
    )


def _order_posters(request, data: dict, *, scope: Scope, access: Access) -> Job:
    return order_posters(
        scope=scope,
        points=list(data["rows"]),
        paper=data["paper"],
        base=request.build_absolute_uri("/"),
        key=data["id"],
        access=access,
    )
