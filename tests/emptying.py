"""A database that tests have committed to, as it was before them."""

from functools import cache

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

# What Django makes anew after a flush: it is left as it is.
KEPT = {model._meta.db_table for model in (ContentType, Permission, MigrationRecorder.Migration)}


def empty_the_database() -> None:
    """Like ``manage.py flush``, which makes a new file for each table and index, and then each permission by itself.

    Rows of tests are few, so they are deleted where there are some. Triggers and foreign keys do not look on.
    """
    if not _may_skip_triggers():
        call_command("flush", verbosity=0, interactive=False)
        return
    tables = [table for table in connection.introspection.table_names() if table not in KEPT]
    with connection.cursor() as cursor:
        asking = (f"(SELECT '{table}' FROM \"{table}\" LIMIT 1)" for table in tables)  # noqa: S608 - our own tables
        cursor.execute(" UNION ALL ".join(asking))
        filled = [table for (table,) in cursor.fetchall()]
        if filled:
            deleting = "; ".join(f'DELETE FROM "{table}"' for table in filled)  # noqa: S608 - our own tables
            cursor.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deleting}; COMMIT")


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
