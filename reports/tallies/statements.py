# ruff: noqa: S608 - the texts are put together from constants of this module; values are bound
"""The SQL that counts slices: each statement fills one tally from the live raw rows.

INSERT … SELECT, so that no row travels to Python and back. The text is the same on PostgreSQL and SQLite but for two
expressions (``_DIALECTS``); values are always bound.
"""

from collections.abc import Iterable

from django.conf import settings
from django.db import connection

from reports.tallies.slices import Slice, by_day

PLACE = "team_id, day, campaign_id, point_id, state"
_DIALECTS = {
    "postgresql": {
        "hour": f"EXTRACT(HOUR FROM l.happened_at AT TIME ZONE '{settings.TIME_ZONE}')",
        "length": "FLOOR(EXTRACT(EPOCH FROM s.ended_at - s.started_at) / 60)",
    },
    "sqlite": {  # functions that Django's SQLite backend defines
        "hour": f"django_datetime_extract('hour', l.happened_at, '{settings.TIME_ZONE}', 'UTC')",
        "length": "django_timestamp_diff(s.ended_at, s.started_at) / 60000000",
    },
}
# The same rule as VoidQuerySet.of, which the recount in drift.py goes by.
_LIVE = (
    "NOT EXISTS (SELECT 1 FROM services_help_void v"
    " WHERE v.target = {row}.id AND (v.is_authorised OR v.device = {row}.device))"
)
_SESSIONS = f"""
    live_session AS (
        SELECT s.* FROM services_help_session s WHERE ({{slices}}) AND {_LIVE.format(row="s")}
    )"""
_PLACE_OF_S = ", ".join(f"s.{column}" for column in PLACE.split(", "))

_LINES = f"""
INSERT INTO reports_linetally
    ({PLACE}, service_id, result, age_group, channel, metric_id, people, service_turns, quantity)
WITH {_SESSIONS}
SELECT {_PLACE_OF_S}, l.service_id, l.result, l.age_group, l.channel, l.metric_id,
    SUM(CASE WHEN l.same_visit THEN 0 ELSE l.people END), SUM(l.people), SUM(COALESCE(l.quantity, 0))
FROM live_session s JOIN services_help_assistancelog l ON l.session_id = s.id
WHERE {_LIVE.format(row="l")}
GROUP BY {_PLACE_OF_S}, l.service_id, l.result, l.age_group, l.channel, l.metric_id"""

_HOURS = f"""
INSERT INTO reports_hourtally ({PLACE}, hour, service_id, people, service_turns)
WITH {_SESSIONS}
SELECT {PLACE}, hour, service_id, SUM(CASE WHEN same_visit THEN 0 ELSE people END), SUM(people)
FROM (
    SELECT {_PLACE_OF_S}, {{hour}} AS hour, l.service_id, l.same_visit, l.people
    FROM live_session s JOIN services_help_assistancelog l ON l.session_id = s.id
    WHERE {_LIVE.format(row="l")}
) lines
GROUP BY {PLACE}, hour, service_id"""

# A volunteer ticked twice in a session was there once, for the longer of the two.
_PRESENCES = f"""
INSERT INTO reports_presencetally ({PLACE}, volunteer_id, turns, minutes)
WITH {_SESSIONS}
SELECT {PLACE}, volunteer_id, COUNT(*), SUM(minutes)
FROM (
    SELECT s.id, {_PLACE_OF_S}, a.volunteer_id, MAX(COALESCE(a.minutes, {{length}}, 0)) AS minutes
    FROM live_session s JOIN services_help_attendance a ON a.session_id = s.id
    WHERE {_LIVE.format(row="a")}
    GROUP BY s.id, {_PLACE_OF_S}, a.volunteer_id
) present
GROUP BY {PLACE}, volunteer_id"""

# Added up from the rows just written, so that the coarse tally can never disagree with the fine ones; a session
# without a line counts too.
_DAYS = f"""
INSERT INTO reports_daytally ({PLACE}, people, service_turns, sessions, volunteer_turns, volunteer_minutes)
WITH {_SESSIONS}
SELECT {PLACE}, SUM(people), SUM(service_turns), SUM(sessions), SUM(turns), SUM(minutes)
FROM (
    SELECT {PLACE}, people, service_turns, 0 AS sessions, 0 AS turns, 0 AS minutes
    FROM reports_linetally s WHERE ({{slices}})
    UNION ALL SELECT {PLACE}, 0, 0, 0, turns, minutes FROM reports_presencetally s WHERE ({{slices}})
    UNION ALL SELECT {PLACE}, 0, 0, 1, 0, 0 FROM live_session
) parts
GROUP BY {PLACE}"""


def _condition(slices: Iterable[Slice]) -> tuple[str, list]:
    """Rows ``s`` of these slices, as SQL with its values."""
    parts, values = [], []
    for day, teams in by_day(slices).items():
        parts.append(f"(s.day = %s AND s.team_id IN ({', '.join(['%s'] * len(teams))}))")
        values += [connection.ops.adapt_datefield_value(day), *teams]
    return " OR ".join(parts), values


def count(slices: Iterable[Slice]) -> None:
    """Fill the tallies of ``slices``, which must be locked and empty."""
    condition, values = _condition(slices)
    with connection.cursor() as cursor:
        for statement in (_LINES, _HOURS, _PRESENCES, _DAYS):
            sql = statement.format(slices=condition, **_DIALECTS[connection.vendor])
            cursor.execute(sql, values * statement.count("{slices}"))
