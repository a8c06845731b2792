"""Counting from the raw rows in plain Python: the yardstick of the tests. It shares nothing with the code."""

import datetime as dt
from collections import Counter, defaultdict
from zoneinfo import ZoneInfo

from services_help.models import AssistanceLog, Attendance, Session, Void
from teams.models import TeamHome, Unit, UnitPlacement

SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")


class Raw:
    """All raw rows that hold, read once."""

    def __init__(self):
        self.voids = list(Void.objects.all())
        sessions = Session.objects.select_related("team__area", "point__area", "campaign")
        self.sessions = {row.id: row for row in sessions if not self.is_void(row)}
        self.logs = self._of_live_sessions(AssistanceLog.objects.select_related("service__group", "metric"))
        self.attendances = self._of_live_sessions(Attendance.objects.all())

    def is_void(self, row) -> bool:
        return any(void.target == row.id and (void.is_authorised or void.device == row.device) for void in self.voids)

    def _of_live_sessions(self, rows) -> list:
        return [row for row in rows if row.session_id in self.sessions and not self.is_void(row)]

    def session_of(self, row) -> Session:
        return self.sessions[row.session_id]

    def turns(self):
        """(session, volunteer, minutes), one for each volunteer of a session."""
        noted = defaultdict(list)
        for row in self.attendances:
            noted[row.session_id, row.volunteer_id].append(row.minutes)
        for (session_id, volunteer), minutes in noted.items():
            session = self.sessions[session_id]
            length = 0
            if session.ended_at:
                length = int((session.ended_at - session.started_at).total_seconds()) // 60
            yield session, volunteer, max(length if each is None else each for each in minutes)


def place(session: Session) -> tuple:
    return session.team_id, session.day, session.campaign_id, session.point_id, session.state


def tallies() -> dict[str, dict[tuple, tuple]]:
    """What the tallies of each day have to hold."""
    raw = Raw()
    names = ["day", "rhythm", "metric", "person", "outcome", "service", "result", "hour", "line", "presence"]
    cells: dict = {name: {} for name in names}

    def add(name, key, *counts):
        before = cells[name].get(key, (0,) * len(counts))
        cells[name][key] = tuple(map(sum, zip(before, counts, strict=True)))

    for session in raw.sessions.values():
        add("day", place(session), 0, 0, 1, 0, 0)
    for log in raw.logs:
        where = place(raw.session_of(log))
        people = 0 if log.same_visit else log.people
        line = (log.service_id, log.result, log.age_group, log.channel, log.metric_id)
        add("day", where, people, log.people, 0, 0, 0)
        add("line", (*where, *line), people, log.people, log.quantity or 0)
        hour = log.happened_at.astimezone(SAIGON).hour
        add("hour", (*where, hour, log.service_id), people, log.people)
        add("rhythm", (*where, hour), people, log.people)
        add("service", (*where, log.service_id), people, log.people)
        add("metric", (*where, log.metric_id), log.quantity or 0)
        add("person", (*where, log.age_group, log.channel), people, log.people)
        add("outcome", (*where, log.result, log.age_group), people, log.people)
        add("result", (*where, log.service_id, log.result, log.metric_id), people, log.people, log.quantity or 0)
    for session, volunteer, minutes in raw.turns():
        add("day", place(session), 0, 0, 0, 1, minutes)
        add("presence", (*place(session), volunteer), 1, minutes)
    return cells


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


# --- answers ----------------------------------------------------------------------------------------------------------
# What only a single line knows; a session has no answer to these.
OF_LINES = {"service", "service_group", "result", "age_group", "channel", "hour"}


def answer(query: dict, today: dt.date) -> dict[tuple, dict[str, int]]:
    """What the whole city's figures are, by walking homes and placements row by row.

    ``query``: by, measures, hierarchy and, optionally, depth, unit (a Unit), start, end, state, campaigns, services,
    ``granted`` = (units, teams): those that the asker may see.
    """
    raw, where = Raw(), Where(query, today)
    cells: dict[tuple, Counter] = defaultdict(Counter)
    for log in raw.logs:
        if (cell := where(raw.session_of(log), log)) is not None:
            cells[cell]["people"] += 0 if log.same_visit else log.people
            cells[cell]["service_turns"] += log.people
            if log.metric:
                cells[cell][log.metric.code] += log.quantity
    if not OF_LINES & {*query["by"]} and query.get("services") is None:
        _count_sessions(cells, raw, where)
    found = {cell: {name: counts[name] for name in query["measures"]} for cell, counts in cells.items()}
    if not query["by"]:
        return found or {(): dict.fromkeys(query["measures"], 0)}
    return {cell: counts for cell, counts in found.items() if any(counts.values())}


def _count_sessions(cells, raw: Raw, where: "Where") -> None:
    distinct: dict[tuple, dict[str, set]] = defaultdict(lambda: defaultdict(set))
    for session in raw.sessions.values():
        if (cell := where(session)) is not None:
            cells[cell]["sessions"] += 1
            distinct[cell]["teams"].add(session.team_id)
            distinct[cell]["points"] |= {session.point_id} - {None}
    for session, volunteer, minutes in raw.turns():
        if (cell := where(session)) is not None:
            cells[cell].update({"volunteer_turns": 1, "volunteer_minutes": minutes})
            distinct[cell]["volunteers"].add(volunteer)
    for cell, sets in distinct.items():
        cells[cell].update({name: len(found) for name, found in sets.items()})


class Where:
    """The cell of the answer in which a session, or one line of it, belongs; None: it is not asked for."""

    def __init__(self, query: dict, today: dt.date):
        self.query, self.tree = query, Tree(today, query["hierarchy"])

    def __call__(self, session: Session, log: AssistanceLog | None = None) -> tuple | None:
        query = self.query
        if not _asked(query, session, log):
            return None
        owner = self.tree.owner(session)
        if query.get("granted") is not None:
            units, teams = query["granted"]
            line = self.tree.line(owner, session.day) if owner else []
            if session.team not in teams and not any(unit in units for unit in line):
                return None
        shown = self.tree.shown(owner, session.day, query.get("unit"), query.get("depth", "children"))
        if query.get("unit") and shown is None:
            return None
        return tuple(_value(code, session, log, owner, shown) for code in query["by"])


class Tree:
    """Homes and parents, as lists to walk."""

    def __init__(self, today: dt.date, hierarchy: str):
        self.today, self.hierarchy = today, hierarchy
        self.homes = list(TeamHome.objects.select_related("team", "unit"))
        self.placements = list(UnitPlacement.objects.select_related("unit", "parent"))
        self.city = Unit.objects.get(code="TD")

    def _holds(self, row, day: dt.date, thing) -> bool:
        """``row`` says where ``thing`` stood on ``day``; ``as_is``: where it stands today, or stood at its end."""
        if self.hierarchy == "as_was":
            return row.is_valid_on(day)
        if thing.valid_to and thing.valid_to < self.today:
            return row.valid_to == thing.valid_to
        return row.is_valid_on(self.today)

    def owner(self, session) -> Unit | None:
        rows = [home for home in self.homes if home.team_id == session.team_id]
        return next((home.unit for home in rows if self._holds(home, session.day, home.team)), None)

    def line(self, unit: Unit, day: dt.date) -> list[Unit]:
        """``unit``, its parent, and so on up."""
        rows = [row for row in self.placements if row.unit_id == unit.pk and self._holds(row, day, unit)]
        return [unit, *(self.line(rows[0].parent, day) if rows else [])]

    def shown(self, owner: Unit | None, day: dt.date, unit: Unit | None, depth: str) -> Unit | None:
        line = self.line(owner, day) if owner else []
        root = unit or self.city
        if root not in line:
            return None
        place = line.index(root)
        return {"self": root, "children": line[max(place - 1, 0)], "descendants": line[0]}[depth]


def _asked(query: dict, session: Session, log: AssistanceLog | None) -> bool:
    return (
        (not query.get("start") or session.day >= query["start"])
        and (not query.get("end") or session.day <= query["end"])
        and (query.get("state", "all") == "all" or session.state in ("approved", "locked"))
        and (query.get("campaigns") is None or session.campaign in query["campaigns"])
        and (log is None or query.get("services") is None or log.service in query["services"])
    )


def _value(code: str, session: Session, log: AssistanceLog | None, owner: Unit | None, shown: Unit | None):
    area = session.point.area if session.point else session.team.area
    year, week, _weekday = session.day.isocalendar()
    return {
        "unit": lambda: shown and shown.code,
        "team": lambda: session.team.code,
        "area": lambda: area and f"{area.code}@{area.valid_from}",
        "block": lambda: owner and owner.block,
        "campaign": lambda: session.campaign and session.campaign.code,
        "day": lambda: str(session.day),
        "week": lambda: f"{year}-W{week:02}",
        "month": lambda: str(session.day)[:7],
        "state": lambda: session.state,
        "service": lambda: log.service.code,
        "service_group": lambda: log.service.group.code,
        "result": lambda: log.result,
        "age_group": lambda: log.age_group or None,
        "channel": lambda: log.channel,
        "hour": lambda: log.happened_at.astimezone(SAIGON).hour,
    }[code]()
