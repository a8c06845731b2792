"""What one form of the desk changes in more than one place."""

from collections.abc import Iterable

from django.db import transaction

from campaigns.deploying import cancel_deployment, change_deployment
from campaigns.models import Campaign, Deployment
from campaigns.services import save_campaign
from services_help.offering import set_services


@transaction.atomic
def save_plan(*, campaign: Campaign | None, services, by, **values) -> Campaign:
    """A campaign with the services that it offers."""
    saved = save_campaign(campaign=campaign, by=by, **values)
    set_services(campaign=saved, services=services, by=by)
    return saved


@transaction.atomic
def change_many(*, chosen: Iterable[tuple[Deployment, int]], by, **values) -> int:
    """The same place or hours for several (deployment, the version that was seen); all or none. How many there are."""
    rows = [change_deployment(deployment=row, seen=seen, by=by, **values) for row, seen in chosen]
    return len(rows)


@transaction.atomic
def cancel_many(*, chosen: Iterable[tuple[Deployment, int]], by) -> int:
    rows = [cancel_deployment(deployment=row, by=by) for row, _seen in chosen]
    return len(rows)
