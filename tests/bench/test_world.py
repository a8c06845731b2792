"""A small year: the load is exact and checked, the tallies equal a recount, each named question equals its raw SQL."""

from django.db import connection, transaction
from django.test import Client

from bench import load, world, year
from bench.facts import KEY
from bench.questions import QUESTIONS
from reports import tallies
from services_help.models import AssistanceLog, Attendance, Session
from services_help.reference import load_reference

LOGS, TEAMS = 3_000, 215


def days_of(teams: int, seed: int = 1) -> list[year.TeamDay]:
    """One day of each month, a peak day among them."""
    return [each for each in year.team_days(teams, seed=seed) if each.day.day == 26]


def fill(logs: int, teams: int, seed: int = 1) -> list[year.TeamDay]:
    load_reference()
    world.build(teams)
    days = days_of(teams, seed)
    load.fill(days, logs, seed=seed)
    return days


def structure() -> list[tuple]:
    """Keys, constraints and indexes of the raw tables, as the database writes them down."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid::regclass::text LIKE 'services_help_%' UNION ALL"
            " SELECT tablename, indexdef FROM pg_indexes WHERE tablename LIKE 'services_help_%' ORDER BY 1, 2"
        )
        return cursor.fetchall()


def test_the_load_is_exact_and_leaves_keys_and_indexes_as_they_were(db):
    before = structure()
    days = fill(LOGS, TEAMS)
    assert structure() == before
    assert AssistanceLog.objects.count() == LOGS
    assert Session.objects.count() == sum(
        len(list(year.sessions(each, share))) for each, share in zip(days, year.shares(days, LOGS), strict=True)
    )
    assert 3 <= Attendance.objects.count() / Session.objects.count() <= 10
    taken_back = AssistanceLog.objects.count() - AssistanceLog.objects.live().count()
    assert 10 <= taken_back <= 90


def test_one_seed_gives_the_same_logs(db):
    assert logs_of(seed=1) == logs_of(seed=1) != logs_of(seed=2)


def logs_of(seed: int) -> set[tuple]:
    with transaction.atomic():
        fill(200, 20, seed)
        columns = "id", "service__code", "result", "people", "same_visit", "quantity", "age_group", "happened_at"
        found = set(AssistanceLog.objects.values_list(*columns))
        transaction.set_rollback(True)
    return found


def test_more_logs_are_the_same_calendar(db):
    few, many = calendar_of(150), calendar_of(9_000)
    assert few == many


def calendar_of(logs: int) -> set[tuple]:
    with transaction.atomic():
        fill(logs, 20)
        found = set(Session.objects.values_list("team__code", "day", "point__code", "campaign__code", "state"))
        transaction.set_rollback(True)
    return found


def test_tallies_equal_a_recount_and_each_named_question_its_raw_sql(db):
    fill(LOGS, TEAMS)
    tallies.rebuild()
    assert list(tallies.drift()) == []
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
