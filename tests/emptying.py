"""A database that tests commit to: emptied after them, and filled with the same world before many of them."""

import datetime as dt
import io
from functools import cache

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from demo.seeding import seed

# What Django makes anew after a flush: it is left as it is.
KEPT = {model._meta.db_table for model in (ContentType, Permission, MigrationRecorder.Migration)}


def empty_the_database() -> None:
    """Like ``manage.py flush``, which makes a new file for each table and index, and then each permission by itself.

    Rows of tests are few, so they are deleted where there are some. Triggers and foreign keys do not look on.
    """
    if not _may_skip_triggers():
        call_command("flush", verbosity=0, interactive=False)
    elif filled := _filled_tables():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SKIP_TRIGGERS + "; ".join(f'DELETE FROM "{table}"' for table in filled))  # noqa: S608


def sow(day: dt.date) -> None:
    """The demo world of ``day`` and nothing else, as ``seed`` makes it; made once, and laid down again from then on."""
    empty_the_database()
    if not _may_skip_triggers():
        seed(day)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        if day not in _sown:
            seed(day)
            _sown[day] = {table: _copied(cursor, table) for table in _filled_tables()}
            return
        cursor.execute(_SKIP_TRIGGERS)
        for table, rows in _sown[day].items():
            cursor.copy_expert(f'COPY "{table}" FROM STDIN (FORMAT binary)', io.BytesIO(rows))


_SKIP_TRIGGERS = "SET LOCAL session_replication_role = replica; "
# Of each day: table -> its rows, as PostgreSQL writes them.
_sown: dict[dt.date, dict[str, bytes]] = {}


def _copied(cursor, table: str) -> bytes:
    rows = io.BytesIO()
    cursor.copy_expert(f'COPY "{table}" TO STDOUT (FORMAT binary)', rows)
    return rows.getvalue()


def _filled_tables() -> list[str]:
    tables = [table for table in connection.introspection.table_names() if table not in KEPT]
    asking = (f"(SELECT '{table}' FROM \"{table}\" LIMIT 1)" for table in tables)  # noqa: S608 - our own tables
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asking))
        return [table for (table,) in cursor.fetchall()]


@cache
def _may_skip_triggers() -> bool:
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return cursor.fetchone()[0]


def forgive_a_crash() -> None:
    """PostgreSQL answers before its disk has: nobody needs this database after a power cut."""
    if connection.vendor == "postgresql":
        name = connection.settings_dict["NAME"]
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        connection.close()
