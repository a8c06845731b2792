"""The line that each request leaves in the log: who asked, from where. Refused ones are logged under test."""

import logging

import pytest
from rest_framework.test import APIClient

from teams.permissions import Scope
from tests import factories

REFUSED = "/api/v1/units/?khong-co=1"


@pytest.fixture
def line(caplog):
    def of(client, **headers) -> dict:
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            client.get(REFUSED, **headers)
        (found,) = [
            record.msg
            for record in caplog.records
            if isinstance(record.msg, dict) and record.msg["event"] == "request_finished"
        ]
        return found

    return of


def test_token_is_logged_as_the_account_it_stands_for(world, line):
    token, key = factories.token(Scope.ORG_READ, unit=world.city)
    assert line(APIClient(HTTP_AUTHORIZATION=f"Bearer {key}"))["user_id"] == token.user_id


def test_session_is_logged_as_its_account(world, line):
    client = APIClient()
    client.force_login(world.city_staff)
    assert line(client)["user_id"] == world.city_staff.pk


def test_stranger_is_logged_as_nobody(db, line):
    assert line(APIClient())["user_id"] is None


def test_address_is_that_of_the_connection_whatever_a_header_says(db, line):
    found = line(APIClient(), REMOTE_ADDR="10.0.0.7", HTTP_X_FORWARDED_FOR="1.2.3.4")
    assert (found["ip"], found["code"]) == ("10.0.0.7", 401)
