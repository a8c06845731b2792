"""Lines of a shift: one citizen in two taps, many at once, the list, and taking back."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.ids import uuid7
from services_help.field import queries
from services_help.field.forms import BulkForm, LineForm
from services_help.field.pages import field_page, get_session, remember_choices, remembered_choices
from services_help.field.returned import is_returned
from services_help.field.sending import DONE, log_item, send, void_item
from services_help.models import AssistanceLog, Result, Service, Session

LINES_A_PAGE = 40
RESULTS = [
    # (value, class of the button)
    (Result.DONE_SELF, "ok"),
    (Result.DONE_ASSISTED, "helped"),
    (Result.REFERRED, "refer"),
    (Result.NOT_DONE, "not"),
]
REASONS = [
    gettext_lazy("Ghi nhầm dịch vụ"),
    gettext_lazy("Ghi nhầm kết quả"),
    gettext_lazy("Ghi trùng"),
    gettext_lazy("Lý do khác"),
]
UNDO_REASON = gettext_lazy("Hoàn tác ngay sau khi ghi")


def _closed(request, session: Session):
    messages.warning(
        request,
        _("Ca này đã đóng nên không ghi thêm được. Còn lượt chưa ghi, hãy mở ca mới hoặc báo cán bộ đơn vị."),
    )
    return redirect("field:session", session_id=session.pk)


def _service_of(session: Session, code: str) -> Service:
    if "\x00" in code:  # an address can hold it; PostgreSQL takes no text that does
        raise Http404
    return get_object_or_404(queries.offered(session), code=code)


@field_page("GET", "HEAD", "POST")
def record(request, session_id, service_code):
    """The second tap: the result of one citizen."""
    session = get_session(request, session_id)
    if session.ended_at and not is_returned(session):
        return _closed(request, session)
    service = _service_of(session, service_code)
    if not service.for_citizens:
        return redirect("field:log_bulk", session_id=session.pk, service_code=service.code)
    same_visit = "cung" in request.GET
    form = LineForm(
        request.POST if request.method == "POST" else None,
        initial={"id": uuid7(), "same_visit": same_visit, **remembered_choices(request)},
    )
    errors: tuple[str, ...] = ()
    if request.method == "POST":
        if form.is_valid():
            sent, answer = _store(request, session, service, form.cleaned_data | {"people": 1})
            if answer:
                return answer
            errors = sent.errors
        else:
            errors = tuple(str(error) for found in form.errors.values() for error in found)
        form = _afresh(form, remembered_choices(request))
    context = {"session": session, "service": service, "form": form, "results": RESULTS, "errors": errors}
    return render(request, "field/log_record.html", context | {"same_visit": same_visit})


@field_page("GET", "HEAD", "POST")
def record_bulk(request, session_id, service_code):
    """A group of citizens, or what was done for an agency. ``step``: the buttons of the stepper without JavaScript."""
    session = get_session(request, session_id)
    if session.ended_at and not is_returned(session):
        return _closed(request, session)
    service = _service_of(session, service_code)
    metric = queries.metric_of(service)
    errors: tuple[str, ...] = ()
    start = {"people": 5 if service.for_citizens else 0, "quantity": 1}
    form = BulkForm(
        request.POST if request.method == "POST" else None,
        for_citizens=service.for_citizens,
        metric=metric,
        initial={"id": uuid7(), **start, **remembered_choices(request)},
    )
    if "step" in request.POST:
        form = _stepped(form, request.POST["step"], for_citizens=service.for_citizens, metric=metric)
    elif form.is_bound and form.is_valid():
        sent, answer = _store(request, session, service, form.cleaned_data | {"same_visit": False}, metric=metric)
        if answer:
            return answer
        errors = sent.errors
        form = BulkForm(initial=form.cleaned_data | {"id": uuid7()}, for_citizens=service.for_citizens, metric=metric)
    context = {
        "session": session,
        "service": service,
        "metric": metric,
        "form": form,
        # Work for an agency is logged when it is done; a half-done one has nothing to count yet.
        "results": RESULTS if service.for_citizens else [each for each in RESULTS if each[0] in DONE],
        "errors": errors,
        "quick": (5, 10, 20, 50),
    }
    return render(request, "field/log_bulk.html", context)


def _stepped(form: BulkForm, step: str, **kwargs) -> BulkForm:
    """The same form with one number moved; nothing is stored."""
    name, _colon, amount = step.partition(":")
    values = {key: form.data.get(key, "") for key in form.fields}
    if name in ("people", "quantity") and name in form.fields:
        field = form.fields[name]
        try:
            moved = int(values[name] or 0) + int(amount)
        except ValueError:
            moved = field.min_value
        values[name] = max(field.min_value, min(field.max_value, moved))
    return BulkForm(initial=values, **kwargs)


def _afresh(form: LineForm, usual: dict[str, str]) -> LineForm:
    """After a refusal: the same choices under a new id, so that the next try is not taken for the old one."""
    chosen = {name: form.cleaned_data[name] for name in ("age_group", "channel") if name in form.cleaned_data}
    return LineForm(initial={"id": uuid7(), "same_visit": form.cleaned_data["same_visit"], **usual, **chosen})


def _store(request, session: Session, service: Service, entry: dict, metric=None):
    """(what the intake said, the redirect if it holds the line)."""
    metric = metric or queries.metric_of(service)
    sent = send(request, log_item(session, service, metric, entry))
    if not sent.is_stored:
        return sent, None
    query = f"?ghi={entry['id']}" + ("&lap=1" if sent.is_replay else "")
    answer = redirect(reverse("field:session", args=[session.pk]) + query)
    remember_choices(answer, age_group=entry["age_group"], channel=entry["channel"])
    return sent, answer


@field_page("GET", "HEAD")
def history(request, session_id):
    session = get_session(request, session_id)
    page = Paginator(queries.lines_of(session), LINES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "field/logs.html", {"session": session, "page": page, "totals": queries.totals(session)})


@field_page("GET", "HEAD", "POST")
def undo(request, session_id, log_id):
    """GET: which line, and why. POST: a void for it and for the rest of that citizen's visit."""
    session = get_session(request, session_id)
    log = get_object_or_404(queries.lines_of(session), pk=log_id)
    if request.method == "POST":
        return _take_back(request, session, log)
    if log.is_void:
        return redirect("field:logs", session_id=session.pk)
    targets = [log, *queries.same_visit_after(log)]
    context = {
        "session": session,
        "log": log,
        "followers": targets[1:],
        "reasons": REASONS,
        "voids": [f"{uuid7()}:{each.pk}" for each in targets],
    }
    return render(request, "field/log_undo.html", context)


def _take_back(request, session: Session, log: AssistanceLog):
    reasons = {str(reason) for reason in (*REASONS, UNDO_REASON)}
    reason = request.POST.get("reason", "")
    if reason not in reasons:
        reason = str(UNDO_REASON)
    pairs = [value.partition(":") for value in request.POST.getlist("void")]
    allowed = {str(log.pk), *(str(each.pk) for each in queries.same_visit_after(log))}
    try:
        items = [
            void_item(uuid.UUID(item_id), target, reason) for item_id, _colon, target in pairs if target in allowed
        ]
    except ValueError as error:
        raise Http404 from error
    if not items:
        raise Http404
    sent = send(request, *items)
    if sent.is_stored and not sent.is_late:
        messages.success(request, _("Đã hủy: %(service)s.") % {"service": log.service.label})
    for error in sent.errors:
        messages.error(request, error)
    where = "field:logs" if "list" in request.POST or session.ended_at else "field:session"
    return redirect(where, session_id=session.pk)
