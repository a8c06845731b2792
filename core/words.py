"""Finding rows by the beginnings of words, in tables too long to be read for it.

PostgreSQL keeps an index of the words (``AddWordIndex``); elsewhere the text is looked
through, which small tables allow.
"""

import re
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from core.operations import TableRule
from core.vietnamese import fold

_NO_WORD = re.compile(r"[^a-z0-9]+")


def words_of(text: str) -> list[str]:
    return [word for word in _NO_WORD.split(fold(text)) if word]


def vector_of(column: str) -> str:
    """Letters and digits alone: the parser of PostgreSQL would take "a/b" for the name of a file."""
    return f"to_tsvector('simple', regexp_replace({column}, '[^a-z0-9]+', ' ', 'g'))"


def holds_words(model: type[models.Model], column: str, text: str) -> Any:
    """A condition on rows of ``model``: each word of ``text`` begins a word of the folded text in ``column``."""
    words = words_of(text)
    if not words:
        return Q()
    if connection.vendor != "postgresql":
        found = Q()
        for word in words:
            found &= Q(**{f"{column}__contains": word})
        return found
    vector = vector_of(f'"{model._meta.db_table}"."{column}"')
    asked = " & ".join(f"{word}:*" for word in words)
    sql = f"{vector} @@ to_tsquery('simple', %s)"
    return RawSQL(sql, [asked], output_field=models.BooleanField())  # noqa: S611 - names are ours


class AddWordIndex(TableRule):
    """The index that ``holds_words`` is quick by. Without a lock that writers wait for: its migration is not atomic."""

    def __init__(self, table: str, column: str):
        self.table, self.column = table, column

    def deconstruct(self):
        return self.__class__.__qualname__, [self.table, self.column], {}

    @property
    def name(self) -> str:
        return f"{self.table}_words"

    def forwards_sql(self, vendor):
        if vendor != "postgresql":
            return []
        vector = vector_of(f'"{self.column}"')
        return [f"CREATE INDEX CONCURRENTLY {self.name} ON {self.table} USING gin ({vector})"]

    def backwards_sql(self, vendor):
        return [f"DROP INDEX CONCURRENTLY IF EXISTS {self.name}"] if vendor == "postgresql" else []

    def describe(self):
        return f"Index of the words of {self.table}.{self.column}"
