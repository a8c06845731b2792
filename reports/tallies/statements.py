# ruff: noqa: S608 - the texts are put together from constants of this package; values are bound
"""The SQL that counts slices. Live logs are read once, into a scratch table; each cut adds up from it.

INSERT … SELECT, so that no row travels to Python and back. The text is the same on PostgreSQL and SQLite but for some
expressions (``DIALECTS``); values are always bound.
"""

import json
from collections.abc import Iterable

from django.conf import settings
from django.db import connection

from reports.tallies.cuts import CUTS, DAY, NULLABLE, OF_LINES, PLACE, PRESENCE, Cut
from reports.tallies.slices import STALE, Slice, by_day

DIALECTS = {
    "postgresql": {
        # Not EXTRACT: a numeric, which costs several times as much to add up by.
        "hour": f"date_part('hour', l.happened_at AT TIME ZONE '{settings.TIME_ZONE}')::smallint",
        "length": "FLOOR(EXTRACT(EPOCH FROM s.ended_at - s.started_at) / 60)",
        # Emptied by itself: nothing of it is left to the next transaction of the connection.
        "scratch": "ON COMMIT DELETE ROWS",
        "named": "l.id IN (SELECT x::uuid FROM jsonb_array_elements_text(%s::jsonb) x)",
        "promised": "SELECT x::uuid AS log FROM core_outboxmessage o, jsonb_array_elements_text(o.data -> 'logs') x",
    },
    "sqlite": {  # functions that Django's SQLite backend defines
        "hour": f"django_datetime_extract('hour', l.happened_at, '{settings.TIME_ZONE}', 'UTC')",
        "length": "django_timestamp_diff(s.ended_at, s.started_at) / 60000000",
        "scratch": "",
        "named": "l.id IN (SELECT x.value FROM json_each(%s) x)",
        "promised": "SELECT x.value AS log FROM core_outboxmessage o, json_each(o.data, '$.logs') x",
    },
}
_COLUMNS = ", ".join(PLACE)
_PLACE_OF_S = ", ".join(f"s.{column}" for column in PLACE)
# The same rule as VoidQuerySet.of, which the recount in drift.py goes by.
_LIVE = (
    "NOT EXISTS (SELECT 1 FROM services_help_void v"
    " WHERE v.target = {row}.id AND (v.is_authorised OR v.device = {row}.device))"
)

_SCRATCH = """
CREATE TEMPORARY TABLE IF NOT EXISTS fresh_lines (
    team_id bigint, day date, campaign_id bigint, point_id bigint, state varchar(11), hour smallint, service_id bigint,
    result varchar(13), age_group varchar(5), channel varchar(6), metric_id bigint,
    people integer, service_turns integer, quantity integer
) {scratch}"""
LINES = f"""
SELECT {_PLACE_OF_S}, {{hour}} AS hour, l.service_id, l.result, l.age_group, l.channel, l.metric_id,
    CASE WHEN l.same_visit THEN 0 ELSE l.people END AS people, l.people AS service_turns,
    COALESCE(l.quantity, 0) AS quantity
FROM services_help_session s JOIN services_help_assistancelog l ON l.session_id = s.id
WHERE {{which}} AND {_LIVE.format(row="s")} AND {_LIVE.format(row="l")}"""
# Logs that are still promised one by one are left to that promise, or they would be counted twice. Looked up in one
# set: as NOT EXISTS the outbox was read again for each line, since the database expects next to no live lines.
WHOLE = f"({{slices}}) AND l.id NOT IN ({{promised}} WHERE o.topic = '{STALE}' AND o.data IS NOT NULL)"


def _key(cut: Cut) -> str:
    return ", ".join(f"COALESCE({column}, 0)" if column in NULLABLE else column for column in cut.key)


def _table(cut: Cut) -> str:
    return cut.days._meta.db_table


def _upsert(cut: Cut, setting: str) -> str:
    """``setting``: what becomes of each measure of a row that is there already."""
    values = ", ".join(setting.format(table=_table(cut), measure=measure) for measure in cut.measures)
    return f"ON CONFLICT ({_key(cut)}) DO UPDATE SET {values}"


def _fill(cut: Cut, source: str = "fresh_lines s WHERE 1 = 1") -> str:
    columns, measures = ", ".join(cut.key), ", ".join(cut.measures)
    sums = ", ".join(f"SUM({measure})" for measure in cut.measures)
    return (
        f"INSERT INTO {_table(cut)} ({columns}, {measures})"
        # In the order of the index that every row has to go into.
        f" SELECT {columns}, {sums} FROM {source} GROUP BY {columns} ORDER BY {columns}"
    )


def kept(cut: Cut) -> str:
    return f"{_table(cut)} s WHERE ({{slices}})"


# The finest first: the others are added up from what has just been written.
_FILL = [_fill(cut, kept(CUTS[cut.finer])) if cut.finer else _fill(cut) for cut in reversed(OF_LINES)]
_ADD = [f"{_fill(cut)} {_upsert(cut, '{measure} = {table}.{measure} + excluded.{measure}')}" for cut in OF_LINES]


def _anew(cut: Cut) -> str:
    """Rows that have stayed the same are not written again."""
    old, new = (", ".join(f"{row}.{measure}" for measure in cut.measures) for row in (_table(cut), "excluded"))
    return f"{_upsert(cut, '{measure} = excluded.{measure}')} WHERE ({old}) <> ({new})"


SESSIONS = f"live_session AS (SELECT s.* FROM services_help_session s WHERE ({{slices}}) AND {_LIVE.format(row='s')})"
# A volunteer ticked twice in a session was there once, for the longer of the two.
PRESENT = f"""
SELECT {_COLUMNS}, volunteer_id, 1 AS turns, minutes
FROM (
    SELECT s.id, {_PLACE_OF_S}, a.volunteer_id, MAX(COALESCE(a.minutes, {{length}}, 0)) AS minutes
    FROM live_session s JOIN services_help_attendance a ON a.session_id = s.id
    WHERE {_LIVE.format(row="a")}
    GROUP BY s.id, {_PLACE_OF_S}, a.volunteer_id
) once"""
_PRESENCES = f"""
INSERT INTO reports_presencetally ({_COLUMNS}, volunteer_id, turns, minutes)
WITH {SESSIONS}
SELECT {_COLUMNS}, volunteer_id, SUM(turns), SUM(minutes) FROM ({PRESENT}) present
WHERE 1 = 1 GROUP BY {_COLUMNS}, volunteer_id
{_anew(PRESENCE)}"""
# Added up from the rows just written, so that the coarse tally can never disagree with the finer ones; a session
# without a line counts too.
PARTS_OF_DAY = f"""
SELECT {_COLUMNS}, people, service_turns, 0 AS sessions, 0 AS volunteer_turns, 0 AS volunteer_minutes
FROM reports_rhythmtally s WHERE ({{slices}})
UNION ALL SELECT {_COLUMNS}, 0, 0, 0, turns, minutes FROM reports_presencetally s WHERE ({{slices}})
UNION ALL SELECT {_COLUMNS}, 0, 0, 1, 0, 0 FROM live_session"""
_DAYS = f"""
INSERT INTO reports_daytally ({_COLUMNS}, {", ".join(DAY.measures)})
WITH {SESSIONS}
SELECT {_COLUMNS}, {", ".join(f"SUM({measure})" for measure in DAY.measures)} FROM ({PARTS_OF_DAY}) parts
WHERE 1 = 1 GROUP BY {_COLUMNS}
{_anew(DAY)}"""


def count(slices: Iterable[Slice]) -> None:
    """Fill the tallies of ``slices``, which must be locked and empty, from all that is live."""
    condition, values = _condition(slices)
    _run(condition, values, _FILL, WHOLE, values)


def add(slices: Iterable[Slice], logs: Iterable[str]) -> None:
    """Add ``logs`` (hexadecimal ids), of ``slices`` and in no tally yet; count anew who was there and for how long.

    The slices must be locked, and unchanged but for these logs, new sessions and attendances, and sessions closed.
    """
    condition, values = _condition(slices)
    _run(condition, values, _ADD, "{named}", [json.dumps(sorted(logs))])


def _run(condition: str, values: list, statements: list[str], which: str, which_values: list) -> None:
    words = {"slices": condition, **DIALECTS[connection.vendor]}
    with connection.cursor() as cursor:
        cursor.execute(_SCRATCH.format(**words))
        cursor.execute("DELETE FROM fresh_lines")
        cursor.execute(f"INSERT INTO fresh_lines {LINES.format(which=which.format(**words), **words)}", which_values)
        for statement in (*statements, _PRESENCES, _DAYS):
            cursor.execute(statement.format(**words), values * statement.count("{slices}"))


def _condition(slices: Iterable[Slice]) -> tuple[str, list]:
    """Rows ``s`` of these slices, as SQL with its values."""
    parts, values = [], []
    for day, teams in by_day(slices).items():
        parts.append(f"(s.day = %s AND s.team_id IN ({', '.join(['%s'] * len(teams))}))")
        values += [connection.ops.adapt_datefield_value(day), *teams]
    return " OR ".join(parts), values
