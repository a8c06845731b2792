"""Nhật ký: who changed, saw and took out what."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.choosing import suggestions
from core.ids import uuid7
from core.models import AuditEvent
from desk.common import tried, with_right
from desk.office.models import ExportAlarm
from desk.office.tabs import tabs
from desk.office.trail import alarm, taking_out
from desk.office.trail.filters import FilterWords
from desk.office.trail.forms import TrailForm
from desk.office.trail.search import Place, trail_of
from teams.access import Access
from teams.audit_details import Names, detail_lines, names_in
from teams.audit_words import kind_of, sentence_of, words_of
from teams.models import Unit
from teams.permissions import Right

# What an address of the trail may say, and what is kept from page to page.
PARAMETERS = ("q", "person", "verb", "kind", "row", "row_of", "unit", "first", "last")
BADGES = {"success": "ok", "danger": "bad", "warning": "warn"}
MOST_ALARMS = 5


def _reader(request) -> Access:
    return with_right(request, Right.AUDIT_VIEW)


def _address(data) -> str:
    kept = QueryDict(mutable=True)
    kept.update({name: data[name] for name in PARAMETERS if data.get(name)})
    return kept.urlencode()


@never_cache
@require_safe
def trail(request):
    access = _reader(request)
    form = TrailForm(request.GET, access=access)
    search = form.search
    events, following = search.page(trail_of(access), Place.read(request.GET.get("after", "")))
    address = _address(request.GET)
    names, filters = names_in(events), FilterWords(events)
    context = {
        "tabs": tabs(access, "trail"),
        "form": form,
        "search": search,
        "rows": [_shown(event, names, filters) for event in events],
        "next": f"{address}&after={following}" if following else "",
        "is_later_page": "after" in request.GET,
        "address": address,
        "alarms": list(alarm.open_alarms()[:MOST_ALARMS]) if access.is_city_wide(Right.AUDIT_VIEW) else [],
        "may_export": access.has(Right.EXPORT),
        "key": uuid7(),
    }
    return render(request, "office/trail.html", context)


def _shown(event: AuditEvent, names: Names, filters: FilterWords) -> dict:
    words = words_of(event.action)
    return {
        "event": event,
        "label": words.label,
        "badge": BADGES.get(words.colour, ""),
        "sentence": sentence_of(event),
        "kind": kind_of(event.target_type),
        "details": [*detail_lines(event, names), *filters.of(event)],
    }


@never_cache
@require_safe
def event(request, pk):
    access = _reader(request)
    found = get_object_or_404(trail_of(access).select_related("actor"), pk=pk)
    same = trail_of(access).filter(target_type=found.target_type, target_id=found.target_id).exclude(target_id="")
    near = list(same.order_by("-at", "-pk")[:10])
    names, filters = names_in([found, *near]), FilterWords([found, *near])
    context = {
        "tabs": tabs(access, "trail"),
        "shown": _shown(found, names, filters),
        "same": [_shown(each, names, filters) for each in near if each.pk != found.pk],
    }
    return render(request, "office/event.html", context)


@never_cache
@require_safe
def units(request):
    access = _reader(request)
    return suggestions(request, Unit.objects.visible_to(access, Right.AUDIT_VIEW).current(), "unit")


@require_POST
def take_out(request):
    """The rows of the filter as it stands on the page, by a worker."""
    access = _reader(request)
    if not access.has(Right.EXPORT):
        raise PermissionDenied
    form = TrailForm(request.POST, access=access)
    wanted = request.POST.get("form")
    if not form.is_valid() or wanted not in taking_out.TYPES:
        messages.warning(request, _("Bộ lọc chưa đúng nên chưa xuất. Hãy sửa các ô được báo rồi xuất lại."))
        return redirect(f"{request.path.removesuffix('export/')}?{_address(request.POST)}")
    jobs: list = []
    key = _uuid(request.POST.get("key", ""))
    done = tried(
        request, lambda: jobs.append(taking_out.order(search=form.search, form=wanted, access=access, key=key))
    )
    return redirect("jobs:job", jobs[0].pk) if done else redirect("office:trail")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@require_POST
def settle(request, pk):
    access = _reader(request)
    if not access.is_city_wide(Right.AUDIT_VIEW):
        raise PermissionDenied
    found = get_object_or_404(ExportAlarm, pk=pk)
    if tried(request, lambda: alarm.settle(alarm=found, note=request.POST.get("note", ""), access=access)):
        messages.success(request, _("Đã ghi kết quả kiểm tra."))
    return redirect("office:trail")
