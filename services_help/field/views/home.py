"""Where the leader starts: the day's deployments, shifts left open, and opening one."""

import datetime as dt
from contextlib import suppress
from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_date
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _

from core.dated import DAY, today
from core.ids import made_at, uuid7
from services_help.field import queries
from services_help.field.forms import HALF_HOURS, OpenForm
from services_help.field.pages import field_page, remember_device
from services_help.field.returned import is_day_locked, returned_sessions
from services_help.field.sending import send
from services_help.models import Session
from teams.access import access_of

# The morning shift, when no plan says otherwise.
USUAL_START = dt.time(7, 30)
OLDEST = dt.date(2020, 1, 1)


@field_page("GET", "HEAD")
def home(request):
    day, text = _day_of(request.GET), request.GET.get("q", "").strip()[:60]
    teams, has_more = queries.my_teams(access_of(request), day, text)
    sessions = queries.sessions_on(teams, day)
    plans = queries.plans_of(teams, day, sessions)
    planned = {session.pk for plan in plans for session in plan.sessions}
    context = {
        "day": day,
        "text": text,
        "teams": teams,
        "search_teams": has_more or bool(text),
        "plans": [{"plan": plan, "id": uuid7()} for plan in plans],
        "unplanned": [session for session in sessions if session.pk not in planned],
        "returned": returned_sessions(teams),
        "left_open": [session for session in queries.open_sessions(teams) if session.day not in (day, today())],
        "days": queries.days_of(teams),
        "oldest": OLDEST,
        "before": day - DAY if day > OLDEST else None,
        "after": day + DAY if day < today() else None,
        "is_today": day == today(),
        "is_future": day > today(),
    }
    response = render(request, "field/home.html", context)
    # Each opening keeps this phone known for another year.
    remember_device(request, response)
    return response


@field_page("GET", "HEAD", "POST")
def open_session(request):
    """GET: an unplanned shift. POST: this one and those of the plan."""
    form = OpenForm(request.POST or None)
    errors: tuple[str, ...] = ()
    if request.method == "POST":
        if form.is_valid():
            if other := queries.opened_meanwhile(access_of(request), form.cleaned_data):
                return _join(request, other)
            answer, errors = _open(request, form.cleaned_data)
            if answer:
                return answer
        else:
            errors = tuple(form.errors.get("day", ())) or (_("Phiếu mở ca không đầy đủ. Hãy chọn lại."),)
    return render(request, "field/session_open.html", _open_context(request, errors))


def _join(request, session: Session):
    opened_at = f"{localtime(session.started_at):%H:%M}"
    messages.info(request, _("Đội đã mở ca này lúc %(time)s. Bạn ghi chung vào ca đó.") % {"time": opened_at})
    return redirect("field:session", session_id=session.pk)


def _open(request, data: dict):
    """(the next page if the shift is open, what speaks against it)."""
    if is_day_locked(data["team"], data["day"]):
        return None, (_("Số liệu ngày này đã khóa nên không mở ca mới được. Hãy hỏi cán bộ Đoàn phụ trách."),)
    item = _session_item(data)
    sent = send(request, item)
    if sent.is_late:  # locked in this moment: it is kept, and is no shift to log into
        return redirect("field:home"), ()
    if sent.is_stored:
        return redirect("field:attendance", session_id=item["id"]), ()
    return None, sent.errors


def _open_context(request, errors) -> dict:
    # After a refusal the choices stand as they were made.
    chosen = request.POST if request.method == "POST" else request.GET
    day = _day_of(chosen)
    access = access_of(request)
    text, point_text = (request.GET.get(name, "").strip()[:60] for name in ("q", "diem"))
    teams, has_more = queries.my_teams(access, day, text)
    point_code = chosen.get("point", "").replace("\x00", "")
    points = queries.points_for(access, day, teams, point_text, point_code)
    return {
        "text": text,
        "point_text": point_text,
        "asked": urlencode({name: word for name, word in (("q", text), ("diem", point_text)) if word}),
        "id": uuid7(),
        "day": day,
        "is_today": day == today(),
        "teams": teams,
        "search_teams": has_more or bool(text),
        "team_code": chosen.get("team") or (teams[0].code if len(teams) == 1 else ""),
        "points": points,
        "search_points": points.has_more or bool(point_text),
        "point_code": point_code,
        "half_hours": HALF_HOURS,
        "start": chosen.get("start") or f"{USUAL_START:%H:%M}",
        "errors": errors,
    }


def _session_item(data: dict) -> dict:
    if data["day"] == today():
        started_at = made_at(data["id"]) or make_aware(dt.datetime.combine(data["day"], USUAL_START))
    else:
        started_at = make_aware(dt.datetime.combine(data["day"], data["start"] or USUAL_START))
    return {
        "type": "session",
        "id": str(data["id"]),
        "team": data["team"],
        "day": data["day"].isoformat(),
        "point": data["point"] or None,
        "started_at": localtime(started_at).isoformat(),
        "ended_at": None,
        "note": "",
    }


def _day_of(data) -> dt.date:
    """The day asked for; today for none, for nonsense and for days before there was any youth campaign to log."""
    try:
        day = parse_date(data.get("day", ""))
    except ValueError:
        day = None
    return day if day and OLDEST <= day <= today() + 366 * DAY else today()


@field_page("GET", "HEAD")
def rules(request):
    """What a volunteer may and may not do. ``ca``: the shift to go back to."""
    back = reverse("field:home")
    with suppress(KeyError, NoReverseMatch):
        back = reverse("field:session", args=[request.GET["ca"]])
    return render(request, "field/rules.html", {"back": back})
