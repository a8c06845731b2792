"""A small year: the load is exact and checked, the tallies equal a recount, each named question equals its raw SQL."""

import pytest
from django.db import connection, transaction
from django.test import Client

from bench import load, world, year
from bench.facts import KEY
from bench.questions import QUESTIONS
from reports import tallies
from services_help.models import AssistanceLog, Attendance, Session
from services_help.reference import load_reference

LOGS, TEAMS = 3_000, 260
# One day of each month, a peak day among them; every unit of the questions has a team.
DAYS = [each for each in year.team_days(TEAMS, seed=1) if each.day.day == 26]


def structure() -> list[tuple]:
    """Keys, constraints and indexes of the raw tables, as the database writes them down."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid::regclass::text LIKE 'services_help_%%' UNION ALL"
            " SELECT tablename, indexdef FROM pg_indexes WHERE tablename LIKE 'services_help_%%' ORDER BY 1, 2"
        )
        return cursor.fetchall()


def fill(seed: int = 1) -> None:
    load_reference()
    world.build(TEAMS)
    load.fill(DAYS, LOGS, seed=seed)


@pytest.fixture
def small_year(db):
    fill()


def test_the_load_is_exact(small_year):
    assert AssistanceLog.objects.count() == LOGS
    assert Session.objects.count() == sum(
        len(list(year.sessions(each, share))) for each, share in zip(DAYS, year.shares(DAYS, LOGS), strict=True)
    )
    assert 3 <= Attendance.objects.count() / Session.objects.count() <= 10
    taken_back = AssistanceLog.objects.count() - AssistanceLog.objects.live().count()
    assert 10 <= taken_back <= 90


def test_the_load_leaves_keys_constraints_and_indexes_as_they_were(db):
    before = structure()
    fill()
    assert structure() == before


def test_one_seed_gives_the_same_logs(db):
    assert logs_of(seed=1) == logs_of(seed=1) != logs_of(seed=2)


def logs_of(seed: int) -> set[tuple]:
    with transaction.atomic():
        fill(seed)
        columns = "id", "service__code", "result", "people", "same_visit", "quantity", "age_group", "happened_at"
        found = set(AssistanceLog.objects.values_list(*columns))
        transaction.set_rollback(True)
    return found


def test_tallies_of_the_year_equal_a_recount(small_year):
    tallies.rebuild()
    assert list(tallies.drift()) == []


def test_each_named_question_equals_its_raw_sql(small_year):
    tallies.rebuild()
    for question in QUESTIONS:
        response = Client().get(f"/api/v1/stats/?{question.query}", headers={"Authorization": f"Bearer {KEY}"})
        answer = response.json()
        ours = {tuple(row[column] for column in answer["columns"]) for row in answer["rows"]}
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL TIME ZONE 'Asia/Ho_Chi_Minh'")
            cursor.execute(question.raw)
            theirs = {row for row in cursor.fetchall() if any(row[len(answer["query"]["by"]) :])}
        assert ours, question.name
        assert ours == theirs, question.name
