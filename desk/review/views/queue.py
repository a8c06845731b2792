"""The queue, and approving many at once."""

from uuid import UUID

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from core.templatetags.vi import vi_number
from desk.review.forms import QueueForm
from desk.review.queue import MOST_AT_ONCE, MOST_COUNTED, TABS, Place, Queue, rows_of
from desk.review.views.common import reviewer
from services_help.models import LateEntry, Session
from services_help.review import Reviewed, approve
from teams.access import Access
from teams.permissions import Right

# What an address of the queue may say, and what is kept from page to page.
PARAMETERS = ("tab", "unit", "first", "last")


def queue_of(data, access: Access) -> tuple[Queue, QueueForm]:
    form = QueueForm(data, access=access)
    form.is_valid()
    said = {name: form.cleaned_data[name] for name in PARAMETERS if form.cleaned_data.get(name)}
    return Queue(access=access, **said), form


def address_of(data) -> str:
    """The filter as it stands in ``data``, to come back to."""
    kept = QueryDict(mutable=True)
    kept.update({name: data[name] for name in PARAMETERS if data.get(name)})
    return kept.urlencode()


@require_safe
@cache_control(private=True, no_store=True)
def queue(request):
    access = reviewer(request)
    asked, form = queue_of(request.GET, access)
    rows, after = asked.page(Place.read(request.GET.get("after", "")))
    counts = asked.counts()
    late = LateEntry.objects.open().visible_to(access, Right.REVIEW).order_by()[: MOST_COUNTED + 1].count()
    context = {
        "form": form,
        "queue": asked,
        "tabs": [_tab(request, name, counts.get(name)) for name in TABS],
        "rows": rows,
        "now": timezone.now(),
        "next": f"{address_of(request.GET)}&after={after}" if after else "",
        "is_later_page": "after" in request.GET,
        "is_filtered": bool(asked.unit or asked.first or asked.last),
        "address": address_of(request.GET),
        "can_approve": asked.tab not in ("returned", "approved"),
        "late": late,
        "late_text": _told(late),
    }
    return render(request, "review/queue.html", context)


def _tab(request, name: str, count: int | None) -> dict:
    kept = QueryDict(address_of(request.GET), mutable=True)
    kept["tab"] = name
    text = "" if count is None else _told(count)
    return {"name": name, "label": TABS[name], "count": text, "url": f"{reverse('review:queue')}?{kept.urlencode()}"}


def _told(count: int) -> str:
    """Of what is not counted to its end."""
    if count > MOST_COUNTED:
        return _("hơn %(count)s") % {"count": vi_number(MOST_COUNTED)}
    return vi_number(count)


@require_POST
def approve_chosen(request):
    """Those without a flag at once; those with one only where each was named on the page that shows why."""
    access = reviewer(request)
    chosen, named = _ids(request, "session"), set(_ids(request, "named"))
    sessions = Session.objects.visible_to(access, Right.REVIEW).filter(pk__in=chosen)
    rows = rows_of(list(sessions.select_related("team", "point", "campaign").order_by("day", "team_id", "pk")))
    ready = [row.session.pk for row in rows if not row.flags or row.session.pk in named]
    asked = [row for row in rows if row.flags and row.session.pk not in named]
    if not chosen:
        messages.warning(request, _("Chưa chọn ca nào. Hãy đánh dấu các ca cần duyệt."))
    _tell(request, approve(sessions=ready, access=access))
    if asked and "named_page" not in request.POST:
        return render(request, "review/approve_flagged.html", {"rows": asked, "address": address_of(request.POST)})
    return redirect(f"{reverse('review:queue')}?{address_of(request.POST)}")


@require_POST
def approve_plain(request):
    """Every waiting session of the filter in which nothing was found: asked first, done at the second press."""
    access = reviewer(request)
    asked, _form = queue_of(request.POST, access)
    ids = asked.without_flags()
    address = address_of(request.POST)
    if "sure" not in request.POST:
        context = {"count": len(ids), "queue": asked, "address": address, "most": MOST_AT_ONCE, "data": request.POST}
        return render(request, "review/approve_plain.html", context)
    _tell(request, approve(sessions=ids, access=access))
    return redirect(f"{reverse('review:queue')}?{address}")


def _ids(request, name: str) -> list[UUID]:
    found = []
    for text in request.POST.getlist(name):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found[:MOST_AT_ONCE]


def _tell(request, reviewed: list[Reviewed]) -> None:
    approved = sum(each.is_approved for each in reviewed)
    if approved:
        text = ngettext("Đã duyệt %(count)s ca.", "Đã duyệt %(count)s ca.", approved)
        messages.success(request, text % {"count": vi_number(approved)})
    # One line a reason, not one a session.
    reasons: dict[str, int] = {}
    for each in reviewed:
        if each.refusal:
            reasons[str(each.refusal)] = reasons.get(str(each.refusal), 0) + 1
    for reason, count in reasons.items():
        text = ngettext("%(count)s ca chưa duyệt được: %(reason)s", "%(count)s ca chưa duyệt được: %(reason)s", count)
        messages.warning(request, text % {"count": vi_number(count), "reason": reason})
