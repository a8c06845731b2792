"""Locks of periods, and adjustments."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError
from desk.common import tried, with_right
from desk.review.forms import LockForm, ReasonForm
from desk.review.periods import preview_of
from desk.review.views.common import reviewer
from services_help import review
from services_help.models import Adjustment, PeriodLock
from teams.permissions import Right

A_PAGE = 50


@require_safe
@cache_control(private=True, no_store=True)
def locks(request):
    access = reviewer(request)
    # Names are looked up for the page alone: beside every row they would be sorted along with it.
    rows = PeriodLock.objects.visible_to(access).prefetch_related("unit", "locked_by", "lifted_by")
    page = Paginator(rows.order_by("-ends_on", "-pk"), A_PAGE).get_page(request.GET.get("page"))
    may_lock = access.has(Right.PERIOD_LOCK)
    liftable = PeriodLock.objects.active().visible_to(access, Right.PERIOD_LOCK)
    shown = [lock.pk for lock in page]
    context = {
        "page": page,
        "may_lock": may_lock,
        "liftable": set(liftable.filter(pk__in=shown).values_list("pk", flat=True)) if may_lock else set(),
    }
    return render(request, "review/locks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def lock_new(request):
    """First what it would do; the second press does it, if it still means the days that were shown."""
    access = with_right(request, Right.PERIOD_LOCK)
    form = LockForm(request.POST or None, access=access)
    preview = None
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        preview = preview_of(asked["unit"], asked["starts_on"], asked["ends_on"])
        if request.POST.get("sure") == preview.key:
            try:
                review.lock_period(**asked, access=access, with_unreviewed="with_unreviewed" in request.POST)
            except DomainError as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Đã khóa kỳ. Từ nay số liệu chỉ đổi bằng điều chỉnh có lý do."))
                return redirect("review:locks")
    return render(request, "review/lock_form.html", {"form": form, "preview": preview})


@require_http_methods(["GET", "HEAD", "POST"])
def lock_lift(request, pk):
    access = with_right(request, Right.PERIOD_LOCK)
    lock = get_object_or_404(
        PeriodLock.objects.visible_to(access, Right.PERIOD_LOCK).select_related("unit", "locked_by"), pk=pk
    )
    form = ReasonForm(request.POST or None)
    form.fields["reason"].help_text = _("Ở lại cùng kỳ khóa, ai xem kỳ cũng đọc được.")
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if tried(request, lambda: review.lift_period(lock=lock, reason=reason, access=access)):
            messages.success(request, _("Đã mở khóa kỳ. Các ca trong kỳ lại sửa và duyệt được."))
            return redirect("review:locks")
    context = {"lock": lock, "form": form, "sessions": lock.sessions.count()}
    return render(request, "review/lock_lift.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def adjustments(request):
    access = reviewer(request)
    rows = Adjustment.objects.visible_to(access).select_related("session__team", "lock__unit", "by")
    page = Paginator(rows.prefetch_related("lines").order_by("-at", "-pk"), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "review/adjustments.html", {"page": page})
