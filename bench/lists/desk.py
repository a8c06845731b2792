"""What is planned and done at the desk: N campaigns, a day with N deployments, targets, jobs, locks, calendars."""

import datetime as dt
import uuid

from django.utils import timezone

from accounts.models import User
from bench.facts import FIRST_DAY
from bench.lists.people import BATCH, STAFF
from campaigns.models import CalendarFeed, Campaign, CampaignDay, Deployment, SupportPoint, Target
from core.jobs.models import Job, JobState
from services_help.models import PeriodLock
from teams.models import Team, Unit
from teams.permissions import Right

# Long ago, so that nothing of it holds for the sessions.
LOCKED = dt.date(2024, 1, 1)


def fill(rows: int, *, day: dt.date) -> None:
    staff, city = User.objects.get(username=STAFF), Unit.objects.get(code="TD")
    units, teams = list(Unit.objects.order_by("code")), list(Team.objects.order_by("code")[:rows])
    campaigns = Campaign.objects.bulk_create(
        (
            Campaign(
                code=f"BENCH-{number}",
                name=f"Chiến dịch {number}",
                kind="programme",
                owner=city,
                starts_on=FIRST_DAY,
                status="active",
            )
            for number in range(rows)
        ),
        BATCH,
    )
    days = [CampaignDay(campaign=each, day=day) for each in campaigns]
    # And one campaign with a day for each of some years.
    days += [CampaignDay(campaign=campaigns[0], day=day + dt.timedelta(days=n + 1)) for n in range(min(rows, 1000))]
    days = CampaignDay.objects.bulk_create(days, BATCH)
    _deployments(days[0], teams)
    Target.objects.bulk_create(
        (
            Target(campaign=each, unit=units[number % len(units)], measure="people", value=100, name="Lượt người")
            for number, each in enumerate(campaigns)
        ),
        BATCH,
    )
    CalendarFeed.objects.bulk_create(
        (CalendarFeed(team=team, digest=uuid.uuid4().hex, created_by=staff) for team in teams), BATCH
    )
    PeriodLock.objects.bulk_create(
        (
            PeriodLock(
                unit=units[number % len(units)], starts_on=LOCKED, ends_on=LOCKED, reason="Khóa", locked_by=staff
            )
            for number in range(rows)
        ),
        BATCH,
    )
    now = timezone.now()
    Job.objects.bulk_create(
        (
            Job(
                kind="handout.passes",
                title=f"In thẻ {number}",
                right=Right.PASS_ISSUE.value,
                ordered_by=staff,
                state=JobState.DONE,
                finished_at=now,
            )
            for number in range(rows)
        ),
        BATCH,
    )


def _deployments(campaign_day: CampaignDay, teams: list[Team]) -> None:
    points = list(SupportPoint.objects.order_by("code")[: len(teams)])
    Deployment.objects.bulk_create(
        (
            Deployment(
                team=team,
                campaign_day=campaign_day,
                point=points[number % len(points)],
                starts_at=dt.time(7, 30),
                ends_at=dt.time(11, 0),
            )
            for number, team in enumerate(teams)
        ),
        BATCH,
    )


def addresses() -> dict[str, str]:
    found = Campaign.objects.get(code="BENCH-0")
    first = CampaignDay.objects.filter(campaign=found).order_by("day").first()
    return {"campaign": str(found.pk), "campaign_day": str(first.pk), "day": first.day.isoformat()}
