"""Checking and counting again on demand: the page, the worker behind it, and the commands."""

import datetime as dt
import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from core.errors import NotAllowed
from core.models import AuditEvent, Revision
from reports import tallies, tasks
from reports.models import DayTally, MonthTally
from reports.proof import checking, jobs
from reports.proof.jobs import JobRunning, order
from reports.proof.models import JobKind, ProofCheck, ProofFinding, TallyJob
from reports.proof.ranges import Range
from reports.tallies.slices import Slice
from teams.access import access_of_user
from teams.models import Appointment
from teams.services import move_team
from tests import factories
from tests.factories import PEAK_DAY

PAGE, PROGRESS, BOARD = reverse("dashboard:proof"), reverse("dashboard:proof_progress"), reverse("dashboard:home")
NEXT_WEEK = PEAK_DAY + dt.timedelta(days=7)


@pytest.fixture
def rung(monkeypatch) -> list:
    """The bells that were rung, instead of a broker."""
    bells: list = []
    monkeypatch.setattr(jobs, "ring", bells.append)
    return bells


@pytest.fixture
def world(world, rung):
    world.service = factories.service("DVC-NOP")
    work = [(world.team, PEAK_DAY), (world.team_vinh_loc, PEAK_DAY), (world.team_bank, NEXT_WEEK)]
    for team, day in work:
        factories.log(factories.session(team, day), world.service, people=3)
    tallies.rebuild()
    tallies.fold(dt.timedelta(0))
    return world


def spoil(**where) -> None:
    assert DayTally.objects.filter(**where).update(people=99)


def people() -> dict:
    return dict(DayTally.objects.values_list("team__code", "people"))


def ordered(world, kind=JobKind.VERIFY, first=PEAK_DAY, last=NEXT_WEEK) -> TallyJob:
    return order(kind=kind, first=first, last=last, access=access_of_user(world.city_staff))


def run_to_the_end(job: TallyJob, rung: list, seconds: float = 0) -> int:
    """Pieces until the job stops ringing for the next one."""
    pieces = 0
    while True:
        rung.clear()
        jobs.run(job.pk, seconds)
        pieces += 1
        if not rung:
            job.refresh_from_db()
            return pieces


# --- jobs -------------------------------------------------------------------------------------------------------------
def test_check_on_demand_finds_and_keeps_what_differs(world, rung):
    spoil(team=world.team_bank)
    job = ordered(world)
    run_to_the_end(job, rung)
    assert job.finished_at
    assert (job.slices, job.slices_in_all, job.differences, job.percent) == (3, 3, 1, 100)
    assert ProofFinding.objects.get().team_id == world.team_bank.pk


def test_days_outside_are_left_alone(world, rung):
    spoil(team=world.team)
    spoil(team=world.team_bank)
    run_to_the_end(ordered(world, JobKind.REBUILD, NEXT_WEEK, NEXT_WEEK), rung)
    assert people() == {"TO-TT": 99, "TO-VL": 3, "TO-NH": 3}


def test_counting_again_on_demand_mends(world, rung):
    spoil(team=world.team)
    job = ordered(world, JobKind.REBUILD)
    run_to_the_end(job, rung)
    assert people() == {"TO-TT": 3, "TO-VL": 3, "TO-NH": 3}
    assert (job.slices, job.differences) == (3, 0)
    assert list(tallies.drift()) == []


def test_job_goes_on_in_pieces_and_shows_how_far_it_is(world, rung, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK", 1)
    job = ordered(world, JobKind.REBUILD)
    far = []
    for _piece in range(3):
        jobs.run(job.pk, 0)
        job.refresh_from_db()
        far.append((job.slices, job.percent, job.finished_at))
    assert far == [(1, 33, None), (2, 66, None), (3, 99, None)]
    jobs.run(job.pk, 0)  # finds that nothing is left
    job.refresh_from_db()
    assert job.percent == 100


def test_two_workers_do_not_do_the_same_piece(world, monkeypatch):
    job = ordered(world)
    seen = []

    def meanwhile(comparison):
        seen.append(comparison.day)
        jobs.run(job.pk, 1000)  # another worker is called

    monkeypatch.setattr(checking, "note", meanwhile)
    jobs.run(job.pk, 1000)
    assert seen == [PEAK_DAY, NEXT_WEEK]


def test_job_of_a_dead_worker_is_rung_for_again_when_its_lease_is_over(world, rung):
    job = ordered(world)
    TallyJob.objects.filter(pk=job.pk).update(leased_until=timezone.now() + jobs.LEASE)
    jobs.resume()
    assert rung == []
    TallyJob.objects.filter(pk=job.pk).update(leased_until=timezone.now())
    jobs.resume()
    assert rung == [job.pk]


def test_clock_proves_tells_and_goes_on_with_what_was_left(world, rung, settings, mailoutbox):
    settings.ALARM_EMAILS, settings.PROOF_SECONDS = ["truc@example.vn"], 1000
    spoil(team=world.team_bank)
    job = ordered(world)
    tasks.prove_tallies()
    assert len(mailoutbox) == 1
    assert rung == [job.pk]
    tasks.run_tally_job(job.pk)
    job.refresh_from_db()
    assert job.finished_at


def test_bell_names_the_task_that_does_the_job(monkeypatch):
    sent = []
    monkeypatch.setattr("celery.Celery.send_task", lambda _app, name, args: sent.append((name, args)))
    jobs.ring(7)
    assert sent == [(tasks.run_tally_job.name, [7])]


def test_only_one_job_of_a_kind_runs(world, rung):
    job = ordered(world)
    with pytest.raises(JobRunning):
        ordered(world)
    ordered(world, JobKind.REBUILD)
    run_to_the_end(job, rung)
    assert ordered(world).pk != job.pk


def test_order_is_written_in_the_trail_and_rings_after_the_commit(world, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = ordered(world, JobKind.REBUILD)
    assert rung == [job.pk]
    event = AuditEvent.objects.get(target_type="reports.tallyjob")
    assert (event.action, event.actor, event.scope_unit) == ("tallies.rebuild_ordered", world.city_staff, None)
    assert event.data == {"first": "2023-03-26", "last": "2023-04-02"}


def test_broker_that_is_down_loses_no_order(world, monkeypatch):
    monkeypatch.undo()

    def broken(*_args, **_more):
        raise OSError("no broker")

    monkeypatch.setattr("celery.Celery.send_task", broken)
    jobs.ring(1)
    assert ordered(world).pk


@pytest.mark.parametrize("who", ["unit_staff", "viewer", "leader", "nobody"])
def test_only_who_answers_for_the_whole_city_orders(world, who):
    with pytest.raises(NotAllowed):
        order(kind=JobKind.VERIFY, first=PEAK_DAY, last=PEAK_DAY, access=access_of_user(getattr(world, who)))


def test_city_staff_of_a_part_of_the_city_orders_nothing(world):
    """The figures of all are not theirs to judge."""
    Appointment.objects.filter(user=world.city_staff).update(unit=world.binh_chanh)
    with pytest.raises(NotAllowed):
        ordered(world)


# --- the page ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


def test_page_shows_of_each_day_its_last_check(world, city):
    assert "Chưa có ngày nào được đối soát" in city.get(PAGE).text
    spoil(team=world.team_bank)
    checking.prove(1000)
    page = city.get(PAGE)
    rows = [(row["day"], row["slices"], row["differences"]) for row in page.context["page"]]
    assert rows == [(NEXT_WEEK, 1, 1), (PEAK_DAY, 2, 0)]
    assert "lệch 1 ô" in page.text
    assert "lượt người: đang lưu 99, đếm lại 3" in page.text


def test_day_that_differed_once_says_so_when_it_is_mended(world, city):
    spoil(team=world.team_bank)
    checking.prove(1000)
    tallies.refresh([Slice(NEXT_WEEK, world.team_bank.pk)])
    ProofCheck.objects.update(finished_at=timezone.now() - dt.timedelta(days=30))
    checking.prove(1000)
    page = city.get(PAGE)
    assert [row["differences"] for row in page.context["page"]] == [0, 0]
    assert "đã từng lệch" in page.text


def test_order_on_the_page_and_its_progress(world, city, rung):
    answer = city.post(PAGE, {"kind": "rebuild", "first": "2023-03-26", "last": "2023-04-02"}, follow=True)
    assert "Đã giao việc" in answer.text
    assert 'hx-trigger="every 3s"' in answer.text
    job = TallyJob.objects.get()
    assert re.search(r"<strong>0</strong> / 3 lát · 0", city.get(PROGRESS).text)
    run_to_the_end(job, rung)
    done = city.get(PROGRESS).text
    assert "hx-trigger" not in done
    assert "thanh-doan giao" in done


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "rebuild", "first": "2023-04-02", "last": "2023-03-26"}, "Ngày cuối phải từ ngày đầu trở đi."),
        ({"kind": "delete", "first": "2023-03-26", "last": "2023-03-26"}, "delete"),
        ({"kind": "verify", "first": "", "last": "2023-03-26"}, "bắt buộc"),
    ],
)
def test_order_that_makes_no_sense_is_refused_in_words(city, data, words):
    answer = city.post(PAGE, data)
    assert answer.status_code == 200
    assert words in answer.text
    assert not TallyJob.objects.exists()


def test_second_order_is_refused_in_words(world, city):
    ordered(world)
    answer = city.post(PAGE, {"kind": "verify", "first": "2023-03-26", "last": "2023-03-26"})
    assert "đang chạy" in answer.text
    assert TallyJob.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("address", "queries"), [(PAGE, 9), (PROGRESS, 7)])
def test_page_takes_the_same_queries_for_one_row_and_three(
    world, city, count, address, queries, django_assert_num_queries
):
    for number in range(count):
        day = PEAK_DAY + dt.timedelta(days=number)
        ProofCheck.objects.create(day=day, finished_at=timezone.now())
        ProofFinding.objects.create(
            tally="reports.daytally",
            day=day,
            team=world.team,
            cell={"team": world.team.pk, "campaign": None, "point": None, "state": "provisional"},
            kept={"people": number},
            counted={"people": 7},
            digest=str(number),
        )
        TallyJob.objects.create(
            kind="verify", first=day, last=day, at_day=day, finished_at=timezone.now(), ordered_by=world.city_staff
        )
    city.get(address)
    with django_assert_num_queries(queries):
        page = city.get(address)
    assert len(page.context["findings"]) == count


@pytest.mark.parametrize("address", [PAGE, PROGRESS])
def test_looking_writes_nothing(world, city, address, no_writes):
    checking.prove(1000)
    with no_writes():
        assert city.get(address).status_code == 200


# --- the board --------------------------------------------------------------------------------------------------------
def line(client, user, day=PEAK_DAY) -> str:
    client.force_login(user)
    return client.get(BOARD, {"day": day.isoformat()}).text


def test_board_says_when_its_day_was_checked(world, client):
    assert "chưa được đối soát" in line(client, world.unit_staff)
    checking.prove(1000)
    assert "khớp" in line(client, world.unit_staff)
    assert PAGE not in line(client, world.unit_staff)
    assert PAGE in line(client, world.city_staff)


def test_board_tells_of_differences_of_the_readers_own_teams_only(world, client, settings):
    settings.PROOF_MENDS = False
    spoil(team=world.team)
    checking.prove(1000)
    assert "lệch 1 ô" in line(client, world.unit_staff)
    assert "lệch 1 ô" in line(client, world.city_staff)
    assert "lệch" not in line(client, world.bank_staff)


# --- commands ---------------------------------------------------------------------------------------------------------
def verify(**options) -> str:
    out = io.StringIO()
    call_command("verify_tallies", wait=0, stdout=out, **options)
    return out.getvalue()


def rebuild(*words) -> str:
    out = io.StringIO()
    call_command("rebuild_tallies", *words, stdout=out)
    return out.getvalue()


def test_verify_of_some_days_looks_at_no_other(world):
    spoil(team=world.team_bank)
    assert "Khớp" in verify(last=PEAK_DAY)
    with pytest.raises(CommandError) as refused:
        verify(first=NEXT_WEEK)
    assert refused.value.returncode == 1
    with pytest.raises(CommandError):
        verify(day=NEXT_WEEK)


def test_verify_of_a_unit_looks_at_the_teams_that_stood_under_it_on_the_day(world):
    spoil(team=world.team)
    assert "Khớp" in verify(unit="NH")
    with pytest.raises(CommandError):
        verify(unit="BC")
    move_team(team=world.team, unit=world.bank, since=PEAK_DAY + dt.timedelta(days=1), by=None)
    with pytest.raises(CommandError):
        verify(unit="BC")
    assert "Khớp" in verify(unit="NH")


def test_verify_finds_a_month_that_is_not_the_sum_of_its_days(world):
    assert MonthTally.objects.filter(team=world.team).update(people=50)
    with pytest.raises(CommandError, match="lệch ở 1 ô"):
        verify()
    with pytest.raises(CommandError, match="lệch ở 1 ô"):
        verify(unit="BC")
    assert "Khớp" in verify(unit="NH")
    assert "Khớp" in verify(day=NEXT_WEEK)


def test_verify_that_cannot_say_has_another_exit_code_than_a_drift(world):
    from_pending = world.team.pk
    jobs.checking.outbox.enqueue("tallies.stale", [f"{from_pending}:{PEAK_DAY}"])
    with pytest.raises(CommandError) as refused:
        verify()
    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    "options",
    [
        {"day": PEAK_DAY, "first": PEAK_DAY},
        {"first": NEXT_WEEK, "last": PEAK_DAY},
        {"unit": "KHONG-CO"},
    ],
)
def test_range_that_makes_no_sense_is_refused(world, options):
    with pytest.raises(CommandError) as refused:
        verify(**options)
    assert refused.value.returncode == 2


def test_progress_is_told_where_nobody_sees_a_screen_if_asked_for(world):
    assert "3/3 lát" in verify(progress=True)
    assert "lát" not in verify()


def test_rebuild_of_some_days_and_units_leaves_the_rest(world):
    spoil()
    rebuild("--day", "2023-03-26", "--unit", "BC-TT")
    assert people() == {"TO-TT": 3, "TO-VL": 99, "TO-NH": 99}
    rebuild("--to", "2023-03-26")
    assert people() == {"TO-TT": 3, "TO-VL": 3, "TO-NH": 99}
    assert "Đã tính lại 1 lát" in rebuild("--from", "2023-04-01")
    assert list(tallies.drift()) == []


@pytest.mark.parametrize("words", [[], ["--from", "2023-01-01"]])
def test_rebuild_that_is_stopped_says_where_to_go_on(world, monkeypatch, words):
    counted = []

    def count(*piece) -> int:
        if counted:
            raise KeyboardInterrupt
        counted.append(piece)
        return 1

    for place in ("reports.tallies.refresh", "reports.tallies.rebuilding.mend"):
        monkeypatch.setattr(place, count)
    out = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        call_command("rebuild_tallies", *words, stdout=out)
    assert "Chạy tiếp: --from 2023-04-02" in out.getvalue()


def test_range_counts_about_as_many_slices_as_it_goes_through(world):
    everything = Range()
    assert everything.size() == sum(len(slices) for _day, slices in everything.pieces())
    assert Range(unit=world.binh_chanh).size() == 2


def test_heartbeat_is_not_part_of_any_answer(world, city):
    """A run of the proof must not make every client ask for everything again."""
    from_before = city.get("/api/v1/stats/").headers["ETag"]
    checking.prove(1000)
    assert Revision.objects.filter(name=checking.HEARTBEAT).exists()
    assert city.get("/api/v1/stats/").headers["ETag"] == from_before
