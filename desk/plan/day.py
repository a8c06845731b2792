"""A day of a campaign as the reader sees it: who is sent where, and what does not fit."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from campaigns.clashes import Clash, Count, clashes_of, summary
from campaigns.models import CampaignDay, Deployment, SupportPoint
from core.dated import valid_on
from core.vietnamese import fold
from teams.access import Access
from teams.models import Team, TeamHome, Unit, UnitAncestry
from teams.permissions import Right


@dataclass(frozen=True)
class Row:
    deployment: Deployment
    unit: str
    clashes: list[Clash]
    may_change: bool

    @property
    def is_grave(self) -> bool:
        return any(clash.is_grave for clash in self.clashes)


@dataclass(frozen=True)
class Column:
    """A point of the board with the teams that are sent there; without a point: the mobile ones."""

    point: SupportPoint | None
    rows: list[Row] = field(default_factory=list)

    @property
    def key(self) -> str:
        return str(self.point.pk) if self.point else ""


@dataclass
class Day:
    campaign_day: CampaignDay
    rows: list[Row]
    counts: list[Count]
    may_deploy: bool

    @property
    def teams(self) -> int:
        return len({row.deployment.team_id for row in self.rows})

    @property
    def points(self) -> int:
        return len({row.deployment.point_id for row in self.rows if row.deployment.point_id})

    @property
    def grave(self) -> int:
        return sum(row.is_grave for row in self.rows)


def day_of(campaign_day: CampaignDay, access: Access) -> Day:
    """A constant number of queries, whatever the number of teams."""
    day = campaign_day.day
    mine = Deployment.objects.visible_to(access).active().filter(campaign_day=campaign_day)
    deployments = list(mine.select_related("team", "point__area", "campaign_day__campaign"))
    deployments.sort(key=lambda row: (row.team.sort_key, row.starts_at, row.pk))
    clashes = clashes_of(day, deployments)
    teams = {row.team_id for row in deployments}
    homes = TeamHome.objects.on(day).filter(team__in=teams).values_list("team", "unit__name")
    units = dict(homes)
    # Also teams that have ended: what they were sent for can still be called off.
    writable = set(Team.objects.visible_to(access, Right.DEPLOY).filter(pk__in=teams).values_list("pk", flat=True))
    rows = [
        Row(row, units.get(row.team_id, ""), clashes.get(row.pk, []), row.team_id in writable) for row in deployments
    ]
    return Day(campaign_day, rows, summary(clashes), access.has(Right.DEPLOY))


def narrowed(rows: Iterable[Row], *, text: str = "", only_clashes: bool = False) -> list[Row]:
    """Rows whose team, unit or point holds every word of ``text``, blind to accents."""
    words = fold(text).split()
    return [row for row in rows if (row.clashes or not only_clashes) and all(word in _searched(row) for word in words)]


def _searched(row: Row) -> str:
    point = row.deployment.point.search_key if row.deployment.point else ""
    return f"{row.deployment.team.search_key} {fold(row.unit)} {point}"


def columns_of(rows: Iterable[Row], points: Iterable[SupportPoint]) -> list[Column]:
    """The mobile ones first, then each point that has teams, then those that still have none, as lists are sorted."""
    by_point: dict[int | None, list[Row]] = defaultdict(list)
    used: dict[int, SupportPoint] = {}
    for row in rows:
        by_point[row.deployment.point_id].append(row)
        if row.deployment.point:
            used[row.deployment.point.pk] = row.deployment.point
    everywhere = {point.pk: point for point in points} | used
    ordered = sorted(everywhere.values(), key=lambda point: (point.pk not in used, point.sort_key, point.pk))
    return [Column(None, by_point[None]), *(Column(point, by_point.get(point.pk, [])) for point in ordered)]


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
