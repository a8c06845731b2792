"""One change for several deployments that were ticked in the table of a day."""

from django.contrib import messages
from django.utils.translation import gettext as _

from campaigns.models import CampaignDay, Deployment
from core.errors import DomainError
from desk.plan.places import ChangeForm
from desk.plan.writing import cancel_many, change_many
from teams.access import Access
from teams.permissions import Right


def change_chosen(request, access: Access, campaign_day: CampaignDay) -> ChangeForm | None:
    """None when it is done; else nothing is, and the form comes back as it was sent, with what is wrong."""
    form = ChangeForm(request.POST, access=access, campaign_day=campaign_day)
    makes_sense = form.is_valid()
    chosen = _chosen(form, access, campaign_day)
    if not chosen:
        form.add_error(None, _("Hãy đánh dấu ít nhất một phân công trong bảng."))
        return form
    try:
        if request.POST.get("action") == "cancel":
            done = cancel_many(chosen=chosen, by=request.user)
            messages.success(request, _("Đã hủy %(count)s phân công.") % {"count": done})
            return None
        if makes_sense and form.values:
            done = change_many(chosen=chosen, by=request.user, **form.values)
            messages.success(request, _("Đã sửa %(count)s phân công.") % {"count": done})
            return None
        if makes_sense:
            form.add_error(None, _("Hãy chọn điểm hoặc giờ mới cho các phân công đã đánh dấu."))
    except DomainError as refusal:
        form.add_error(None, str(refusal))
    return form


def _chosen(form: ChangeForm, access: Access, campaign_day: CampaignDay) -> list[tuple[Deployment, int]]:
    """What was ticked, of those that the reader may change, with the version that was seen."""
    mine = Deployment.objects.visible_to(access, Right.DEPLOY).active().filter(campaign_day=campaign_day)
    return [(row, form.ticked[row.pk]) for row in mine.filter(pk__in=form.ticked).order_by("pk")]
