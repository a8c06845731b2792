"""“Số này từ đâu?” as pages of the staff's board."""

from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from core.paging import EstimatingPaginator
from core.templatetags.vi import vi_number
from reports.explain import cells, counting, lists, words
from reports.explain.asking import ALL_PARAMETERS, AT, Asked, read
from reports.explain.conditions import conditions
from reports.explain.counting import DISTINCT, LOGGED, PRESENT
from reports.explain.explanation import TOO_LARGE, Explanation, explain
from reports.explain.narrower import narrower
from reports.explain.selection import Selection
from reports.stats import BadQuery, TooManyRows, UnknownUnit
from teams.access import Access, access_of
from teams.permissions import Right

A_PAGE, PREVIEW = 50, 10
# A cell of more sessions is counted again only for who asks for it (``?recount=1``): the figure itself is quick.
AT_ONCE = 1_000
# Lists that the page shows the beginning of, and ``?list=`` whole; of a cell that was not counted again the latter.
LISTS: tuple[str, ...] = ("groups", "sessions", "distinct")
UNCOUNTED: tuple[str, ...] = ("narrower", "sessions")


def _access(request) -> Access:
    access = access_of(request)
    if not (access.has(Right.DASHBOARD_VIEW) and access.has(Right.STATS_VIEW)):
        raise PermissionDenied
    return access


def _asked(request) -> Asked:
    # Otherwise a typing error would explain another, wider cell.
    if unknown := [name for name in request.GET if name.startswith(AT) and name not in ALL_PARAMETERS]:
        raise BadQuery({name: _("Không có chiều “%(name)s”.") % {"name": name.removeprefix(AT)} for name in unknown})
    return read({name: request.GET[name] for name in ALL_PARAMETERS if name in request.GET})


def refusing(view):
    """A question that cannot be answered is told as the API tells it; a unit of another is not there."""

    def guarded(request, *args, **kwargs):
        access = _access(request)
        try:
            return view(request, access, *args, **kwargs)
        except UnknownUnit as error:
            raise Http404 from error
        except BadQuery as error:
            faults = list(error.faults.values())
            return render(request, "dashboard/explain_refused.html", {"faults": faults}, status=400)
        except TooManyRows as error:
            return render(request, "dashboard/explain_refused.html", {"faults": [error]}, status=400)

    return guarded


@require_safe
@cache_control(private=True, no_store=True)
@refusing
def explain_figure(request, access):
    is_whole = bool(request.GET.get("recount"))
    why = explain(_asked(request), access, None if is_whole else AT_ONCE)
    known, chosen = UNCOUNTED if why.status == TOO_LARGE else LISTS, request.GET.get("list")
    may_ask = why.status == TOO_LARGE and not is_whole
    context = {
        **_told(why),
        "status_text": words.NOT_AT_ONCE if may_ask else words.STATUSES[why.status],
        "may_ask": may_ask,
        "parts": words.parts(why),
        "notes": words.notes(why),
        "adds_up": why.way.kind not in DISTINCT,
        "who": words.WHO_MAY_SEE if not why.may_see_sessions else "",
        "shown": chosen if chosen in known else None,
        "lists": {name: _Listed(why, name, request) for name in known if chosen == name or chosen not in known},
    }
    return render(request, "dashboard/explain.html", context)


def _told(why: Explanation) -> dict:
    return {
        "why": why,
        "measure": why.measure,
        "kind": why.way.kind,
        "conditions": conditions(why),
        "sentence": words.sentence(why),
        "address": why.asked.address(),
        "back": back_to_board(why.asked),
    }


class _Listed:
    """One list: its beginning beside the others, or one page of it by itself."""

    def __init__(self, why: Explanation, name: str, request):
        self.name, self.why = name, why
        whole = request.GET.get("list") == name
        pages = _pages(why, name, A_PAGE if whole else PREVIEW)
        self.page = pages.get_page(request.GET.get("page") if whole else 1)
        self.total = pages.count
        self.total_text = pages.count_text if isinstance(pages, _Sessions) else vi_number(self.total)
        self.more = 0 if whole else max(0, self.total - PREVIEW)
        self.paged = self.page if whole else None
        self.address = f"{why.asked.address()}&list={name}" + ("&recount=1" if request.GET.get("recount") else "")

    @property
    def rows(self) -> list[dict]:
        if self.name == "sessions" and self.why.recount is None:
            return lists.read(self.why, self.page.object_list)
        if self.name == "sessions":
            return lists.sessions(self.page.object_list, self.why.way.kind)
        if self.name == "groups":
            return [row | {"address": self._cell_of(row)} for row in self.page.object_list]
        return list(self.page.object_list)

    def _cell_of(self, row: dict) -> str:
        """The cell in this cell, if a question can hold two dimensions more."""
        return cells.address_within(self.why.cell, team=row["team"], day=row["day"])


class _Sessions(EstimatingPaginator):
    """Of a cell that was not counted again: how many there are is told about as well as it is known."""

    most_counted = AT_ONCE
    # So many are known to be there.
    seen = 0

    @cached_property
    def _counted(self) -> int:
        return self.seen if self.seen > self.most_counted else super()._counted

    @property
    def num_pages(self) -> int:
        """0: nobody knows."""
        return 0 if self.is_estimate else super().num_pages

    def validate_number(self, number):
        # Where the last page is asked for, since there is none of that number, nobody knows it: the first.
        return super().validate_number(number or 1)


def _pages(why: Explanation, name: str, length: int) -> Paginator:
    if name == "sessions" and why.recount is None:
        pages = _Sessions(lists.unread(why), length)
        if why.sees_every_session and not Selection(why.cell).asks_of_lines(why.way.metric_id):
            pages.seen = why.sessions_seen
        return pages
    makers: dict[str, Any] = {"groups": lists.Groups, "distinct": lists.Distinct, "narrower": _Smaller}
    return Paginator(makers[name](why) if name in makers else why.seen, length)


class _Smaller:
    """The parts of a cell, as the page tells them."""

    def __init__(self, why: Explanation):
        self.found = narrower(why)

    def __len__(self) -> int:
        return len(self.found) if self.found else 0

    def __getitem__(self, place: slice) -> list[dict]:
        found = self.found
        return [row._asdict() | {"dimension": found.label} for row in found[place]] if found else []


def back_to_board(asked: Asked) -> str:
    """The board of the day that the figure is of, where it is of one."""
    query, day = asked.query, asked.at.get("day")
    if day is None and query.start and query.start == query.end:
        day = query.start.isoformat()
    chosen = {"day": day, "unit": query.unit}
    address = urlencode({name: value for name, value in chosen.items() if value})
    return reverse("dashboard:home") + (f"?{address}" if day else "")


@require_safe
@cache_control(private=True, no_store=True)
@refusing
def explain_session(request, access, session_id):
    """One session: what it gives to the figure, line by line."""
    asked = _asked(request)
    cell = cells.find(asked, access)
    session = lists.session_in(cell, str(session_id))
    if session is None:
        raise Http404
    way = counting.way_of(cell.plan.measures[0])
    lines: Any = lists.Lines(cell, way, session)  # a sequence, as far as a paginator needs one
    # Of this one session the sum can be told whatever the size of the cell.
    works = counting.recount(Selection(cell, only=[session.pk]), way).works
    context = {
        "session": session,
        "told": lists.sessions(works, way.kind)[0] if works else None,
        "measure": cell.plan.measures[0],
        "kind": way.kind,
        "whole_sessions": way.kind not in (*LOGGED, *PRESENT),
        "present": lines.way.kind in PRESENT,
        "page": Paginator(lines, A_PAGE).get_page(request.GET.get("page")),
        "outside": lines.outside,
        "reasons": words.REASONS,
        "address": asked.address(),
        "back": back_to_board(asked),
        "may_open_admin": access.has(Right.ADMIN_ENTER),
    }
    return render(request, "dashboard/explain_session.html", context)
