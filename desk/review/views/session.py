"""One session with its evidence, and what is decided about it."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.dated import today
from core.errors import DomainError
from desk.common import tried
from desk.outliers import flags_of, settle_flag
from desk.outliers.models import SessionFlag
from desk.outliers.waiting import how_far, unexamined
from desk.review import evidence
from desk.review.figures import figures_of
from desk.review.forms import READY_REASONS, ReasonForm
from desk.review.views.common import reviewer, session_for
from desk.review.views.queue import address_of, queue_of
from reports.stats.measures import MEASURES
from services_help import review
from services_help.models import Attendance, ReviewPolicy, Session, SessionState, Void
from services_help.services import void_record
from services_help.totals import by_service
from teams.permissions import Right
from teams.reaching import has_a_phone


@require_safe
@cache_control(private=True, no_store=True)
def session(request, session_id):
    access = reviewer(request)
    place = how_far()  # before the flags
    shown = session_for(access, session_id)
    # Before the figures: what comes in while they are read is not on the page.
    seen = review.seen_of(shown)
    late = evidence.late_of(shown).count()
    context = {
        "session": shown,
        "seen": seen,
        "figures": figures_of([shown])[shown.pk],
        "measures": MEASURES,
        "now": timezone.now(),
        "rhythm": evidence.rhythm_of(shown),
        "services": by_service(shown),
        "lines": evidence.lines_of(shown, request.GET.get("page")),
        "people": evidence.people_of(shown, request.GET.get("people")),
        "photos": evidence.photos_of(shown),
        "flags": flags_of([shown])[shown.pk],
        "is_unexamined": bool(unexamined([shown], place)),
        "history": evidence.history_of(shown),
        "delay": evidence.delay_of(shown),
        **_due(shown),
        "late": late,
        "may_adjust": access.has(Right.ADJUST),
        "out_of_reach": shown.returned_at is not None and not has_a_phone(shown.team),
        "ready_reasons": READY_REASONS,
        "address": address_of(request.GET),
        "next": _next(request, access, shown),
        **_may(shown),
    }
    return render(request, "review/session.html", context)


def _due(shown: Session) -> dict:
    """By when somebody has to act: its reviewers, or its team since it was sent back."""
    days = ReviewPolicy.objects.days_by_campaign()
    due = review.answer_deadline(shown, days) if shown.returned_at else review.deadline(shown, days)
    waits = shown.state == SessionState.PROVISIONAL and not shown.is_locked and shown.ended_at is not None
    return {"due": due, "is_overdue": waits and due < today()}


def _may(shown: Session) -> dict[str, bool]:
    """Which decisions the page offers; the services decide for themselves."""
    is_void = Void.objects.of(shown.pk, shown.device).exists()
    is_open = not is_void and not shown.is_locked
    closed = shown.ended_at is not None
    return {
        "is_void": is_void,
        "can_approve": is_open and closed and shown.state == SessionState.PROVISIONAL,
        "can_return": is_open and closed and shown.state == SessionState.PROVISIONAL and shown.returned_at is None,
        "can_reopen": is_open and shown.state == SessionState.APPROVED,
    }


def _next(request, access, shown: Session) -> Session | None:
    asked, _form = queue_of(request.GET, access)
    return asked.next_after(shown)


@require_POST
def approve_one(request, session_id):
    access = reviewer(request)
    shown = session_for(access, session_id)
    upcoming = queue_of(request.GET, access)[0].next_after(shown)
    seen = {shown.pk: request.POST.get("seen", "")}
    (done,) = review.approve(sessions=[shown.pk], access=access, seen=seen)
    if done.refusal:
        messages.error(request, str(done.refusal))
        return redirect(_page_of(request, shown))
    messages.success(request, _("Đã duyệt ca của %(team)s.") % {"team": shown.team})
    if upcoming and "and_next" in request.POST:
        return redirect(_page_of(request, upcoming))
    return redirect(f"{reverse('review:queue')}?{address_of(request.GET)}")


@require_POST
def send_back(request, session_id):
    access = reviewer(request)
    shown = session_for(access, session_id)
    reason = request.POST.get("reason", "").strip() or request.POST.get("ready", "")
    if tried(request, lambda: review.send_back(session=shown, reason=reason, access=access)):
        text = _("Đã trả ca về cho %(team)s.")
        if has_a_phone(shown.team):
            text = _("Đã trả ca về cho %(team)s. Đội trưởng thấy lý do trên điện thoại.")
        messages.success(request, text % {"team": shown.team})
    return redirect(_page_of(request, shown))


@require_POST
def reopen(request, session_id):
    access = reviewer(request)
    shown = session_for(access, session_id)
    reason = request.POST.get("reason", "")
    if tried(request, lambda: review.reopen(session=shown, reason=reason, access=access)):
        messages.success(request, _("Đã mở lại ca. Số liệu của ca lại là tạm tính."))
    return redirect(_page_of(request, shown))


@require_POST
def settle(request, session_id, flag_id):
    access = reviewer(request)
    shown = session_for(access, session_id)
    flag = get_object_or_404(SessionFlag, pk=flag_id, session=shown)
    if tried(request, lambda: settle_flag(flag=flag, note=request.POST.get("note", ""), access=access)):
        messages.success(request, _("Đã ghi nhận kết quả kiểm tra."))
    return redirect(_page_of(request, shown))


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request, session_id, item_id):
    """A line, an attendance or the whole session; in a locked period this is an adjustment."""
    access = reviewer(request)
    shown = session_for(access, session_id)
    if shown.is_locked:
        shown = session_for(access, session_id, Right.ADJUST)
    target = _item_of(shown, item_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            if shown.is_locked:
                review.void_locked(targets=[target], reason=reason, access=access)
            else:
                void_record(target=target, reason=reason, access=access)
        except DomainError as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("Đã hủy. Số liệu sẽ được tính lại trong vài giây."))
            return redirect(_page_of(request, shown))
    context = {
        "session": shown,
        "target": target,
        "form": form,
        "is_whole": target == shown,
        "is_attendance": isinstance(target, Attendance),
        "back": _page_of(request, shown),
    }
    return render(request, "review/take_back.html", context)


def _item_of(shown: Session, item_id):
    if item_id == shown.pk:
        return shown
    for rows in (shown.logs.select_related("service"), shown.attendances.select_related("volunteer")):
        if item := rows.filter(pk=item_id).first():
            return item
    raise Http404


@require_safe
@cache_control(private=True, no_store=True)
def photo(request, session_id, photo_id):
    shown = session_for(reviewer(request), session_id)
    picture = get_object_or_404(shown.photos, pk=photo_id)
    if not picture.is_there:
        raise Http404
    return FileResponse(picture.file.open(), content_type="image/jpeg", headers={"Content-Disposition": "inline"})


def _page_of(request, shown: Session) -> str:
    address = address_of(request.GET)
    return reverse("review:session", args=[shown.pk]) + (f"?{address}" if address else "")
