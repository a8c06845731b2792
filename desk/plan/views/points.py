"""Support points: the list, the form, and the last day of one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import SupportPoint
from campaigns.services import close_point, save_point
from core.dated import today
from core.errors import DomainError
from core.next_page import NextPaginator
from desk.common import blame, found, staff, tell
from desk.plan.forms import ClosePointForm, PointForm
from teams.permissions import Right

POINTS_A_PAGE = 50


@require_safe
def point_list(request):
    access = staff(request)
    points = SupportPoint.objects.visible_to(access).for_list()
    text, with_closed = request.GET.get("q", "").strip(), request.GET.get("closed") == "1"
    if text:
        points = points.search(text)
    if not with_closed:
        points = points.exclude(valid_to__lt=today())
    page = NextPaginator(points.order_by("sort_key", "-valid_from", "pk"), POINTS_A_PAGE).get_page(
        request.GET.get("page")
    )
    mine = SupportPoint.objects.visible_to(access, Right.DEPLOY) if access.has(Right.DEPLOY) else points.none()
    writable = set(mine.filter(pk__in=[point.pk for point in page]).values_list("pk", flat=True))
    context = {"page": page, "q": text, "with_closed": with_closed, "writable": writable, "today": today()}
    context["may_add"] = access.has(Right.DEPLOY)
    return render(request, "plan/point_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def point_add(request):
    access = staff(request)
    if not access.has(Right.DEPLOY):
        raise PermissionDenied
    return _edit(request, access, None)


@require_http_methods(["GET", "HEAD", "POST"])
def point_edit(request, pk):
    access = staff(request)
    return _edit(request, access, found(SupportPoint.objects.for_list(), access, pk, Right.DEPLOY))


def _edit(request, access, point):
    form = PointForm(request.POST or None, instance=point, access=access)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_point(point=point, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        except ValidationError as error:
            blame(form, error)
        else:
            messages.success(request, _("Đã lưu điểm “%(point)s”.") % {"point": saved})
            return redirect("plan:point_list")
    close_form = ClosePointForm(initial={"last_day": today()}, auto_id="close_%s")
    return render(request, "plan/point_form.html", {"form": form, "point": point, "close_form": close_form})


@require_POST
def point_close(request, pk):
    access = staff(request)
    point = found(SupportPoint.objects.all(), access, pk, Right.DEPLOY)
    form = ClosePointForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Hãy chọn ngày cuối mà điểm còn mở."))
        return redirect("plan:point_edit", pk)
    try:
        close_point(point=point, last_day=form.cleaned_data["last_day"], by=request.user)
    except DomainError as refusal:
        tell(request, refusal)
        return redirect("plan:point_edit", pk)
    day = f"{form.cleaned_data['last_day']:%d/%m/%Y}"
    messages.success(request, _("“%(point)s” mở đến hết ngày %(day)s.") % {"point": point, "day": day})
    return redirect("plan:point_list")
