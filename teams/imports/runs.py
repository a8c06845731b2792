"""A file comes in, is checked, confirmed, and may be undone. Each step is one order to a worker (``working``).

The first thing that can fail is done first: the file is durable before its row is there, and its row before its job.
"""

import datetime as dt
import uuid

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError, NotAllowed
from core.files import taken_back
from core.jobs.services import order
from core.vietnamese import nfc
from teams.access import Access
from teams.imports import storing
from teams.imports.files import format_number
from teams.imports.lists import list_of
from teams.models import ImportRow, ImportRun, ImportState, RowKind

CHECK, APPLY, UNDO = "check", "apply", "undo"
# For so long an import can be undone, and its file lies in the portal.
KEPT_FOR = dt.timedelta(days=90)
# A file is there a moment before its row. After so long there will be none.
STRAY_FOR = dt.timedelta(days=1)
logger = structlog.get_logger(__name__)


class NotThatState(DomainError):
    code = "import_state"

    def __init__(self):
        super().__init__(_("Lần nhập này đã sang tình trạng khác. Hãy tải lại trang."))


def receive(*, list_name: str, subject, upload, access: Access, key: uuid.UUID) -> ImportRun:
    """Keep the file and have it checked; nothing of it is stored. The same upload again is the run that is there."""
    kind = list_of(list_name)
    access.require(kind.right)
    format_number(upload)
    if known := _known(key, access):
        return known
    data = upload.read()
    units = access.unit_ids(kind.right)
    run = ImportRun(
        key=key,
        list_name=list_name,
        subject=subject.pk if subject else None,
        about=str(subject)[:300] if subject else "",
        file_name=_shortened(nfc(upload.name)),
        sha256=storing.digest_of(data),
        made_by=access.user,
        unit_id=units[0] if len(units) == 1 and not access.is_unlimited else None,
    )
    storing.keep(run, storing.UPLOADED, data)
    try:
        with transaction.atomic():
            run.save()
            # From here on the file is this row's, and not that of the same upload at the same moment.
            with taken_back(lambda: storing.forget(run)):
                audit.record(
                    "teams.importrun_uploaded", by=access.user, target=run, scope_unit=run.unit_id, sha256=run.sha256
                )
                _send(run, CHECK, _("Kiểm tra tệp “%(file)s”"), access, key=key)
    except IntegrityError:  # sent twice at one moment, and the other was first
        if known := _known(key, access):
            return known
        raise
    return run


def _known(key: uuid.UUID, access: Access) -> ImportRun | None:
    known = ImportRun.objects.filter(key=key).first()
    if known and known.made_by != access.user:
        raise NotAllowed
    return known


def _shortened(name: str) -> str:
    """With what its kind is told by."""
    stem, _dot, extension = name.rpartition(".")
    return f"{stem[:240]}.{extension}"


@transaction.atomic
def check_again(*, run: ImportRun, access: Access) -> ImportRun:
    """Since the data has changed, or the first check did not come to its end."""
    run = _mine(run, access)
    if not run.may_check_again:
        raise NotThatState
    run.state, run.notice = ImportState.CHECKING, ""
    _send(run, CHECK, _("Kiểm tra tệp “%(file)s”"), access)
    return run


@transaction.atomic
def confirm(*, run: ImportRun, shown: str, access: Access) -> ImportRun:
    """Store what was shown. A second click finds the first one's order."""
    run = _mine(run, access)
    if run.state in (ImportState.IMPORTING, ImportState.DONE) and run.digest == shown:
        return run
    if not run.may_confirm:
        raise NotThatState
    if run.digest != shown:
        raise DomainError(_("Tệp đã được kiểm tra lại. Hãy xem lại rồi xác nhận."))
    run.state, run.notice = ImportState.IMPORTING, ""
    _send(run, APPLY, _("Nhập tệp “%(file)s”"), access)
    return run


@transaction.atomic
def undo(*, run: ImportRun, access: Access) -> ImportRun:
    """Put back what the import has changed: all of it, or nothing. Also for who has not made it but sees it."""
    access.require(list_of(run.list_name).right)
    run = _locked(run)
    if run.state in (ImportState.UNDOING, ImportState.UNDONE):
        return run
    if not run.may_undo:
        raise NotThatState
    run.rows.filter(kind=RowKind.OBSTACLE).delete()
    run.state, run.notice = ImportState.UNDOING, ""
    _send(run, UNDO, _("Hoàn tác lần nhập “%(file)s”"), access)
    return run


def _mine(run: ImportRun, access: Access) -> ImportRun:
    """Checked and stored in the name of who has brought the file."""
    access.require(list_of(run.list_name).right)
    if run.made_by != access.user:
        raise NotAllowed(_("Tệp này do người khác tải lên. Muốn nhập, hãy tự tải tệp lên."))
    return _locked(run)


def _locked(run: ImportRun) -> ImportRun:
    return ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)


def _send(run: ImportRun, step: str, title: str, access: Access, key: uuid.UUID | None = None) -> None:
    title %= {"file": run.file_name}
    params = {"run": run.pk, "step": step}
    run.job = order(f"import.{run.list_name}", params, title=title, access=access, key=key, scope_unit=run.unit_id)
    run.save()


@transaction.atomic
def record_download(run: ImportRun, access: Access) -> None:
    audit.record(
        "teams.importrun_taken",
        by=access.user,
        target=run,
        scope_unit=run.unit_id,
        rows=run.counts.get("invalid", 0),
    )


def forget_old() -> int:
    """Take away files, rows and ways back whose time is over; how many runs. What was stored stays."""
    old = ImportRun.objects.filter(forgotten_at=None, made_at__lt=timezone.now() - KEPT_FOR)
    old = old.exclude(state__in=(ImportState.CHECKING, ImportState.IMPORTING, ImportState.UNDOING))
    count = 0
    for run in old:
        with transaction.atomic():
            # Whoever has begun with it since keeps it; whoever comes now finds it forgotten.
            if not old.filter(pk=run.pk).update(forgotten_at=timezone.now()):
                continue
            clear(run)
        count += 1
    return count


def sweep() -> int:
    """Take away files that no row leads to, or only a forgotten one: somebody was killed in between. How many."""
    left = storing.older_than(timezone.now() - STRAY_FOR)
    left -= set(ImportRun.objects.filter(key__in=left, forgotten_at=None).values_list("key", flat=True))
    for key in left:
        storing.forget(ImportRun(key=key))
    if left:
        logger.warning("import_files_without_a_row", count=len(left))
    return len(left)


def clear(run: ImportRun) -> None:
    """All that a forgotten run holds of its list. In the caller's transaction; the file last: it does not return."""
    ImportRow.objects.filter(run=run).delete()
    run.changes.all().delete()
    storing.forget(run)


def kept_until(run: ImportRun) -> dt.date:
    return timezone.localdate(run.made_at) + KEPT_FOR
