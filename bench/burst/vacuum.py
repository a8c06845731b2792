"""What autovacuum does, on a server that was started without it: its thresholds, and its minute between two looks.

Without any vacuum a queue that is filled and emptied grows slower with each row; no portal is run that way.
"""

import contextlib
import threading
from collections.abc import Iterator

import psycopg2

NAPTIME = 60
DUE = """
SELECT quote_ident(relname) FROM pg_stat_user_tables
WHERE schemaname = 'public'
  AND (n_dead_tup > 50 + 0.2 * n_live_tup OR n_mod_since_analyze > 50 + 0.1 * n_live_tup)
"""


@contextlib.contextmanager
def in_place_of_autovacuum(url: str) -> Iterator[None]:
    with contextlib.closing(psycopg2.connect(url, application_name="vacuum")) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SHOW autovacuum")
        if cursor.fetchone() == ("on",):
            yield
            return
        stop = threading.Event()
        thread = threading.Thread(target=_vacuum, args=[cursor, stop], daemon=True)
        thread.start()
        yield
        stop.set()
        thread.join()


def _vacuum(cursor, stop: threading.Event) -> None:
    while not stop.wait(NAPTIME):
        cursor.execute(DUE)
        for (table,) in cursor.fetchall():
            cursor.execute(f"VACUUM (ANALYZE, SKIP_LOCKED) {table}")
