"""What the phones need to be let in: a key for each team, and a peak day of the whole city to send for."""

import datetime as dt
from itertools import batched

from django.utils import timezone

from accounts.models import User
from bench.burst.phones import key_of
from campaigns.models import Campaign, CampaignDay
from teams.authentication import digest_of
from teams.models import ApiToken, Team, Unit
from teams.permissions import Scope

SCOPES = [Scope.LOGS_WRITE.value, Scope.STATS_READ.value]


def give(day: dt.date) -> None:
    campaign = Campaign.objects.create(
        code="CD-GIO-CHOT",
        name="Ngày cao điểm toàn quốc",
        kind="peak",
        owner=Unit.objects.get(code="TD"),
        starts_on=day,
        ends_on=day,
        status="active",
    )
    CampaignDay.objects.create(campaign=campaign, day=day, kind="peak")
    owner, end = User.objects.get(username="bench"), timezone.now() + dt.timedelta(days=30)
    for teams in batched(Team.objects.order_by("code"), 5000):
        ApiToken.objects.bulk_create(
            ApiToken(
                name=team.code,
                user=owner,
                prefix=team.code[3:],
                digest=digest_of(key_of(team.code)),
                team=team,
                scopes=SCOPES,
                expires_at=end,
            )
            for team in teams
        )
