"""What an answer depends on: the same whether it comes with the key or is read for the caller's rights."""

import random

import pytest
from rest_framework.test import APIClient

from reports.stats.authentication import KeyAndMoment
from reports.stats.moment import Moment
from teams.access import access_of_token
from teams.authentication import digest_of
from teams.permissions import Scope
from teams.tokens import revoke_token
from tests import factories
from tests.reports import worlds

STATS = "/api/v1/stats/"


@pytest.fixture
def world(db):
    """Counted, and some work of several teams that still waits to be."""
    made = worlds.busy()
    for _step in range(6):
        worlds.add_session(made, random.Random(_step))
    return made


@pytest.mark.parametrize(
    "where",
    [
        {"unit": "city"},
        {"unit": "binh_chanh"},
        {"unit": "tan_tuc"},
        {"unit": "bank"},
        {"team": "team"},
        {"team": "loose_team"},
        {"unit": "tan_tuc", "is_public": True},
    ],
    ids=str,
)
def test_moment_that_comes_with_a_key_is_that_of_its_rights(world, where):
    placed = {name: getattr(world, value) if isinstance(value, str) else value for name, value in where.items()}
    token, key = factories.token(Scope.STATS_READ, **placed)
    found = KeyAndMoment().token_of(digest_of(key))
    read = Moment.read(access_of_token(token))
    assert (found, found.user) == (token, token.user)
    assert (found.moment.revisions, found.moment.as_of, found.moment.pending) == (
        read.revisions,
        read.as_of,
        read.pending,
    )


def test_moments_of_different_rights_differ(world):
    """Or the test above would prove nothing."""
    places = [{"unit": world.city}, {"unit": world.tan_tuc}, {"team": world.loose_team}]
    moments = [Moment.read(access_of_token(factories.token(Scope.STATS_READ, **place)[0])) for place in places]
    assert len({(moment.revisions, moment.pending) for moment in moments}) == 3


def test_key_that_nobody_has_finds_nothing(world):
    assert KeyAndMoment().token_of(digest_of("xks_nobody")) is None


def test_key_that_was_taken_back_is_refused_where_nothing_has_changed(db):
    city = factories.small_city()
    token, key = factories.token(Scope.STATS_READ, unit=city.city)
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")
    etag = client.get(STATS).headers["ETag"]
    assert client.get(STATS, HTTP_IF_NONE_MATCH=etag).status_code == 304
    revoke_token(token=token, by=city.city_staff)
    assert client.get(STATS, HTTP_IF_NONE_MATCH=etag).status_code == 401
