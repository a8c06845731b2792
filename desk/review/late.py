"""What came after its period was locked, told in words and by session, for those who decide about it."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Case, Value, When
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.templatetags.vi import vi_number
from services_help.models import ItemKind, LateEntry, Result, Service, Session
from services_help.models.review import LateEntryQuerySet
from teams.access import Access
from teams.models import Volunteer
from teams.permissions import Right

A_PAGE = 100
LISTS = {"open": gettext_lazy("Chờ quyết định"), "declined": gettext_lazy("Đã không nhận")}
# Within a session: what the others need comes first.
SESSION_FIRST = Case(When(kind=ItemKind.SESSION, then=Value(0)), default=Value(1))


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
    # The session itself, where it is not let in and stands elsewhere: it was declined, or is on another page.
    needed: Told | None

    @property
    def offered(self) -> list[Told]:
        """All that can be let in from here."""
        return [self.needed, *self.entries] if self.needed else self.entries


def late_of(access: Access, listed: str) -> LateEntryQuerySet:
    rows = LateEntry.objects.visible_to(access, Right.REVIEW)
    return rows.declined() if listed == "declined" else rows.open()


def page_of(access: Access, listed: str, number: str | None) -> tuple[Page, list[LateSession]]:
    """Some of the list, by session."""
    rows = late_of(access, listed).for_list().order_by("day", "team__sort_key", "session", SESSION_FIRST, "pk")
    page = Paginator(rows, A_PAGE).get_page(number)
    return page, by_session(list(page), access)


def by_session(entries: list[LateEntry], access: Access) -> list[LateSession]:
    """Grouped in the order given; names are looked up once for all."""
    services = Service.objects.in_bulk({entry.row.get("service_id") for entry in entries} - {None})
    volunteers = Volunteer.objects.in_bulk({entry.row.get("volunteer_id") for entry in entries} - {None})
    found: dict[UUID, list[LateEntry]] = defaultdict(list)
    for entry in entries:
        found[entry.session].append(entry)
    needed = _needed(found, access)

    def told(entry: LateEntry) -> Told:
        return Told(entry, text_of(entry, services, volunteers))

    return [
        LateSession(
            pk, rows[0], [told(row) for row in rows], people_in(rows), told(needed[pk]) if pk in needed else None
        )
        for pk, rows in found.items()
    ]


def _needed(found: dict[UUID, list[LateEntry]], access: Access) -> dict[UUID, LateEntry]:
    """The last word on each session that is neither held nor among its own entries here."""
    shown = {pk for pk, rows in found.items() if any(row.kind == ItemKind.SESSION for row in rows)}
    held = set(Session.objects.filter(pk__in=found).values_list("pk", flat=True))
    words = LateEntry.objects.outside().visible_to(access, Right.REVIEW).for_list()
    rows = words.filter(item__in=found.keys() - shown - held, kind=ItemKind.SESSION)
    return {row.session: row for row in rows.order_by("pk")}


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
