"""The REST interface attacked from its own document, once for each kind of caller.

Whatever a caller sends, right or wrong, the answer is one that the document names, in the form that it names, and never
a server error. Examples are the same in every run.
"""

import datetime as dt
import os
from collections.abc import Iterator
from types import SimpleNamespace

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st
from rest_framework.settings import api_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import UserKind
from config.wsgi import application
from teams.access import access_of_user
from teams.passes import issue_passes, redeem_pass
from teams.permissions import Scope
from tests import factories

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# `THOROUGHNESS=20 pytest tests/test_schemathesis.py` looks for more, in many minutes.
THOROUGHNESS = int(os.environ.get("THOROUGHNESS", "1"))
MODES = list(schemathesis.GenerationMode)
CSRF = "c" * 32
NO_LIMIT = dict.fromkeys(("client", "anonymous", "sync"))
# Words that mean something in the small city; a random text almost never does.
KNOWN = {
    "code": ["TD", "BC-TT", "TO-TT", "CD", "DIEM", "DVC", "DVC-NOP"],
    "campaign": ["CD"],
    "parent": ["CD", "BC"],
    "unit": ["TD", "BC", "BC-TT"],
    "owner": ["TD", "BC"],
    "under": ["TD", "BC"],
    "team": ["TO-TT", "TO-NH"],
    "point": ["DIEM"],
    "area": ["27595"],
    "group": ["DVC"],
    "service": ["DVC-NOP"],
    "day": ["2023-03-26"],
    "from": ["2023-03-01"],
    "to": ["2023-03-31"],
    "by": ["unit", "unit,day", "service,result"],
    "period": ["2023-03", "2023W12", "LAST_7_DAYS"],
}


# --- callers ----------------------------------------------------------------------------------------------------------
def nobody(city) -> dict:
    return {}


def session(user) -> dict:
    client = Client()
    client.force_login(user)
    cookies = {"sessionid": client.cookies["sessionid"].value, "csrftoken": CSRF}
    return {"cookies": cookies, "headers": {"X-CSRFToken": CSRF}}


def token(*scopes, **fields) -> dict:
    _token, key = factories.token(*scopes, last_used_at=timezone.now(), **fields)
    return {"headers": {"Authorization": f"Bearer {key}"}}


def device(city) -> dict:
    [issued] = issue_passes(
        team=city.team, count=1, valid_to=dt.date(2026, 12, 31), access=access_of_user(city.unit_staff)
    )
    user = redeem_pass(code=issued.code)
    assert user.kind == UserKind.DEVICE
    return session(user)


YESTERDAY = dt.timedelta(days=-1)
# Who calls, and how many examples of each operation and mode: most for those whom most is open to.
CALLERS = {
    "anonymous": (nobody, 2),
    "signed in without a role": (lambda city: session(city.nobody), 1),
    "city_staff": (lambda city: session(city.city_staff), 8),
    "unit_staff": (lambda city: session(city.unit_staff), 4),
    "team_leader": (lambda city: session(city.leader), 3),
    "viewer": (lambda city: session(city.viewer), 2),
    "device pass": (device, 2),
    "token stats:read of the city": (lambda city: token(Scope.STATS_READ, unit=city.city), 2),
    "token stats:read of a unit": (lambda city: token(Scope.STATS_READ, unit=city.binh_chanh), 2),
    "token logs:write of a team": (lambda city: token(Scope.LOGS_WRITE, team=city.team), 2),
    "token org:read": (lambda city: token(Scope.ORG_READ, unit=city.binh_chanh), 2),
    "token campaigns:write": (lambda city: token(Scope.CAMPAIGNS_WRITE, unit=city.city), 4),
    "expired token": (lambda city: token(Scope.ORG_READ, unit=city.city, expires_at=timezone.now() + YESTERDAY), 1),
    "revoked token": (lambda city: token(Scope.ORG_READ, unit=city.city, revoked_at=timezone.now()), 1),
}


@pytest.fixture
def city(world, monkeypatch) -> SimpleNamespace:
    """The small city with one of everything that can be asked for, and no limit of calls."""
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", NO_LIMIT)
    service = factories.service("DVC-NOP", factories.metric("HS_NOP"))
    campaign = factories.campaign("CD", owner=world.city)
    day = factories.campaign_day(campaign)
    point = factories.point("DIEM", unit=world.tan_tuc, area=factories.area("27595"))
    factories.deployment(world.team, day, point)
    factories.target(campaign, world.tan_tuc)
    shift = factories.session(world.team, point=point, campaign=campaign)
    factories.log(shift, service)
    world.known = KNOWN | {"id": [str(shift.pk), str(day.pk)]}
    return world


@pytest.fixture(scope="module")
def strategies() -> Iterator[list]:
    """How to make a case, by operation and by mode: right and wrong. Slow to build, so built once."""
    # A real WSGI call ends with its connection, and so would the transaction that each test is rolled back by.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)
    operations = [result.ok() for result in schema.get_all_operations()]
    yield [operation.as_strategy(generation_mode=mode) for operation in operations for mode in MODES]
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("caller", CALLERS)
def test_every_answer_is_one_that_the_document_names(city, strategies, caller):
    make, examples = CALLERS[caller]
    credentials = make(city)
    assert len(strategies) > 60
    for strategy in strategies:
        attack(strategy, credentials, city.known, examples * THOROUGHNESS)


def attack(strategy, credentials: dict, known: dict, examples: int) -> None:
    @hypothesis.settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=strategy, data=st.data())
    def run(case, data):
        for values in (case.path_parameters, case.query, case.body):
            speak_of_what_exists(values, known, data)
        # Each example finds the city as it was. Not atomic(): the intake wants to be the outermost block.
        before = transaction.savepoint_create()
        response = case.call(**credentials)
        transaction.savepoint_rollback(before)
        case.validate_response(response, checks=CHECKS)

    run()


def speak_of_what_exists(values, known: dict, data) -> None:
    """Every other time: a word of the city instead of the random text."""
    if not isinstance(values, dict):
        return
    for name in sorted(set(values) & set(known)):
        if data.draw(st.booleans()):
            values[name] = data.draw(st.sampled_from(known[name]))
