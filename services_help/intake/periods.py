"""Locking a period and taking things in exclude each other: what is in before it is locked, what comes after is late.

Sessions that exist are held by their rows: whoever adds to one reads it under ``FOR KEY SHARE``, a lock or an approval
takes it ``FOR UPDATE``. Of sessions that do not exist yet there is no row to hold; they have this lock between them.
SQLite has one writer at a time anyway.
"""

from django.db import connection

from core import bulk
from core.dated import valid_sql

_KEY = "hashtext('services_help.periods')"


def hold_off_locks() -> None:
    """Until the end of the transaction nobody locks a period or lifts a lock. Before the first look at any session."""
    if connection.vendor == "postgresql":
        bulk.execute(f"SELECT pg_advisory_xact_lock_shared({_KEY})", [])


def hold_off_intake() -> None:
    """Until the end of the transaction nobody else opens a session, or locks a period. Before any lock on a row."""
    if connection.vendor == "postgresql":
        bulk.execute(f"SELECT pg_advisory_xact_lock({_KEY})", [])


def lock_sql(*, team: str, day: str) -> str:
    """An SQL expression: the lock that holds for a session of ``team`` on ``day``, as the tree stands; else null.

    A team without a home on the day is nobody's but the whole city's: of the one unit that stood under no other.
    """
    homes = f"FROM teams_teamhome home WHERE home.team_id = {team} AND {valid_sql(day, 'home')}"
    return f"""(
        SELECT period.id FROM services_help_periodlock period
        WHERE period.lifted_at IS NULL AND {day} >= period.starts_on AND {day} <= period.ends_on
        AND (EXISTS (
            SELECT 1 {homes} AND EXISTS (
                SELECT 1 FROM teams_unitancestry above WHERE above.descendant_id = home.unit_id
                AND above.ancestor_id = period.unit_id AND {valid_sql(day, "above")}
            )
        ) OR (
            NOT EXISTS (SELECT 1 {homes}) AND period.unit_id = (
                SELECT MIN(root.id) FROM teams_unit root WHERE {valid_sql(day, "root")} AND NOT EXISTS (
                    SELECT 1 FROM teams_unitplacement placed
                    WHERE placed.unit_id = root.id AND {valid_sql(day, "placed")}
                ) HAVING COUNT(*) = 1
            )
        ))
        ORDER BY period.id LIMIT 1
    )"""  # noqa: S608 - names are ours
