"""A name that has gone on request goes from the uploaded lists too: what would name the person again, or bring the
name back, is cleared at once with the whole run. What the run has stored stays; it cannot be undone any more, and
whoever asks is told how many.

Whole, since undoing is: a run that changed this person could not be taken back without the name anyway.
"""

import re
import unicodedata
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError
from teams.imports import storing
from teams.imports.cells import as_text, key_of
from teams.imports.files import UnreadableFile, raw_text
from teams.imports.runs import clear
from teams.models import ImportChange, ImportRow, ImportRun
from teams.models.imports import WORKING

LIST = "volunteers"
_NEITHER = re.compile(r"\W+")


@transaction.atomic
def forget_in_files(volunteer: int, code: str, *, by) -> int:
    """How many uploaded lists were cleared. ``code``: what the person was known by until now.

    Refused while a worker is at one of them: it would write the name again.
    """
    found = list(_naming(volunteer, code))
    for run in found:
        notice = _(
            "Tệp và các dòng của lần nhập này đã được xóa vì một người trong danh sách yêu cầu ẩn danh. Những gì đã "
            "nhập vẫn còn; lần nhập này không xác nhận hay hoàn tác được nữa."
        )
        rows = ImportRun.objects.filter(pk=run.pk, forgotten_at=None).exclude(state__in=WORKING)
        if not rows.update(forgotten_at=timezone.now(), notice=notice):
            raise DomainError(
                _("Máy chủ đang xử lý một tệp có mã của người này. Chưa có gì thay đổi; hãy thử lại sau ít phút."),
                code="import_working",
            )
    entries = [("teams.importrun_forgotten", run, run.unit_id, {}) for run in found]
    audit.record_many(entries, by=by)
    for run in found:
        clear(run)
    return len(found)


def _naming(volunteer: int, code: str) -> Iterable[ImportRun]:
    kept = ImportRun.objects.filter(list_name=LIST, forgotten_at=None).order_by("pk")
    of_person = Q(model="teams.volunteer", row=volunteer)
    of_person |= Q(model="teams.teammember", after__volunteer_id=volunteer)
    of_person |= Q(model="teams.teammember", before__volunteer_id=volunteer)
    named = set(ImportChange.objects.filter(of_person, run__in=kept).values_list("run", flat=True))
    named |= set(ImportRow.objects.filter(run__in=kept, code__iexact=code).values_list("run", flat=True))
    return [run for run in kept if run.pk in named or _holds(run, code)]


def _holds(run: ImportRun, code: str) -> bool:
    """A row of the file is about this code, be it one that changed nothing."""
    data, key = storing.uploaded(run), key_of(as_text(code))
    try:
        # Most files are somebody else's, and a large one takes seconds to read in full.
        if data is None or not _may_hold(data, key):
            return False
        return any(key_of(cell) == key for row in storing.read(run, data) for cell in row)
    except UnreadableFile:  # no reader makes a list of persons of it
        return False


def _may_hold(data: bytes, key: str) -> bool:
    """Quick, and wrong on the safe side alone: whatever reading a cell takes away or puts together is left out of both.

    What has no letter may stand in the file as another number than is read: a day, or 1E5.
    """
    return not any(map(str.isalpha, key)) or _bare(key) in _bare(raw_text(data))


def _bare(text: str) -> str:
    """Letters without their accents, and digits."""
    return _NEITHER.sub("", unicodedata.normalize("NFD", text).casefold())
