"""Migration operations for rules that Django's constraints cannot say on both databases.

PostgreSQL gets exclusion constraints and triggers, SQLite gets triggers. On SQLite a later schema change of the same
table rebuilds it and drops its triggers: such a migration repeats the operation (a test looks for the triggers).
"""

from django.db.migrations import AddIndex
from django.db.migrations.operations.base import Operation


class TableRule(Operation):
    """Base: run one SQL text forwards and another backwards, chosen by database vendor."""

    reversible = True
    reduces_to_sql = True

    def state_forwards(self, app_label, state):
        """The rule lives in the database only; the models do not change."""

    def forwards_sql(self, vendor: str) -> list[str]:
        raise NotImplementedError  # pragma: no cover - each rule below writes its own

    def backwards_sql(self, vendor: str) -> list[str]:
        raise NotImplementedError  # pragma: no cover

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self._run(schema_editor, self.forwards_sql(schema_editor.connection.vendor))

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        self._run(schema_editor, self.backwards_sql(schema_editor.connection.vendor))

    @staticmethod
    def _run(schema_editor, statements: list[str]) -> None:
        for statement in statements:
            # No parameters: a "%" in the text stays what it is.
            schema_editor.execute(statement, params=None)


class NoOverlap(TableRule):
    """No two rows of ``table`` with the same key columns are valid on the same day.

    A text key is hashed into the exclusion constraint: an accidental collision would refuse a row, never admit one.
    """

    def __init__(self, table: str, *, text_key: str | None = None, id_key: str | None = None):
        if bool(text_key) == bool(id_key):
            raise ValueError("give text_key or id_key")
        self.table, self.text_key, self.id_key = table, text_key, id_key

    def deconstruct(self):
        kwargs = {"text_key": self.text_key} if self.text_key else {"id_key": self.id_key}
        return self.__class__.__qualname__, [self.table], kwargs

    @property
    def name(self) -> str:
        return f"{self.table}_no_overlap"

    def forwards_sql(self, vendor):
        key = self.text_key or self.id_key
        if vendor == "postgresql":
            number = f"hashtextextended({key}, 0)" if self.text_key else key
            return [
                f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} EXCLUDE USING gist ("
                f"int8range({number}, {number}, '[]') WITH &&, daterange(valid_from, valid_to, '[]') WITH &&)"
            ]
        clash = (
            f"SELECT 1 FROM {self.table} o WHERE o.{key} = NEW.{key} AND o.id <> NEW.id"  # noqa: S608  (our own names)
            " AND (NEW.valid_to IS NULL OR o.valid_from <= NEW.valid_to)"
            " AND (o.valid_to IS NULL OR o.valid_to >= NEW.valid_from)"
        )
        return [
            f"CREATE TRIGGER {self.name}_{event} AFTER {event} ON {self.table} WHEN EXISTS ({clash})"
            f" BEGIN SELECT RAISE(ABORT, 'constraint failed: {self.name}'); END"
            for event in ("insert", "update")
        ]

    def backwards_sql(self, vendor):
        if vendor == "postgresql":
            return [f"ALTER TABLE {self.table} DROP CONSTRAINT {self.name}"]
        return [f"DROP TRIGGER IF EXISTS {self.name}_{event}" for event in ("insert", "update")]

    def describe(self):
        return f"No overlapping validity in {self.table}"


class AppendOnly(TableRule):
    """Rows of ``table`` are written once: UPDATE and DELETE are refused by the database itself."""

    def __init__(self, table: str):
        self.table = table

    def deconstruct(self):
        return self.__class__.__qualname__, [self.table], {}

    @property
    def name(self) -> str:
        return f"{self.table}_append_only"

    def forwards_sql(self, vendor):
        if vendor == "postgresql":
            return [
                f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN RAISE EXCEPTION '{self.name}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
                f"CREATE TRIGGER {self.name} BEFORE UPDATE OR DELETE ON {self.table}"
                f" FOR EACH ROW EXECUTE FUNCTION {self.name}()",
            ]
        return [
            f"CREATE TRIGGER {self.name}_{event} BEFORE {event} ON {self.table}"
            f" BEGIN SELECT RAISE(ABORT, 'constraint failed: {self.name}'); END"
            for event in ("update", "delete")
        ]

    def backwards_sql(self, vendor):
        if vendor == "postgresql":
            return [f"DROP TRIGGER {self.name} ON {self.table}", f"DROP FUNCTION {self.name}()"]
        return [f"DROP TRIGGER IF EXISTS {self.name}_{event}" for event in ("update", "delete")]

    def describe(self):
        return f"{self.table} is append-only"


class AppendOnlyFor(AppendOnly):
    """In the place of ``AppendOnly``: what is older than a time is let go, to whoever erases in one transaction with
    its row in ``core_erasing`` (``core.retention``). Nothing is ever changed."""

    def __init__(self, table: str, moment: str):
        super().__init__(table)
        self.moment = moment

    def deconstruct(self):
        return self.__class__.__qualname__, [self.table, self.moment], {}

    @property
    def _is_erased(self) -> str:
        return (
            f"SELECT 1 FROM core_erasing e WHERE e.\"table\" = '{self.table}'"  # noqa: S608  (our own names)
            f" AND e.before <= CURRENT_TIMESTAMP AND OLD.{self.moment} < e.before"
        )

    def forwards_sql(self, vendor):
        if vendor == "postgresql":
            return [
                f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN IF TG_OP = 'DELETE' AND EXISTS ({self._is_erased}) THEN RETURN OLD; END IF;"
                f" RAISE EXCEPTION '{self.name}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
            ]
        delete = f"{self.name}_delete"
        return [
            f"DROP TRIGGER IF EXISTS {delete}",
            f"CREATE TRIGGER {delete} BEFORE DELETE ON {self.table} WHEN NOT EXISTS ({self._is_erased})"
            f" BEGIN SELECT RAISE(ABORT, 'constraint failed: {self.name}'); END",
        ]

    def backwards_sql(self, vendor):
        """``AppendOnly`` again."""
        whole = AppendOnly(self.table).forwards_sql(vendor)
        if vendor == "postgresql":
            return whole[:1]
        return [f"DROP TRIGGER IF EXISTS {self.name}_delete", whole[1]]

    def describe(self):
        return f"{self.table} is append-only for as long as its rows are kept"


class AddIndexQuietly(AddIndex):
    """Without a lock that writers wait for, where the database can do so; its migration is not ``atomic``."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self._change(schema_editor, "add_index", to_state.apps.get_model(app_label, self.model_name))

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        self._change(schema_editor, "remove_index", from_state.apps.get_model(app_label, self.model_name))

    def _change(self, schema_editor, verb: str, model) -> None:
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            how = {"concurrently": True} if schema_editor.connection.vendor == "postgresql" else {}
            getattr(schema_editor, verb)(model, self.index, **how)
