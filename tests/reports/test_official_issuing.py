"""Issuing: frozen to the digit, once whatever dies, in versions that say what differs; nobody changes an issue."""

import datetime as dt
import hashlib
import json
import random

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from core import outbox
from core.errors import DomainError, NotAllowed
from core.jobs import running, services
from core.jobs.models import Job, JobState
from core.jobs.work import folder_of as working_folder
from core.models import AuditEvent
from reports.official import files, issuing
from reports.official.comparing import changes_between
from reports.official.composing import build
from reports.official.drafting import ChangedMeanwhile, save_draft
from reports.official.files import as_issued, folder_of
from reports.official.frozen import canonical, digest_of, thaw
from reports.official.issuing import order_preview
from reports.official.models import FileFormat, ReportFile, ReportIssue
from services_help.intake.promises import STALE
from teams.access import access_of_user
from teams.models import Unit
from teams.services import move_team
from tests.dying import Killed, dies_at
from tests.reports import worlds
from tests.reports.official import BASE, city_at_work, city_with_a_shift, draft_of, issued, ordered, run_to_the_end

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return city_with_a_shift()


@pytest.fixture
def busy(db, plain_forms):
    return city_at_work()


@pytest.fixture(autouse=True)
def place(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(services, "ring", lambda *_args, **_options: None)


@pytest.fixture
def plain_forms(monkeypatch):
    """Forms whose bytes are the report itself: what is tested is not how it looks."""
    monkeypatch.setattr(files, "render", lambda report, form, _template=None: f"{form}:{report.to_json()}".encode())


@pytest.fixture
def draft(world, plain_forms):
    return draft_of(world, world.city_staff)


def a_year_of_changes(world) -> None:
    """More work, voids, approvals, and an organisation that is another one."""
    rng = random.Random(7)
    for step in [worlds.add_session, worlds.add_log, worlds.add_log, worlds.add_attendance, worlds.add_void] * 4:
        step(world, rng)
    for _number in range(6):
        worlds.approve_session(world, rng)
    move_team(team=world.team, unit=world.bank, since=dt.date(2023, 3, 20), by=None)
    Unit.objects.filter(pk=world.binh_chanh.pk).update(name="Đoàn khu vực Bình Chánh")
    outbox.drain(STALE)


# --- frozen -----------------------------------------------------------------------------------------------------------
def test_issue_holds_the_figures_of_its_moment_under_a_digest(world, draft):
    before = build(draft, access_of_user(world.city_staff))
    issue = issued(draft, world.city_staff)
    report = as_issued(issue)
    assert (issue.version, report.version, report.is_draft) == (1, 1, False)
    assert (report.headlines, report.appendices, report.definitions) == (
        before.headlines,
        before.appendices,
        before.definitions,
    )
    assert issue.as_of.isoformat() == dt.datetime.fromisoformat(before.as_of).astimezone(dt.UTC).isoformat()
    assert issue.digest == hashlib.sha256(issue.content.encode()).hexdigest()
    assert report.verification.digest == issue.digest
    assert report.verification.url == issue.url == f"{BASE}verify/{issue.code}/"
    event = AuditEvent.objects.get(action="reports.report_published")
    assert (event.scope_unit, event.data["digest"]) == (world.city.pk, issue.digest)


def test_frozen_text_reads_back_as_the_same_report(world, draft):
    report = build(draft, access_of_user(world.city_staff))
    text = canonical(report)
    assert thaw(text) == report
    assert canonical(thaw(text)) == text


def test_text_of_an_older_release_is_read_with_what_it_has(draft, world):
    told = json.loads(canonical(build(draft, access_of_user(world.city_staff))))
    del told["headlines"]
    for appendix in told["appendices"]:
        del appendix["table"]["keys"]
    report = thaw(json.dumps(told))
    assert report.headlines == ()
    assert report.subject == draft.subject


def test_files_are_rendered_from_what_is_frozen_and_known_by_their_digest(draft, world):
    issue = issued(draft, world.city_staff)
    assert {file.format for file in issue.files.all()} == set(FileFormat.values)
    for file in issue.files.all():
        data = (folder_of(issue.code) / file.format).read_bytes()
        assert (file.digest, file.size) == (digest_of(data), len(data))
        assert data == f"{file.format}:{as_issued(issue).to_json()}".encode()
    # The worker's own folder is empty again.
    assert not list((folder_of(issue.code).parent.parent / "jobs").glob("*/*"))


@pytest.mark.parametrize("damage", ["lost", "changed"])
def test_file_that_the_disk_has_lost_is_made_again_from_the_text(draft, world, damage):
    issue = issued(draft, world.city_staff)
    path = folder_of(issue.code) / "pdf"
    path.unlink() if damage == "lost" else path.write_bytes(b"something else")
    assert digest_of(files.read(issue.files.get(format="pdf"))) == issue.files.get(format="pdf").digest


@pytest.mark.parametrize("model", [ReportIssue, ReportFile])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_database_refuses_every_change_of_what_is_issued(draft, world, model, change):
    issued(draft, world.city_staff)
    rows = model.objects.all()
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        rows.update(digest="0") if change == "update" else rows._raw_delete("default")


# --- versions ---------------------------------------------------------------------------------------------------------
def test_first_issue_stands_to_the_digit_a_year_later_and_the_next_lists_what_differs(busy, monkeypatch):
    world, draft = busy, draft_of(busy, busy.city_staff)
    first = issued(draft, world.city_staff)
    text, told = first.content, as_issued(first)
    later = timezone.now() + dt.timedelta(days=365)
    a_year_of_changes(world)
    monkeypatch.setattr(timezone, "now", lambda: later)
    second = issued(draft, world.city_staff, reason="Bổ sung số liệu gửi muộn.")
    first.refresh_from_db()
    assert (first.content, as_issued(first)) == (text, told)
    assert (second.version, second.issued_at) == (2, later)
    after = as_issued(second)
    assert after.changes_reason == "Bổ sung số liệu gửi muộn."
    assert after.changes == changes_between(told, after)
    # What the list says is what the two papers say.
    people = [change for change in after.changes if change.what == "Số chung · Lượt người"]
    figures = [{each.code: each.value for each in report.headlines}["people"] for report in (told, after)]
    assert [(change.before, change.after) for change in people] == [tuple(figures)]
    assert figures[0] != figures[1]
    assert any("Đoàn khu vực Bình Chánh" in change.what for change in after.changes)


def test_every_number_that_differs_is_listed_and_no_other(busy):
    world, draft = busy, draft_of(busy, busy.city_staff)
    access = access_of_user(world.city_staff)
    before = build(draft, access)
    a_year_of_changes(world)
    after = build(draft, access)
    listed = {(change.what, change.before, change.after) for change in changes_between(before, after)}
    assert changes_between(before, before) == changes_between(after, after) == ()
    old, new = numbers(before), numbers(after)
    expected = sum(old.get(key) != new.get(key) for key in {*old, *new})
    assert len(listed) == expected > 20


def numbers(report) -> dict:
    """Every number of the paper by where it stands; counted here by another path than the comparison's."""
    told = {("headline", each.code): each.value for each in report.headlines}
    data = report.to_json()
    tables = [part["table"] for section in data["sections"] for part in section["parts"] if part["table"]]
    for table in [*tables, *(appendix["table"] for appendix in data["appendices"])]:
        rows = list(zip(table["keys"], table["rows"], strict=True)) + [("Σ", table["total"] or ())]
        for key, cells in rows:
            for column, cell in zip(table["columns"], cells, strict=False):
                if column["kind"] != "text" and cell is not None:
                    told[table["key"], key, column["title"]] = cell
    return told


def test_second_issue_needs_a_reason_and_says_so_before_any_work(draft, world):
    issued(draft, world.city_staff)
    with pytest.raises(DomainError) as refused:
        ordered(draft, world.city_staff)
    assert refused.value.code == "reason_missing"
    row = ReportIssue.objects.get()
    row.pk, row.version, row.code, row.job_key = None, 2, "x", draft.key
    with pytest.raises(IntegrityError, match="reportissue_reason"), transaction.atomic():
        row.save(force_insert=True)
    row.version, row.reason = 1, "Lý do"
    with pytest.raises(IntegrityError, match="reportissue_version"), transaction.atomic():
        row.save(force_insert=True)


def test_two_issues_at_once_make_two_versions(draft, world):
    """Both are at work on version 1; who comes second tells what differs from the first."""
    one, other = (ordered(draft, world.city_staff, reason="Cùng lúc") for _number in range(2))
    for _piece in range(4):
        running.run(one.pk, 0)
        running.run(other.pk, 0)
    run_to_the_end(one)
    job = run_to_the_end(other)
    assert job.state == JobState.DONE
    assert sorted(ReportIssue.objects.values_list("version", "job_key")) == [(1, one.key), (2, other.key)]
    assert as_issued(ReportIssue.objects.get(version=2)).changes == ()
    assert {path.name for path in folder_of("x").parent.iterdir()} == set(
        ReportIssue.objects.values_list("code", flat=True)
    )


def test_second_of_two_at_once_without_a_reason_says_so(draft, world):
    one, other = (ordered(draft, world.city_staff) for _number in range(2))
    run_to_the_end(one)
    job = run_to_the_end(other)
    assert (job.state, ReportIssue.objects.count()) == (JobState.FAILED, 1)
    assert "lý do phát hành lại" in job.error
    assert len(list(folder_of("x").parent.iterdir())) == 1


def test_version_that_is_issued_while_the_figures_are_asked_for_is_before_it(draft, world, monkeypatch):
    """The later number has the later figures: they are asked for anew."""
    asked = []

    def overtaken(*given):
        asked.append(given)
        built = build(*given)
        if len(asked) == 1:
            issued(draft, world.city_staff, reason="Nhanh hơn")
        return built

    monkeypatch.setattr(issuing, "build", overtaken)
    job = run_to_the_end(ordered(draft, world.city_staff, reason="Chậm hơn"))
    assert job.state == JobState.DONE, job.error
    assert list(ReportIssue.objects.order_by("version").values_list("reason", flat=True)) == ["Nhanh hơn", "Chậm hơn"]
    assert len(asked) == 3


def test_issue_that_another_overtakes_at_the_last_moment_is_told_so(draft, world, monkeypatch):
    """Between the look at what is taken and the end of the job; the table itself refuses the second."""
    job = ordered(draft, world.city_staff, reason="Chậm hơn")
    for _piece in range(4):
        running.run(job.pk, 0)
    store = files.store

    def overtaken(*given):
        monkeypatch.setattr(files, "store", store)
        issued(draft, world.city_staff, reason="Nhanh hơn")
        return store(*given)

    monkeypatch.setattr(files, "store", overtaken)
    job = run_to_the_end(job)
    assert (job.state, ReportIssue.objects.get().reason) == (JobState.FAILED, "Nhanh hơn")
    assert "đúng lúc này" in job.error
    assert [path.name for path in folder_of("x").parent.iterdir()] == [ReportIssue.objects.get().code]
    services.repeat(job=job, access=access_of_user(world.city_staff))
    assert run_to_the_end(job).state == JobState.DONE
    assert ReportIssue.objects.count() == 2


# --- whatever dies ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("statement", range(0, 35, 5))
def test_worker_killed_anywhere_leaves_an_issue_or_none_and_the_next_goes_on(draft, world, statement):
    """Of the last piece, statement by statement; each is either before the moment of issue or after it."""
    job = ordered(draft, world.city_staff)
    for _piece in range(4):
        running.run(job.pk, 0)
    try:
        with transaction.atomic(), dies_at(statement):
            running.run(job.pk, 0)
    except Killed:
        pass
    job.refresh_from_db()
    assert ReportIssue.objects.count() == (1 if job.state == JobState.DONE else 0)
    Job.objects.filter(pk=job.pk, finished_at=None).update(leased_until=timezone.now())
    run_to_the_end(job)
    assert job.state == JobState.DONE
    assert list(ReportIssue.objects.values_list("version", "job_key")) == [(1, job.key)]
    assert ReportFile.objects.count() == len(FileFormat.values)
    assert AuditEvent.objects.filter(action="reports.report_published").count() == 1


@pytest.mark.parametrize("pieces", range(5))
def test_worker_killed_after_any_piece_is_followed_by_another(draft, world, pieces):
    job = ordered(draft, world.city_staff)
    for _piece in range(pieces):
        running.run(job.pk, 0)
    # Taken by a worker that died: the lease is not given back, and runs out.
    Job.objects.filter(pk=job.pk).update(lease=draft.key, leased_until=timezone.now())
    assert run_to_the_end(job).state == JobState.DONE
    assert (ReportIssue.objects.count(), job.deaths) == (1, 1)


@pytest.mark.parametrize("pieces", range(5))
def test_issue_that_is_stopped_leaves_nothing(draft, world, pieces, django_capture_on_commit_callbacks):
    job = ordered(draft, world.city_staff)
    for _piece in range(pieces):
        running.run(job.pk, 0)
    with django_capture_on_commit_callbacks(execute=True):
        services.stop(job=job, access=access_of_user(world.city_staff))
    assert ReportIssue.objects.count() == 0
    reports = folder_of("x").parent
    assert not reports.exists() or not list(reports.iterdir())


@pytest.fixture
def while_storing(monkeypatch):
    """Something that happens just before the file of one form is laid down."""

    def arrange(form: str, happens) -> None:
        store = files.store

        def stored(code, which, data):
            if which == form:
                monkeypatch.setattr(files, "store", store)
                with TestCase.captureOnCommitCallbacks(execute=True):
                    happens()
            return store(code, which, data)

        monkeypatch.setattr(files, "store", stored)

    return arrange


@pytest.mark.parametrize("form", FileFormat.values)
@pytest.mark.parametrize("is_repeated", [False, True])
def test_issue_that_is_stopped_while_its_files_are_laid_down_leaves_none(
    draft, world, while_storing, form, is_repeated
):
    job, access = ordered(draft, world.city_staff), access_of_user(world.city_staff)

    def stop():
        services.stop(job=job, access=access)
        if is_repeated:
            services.repeat(job=job, access=access)

    while_storing(form, stop)
    for _piece in range(5):
        running.run(job.pk, 0)
    assert ReportIssue.objects.count() == 0
    assert list(folder_of("x").parent.iterdir()) == []
    if not is_repeated:
        assert not working_folder(job).exists()
    else:
        assert run_to_the_end(job).state == JobState.DONE
        assert [path.name for path in folder_of("x").parent.iterdir()] == [ReportIssue.objects.get().code]


def test_worker_that_has_lost_the_job_while_it_lays_files_down_leaves_them_to_the_next(draft, world, while_storing):
    job = ordered(draft, world.city_staff)
    taken = {"lease": draft.key, "leased_until": timezone.now()}
    while_storing(FileFormat.values[-1], lambda: Job.objects.filter(pk=job.pk).update(**taken))
    for _piece in range(5):
        running.run(job.pk, 0)
    job.refresh_from_db()
    assert {path.name for path in folder_of(job.place["code"]).iterdir()} == set(FileFormat.values)
    assert run_to_the_end(job).state == JobState.DONE


# --- who, and what was seen -------------------------------------------------------------------------------------------
def test_unit_issues_its_own_report_upward_and_nobody_elses(world, plain_forms):
    own = draft_of(world, world.unit_staff, unit=world.binh_chanh)
    assert own.addressee == "Ban Thường vụ Thành Đoàn TP. Hồ Chí Minh"
    assert issued(own, world.unit_staff).unit == world.binh_chanh
    for user, unit in (
        (world.unit_staff, world.banks),
        (world.viewer, world.binh_chanh),
        (world.leader, world.tan_tuc),
    ):
        with pytest.raises(NotAllowed):
            draft_of(world, user, unit=unit)
    for user in (world.bank_staff, world.viewer):
        with pytest.raises(NotAllowed):
            ordered(own, user)


def test_right_that_is_gone_by_the_time_of_the_work_issues_nothing(world, draft):
    job = ordered(draft, world.city_staff)
    world.city_staff.appointments.all().delete()
    job = run_to_the_end(job)
    assert (job.state, ReportIssue.objects.count()) == (JobState.FAILED, 0)


def test_what_is_issued_is_what_was_seen(world, draft):
    job = ordered(draft, world.city_staff)
    save_draft(draft=draft, seen=draft.revision, access=access_of_user(world.city_staff), plan="- Việc khác.")
    assert "đã được sửa" in run_to_the_end(job).error
    with pytest.raises(ChangedMeanwhile):
        ordered(draft, world.city_staff, seen=draft.revision)


def test_order_that_is_sent_twice_is_one_issue(world, draft):
    one = ordered(draft, world.city_staff)
    assert ordered(draft, world.city_staff, key=one.key) == one
    run_to_the_end(one)
    assert ordered(draft, world.city_staff, key=one.key, reason="Bấm hai lần") == one
    assert ReportIssue.objects.count() == 1


# --- a look before ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_preview_is_a_draft_in_a_file_and_no_issue(world, draft, form):
    job = run_to_the_end(order_preview(draft=draft, form=form, key=draft.key, access=access_of_user(world.city_staff)))
    assert (job.state, ReportIssue.objects.count()) == (JobState.DONE, 0)
    assert job.file_name == files.name_of(draft.subject, None, form)
    data = running.Work(job, None).result.read_bytes().decode()
    assert data.startswith(f"{form}:")
    assert "'is_draft': True" in data


def test_forms_are_real_ones(world):
    """The layouts have tests of their own; here it is seen that the job speaks to them."""
    issue = issued(draft_of(world, world.city_staff), world.city_staff)
    heads = {file.format: (folder_of(issue.code) / file.format).read_bytes()[:4] for file in issue.files.all()}
    assert heads == {"docx": b"PK\x03\x04", "pdf": b"%PDF", "xlsx": b"PK\x03\x04"}
