"""A reader's teams, looked up once and then told to each statement, instead of being worked out in every one of them.

Staff of a hundred wards see thousands of teams, and a page of theirs asks for sessions ten times. The database hands
the primary keys over as one text and gets the same text back: none of them becomes an object in between.
"""

from dataclasses import dataclass

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Func, QuerySet

_EMPTY = ("{}", "[]")


@dataclass(frozen=True)
class KnownTeams:
    """Primary keys in the database's own writing."""

    text: str

    @property
    def is_empty(self) -> bool:
        return self.text in _EMPTY


class IsAmong(Func):
    """A condition: the team that ``team`` leads to (a name as in ``filter``) is one of ``teams``.

    On PostgreSQL an array and not a subquery, so that an order by an index is kept and the first page stops early.
    """

    output_field = BooleanField()

    def __init__(self, team: str, teams: KnownTeams):
        super().__init__(team)
        self.text = teams.text

    @property
    def identity(self):
        return (*super().identity, self.text)

    def as_sql(self, compiler, connection, *_arguments, **_context):
        column, values = compiler.compile(self.source_expressions[0])
        return f"({column} = ANY(%s::bigint[]))", [*values, self.text]

    def as_sqlite(self, compiler, connection, **context):
        column, values = compiler.compile(self.source_expressions[0])
        return f"({column} IN (SELECT value FROM json_each(%s)))", [*values, self.text]  # noqa: S608


def look_up(*questions: QuerySet) -> list[KnownTeams]:
    """The answers to all of them in one statement; each asks for one column, named ``team``."""
    texts, values = [], []
    for question in questions:
        try:
            sql, bound = question.order_by().query.sql_with_params()
        except EmptyResultSet:
            # The ORM sees by itself that there is none, and has no SQL for it.
            sql, bound = "SELECT NULL AS team WHERE 1 = 0", ()
        texts.append(_gather(sql))
        values += bound
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(texts)}", values)
        return [KnownTeams(text) for text in cursor.fetchone()]


def _gather(rows: str) -> str:
    if connection.vendor == "postgresql":
        return f"(SELECT COALESCE(ARRAY_AGG(team), '{{}}')::text FROM ({rows}) keys (team))"  # noqa: S608
    return f"(SELECT json_group_array(team) FROM ({rows}) keys)"  # noqa: S608 - the ORM's own SQL
