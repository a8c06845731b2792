"""Việc của máy chủ: the page that says whether all runs, and what to do when it does not."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.jobs import services
from core.jobs.kinds import kind_of
from core.jobs.models import Job, JobState
from core.next_page import NextPaginator
from core.templatetags.vi import vi_number
from core.vietnamese import fold
from desk.common import tried, with_right
from desk.office import monitor as machine
from desk.office.tabs import tabs
from teams.access import Access
from teams.permissions import Right

JOBS_A_PAGE = 20
PARAMETERS = ("state", "kind", "who")


class JobFilter(forms.Form):
    state = forms.ChoiceField(label=gettext_lazy("Tình trạng"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Loại việc"), required=False)
    who = forms.CharField(label=gettext_lazy("Người giao"), required=False, max_length=100)

    def __init__(self, data):
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["state"].choices = [("", _("Mọi tình trạng")), *JobState.choices]
        fields["kind"].choices = [("", _("Mọi loại")), *kinds()]

    def narrow(self, rows):
        """Nonsense in an address filters nothing."""
        self.is_valid()
        given = self.cleaned_data
        if given.get("state"):
            rows = rows.filter(state=given["state"])
        if given.get("kind"):
            rows = rows.filter(kind=given["kind"])
        for word in fold(given.get("who", "")).split():
            rows = rows.filter(ordered_by__search_key__contains=word)
        return rows


def kinds() -> list[tuple[str, str]]:
    return [(name, str(kind_of(name).label)) for name in machine.settings.JOB_HANDLERS]


def _watcher(request) -> Access:
    access = with_right(request, Right.SYSTEM_WATCH)
    if not access.is_city_wide(Right.SYSTEM_WATCH):
        raise PermissionDenied
    return access


def _address(data) -> str:
    kept = QueryDict(mutable=True)
    kept.update({name: data[name] for name in (*PARAMETERS, "page") if data.get(name)})
    return kept.urlencode()


def _state(request) -> dict:
    form = JobFilter(request.GET)
    jobs = form.narrow(Job.objects.select_related("ordered_by").order_by("-ordered_at", "-id"))
    labels = dict(kinds())
    page = NextPaginator(jobs, JOBS_A_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    return {
        "form": form,
        "address": _address(request.GET),
        "signs": machine.signs(),
        "topics": machine.topics(),
        "clock": machine.clock(),
        "page": page,
        "jobs": [
            {
                "job": job,
                "kind": labels.get(job.kind, job.kind),
                "age": machine.age_text((now - job.ordered_at).total_seconds()),
                "may_repeat": job.state == JobState.FAILED,
            }
            for job in page
        ],
        "now": now,
    }


@never_cache
@require_safe
def monitor(request):
    access = _watcher(request)
    return render(request, "office/monitor.html", {"tabs": tabs(access, "monitor"), **_state(request)})


@never_cache
@require_safe
def state(request):
    """The part that renews itself."""
    _watcher(request)
    return render(request, "office/_monitor.html", _state(request))


@require_POST
def retry(request):
    access, done = _watcher(request), []
    if tried(request, lambda: done.append(machine.retry_now(topic=request.POST.get("topic", ""), access=access))):
        told = ngettext("Đã cho thử lại %(n)s việc.", "Đã cho thử lại %(n)s việc.", done[0])
        messages.success(request, told % {"n": vi_number(done[0])})
    return redirect("office:monitor")


@require_POST
def repeat(request, pk):
    """A job that failed, begun again in the name of the one who has ordered it."""
    access = _watcher(request)
    job = get_object_or_404(Job, pk=pk)
    if tried(request, lambda: services.repeat(job=job, access=access, in_charge=True)):
        messages.success(request, _("Đã cho làm lại, với quyền của người giao việc."))
    return redirect("office:monitor")


@require_POST
def stop(request, pk):
    access = _watcher(request)
    job = get_object_or_404(Job, pk=pk)
    if tried(request, lambda: services.stop(job=job, access=access)):
        messages.success(request, _("Đã dừng việc."))
    return redirect("office:monitor")
