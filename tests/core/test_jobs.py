"""Jobs: ordered once, done in pieces by a worker, either done or not whatever dies, and seen by whom they concern."""

import datetime as dt
import re

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core import tasks
from core.errors import DomainError, NotAllowed
from core.ids import uuid7
from core.jobs import running, services
from core.jobs.kinds import JobKind, Result
from core.jobs.models import Job, JobState
from core.jobs.services import MOST_OPEN, NotThatState, TooManyJobs, order, repeat, stop
from core.jobs.work import LEASE, Lost, Work, folder_of, result_of
from core.models import AuditEvent
from teams.access import access_of_user
from teams.permissions import Right

pytestmark = pytest.mark.django_db
COUNT, BREAK = "test.count", "test.break"
HERE = "tests.core.test_jobs"
settled: list[int] = []
undone: list[int] = []


# --- a kind that counts, three numbers a piece ------------------------------------------------------------------------
def count_on(work: Work) -> Result | None:
    """Writes the numbers up to params["to"], one a piece, and joins them in the end."""
    at, to = work.job.place.get("at", 0), work.job.params["to"]
    if at < to:
        work.keep(f"{at}", f"{at} ".encode())
        with transaction.atomic():
            AuditEvent.objects.create(action="tests.counted", target_type="core.job", target_id=str(at))
            work.say(at + 1, to, f"số {at}", place={"at": at + 1})
        return None
    work.result.write_bytes(b"".join((work.folder / f"{number}").read_bytes() for number in range(to)))
    return Result("đã đếm xong", file_name="Kết quả đếm.txt", file_type="text/plain")


def break_down(work: Work) -> Result | None:
    why = work.job.params["why"]
    if why == "refused":
        raise DomainError("Không đếm được số này.")
    return 1 / 0


COUNTING = JobKind(
    "Đếm", Right.PASS_ISSUE, count_on, lambda job: settled.append(job.pk), lambda job: undone.append(job.pk)
)
BREAKING = JobKind("Hỏng", Right.PASS_ISSUE, break_down, undo=lambda job: undone.append(job.pk))


@pytest.fixture(autouse=True)
def kinds(settings, tmp_path):
    settings.JOB_HANDLERS = {COUNT: f"{HERE}.COUNTING", BREAK: f"{HERE}.BREAKING"}
    settings.MEDIA_ROOT = tmp_path
    settled.clear()
    undone.clear()


@pytest.fixture
def rung(monkeypatch) -> list:
    """The bells that were rung, instead of a broker."""
    bells: list = []
    monkeypatch.setattr(services, "ring", lambda job_id, **_options: bells.append(job_id))
    return bells


@pytest.fixture
def staff(world, rung):
    return access_of_user(world.unit_staff)


def ordered(access, to=3, kind=COUNT, **options) -> Job:
    params = {"why": options.pop("why")} if "why" in options else {"to": to}
    return order(kind, params, title="Đếm đến ba", access=access, **options)


def again(job: Job) -> Job:
    job.refresh_from_db()
    return job


def run_to_the_end(job: Job, rung: list) -> int:
    """Pieces, until the job stops ringing for the next one."""
    pieces = 0
    while True:
        rung.clear()
        running.run(job.pk, 0)
        pieces += 1
        if not rung:
            return pieces


def lease_over(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now())


# --- ordering ---------------------------------------------------------------------------------------------------------
def test_order_is_a_row_with_its_audit_and_rings_on_commit(world, staff, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = ordered(staff, scope_unit=world.binh_chanh.pk)
        assert rung == []
    assert rung == [job.pk]
    assert (job.state, job.ordered_by, job.right, job.language) == ("waiting", world.unit_staff, "pass.issue", "vi")
    event = AuditEvent.objects.get(action="jobs.job_ordered")
    assert (event.target_id, event.scope_unit) == (str(job.pk), world.binh_chanh.pk)


def test_order_that_is_sent_twice_is_one_job(staff):
    key = uuid7()
    assert ordered(staff, key=key) == ordered(staff, key=key)
    assert Job.objects.count() == 1
    assert AuditEvent.objects.filter(action="jobs.job_ordered").count() == 1


def test_order_under_the_key_of_somebody_else_is_refused(world, staff):
    key = uuid7()
    ordered(staff, key=key)
    with pytest.raises(NotAllowed):
        ordered(access_of_user(world.bank_staff), key=key)


def test_order_without_the_right_is_refused(world, rung):
    with pytest.raises(NotAllowed):
        ordered(access_of_user(world.viewer))


def test_nobody_can_fill_the_queue(staff):
    jobs = [ordered(staff) for _number in range(MOST_OPEN)]
    with pytest.raises(TooManyJobs, match="Bạn đang có 10 việc chưa xong"):
        ordered(staff)
    stop(job=jobs[0], access=staff)
    ordered(staff)


# --- doing ------------------------------------------------------------------------------------------------------------
def test_job_goes_on_piece_by_piece_and_shows_how_far_it_is(staff, rung):
    job = ordered(staff)
    far = []
    for _piece in range(3):
        running.run(job.pk, 0)
        far.append((again(job).done, job.percent, job.message, job.state))
    assert far == [(1, 33, "số 0", "running"), (2, 66, "số 1", "running"), (3, 99, "số 2", "running")]
    running.run(job.pk, 0)
    assert (again(job).state, job.percent, job.message) == ("done", 100, "đã đếm xong")
    assert settled == [job.pk]
    assert undone == []


def test_job_does_as_many_pieces_at_once_as_there_is_time_for(staff, rung):
    job = ordered(staff)
    running.run(job.pk, 60)
    assert again(job).state == "done"
    assert rung == []


def test_result_lies_in_a_folder_of_the_portal_alone_until_its_time_is_over(staff):
    job = ordered(staff)
    running.run(job.pk, 60)
    assert result_of(again(job)).read_bytes() == b"0 1 2 "
    assert [result_of(job).stat().st_mode & 0o777, folder_of(job).stat().st_mode & 0o777] == [0o600, 0o700]
    assert (job.file_name, job.file_type, job.has_file) == ("Kết quả đếm.txt", "text/plain", True)
    assert job.expires_at - job.finished_at <= dt.timedelta(hours=24, minutes=1)

    running.resume()
    assert result_of(job).exists()
    Job.objects.filter(pk=job.pk).update(expires_at=timezone.now())
    running.resume()
    assert again(job).file_removed_at
    assert not job.has_file
    assert not folder_of(job).exists()


def test_finished_job_is_not_done_again(staff, rung):
    job = ordered(staff)
    running.run(job.pk, 60)
    running.run(job.pk, 60)
    assert settled == [job.pk]
    running.resume()
    assert rung == []


# --- two workers, dead workers ----------------------------------------------------------------------------------------
def test_two_workers_do_not_do_the_same_piece(staff, monkeypatch):
    job = ordered(staff)
    real, seen = Work.keep, []

    def meanwhile(work, name, data):
        seen.append(name)
        running.run(job.pk, 60)  # another worker is called
        real(work, name, data)

    monkeypatch.setattr(Work, "keep", meanwhile)
    running.run(job.pk, 60)
    assert seen == ["0", "1", "2"]
    assert again(job).state == "done"


class Died(BaseException):
    """As kill -9: nothing more runs, nothing is given back."""


def die_at(monkeypatch, number: int) -> None:
    real = Work.keep

    def keep(work, name, data):
        if name == str(number):
            monkeypatch.setattr(Work, "keep", real)
            raise Died
        real(work, name, data)

    monkeypatch.setattr(Work, "keep", keep)


def test_job_of_a_dead_worker_is_gone_on_with_when_its_lease_is_over(staff, rung, monkeypatch):
    job = ordered(staff)
    die_at(monkeypatch, 1)
    with pytest.raises(Died):
        running.run(job.pk, 60)
    assert (again(job).state, job.done) == ("running", 1)
    assert timezone.now() < job.leased_until <= timezone.now() + LEASE
    rung.clear()
    running.resume()
    assert rung == []

    lease_over(job)
    running.resume()
    assert rung == [job.pk]
    running.run(job.pk, 60)
    assert (again(job).state, job.deaths) == ("done", 1)
    assert result_of(job).read_bytes() == b"0 1 2 "
    assert sorted(AuditEvent.objects.filter(action="tests.counted").values_list("target_id", flat=True)) == [
        "0",
        "1",
        "2",
    ]


def test_job_that_kills_its_workers_is_given_up_and_says_so(staff, monkeypatch):
    job = ordered(staff)
    for _death in range(running.MOST_DEATHS):
        die_at(monkeypatch, 0)
        with pytest.raises(Died):
            running.run(job.pk, 60)
        lease_over(job)
    running.run(job.pk, 60)
    assert again(job).state == "failed"
    assert job.error == "Máy chủ đã dừng giữa chừng 3 lần khi làm việc này. Hãy thử với ít hơn."
    assert undone == [job.pk]


def test_worker_that_comes_back_from_the_dead_changes_nothing(staff, monkeypatch):
    job = ordered(staff)
    real = Work.keep

    def sleep_through(work, name, data):
        monkeypatch.setattr(Work, "keep", real)
        lease_over(job)
        running.run(job.pk, 60)  # another takes over and finishes
        real(work, name, data)

    monkeypatch.setattr(Work, "keep", sleep_through)
    running.run(job.pk, 60)
    assert (again(job).state, job.done) == ("done", 3)
    assert AuditEvent.objects.filter(action="tests.counted").count() == 3
    assert result_of(job).exists()


def test_what_a_piece_makes_is_undone_with_its_note(staff):
    job = ordered(staff)
    work = running._claim(job.pk)
    Job.objects.filter(pk=job.pk).update(lease=uuid7())
    with pytest.raises(Lost):
        count_on(work)
    assert AuditEvent.objects.filter(action="tests.counted").count() == 0


# --- failing, stopping, beginning again -------------------------------------------------------------------------------
def test_refusal_is_told_in_its_own_words(staff):
    job = ordered(staff, kind=BREAK, why="refused")
    running.run(job.pk)
    assert (again(job).state, job.error) == ("failed", "Không đếm được số này.")
    assert undone == [job.pk]


def test_defect_is_told_kindly(staff):
    job = ordered(staff, kind=BREAK, why="defect")
    running.run(job.pk)
    told = "Cổng gặp lỗi khi làm việc này. Hãy thử lại; nếu vẫn lỗi, báo người quản trị cổng."
    assert (again(job).state, job.error) == ("failed", told)


def test_failed_job_leaves_no_file(staff, monkeypatch):
    job = ordered(staff)
    running.run(job.pk, 0)
    assert folder_of(job).exists()
    monkeypatch.setattr("core.jobs.running.kind_of", lambda _name: BREAKING)
    Job.objects.filter(pk=job.pk).update(params={"why": "refused"})
    running.run(job.pk, 0)
    assert not folder_of(job).exists()


def test_stop_takes_back_what_was_made(staff, django_capture_on_commit_callbacks):
    job = ordered(staff)
    running.run(job.pk, 0)
    with django_capture_on_commit_callbacks(execute=True):
        stop(job=job, access=staff)
    assert (again(job).state, undone) == ("stopped", [job.pk])
    assert not folder_of(job).exists()
    assert AuditEvent.objects.filter(action="jobs.job_stopped").count() == 1
    with pytest.raises(NotThatState):
        stop(job=job, access=staff)


def test_worker_finds_out_that_its_job_was_stopped(staff, monkeypatch, django_capture_on_commit_callbacks):
    job = ordered(staff)
    real = Work.keep

    def stopped_meanwhile(work, name, data):
        monkeypatch.setattr(Work, "keep", real)
        with django_capture_on_commit_callbacks(execute=True):
            stop(job=job, access=staff)
        real(work, name, data)

    monkeypatch.setattr(Work, "keep", stopped_meanwhile)
    running.run(job.pk, 60)
    assert (again(job).state, job.done) == ("stopped", 0)
    assert AuditEvent.objects.filter(action="tests.counted").count() == 0
    assert not folder_of(job).exists()


def test_job_that_was_given_up_begins_again_from_the_start(staff, rung, django_capture_on_commit_callbacks):
    job = ordered(staff)
    running.run(job.pk, 0)
    with django_capture_on_commit_callbacks(execute=True):
        stop(job=job, access=staff)
        rung.clear()
        repeat(job=again(job), access=staff)
    assert rung == [job.pk]
    assert (again(job).state, job.done, job.place) == ("waiting", 0, {})
    assert run_to_the_end(job, rung) == 4
    assert again(job).state == "done"


def test_repeat_is_for_who_has_ordered_and_of_what_was_given_up(world, staff):
    job = ordered(staff)
    with pytest.raises(NotThatState):
        repeat(job=job, access=staff)
    stop(job=job, access=access_of_user(world.city_staff))
    with pytest.raises(NotAllowed):
        repeat(job=again(job), access=access_of_user(world.city_staff))


# --- who sees it ------------------------------------------------------------------------------------------------------
def test_job_is_seen_by_who_has_ordered_it_and_by_the_city(world, staff):
    job = ordered(staff)
    seen = {
        name: job in Job.objects.visible_to(access_of_user(getattr(world, name)))
        for name in ("unit_staff", "city_staff", "bank_staff", "viewer", "leader", "nobody")
    }
    assert [name for name, sees in seen.items() if sees] == ["unit_staff", "city_staff"]


# --- the clock, the bell, the table -----------------------------------------------------------------------------------
def test_bell_names_the_task_that_does_the_job(world, monkeypatch):
    sent = []
    monkeypatch.setattr("celery.Celery.send_task", lambda _app, name, args, **_options: sent.append((name, args)))
    job = ordered(access_of_user(world.unit_staff))
    services.ring(job.pk)
    assert sent == [("core.tasks.run_job", [job.pk])]
    assert tasks.run_job.name == "core.tasks.run_job"
    tasks.run_job(job.pk)
    assert again(job).state == "done"


def test_job_is_called_once_until_a_worker_comes(world, monkeypatch):
    """However often the clock finds it between two pieces: calls that multiply would fill a lone worker's queue."""
    sent = []
    monkeypatch.setattr("celery.Celery.send_task", lambda _app, _name, args: sent.extend(args))
    job = ordered(access_of_user(world.unit_staff))
    for _time in range(3):
        running.resume()
    assert sent == [job.pk]
    running.run(job.pk, seconds=0)
    running.resume()
    assert sent == [job.pk] * 2


def test_broker_that_is_away_fails_no_order(world, monkeypatch, django_capture_on_commit_callbacks):
    def away(*_args, **_options):
        raise ConnectionError

    monkeypatch.setattr("celery.Celery.send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        job = ordered(access_of_user(world.unit_staff))
    assert again(job).state == "waiting"


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "odd"},
        {"state": JobState.DONE},
        {"finished_at": timezone.now()},
        {"state": JobState.FAILED, "finished_at": timezone.now()},
        {"file_name": "x.pdf"},
    ],
)
def test_table_holds_no_half_truth(staff, wrong):
    job = ordered(staff)
    with pytest.raises(IntegrityError, match=re.compile("job_")), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**wrong)
