"""What the tests of the official report share: a busy city, drafts about it, and the REST statistics asked again."""

import datetime as dt
from dataclasses import replace

from django.test import TestCase

from core.ids import uuid7
from core.jobs import running
from core.jobs.models import Job, JobState
from reports.official.comparing import changes_between
from reports.official.composing import build
from reports.official.drafting import create_draft
from reports.official.files import as_issued
from reports.official.frozen import canonical, digest_of
from reports.official.issuing import order_issue
from reports.official.models import ReportDraft, ReportIssue
from reports.official.proposing import Subject
from reports.tallies import refresh
from reports.tallies.slices import Slice
from teams.access import access_of_user
from tests import factories
from tests.reports import worlds

PERIOD = {"kind": "period", "starts_on": dt.date(2023, 3, 1), "ends_on": dt.date(2023, 4, 30)}
CAMPAIGN = {"kind": "campaign"}


def city_at_work():
    """The busy world, with targets: of the city, of a district right below it, and of a commune further down."""
    world = worlds.busy()
    month = world.campaigns[1]
    world.month = month
    month.status = "active"
    month.plan_number = "12-KH/TĐTN-PT"
    month.theme = "Tuổi trẻ thành phố tiên phong chuyển đổi số"
    month.save()
    for unit, measure, value in (
        (world.city, "people", 80),
        (world.binh_chanh, "people", 20),
        (world.tan_tuc, "service_turns", 7),
        (world.banks, "HS_NOP", 11),
    ):
        factories.target(month, unit, measure=measure, value=value, name=f"{measure} của {unit}")
    return world


def city_with_a_shift():
    """One shift with a few people helped, counted: enough where it does not matter what the figures are."""
    world = factories.small_city()
    world.month = factories.campaign("THANG-TN", owner=world.city, status="active")
    metric = factories.metric("HS_NOP")
    world.services = [factories.service("DVC-NOP", metric), factories.service("DVC-TRA")]
    world.session = factories.session(
        world.team, campaign=world.month, ended_at=factories.local(factories.PEAK_DAY, 11)
    )
    factories.log(world.session, world.services[0], people=8, metric=metric, quantity=6)
    factories.log(world.session, world.services[1], people=3)
    count_again(world)
    return world


def count_again(world) -> None:
    refresh([Slice(world.session.day, world.session.team_id)])


def draft_of(world, user, *, unit=None, **subject) -> ReportDraft:
    told = Subject(unit=unit or world.city, **(subject or PERIOD))
    return create_draft(subject=told, key=uuid7(), access=access_of_user(user))


def issue_now(draft: ReportDraft, user, *, reason: str = "", before: ReportIssue | None = None) -> ReportIssue:
    """As a worker would have made it, without its files."""
    report = build(draft, access_of_user(user))
    version = before.version + 1 if before else 1
    changes = changes_between(as_issued(before), report) if before else ()
    text = canonical(replace(report, is_draft=False, version=version, changes=changes, changes_reason=reason))
    about = {name: getattr(draft, name) for name in ("unit", "kind", "campaign", "starts_on", "ends_on", "subject")}
    return ReportIssue.objects.create(
        draft=draft,
        **about,
        version=version,
        content=text,
        digest=digest_of(text),
        code=f"ma{draft.pk}ban{version}",
        as_of=dt.datetime.fromisoformat(report.as_of),
        reason=reason,
        issued_by=user,
        job_key=uuid7(),
    )


# --- issuing ----------------------------------------------------------------------------------------------------------
BASE = "https://xungkichso.example.vn/"


def ordered(draft: ReportDraft, user, *, reason: str = "", **options) -> Job:
    access = access_of_user(user)
    given = {"seen": draft.revision, "base": BASE, "key": uuid7()} | options
    return order_issue(draft=draft, reason=reason, access=access, **given)


def run_to_the_end(job: Job) -> Job:
    """A piece a task, as a busy worker does it."""
    for _piece in range(20):
        with TestCase.captureOnCommitCallbacks(execute=True):
            running.run(job.pk, 0)
        job.refresh_from_db()
        if not job.is_open:
            return job
    raise AssertionError(job.message)


def issued(draft: ReportDraft, user, *, reason: str = "") -> ReportIssue:
    """Through the job, as a person would have it."""
    job = run_to_the_end(ordered(draft, user, reason=reason))
    assert job.state == JobState.DONE, job.error
    return ReportIssue.objects.get(job_key=job.key)
