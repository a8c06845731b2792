"""A day of a campaign as the reader sees it: how many are sent, what does not fit, and some of the rows."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from campaigns import clashes, clashing
from campaigns.models import Campaign, CampaignDay, CampaignStatus, Deployment
from core.dated import today, valid_on
from core.templatetags.vi import vi_number
from core.vietnamese import fold
from desk.common import may
from services_help.intake.afterwards import MOST_LEFT_OUT, left_out
from teams.access import Access
from teams.models import Team, TeamHome, Unit, UnitAncestry
from teams.permissions import Right

MOST_COUNTED = 1000


@dataclass(frozen=True)
class Row:
    deployment: Deployment
    unit: str
    clashes: list[clashes.Clash]
    may_change: bool

    @property
    def is_grave(self) -> bool:
        return any(clash.is_grave for clash in self.clashes)


@dataclass(frozen=True)
class Day:
    """The numbers of the whole day, counted by the database: no row is read for them."""

    count: int
    teams: int
    points: int
    may_deploy: bool
    # Of a draft: the reader may set it going.
    may_start: bool = False
    # Sessions that the campaign has missed for good, unless their period is unlocked.
    left_out: int = 0

    @property
    def left_out_text(self) -> str:
        if self.left_out > MOST_LEFT_OUT:
            return _("hơn %(count)s") % {"count": vi_number(MOST_LEFT_OUT)}
        return vi_number(self.left_out)

    @property
    def is_long(self) -> bool:
        """What does not fit is then counted by a request of its own, so that nobody waits for it."""
        return self.count > MOST_COUNTED


@dataclass(frozen=True)
class Misfits:
    """What does not fit, of the whole day: the rows that have it are told of by ``rows_of``."""

    counts: list[clashes.Count]

    @property
    def is_grave(self) -> bool:
        return any(count.is_grave for count in self.counts)


def sent_on(campaign_day: CampaignDay, access: Access):
    """What the reader sees of the day."""
    return Deployment.objects.visible_to(access).active().filter(campaign_day=campaign_day)


def day_of(campaign_day: CampaignDay, access: Access) -> Day:
    numbers = {"count": Count("pk"), "teams": Count("team", distinct=True), "points": Count("point", distinct=True)}
    counted = sent_on(campaign_day, access).aggregate(**numbers)
    return Day(**counted, may_deploy=access.has(Right.DEPLOY), **_standing(campaign_day, access))


def _standing(campaign_day: CampaignDay, access: Access) -> dict:
    """Whether what is done on the day counts for the campaign."""
    campaign = campaign_day.campaign
    if campaign.status == CampaignStatus.DRAFT:
        return {"may_start": may(Campaign.objects.all(), access, campaign.pk, Right.CAMPAIGN_MANAGE)}
    return {"left_out": left_out(campaign_day, access)} if campaign_day.day <= today() else {}


def misfits_of(campaign_day: CampaignDay, access: Access) -> Misfits:
    found = sent_on(campaign_day, access).aggregate(**clashing.numbers(campaign_day.day))
    return Misfits(clashes.told(found))


def in_order(deployments):
    """With all that a row prints."""
    return deployments.select_related("team", "point", "campaign_day__campaign").order_by(
        "team__sort_key", "starts_at", "pk"
    )


def rows_of(campaign_day: CampaignDay, deployments: Iterable[Deployment], access: Access) -> list[Row]:
    """A constant number of queries. Also of teams that have ended: what they were sent for can still be called off."""
    day, deployments = campaign_day.day, list(deployments)
    found = clashes.clashes_of(day, deployments)
    teams = {row.team_id for row in deployments}
    units = dict(TeamHome.objects.on(day).filter(team__in=teams).values_list("team", "unit__name"))
    writable = set(Team.objects.filter(pk__in=teams).visible_to(access, Right.DEPLOY).values_list("pk", flat=True))
    return [Row(row, units.get(row.team_id, ""), found.get(row.pk, []), row.team_id in writable) for row in deployments]


def searched(deployments, text: str, campaign_day: CampaignDay):
    """Those whose team, unit or point holds each word of ``text``, blind to accents."""
    for word in fold(text).split():
        units = TeamHome.objects.on(campaign_day.day).filter(unit__search_key__contains=word)
        deployments = deployments.filter(
            Q(team__search_key__contains=word) | Q(point__search_key__contains=word) | Q(team__in=units.values("team"))
        )
    return deployments


def units_to_choose(access: Access, campaign_day: CampaignDay):
    """Units with teams that the reader may send on the day, and those above them within his reach."""
    day = campaign_day.day
    mine = Unit.objects.visible_to(access, Right.DEPLOY).on(day)
    homes = TeamHome.objects.filter(valid_on(day)).values("unit")
    above = UnitAncestry.objects.filter(valid_on(day), descendant__in=homes).values("ancestor")
    return mine.filter(pk__in=above).order_by("sort_key", "pk")


def teams_of_unit(access: Access, campaign_day: CampaignDay, unit: Unit | None):
    """Teams at or below ``unit`` on the day that the reader may send; without a unit: all of his."""
    day = campaign_day.day
    teams = Team.objects.visible_to(access, Right.DEPLOY).on(day)
    if unit:
        below = UnitAncestry.objects.filter(valid_on(day), ancestor=unit).values("descendant")
        teams = teams.filter(pk__in=TeamHome.objects.filter(valid_on(day), unit__in=below).values("team"))
    return teams.order_by("sort_key", "pk")
