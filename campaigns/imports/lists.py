"""The lists of a plan that a file may fill: see ``teams.imports.lists``."""

from django.utils.translation import gettext_lazy as _

from campaigns.imports.deployments import DeploymentFile
from campaigns.imports.past import PastFigureFile
from campaigns.imports.targets import TargetFile
from campaigns.models import Campaign, CampaignDay
from core.errors import NotAllowed
from teams.access import Access
from teams.imports.lists import ImportList
from teams.permissions import Right


def _day(access: Access, pk: int) -> CampaignDay | None:
    """Teams are sent out for days of campaigns above as well; which teams, each row is asked."""
    day = CampaignDay.objects.visible_to(access).select_related("campaign__owner").filter(pk=pk).first()
    if day:
        access.require(Right.DEPLOY)
    return day


def _campaign(access: Access, pk: int) -> Campaign | None:
    campaign = Campaign.objects.visible_to(access).filter(pk=pk).first()
    if campaign and not Campaign.objects.visible_to(access, Right.CAMPAIGN_MANAGE).filter(pk=pk).exists():
        raise NotAllowed
    return campaign


DEPLOYMENTS = ImportList(_("Phân công"), Right.DEPLOY, DeploymentFile, DeploymentFile.guide_of_day, _day)
TARGETS = ImportList(_("Chỉ tiêu"), Right.CAMPAIGN_MANAGE, TargetFile, TargetFile.guide_of_campaign, _campaign)
PAST_FIGURES = ImportList(
    _("Số liệu các năm trước"),
    Right.CAMPAIGN_MANAGE,
    lambda access, _subject: PastFigureFile(access),
    PastFigureFile.guide_of_subject,
)
