"""What stands in the trail: which actions, about which kinds of things.

By jumps along an index: there are some dozens of either among a million rows.
"""

from django.db import connection

from core.models import AuditEvent
from core.vietnamese import fold
from teams.audit_words import kind_of


def recorded_actions() -> list[str]:
    return _recorded("action")


def recorded_kinds() -> list[tuple[str, str]]:
    """(kind, name), to choose from; not the files that are about nothing else."""
    kinds = [(kind, kind_of(kind)) for kind in _recorded("target_type") if kind]
    return sorted(kinds, key=lambda pair: fold(pair[1]))


def _recorded(column: str) -> list[str]:
    table = AuditEvent._meta.db_table
    sql = (
        f"WITH RECURSIVE known(said) AS (SELECT min({column}) FROM {table} UNION ALL"  # noqa: S608 - names are ours
        f" SELECT (SELECT min({column}) FROM {table} WHERE {column} > known.said) FROM known WHERE said IS NOT NULL)"
        " SELECT said FROM known WHERE said IS NOT NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [said for (said,) in cursor.fetchall()]
