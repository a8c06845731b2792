"""What is over is erased, a little at a time, with a row in the ledger; nothing else is, and append-only stays so."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core.jobs.models import Job
from core.models import AuditEvent
from core.retention import services
from core.retention.kinds import kinds
from core.retention.models import Erasing, Erasure, RetentionRule, months_before
from core.retention.services import RuleRefused, apply, due_of, erasing, hold, release, rule_of, set_rule

pytestmark = pytest.mark.django_db
AUDIT = "audit_events"


def event(days_ago: int) -> AuditEvent:
    at = timezone.now() - dt.timedelta(days=days_ago)
    return AuditEvent.objects.create(action="teams.team_changed", target_type="teams.team", at=at)


@pytest.fixture
def in_force(world):
    set_rule(name=AUDIT, months=12, is_enabled=True, by=world.city_staff)


# --- rules ------------------------------------------------------------------------------------------------------------
def test_every_kind_says_why_it_is_kept_and_by_what_law():
    for kind in kinds().values():
        assert all(str(words).strip() for words in (kind.label, kind.effect, kind.done_word, kind.purpose, kind.basis))
        assert 0 <= kind.least_months <= kind.usual_months


def test_nothing_that_somebody_could_miss_is_erased_before_staff_say_so():
    enabled = {rule.kind for rule in services.rules() if rule.is_enabled}
    assert enabled == {"jobs", "sessions"}


def test_a_change_of_a_rule_is_in_the_trail_and_the_same_again_is_not(world):
    for _time in range(2):
        set_rule(name=AUDIT, months=18, is_enabled=True, by=world.city_staff)
    [written] = AuditEvent.objects.filter(action="core.retentionrule_changed")
    assert written.data == {"changes": {"months": [24, 18], "is_enabled": [False, True]}}
    assert written.target_label == "Nhật ký kiểm tra"


@pytest.mark.parametrize("months", [11, 601])
def test_a_time_that_is_too_short_or_too_long_is_refused_in_words(world, months):
    with pytest.raises(RuleRefused, match="từ 12 đến 600 tháng"):
        set_rule(name=AUDIT, months=months, is_enabled=True, by=world.city_staff)
    assert not AuditEvent.objects.filter(target_type="core.retentionrule").exists()


def test_a_hold_has_a_reason_and_ends_with_one(world):
    by = world.city_staff
    with pytest.raises(RuleRefused, match="lý do"):
        hold(name=AUDIT, reason="  ", by=by)
    hold(name=AUDIT, reason="Thanh tra", by=by)
    with pytest.raises(RuleRefused, match="đang được tạm giữ"):
        hold(name=AUDIT, reason="Lần nữa", by=by)
    release(name=AUDIT, reason="Xong thanh tra", by=by)
    written = AuditEvent.objects.filter(target_type="core.retentionrule").order_by("pk")
    assert [each.action for each in written] == [
        "core.retentionrule_held",
        "core.retentionrule_released",
    ]
    with pytest.raises(RuleRefused, match="không còn"):
        release(name=AUDIT, reason="Lần nữa", by=by)


def test_the_database_knows_no_hold_without_a_reason(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        RetentionRule.objects.create(kind="x", months=1, held_at=timezone.now(), held_by=world.city_staff)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)), st.integers(0, 600))
def test_months_before_is_the_same_day_or_the_last_of_its_month(day, months):
    before = months_before(day, months)
    assert before <= day
    assert (day.year - before.year) * 12 + day.month - before.month == months
    assert before.day == day.day or (before + dt.timedelta(days=1)).day == 1


# --- erasing ----------------------------------------------------------------------------------------------------------
def test_what_is_over_goes_with_a_row_in_the_ledger_and_the_rest_stays(in_force):
    old, older, young = event(400), event(900), event(300)
    assert due_of(rule_of(AUDIT)).count == 2
    assert apply() == 2
    assert set(AuditEvent.objects.filter(action="teams.team_changed")) == {young}
    [row] = Erasure.objects.all()
    days = (timezone.localtime(older.at).date(), timezone.localtime(old.at).date())
    assert (row.kind, row.count, row.months, row.by, (row.oldest, row.newest)) == (AUDIT, 2, 12, None, days)
    assert not Erasing.objects.exists()


def test_erasing_goes_in_batches_from_the_oldest(in_force, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    for days in (800, 900, 700):
        event(days)
    assert apply() == 3
    assert [row.count for row in Erasure.objects.order_by("pk")] == [2, 1]
    first, second = Erasure.objects.order_by("pk")
    assert first.newest < second.oldest


def test_nothing_goes_while_the_rule_is_off_or_held(world, in_force):
    event(900)
    hold(name=AUDIT, reason="Khiếu nại", by=world.city_staff)
    assert apply() == 0
    release(name=AUDIT, reason="Hết khiếu nại", by=world.city_staff)
    set_rule(name=AUDIT, months=12, is_enabled=False, by=world.city_staff)
    assert apply() == 0
    assert AuditEvent.objects.filter(action="teams.team_changed").count() == 1


def test_where_nothing_was_due_is_not_looked_again_for_hours(in_force, django_assert_max_num_queries):
    apply()
    with django_assert_max_num_queries(1):
        assert apply() == 0


def test_a_kind_that_breaks_keeps_no_other_from_being_erased(in_force, monkeypatch):
    monkeypatch.setattr("core.retention.own.Job.objects", property(lambda _self: 1 / 0), raising=False)
    event(900)
    assert apply() == 1


def test_an_erasing_that_dies_leaves_all_as_it_was(in_force, monkeypatch):
    event(900)

    def die(*_args, **_kwargs):
        raise RuntimeError("the machine went")

    monkeypatch.setattr(services, "write_down", die)
    assert apply() == 0
    assert AuditEvent.objects.filter(action="teams.team_changed").count() == 1
    assert not Erasure.objects.exists()


def test_jobs_and_ended_sessions_go_by_themselves(world):
    long_ago = timezone.now() - dt.timedelta(days=365)
    ended = {"state": "done", "finished_at": long_ago, "kind": "handout.passes", "right": "pass.issue"}
    Job.objects.create(title="Thẻ", ordered_by=world.unit_staff, **ended)
    Job.objects.create(title="Còn chạy", ordered_by=world.unit_staff, kind="handout.passes", right="pass.issue")
    Session.objects.create(session_key="old", session_data="", expire_date=long_ago)
    Session.objects.create(session_key="new", session_data="", expire_date=timezone.now())
    assert apply() == 2
    assert [job.title for job in Job.objects.all()] == ["Còn chạy"]
    assert [row.session_key for row in Session.objects.all()] == ["new"]


# --- append-only ------------------------------------------------------------------------------------------------------
def test_the_trail_lets_go_of_old_rows_only_and_only_to_who_erases(in_force):
    old, young = event(900), event(10)
    cutoff = timezone.now() - dt.timedelta(days=365)
    table = AuditEvent._meta.db_table
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        AuditEvent.objects.filter(pk=old.pk).delete()
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic(), erasing(table, cutoff):
        AuditEvent.objects.filter(pk=young.pk).delete()
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic(), erasing(table, cutoff):
        AuditEvent.objects.filter(pk=old.pk).update(action="x")
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic(), erasing("core_erasure", cutoff):
        AuditEvent.objects.filter(pk=old.pk).delete()
    future = timezone.now() + dt.timedelta(days=1)
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic(), erasing(table, future):
        AuditEvent.objects.filter(pk=young.pk).delete()
    assert AuditEvent.objects.filter(action="teams.team_changed").count() == 2


def test_the_ledger_is_never_changed(in_force):
    event(900)
    apply()
    for write in (lambda: Erasure.objects.all().delete(), lambda: Erasure.objects.update(count=0)):
        with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
            write()


def test_rules_are_read_at_once(world, django_assert_num_queries):
    set_rule(name=AUDIT, months=18, is_enabled=True, by=world.city_staff)
    with django_assert_num_queries(1):
        services.rules()
