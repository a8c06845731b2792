"""Nothing lost, nothing twice: the ids in the database against those that were sent; and the tallies against both."""

import contextlib

from bench.databases import Database, say
from bench.report import at_most

TABLES = {
    "session": "services_help_session",
    "log": "services_help_assistancelog",
    "attendance": "services_help_attendance",
    "void": "services_help_void",
}


def compare(database: Database, plan):
    lost = extra = 0
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        receipts = 0
        for kind, table in TABLES.items():
            cursor.execute(f"SELECT id::text FROM {table}")  # noqa: S608 - names of ours
            rows = [id for (id,) in cursor.fetchall()]
            sent = {str(id) for phone in plan for id in phone.ids[kind]}
            lost += len(sent - set(rows))
            extra += len(rows) - len(sent & set(rows))
            receipts += len(sent)
        cursor.execute("SELECT count(*) FROM services_help_receipt")
        extra += abs(cursor.fetchone()[0] - receipts)
    yield at_most("Mục bị mất", lost, 0, "")
    yield at_most("Mục thừa, hai lần, hoặc không có biên nhận", extra, 0, "")
    say("Đối chiếu số tổng hợp với lượt gốc…")
    yield at_most("Số tổng hợp lệch so với lượt gốc", 0 if _is_proven(database) else 1, 0, "")


def _is_proven(database: Database) -> bool:
    try:
        database.run("manage.py", "verify_tallies", "--wait", "60")
    except RuntimeError:
        return False
    return True
