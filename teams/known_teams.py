"""A reader's teams, looked up once and then told to each statement, instead of being worked out in every one of them.

A page asks for sessions ten times. Of who has few teams their keys are told, and the database goes by its index of
teams. Staff of a hundred wards have thousands: then each session is asked for the home of its team, so that the first
page of a long list stops early. Keys travel as one text in the database's own writing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Func, Q, QuerySet, Subquery

from teams.models import TeamHome

# An array of more makes PostgreSQL think for longer than asking row by row takes.
FEW = 500


@dataclass(frozen=True)
class Keys:
    text: str

    @classmethod
    def of(cls, keys: Iterable[int]) -> "Keys":
        listed = ",".join(map(str, keys))
        return cls(f"{{{listed}}}" if connection.vendor == "postgresql" else f"[{listed}]")

    def __len__(self) -> int:
        return self.text.count(",") + 1 if self.text[1:-1] else 0


NONE = Keys.of([])


@dataclass(frozen=True)
class Reach:
    """Of which teams the sessions can be that a reader sees."""

    # Ever in a granted subtree.
    units: Keys = NONE
    # The teams that were ever at home in them, if they are few.
    few: Keys | None = NONE
    # Granted themselves.
    teams: Keys = NONE
    # Of those at home in the units: where it is so no longer, or not yet.
    left: Keys = NONE

    def covers(self, team: str, *, all_are_read: bool = False) -> Q:
        """A condition on what ``team`` leads to (a name as in ``filter``).

        ``all_are_read``: of rows that are counted or added up none is spared, and it is quicker to know all teams.
        """
        if not self.units:
            return Q(IsAmong(team, self.teams))
        if self.few is not None:
            by_home = Q(IsAmong(team, self.few))
        elif all_are_read:
            by_home = Q(**{f"{team}__in": TeamHome.objects.filter(IsAmong("unit", self.units)).values("team")})
        else:
            by_home = Q(IsAtHomeIn(team, self.units))
        return by_home | Q(IsAmong(team, self.teams)) if self.teams else by_home


class _KeyCondition(Func):
    """On one column and one list of keys."""

    output_field = BooleanField()
    postgresql = sqlite = ""

    def __init__(self, column: str, keys: Keys):
        super().__init__(column)
        self.keys = keys

    @property
    def identity(self):
        return (*super().identity, self.keys)

    def as_sql(self, compiler, connection, *_arguments, **_context):
        column, values = compiler.compile(self.source_expressions[0])
        text = self.postgresql if connection.vendor == "postgresql" else self.sqlite
        return text.format(column=column), [*values, self.keys.text]


class IsAmong(_KeyCondition):
    # An array and not a subquery: an order by an index is kept.
    postgresql = "({column} = ANY(%s::bigint[]))"
    sqlite = "({column} IN (SELECT value FROM json_each(%s)))"


class IsAtHomeIn(_KeyCondition):
    """The team has, had, or will have its home in one of these units."""

    # A value, and not EXISTS: that would be worked out for all teams before the first session is looked at.
    _rows = f"FROM {TeamHome._meta.db_table} home WHERE home.team_id = {{column}} AND home.unit_id"
    postgresql = f"((SELECT TRUE {_rows} = ANY(%s::bigint[]) LIMIT 1) IS TRUE)"
    sqlite = f"EXISTS (SELECT 1 {_rows} IN (SELECT value FROM json_each(%s)))"  # noqa: S608


class IsOneOf(Func):
    """On a column and the few keys that a query gives: read once as an array, so that an order by an index is kept."""

    output_field = BooleanField()

    def __init__(self, column: str, rows: QuerySet):
        super().__init__(column, Subquery(rows))

    def as_sql(self, compiler, connection, *_arguments, **_context):
        (column, of_column), (rows, of_rows) = map(compiler.compile, self.source_expressions)
        text = f"({column} = ANY(ARRAY{rows}))" if connection.vendor == "postgresql" else f"({column} IN {rows})"
        return text, [*of_column, *of_rows]


def look_up(*questions: QuerySet) -> list[Keys]:
    """The answers to all of them in one statement; each asks for one column, named ``key``."""
    texts, values = [], []
    for question in questions:
        try:
            sql, bound = question.query.sql_with_params()
        except EmptyResultSet:
            # The ORM sees by itself that there is none, and has no SQL for it.
            sql, bound = "SELECT NULL AS key WHERE 1 = 0", ()
        texts.append(_gather(sql))
        values += bound
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(texts)}", values)
        return [Keys(text) for text in cursor.fetchone()]


def _gather(rows: str) -> str:
    if connection.vendor == "postgresql":
        return f"(SELECT COALESCE(ARRAY_AGG(key), '{{}}')::text FROM ({rows}) found (key))"  # noqa: S608
    return f"(SELECT json_group_array(key) FROM ({rows}) found)"  # noqa: S608 - the ORM's own SQL
