"""Calendars to follow: staff hand out a secret address for a team or a unit; a calendar program reads it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import condition, require_POST, require_safe

from campaigns.feeds import feed_of, issue_feed, revoke_feed
from campaigns.ical import calendar_of, deployments_of
from campaigns.models import CalendarFeed
from core.dated import today
from core.models import Revision
from core.next_page import NextPaginator
from desk.common import found, staff
from teams.access import Access
from teams.models import Team, Unit
from teams.permissions import Right

OWNERS = {"team": Team, "unit": Unit}
ROWS_A_PAGE = 50


def _planner(request) -> Access:
    access = staff(request)
    if not access.has(Right.DEPLOY):
        raise PermissionDenied
    return access


@require_safe
def calendar_list(request):
    """Teams or units that the reader plans for, each with the address that is in use."""
    access = _planner(request)
    kind = "unit" if request.GET.get("kind") == "unit" else "team"
    rows = OWNERS[kind].objects.visible_to(access, Right.DEPLOY).current()
    text = request.GET.get("q", "").strip()
    if text:
        rows = rows.search(text)
    live = Prefetch("calendar_feeds", CalendarFeed.objects.live().select_related("created_by"), to_attr="live_feeds")
    rows = rows.prefetch_related(live).order_by("sort_key", "pk")
    page = NextPaginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "plan/calendar_list.html", {"page": page, "kind": kind, "q": text})


@never_cache
@require_POST
def calendar_issue(request, kind, pk):
    """The new address, shown on this very answer and never again; the one before is dead."""
    access = _planner(request)
    if kind not in OWNERS:
        raise Http404
    owner = found(OWNERS[kind].objects.all(), access, pk, Right.DEPLOY)
    feed, key = issue_feed(access=access, **{kind: owner})
    url = request.build_absolute_uri(reverse("plan:ical", args=[key]))
    # The scheme that opens the calendar program of a phone or a laptop.
    subscribe = "webcal://" + url.partition("://")[2]
    return render(request, "plan/calendar_issued.html", {"feed": feed, "url": url, "subscribe": subscribe})


@require_POST
def calendar_revoke(request, pk):
    access = _planner(request)
    feed = found(CalendarFeed.objects.select_related("team", "unit"), access, pk, Right.DEPLOY)
    revoke_feed(feed=feed, access=access)
    messages.success(request, _("Đã thu hồi lịch của “%(who)s”.") % {"who": feed})
    return redirect(f"{reverse('plan:calendar_list')}?kind={'unit' if feed.unit_id else 'team'}")


# --- what the calendar program reads ----------------------------------------------------------------------------------
def _feed(request, key) -> CalendarFeed:
    """Looked up once a request; an address that was taken back is no address."""
    if not hasattr(request, "_feed"):
        request._feed = feed_of(key)
    if request._feed is None:
        raise Http404
    return request._feed


def _etag(request, key) -> str:
    """What the file is made of, without making it: plans, organisation, and the day from which on it tells."""
    feed, known = _feed(request, key), Revision.state()
    numbers = [known[name].number if name in known else 0 for name in ("campaigns", "org")]
    return '"ical-' + "-".join(map(str, [feed.pk, today().toordinal(), request.LANGUAGE_CODE, *numbers])) + '"'


@login_not_required
@require_safe
@cache_control(private=True, max_age=300)
@condition(etag_func=_etag)
def ical(request, key):
    feed = _feed(request, key)
    name = content_disposition_header(as_attachment=False, filename="xung-kich-so.ics")
    return HttpResponse(
        calendar_of(feed, deployments_of(feed)),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": name},
    )
