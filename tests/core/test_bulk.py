"""Many rows at once, planned once a connection: on PostgreSQL. (On SQLite: tests/services_help/sync_embedded.py.)"""

import datetime as dt

import pytest
from django.db import DataError, connection, transaction

from core import bulk
from core.models import OutboxMessage, Revision

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 25, 7, 30, 1, 123456, tzinfo=dt.UTC)
ASKED = bulk.Recordset(name=Revision._meta.pk, number=Revision._meta.get_field("number"))


def insert(*names: str, **options) -> list[tuple]:
    rows = [{"name": name, "number": number} for number, name in enumerate(names)]
    return bulk.insert(Revision, rows, same={"changed_at": NOW}, **options)


def planned() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%core_revision%'")
        return [statement for (statement,) in cursor.fetchall()]


@pytest.fixture(autouse=True)
def unplanned(db):
    """Connections outlive tests; each begins here with one that has planned nothing."""
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    bulk._planned.pop(connection.connection, None)


def test_rows_are_stored_with_what_they_have_in_common():
    insert("a", "b")

    assert list(Revision.objects.order_by("name").values_list()) == [("a", 0, NOW), ("b", 1, NOW)]


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert() == []


def test_any_number_of_rows_is_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        insert(*(f"r{number}" for number in range(500)))
    assert Revision.objects.count() == 500


def test_rows_that_are_held_are_left_out_and_the_others_named():
    insert("b")

    assert sorted(insert("a", "b", "c", skip_held=True, returning="name")) == [("a",), ("c",)]
    assert Revision.objects.get(name="b").number == 0


def test_text_that_is_too_long_is_refused_and_never_cut():
    with pytest.raises(DataError), transaction.atomic():
        insert("n" * 31)
    assert not Revision.objects.exists()


@pytest.mark.parametrize("text", ["'; DROP TABLE x; --", '"\\', "Hòa – “Bình”", "%s $1 {,}", "\n\t"])
def test_text_comes_in_as_it_is(text):
    insert(text)

    assert Revision.objects.get().name == text


def test_nested_data_goes_into_a_json_column():
    same = {"topic": "t", "created_at": NOW, "available_at": NOW, "attempts": 0, "last_error": ""}
    bulk.insert(OutboxMessage, [{"key": "1", "data": {"logs": ["x"]}}, {"key": "2", "data": None}], same=same)

    assert list(OutboxMessage.objects.order_by("key").values_list("data", flat=True)) == [{"logs": ["x"]}, None]


def test_recordset_is_joined_like_a_table():
    insert("a", "b")
    sql = f"SELECT asked.number FROM {ASKED.sql('asked')} JOIN core_revision r ON r.name = asked.name"  # noqa: S608

    rows = [{"name": name, "number": number} for number, name in enumerate(["b", "x", "a"], 7)]
    assert sorted(bulk.fetch(sql, ASKED.parameters(rows))) == [(7,), (9,)]


def test_instance_is_read_as_the_orm_reads_it():
    insert("a")

    (row,) = bulk.fetch(f"SELECT {bulk.columns_of(Revision, 'r')} FROM core_revision r", [])  # noqa: S608
    read, expected = bulk.as_instance(Revision, list(row)), Revision.objects.get()
    assert (read.name, read.number, read.changed_at, read._state.adding) == ("a", 0, expected.changed_at, False)


def test_json_column_is_read_as_the_orm_reads_it():
    OutboxMessage.objects.create(topic="t", key="k", data={"logs": ["x"]})

    (row,) = bulk.fetch(f"SELECT {bulk.columns_of(OutboxMessage, 'm')} FROM core_outboxmessage m", [])  # noqa: S608
    assert bulk.as_instance(OutboxMessage, list(row)).data == {"logs": ["x"]}


# --- planned once -----------------------------------------------------------------------------------------------------
def test_each_text_is_planned_once_a_connection():
    insert("a")
    insert("b", "c")
    bulk.fetch("SELECT number FROM core_revision WHERE name = %s", ["a"])
    bulk.fetch("SELECT number FROM core_revision WHERE name = %s", ["b"])

    assert len(planned()) == 2


def test_plan_outlives_a_transaction_that_is_rolled_back():
    with transaction.atomic():
        insert("a")
        transaction.set_rollback(True)

    insert("b")
    assert len(planned()) == 1
    assert Revision.objects.get().name == "b"


def test_behind_a_pooler_nothing_is_planned(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    insert("a")

    assert planned() == []
    assert bulk.fetch("SELECT number FROM core_revision WHERE name = %s", ["a"]) == [(0,)]
