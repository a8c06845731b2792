"""One change for several deployments that were ticked in the table of a day."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.models import CampaignDay, Deployment
from core.errors import DomainError
from desk.common import tell
from desk.plan.forms import HourField
from desk.plan.places import ChangeForm
from desk.plan.writing import cancel_many, change_many
from teams.access import Access
from teams.permissions import Right

KEEP = ""


def change_chosen(request, access: Access, campaign_day: CampaignDay) -> None:
    """Tells what became of it; nothing is changed when one of them refuses."""
    chosen = _chosen(request, access, campaign_day)
    if not chosen:
        messages.warning(request, _("Hãy đánh dấu ít nhất một phân công trong bảng."))
        return
    try:
        if request.POST.get("action") == "cancel":
            done = cancel_many(chosen=chosen, by=request.user)
            messages.success(request, _("Đã hủy %(count)s phân công.") % {"count": done})
            return
        values = _values(request, access, campaign_day)
        if not values:
            messages.warning(request, _("Hãy chọn điểm hoặc giờ mới cho các phân công đã đánh dấu."))
            return
        done = change_many(chosen=chosen, by=request.user, **values)
        messages.success(request, _("Đã sửa %(count)s phân công.") % {"count": done})
    except DomainError as refusal:
        tell(request, refusal)


def _chosen(request, access: Access, campaign_day: CampaignDay) -> list[tuple[Deployment, int]]:
    """What was ticked, as “key:version”, of those that the reader may change."""
    pairs = [text.partition(":")[::2] for text in request.POST.getlist("chosen")]
    seen = {int(key): int(version) for key, version in pairs if key.isdecimal() and version.isdecimal()}
    mine = Deployment.objects.visible_to(access, Right.DEPLOY).active().filter(campaign_day=campaign_day)
    return [(row, seen[row.pk]) for row in mine.filter(pk__in=seen).order_by("pk")]


def _values(request, access: Access, campaign_day: CampaignDay) -> dict:
    values: dict = {}
    if text := request.POST.get("point", KEEP).strip():
        values["point"] = ChangeForm(access=access, campaign_day=campaign_day).place(text)
    for name in ("starts_at", "ends_at"):
        if text := request.POST.get(name, ""):
            values[name] = _hour(text)
    return values


def _hour(text: str):
    try:
        return HourField().clean(text)
    except ValidationError as error:
        raise DomainError(_("“%(text)s” không phải là giờ. Hãy viết dạng 07:30.") % {"text": text}) from error
