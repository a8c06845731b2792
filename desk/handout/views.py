"""Pages of the hand-out: for which day or unit, then what is printed; the rest is a job."""

from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.models import CampaignDay, Deployment
from core.choosing import suggestions
from core.dated import today
from core.errors import DomainError, NotAllowed
from core.jobs.models import Job
from core.keys import is_key
from desk.common import with_right
from desk.handout.forms import PassesForm, PostersForm, units_of
from desk.handout.ordering import PASSES, POSTERS, Scope, order_passes, order_posters, replaced_by
from teams.access import Access
from teams.permissions import Right

MOST_DAYS = 30
JOBS_SHOWN = 5


@never_cache
@require_safe
def home(request):
    access = with_right(request, Right.PASS_ISSUE)
    jobs = Job.objects.visible_to(access).filter(kind__in=[PASSES, POSTERS]).select_related("ordered_by")
    context = {"days": _days(access), "units": units_of(access), "jobs": jobs[:JOBS_SHOWN]}
    return render(request, "desk/handout_home.html", context)


def _days(access: Access):
    """Those to come on which teams of the reader are sent out; counted of these only, a join would count every day."""
    own = Deployment.objects.visible_to(access, Right.PASS_ISSUE).active().order_by()
    by_day = own.filter(campaign_day=OuterRef("pk")).values("campaign_day")
    coming = own.filter(campaign_day__day__gte=today()).values("campaign_day")
    days = CampaignDay.objects.visible_to(access).filter(pk__in=coming).select_related("campaign")
    days = days.annotate(
        teams=Subquery(by_day.annotate(number=Count("team", distinct=True)).values("number")),
        points=Subquery(by_day.annotate(number=Count("point", distinct=True)).values("number")),
    )
    return days.order_by("day", "campaign__name")[:MOST_DAYS]


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
    units = units_of(access)
    chosen = request.GET.get("unit", "")
    return redirect("handout:unit", get_object_or_404(units, pk=chosen if is_key(chosen) else 0).pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unit(request, pk):
    access = with_right(request, Right.PASS_ISSUE)
    return _order(request, access, Scope(unit=get_object_or_404(units_of(access), pk=pk)))


@never_cache
@require_safe
def units(request):
    """What may be meant by the name of a unit that is being typed into one of the forms."""
    access = with_right(request, Right.PASS_ISSUE)
    name = next((each for each in request.GET if each in ("passes-unit", "posters-unit")), "unit")
    return suggestions(request, units_of(access), name)


def _order(request, access: Access, scope: Scope):
    """GET: what could be printed. POST: the one of the two forms that was sent becomes a job, or finds rows to tick."""
    wants = request.POST.get("what") if request.method == "POST" else None
    finds = "look" in request.POST
    orders = {"passes": (PassesForm, _order_passes), "posters": (PostersForm, _order_posters)}
    shown = {}
    for name in sorted(orders, key=lambda name: name != (wants or request.GET.get("what"))):
        # What is long has the page for itself.
        if any(form.is_long for form in shown.values()):
            break
        sent = request.POST if wants == name else None
        kind = orders[name][0]
        shown[name] = kind(None if finds else sent, kept=sent if finds else None, scope=scope, access=access)
    form = shown.get(wants)
    if form and form.is_valid():
        try:
            job = orders[wants][1](request, form.cleaned_data, scope=scope, access=access)
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("jobs:job", job.pk)
    return render(request, "desk/handout_order.html", _order_context(shown, scope))


def _order_context(shown: dict, scope: Scope) -> dict:
    context = {"scope": scope, "passes": shown.get("passes"), "posters": shown.get("posters")}
    if passes := context["passes"]:
        teams = passes.fields["rows"].queryset.order_by().values("pk")
        context["replaced"] = replaced_by(sheet=scope.sheet, teams=teams).count()
    return context


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
