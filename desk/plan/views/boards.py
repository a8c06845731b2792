"""The board of a day: cards are dragged from one point to another."""

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.deploying import change_deployment
from campaigns.models import CampaignDay
from core.choosing import suggestions
from core.errors import DomainError
from core.keys import is_key
from desk.plan import day as plan
from desk.plan.board import board_of
from desk.plan.places import PlaceForm, points_on
from desk.plan.views.days import day_seen, one_deployment
from teams.permissions import Right


@require_safe
def board(request, pk):
    access, row = day_seen(request, pk)
    context = _board(request, access, row)
    if context["day"].may_deploy:
        context["move"] = PlaceForm(access=access, campaign_day=row, auto_id="move-%s")
    return render(request, "plan/board.html", context)


def _board(request, access, row: CampaignDay) -> dict:
    seen, text = plan.day_of(row, access), request.GET.get("q", "").strip()
    points = points_on(access, row.day)
    points = points if seen.may_deploy else points.none()
    shown = board_of(row, access, points, text=text, number=request.GET.get("page"), used=seen.points)
    return {"campaign_day": row, "day": seen, "board": shown, "q": text, "where": _where(request)}


def _where(request) -> str:
    """What of the board is looked at: a move is answered with the same part."""
    kept = QueryDict(mutable=True)
    kept.update({name: request.GET[name] for name in ("q", "page") if request.GET.get(name)})
    return f"?{kept.urlencode()}" if kept else ""


@require_POST
def deployment_move(request, pk):
    """A card was dropped on a point. Answers with the board as it is now, whether the move was taken or refused."""
    access, row = one_deployment(request, pk)
    status, said = 200, ""
    try:
        point = _place(request, access, row.campaign_day)
        seen = request.POST.get("seen", "")
        change_deployment(deployment=row, seen=int(seen) if is_key(seen) else -1, by=request.user, point=point)
        said = _("“%(team)s”: đã chuyển đến %(place)s.") % {"team": row.team, "place": point or _("lưu động")}
    except DomainError as refusal:
        status, said = refusal.status, str(refusal)
    if request.headers.get("HX-Request") != "true":
        (messages.success if status == 200 else messages.error)(request, said)
        return redirect(reverse("plan:board", args=[row.campaign_day_id]) + _where(request))
    campaign_day = CampaignDay.objects.select_related("campaign__owner").get(pk=row.campaign_day_id)
    context = _board(request, access, campaign_day) | {"said": said, "refused": status != 200}
    return render(request, "plan/_board.html", context, status=status)


def _place(request, access, campaign_day: CampaignDay):
    """The point of a column, none for the mobile ones; or what was typed, where there are too many to list."""
    if "place" in request.POST:
        if text := request.POST["place"].strip():
            return PlaceForm(access=access, campaign_day=campaign_day).place(text)
        raise DomainError(_("Hãy gõ tên hoặc mã điểm, hoặc gõ “lưu động”."))
    key = request.POST.get("point", "")
    if not key:
        return None
    point = points_on(access, campaign_day.day).filter(pk=int(key) if is_key(key) else 0).first()
    if point is None:
        raise DomainError(_("Điểm này không còn mở vào ngày đã chọn. Hãy chọn điểm khác."))
    return point


@require_safe
def points(request, pk):
    """What may be meant by the name of a point that is being typed."""
    access, row = day_seen(request, pk, Right.DEPLOY)
    return suggestions(request, points_on(access, row.day), "point")
