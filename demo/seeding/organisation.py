"""Units, teams, volunteers and accounts."""

from django.contrib.auth.hashers import make_password

from accounts.models import User, UserKind
from demo.seeding.state import State, areas_on
from demo.world import organisation, people
from demo.world.plans import PEAK_DAY
from teams.models import Appointment, Team, TeamHome, TeamMember, Unit, UnitPlacement, Volunteer

SINCE = organisation.SINCE


def add_units(state: State) -> None:
    areas = areas_on(PEAK_DAY)
    rows = [
        {
            "code": seed.code,
            "name": seed.name,
            "kind": seed.kind,
            "block": seed.block,
            "area": areas.get(seed.area),
            "valid_from": SINCE,
        }
        for seed in organisation.UNITS
    ]
    made = state.added.add_missing(Unit, rows, key=("code", "valid_from"))
    state.units = {code: unit for (code, since), unit in made.items() if since == SINCE}
    placements = [
        {"unit": state.units[seed.code], "parent": state.units[seed.parent], "valid_from": SINCE}
        for seed in organisation.UNITS
        if seed.parent
    ]
    # A unit that somebody has moved since keeps its place: any placement of the first day will do.
    state.added.add_missing(UnitPlacement, _with_ids(placements), key=("unit_id", "valid_from"))


def add_teams(state: State) -> None:
    areas = areas_on(PEAK_DAY)
    rows = [
        {
            "code": seed.code,
            "name": seed.name,
            "kind": seed.kind,
            "area": areas.get(seed.area),
            "field": seed.field,
            "is_assumed": seed.is_assumed,
            "note": seed.note,
            "valid_from": SINCE,
        }
        for seed in organisation.TEAMS
    ]
    made = state.added.add_missing(Team, rows, key=("code", "valid_from"))
    state.teams = {code: team for (code, since), team in made.items() if since == SINCE}
    homes = [
        {"team": state.teams[seed.code], "unit": state.units[seed.unit], "valid_from": SINCE}
        for seed in organisation.TEAMS
    ]
    state.added.add_missing(TeamHome, _with_ids(homes), key=("team_id", "valid_from"))


def add_volunteers(state: State) -> None:
    people_of = {seed.code: people.volunteers_of(seed.code) for seed in organisation.TEAMS}
    rows = [row | {"unit": state.units[seed.unit]} for seed in organisation.TEAMS for row in people_of[seed.code]]
    volunteers = state.added.add_missing(Volunteer, rows, key=("code",))
    members = [
        {"team": state.teams[team], "volunteer": volunteers[row["code"]], "valid_from": SINCE}
        for team, rows_of_team in people_of.items()
        for row in rows_of_team
    ]
    state.added.add_missing(TeamMember, _with_ids(members), key=("team_id", "volunteer_id", "valid_from"))


def add_accounts(state: State) -> None:
    """One leader for each team, and the accounts that `make run` prints."""
    accounts = people.ACCOUNTS + [people.leader_of(seed.code, seed.name) for seed in organisation.TEAMS]
    names = [each.username for each in accounts]
    held = User.objects.filter(username__in=names).count()
    # Hashing is slow on purpose: once for all, since they share their password; not at all the second time.
    password = make_password(people.PASSWORD) if held < len(accounts) else ""
    rows = [
        {
            "username": each.username,
            "full_name": each.full_name,
            "kind": UserKind.CLIENT if each.role == "api_client" else UserKind.PERSON,
            "password": password,
        }
        for each in accounts
    ]
    users = state.users = state.added.add_missing(User, rows, key=("username",))
    appointments = [
        {
            "user": users[each.username],
            "role": each.role,
            "unit": state.units.get(each.unit),
            "team": state.teams.get(each.team),
            "valid_from": SINCE,
        }
        for each in accounts
    ]
    state.added.add_missing(Appointment, _with_ids(appointments), key=("user_id", "role"))


def _with_ids(rows: list[dict]) -> list[dict]:
    """The same rows with ``x_id`` beside each object ``x``, so that they can be looked up by it."""
    return [row | {f"{name}_id": value.pk for name, value in row.items() if hasattr(value, "pk")} for row in rows]
