"""What does not fit in the plan of a day: each check a plain function over what was read once.

A clash is told, never refused: whoever plans knows reasons that no table holds. What cannot be at all (a point that is
closed for good, twice the same) the services refuse.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.deploying import hours_text, overlap
from campaigns.models import Deployment
from teams.models import Appointment, DevicePass
from teams.permissions import Role

TWICE, TEAM_GONE, POINT_GONE, OUTSIDE_HOURS, NO_LEADER = (
    "twice",
    "team_gone",
    "point_gone",
    "outside_hours",
    "no_leader",
)
# What cannot work out, before what may have a reason.
GRAVE = (TWICE, TEAM_GONE, POINT_GONE)
KINDS = (*GRAVE, OUTSIDE_HOURS, NO_LEADER)


@dataclass(frozen=True)
class Clash:
    kind: str
    deployment_id: int | None
    text: str

    @property
    def is_grave(self) -> bool:
        return self.kind in GRAVE


@dataclass
class DayPlan:
    """Some deployments of one day, and what the checks need to know about them."""

    day: dt.date
    deployments: list[Deployment]
    # By team: all of its deployments of that day, in whatever campaign.
    of_team: dict[int, list[Deployment]] = field(default_factory=lambda: defaultdict(list))
    # Teams for which somebody may open a shift that day.
    led: set[int] = field(default_factory=set)


def plan_of(day: dt.date, deployments: Iterable[Deployment]) -> DayPlan:
    """Three queries, whatever the number of rows; the rows come with team, point and campaign."""
    plan = DayPlan(day, list(deployments))
    teams = {row.team_id for row in plan.deployments}
    if not teams:
        return plan
    everywhere = Deployment.objects.active().filter(campaign_day__day=day, team__in=teams)
    for row in everywhere.select_related("point", "campaign_day__campaign").order_by("starts_at", "pk"):
        plan.of_team[row.team_id].append(row)
    leaders = Appointment.objects.on(day).filter(role=Role.TEAM_LEADER, team__in=teams, user__is_active=True)
    plan.led = set(leaders.values_list("team", flat=True))
    # A card that waits to be scanned: whoever holds it leads.
    cards = DevicePass.objects.filter(valid_to__gte=day, team__in=teams, revoked_at=None, redeemed_at=None)
    plan.led |= set(cards.values_list("team", flat=True))
    return plan


# --- the checks -------------------------------------------------------------------------------------------------------
def check_twice(plan: DayPlan, row: Deployment) -> Clash | None:
    """A team in two places at one time, in this campaign or in another one."""
    for other in plan.of_team[row.team_id]:
        if other.pk == row.pk or not overlap(other, row):
            continue
        place = other.point.name if other.point else _("lưu động")
        if other.campaign_day_id == row.campaign_day_id:
            text = _("Cùng giờ này đội còn được phân công: %(place)s, %(hours)s.")
        else:
            text = _("Cùng giờ này đội còn được phân công ở “%(campaign)s”: %(place)s, %(hours)s.")
        told = {"place": place, "hours": hours_text(other), "campaign": other.campaign_day.campaign.name}
        return Clash(TWICE, row.pk, text % told)
    return None


def check_team(plan: DayPlan, row: Deployment) -> Clash | None:
    """The team has ended, or has not begun."""
    if row.team.is_valid_on(plan.day):
        return None
    return Clash(TEAM_GONE, row.pk, _("Đội không hoạt động vào ngày này (%(days)s).") % {"days": _days(row.team)})


def check_point(plan: DayPlan, row: Deployment) -> Clash | None:
    """The point was closed after the team had been sent there."""
    if row.point is None or row.point.is_valid_on(plan.day):
        return None
    return Clash(POINT_GONE, row.pk, _("Điểm không mở vào ngày này (%(days)s).") % {"days": _days(row.point)})


def check_hours(_plan: DayPlan, row: Deployment) -> Clash | None:
    """The team stands there while the point is shut; a point without hours is open all day."""
    point = row.point
    if point is None or point.opens_at is None or point.closes_at is None:
        return None
    if point.opens_at <= row.starts_at and row.ends_at <= point.closes_at:
        return None
    hours = f"{point.opens_at:%H:%M}–{point.closes_at:%H:%M}"
    return Clash(OUTSIDE_HOURS, row.pk, _("Ngoài giờ mở cửa của điểm (%(hours)s).") % {"hours": hours})


def check_leader(plan: DayPlan, row: Deployment) -> Clash | None:
    """Nobody could open the team's shift: no leader with an account, no card that waits."""
    if row.team_id in plan.led:
        return None
    return Clash(NO_LEADER, row.pk, _("Chưa có đội trưởng hay thẻ thiết bị dùng được trong ngày này."))


CHECKS: tuple[Callable[[DayPlan, Deployment], Clash | None], ...] = (
    check_twice,
    check_team,
    check_point,
    check_hours,
    check_leader,
)


# --- all of them ------------------------------------------------------------------------------------------------------
def clashes_of(day: dt.date, deployments: Iterable[Deployment]) -> dict[int, list[Clash]]:
    """By deployment, the grave ones first; rows without a clash are absent."""
    plan = plan_of(day, deployments)
    return {row.pk: found for row in plan.deployments if (found := list(_found(plan, row)))}


def _found(plan: DayPlan, row: Deployment) -> Iterator[Clash]:
    for check in CHECKS:
        if clash := check(plan, row):
            yield clash


@dataclass(frozen=True)
class Count:
    kind: str
    number: int
    text: str

    @property
    def is_grave(self) -> bool:
        return self.kind in GRAVE


def told(numbers: dict[str, int]) -> list[Count]:
    """How many deployments each kind of clash holds, in words; of those that there are."""
    return [Count(kind, count, _counted(kind, count)) for kind in KINDS if (count := numbers.get(kind, 0))]


def _counted(kind: str, number: int) -> str:
    texts = {
        TWICE: ngettext(
            "%(n)s phân công trùng giờ với phân công khác của đội",
            "%(n)s phân công trùng giờ với phân công khác của đội",
            number,
        ),
        TEAM_GONE: ngettext(
            "%(n)s phân công của đội không hoạt động ngày này",
            "%(n)s phân công của đội không hoạt động ngày này",
            number,
        ),
        POINT_GONE: ngettext("%(n)s phân công đến điểm đã đóng", "%(n)s phân công đến điểm đã đóng", number),
        OUTSIDE_HOURS: ngettext("%(n)s phân công ngoài giờ mở cửa", "%(n)s phân công ngoài giờ mở cửa", number),
        NO_LEADER: ngettext(
            "%(n)s phân công chưa có đội trưởng hay thẻ thiết bị",
            "%(n)s phân công chưa có đội trưởng hay thẻ thiết bị",
            number,
        ),
    }
    return texts[kind] % {"n": number}


def _days(thing) -> str:
    """From when until when it exists."""
    start = f"{thing.valid_from:%d/%m/%Y}"
    return f"{start} – {thing.valid_to:%d/%m/%Y}" if thing.valid_to else _("từ %(day)s") % {"day": start}
