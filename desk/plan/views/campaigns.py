"""The list of campaigns, one campaign with its days, and the form of it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Campaign, CampaignDay, CampaignStatus, Deployment, Target
from campaigns.services import OutsideCampaign, add_days, start_campaign
from core.dated import today
from core.errors import DomainError
from core.keys import is_key
from desk.common import blame, found, may, staff, tell, tried
from desk.imports.past import past_figures_of
from desk.plan.forms import CampaignFilter, CampaignForm, DaysForm
from desk.plan.writing import save_plan
from teams.permissions import Right

CAMPAIGNS_A_PAGE = 30
DAYS_A_PAGE = 40


@require_safe
def campaign_list(request):
    access = staff(request)
    rows = Campaign.objects.visible_to(access).for_list()
    filters = CampaignFilter(request.GET)
    if filters.is_valid():
        if text := filters.cleaned_data["q"].strip():
            rows = rows.search(text)
        if status := filters.cleaned_data["status"]:
            rows = rows.filter(status=status)
    # Of the rows that are shown only: a join would count the days of every campaign for each page.
    days = CampaignDay.objects.filter(campaign=OuterRef("pk")).order_by()
    count = Subquery(days.values("campaign").annotate(count=Count("pk")).values("count"))
    coming = Subquery(days.filter(day__gte=today()).order_by("day").values("day")[:1])
    rows = rows.annotate(day_count=Coalesce(count, 0), next_day=coming)
    page = Paginator(rows.order_by("-starts_on", "code"), CAMPAIGNS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "filters": filters, "may_plan": access.has(Right.DEPLOY)}
    context["may_manage"] = access.has(Right.CAMPAIGN_MANAGE)
    context["is_filtered"] = any(filters.data.get(name) for name in filters.fields)
    return render(request, "plan/campaign_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def campaign_add(request):
    access = staff(request)
    if not access.has(Right.CAMPAIGN_MANAGE):
        raise PermissionDenied
    return _edit(request, access, None)


@require_http_methods(["GET", "HEAD", "POST"])
def campaign_edit(request, pk):
    access = staff(request)
    return _edit(request, access, found(Campaign.objects.all(), access, pk, Right.CAMPAIGN_MANAGE))


def _edit(request, access, campaign):
    form = CampaignForm(request.POST or None, instance=campaign, access=access)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            saved = save_plan(campaign=campaign, by=request.user, **values)
        except OutsideCampaign as refusal:
            form.add_error(refusal.field, str(refusal))
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        except ValidationError as error:
            blame(form, error)
        else:
            messages.success(request, _("Đã lưu “%(campaign)s”.") % {"campaign": saved})
            return redirect("plan:campaign", saved.pk)
    return render(request, "plan/campaign_form.html", {"form": form, "campaign": campaign})


@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request, pk):
    """GET: the campaign. POST: more days for it."""
    access = staff(request)
    write = Right.CAMPAIGN_MANAGE if request.method == "POST" else None
    row = found(Campaign.objects.for_list(), access, pk, write)
    form = DaysForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_days(campaign=row, days=form.days, kind=form.cleaned_data["kind"], by=request.user)
        except DomainError as refusal:
            tell(request, refusal)
        else:
            _tell_days(request, len(made), len(form.days))
            return redirect("plan:campaign", row.pk)
    return render(request, "plan/campaign.html", _campaign_context(request, access, row, form))


@require_POST
def campaign_start(request, pk):
    """From its own page, or from that of one of its days."""
    access = staff(request)
    row = found(Campaign.objects.all(), access, pk, Right.CAMPAIGN_MANAGE)
    if tried(request, lambda: start_campaign(campaign=row, by=request.user)):
        told = _("“%(campaign)s” đang thực hiện. Ca mà các đội đã gửi được tính vào chiến dịch trong ít phút.")
        messages.success(request, told % {"campaign": row})
    day = request.POST.get("day", "")
    if is_key(day) and row.days.filter(pk=day).exists():
        return redirect("plan:day", day)
    return redirect("plan:campaign", row.pk)


def _tell_days(request, made: int, asked: int) -> None:
    if made:
        messages.success(request, _("Đã thêm %(count)s ngày hoạt động.") % {"count": made})
    if asked == 0:
        messages.warning(request, _("Trong khoảng đó không có thứ nào đã chọn. Hãy chọn lại."))
    elif made < asked:
        messages.info(request, _("%(count)s ngày đã có từ trước.") % {"count": asked - made})


def _days(request, access, row: Campaign) -> Page:
    """Some of its days, each with how many teams and points; a join would read the deployments of all."""
    page = Paginator(row.days.order_by("-day"), DAYS_A_PAGE).get_page(request.GET.get("page"))
    sent = Deployment.objects.visible_to(access).active().filter(campaign_day__in=list(page)).order_by()
    numbers = {f"{name}_count": Count(name, distinct=True) for name in ("team", "point")}
    counted = {each["campaign_day"]: each for each in sent.values("campaign_day").annotate(**numbers)}
    for day in page:
        number = counted.get(day.pk, {})
        day.team_count, day.point_count = number.get("team_count", 0), number.get("point_count", 0)
    return page


def _campaign_context(request, access, row: Campaign, form: DaysForm) -> dict:
    return {
        "campaign": row,
        "form": form,
        "page": _days(request, access, row),
        "goals": list(row.goals.all()),
        "services": [offer.service for offer in row.campaign_services.select_related("service")],
        "children": Campaign.objects.visible_to(access).filter(parent=row).order_by("-starts_on"),
        "target_count": Target.objects.visible_to(access).filter(campaign=row).count(),
        "past_figures": past_figures_of(access, row),
        "today": today(),
        "may_report": access.has(Right.REPORT_ISSUE) and row.status != CampaignStatus.DRAFT,
        "may_manage": may(Campaign.objects.all(), access, row.pk, Right.CAMPAIGN_MANAGE),
    }
