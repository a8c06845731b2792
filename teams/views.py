"""Pages of staff for the device passes of their teams."""

import segno
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.choosing import suggestions
from core.errors import DomainError, NotAllowed
from core.ids import uuid7
from core.keys import is_key
from core.next_page import NextPaginator
from teams import passes
from teams.access import access_of
from teams.forms import PassForm, teams_for_passes
from teams.models import DevicePass, Team
from teams.permissions import Right

PASSES_A_PAGE = 50
REMEMBER_FORM = 60 * 60 * 24


def _require_pass_right(request):
    access = access_of(request)
    if not access.has(Right.PASS_ISSUE):
        raise PermissionDenied
    return access


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pass_list(request):
    """GET: the passes and the form for new ones. POST: the cards, to be printed from this very answer."""
    access = _require_pass_right(request)
    form = PassForm(request.POST or None, access=access, initial={"id": uuid7(), "team": _asked_for(request, access)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        # The codes are in no table: a form that is sent again cannot show them, and must not make others.
        this_form = f"passes:{data['id']}"
        if not cache.add(this_form, 1, REMEMBER_FORM):
            messages.warning(
                request,
                _("Các thẻ này đã được tạo. Mã chỉ hiện một lần: chưa in được thì thu hồi và tạo thẻ mới."),
            )
            return redirect("teams:pass_list")
        try:
            issued = passes.issue_passes(
                team=data["team"], count=data["count"], valid_to=data["valid_to"], access=access
            )
        except DomainError as error:
            cache.delete(this_form)  # nothing was made: sent again with other values, it is the first
            form.add_error(None, str(error))
        except Exception:
            cache.delete(this_form)
            raise
        else:
            return render(request, "teams/pass_print.html", {"cards": [_card(request, each) for each in issued]})
    # Not joined: ten thousand passes would be laid beside their teams and accounts before the latest are chosen.
    found = DevicePass.objects.visible_to(access).prefetch_related("team", "created_by")
    page = NextPaginator(found, PASSES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "teams/pass_list.html", {"form": form, "page": page})


@never_cache
@require_safe
def pass_teams(request):
    """What may be meant by the name of a team that is being typed into the form."""
    return suggestions(request, teams_for_passes(_require_pass_right(request)), "team")


def _asked_for(request, access) -> Team | None:
    """The team for which another page has sent its reader here."""
    team = request.GET.get("team", "")
    return teams_for_passes(access).filter(pk=team).first() if is_key(team) else None


def _card(request, issued: passes.IssuedPass) -> dict:
    url = request.build_absolute_uri(reverse("field:pass", args=[issued.code]))
    # Error correction Q: a card is folded, sweated on and read in the sun.
    qr = segno.make(url, error="q", micro=False)
    return {"device_pass": issued.device_pass, "url": url, "qr": qr.svg_data_uri(border=2, scale=4)}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pass_revoke(request, pk):
    """GET asks, POST revokes."""
    access = _require_pass_right(request)
    device_pass = get_object_or_404(DevicePass.objects.visible_to(access).select_related("team", "device_user"), pk=pk)
    if request.method == "POST":
        try:
            passes.revoke_pass(device_pass=device_pass, access=access)
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        messages.success(request, _("Đã thu hồi: %(pass)s.") % {"pass": device_pass})
        return redirect("teams:pass_list")
    return render(request, "teams/pass_revoke.html", {"device_pass": device_pass})
