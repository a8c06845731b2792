"""Which campaign a session counts for: the one its team was sent out for that day, else the city's peak day."""

from collections import defaultdict
from functools import cache

from campaigns.models import CampaignDay, CampaignStatus, DayKind
from core.bulk import Recordset, fetch
from core.dated import valid_sql
from services_help.models import Session

# A session's team and day, and its place in the list.
_ASKED = Recordset(
    place=CampaignDay._meta.pk, team=Session._meta.get_field("team"), day=CampaignDay._meta.get_field("day")
)


def assign(sessions: list[Session]) -> None:
    """Set ``campaign_id`` of new sessions; an unplanned shift on an ordinary day keeps none."""
    if not sessions:
        return
    asked = [{"place": place, "team": row.team_id, "day": row.day} for place, row in enumerate(sessions)]
    plans, peaks = defaultdict(list), set()
    values = [*_ASKED.parameters(asked), CampaignStatus.DRAFT.value]
    for place, kind, campaign, plan, point, starts_at in fetch(_plans_sql(), values):
        if plan:
            # The plan for this very point, then the earliest of the day.
            plans[place].append((point != sessions[place].point_id, starts_at, plan, campaign))
        if kind == DayKind.PEAK:
            peaks.add(place)
    for place, choices in plans.items():
        sessions[place].campaign_id = min(choices)[-1]
    if unplanned := [asked[place] for place in sorted(peaks - plans.keys())]:
        for place, campaign in _peaks(unplanned).items():
            sessions[place].campaign_id = campaign


@cache
def _plans_sql() -> str:
    """Nothing on most days: neither is the team sent anywhere, nor is it anybody's peak day.

    A draft is no plan yet: the phone does not show it either.
    """
    return f"""
        SELECT asked.place, day.kind, day.campaign_id, plan.id, plan.point_id, plan.starts_at
        FROM {_ASKED.sql("asked")}
        JOIN campaigns_campaignday day ON day.day = asked.day
        JOIN campaigns_campaign campaign ON campaign.id = day.campaign_id AND campaign.status <> %s
        LEFT JOIN campaigns_deployment plan
        ON plan.campaign_day_id = day.id AND plan.team_id = asked.team AND plan.cancelled_at IS NULL"""  # noqa: S608


def _peaks(asked: list[dict]) -> dict[int, int]:
    """Place -> the peak-day campaign owned nearest at or above the home of the team that day."""
    rows = fetch(_peaks_sql(), [*_ASKED.parameters(asked), DayKind.PEAK.value, CampaignStatus.DRAFT.value])
    return {place: campaign for place, _depth, campaign in sorted(rows, reverse=True)}


@cache
def _peaks_sql() -> str:
    return f"""
        SELECT asked.place, above.depth, campaign.id
        FROM {_ASKED.sql("asked")}
        JOIN teams_teamhome home ON home.team_id = asked.team AND {valid_sql("asked.day", "home")}
        JOIN teams_unitancestry above ON above.descendant_id = home.unit_id AND {valid_sql("asked.day", "above")}
        JOIN campaigns_campaign campaign ON campaign.owner_id = above.ancestor_id
        JOIN campaigns_campaignday day ON day.campaign_id = campaign.id AND day.day = asked.day
        WHERE day.kind = %s AND campaign.status <> %s"""  # noqa: S608 - names are ours
