"""Keys in a person's name end with the last appointment that covers what they open: at once, or within the hour."""

import datetime as dt

import pytest
from django.urls import reverse

from core.dated import today
from core.models import AuditEvent
from desk import tasks
from teams.access import access_of_user
from teams.appointments import appoint, end_appointment
from teams.models import ApiToken, Appointment
from teams.permissions import Scope
from tests import factories
from tests.factories import LONG_AGO
from tests.teams import reorganised

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def access(world):
    return access_of_user(world.city_staff)


def key_of(world, user, **fields) -> ApiToken:
    values = {"unit": world.binh_chanh} if "team" not in fields else {}
    made, _key = factories.token(Scope.SESSIONS_READ, owner=user, **values | fields)
    return made


def opens(token: ApiToken) -> bool:
    token.refresh_from_db()
    return token.is_usable


def held_of(user) -> Appointment:
    return user.appointments.get()


def test_key_in_the_persons_name_ends_with_the_appointment_that_covers_it(world, access):
    below, own = key_of(world, world.unit_staff, unit=world.tan_tuc), key_of(world, world.unit_staff)
    end_appointment(appointment=held_of(world.unit_staff), access=access)
    assert not opens(own)
    assert not opens(below)
    told = AuditEvent.objects.filter(action="teams.token_revoked")
    assert {(event.actor, event.data["reason"]) for event in told} == {(world.city_staff, "appointment_ended")}


def test_key_on_a_team_ends_with_its_leader(world, access):
    key = key_of(world, world.leader, team=world.team)
    end_appointment(appointment=held_of(world.leader), access=access)
    assert not opens(key)


def test_key_goes_on_that_another_office_of_the_person_covers(world, access):
    key = key_of(world, world.unit_staff)
    above = Appointment(user=world.unit_staff, role="viewer", unit=world.city, valid_from=today())
    appoint(appointment=above, access=access)
    end_appointment(appointment=Appointment.objects.get(user=world.unit_staff, role="unit_staff"), access=access)
    assert opens(key)


def test_keys_that_the_appointment_does_not_cover_go_on(world, access):
    """Of another place, of another person, of a program with an account of its own."""
    others = [
        key_of(world, world.unit_staff, unit=world.banks),
        key_of(world, world.viewer),
        key_of(world, None),
    ]
    end_appointment(appointment=held_of(world.unit_staff), access=access)
    assert all(map(opens, others))


@pytest.mark.parametrize("days", [0, 30])
def test_key_goes_on_as_long_as_the_appointment(world, access, days):
    key = key_of(world, world.unit_staff)
    end_appointment(appointment=held_of(world.unit_staff), last_day=today() + days * DAY, access=access)
    assert opens(key)


def test_operator_needs_no_appointment_for_the_own_key(world, access):
    world.unit_staff.is_superuser = True
    world.unit_staff.save()
    key = key_of(world, world.unit_staff)
    end_appointment(appointment=held_of(world.unit_staff), access=access)
    assert opens(key)


def made_on(token: ApiToken, day: dt.date) -> ApiToken:
    ApiToken.objects.filter(pk=token.pk).update(created_at=factories.local(day))
    return token


def test_key_ends_within_the_hour_when_the_days_of_the_appointment_are_over(world):
    key = made_on(key_of(world, world.unit_staff), today() - 9 * DAY)
    still = key_of(world, world.viewer)
    world.unit_staff.appointments.update(valid_to=today())
    tasks.end_keys()
    assert opens(key)
    world.unit_staff.appointments.update(valid_to=today() - DAY)
    for _time in range(2):
        tasks.end_keys()
    assert not opens(key)
    assert opens(still)
    assert AuditEvent.objects.get(action="teams.token_revoked").actor is None


def test_key_that_was_given_after_the_end_is_meant_so(world):
    world.unit_staff.appointments.update(valid_to=today() - 9 * DAY)
    key = made_on(key_of(world, world.unit_staff), today() - 2 * DAY)
    tasks.end_keys()
    assert opens(key)


@pytest.mark.parametrize("keeps", [False, True], ids=["office-ends", "office-goes-on"])
def test_key_on_a_unit_that_ended_goes_on_as_long_as_the_office(world, keeps):
    key = made_on(key_of(world, world.viewer, unit=world.tan_tuc), LONG_AGO)
    world.viewer.appointments.update(unit=world.tan_tuc)
    step = ("merge", {"units": ["BC-TT"], "into": "BC-VL", "keeps_people": keeps})
    reorganised.executed(world.city_staff, step)
    tasks.end_keys()
    assert opens(key) is keeps


def test_key_below_a_unit_that_ended_ends_with_the_office_there(world):
    key = made_on(key_of(world, world.unit_staff, unit=world.tan_tuc), LONG_AGO)
    other = factories.unit("HD-MOI", parent=world.city)
    reorganised.executed(world.city_staff, ("merge", {"units": ["BC"], "into": other.code}))
    tasks.end_keys()
    assert not opens(key)


def test_page_asks_with_the_number_of_keys(client, world):
    client.force_login(world.city_staff)
    page = reverse("admin:teams_appointment_end_now", args=[held_of(world.unit_staff).pk])
    assert "khóa API" not in client.get(page).text
    key = key_of(world, world.unit_staff)
    assert "1 khóa API đứng tên người này cũng ngừng" in client.get(page).text
    client.post(page)
    assert not opens(key)
