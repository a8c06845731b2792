"""Counting from the raw rows in plain Python: the yardstick of the tests. It shares nothing with the code."""

import datetime as dt
from collections import defaultdict
from zoneinfo import ZoneInfo

from services_help.models import AssistanceLog, Attendance, Session, Void

SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")


class Raw:
    """All raw rows that hold, read once."""

    def __init__(self):
        self.voids = list(Void.objects.all())
        self.sessions = {row.id: row for row in Session.objects.all() if not self.is_void(row)}
        self.logs = self._of_live_sessions(AssistanceLog)
        self.attendances = self._of_live_sessions(Attendance)

    def is_void(self, row) -> bool:
        return any(void.target == row.id and (void.is_authorised or void.device == row.device) for void in self.voids)

    def _of_live_sessions(self, model) -> list:
        return [row for row in model.objects.all() if row.session_id in self.sessions and not self.is_void(row)]

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
    """What the four tallies have to hold."""
    raw = Raw()
    cells: dict = {"day": {}, "line": {}, "hour": {}, "presence": {}}

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
        add("hour", (*where, log.happened_at.astimezone(SAIGON).hour, log.service_id), people, log.people)
    for session, volunteer, minutes in raw.turns():
        add("day", place(session), 0, 0, 0, 1, minutes)
        add("presence", (*place(session), volunteer), 1, minutes)
    return cells


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
