"""GET never writes: a wrapper around the database that refuses everything but reading."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from core import bulk

# Savepoints change nothing by themselves; a common table expression reads unless it says otherwise.
_READS = re.compile(
    r"\s*\(*\s*(SELECT|WITH|SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT|EXPLAIN)\b", re.IGNORECASE
)
_WRITES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b(?! OF\b)", re.IGNORECASE)
_LOCKS = re.compile(r"\bFOR (NO KEY )?UPDATE\b", re.IGNORECASE)
_PLANNED = re.compile(r"EXECUTE (\w+)")
_TEXT = re.compile(r"'(?:[^']|'')*'")


class WroteWhileReading(AssertionError):
    pass


def is_read(sql: str) -> bool:
    bare = _TEXT.sub("''", sql)
    return bool(_READS.match(bare)) and not _WRITES.search(bare) and not _LOCKS.search(bare)


def _planned(sql: str) -> str:
    """The statement behind the name under which ``core.bulk`` has it planned."""
    if (named := _PLANNED.match(sql)) is None:
        return sql
    names = bulk._planned[connection.connection]
    return next(text for text, name in names.items() if name == named[1])


@contextmanager
def reading_only() -> Iterator[None]:
    """Within it, a statement that writes or takes a row lock fails the test, naming the statement."""

    def refuse(execute, sql, params, many, context):
        if not is_read(_planned(sql)):
            raise WroteWhileReading(sql[:300])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield
