"""Whether a team can still be told something on a phone."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from core.dated import DAY, today
from teams.access import access_of_user
from teams.models import Appointment
from teams.passes import issue_passes, revoke_pass
from teams.permissions import Role
from teams.reaching import has_a_phone
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(world):
    """One whose leaders have no account."""
    return world.team_vinh_loc


def scanned(world, team, valid_to=None) -> tuple[Client, object]:
    staff = access_of_user(world.unit_staff)
    [issued] = issue_passes(team=team, count=1, valid_to=valid_to or today(), access=staff)
    phone = Client()
    assert phone.post(reverse("field:pass", args=[issued.code])).status_code == 302
    issued.device_pass.refresh_from_db()
    return phone, issued.device_pass


def test_nobody_reaches_a_team_whose_cards_nobody_has_scanned(world, team):
    issue_passes(team=team, count=2, valid_to=today() + DAY, access=access_of_user(world.unit_staff))
    assert not has_a_phone(team)


def test_phone_is_reached_through_the_last_day_of_its_card(world, team):
    scanned(world, team)
    assert has_a_phone(team)
    Appointment.objects.filter(team=team).update(valid_from=today() - DAY, valid_to=today() - DAY)
    assert not has_a_phone(team)


def test_phone_whose_card_was_revoked_is_not_reached(world, team):
    _phone, device_pass = scanned(world, team, today() + DAY)
    revoke_pass(device_pass=device_pass, access=access_of_user(world.unit_staff))
    assert not has_a_phone(team)


def test_phone_that_has_signed_out_is_not_reached_since_its_card_is_used_up(world, team):
    first, _pass = scanned(world, team, today() + DAY)
    second, _pass = scanned(world, team, today() + DAY)
    first.post(reverse("account_logout"))
    assert has_a_phone(team)
    second.post(reverse("account_logout"))
    assert not has_a_phone(team)


def test_leader_with_an_account_can_come_back_after_signing_out(world):
    client = Client()
    client.force_login(world.leader)
    client.post(reverse("account_logout"))
    assert has_a_phone(world.team)


def test_account_that_was_closed_reaches_nobody(world):
    User.objects.filter(pk=world.leader.pk).update(is_active=False)
    assert not has_a_phone(world.team)


def test_staff_above_the_team_are_not_its_phone(world, team):
    factories.user(role=Role.UNIT_STAFF, unit=world.vinh_loc)
    assert not has_a_phone(team)


@pytest.mark.parametrize("phones", [1, 4])
def test_one_statement_whatever_the_number_of_phones(world, team, phones, django_assert_num_queries):
    for _ in range(phones):
        scanned(world, team)
    with django_assert_num_queries(1):
        assert has_a_phone(team)
