"""An appointment that is ended now opens nothing from that moment, also one that began today or has not begun."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.dated import today
from core.models import AuditEvent
from teams.access import access_of_user
from teams.appointments import appoint, end_appointment, may_manage_user
from teams.models import Appointment
from teams.passes import issue_passes, revoke_pass
from teams.permissions import Role
from tests.teams import reorganised

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def access(world):
    return access_of_user(world.city_staff)


def given(world, access, **fields) -> Appointment:
    """``nobody`` is somebody, by a slip of the hand."""
    values = {"user": world.nobody, "role": Role.CITY_STAFF, "unit": world.city, "valid_from": today()} | fields
    return appoint(appointment=Appointment(**values), access=access)


# --- ended before its first day was over ------------------------------------------------------------------------------
@pytest.mark.parametrize("last", [None, 0, 30], ids=["open-end", "today-only", "for-a-month"])
def test_appointment_of_today_is_over_at_once(world, access, last):
    held = given(world, access, valid_to=None if last is None else today() + last * DAY)
    assert access_of_user(world.nobody).grants
    ended = end_appointment(appointment=held, access=access)
    assert not access_of_user(world.nobody).grants
    assert (ended.valid_from, ended.valid_to) == (today(), today())
    assert ended.withdrawn_at is not None


def test_appointment_that_has_not_begun_never_opens(world, access):
    first = today() + 7 * DAY
    ended = end_appointment(appointment=given(world, access, valid_from=first), access=access)
    assert not Appointment.objects.on(first).filter(user=world.nobody).exists()
    assert not ended.is_valid_on(first)
    assert not Appointment.objects.between(today(), None).filter(user=world.nobody).exists()


def test_appointment_of_before_ends_with_yesterday_and_was_held_until_then(world, access):
    ended = end_appointment(appointment=given(world, access, valid_from=today() - 7 * DAY), access=access)
    assert (ended.valid_to, ended.withdrawn_at) == (today() - DAY, None)
    assert Appointment.objects.on(today() - DAY).filter(user=world.nobody).exists()
    assert not access_of_user(world.nobody).grants


def test_appointment_of_today_may_be_given_a_last_day_to_come(world, access):
    ended = end_appointment(appointment=given(world, access), last_day=today(), access=access)
    assert (ended.valid_to, ended.withdrawn_at) == (today(), None)
    assert access_of_user(world.nobody).grants


def test_what_was_withdrawn_is_given_anew_on_the_same_day_as_often_as_needed(world, access):
    for _time in range(2):
        end_appointment(appointment=given(world, access), access=access)
    given(world, access)
    assert access_of_user(world.nobody).grants
    assert Appointment.objects.filter(user=world.nobody).count() == 3


def test_trail_keeps_what_was_given_and_withdrawn_once(world, access):
    held = given(world, access)
    for _time in range(2):
        end_appointment(appointment=held, access=access)
    told = AuditEvent.objects.filter(target_type="teams.appointment", target_id=str(held.pk)).order_by("pk")
    assert list(told.values_list("action", flat=True)) == ["teams.appointed", "teams.appointment_withdrawn"]


def test_who_had_more_than_one_may_give_is_managed_again_when_it_is_withdrawn(world, access):
    given(world, access, user=world.leader)
    unit = access_of_user(world.unit_staff)
    assert not may_manage_user(unit, world.leader)
    end_appointment(appointment=Appointment.objects.get(user=world.leader, role="city_staff"), access=access)
    assert may_manage_user(unit, world.leader)


def test_phone_whose_pass_was_scanned_today_holds_nothing_after_it_is_revoked(world, access):
    issued = issue_passes(team=world.team, count=1, valid_to=today(), access=access)[0]
    Client().post(f"/field/pass/{issued.code}/")
    issued.device_pass.refresh_from_db()
    user = issued.device_pass.device_user
    revoke_pass(device_pass=issued.device_pass, access=access)
    assert not Appointment.objects.current().filter(user=user).exists()


def test_only_a_first_day_can_be_withdrawn(world):
    with pytest.raises(IntegrityError, match="appointment_withdrawn"), transaction.atomic():
        world.leader.appointments.update(withdrawn_at=timezone.now())


def test_office_that_was_withdrawn_does_not_go_on_with_its_unit(world, access):
    """And is no reason not to give it where the unit goes."""
    end_appointment(appointment=given(world, access, role="viewer", unit=world.tan_tuc), access=access)
    step = ("merge", {"units": ["BC-TT"], "into": "BC-VL", "keeps_people": True})
    reorganised.executed(world.city_staff, step)
    assert list(world.nobody.appointments.values_list("unit__code", flat=True)) == ["BC-TT"]


# --- on the pages -----------------------------------------------------------------------------------------------------
@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


def test_slip_of_the_hand_is_withdrawn_on_its_page_and_told_as_such(city, world, access):
    held = given(world, access)
    other = Client()
    other.force_login(world.nobody)
    assert other.get("/dashboard/").status_code == 200
    assert city.post(reverse("admin:teams_appointment_end_now", args=[held.pk])).status_code == 302
    assert other.get("/dashboard/").status_code == 403
    shown = f"Đã rút lại lúc {timezone.localtime(Appointment.objects.get(pk=held.pk).withdrawn_at):%H:%M %d/%m/%Y}"
    for page in ("admin:teams_appointment_change", "admin:accounts_user_change"):
        assert shown in city.get(reverse(page, args=[held.pk if "appointment" in page else world.nobody.pk])).text
    assert "rút lại lúc" in city.get(reverse("office:roles"), {"when": "all", "q": world.nobody.full_name}).text
    assert world.nobody.full_name not in city.get(reverse("office:roles")).text


@pytest.mark.parametrize(("state", "found"), [("now", False), ("future", False), ("past", True), ("", True)])
@pytest.mark.parametrize("begins", [0, 3])
def test_list_has_it_among_what_is_over(city, world, access, state, found, begins):
    held = given(world, access, valid_from=today() + begins * DAY)
    end_appointment(appointment=held, access=access)
    page = city.get(reverse("admin:teams_appointment_changelist"), {"validity": state} if state else {})
    assert (held.pk in [row.pk for row in page.context["cl"].result_list]) is found
