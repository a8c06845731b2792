"""Support points, campaigns, days, deployments and targets."""

from campaigns.models import Campaign, CampaignDay, DayKind, Deployment, ProgrammeGoal, SupportPoint, Target
from demo.seeding.state import State, areas_on
from demo.world import organisation, plans, points
from services_help.models import CampaignService, Service

TEAM_SEEDS = {seed.code: seed for seed in organisation.TEAMS}


def add_points(state: State) -> None:
    old_map, new_map = areas_on(plans.PEAK_DAY), areas_on(organisation.REFORM)
    rows = []
    for seed in points.POINTS:
        area = (new_map if seed.valid_from >= organisation.REFORM else old_map)[seed.area]
        row = seed._asdict() | {"unit": state.units[seed.unit], "area": area, "lat": area.lat, "lon": area.lon}
        rows.append(row | {"opens_at": points.OPENS, "closes_at": points.CLOSES})
    state.points = state.added.add_missing(SupportPoint, rows, key=("code", "valid_from"))


def add_campaigns(state: State) -> None:
    before = set(Campaign.objects.values_list("code", flat=True))
    # Parents stand before their children in the list, but a row gets its key only when it is written.
    for seed in plans.CAMPAIGNS:
        names = ("code", "name", "kind", "theme", "description", "plan_number", "starts_on", "ends_on", "status")
        row = {name: getattr(seed, name) for name in names}
        row |= {"owner": state.units[seed.owner], "parent": state.campaigns.get(seed.parent)}
        state.campaigns = state.added.add_missing(Campaign, [row], key=("code",))
    _tie_to_goals_and_services(state, [seed for seed in plans.CAMPAIGNS if seed.code not in before])


def _tie_to_goals_and_services(state: State, seeds: list[plans.CampaignSeed]) -> None:
    """Only for campaigns just made: what somebody has untied since stays untied."""
    goals = {goal.code: goal for goal in ProgrammeGoal.objects.all()}
    leaves = Service.objects.leaves().select_related("group")
    for seed in seeds:
        campaign = state.campaigns[seed.code]
        campaign.goals.set([goals[code] for code in seed.goals])
        offered = [service for service in leaves if {service.code, service.group.code} & set(seed.services)]
        CampaignService.objects.bulk_create(CampaignService(campaign=campaign, service=each) for each in offered)


def add_deployments(state: State) -> None:
    work = [(day, *each) for day in plans.days_of_work(state.today) for each in plans.work_on(day)]
    days = [
        {
            "campaign_id": state.campaigns[campaign].pk,
            "day": day,
            "kind": DayKind.PEAK if campaign == plans.PEAK else DayKind.ORDINARY,
        }
        for day, campaign, _teams in work
    ]
    made = state.added.add_missing(CampaignDay, days, key=("campaign_id", "day"))
    rows = []
    for day, campaign, teams in work:
        campaign_day = made[state.campaigns[campaign].pk, day]
        for code in teams:
            point = state.point_on(plans.point_code(TEAM_SEEDS[code], day), day)
            for starts_at, ends_at in plans.shifts_of(TEAM_SEEDS[code], day):
                row = {"team_id": state.teams[code].pk, "campaign_day_id": campaign_day.pk}
                row |= {"point_id": point.pk if point else None, "starts_at": starts_at, "ends_at": ends_at}
                rows.append(row)
    # Without the point in the key: a team that has been sent elsewhere, or called off, is left where it is.
    state.added.add_missing(Deployment, rows, key=("team_id", "campaign_day_id", "starts_at"))


def add_targets(state: State) -> None:
    rows = [
        {
            "campaign_id": state.campaigns[campaign].pk,
            "unit_id": state.units[unit].pk,
            "measure": measure,
            "value": value,
            "name": name,
        }
        for campaign, unit, measure, value, name in plans.TARGETS
    ]
    state.added.add_missing(Target, rows, key=("campaign_id", "unit_id", "measure"))
