"""What stands behind the figure, page by page: teams and days, sessions, lines, and those counted once.

Lists have a length and give slices, which is all that a paginator asks for.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from campaigns.models import SupportPoint
from core.models import AuditEvent
from reports.explain import counting
from reports.explain.cells import Cell
from reports.explain.counting import DISTINCT, LOGGED, PRESENT, Way, Work, whole_minutes
from reports.explain.explanation import Explanation
from reports.explain.selection import Selection
from services_help.models import AssistanceLog, Attendance, Session, Void
from teams.models import Team, Volunteer

CLOSED = "services_help.session_closed"


# --- teams and days ---------------------------------------------------------------------------------------------------
class Groups:
    """Teams and days of the cell, latest day first, within a day by the teams' names."""

    def __init__(self, why: Explanation):
        self.kind = why.way.kind
        self.groups = counting.by_team_and_day(why.works)
        self.teams = Team.objects.in_bulk({group["team_id"] for group in self.groups})
        self.groups.sort(key=lambda group: self.teams[group["team_id"]].sort_key)
        self.groups.sort(key=lambda group: group["day"], reverse=True)

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, place: slice) -> list[dict[str, Any]]:
        return [self._row(group) for group in self.groups[place]]

    def _row(self, group: dict) -> dict[str, Any]:
        works = group["works"]
        return {
            "team": self.teams[group["team_id"]],
            "day": group["day"],
            "sessions": len(works),
            "recorded": sum(work.values[counting.RECORDED] for work in works),
            "not_counted": sum(work.taken_off for work in works),
            "figure": counting.amount(self.kind, works),
        }


# --- sessions ---------------------------------------------------------------------------------------------------------
def sessions(works: Iterable[Work], kind: str) -> list[dict[str, Any]]:
    """For one page of works: the sessions themselves, who opened and who closed each, what each gives to the cell."""
    works = list(works)
    ids = [work.session.id for work in works]
    rows = Session.objects.filter(pk__in=ids).for_list().select_related("created_by").in_bulk()
    closers, voids = _closers(ids), _voids(Void.objects.filter(target__in=ids))
    return [
        {
            "session": rows[work.session.id],
            "void": _void_of(rows[work.session.id], voids),
            # A session sent whole, opened and closed at once, has no event of its own for the closing.
            "closed_by": _closer(rows[work.session.id], closers),
            "rows": work.rows[counting.RECORDED],
            "not_counted": work.taken_off,
            "figure": counting.amount(kind, [work]),
        }
        for work in works
    ]


def unread(why: Explanation) -> QuerySet[Session]:
    """The sessions of a cell that has not been counted again, latest first: in the order of an index."""
    found = Selection(why.cell).with_lines(why.way.metric_id)
    if not why.sees_every_session:
        found = found.visible_to(why.access)
    return found.only("pk").order_by("-day", "-started_at", "-pk")


def read(why: Explanation, shown: Iterable[Session]) -> list[dict[str, Any]]:
    """These alone are counted from their lines; one without a line in the cell has no part in it."""
    ids = [session.pk for session in shown]
    works = {work.session.id: work for work in counting.recount(Selection(why.cell, only=ids), why.way).works}
    return sessions([works[pk] for pk in ids if pk in works], why.way.kind)


def _closers(ids: list[UUID]) -> dict[str, str]:
    events = AuditEvent.objects.filter(target_type="services_help.session", target_id__in=[str(pk) for pk in ids])
    return dict(events.filter(action=CLOSED).order_by("id").values_list("target_id", "actor_label"))


def _closer(session: Session, closers: dict[str, str]) -> str:
    if session.ended_at is None:
        return ""
    return closers.get(str(session.pk)) or str(session.created_by)


def _voids(rows: QuerySet[Void]) -> dict[UUID, list[Void]]:
    found: dict[UUID, list[Void]] = {}
    for void in rows.select_related("created_by").order_by("received_at"):
        found.setdefault(void.target, []).append(void)
    return found


def _void_of(row: Session | AssistanceLog | Attendance, voids: dict[UUID, list[Void]]) -> Void | None:
    """The first void that holds for the row (the rule of ``VoidQuerySet.of``)."""
    return next((v for v in voids.get(row.pk, []) if v.is_authorised or v.device == row.device), None)


def session_in(cell: Cell, text: str) -> Session | None:
    """One session of the cell that the caller may look into."""
    try:
        pk = UUID(text)
    except ValueError:
        return None
    found = Selection(cell).sessions.filter(pk=pk).visible_to(cell.access)
    return found.for_list().select_related("created_by").first()


# --- lines ------------------------------------------------------------------------------------------------------------
def way_of_lines(way: Way) -> Way:
    """What is told of lines: where whole sessions are counted, the turns that they brought."""
    return way if way.kind in (*LOGGED, *PRESENT) else Way("service_turns", "service_turns")


class Lines:
    """The lines (for presence: the attendances) of one session that are in the cell, in the order of work.

    Each with what it gives to the figure and, if nothing, why not.
    """

    def __init__(self, cell: Cell, way: Way, session: Session):
        self.way, self.session = way_of_lines(way), session
        selection = Selection(cell)
        if self.way.kind in PRESENT:
            # Few, and needed together: of two for one volunteer the longer one counts.
            found = selection.attendances().filter(session=session).select_related("volunteer")
            self.rows: Any = list(found.order_by("volunteer__sort_key", "volunteer", "received_at", "pk"))
            self.all = self.session.attendances.count()
        else:
            logs = selection.logs(self.way.metric_id).filter(session=session).select_related("service", "metric")
            self.rows = logs.order_by("happened_at", "pk")
            self.all = self.session.logs.count()

    @cached_property
    def _count(self) -> int:
        return len(self.rows) if isinstance(self.rows, list) else self.rows.count()

    def __len__(self) -> int:
        return self._count

    @property
    def outside(self) -> int:
        """Rows of the session that are not of the cell."""
        return self.all - len(self)

    def __getitem__(self, place: slice) -> list[dict[str, Any]]:
        return self._told(list(self.rows))[place] if isinstance(self.rows, list) else self._told(list(self.rows[place]))

    def _told(self, rows: list) -> list[dict[str, Any]]:
        voids = _voids(Void.objects.filter(target__in=[*[row.pk for row in rows], self.session.pk]))
        of_session = _void_of(self.session, voids)
        told = []
        for row in rows:
            void = of_session or _void_of(row, voids)
            reason = counting.SESSION_VOID if of_session else counting.LINE_VOID if void else ""
            if not reason and self.way.kind == "people" and row.same_visit:
                reason = counting.SAME_VISIT
            told.append({"row": row, "void": void, "why_not": reason, "gives": 0 if reason else self._given(row)})
        if self.way.kind in PRESENT:
            self._keep_the_longer(told)
        return told

    def _given(self, row) -> int:
        if self.way.kind == "quantity":
            return row.quantity or 0
        if self.way.kind in LOGGED:
            return row.people
        return self._minutes(row) if self.way.kind == "volunteer_minutes" else 1

    def _minutes(self, row: Attendance) -> int:
        return whole_minutes(self.session.started_at, self.session.ended_at) if row.minutes is None else row.minutes

    def _keep_the_longer(self, told: list[dict]) -> None:
        longest: dict[int, dict] = {}
        for line in sorted(
            (each for each in told if not each["why_not"]), key=lambda each: -self._minutes(each["row"])
        ):
            if longest.setdefault(line["row"].volunteer_id, line) is not line:
                line.update(why_not=counting.REPEATED, gives=0)


# --- counted once -----------------------------------------------------------------------------------------------------
_MODELS: dict[str, Any] = {"teams": Team, "points": SupportPoint, "volunteers": Volunteer}


class Distinct:
    """Those that a distinct count counts, in the sessions that the caller sees, with the number of their sessions."""

    def __init__(self, why: Explanation):
        self.found = counting.distinct_of(why.way.kind, why.seen) if why.way.kind in DISTINCT else {}
        self.rows: list = []
        if self.found:
            self.rows = list(_MODELS[why.way.kind].objects.filter(pk__in=self.found).order_by("sort_key", "pk"))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: slice) -> list[dict[str, Any]]:
        return [{"row": row, "sessions": self.found[row.pk]} for row in self.rows[place]]
