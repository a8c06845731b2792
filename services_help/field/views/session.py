"""One shift: its tiles, who is there, and its end."""

import datetime as dt
import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime, make_aware, now
from django.utils.translation import gettext as _

from core.dated import today
from core.errors import DomainError
from core.ids import uuid7
from services_help.field import queries
from services_help.field.forms import LAST_MINUTE, AnswerForm, CloseForm
from services_help.field.pages import field_page, get_session, span_text
from services_help.field.returned import answer_return, is_returned, late_entries
from services_help.field.sending import Sent, attendance_item, send, session_item, void_item
from services_help.models import AssistanceLog, Session
from teams.access import access_of
from teams.known_teams import IsAmong, Keys
from teams.models import Volunteer
from teams.permissions import Right

USUAL_LENGTH = dt.timedelta(hours=4)
# Most teams are on one page; of a team of a thousand no phone draws all at once, and no one scrolls through them.
PEOPLE_A_PAGE = 100
MAX_SEARCH = 60


@field_page("GET", "HEAD")
def show(request, session_id):
    session = get_session(request, session_id)
    # One that was sent back is logged into by the same tiles, once the leader has asked for them.
    adds = is_returned(session) and request.GET.keys() & {"bo-sung", "cung", "ghi"}
    if session.ended_at and not adds:
        # As text: the field's own would lose the microseconds.
        returned_at = session.returned_at and session.returned_at.isoformat()
        return _closed_page(request, session, AnswerForm(initial={"returned_at": returned_at}))
    context = {
        "session": session,
        "totals": queries.totals(session),
        "presence": queries.presence(session),
        "groups": queries.tiles(session, _("Hay dùng")),
        "late_entries": late_entries(session),
        "same_visit": "cung" in request.GET,
        "logged": _just_logged(request, session),
        "was_sent_before": "lap" in request.GET,
        "void_id": uuid7(),
        "is_late": session.day != today(),
    }
    return render(request, "field/session.html", context)


def _closed_page(request, session: Session, form: AnswerForm, errors: tuple[str, ...] = ()):
    context = {
        "session": session,
        "totals": queries.totals(session),
        "presence": queries.presence(session),
        "by_service": queries.by_service(session),
        "span": span_text(session.ended_at - session.started_at),
        "received_at": queries.closing_received_at(session),
        "late_entries": late_entries(session),
        "is_returned": is_returned(session),
        "form": form,
        "errors": errors,
    }
    return render(request, "field/session_closed.html", context)


@field_page("POST")
def answer(request, session_id):
    """The leader's word to staff who sent the shift back; it waits for them from now on."""
    session = get_session(request, session_id)
    if session.ended_at is None:
        return redirect("field:session", session_id=session.pk)
    form, errors = AnswerForm(request.POST), ()
    if form.is_valid():
        try:
            answer_return(session=session, access=access_of(request), **form.cleaned_data)
        except DomainError as error:
            errors = (str(error),)
        else:
            messages.success(request, _("Đã gửi câu trả lời. Cán bộ sẽ xem lại ca này."))
            return redirect("field:session", session_id=session.pk)
    return _closed_page(request, session, form, errors)


def _just_logged(request, session: Session) -> AssistanceLog | None:
    """The line that the page before has sent; gone when it was taken back."""
    try:
        log_id = uuid.UUID(request.GET.get("ghi", ""))
    except ValueError:
        return None
    return AssistanceLog.objects.filter(session=session, pk=log_id).live().select_related("service").first()


@field_page("GET", "HEAD", "POST")
def attendance(request, session_id):
    """The tick list: each name is a button that ticks or takes the tick back."""
    session = get_session(request, session_id)
    if request.method == "POST":
        return _tick(request, session)
    # For the trail: who is shown to somebody above, and not to the leader.
    request.names_people = session.team_id not in access_of(request).team_ids(Right.LOG_RECORD)
    ticks, text = queries.ticks_of(session), _searched(request)
    keys = queries.people_of(session, ticks)
    people = Volunteer.objects.filter(IsAmong("pk", Keys.of(keys)))
    pages = Paginator(people.search(text) if text else people, PEOPLE_A_PAGE)
    if not text:
        pages.count = len(keys)
    page = pages.get_page(request.GET.get("page"))
    rows = [
        {
            "volunteer": volunteer,
            "is_there": volunteer.pk in ticks,
            "value": f"{uuid7()}:{'away' if volunteer.pk in ticks else 'there'}:{volunteer.code}",
        }
        for volunteer in page
    ]
    context = {
        "session": session,
        "page": page,
        "rows": rows,
        "missing": [row["value"] for row in rows if not row["is_there"]],
        "present": len(ticks),
        "total": len(keys),
        "text": text,
        "may_search": len(keys) > PEOPLE_A_PAGE,
    }
    return render(request, "field/attendance.html", context)


def _tick(request, session: Session):
    """``toggle``: an id made with the page, there or away, and a volunteer's code; sent twice, it ticks once."""
    toggles = [(value.split(":", 2) + ["", ""])[:3] for value in request.POST.getlist("toggle")]
    ticks = queries.ticks_of(session)
    people = Volunteer.objects.filter(pk__in=queries.people_of(session, ticks))
    keys = dict(people.order_by().values_list("code", "pk"))
    items, where = [], ""
    for item_id, want, code in toggles:
        if code not in keys:
            continue  # left the team since the page was shown
        held = ticks.get(keys[code], [])
        # Back to the name that was tapped; after "all are here" to the top.
        where = f"#tnv-{keys[code]}" if len(toggles) == 1 else ""
        if want == "there" and not held:
            items.append(attendance_item(session, item_id, code))
        elif want == "away":
            ids = [item_id, *(str(uuid7()) for _more in held[1:])]
            items += [void_item(void_id, each, _("Bỏ điểm danh")) for void_id, each in zip(ids, held, strict=False)]
    if items:
        sent = send(request, *items)
        for error in sent.errors:
            messages.error(request, error)
    return redirect(reverse("field:attendance", args=[session.pk]) + _asked(request) + where)


def _searched(request) -> str:
    return request.GET.get("q", "").strip()[:MAX_SEARCH]


def _asked(request) -> str:
    """The page and the search that a tick was made on."""
    number, text = request.GET.get("page", ""), _searched(request)
    asked = ({"q": text} if text else {}) | ({"page": number} if number.isdecimal() else {})
    return f"?{urlencode(asked)}" if asked else ""


@field_page("GET", "HEAD", "POST")
def close(request, session_id):
    session = get_session(request, session_id)
    if session.ended_at:
        # A second tap on a slow network: it is closed already.
        return redirect("field:session", session_id=session.pk)
    form = CloseForm(
        request.POST if request.method == "POST" else None,
        initial={"note": session.note},
        started_at=localtime(session.started_at).time(),
    )
    is_late = session.day != today()
    errors: tuple[str, ...] = ()
    if request.method == "POST" and form.is_valid():
        ended_at = _end_of(session, form.cleaned_data["end"], is_late=is_late)
        item = session_item(session, ended_at=localtime(ended_at).isoformat(), note=form.cleaned_data["note"].strip())
        sent = send(request, item)
        if sent.is_stored or Session.objects.filter(pk=session.pk, ended_at__isnull=False).exists():
            return redirect("field:session", session_id=session.pk)
        errors = _faults_of(form, sent)
    if is_late and not form.is_bound:
        form.initial["end"] = f"{localtime(_usual_end(session)):%H:%M}"
    context = {
        "session": session,
        "form": form,
        "errors": errors,
        "is_late": is_late,
        "totals": queries.totals(session),
        "presence": queries.presence(session),
        "by_service": queries.by_service(session),
        "span": span_text(max(now() - session.started_at, dt.timedelta())),
    }
    return render(request, "field/session_close.html", context)


def _faults_of(form: CloseForm, sent: Sent) -> tuple[str, ...]:
    """What is wrong with the note stands at the note, with the text as it was typed; the rest is returned."""
    noted = [fault.detail for fault in sent.faults if fault.pointer == "/note"]
    for detail in noted:
        form.add_error("note", detail)
    rest = tuple(error for error in sent.errors if error not in noted)
    return (_("Ca chưa đóng. Sửa ghi chú rồi bấm Đóng ca lần nữa."), *rest) if noted else rest


def _end_of(session: Session, chosen: dt.time | None, *, is_late: bool) -> dt.datetime:
    if not is_late:
        return max(now(), session.started_at)
    if not chosen:
        return _usual_end(session)
    return max(make_aware(dt.datetime.combine(session.day, chosen)), session.started_at)


def _usual_end(session: Session) -> dt.datetime:
    """The planned end, else four hours; to the half hour and within the day, as it is offered."""
    planned = queries.planned_end(session)
    end = make_aware(dt.datetime.combine(session.day, planned)) if planned else session.started_at + USUAL_LENGTH
    end = localtime(max(end, session.started_at + USUAL_LENGTH / 8))
    end = end.replace(minute=end.minute // 30 * 30, second=0, microsecond=0)
    return min(end, make_aware(dt.datetime.combine(session.day, dt.time.fromisoformat(LAST_MINUTE))))
