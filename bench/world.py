"""The organisation that the benchmarks run in: a city the size of the real one, the same at every number of logs.

A tree of 300 units in four levels, some of which moved during the year; teams spread unevenly over 255 of them, each
with volunteers, a few support points and its own habit of services; the year's campaigns; one token of the whole city.
"""

import datetime as dt
import random

from django.utils import timezone

from accounts.models import User, UserKind
from bench.facts import CAMPAIGNS, FIRST_DAY, KEY, REFORM, TEAMS
from campaigns.models import Campaign, CampaignDay, SupportPoint
from teams.authentication import digest_of
from teams.models import AdminArea, ApiToken, Team, TeamHome, Unit, UnitPlacement, Volunteer
from teams.permissions import Scope
from teams.tree import rebuild_ancestry

WARDS, BLOCKS, BASES, BRANCHES, UNITS_WITH_TEAMS = 168, 10, 81, 40, 255


def build(teams: int = TEAMS, *, seed: int = 1) -> ApiToken:
    """Units, teams with their people and places, campaigns, and one token of the whole city; returns the token."""
    rng = random.Random(f"world {seed}")
    owner = User.objects.create_user("bench", full_name="Bench", kind=UserKind.CLIENT)
    city, homes = _units()
    _campaigns(city)
    rows = _teams(teams, homes, rng)
    _people(rows, rng)
    _points(rows, rng)
    return ApiToken.objects.create(
        name="bench",
        user=owner,
        prefix="bench",
        digest=digest_of(KEY),
        unit=city,
        scopes=[Scope.STATS_READ.value, Scope.LOGS_WRITE.value],
        expires_at=timezone.now() + dt.timedelta(days=365),
    )


def _units() -> tuple[Unit, list[Unit]]:
    """The city, and the units that have teams."""
    city = Unit.objects.create(code="TD", name="Thành Đoàn", kind="city", block="territory", valid_from=FIRST_DAY)
    wards = _level("P", WARDS, "Đoàn phường", "commune", "territory", [city])
    blocks = _level("K", BLOCKS, "Đoàn khối", "block", "workers", [city])
    bases = _level("CS", BASES, "Đoàn cơ sở", "base", "workers", blocks)
    branches = _level("CD", BRANCHES, "Chi đoàn", "branch", "territory", wards)
    # A quarter of the branches changed their ward.
    moved = UnitPlacement.objects.filter(unit__in=branches[::4], valid_to=None)
    moved.update(valid_to=REFORM - dt.timedelta(days=1))
    UnitPlacement.objects.bulk_create(
        UnitPlacement(unit=branch, parent=wards[-1 - number], valid_from=REFORM)
        for number, branch in enumerate(branches[::4])
    )
    rebuild_ancestry()
    return city, [*wards, *bases, *branches][:UNITS_WITH_TEAMS]


def _level(prefix: str, count: int, name: str, kind: str, block: str, parents: list[Unit]) -> list[Unit]:
    units = Unit.objects.bulk_create(
        Unit(code=f"{prefix}{number:02}", name=f"{name} {number}", kind=kind, block=block, valid_from=FIRST_DAY)
        for number in range(count)
    )
    UnitPlacement.objects.bulk_create(
        UnitPlacement(unit=unit, parent=parents[number % len(parents)], valid_from=FIRST_DAY)
        for number, unit in enumerate(units)
    )
    return units


def _campaigns(city: Unit) -> None:
    known: dict[str, Campaign] = {}
    for code, (parent, first, last) in CAMPAIGNS.items():
        kind = "peak" if first == last else "programme"
        known[code] = Campaign.objects.create(
            code=code,
            name=f"Chiến dịch {code}",
            kind=kind,
            parent=known.get(parent),
            owner=city,
            starts_on=first,
            ends_on=last,
            status="closed",
        )
        if kind == "peak":
            CampaignDay.objects.create(campaign=known[code], day=first, kind="peak")


def _teams(count: int, homes: list[Unit], rng: random.Random) -> list[tuple[Team, Unit]]:
    """One team for each unit while they last; the rest where many are already."""
    digits = max(3, len(str(count - 1)))
    teams = Team.objects.bulk_create(
        Team(code=f"TO-{number:0{digits}}", name=f"Tổ {number}", valid_from=FIRST_DAY) for number in range(count)
    )
    weights = [1 / (rank + 5) for rank in range(len(homes))]
    extra = rng.choices(homes, weights, k=max(0, count - len(homes)))
    placed = list(zip(teams, [*homes, *extra], strict=False))
    TeamHome.objects.bulk_create(TeamHome(team=team, unit=unit, valid_from=FIRST_DAY) for team, unit in placed)
    return placed


def _people(teams: list[tuple[Team, Unit]], rng: random.Random) -> None:
    """Each team's pool; its volunteers' codes begin with the team's."""
    Volunteer.objects.bulk_create(
        (
            Volunteer(code=f"{team.code}-{number:02}", full_name=f"Nguyễn Văn {number}", unit=unit)
            for team, unit in teams
            for number in range(rng.randint(10, 24))
        ),
        batch_size=5000,
    )


def _points(teams: list[tuple[Team, Unit]], rng: random.Random) -> None:
    areas = list(AdminArea.objects.on(REFORM).order_by("code"))
    SupportPoint.objects.bulk_create(
        (
            SupportPoint(
                code=f"{team.code}-D{number}",
                name=f"Điểm {number} của {team.name}",
                kind="one_stop",
                unit=unit,
                area=rng.choice(areas),
                valid_from=FIRST_DAY,
            )
            for team, unit in teams
            for number in range(rng.randint(2, 5))
        ),
        batch_size=5000,
    )
