"""The continuous proof: every day is compared in its turn, and a difference is kept, told, and counted again."""

import datetime as dt
import logging

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import outbox
from core.models import OutboxMessage, Revision
from reports import tallies
from reports.models import DayTally, MonthTally, ServiceTally
from reports.proof import checking, schedule
from reports.proof.alarm import alarm
from reports.proof.checking import HEARTBEAT, prove
from reports.proof.models import ProofCheck, ProofFinding, ProofKind
from reports.proof.schedule import FOLLOW_UP, Unit, due, interval_of
from reports.tallies.drift import CELLS
from reports.tallies.slices import STALE
from tests import factories
from tests.factories import PEAK_DAY

TODAY = dt.date(2026, 11, 25)
NOW = factories.local(TODAY, 9)
LONG = 1000.0  # seconds: until all is done


@pytest.fixture
def world(world):
    world.service = factories.service("DVC-NOP")
    world.sessions = [factories.session(team) for team in (world.team, world.team_vinh_loc, world.team_bank)]
    for session in world.sessions:
        factories.log(session, world.service, people=3)
    tallies.rebuild()
    tallies.fold(dt.timedelta(0))
    return world


def later(days: float) -> None:
    """All that was checked was checked that much earlier."""
    ProofCheck.objects.update(finished_at=F("finished_at") - dt.timedelta(days=days))


def spoil(team, people: int = 99) -> None:
    assert DayTally.objects.filter(team=team).update(people=people)


def checks(**fields) -> list[tuple]:
    rows = ProofCheck.objects.filter(finished_at__isnull=False, **fields).order_by("pk")
    return list(rows.values_list("kind", "day", "slices", "differences"))


# --- what is due ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("age", "hours"), [(0, 0.5), (1, 0.5), (2, 6), (7, 6), (8, 48), (31, 48), (32, 14 * 24), (3000, 14 * 24)]
)
def test_new_days_are_checked_more_often_than_old_ones(age, hours):
    assert interval_of(Unit(TODAY - dt.timedelta(days=age)), TODAY) == dt.timedelta(hours=hours)


def test_no_day_waits_longer_than_the_setting(settings):
    settings.PROOF_WITHIN_DAYS = 1
    assert interval_of(Unit(dt.date(2020, 1, 1)), TODAY) == dt.timedelta(days=1)
    assert interval_of(Unit(TODAY - dt.timedelta(days=20)), TODAY) == dt.timedelta(days=1)
    assert interval_of(Unit(dt.date(2020, 1, 1), ProofKind.MONTH), TODAY) == dt.timedelta(days=1)


def test_day_with_something_found_is_looked_at_again_soon():
    assert interval_of(Unit(dt.date(2020, 1, 1)), TODAY, frozenset({dt.date(2020, 1, 1)})) == FOLLOW_UP


def test_what_was_never_checked_comes_first_and_of_it_the_newest():
    days = [Unit(TODAY - dt.timedelta(days=age)) for age in (0, 1, 400, 500)]
    last = {days[0]: NOW - dt.timedelta(hours=5), days[2]: NOW - dt.timedelta(days=1)}
    assert due(days, last, NOW, TODAY) == [days[1], days[3], days[0]]


units = st.integers(0, 3000).map(lambda age: Unit(TODAY - dt.timedelta(days=age)))


@given(units=st.sets(units, min_size=1, max_size=30), hours=st.lists(st.integers(0, 1000), min_size=30, max_size=30))
def test_most_overdue_is_first_and_nothing_is_due_before_its_time(units, hours):
    ages = dict(zip(sorted(units), hours, strict=False))
    last = {unit: NOW - dt.timedelta(hours=age) for unit, age in ages.items()}
    found = due(units, last, NOW, TODAY)
    late = {unit: (NOW - last[unit]) / interval_of(unit, TODAY) for unit in units}
    assert set(found) == {unit for unit in units if late[unit] >= 1}
    assert [late[unit] for unit in found] == sorted((late[unit] for unit in found), reverse=True)


@given(start=st.integers(0, 500), runs=st.integers(40, 60))
def test_round_after_round_every_day_has_its_turn(start, runs):
    """A run for one day a time: in as many runs as there are days each is checked, whatever came before."""
    days = [Unit(TODAY - dt.timedelta(days=start + number)) for number in range(40)]
    last: dict[Unit, dt.datetime] = {}
    now = NOW
    for _run in range(runs):
        if found := due(days, last, now, TODAY):
            last[found[0]] = now
        now += dt.timedelta(seconds=1)
    assert set(last) == set(days)


def test_days_are_found_by_their_index_and_not_by_reading_the_table(world):
    factories.session(world.team, dt.date(2024, 1, 1))
    with CaptureQueriesContext(connection) as asked:
        assert schedule.distinct_days(DayTally) == {PEAK_DAY}
    assert len(asked) == 1
    assert schedule.known_units() == {
        Unit(PEAK_DAY),
        Unit(dt.date(2024, 1, 1)),
        Unit(dt.date(2023, 3, 1), ProofKind.MONTH),
        Unit(dt.date(2024, 1, 1), ProofKind.MONTH),
    }


# --- going through ----------------------------------------------------------------------------------------------------
def test_run_checks_what_is_due_and_notes_it(world):
    assert prove(LONG) == 3
    assert checks() == [("day", PEAK_DAY, 3, 0), ("month", dt.date(2023, 3, 1), 0, 0)]
    assert Revision.objects.get(name=HEARTBEAT).number == 1


def test_nothing_is_checked_again_before_it_is_due(world):
    prove(LONG)
    assert prove(LONG) == 0
    later(13)
    assert prove(LONG) == 0
    later(2)
    assert prove(LONG) == 3
    assert len(checks(kind="day")) == 2


def test_run_with_little_time_goes_on_where_the_last_one_stopped(world, monkeypatch):
    monkeypatch.setattr(checking, "CHUNK", 1)
    seen = []
    monkeypatch.setattr(
        checking, "compare", lambda day, slices: seen.append(slices[0].team_id) or _compare(day, slices)
    )
    for _run in range(3):
        assert prove(0) == 1
    assert seen == sorted(session.team_id for session in world.sessions)
    assert checks() == []
    prove(0)  # finds that nothing is left
    assert checks() == [("day", PEAK_DAY, 3, 0)]


_compare = checking.compare


def test_worker_that_died_is_followed_by_another_when_its_lease_is_over(world):
    started = checking.begin(Unit(PEAK_DAY))
    assert prove(LONG) == 0  # somebody is at it: the month is done, the day is not
    assert checks(kind="day") == []
    ProofCheck.objects.filter(pk=started.pk).update(leased_until=timezone.now())
    assert prove(LONG) == 3
    assert [row.pk for row in ProofCheck.objects.filter(kind="day")] == [started.pk]


def test_two_workers_do_not_begin_the_same_day(world):
    assert checking.begin(Unit(PEAK_DAY)) is not None
    assert checking.begin(Unit(PEAK_DAY)) is None


def test_one_of_two_workers_takes_a_check_that_was_left(world):
    check = checking.begin(Unit(PEAK_DAY))
    now = timezone.now() + dt.timedelta(hours=1)
    assert [checking._lease(check, now), checking._lease(check, now)] == [True, False]


def test_slice_that_waits_to_be_counted_is_left_out_and_counted_as_waiting(world, monkeypatch):
    outbox.enqueue(STALE, [f"{world.team.pk}:{PEAK_DAY}"])
    prove(LONG)
    check = ProofCheck.objects.get(kind="day")
    assert (check.slices, check.waiting, check.differences) == (2, 1, 0)


def test_proof_stands_back_while_figures_wait_but_not_for_ever(world):
    prove(LONG)
    later(30)
    OutboxMessage.objects.create(topic=STALE, key="1:2020-01-01", created_at=timezone.now() - dt.timedelta(minutes=1))
    assert prove(LONG) == 0
    Revision.objects.filter(name=HEARTBEAT).update(changed_at=timezone.now() - dt.timedelta(minutes=11))
    assert prove(LONG) == 3


def test_old_checks_and_mended_findings_are_forgotten_and_open_ones_are_not(world, settings):
    settings.PROOF_MENDS = False
    spoil(world.team)
    prove(LONG)
    later(200)
    ProofFinding.objects.update(found_at=F("found_at") - dt.timedelta(days=200))
    checking.prune()
    assert not ProofCheck.objects.exists()
    assert ProofFinding.objects.open().count() == 2  # the day's cell, and the month's, which is not its sum
    ProofFinding.objects.update(mended_at=timezone.now() - dt.timedelta(days=200))
    checking.prune()
    assert not ProofFinding.objects.exists()


# --- a difference -----------------------------------------------------------------------------------------------------
def test_difference_is_kept_as_evidence_and_promised_to_be_counted_again(world):
    spoil(world.team)
    prove(LONG)
    finding = ProofFinding.objects.get(tally="reports.daytally")
    assert (finding.day, finding.team_id) == (PEAK_DAY, world.team.pk)
    assert (finding.kept["people"], finding.counted["people"]) == (99, 3)
    assert checks(kind="day") == [("day", PEAK_DAY, 3, 1)]
    assert f"{world.team.pk}:{PEAK_DAY}" in OutboxMessage.objects.values_list("key", flat=True)
    outbox.drain(STALE)
    assert DayTally.objects.get(team=world.team).people == 3


def test_finding_ends_when_the_next_look_finds_it_mended(world):
    spoil(world.team)
    prove(LONG)
    outbox.drain(STALE)
    later(FOLLOW_UP / dt.timedelta(days=1) * 1.1)
    prove(LONG)
    assert not ProofFinding.objects.open().filter(tally="reports.daytally").exists()
    assert ProofFinding.objects.filter(mended_at__isnull=False).exists()


def test_without_mending_the_difference_stays_and_is_one_finding_however_often_it_is_seen(world, settings):
    settings.PROOF_MENDS = False
    spoil(world.team)
    prove(LONG)
    before = ProofFinding.objects.get(tally="reports.daytally")
    later(1)
    spoil(world.team, 100)
    prove(LONG)
    after = ProofFinding.objects.get(tally="reports.daytally")
    assert (after.pk, after.found_at) == (before.pk, before.found_at)
    assert after.seen_at > before.seen_at
    assert not OutboxMessage.objects.exists()
    assert len(checks(kind="day")) == 2


def test_same_cell_that_differs_again_after_it_was_mended_is_a_new_finding(world):
    for _time in range(2):
        spoil(world.team)
        later(30)
        prove(LONG)
        outbox.drain(STALE)
        later(30)
        prove(LONG)
    assert ProofFinding.objects.filter(tally="reports.daytally", mended_at__isnull=False).count() == 2


def test_one_open_finding_a_cell_is_a_fact_of_the_database(world, settings):
    settings.PROOF_MENDS = False
    spoil(world.team)
    prove(LONG)
    finding = ProofFinding.objects.filter(tally="reports.daytally").get()
    finding.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        finding.save(force_insert=True)


def test_finding_of_a_slice_that_waits_now_stays_open(world, settings):
    settings.PROOF_MENDS = False
    spoil(world.team)
    prove(LONG)
    later(30)
    outbox.enqueue(STALE, [f"{world.team.pk}:{PEAK_DAY}"])
    prove(LONG)
    assert ProofFinding.objects.open().filter(tally="reports.daytally").count() == 1


def test_cell_too_many_and_cell_too_few_are_found(world, settings):
    settings.PROOF_MENDS = False
    ServiceTally.objects.filter(team=world.team).delete()
    DayTally.objects.create(team=world.team, day=dt.date(2021, 1, 1), state="locked", people=1)
    prove(LONG)
    found = ProofFinding.objects.filter(tally__in=["reports.servicetally", "reports.daytally"])
    assert sorted(found.values_list("tally", "day")) == [
        ("reports.daytally", dt.date(2021, 1, 1)),
        ("reports.servicetally", PEAK_DAY),
    ]


def test_month_that_is_not_the_sum_of_its_days_is_found_and_mended(world):
    assert MonthTally.objects.filter(team=world.team).update(people=50)
    prove(LONG)
    assert ProofFinding.objects.get().tally == "reports.monthtally"
    outbox.drain(STALE)
    tallies.fold(dt.timedelta(0))
    assert MonthTally.objects.get(team=world.team).people == 3
    later(30)
    prove(LONG)
    assert not ProofFinding.objects.open().exists()


def test_month_is_proven_in_parts_and_what_the_second_one_finds_ends_with_the_second_one(world, settings, monkeypatch):
    settings.PROOF_MENDS = False
    prove(LONG)
    monkeypatch.setattr(checking, "CHUNK", 1)
    first, second, third = sorted(session.team_id for session in world.sessions)
    month = ProofCheck.objects.filter(kind=ProofKind.MONTH)
    MonthTally.objects.filter(team=second).update(people=50)

    def go_round() -> list[tuple]:
        """(the team gone through, the teams with an open finding) after each run."""
        month.delete()
        check = checking.begin(Unit(PEAK_DAY.replace(day=1), ProofKind.MONTH))
        seen = []
        while not month.get().finished_at:
            check.refresh_from_db()
            checking.advance(check, 0)
            seen.append((month.get().after_team, [*ProofFinding.objects.open().values_list("team", flat=True)]))
        return seen

    assert go_round() == [(first, []), (second, [second]), (third, [second]), (third, [second])]
    assert month.get().differences == 1
    finding = ProofFinding.objects.get()
    assert (finding.tally, finding.kept["people"], finding.counted["people"]) == ("reports.monthtally", 50, 3)

    MonthTally.objects.filter(team=second).update(people=3)
    assert go_round() == [(first, [second]), (second, []), (third, []), (third, [])]


def test_finding_of_a_month_that_has_no_rows_any_more_ends_too(world, settings):
    settings.PROOF_MENDS = False
    gone = factories.team(unit=world.tan_tuc)
    MonthTally.objects.create(team=gone, day=PEAK_DAY.replace(day=1), state="locked", people=1)
    prove(LONG)
    assert [*ProofFinding.objects.open().values_list("team", flat=True)] == [gone.pk]
    MonthTally.objects.filter(team=gone).delete()
    later(30)
    prove(LONG)
    assert not ProofFinding.objects.open().exists()


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(spoils=st.sets(st.tuples(st.sampled_from([*CELLS]), st.integers(0, 2), st.booleans()), min_size=1, max_size=6))
def test_whatever_was_spoiled_is_found_where_it_is_and_mended(world, spoils):
    """One row of any tally of any team, wrong or gone; nothing else is suspected."""
    with transaction.atomic():
        spoiled = set()
        for tally, number, is_gone in sorted(spoils, key=str):
            team = world.sessions[number].team_id
            rows = tally.objects.filter(pk__in=tally.objects.filter(team=team).values("pk")[:1])
            measure = CELLS[tally][1][-1]
            if rows.delete()[0] if is_gone else rows.update(**{measure: F(measure) + 1}):
                spoiled.add((tally._meta.label_lower, team))
        prove(LONG)
        of_days = ProofFinding.objects.filter(tally__in=[tally._meta.label_lower for tally in CELLS])
        assert set(of_days.values_list("tally", "team")) == spoiled
        for _round in range(2):  # the days, and then the months that are added up from them
            outbox.drain(STALE)
            tallies.fold(dt.timedelta(0))
            later(30)
            prove(LONG)
        assert not ProofFinding.objects.open().exists()
        assert list(tallies.drift()) == []
        transaction.set_rollback(True)


def test_many_differences_are_counted_in_full_and_kept_in_part(world, settings, monkeypatch):
    settings.PROOF_MENDS = False
    monkeypatch.setattr(checking, "MOST_FINDINGS", 2)
    DayTally.objects.update(people=50)
    prove(LONG)
    assert checks(kind="day") == [("day", PEAK_DAY, 3, 3)]
    assert ProofFinding.objects.filter(tally="reports.daytally").count() == 2


def test_difference_is_an_error_in_the_log(world, caplog, django_capture_on_commit_callbacks):
    spoil(world.team)
    with caplog.at_level(logging.ERROR), django_capture_on_commit_callbacks(execute=True):
        prove(LONG)
    told = [record.msg for record in caplog.records if "tallies_drift" in str(record.msg)]
    assert told
    assert str(PEAK_DAY) in str(told[0])


# --- the alarm --------------------------------------------------------------------------------------------------------
@pytest.fixture
def found(world, settings):
    settings.ALARM_EMAILS = ["truc@example.vn"]
    spoil(world.team)
    spoil(world.team_bank)
    prove(LONG)
    return ProofFinding.objects.count()


def test_one_letter_tells_of_all_findings_once(found):
    assert alarm() == found
    assert alarm() == 0
    (letter,) = mail.outbox
    assert letter.to == ["truc@example.vn"]
    assert f"lệch ở {found} ô" in letter.subject
    assert "lượt người: đang lưu 99, đếm lại 3" in letter.body
    assert "26/03/2023" in letter.body


def test_finding_that_is_seen_again_is_no_news(found, settings):
    alarm()
    later(30)
    prove(LONG)
    assert alarm() == 0
    assert len(mail.outbox) == 1


def test_letter_that_could_not_be_sent_is_tried_again(found, monkeypatch):
    def down(*_args, **_more):
        raise OSError("no route to host")

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", down)
        assert alarm() == 0
    assert alarm() == found
    assert len(mail.outbox) == 1


def test_without_addresses_nobody_is_written_to(found, settings):
    settings.ALARM_EMAILS = []
    assert alarm() == found
    assert mail.outbox == []


# --- what operators see -----------------------------------------------------------------------------------------------
def ready(client) -> dict:
    response = client.get("/readyz")
    return response.json() | {"http": response.status_code}


def test_readyz_tells_of_the_proof(world, client):
    assert ready(client)["proof"] == {"differences": 0, "ran_at": None}
    prove(LONG)
    told = ready(client)
    assert (told["http"], told["status"], told["warnings"]) == (200, "ready", [])
    assert dt.datetime.fromisoformat(told["proof"]["ran_at"]) <= timezone.now()


def test_drift_degrades_readyz_and_does_not_take_the_portal_down(world, client, settings):
    """A figure that is wrong must be seen; phones that want to send must still find the door open."""
    settings.PROOF_MENDS = False
    spoil(world.team)
    prove(LONG)
    told = ready(client)
    assert (told["http"], told["status"], told["problems"]) == (200, "degraded", [])
    assert told["proof"]["differences"] == 2  # the day's cell, and the month's, which is not its sum
    assert ["2 ô số tổng hợp lệch" in warning for warning in told["warnings"]] == [True]
    assert "Tân Túc" not in str(told)


def test_readyz_warns_when_the_clock_has_stopped(world, client):
    prove(LONG)
    Revision.objects.filter(name=HEARTBEAT).update(changed_at=timezone.now() - dt.timedelta(hours=1))
    told = ready(client)
    assert (told["http"], told["status"]) == (200, "degraded")
    assert ["celery beat" in warning for warning in told["warnings"]] == [True]


def test_readyz_writes_nothing(world, client, no_writes):
    prove(LONG)
    with no_writes():
        ready(client)
