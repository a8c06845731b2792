"""``/field/api/former/``: which accounts of a phone were cards of the caller's team, for the next one to go on with."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from core.dated import DAY, today
from core.ids import uuid7
from services_help.models import AssistanceLog, Receipt, Session
from teams.access import access_of_user
from teams.models import Appointment, DevicePass
from teams.passes import issue_passes, revoke_pass
from tests import factories
from tests.services_help.intake_items import stocked

pytestmark = pytest.mark.django_db
FORMER = "/field/api/former/"


def scanned(world, team) -> tuple[Client, User]:
    """A phone with a card of ``team``, and its account."""
    [issued] = issue_passes(team=team, count=1, valid_to=today(), access=access_of_user(world.city_staff))
    phone = Client()
    assert phone.post(reverse("field:pass", args=[issued.code])).status_code == 302
    return phone, DevicePass.objects.get(pk=issued.device_pass.pk).device_user


def named(phone: Client, *users) -> list[dict]:
    answer = phone.get(FORMER, {"user": [getattr(user, "pk", user) for user in users]})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()["former"]


def test_next_card_of_a_team_is_told_the_cards_before_it_also_those_that_ended(world):
    _phone, ended = scanned(world, world.team)
    Appointment.objects.filter(user=ended).update(valid_from=today() - DAY, valid_to=today() - DAY)
    DevicePass.objects.filter(device_user=ended).update(valid_to=today() - DAY)
    _phone, revoked = scanned(world, world.team)
    revoke_pass(device_pass=revoked.device_pass, access=access_of_user(world.unit_staff))
    phone, own = scanned(world, world.team)
    asked = named(phone, ended, revoked, own)
    assert asked == [{"user": str(user.pk), "team": "TO-TT"} for user in (ended, revoked)]


def test_cards_of_another_team_and_people_are_not_named(world):
    _phone, foreign = scanned(world, world.team_vinh_loc)
    phone, _own = scanned(world, world.team)
    assert named(phone, foreign, world.leader, world.unit_staff) == []


def test_leader_with_an_account_goes_on_with_a_card_and_staff_above_do_not(world):
    _phone, card = scanned(world, world.team)
    client = Client()
    client.force_login(world.leader)
    assert named(client, card) == [{"user": str(card.pk), "team": "TO-TT"}]
    for other in (world.leader_bank, world.unit_staff, world.city_staff):
        client.force_login(other)
        assert named(client, card) == []


@pytest.mark.parametrize("user", ["", "x", "-1", "9" * 30, "٣"])
def test_what_is_no_account_is_passed_over(world, user):
    client = Client()
    client.force_login(world.leader)
    assert named(client, user) == []


@pytest.mark.parametrize("cards", [1, 4])
def test_answer_takes_a_fixed_number_of_queries(world, cards, django_assert_num_queries):
    users = [scanned(world, world.team)[1] for _ in range(cards)]
    phone, _own = scanned(world, world.team)
    # session, account, appointments; cards
    with django_assert_num_queries(QUERIES):
        assert len(named(phone, *users)) == cards


QUERIES = 3


# --- what the server makes of it --------------------------------------------------------------------------------------
@pytest.fixture
def items(world):
    stocked(world)
    session = str(uuid7())
    now = factories.local(today()).isoformat()
    opening = {"type": "session", "id": session, "team": "TO-TT", "day": str(today()), "started_at": now}
    line = {"type": "log", "id": str(uuid7()), "session": session, "service": "DVC-NOP", "result": "done_self"}
    return [opening, line | {"people": 1, "happened_at": now}]


def sent(phone: Client, device, items) -> list[str]:
    answer = phone.post("/api/v1/sync/", {"device": str(device), "items": items}, content_type="application/json")
    return [item["status"] for item in answer.json()["items"]]


def test_entries_of_the_old_card_arrive_once_and_the_server_says_who_has_sent_them(world, items):
    old, first = scanned(world, world.team)
    new, second = scanned(world, world.team)
    device = uuid7()
    assert sent(old, device, items[:1]) == ["stored"]
    assert sent(new, device, items) == ["replayed", "stored"]
    assert sent(new, device, items) == ["replayed", "replayed"]
    assert (Session.objects.get().created_by, AssistanceLog.objects.get().created_by) == (first, second)
    assert set(Receipt.objects.values_list("device", flat=True)) == {device}


def test_card_of_another_team_could_not_send_them_if_its_phone_tried(world, items):
    foreign, _user = scanned(world, world.team_vinh_loc)
    assert sent(foreign, uuid7(), items) == ["rejected", "rejected"]
    assert not Session.objects.exists()
