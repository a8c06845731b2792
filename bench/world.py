"""A city the size of the real one: 354 teams under 168 wards, and as many logs as asked for, shaped like a campaign."""

import datetime as dt
import random
import uuid

from django.utils import timezone

from accounts.models import User, UserKind
from reports import tallies
from services_help.models import AgeGroup, AssistanceLog, Channel, Result, Service, Session
from teams.authentication import digest_of
from teams.models import ApiToken, Team, TeamHome, Unit, UnitPlacement
from teams.permissions import Scope
from teams.tree import rebuild_ancestry

FIRST_DAY = dt.date(2026, 1, 1)
WARDS, TEAMS = 168, 354
LOGS_PER_SESSION = 40
KEY = "xks_bench_key_of_the_whole_city"


def build() -> ApiToken:
    """The organisation and one token of the whole city; returns the token."""
    city = Unit.objects.create(code="TD", name="Thành Đoàn", kind="city", block="territory", valid_from=FIRST_DAY)
    wards = Unit.objects.bulk_create(
        Unit(code=f"P{i:03}", name=f"Đoàn phường {i}", kind="commune", block="territory", valid_from=FIRST_DAY)
        for i in range(WARDS)
    )
    UnitPlacement.objects.bulk_create(UnitPlacement(unit=ward, parent=city, valid_from=FIRST_DAY) for ward in wards)
    teams = Team.objects.bulk_create(
        Team(code=f"TO-{i:03}", name=f"Tổ {i}", valid_from=FIRST_DAY) for i in range(TEAMS)
    )
    TeamHome.objects.bulk_create(
        TeamHome(team=team, unit=wards[i % WARDS], valid_from=FIRST_DAY) for i, team in enumerate(teams)
    )
    rebuild_ancestry()
    owner = User.objects.create_user("bench", full_name="Bench", kind=UserKind.CLIENT)
    return ApiToken.objects.create(
        name="bench",
        user=owner,
        prefix="bench",
        digest=digest_of(KEY),
        unit=city,
        scopes=[Scope.STATS_READ.value, Scope.LOGS_WRITE.value],
        expires_at=timezone.now() + dt.timedelta(days=1),
    )


def fill(logs: int, *, seed: int = 1) -> None:
    """``logs`` raw rows over a year with peak days and uneven teams, then the tallies from them."""
    rng = random.Random(seed)
    teams = list(Team.objects.order_by("code"))
    services = list(Service.objects.leaves().on(FIRST_DAY))
    metrics = {service.pk: service.service_metrics.filter(metric__is_derived=False).first() for service in services}
    owner = User.objects.get(username="bench")
    weights = [1 / (rank + 3) for rank in range(len(services))]
    sessions, rows = [], []
    for _number in range(logs // LOGS_PER_SESSION):
        day = FIRST_DAY + dt.timedelta(days=min(int(rng.expovariate(1 / 90)), 300))
        start = timezone.make_aware(dt.datetime.combine(day, dt.time(7, 30)))
        session = Session(
            id=uuid.UUID(int=rng.getrandbits(128)),
            team=teams[min(int(rng.expovariate(1 / 80)), len(teams) - 1)],
            day=day,
            started_at=start,
            ended_at=start + dt.timedelta(hours=4),
            device=uuid.UUID(int=rng.getrandbits(128)),
            created_by=owner,
        )
        sessions.append(session)
        for service in rng.choices(services, weights, k=LOGS_PER_SESSION):
            metric = metrics[service.pk]
            rows.append(
                AssistanceLog(
                    id=uuid.UUID(int=rng.getrandbits(128)),
                    session=session,
                    service=service,
                    result=rng.choice(Result.values),
                    people=1,
                    quantity=1 if metric else None,
                    metric_id=metric.metric_id if metric else None,
                    age_group=rng.choice(AgeGroup.values),
                    channel=Channel.POINT,
                    happened_at=start + dt.timedelta(minutes=rng.randrange(240)),
                    device=session.device,
                    created_by=owner,
                )
            )
    Session.objects.bulk_create(sessions, batch_size=2000)
    AssistanceLog.objects.bulk_create(rows, batch_size=5000)
    tallies.rebuild()
