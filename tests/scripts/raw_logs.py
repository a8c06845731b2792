"""Figures counted straight from the rows of the embedded database, with plain SQL and a walk up the tree.

It shares nothing with the portal's code: no tally, no closure of the tree, no ORM.
"""

import datetime as dt
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path

SESSIONS = """
    SELECT s.id, s.team_id, s.day FROM services_help_session s
    WHERE s.day BETWEEN :first AND :last AND NOT EXISTS
        (SELECT 1 FROM services_help_void v WHERE v.target = s.id AND (v.is_authorised OR v.device = s.device))
"""
LOGS = f"""
    SELECT log.session_id, log.people, log.same_visit, metric.code, log.quantity FROM services_help_assistancelog log
    LEFT JOIN services_help_metric metric ON metric.id = log.metric_id
    WHERE log.session_id IN (SELECT id FROM ({SESSIONS})) AND NOT EXISTS
        (SELECT 1 FROM services_help_void v WHERE v.target = log.id AND (v.is_authorised OR v.device = log.device))
"""  # noqa: S608 - put together from this file alone
ATTENDANCES = f"""
    SELECT DISTINCT a.session_id, a.volunteer_id FROM services_help_attendance a
    WHERE a.session_id IN (SELECT id FROM ({SESSIONS})) AND NOT EXISTS
        (SELECT 1 FROM services_help_void v WHERE v.target = a.id AND (v.is_authorised OR v.device = a.device))
"""  # noqa: S608
MEASURES = ["people", "service_turns", "sessions", "volunteer_turns", "volunteers", "teams", "HS_NOP", "TK_NH", "SH"]


class RawLogs:
    """All raw rows of a period."""

    def __init__(self, file: Path, first: dt.date, last: dt.date):
        period = {"first": first.isoformat(), "last": last.isoformat()}
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:

            def rows(sql: str) -> list[tuple]:
                return database.execute(sql, period).fetchall()

            self.sessions = {id: (team, day) for id, team, day in rows(SESSIONS)}
            self.logs, self.attendances = rows(LOGS), rows(ATTENDANCES)
            self.codes = dict(rows("SELECT id, code FROM teams_unit"))
            self.blocks = dict(rows("SELECT id, block FROM teams_unit"))
            self.homes = _dated(rows("SELECT team_id, unit_id, valid_from, valid_to FROM teams_teamhome"))
            self.parents = _dated(rows("SELECT unit_id, parent_id, valid_from, valid_to FROM teams_unitplacement"))

    def by_unit(self) -> dict[str, dict[str, int]]:
        """The measures of every unit, with all that is below it on the day of each session."""
        return self._count(lambda home, day: [self.codes[unit] for unit in self._upwards(home, day)])

    def by_home(self) -> dict[str, dict[str, int]]:
        """The measures of every unit that has teams of its own, without what is below it."""
        return self._count(lambda home, day: [self.codes[home]])

    def by_block(self) -> dict[str, dict[str, int]]:
        return self._count(lambda home, day: [self.blocks[home]])

    def _count(self, places) -> dict[str, dict[str, int]]:
        sums: dict[str, Counter] = defaultdict(Counter)
        distinct: dict[str, dict[str, set]] = defaultdict(lambda: defaultdict(set))
        of_session = {}
        for id, (team, day) in self.sessions.items():
            of_session[id] = places(self.homes(team, day), day)
            for place in of_session[id]:
                sums[place]["sessions"] += 1
                distinct[place]["teams"].add(team)
        for session, people, same_visit, metric, quantity in self.logs:
            for place in of_session[session]:
                sums[place]["people"] += 0 if same_visit else people
                sums[place]["service_turns"] += people
                sums[place][metric] += quantity or 0
        for session, volunteer in self.attendances:
            for place in of_session[session]:
                sums[place]["volunteer_turns"] += 1
                distinct[place]["volunteers"].add(volunteer)
        for place, sets in distinct.items():
            sums[place].update({name: len(members) for name, members in sets.items()})
        return {place: {name: counts[name] for name in MEASURES} for place, counts in sums.items()}

    def _upwards(self, unit: int, day: str):
        while unit is not None:
            yield unit
            unit = self.parents(unit, day)


def _dated(rows: list[tuple]):
    """A function (key, day) -> value of rows (key, value, first day, last day or None)."""
    held = defaultdict(list)
    for key, value, first, last in rows:
        held[key].append((value, first, last))

    def on(key: int, day: str):
        found = [value for value, first, last in held[key] if first <= day and (last is None or day <= last)]
        assert len(found) <= 1
        return found[0] if found else None

    return on
