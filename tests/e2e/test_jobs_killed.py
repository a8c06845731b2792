"""A process at an import, a report, a rebuild or a reorganisation is killed with -9: it is done or not, and says so.

Real processes on rows that are really committed; where in the middle, the test says by a statement. That any statement
will do is tested beside each of them, by a death that is played (``dies_at``).
"""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from core.jobs import running
from core.jobs.models import Job, JobState
from core.models import AuditEvent
from reports import tallies
from reports.models import DayTally, MonthTally, ReportIssue
from teams.models import ImportState, ReorganisationState, Team, TeamHome
from tests.dying import shot_before
from tests.reports.official import city_with_a_shift, draft_of, ordered
from tests.teams.reorganised import approved, organisation
from tests.teams.spreadsheets import SQUAD, TEAMS, upload, workbook

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nobody_else_works(monkeypatch):
    """The worker is the process that the test starts."""
    monkeypatch.setattr("core.jobs.services.ring", lambda _job: None)


def worker_is_shot_before(begins: str, job: Job) -> None:
    shot_before(begins, f"from core.jobs import running; running.run({job.pk}, 600)")
    job.refresh_from_db()
    # Nobody has said anything of its end: it counts as being done until the lease runs out.
    assert (job.state, job.is_open) == (JobState.RUNNING, True)


def next_worker_does(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now())
    running.run(job.pk, 600)
    job.refresh_from_db()
    assert (job.state, job.deaths) == (JobState.DONE, 1)
    return job


def test_import_is_not_done_and_the_next_worker_does_it(world, client):
    client.force_login(world.city_staff)
    rows = [(f"TO-{number:03}", f"Tổ {number}", SQUAD, "BC-TT", "01/01/2023") for number in range(300)]
    run = upload(client, "team", workbook(TEAMS, *rows)).context["run"]
    client.post(reverse("imports:confirm", args=[run.pk]), {"shown": run.digest})
    run.refresh_from_db()
    before = organisation()

    worker_is_shot_before('INSERT INTO "core_auditevent"', run.job)
    run.refresh_from_db()
    assert (run.state, organisation()) == (ImportState.IMPORTING, before)

    next_worker_does(run.job)
    run.refresh_from_db()
    assert (run.state, Team.objects.filter(code__startswith="TO-0").count()) == (ImportState.DONE, 100)
    assert Team.objects.count() == TeamHome.objects.count() == 3 + 300


def test_reorganisation_is_not_done_and_the_next_worker_does_it(world, client):
    client.force_login(world.city_staff)
    made = approved(world.city_staff, ("merge", {"units": ["BC-TT"], "into": "BC-VL"}))
    before = organisation()
    client.post(reverse("reorganise:execute", args=[made.pk]), {"key": str(uuid.uuid4())})
    job = Job.objects.get(kind="reorganise.execute")

    worker_is_shot_before('DELETE FROM "teams_unitancestry"', job)
    made.refresh_from_db()
    assert (made.state, organisation()) == (ReorganisationState.APPROVED, before)

    next_worker_does(job)
    made.refresh_from_db()
    assert made.state == ReorganisationState.EXECUTED
    assert world.team.home_on(made.effective_on).code == "BC-VL"


def test_report_is_not_issued_and_the_next_worker_issues_it_once(transactional_db):
    world = city_with_a_shift()
    job = ordered(draft_of(world, world.city_staff), world.city_staff)

    worker_is_shot_before('INSERT INTO "reports_reportissue"', job)
    assert not ReportIssue.objects.exists()

    next_worker_does(job)
    assert ReportIssue.objects.get().version == 1
    assert AuditEvent.objects.filter(action="reports.report_published").count() == 1


def test_rebuild_keeps_its_whole_pieces_and_can_be_run_again(transactional_db):
    """By day all is mended, in transactions of their own; by month nothing yet."""
    city_with_a_shift()
    tallies.rebuild()
    days, months = figures(DayTally), figures(MonthTally)
    spoil(DayTally), spoil(MonthTally)
    spoiled = figures(MonthTally)

    shot_before("INSERT INTO reports_monthtally", "from reports import tallies; tallies.rebuild()")
    assert (figures(DayTally), figures(MonthTally)) == (days, spoiled)

    tallies.rebuild()
    assert (figures(DayTally), figures(MonthTally)) == (days, months)


def figures(model) -> list[tuple]:
    return sorted(model.objects.values_list("day", "team", "people", "service_turns"))


def spoil(model) -> None:
    assert model.objects.update(people=7)
