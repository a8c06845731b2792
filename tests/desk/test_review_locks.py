"""Locks and adjustments as pages."""

import pytest
from django.urls import reverse

from core.dated import DAY
from services_help.models import AssistanceLog, PeriodLock
from services_help.review import approve, lock_period, void_locked
from teams.access import access_of_user
from tests import factories
from tests.desk.shifts import logged, shift
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
LOCKS, NEW = reverse("review:locks"), reverse("review:lock_new")
DAYS = {"unit": "BC", "starts_on": PEAK_DAY.isoformat(), "ends_on": PEAK_DAY.isoformat(), "reason": "Chốt số tháng 3"}


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


def lock(world, **fields) -> PeriodLock:
    days = {"unit": world.city, "starts_on": PEAK_DAY, "ends_on": PEAK_DAY, "reason": "Chốt số"}
    return lock_period(**days | fields, access=access_of_user(world.city_staff), with_unreviewed=True)


# --- locking ----------------------------------------------------------------------------------------------------------
def test_lock_is_shown_before_it_is_done(city, world):
    ready, waiting = shift(world.team), shift(world.team, start=10)
    shift(world.team_bank)
    factories.session(world.team)
    approve(sessions=[ready.pk], access=access_of_user(world.city_staff))
    preview = city.post(NEW, DAYS).context["preview"]
    assert (preview.approved, preview.waiting, preview.returned, preview.still_open) == (1, 1, 0, 1)
    assert PeriodLock.objects.count() == 0

    refused = city.post(NEW, DAYS | {"sure": preview.key})
    assert "Trong kỳ còn 2 ca chưa duyệt" in refused.context["form"].non_field_errors()[0]
    city.post(NEW, DAYS | {"sure": preview.key, "with_unreviewed": "1"})
    ready.refresh_from_db()
    waiting.refresh_from_db()
    assert (ready.state, waiting.state, waiting.is_locked) == ("locked", "provisional", True)


def test_days_that_were_changed_after_the_look_are_shown_again_and_not_locked(city, world):
    shown = city.post(NEW, DAYS).context["preview"].key
    again = city.post(NEW, DAYS | {"starts_on": (PEAK_DAY - DAY).isoformat(), "sure": shown})
    assert (again.status_code, again.context["preview"].key, PeriodLock.objects.count()) == (
        200,
        f"BC {PEAK_DAY - DAY} {PEAK_DAY}",
        0,
    )


def test_lock_is_lifted_with_a_reason_that_stays(city, world):
    made = lock(world)
    city.post(reverse("review:lock_lift", args=[made.pk]), {"reason": "Khóa nhầm ngày"})
    page = city.get(LOCKS)
    assert [(each.is_active, each.lift_reason) for each in page.context["page"]] == [(False, "Khóa nhầm ngày")]


@pytest.mark.parametrize("count", [1, 3])
def test_locks_read_as_much_for_many_as_for_few(client, world, count, no_writes, django_assert_num_queries):
    for back in range(count):
        day = PEAK_DAY - back * DAY
        lock(world, unit=world.binh_chanh, starts_on=day, ends_on=day)
    lock(world, unit=world.banks)
    client.force_login(world.unit_staff)
    with no_writes(), django_assert_num_queries(LOCK_QUERIES):
        page = client.get(LOCKS)
    assert ({each.unit for each in page.context["page"]}, page.context["may_lock"]) == ({world.binh_chanh}, False)
    assert client.get(NEW).status_code == 403


LOCK_QUERIES = 7


# --- adjustments ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_adjustments_read_as_much_for_many_as_for_few(client, world, count, no_writes, django_assert_num_queries):
    own = [logged(shift(world.team, start=6 + place), 2)[0] for place in range(count)]
    theirs = logged(shift(world.team_bank), 2)
    lock(world)
    for line in AssistanceLog.objects.filter(pk__in=[each.pk for each in own + theirs]):
        void_locked(targets=[line], reason="Ghi trùng", access=access_of_user(world.city_staff))
    client.force_login(world.unit_staff)
    with no_writes(), django_assert_num_queries(ADJUSTMENT_QUERIES):
        page = client.get(reverse("review:adjustments"))
    assert {each.session_id for each in page.context["page"]} == {line.session_id for line in own}


ADJUSTMENT_QUERIES = 7
