"""What came after its period was locked, told in words and by session, for those who decide about it."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.templatetags.vi import vi_number
from services_help.models import ItemKind, LateEntry, Result, Service
from teams.models import Volunteer

# More of one session at once than a phone ever holds for one.
MOST = 500


@dataclass(frozen=True)
class Told:
    entry: LateEntry
    text: str


@dataclass(frozen=True)
class LateSession:
    session: UUID
    first: LateEntry
    entries: list[Told]
    people: int


def by_session(entries: list[LateEntry]) -> list[LateSession]:
    """Grouped in the order given; names are looked up once for all."""
    services = Service.objects.in_bulk({entry.row.get("service_id") for entry in entries} - {None})
    volunteers = Volunteer.objects.in_bulk({entry.row.get("volunteer_id") for entry in entries} - {None})
    found: dict[UUID, list[LateEntry]] = defaultdict(list)
    for entry in entries:
        found[entry.session].append(entry)
    return [
        LateSession(pk, rows[0], [Told(row, text_of(row, services, volunteers)) for row in rows], people_in(rows))
        for pk, rows in found.items()
    ]


def people_in(entries: list[LateEntry]) -> int:
    logs = [entry.row for entry in entries if entry.kind == ItemKind.LOG]
    return sum(row["people"] for row in logs if not row["same_visit"])


def text_of(entry: LateEntry, services: dict[int, Service], volunteers: dict[int, Volunteer]) -> str:
    row = entry.row
    if entry.kind == ItemKind.LOG:
        return _("%(time)s · %(service)s · %(result)s · %(people)s người") % {
            "time": _time(row["happened_at"]),
            "service": services[row["service_id"]].label,
            "result": Result(row["result"]).label,
            "people": vi_number(row["people"]),
        }
    if entry.kind == ItemKind.ATTENDANCE:
        return _("Điểm danh: %(name)s") % {"name": volunteers[row["volunteer_id"]].full_name}
    if entry.kind == ItemKind.VOID:
        return _("Hủy một mục: %(reason)s") % {"reason": row["reason"]}
    if row["ended_at"]:
        return _("Ca từ %(start)s đến %(end)s") % {"start": _time(row["started_at"]), "end": _time(row["ended_at"])}
    return _("Mở ca lúc %(start)s") % {"start": _time(row["started_at"])}


def _time(text: str) -> str:
    moment = parse_datetime(text)
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""
