"""Who may send what to ``/api/v1/sync/``: a stranger's team is as unknown as none, item by item."""

import datetime as dt

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.dated import DAY, today
from services_help.models import AssistanceLog, Receipt, Session
from teams.access import access_of_user
from teams.models import ApiToken, DevicePass
from teams.passes import issue_passes, redeem_pass, revoke_pass
from teams.permissions import Scope
from tests.factories import PEAK_DAY
from tests.services_help.intake_items import (
    DEVICE,
    LEDGER,
    OTHER_DEVICE,
    SYNC,
    attendance_item,
    bearer,
    codes,
    log_item,
    post,
    session_item,
    signed_in,
    statuses,
    stocked,
    void_item,
)

TEAMS = ("TO-TT", "TO-VL", "TO-NH")


@pytest.fixture
def city(world):
    return stocked(world)


# Who -> the teams that they may record for; None: the door is closed (403).
CALLERS = {
    "leader": {"TO-TT"},
    "leader_bank": {"TO-NH"},
    "city_staff": set(TEAMS),
    "unit_staff": {"TO-TT", "TO-VL"},
    "bank_staff": {"TO-NH"},
    "viewer": None,
    "nobody": None,
    "token of the team": {"TO-TT"},
    "token of a unit": {"TO-TT", "TO-VL"},
    "token of the city": set(TEAMS),
    "token for statistics": None,
    "device pass": {"TO-TT"},
}
TOKENS = {
    "token of the team": lambda city: bearer(Scope.LOGS_WRITE, team=city.team),
    "token of a unit": lambda city: bearer(Scope.LOGS_WRITE, unit=city.binh_chanh),
    "token of the city": lambda city: bearer(Scope.LOGS_WRITE, unit=city.city),
    "token for statistics": lambda city: bearer(Scope.STATS_READ, Scope.ORG_READ, Scope.SESSIONS_READ, unit=city.city),
    "device pass": lambda city: signed_in(redeem_pass(code=a_pass(city).code)),
}


def a_pass(city, *, valid_to: dt.date | None = None):
    access = access_of_user(city.unit_staff)
    return issue_passes(team=city.team, count=1, valid_to=valid_to or today(), access=access)[0]


@pytest.fixture(params=CALLERS)
def caller(request, city) -> tuple[APIClient, set[str] | None]:
    who = request.param
    client = TOKENS[who](city) if who in TOKENS else signed_in(getattr(city, who))
    return client, CALLERS[who]


def test_each_caller_records_for_own_teams_only(caller):
    client, teams = caller
    sessions = [session_item(team) for team in TEAMS]
    logs = [log_item(session) for session in sessions]

    response = post(client, sessions + logs)

    if teams is None:
        assert (response.status_code, response.json()["code"]) == (403, "not_allowed")
        assert not Receipt.objects.exists()
        return
    expected = ["stored" if team in teams else "rejected" for team in TEAMS]
    assert statuses(response) == expected * 2
    refused = [[] if team in teams else ["unknown_team"] for team in TEAMS]
    assert codes(response)[:3] == refused
    assert set(Session.objects.values_list("team__code", flat=True)) == teams
    assert AssistanceLog.objects.count() == len(teams)


def test_each_caller_adds_and_takes_back_in_sessions_of_own_teams_only(city, caller):
    client, teams = caller
    sessions = [session_item(team) for team in TEAMS]
    logs = [log_item(session) for session in sessions]
    post(signed_in(city.city_staff), sessions + logs, device=OTHER_DEVICE)
    teams = teams or set()

    for make, code in ((log_item, "unknown_session"), (void_item, "unknown_target")):
        targets = logs if make is void_item else sessions
        response = post(client, [make(target) for target in targets])
        if response.status_code != 403:
            assert codes(response) == [[] if team in teams else [code] for team in TEAMS]

    held = AssistanceLog.objects.live()
    assert set(held.values_list("session__team__code", flat=True)) == set(TEAMS)
    assert held.filter(device=DEVICE).count() == len(teams)
    assert held.filter(device=OTHER_DEVICE).count() == len(TEAMS) - len(teams)


def test_anonymous_is_401_and_told_how_to_come_in(city):
    for response in (post(APIClient(), [session_item()]), APIClient().get(LEDGER)):
        assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_too_large_a_body_of_a_stranger_is_not_even_read(city):
    response = APIClient().post(SYNC, "x" * 2_000_000, content_type="application/json")

    assert response.status_code == 401


def test_session_cookie_needs_the_csrf_token(city):
    client = signed_in(city.leader, enforce_csrf_checks=True)

    response = post(client, [session_item()])

    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
    assert not Session.objects.exists()


def test_session_cookie_with_the_csrf_token_of_the_page_is_let_in(city):
    client = signed_in(city.leader, enforce_csrf_checks=True)
    client.get("/field/web/")

    response = post(client, [session_item()], **{"X-CSRFToken": client.cookies["csrftoken"].value})

    assert statuses(response) == ["stored"]


def test_token_needs_no_csrf(city):
    token = bearer(Scope.LOGS_WRITE, team=city.team)
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(**token._credentials)

    assert statuses(post(client, [session_item()])) == ["stored"]


# --- rights that end between two batches ------------------------------------------------------------------------------
def test_revoked_pass_ends_at_the_next_batch_and_what_was_sent_stays(city):
    issued = a_pass(city)
    client = signed_in(redeem_pass(code=issued.code))
    session = session_item()
    assert statuses(post(client, [session, log_item(session)])) == ["stored"] * 2

    revoke_pass(device_pass=issued.device_pass, access=access_of_user(city.unit_staff))
    response = post(client, [log_item(session)])

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert AssistanceLog.objects.count() == 1
    assert AssistanceLog.objects.get().created_by == DevicePass.objects.get().device_user


def test_expired_pass_ends_at_the_next_batch(city):
    client = signed_in(redeem_pass(code=a_pass(city).code))
    session = session_item()
    post(client, [session])
    user = Session.objects.get().created_by
    user.appointments.update(valid_from=today() - 2 * DAY, valid_to=today() - DAY)

    response = post(client, [log_item(session)])

    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")
    assert not AssistanceLog.objects.exists()


@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_token_that_has_ended_is_401_at_the_next_batch(city, field):
    client = bearer(Scope.LOGS_WRITE, team=city.team)
    session = session_item()
    assert statuses(post(client, [session])) == ["stored"]
    ApiToken.objects.update(**{field: timezone.now()})

    response = post(client, [log_item(session)])

    assert (response.status_code, response.json()["code"]) == (401, "authentication_failed")
    assert not AssistanceLog.objects.exists()


def test_leader_sent_to_another_team_records_for_the_new_one_and_his_old_items_are_replayed(city):
    client = signed_in(city.leader)
    session = session_item()
    log = log_item(session)
    post(client, [session, log])
    city.leader.appointments.update(team=city.team_vinh_loc)
    now = session_item("TO-VL")

    response = post(client, [session, log, log_item(session), now, log_item(now)])

    assert statuses(response) == ["replayed", "replayed", "rejected", "stored", "stored"]
    assert codes(response)[2] == ["unknown_session"]


# --- two phones of one team -------------------------------------------------------------------------------------------
def test_second_phone_of_the_team_adds_to_the_session_of_the_first(city):
    leader, helper = signed_in(city.leader), signed_in(redeem_pass(code=a_pass(city).code))
    session = session_item()
    post(leader, [session, log_item(session)])

    response = post(helper, [log_item(session), attendance_item(session)], device=OTHER_DEVICE)

    assert statuses(response) == ["stored"] * 2
    ledgers = [
        leader.get(LEDGER, {"device": str(device), "day": str(PEAK_DAY)}).json()["kinds"]
        for device in (DEVICE, OTHER_DEVICE)
    ]
    assert ledgers == [
        {"session": 1, "log": 1, "attendance": 0, "void": 0},
        {"session": 0, "log": 1, "attendance": 1, "void": 0},
    ]
