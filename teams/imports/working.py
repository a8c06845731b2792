"""What a worker does with a file: check it, store it, or take it back. Each is one transaction, or nothing.

Killed in the middle, the transaction is gone with the worker, the row says "at it", and the next worker does it anew.
Killed after it, the row says that it is done, and the next worker only tells so.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.jobs.kinds import JobKind, Result
from core.jobs.models import Job, JobState
from core.jobs.work import Work
from core.templatetags.vi import vi_number
from teams.access import access_of_user
from teams.imports import footprint, storing
from teams.imports.base import FileResource
from teams.imports.files import UnreadableFile, write_workbook
from teams.imports.flow import look, take_in
from teams.imports.lists import ImportList, list_of
from teams.imports.preview import Preview, bad_rows_of
from teams.imports.runs import APPLY, CHECK, UNDO, NotThatState
from teams.imports.undoing import InTheWay, take_back
from teams.models import ImportChange, ImportRow, ImportRun, ImportState, RowKind

# By step: where it begins, while it lasts, and where it ends.
COURSE = {
    CHECK: (ImportState.STOPPED, ImportState.CHECKING, (ImportState.CHECKED, ImportState.REFUSED)),
    APPLY: (ImportState.CHECKED, ImportState.IMPORTING, (ImportState.DONE,)),
    UNDO: (ImportState.DONE, ImportState.UNDOING, (ImportState.UNDONE,)),
}


def job_kind(found: ImportList) -> JobKind:
    return JobKind(label=found.title, right=found.right, piece=piece, undo=given_up)


def piece(work: Work) -> Result:
    step = work.job.params["step"]
    run = ImportRun.objects.get(pk=work.job.params["run"])
    begin, during, ends = COURSE[step]
    if run.state not in ends or run.job_id != work.job.pk:
        # Also from where a job that was given up has put it: it may be begun again.
        if not _of(run, work, begin, during).update(state=during, notice=""):
            raise NotThatState
        {CHECK: _check, APPLY: _apply, UNDO: _undo}[step](run, work)
        run.refresh_from_db()
    return Result(summary(run))


def _of(run: ImportRun, work: Work, *states: ImportState):
    """A job that is begun again finds nothing to do where the file is forgotten."""
    return ImportRun.objects.filter(pk=run.pk, job=work.job, state__in=states, forgotten_at=None)


def given_up(job: Job) -> None:
    """Stopped or failed: nothing of it is there. What had been done before it could be stopped stays done."""
    begin, during, _ends = COURSE[job.params["step"]]
    told = {
        CHECK: _("Việc kiểm tra đã dừng giữa chừng. Chưa có gì được nhập."),
        APPLY: _("Việc nhập đã dừng giữa chừng. Chưa dòng nào được nhập."),
        UNDO: _("Việc hoàn tác đã dừng giữa chừng. Chưa có gì thay đổi."),
    }[job.params["step"]]
    left = ImportRun.objects.filter(pk=job.params["run"], job=job, state=during)
    if not left.update(state=begin, notice=job.error or told) and job.state == JobState.STOPPED:
        raise NotThatState


def summary(run: ImportRun) -> str:
    numbers = {name: vi_number(number) for name, number in run.counts.items()}
    if run.state == ImportState.CHECKED:
        text = _("%(new)s dòng mới, %(update)s dòng sửa, %(skip)s dòng không đổi, %(invalid)s dòng lỗi.")
        return text % numbers
    if run.state == ImportState.DONE:
        return _("Đã nhập xong: %(new)s dòng mới, %(update)s dòng sửa, %(skip)s dòng không đổi.") % numbers
    if run.state == ImportState.UNDONE:
        return _("Đã hoàn tác: mọi thứ trở lại như trước khi nhập.")
    return run.notice


def _resource(run: ImportRun, work: Work) -> FileResource:
    """With the rights that whoever has ordered it holds now."""
    found, access = list_of(run.list_name), access_of_user(work.job.ordered_by)
    access.require(found.right)
    subject = found.subject(access, run.subject) if found.subject and run.subject else None
    if found.subject and subject is None:
        raise DomainError(_("“%(about)s” không còn, hoặc bạn không còn quyền với nơi đó.") % {"about": run.about})
    resource = found.resource(access, subject)
    resource.run = run
    resource.pulse = lambda at, total: work.pulse(at, total, _lines_told(at, total))
    return resource


def _lines_told(at: int, total: int) -> str:
    return _("Đã xem %(at)s trên %(total)s dòng") % {"at": vi_number(at), "total": vi_number(total)}


# --- checking ---------------------------------------------------------------------------------------------------------
def _check(run: ImportRun, work: Work) -> None:
    try:
        dataset = storing.dataset_of(run)
    except UnreadableFile as refusal:
        _refuse(run, work, str(refusal))
        return
    total = len(dataset)
    work.say(0, total, _("Đang đọc tệp"))
    resource = _resource(run, work)
    preview = look(resource, dataset)
    if preview.problems:
        _refuse(run, work, " ".join(preview.problems))
        return
    if preview.bad_rows:
        storing.keep(run, storing.BAD_ROWS, write_workbook(bad_rows_of(resource.result)))
    with transaction.atomic():
        run.rows.all().delete()
        ImportRow.objects.bulk_create(_rows(run, preview, resource), batch_size=1000)
        told = {"counts": preview.counts, "columns": preview.columns, "digest": preview.digest}
        _end(run, work, ImportState.CHECKED, **told)
        work.say(total, total, _lines_told(total, total))


def _refuse(run: ImportRun, work: Work, reason: str) -> None:
    with transaction.atomic():
        run.rows.all().delete()
        _end(run, work, ImportState.REFUSED, notice=reason, counts={}, columns=[], digest="")
        work.say(1, 1)


def _end(run: ImportRun, work: Work, state: ImportState, **values) -> None:
    during = COURSE[work.job.params["step"]][1]
    if not _of(run, work, during).update(state=state, **values):
        raise NotThatState


def _rows(run: ImportRun, preview: Preview, resource: FileResource) -> list[ImportRow]:
    bad = [
        ImportRow(
            run=run,
            kind=RowKind.BAD,
            line=row.line,
            code=row.code[:300],
            cells=[[cell.column, cell.text, [str(text) for text in cell.messages]] for cell in row.cells],
        )
        for row in preview.bad_rows
    ]
    changed = [
        ImportRow(
            run=run,
            kind=RowKind.NEW if row.is_new else RowKind.UPDATE,
            line=row.line,
            code=row.code[:300],
            cells=row.cells,
        )
        for row in preview.changed_rows
    ]
    written = {row.line for row in preview.changed_rows}
    remarks = [
        ImportRow(run=run, kind=RowKind.REMARK, line=line, code=code[:300], cells=texts)
        for line, code, texts in resource.remarks
        if line in written
    ]
    return [*bad, *changed, *remarks]


# --- storing ----------------------------------------------------------------------------------------------------------
def _apply(run: ImportRun, work: Work) -> None:
    dataset = storing.dataset_of(run)
    total = len(dataset)
    work.say(0, total, _("Đang đọc tệp"))
    resource = _resource(run, work)
    resource.keeps_before = True
    with transaction.atomic():
        take_in(resource, dataset, shown=run.digest, file_name=run.file_name)
        after = footprint.images(resource.writes, resource.owners())
        ImportChange.objects.bulk_create(
            [
                ImportChange(run=run, model=model, row=row, before=was, after=now)
                for model, row, was, now in footprint.differences(resource.before, after, resource.written)
            ],
            batch_size=1000,
        )
        _end(run, work, ImportState.DONE, applied_at=timezone.now())
        # Last: from here on the row of the job is locked, and with it whoever would stop it waits.
        work.say(total, total, _lines_told(total, total))


# --- taking back ------------------------------------------------------------------------------------------------------
def _undo(run: ImportRun, work: Work) -> None:
    total = run.changes.count()
    run.rows.filter(kind=RowKind.OBSTACLE).delete()  # of an attempt before
    work.say(0, total, _("Đang trả lại như trước khi nhập"))
    resource = _resource(run, work)
    try:
        with transaction.atomic():
            take_back(run, resource)
            ended = {"undone_at": timezone.now(), "undone_by": work.job.ordered_by}
            _end(run, work, ImportState.UNDONE, **ended)
            work.say(total, total)
    except InTheWay as refusal:
        ImportRow.objects.bulk_create(
            [
                ImportRow(run=run, kind=RowKind.OBSTACLE, line=number, code=what[:300], cells=[why])
                for number, (what, why) in enumerate(refusal.obstacles, start=1)
            ]
        )
        raise
