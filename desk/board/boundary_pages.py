"""Loading real boundaries for the map: by whoever looks after the catalogues."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from core.dated import today
from core.errors import DomainError
from desk.board.tiles import places_on
from teams.access import access_of
from teams.boundaries import BadBoundaries, load_boundaries, remove_boundaries
from teams.geojson import CODE_NAMES, MOST_BYTES
from teams.models import AreaBoundary
from teams.permissions import Right


class BoundaryForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Tệp GeoJSON"),
        help_text=gettext_lazy("Mỗi đối tượng là một phường, xã, có thuộc tính “code” là mã của Tổng cục Thống kê."),
        widget=forms.ClearableFileInput(attrs={"accept": ".geojson,.json,application/geo+json"}),
    )
    day = forms.DateField(
        label=gettext_lazy("Theo đơn vị hành chính của ngày"),
        help_text=gettext_lazy("Mã phường, xã được dùng lại sau mỗi lần sắp xếp, nên cần biết là của ngày nào."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        initial=today,
    )
    source = forms.CharField(
        label=gettext_lazy("Nguồn và quyền sử dụng"),
        max_length=200,
        help_text=gettext_lazy("Ví dụ: Sở Nông nghiệp và Môi trường, công văn số …; hiện dưới bản đồ."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def boundaries(request):
    access = access_of(request)
    if not access.has(Right.CATALOGUE_MANAGE):
        raise PermissionDenied
    is_sent = request.method == "POST"
    form, faults = BoundaryForm(request.POST, request.FILES) if is_sent else BoundaryForm(), []
    if is_sent and form.is_valid():
        try:
            return _load(request, form, access)
        except BadBoundaries as error:
            faults = error.faults
            form.add_error("file", str(error))
    day = today()
    loaded = AreaBoundary.objects.filter(area__in=[place.area for place in places_on(day)])
    context = {
        "form": form,
        "faults": faults,
        "loaded": loaded.count(),
        "areas": len(places_on(day)),
        "latest": AreaBoundary.objects.select_related("loaded_by").order_by("-loaded_at").first(),
        "total": AreaBoundary.objects.count(),
        "code_names": ", ".join(CODE_NAMES),
        "most_mb": MOST_BYTES // 2**20,
    }
    return render(request, "dashboard/boundaries.html", context, status=400 if form.errors else 200)


def _load(request, form: BoundaryForm, access):
    said = form.cleaned_data
    count = load_boundaries(data=said["file"].read(), day=said["day"], source=said["source"], access=access)
    nothing = _("Các ranh giới này đã có sẵn, không gì thay đổi.")
    text = ngettext("Đã nạp ranh giới của %(count)s phường, xã.", "Đã nạp ranh giới của %(count)s phường, xã.", count)
    messages.success(request, text % {"count": count} if count else nothing)
    return redirect("dashboard:boundaries")


@require_POST
def boundaries_remove(request):
    try:
        count = remove_boundaries(access=access_of(request))
    except DomainError as error:
        raise PermissionDenied from error
    text = ngettext("Đã gỡ %(count)s ranh giới.", "Đã gỡ %(count)s ranh giới.", count) % {"count": count}
    messages.success(request, text)
    return redirect("dashboard:boundaries")
