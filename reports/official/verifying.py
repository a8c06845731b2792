"""Whoever holds the paper asks the portal whether it is genuine. No account; small counts of citizens are not told."""

import re

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.throttling import ClientThrottle
from reports.official.content import Headline, Report
from reports.official.files import as_issued
from reports.official.models import CODE_LENGTH, ReportIssue
from reports.stats.suppress import THRESHOLD

# More than a code of ours is long.
LONGEST = 2 * CODE_LENGTH
CODE = re.compile(rf"[a-z0-9]{{1,{LONGEST}}}")


@login_not_required
@never_cache
@require_safe
def find(request):
    """For those who type the code from the paper."""
    typed = request.GET.get("code", "")
    # The end of the address, or all of it.
    code = "".join(typed.split()).lower().rstrip("/").rpartition("/")[2]
    if CODE.fullmatch(code):
        return redirect("public:verify", code)
    return _page(request, {"code": typed[:LONGEST], "is_unknown": bool(code)}, status=404 if code else 200)


@login_not_required
@never_cache
@require_safe
def verify(request, code):
    issue = ReportIssue.objects.select_related("unit").filter(code=code.lower()).first()
    if issue is None:
        return _page(request, {"code": code[:LONGEST], "is_unknown": True}, status=404)
    report = as_issued(issue)
    later = ReportIssue.objects.filter(draft=issue.draft_id, version__gt=issue.version).defer("content")
    context = {
        "issue": issue,
        "report": report,
        "figures": public_figures(report),
        # As at the foot of each page of the paper.
        "check_code": " ".join(issue.digest[start : start + 4] for start in range(0, 16, 4)),
        "latest": later.order_by("-version").first(),
    }
    return _page(request, context)


def _page(request, context: dict, status: int = 200) -> HttpResponse:
    """Each look counts, found or not: codes are not to be tried out."""
    throttle = ClientThrottle()
    if not throttle.allow_request(request, None):
        seconds = max(1, round(throttle.wait()))
        response = render(request, "public/verify.html", {"wait": seconds}, status=429)
        response["Retry-After"] = str(seconds)
        return response
    return render(request, "public/verify.html", context, status=status)


def public_figures(report: Report) -> list[dict]:
    """As they may be told to anybody: of fewer than five people, nothing that was counted of them."""
    people = next((each.value for each in report.headlines if each.code == "people"), 0)
    return [
        {"label": each.label, "value": _told(each, people), "definition": _definition(report, each)}
        for each in report.headlines
    ]


def _told(headline: Headline, people: int) -> int | str:
    if headline.is_of_citizens and (0 < headline.value < THRESHOLD or 0 < people < THRESHOLD):
        return _("dưới %(threshold)s") % {"threshold": THRESHOLD} if headline.value < THRESHOLD else _("không công bố")
    return headline.value


def _definition(report: Report, headline: Headline) -> str:
    return next((each.text for each in report.definitions if each.label == headline.label), "")
