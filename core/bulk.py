"""Statements that are run thousands of times a minute: one for many rows, planned once a connection.

Rows go in as one parameter, JSON that the database reads as a table. A placeholder for each value costs the server its
parsing and us the quoting, value by value; and a look-up over a few keys takes longer to plan than to run.
For the few statements that every batch of the intake needs; the ORM elsewhere.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from django.db import connection, models

Row = Mapping[str, Any]
# Of each connection to PostgreSQL: the statements that it has planned, and the names it knows them by.
_planned: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()


def fetch(sql: str, parameters: list) -> list[tuple]:
    """The rows that ``sql`` gives. Its text must not depend on the number of values: each text is kept planned."""
    with connection.cursor() as cursor:
        _execute(cursor, sql, parameters)
        return cursor.fetchall()


def execute(sql: str, parameters: list) -> None:
    """Like ``fetch``, for a statement that gives none."""
    with connection.cursor() as cursor:
        _execute(cursor, sql, parameters)


def _execute(cursor, sql: str, parameters: list) -> None:
    # Behind a pooler the next transaction may be on another connection; Django's own setting says so.
    if connection.vendor != "postgresql" or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        cursor.execute(sql, parameters)
        return
    planned = _planned.setdefault(connection.connection, {})
    if sql not in planned:
        name = f"xks_{len(planned)}"
        numbers = count(1)
        pieces = sql.split("%s")
        text = "".join(f"{piece}${next(numbers)}" for piece in pieces[:-1]) + pieces[-1]
        with connection.wrap_database_errors, connection.connection.cursor() as plain:
            # Left to itself it plans anew each time, since for one row that promises to run a little cheaper.
            plain.execute(f"SET plan_cache_mode = force_generic_plan; PREPARE {name} AS {text}")
        planned[sql] = name
    places = f"({placeholders(len(parameters))})" if parameters else ""
    cursor.execute(f"EXECUTE {planned[sql]}{places}", parameters)


def placeholders(number: int) -> str:
    return ", ".join(["%s"] * number)


class Recordset:
    """``FROM {rows.sql("r")}`` with ``rows.parameters([...])``: named columns, with values like those of the fields."""

    def __init__(self, **fields: models.Field):
        self.fields = fields

    @classmethod
    def of(cls, model: type[models.Model], *columns: str) -> "Recordset":
        return cls(**{column: _field(model, column) for column in columns})

    def sql(self, alias: str) -> str:
        """LIMIT tells the planner that the rows are few; it would prepare for a hundred, and read whole tables."""
        if connection.vendor == "postgresql":
            columns = ", ".join(f'"{name}" {_db_type(field)}' for name, field in self.fields.items())
            return f"(SELECT * FROM json_to_recordset(%s) AS read({columns}) LIMIT %s) AS {alias}"  # noqa: S608
        columns = ", ".join(f"json_extract(value, '$.{name}') AS \"{name}\"" for name in self.fields)
        return f"(SELECT {columns} FROM json_each(%s) LIMIT %s) AS {alias}"  # noqa: S608 - names are ours

    def parameters(self, rows: Sequence[Row]) -> list:
        if connection.vendor != "postgresql":  # SQLite keeps ids and times in its own spelling
            rows = [
                {name: field.get_db_prep_save(row[name], connection) for name, field in self.fields.items()}
                for row in rows
            ]
        return [orjson.dumps(list(rows)).decode(), len(rows)]


def insert(
    model: type[models.Model], rows: Sequence[Row], *, same: Row, skip_held: bool = False, returning: str = ""
) -> list[tuple]:
    """Store ``rows``, dictionaries by column with the same keys each; ``same`` is what they have in common.

    In the order given, so that callers who sort take their locks in one order. ``skip_held`` leaves out rows whose
    primary key is taken; with ``returning`` the values of that column come back, of the rows that went in.
    """
    if not rows:
        return []
    source, sql = _insert(model, tuple(rows[0]), tuple(same), skip_held, returning, connection.vendor)
    common = [_field(model, name).get_db_prep_save(value, connection) for name, value in same.items()]
    parameters = [*common, *source.parameters(rows)]
    if returning:
        return fetch(sql, parameters)
    execute(sql, parameters)
    return []


@cache
def _insert(model, own: tuple, same: tuple, skip_held: bool, returning: str, vendor: str) -> tuple[Recordset, str]:
    source = Recordset.of(model, *own)
    names = ", ".join(f'"{name}"' for name in own + same)
    # A parameter of a SELECT takes its type from nowhere else, as one of VALUES does from the column.
    casts = [f"CAST(%s AS {_db_type(_field(model, name))})" if vendor == "postgresql" else "%s" for name in same]
    values = [f'r."{name}"' for name in own] + casts
    # SQLite would take the ON of a bare ON CONFLICT for that of a join.
    sql = (
        f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {", ".join(values)} FROM {source.sql("r")} WHERE 1 = 1'  # noqa: S608
    )
    if skip_held:
        sql += f' ON CONFLICT ("{model._meta.pk.column}") DO NOTHING'
    return source, f'{sql} RETURNING "{returning}"' if returning else sql


def columns_of(model: type[models.Model], alias: str) -> str:
    """For SELECT: what ``as_instance`` takes, in its order."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def as_instance[M: models.Model](model: type[M], values: list) -> M:
    for place, convert in _converters(model, connection.vendor):
        values[place] = convert(values[place], None, connection)
    return model.from_db(connection.alias, [field.attname for field in model._meta.concrete_fields], values)


@cache
def _converters(model: type[models.Model], _vendor: str) -> list[tuple[int, Callable]]:
    """By place. PostgreSQL's driver gives Python's own types; SQLite knows text and numbers only."""
    fields = enumerate(model._meta.concrete_fields)
    columns = ((place, field.get_col(model._meta.db_table)) for place, field in fields)
    return [
        (place, convert)
        for place, column in columns
        for convert in [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
    ]


def as_uuid(value: UUID | str) -> UUID:
    """An id that a statement gave: SQLite gives its digits."""
    return value if isinstance(value, UUID) else UUID(value)


def _field(model: type[models.Model], column: str) -> models.Field:
    return next(field for field in model._meta.local_concrete_fields if field.column == column)


def _db_type(field: models.Field) -> str:
    """Without its length: a cast would cut a text that is too long, where the column refuses it."""
    return str(field.db_type(connection)).split("(")[0]
