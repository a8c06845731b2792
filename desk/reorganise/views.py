"""Lists and the page of one reorganisation; what takes long is ordered as a job."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError
from core.jobs import services as jobs
from core.jobs.models import Job
from core.reasons import refuse_longer
from desk.common import tried
from desk.reorganise import shown
from desk.reorganise.forms import STEP_FORMS, NoteForm, ReasonForm, ReorganisationForm
from desk.reorganise.units import new_units, old_units
from teams.access import Access, access_of
from teams.models import Reorganisation, ReorganisationState, ReorganisationStep, StepKind
from teams.permissions import Right
from teams.reorganising import services, shipped

A_PAGE = 30


def organiser(request) -> Access:
    """Who may change everybody's figures: city-wide only."""
    access = access_of(request)
    if not access.is_city_wide(Right.ORG_REORGANISE):
        raise PermissionDenied
    return access


def found(request, pk) -> tuple[Reorganisation, Access]:
    access = organiser(request)
    return get_object_or_404(Reorganisation.objects.visible_to(access), pk=pk), access


@require_safe
@cache_control(private=True, no_store=True)
def reorganisations(request):
    access = organiser(request)
    rows = Reorganisation.objects.visible_to(access).select_related("author").defer("journal", "preview")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    known = set(Reorganisation.objects.filter(code__isnull=False).values_list("code", flat=True))
    to_prepare = [reform.name for reform in shipped.REFORMS if reform.code not in known]
    return render(request, "desk/reorganise/list.html", {"page": page, "to_prepare": to_prepare})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    access = organiser(request)
    form = ReorganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = services.create(**form.cleaned_data, access=access)
        return redirect("reorganise:detail", made.pk)
    return render(request, "desk/reorganise/form.html", {"form": form, "title": _("Cuộc sắp xếp mới")})


@require_POST
def prepare_reforms(request):
    """The reforms that come with the portal, as drafts."""
    access = organiser(request)
    made = 0
    for reform in shipped.REFORMS:
        made += tried(request, lambda reform=reform: shipped.prepare(reform, access))
    if made:
        messages.success(request, _("Đã soạn sẵn các cuộc sắp xếp năm 2025. Hãy mở từng cuộc để xem và chạy thử."))
    return redirect("reorganise:list")


def why_impossible(reorganisation: Reorganisation) -> str:
    """Of a draft from before its day was looked at: a slip of the hand, on which nothing stands that could change."""
    if not reorganisation.is_draft or reorganisation.executed_at:
        return ""
    try:
        services.require_possible(reorganisation.effective_on)
    except DomainError as refusal:
        return f"{refusal} " + _("Ngày của bản soạn không sửa được: hãy bỏ bản này rồi soạn lại.")
    return ""


def only_discarded(request, reorganisation: Reorganisation) -> HttpResponse | None:
    """Where somebody goes who would work on such a draft."""
    if why := why_impossible(reorganisation):
        messages.error(request, why)
        return redirect("reorganise:detail", reorganisation.pk)
    return None


@require_safe
@cache_control(private=True, no_store=True)
def detail(request, pk):
    reorganisation, access = found(request, pk)
    if why := why_impossible(reorganisation):
        context = {"reorganisation": reorganisation, "impossible": why}
        return render(request, "desk/reorganise/detail.html", context)
    state = reorganisation.state
    context = shown.page_of(reorganisation) | {
        "reorganisation": reorganisation,
        "job": _latest_job(reorganisation, access),
        "key": uuid.uuid4(),
        "kinds": StepKind.choices,
        "note_form": NoteForm() if state == ReorganisationState.DRAFT else None,
        "reason_form": ReasonForm() if state == ReorganisationState.EXECUTED else None,
        "needs_note": state == ReorganisationState.DRAFT and services.has_written(reorganisation, access.user),
    }
    return render(request, "desk/reorganise/detail.html", context)


def _latest_job(reorganisation: Reorganisation, access: Access) -> Job | None:
    """The one at it, or the one that last failed at it."""
    kinds = ["reorganise.preview", "reorganise.execute", "reorganise.undo"]
    rows = Job.objects.visible_to(access).filter(kind__in=kinds, params__reorganisation=reorganisation.pk)
    job = rows.select_related("ordered_by").order_by("-pk").first()
    return job if job and (job.is_open or job.may_be_repeated) else None


# --- steps ------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def step_new(request, pk, kind):
    reorganisation, access = found(request, pk)
    if kind not in STEP_FORMS:
        raise Http404
    if elsewhere := only_discarded(request, reorganisation):
        return elsewhere
    old, new_ones = old_units(reorganisation), new_units(reorganisation)
    form = STEP_FORMS[kind](request.POST or None, old=old, new=new_ones)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_steps(reorganisation=reorganisation, added=[(kind, form.data_of_step())], access=access)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Đã thêm bước. Hãy chạy thử lại khi soạn xong."))
            return redirect("reorganise:detail", reorganisation.pk)
    context = {
        "form": form,
        "title": StepKind(kind).label,
        "reorganisation": reorganisation,
        "old_labels": old.labels,
        "new_labels": new_ones.labels,
    }
    return render(request, "desk/reorganise/form.html", context)


@require_POST
def step_remove(request, pk, step):
    reorganisation, access = found(request, pk)
    row = get_object_or_404(ReorganisationStep, pk=step, reorganisation=reorganisation)
    if tried(request, lambda: services.remove_step(step=row, access=access)):
        messages.success(request, _("Đã bỏ bước."))
    return redirect("reorganise:detail", reorganisation.pk)


# --- from draft to done -----------------------------------------------------------------------------------------------
@require_POST
def order_preview(request, pk):
    return _order(request, pk, "reorganise.preview", _("Chạy thử: %(name)s"), {})


@require_POST
def order_execute(request, pk):
    return _order(request, pk, "reorganise.execute", _("Thực hiện: %(name)s"), {})


@require_POST
def order_undo(request, pk):
    reason = request.POST.get("reason", "").strip()
    if len(reason) < services.LEAST_NOTE:
        reorganisation, _access = found(request, pk)
        told = _("Hãy ghi lý do hoàn tác (ít nhất %(n)d ký tự).") % {"n": services.LEAST_NOTE}
        messages.error(request, told)
        return redirect("reorganise:detail", reorganisation.pk)
    if not tried(request, lambda: refuse_longer(reason)):
        return redirect("reorganise:detail", pk)
    return _order(request, pk, "reorganise.undo", _("Hoàn tác: %(name)s"), {"reason": reason})


def _order(request, pk, kind: str, title: str, params: dict):
    reorganisation, access = found(request, pk)
    if elsewhere := only_discarded(request, reorganisation):
        return elsewhere
    given = {"reorganisation": reorganisation.pk, **params}
    ordered: list[Job] = []

    def order() -> None:
        words = title % {"name": reorganisation.name}
        ordered.append(jobs.order(kind, given, title=words, access=access, key=_key(request)))

    if tried(request, order):
        return redirect("jobs:job", ordered[0].pk)
    return redirect("reorganise:detail", reorganisation.pk)


def _key(request) -> uuid.UUID:
    """Made with the page: pressed twice it is one job."""
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid.uuid4()


@require_POST
def approve(request, pk):
    reorganisation, access = found(request, pk)
    told = {"note": request.POST.get("note", ""), "seen": request.POST.get("seen")}
    if tried(request, lambda: services.approve(reorganisation=reorganisation, access=access, **told)):
        messages.success(request, _("Đã duyệt. Bước tiếp theo là thực hiện."))
    return redirect("reorganise:detail", reorganisation.pk)


@require_POST
def reopen(request, pk):
    reorganisation, access = found(request, pk)
    if tried(request, lambda: services.reopen(reorganisation=reorganisation, access=access)):
        messages.success(request, _("Đã mở lại bản soạn."))
    return redirect("reorganise:detail", reorganisation.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request, pk):
    reorganisation, access = found(request, pk)
    if request.method == "POST":
        if tried(request, lambda: services.discard(reorganisation=reorganisation, access=access)):
            messages.success(request, _("Đã bỏ bản soạn."))
            return redirect("reorganise:list")
        return redirect("reorganise:detail", reorganisation.pk)
    context = {"reorganisation": reorganisation, "back": reverse("reorganise:detail", args=[reorganisation.pk])}
    return render(request, "desk/reorganise/discard.html", context)
