"""Which services a campaign offers."""

from collections.abc import Iterable

from django.db import transaction

from campaigns.models import Campaign
from core import audit
from core.models import Revision
from services_help.models import CampaignService, Service


@transaction.atomic
def set_services(*, campaign: Campaign, services: Iterable[Service], by) -> None:
    """The campaign offers these and no others; none named: all that are valid. The same again writes nothing."""
    # Locked, so that two who choose at once do not leave a mixture that neither chose.
    Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    wanted = {service.pk: service for service in services}
    held = {row.service_id: row for row in campaign.campaign_services.select_related("service")}
    gone = [row for pk, row in held.items() if pk not in wanted]
    new = [service for pk, service in wanted.items() if pk not in held]
    if not (gone or new):
        return
    CampaignService.objects.filter(pk__in=[row.pk for row in gone]).delete()
    CampaignService.objects.bulk_create(CampaignService(campaign=campaign, service=service) for service in new)
    audit.record(
        "services_help.campaign_services_set",
        by=by,
        target=campaign,
        scope_unit=campaign.owner_id,
        added=sorted(service.code for service in new),
        removed=sorted(row.service.code for row in gone),
    )
    Revision.bump("catalogue")
