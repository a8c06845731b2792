"""The queue, and approving many at once."""

from uuid import UUID

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.templatetags.vi import vi_number
from desk.review.forms import QueueForm
from desk.review.queue import MOST_AT_ONCE, MOST_COUNTED, NOT_TO_APPROVE, ORDER, TABS, Place, Queue, rows_of
from desk.review.seen import as_shown, written
from desk.review.views.common import reviewer
from services_help.models import LateEntry, Session
from services_help.review import Reviewed, approve, seen_of_many
from teams.access import Access
from teams.permissions import Right

# What an address of the queue may say, and what is kept from page to page.
PARAMETERS = ("tab", "unit", "first", "last")
# Of those that were left out; a longer message is read by nobody.
MOST_NAMED = 10


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
        "can_approve": asked.tab not in NOT_TO_APPROVE,
        "is_theirs": asked.tab in ("returned", "unanswered"),
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
    """Those without a flag at once; those with one only where each was named on the page that shows why.

    Each as it was when it was shown: of what has come since nobody has seen anything, nor is asked about its flags.
    Where the rules have still to look there may be flags that nobody has seen: it stays in the queue until they have.
    What is named has been looked at; that the approval of another of the team is being counted takes nothing from that.
    """
    access = reviewer(request)
    asked, _form = queue_of(request.POST, access)
    seen, named = _seen(request), set(_ids(request.POST.getlist("named")))
    sessions = Session.objects.visible_to(access, Right.REVIEW).filter(pk__in=seen)
    rows = rows_of(list(sessions.select_related("team", "point", "campaign").order_by("day", "team_id", "pk")))
    as_seen = [row for row in rows if row.seen == seen[row.session.pk]]
    unnamed = [row for row in as_seen if row.session.pk not in named]
    left = [row.session.pk for row in unnamed if row.is_unexamined]
    flagged = [row for row in unnamed if row.flags and not row.is_unexamined]
    if not seen:
        messages.warning(request, _("Chưa chọn ca nào. Hãy đánh dấu các ca cần duyệt."))
    waiting = {row.session.pk for row in flagged} | set(left)
    ready = [row.session.pk for row in rows if row.session.pk not in waiting]
    _tell(request, approve(sessions=ready, access=access, seen=seen) + _unexamined(left), access)
    if flagged and "named_page" not in request.POST:
        context = {"rows": flagged, "queue": asked, "address": address_of(request.POST)}
        return render(request, "review/approve_flagged.html", context)
    return redirect(f"{reverse('review:queue')}?{address_of(request.POST)}")


@require_POST
def approve_plain(request):
    """Every waiting session of the filter in which nothing was found: asked first, done at the second press.

    Done of those that were counted, as they were then: the form carries what there was of each. In what the rules have
    still to look at nothing can have been found: it is told by number and left out.
    """
    access = reviewer(request)
    asked, _form = queue_of(request.POST, access)
    plain = asked.without_flags()
    there = seen_of_many(plain.sessions)
    address = address_of(request.POST)
    if "sure" not in request.POST:
        ready = {pk: text for pk, text in there.items() if pk not in plain.unexamined}
        context = {"count": len(ready), "queue": asked, "address": address, "most": MOST_AT_ONCE}
        context |= {"shown": written(ready), "left": len(plain.unexamined)}
        return render(request, "review/approve_plain.html", context)
    seen = as_shown(request.POST.get("shown", ""), there)
    if not seen:
        messages.warning(request, _("Danh sách đã đổi từ lúc bạn mở. Hãy xem lại rồi duyệt."))
    # What has changed is refused for that.
    left = [pk for pk, text in seen.items() if text and pk in plain.unexamined]
    ready = [pk for pk in seen if pk not in left]
    _tell(request, approve(sessions=ready, access=access, seen=seen) + _unexamined(left), access)
    return redirect(f"{reverse('review:queue')}?{address}")


def _unexamined(sessions: list[UUID]) -> list[Reviewed]:
    refusal = DomainError(_("Chưa rà soát xong dấu hiệu. Hãy thử lại sau ít phút."), code="unexamined")
    return [Reviewed(pk, refusal) for pk in sessions]


def _seen(request) -> dict[UUID, str]:
    """What was ticked, as “session:what there was of it”."""
    pairs = [text.partition(":")[::2] for text in request.POST.getlist("session")[:MOST_AT_ONCE]]
    return {pk: seen for text, seen in pairs for pk in _ids([text])}


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts[:MOST_AT_ONCE]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _tell(request, reviewed: list[Reviewed], access: Access) -> None:
    approved = sum(each.is_approved for each in reviewed)
    if approved:
        text = ngettext("Đã duyệt %(count)s ca.", "Đã duyệt %(count)s ca.", approved)
        messages.success(request, text % {"count": vi_number(approved)})
    # One line a reason, not one a session.
    reasons: dict[str, list[UUID]] = {}
    for each in reviewed:
        if each.refusal:
            reasons.setdefault(str(each.refusal), []).append(each.session)
    for reason, left in reasons.items():
        text = ngettext(
            "%(count)s ca chưa duyệt được: %(reason)s", "%(count)s ca chưa duyệt được: %(reason)s", len(left)
        )
        told = text % {"count": vi_number(len(left)), "reason": reason}
        messages.warning(request, format_html("{} {}", told, _links(request, left, access)))


def _links(request, left: list[UUID], access: Access) -> SafeString:
    """To the first of them, by name: where somebody goes on."""
    rows = Session.objects.visible_to(access, Right.REVIEW).filter(pk__in=left).select_related("team").order_by(*ORDER)
    address, told = address_of(request.POST), []
    for row in rows[:MOST_NAMED]:
        start = date_format(timezone.localtime(row.started_at), "H:i d/m/Y")
        told.append((reverse("review:session", args=[row.pk]), address, row.team, start))
    links = format_html_join("; ", '<a href="{}?{}">{}, {}</a>', told)
    more = len(left) - MOST_NAMED
    if more <= 0:
        return links
    return format_html("{} {}", links, _("và %(count)s ca khác.") % {"count": vi_number(more)})
