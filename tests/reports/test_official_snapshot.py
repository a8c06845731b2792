"""All figures of a report are of one moment, whatever is written while they are asked for."""

import threading

import pytest
from django.db import connection

from reports.official import composing, tables
from reports.official.composing import build
from teams.access import access_of_user
from tests import factories
from tests.conftest import hang_up
from tests.reports.official import city_with_a_shift, count_again, draft_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db):
    yield city_with_a_shift()
    hang_up()


def elsewhere(work) -> None:
    """In a connection of its own, committed before it returns."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_work_that_is_counted_meanwhile_is_in_no_table_or_in_all(world, monkeypatch):
    access = access_of_user(world.city_staff)
    draft = draft_of(world, world.city_staff, kind="day", starts_on=factories.PEAK_DAY, ends_on=factories.PEAK_DAY)
    before = build(draft, access)

    def more_work() -> None:
        factories.log(world.session, world.services[0], people=100)
        count_again(world)

    first = tables.forces

    def forces(figures):
        elsewhere(more_work)
        return first(figures)

    monkeypatch.setattr(composing.tables, "forces", forces)
    during = build(draft, access)
    assert during == before
    monkeypatch.undo()
    after = {each.code: each.value for each in build(draft, access).headlines}
    assert after["people"] == {each.code: each.value for each in before.headlines}["people"] + 100


def test_moment_of_a_report_is_read_only(world):
    """Outside a transaction of the caller the database itself refuses it."""
    draft = draft_of(world, world.city_staff, kind="day", starts_on=factories.PEAK_DAY, ends_on=factories.PEAK_DAY)
    with composing.snapshot(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("repeatable read",)
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone() == ("on",)
    assert build(draft, access_of_user(world.city_staff)).is_draft
