"""What came too late: taken into the figures, or left outside, by session. What was left out can be taken in later."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from core.keys import is_key
from core.reasons import LONGEST
from core.templatetags.vi import vi_number
from desk.common import tried, with_right
from desk.review.late import A_PAGE, LISTS, late_of, page_of
from desk.review.views.common import reviewer
from services_help import review
from services_help.models import ItemKind, LateEntry
from teams.access import Access
from teams.permissions import Right


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def late(request):
    """A refused decision shows the same page with what was ticked and typed, so that nothing has to be said twice."""
    access = reviewer(request)
    if request.method != "POST":
        return _page(request, access)
    entries, answer = _chosen(request, with_right(request, Right.ADJUST))
    if not entries:
        messages.warning(request, _("Chưa chọn mục nào, hoặc các mục đã được quyết định."))
        return redirect(request.get_full_path())
    reason, told = request.POST.get("reason", ""), []
    if tried(request, lambda: told.append(answer(entries=entries, reason=reason, access=access))):
        messages.success(request, told[0])
        return redirect(request.get_full_path())
    return _page(request, access, picked={entry.pk for entry in entries}, said=reason, of=entries[0].session)


def _page(request, access: Access, **typed):
    asked = request.GET.get("list")
    listed = asked if asked in LISTS else "open"
    page, sessions = page_of(access, listed, request.GET.get("page"))
    request.names_people = any(entry.kind == ItemKind.ATTENDANCE for entry in page)
    context = {
        "listed": listed,
        "lists": [_list(access, name) for name in LISTS],
        "page": page,
        "sessions": sessions,
        "may_adjust": access.has(Right.ADJUST),
        "longest": LONGEST,
        **typed,
    }
    return render(request, "review/late.html", context)


def _list(access: Access, name: str) -> dict:
    count = late_of(access, name).count()
    return {"name": name, "label": LISTS[name], "count": count, "url": f"{reverse('review:late')}?list={name}"}


def _chosen(request, access: Access):
    """What was ticked, or all that the page offered of the session, as far as it can still be answered so; and the
    answer. Both want a reason: what is let in after the lock, and what is left out, is asked about later."""
    name = "offered" if "whole" in request.POST else "entry"
    ids = [text for text in request.POST.getlist(name) if is_key(text)]
    # A page, and the session that its entries need.
    rows = LateEntry.objects.visible_to(access, Right.ADJUST).filter(pk__in=ids[: A_PAGE + 1])
    if request.POST.get("decision") == "accept":
        return list(rows.outside()), _accept
    return list(rows.open()), _decline


def _accept(**said) -> str:
    count = sum(adjustment.lines.count() for adjustment in review.accept_late(**said))
    text = ngettext("Đã nhận %(count)s mục vào số liệu.", "Đã nhận %(count)s mục vào số liệu.", count)
    return text % {"count": vi_number(count)}


def _decline(**said) -> str:
    count = len(review.decline_late(**said))
    text = ngettext("Đã để %(count)s mục ngoài số liệu.", "Đã để %(count)s mục ngoài số liệu.", count)
    return text % {"count": vi_number(count)}
