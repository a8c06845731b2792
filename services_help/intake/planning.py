"""Which campaign a session counts for: the one its team was sent out for that day, else the city's peak day."""

import datetime as dt
from collections import defaultdict

from campaigns.models import CampaignDay, CampaignStatus, DayKind, Deployment
from core.dated import Dated
from services_help.models import Session
from teams.models import TeamHome, UnitAncestry

Slice = tuple[int, dt.date]


def assign(sessions: list[Session]) -> None:
    """Set ``campaign_id`` of new sessions; an unplanned shift on an ordinary day keeps none."""
    if not sessions:
        return
    plans = _plans(sessions)
    for session in sessions:
        choices = plans[session.team_id, session.day]
        if choices:
            session.campaign_id = min(
                # The plan for this very point, then the earliest of the day.
                (point != session.point_id, starts_at, pk, campaign)
                for pk, point, starts_at, campaign in choices
            )[-1]
    if unplanned := [session for session in sessions if session.campaign_id is None]:
        peaks = _peaks({(session.team_id, session.day) for session in unplanned})
        for session in unplanned:
            session.campaign_id = peaks.get((session.team_id, session.day))


def _plans(sessions: list[Session]) -> dict[Slice, list[tuple]]:
    plans = defaultdict(list)
    rows = Deployment.objects.active().filter(
        team__in={session.team_id for session in sessions}, campaign_day__day__in={session.day for session in sessions}
    )
    for team, day, *plan in rows.values_list(
        "team", "campaign_day__day", "pk", "point", "starts_at", "campaign_day__campaign"
    ):
        plans[team, day].append(plan)
    return plans


def _peaks(slices: set[Slice]) -> dict[Slice, int]:
    """The peak-day campaign owned nearest at or above the team's home of the day."""
    peaks = CampaignDay.objects.filter(day__in={day for _team, day in slices}, kind=DayKind.PEAK)
    days = list(peaks.exclude(campaign__status=CampaignStatus.DRAFT).select_related("campaign"))
    if not days:
        return {}
    homes = list(TeamHome.objects.filter(team__in={team for team, _day in slices}))
    owners = UnitAncestry.objects.filter(
        descendant__in={home.unit_id for home in homes}, ancestor__in={day.campaign.owner_id for day in days}
    )
    above = defaultdict(list)
    for row in owners:
        above[row.descendant_id].append(row)
    found = {}
    for team, day in slices:
        home = _on(day, [home for home in homes if home.team_id == team])
        reachable = [
            (row.depth, peak.campaign_id)
            for peak in days
            for row in (above[home.unit_id] if home else [])
            if peak.day == day and row.ancestor_id == peak.campaign.owner_id and row.is_valid_on(day)
        ]
        if reachable:
            found[team, day] = min(reachable)[1]
    return found


def _on(day: dt.date, rows: list[Dated]):
    return next((row for row in rows if row.is_valid_on(day)), None)
