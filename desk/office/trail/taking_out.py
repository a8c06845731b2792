"""The trail as a file, by a worker: a year of it is more than a request may take. That it was taken out is in it too.

In pieces of some thousand rows by their place; what has come in since the order is not among them.
"""

import csv
import datetime as dt
import io
from typing import Any
from uuid import UUID

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit
from core.errors import DomainError
from core.jobs import services
from core.jobs.kinds import JobKind, Result
from core.jobs.models import Job
from core.jobs.work import Work
from core.models import AuditEvent
from core.templatetags.vi import vi_number
from desk.office.trail.filters import FilterWords
from desk.office.trail.search import Place, Search, trail_of
from teams.access import Access, access_of_user
from teams.audit_details import Names, detail_lines, names_in
from teams.audit_words import kind_of, sentence_of, words_of
from teams.models import Unit
from teams.permissions import Right

KIND = "trail.export"
ROWS_A_PIECE = 2000
# What is bound in one piece, well under the lease of a worker.
MOST_ROWS = {"xlsx": 200_000, "csv": 1_000_000}
TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def columns() -> list[str]:
    return [
        _("Lúc"), _("Người thực hiện"), _("Việc"), _("Loại đối tượng"), _("Đối tượng"), _("Chuyện gì"), _("Chi tiết"),
        _("Mã yêu cầu"),
    ]  # fmt: skip


def order(*, search: Search, form: str, access: Access, key: UUID | None) -> Job:
    """Have the rows that fit written into a file of the kind ``form``."""
    access.require(Right.EXPORT)
    params = {
        "form": form,
        "text": search.text,
        "person": search.person,
        "verb": search.verb,
        "kind": search.kind,
        "row": search.row,
        "unit": search.unit.pk if search.unit else None,
        "first": search.first.isoformat() if search.first else None,
        "last": search.last.isoformat() if search.last else None,
        "until": timezone.now().isoformat(),
    }
    units = access.unit_ids(Right.AUDIT_VIEW)
    title = _("Xuất nhật ký kiểm tra (%(form)s)") % {"form": form.upper()}
    return services.order(KIND, params, title=title, access=access, key=key, scope_unit=units[0] if units else None)


def _search(params: dict) -> Search:
    days: dict[str, Any] = {name: dt.date.fromisoformat(params[name]) for name in ("first", "last") if params[name]}
    unit = Unit.objects.filter(pk=params["unit"]).first() if params["unit"] else None
    return Search(unit=unit, **days, **{name: params[name] for name in ("text", "person", "verb", "kind", "row")})


def _rows(job: Job):
    access = access_of_user(job.ordered_by)
    access.require(Right.EXPORT)
    access.require(Right.AUDIT_VIEW)
    until = dt.datetime.fromisoformat(job.params["until"])
    return _search(job.params).narrow(trail_of(access)).filter(at__lte=until)


def piece(work: Work) -> Result | None:
    """Some rows into a file of their own; at the end all of them into one."""
    job, place = work.job, work.job.place
    rows = _rows(job).order_by("-at", "-pk")
    most = MOST_ROWS[job.params["form"]]
    total = place.get("total") or rows.order_by()[: most + 1].count()
    if total > most:
        told = _("Có hơn %(most)s dòng. Hãy chọn khoảng ngày ngắn hơn, hoặc xuất CSV, rồi thử lại.")
        raise DomainError(told % {"most": vi_number(most)})
    after, number, done = Place.read(place.get("after", "")), place.get("number", 0), place.get("done", 0)
    if not place.get("is_read"):
        some = list(_behind(rows, after)[:ROWS_A_PIECE])
        work.keep(f"{number}", _as_csv(some))
        following = {"total": total, "number": number + 1, "done": done + len(some)}
        following |= {"after": str(Place.of(some[-1]))} if some else {}
        following["is_read"] = len(some) < ROWS_A_PIECE
        said = _("Đã đọc %(done)s dòng") % {"done": vi_number(following["done"])}
        work.say(following["done"], max(total, 1), said, place=following)
        return None
    parts = [work.folder / f"{each}" for each in range(number)]
    (_bind_xlsx if job.params["form"] == "xlsx" else _bind_csv)(work, parts)
    name = f"{_('Nhật ký kiểm tra')} {timezone.localdate():%Y-%m-%d}.{job.params['form']}"
    return Result(_("%(count)s dòng") % {"count": vi_number(done)}, file_name=name, file_type=TYPES[job.params["form"]])


def _behind(rows, after: Place | None):
    if after is None:
        return rows
    return rows.filter(at__lte=after.at).exclude(at=after.at, pk__gte=after.pk)


def _line(event: AuditEvent, names: Names, filters: FilterWords) -> list[str]:
    return [
        f"{timezone.localtime(event.at):%d/%m/%Y %H:%M:%S}",
        event.actor_label,
        str(words_of(event.action).label),
        kind_of(event.target_type),
        event.target_label,
        sentence_of(event),
        "; ".join(f"{name}: {value}" for name, value in [*detail_lines(event, names), *filters.of(event)]),
        event.request_id,
    ]


def _as_csv(events: list[AuditEvent]) -> bytes:
    text, names, filters = io.StringIO(), names_in(events), FilterWords(events)
    csv.writer(text).writerows(_line(event, names, filters) for event in events)
    return text.getvalue().encode()


def _bind_csv(work: Work, parts: list) -> None:
    """With a byte order mark, without which Excel garbles Vietnamese; no cell is ever taken for a formula."""
    with work.result.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns())
        for part in parts:
            with part.open(encoding="utf-8", newline="") as lines:
                writer.writerows([_plain(cell) for cell in line] for line in csv.reader(lines))


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _bind_xlsx(work: Work, parts: list) -> None:
    book = xlsxwriter.Workbook(str(work.result), {"constant_memory": True, "tmpdir": str(work.folder)})
    sheet, bold = book.add_worksheet(_("Nhật ký")), book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for place, width in enumerate((18, 26, 18, 20, 36, 60, 60, 22)):
        sheet.set_column(place, place, width)
    for place, title in enumerate(columns()):
        sheet.write_string(0, place, title, bold)
    number = 0
    for part in parts:
        with part.open(encoding="utf-8", newline="") as lines:
            for line in csv.reader(lines):
                number += 1
                for place, cell in enumerate(line):
                    sheet.write_string(number, place, cell[:32000])
    book.close()


def settle(job: Job) -> None:
    """In the transaction that makes the job done: how many rows went out, by what filter."""
    wanted = {name: value for name, value in job.params.items() if value and name not in ("until", "form")}
    units = access_of_user(job.ordered_by).unit_ids(Right.AUDIT_VIEW)
    audit.record(
        "core.auditevent_exported",
        by=job.ordered_by,
        target=job,
        scope_unit=units[0] if units else None,
        rows=job.place.get("done", 0),
        format=job.params["form"],
        filters=wanted,
    )


EXPORT = JobKind(label=gettext_lazy("Xuất nhật ký kiểm tra"), right=Right.AUDIT_VIEW, piece=piece, settle=settle)
