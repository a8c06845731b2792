"""Rules that live in the database hold whoever writes to it, on PostgreSQL and on the embedded default."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.state import ProjectState
from django.db.utils import ConnectionHandler

from core import audit
from core.models import AuditEvent
from core.operations import AddIndexQuietly, AppendOnly, NoOverlap
from services_help.models import AssistanceLog, Attendance, Void
from tests import factories

RULES = [NoOverlap("a_table", text_key="code"), NoOverlap("a_table", id_key="team_id"), AppendOnly("a_table")]


@pytest.fixture
def rows(world):
    session = factories.session(world.team)
    log = factories.log(session, factories.service())
    with transaction.atomic():
        event = audit.record("tests.done", by=world.leader, target=world.team)
    return {
        AssistanceLog: log,
        Attendance: factories.attendance(session, factories.volunteer(unit=world.tan_tuc)),
        Void: factories.void(log),
        AuditEvent: event,
    }


@pytest.mark.parametrize("model", [AssistanceLog, Attendance, Void, AuditEvent])
@pytest.mark.parametrize("write", ["update", "delete"])
def test_append_only_tables_refuse_update_and_delete(rows, model, write):
    column = {AuditEvent: {"action": "x"}, Attendance: {"minutes": 1}, Void: {"reason": "x"}}.get(model, {"people": 9})
    queryset = model.objects.filter(pk=rows[model].pk)
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        queryset.update(**column) if write == "update" else queryset._raw_delete(queryset.db)
    assert queryset.filter(**column).count() == 0
    assert queryset.count() == 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"])
def test_rule_can_be_taken_back_and_described(rule, vendor):
    assert len(rule.backwards_sql(vendor)) >= 1
    assert rule.table in rule.describe()
    name, args, kwargs = rule.deconstruct()
    assert type(rule)(*args, **kwargs).forwards_sql(vendor) == rule.forwards_sql(vendor)
    assert name == type(rule).__name__


def test_no_overlap_takes_exactly_one_kind_of_key():
    with pytest.raises(ValueError, match="text_key or id_key"):
        NoOverlap("a_table")


def test_rules_run_backwards_and_forwards_on_a_real_table(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE rule_trial (id bigint PRIMARY KEY, code text, valid_from date, valid_to date)")
    rule = NoOverlap("rule_trial", text_key="code")
    with connection.schema_editor() as editor:
        rule.database_forwards("core", editor, None, None)
        rule.database_backwards("core", editor, None, None)
        rule.database_forwards("core", editor, None, None)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO rule_trial VALUES (1, 'a', '2024-01-01', '2024-01-31')")
        cursor.execute("INSERT INTO rule_trial VALUES (2, 'a', '2024-02-01', NULL)")
        with pytest.raises(DatabaseError, match="rule_trial_no_overlap"), transaction.atomic():
            cursor.execute("INSERT INTO rule_trial VALUES (3, 'a', '2024-01-31', '2024-01-31')")


@pytest.mark.django_db
@pytest.mark.parametrize(("vendor", "how"), [("postgresql", " CONCURRENTLY"), ("sqlite3", "")])
def test_index_waits_for_nobody_where_the_database_can(tmp_path, vendor, how):
    file = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "index.sqlite3"}
    database = ConnectionHandler({"default": file})["default"] if vendor == "sqlite3" else connection
    operation = AddIndexQuietly("auditevent", models.Index(fields=["action"], name="by_action"))
    before = ProjectState.from_apps(apps)
    after = before.clone()
    operation.state_forwards("core", after)
    with database.schema_editor(collect_sql=True, atomic=False) as editor:
        operation.database_forwards("core", editor, before, after)
        operation.database_backwards("core", editor, after, before)
    if database is not connection:
        database.close()
    made, gone = editor.collected_sql
    assert made == f'CREATE INDEX{how} "by_action" ON "core_auditevent" ("action");'
    assert gone.removesuffix(";").replace(" IF EXISTS", "") == f'DROP INDEX{how} "by_action"'
