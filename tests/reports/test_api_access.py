"""Who gets which figures, and what an ETag saves without ever telling more."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from campaigns.models import Campaign
from core.models import Revision
from reports import tallies
from teams.access import access_of_user
from teams.models import ApiToken, Appointment
from teams.permissions import Role, Scope
from teams.services import move_team, place_unit
from tests import factories
from tests.factories import LONG_AGO, PEAK_DAY
from tests.reports import worlds

STATS = "/api/v1/stats/"
SCHEMA = "/api/v1/stats/schema/"
PERIODS = "/api/v1/stats/periods/"
# Tân Túc 1 person, Vĩnh Lộc 2, the bank 4, a team without a unit 8: each sum tells its parts.
ALL, BINH_CHANH, BANK, TAN_TUC = 15, 3, 4, 1


@pytest.fixture
def world(world):
    world.service = factories.service("DVC-NOP")
    world.loose = factories.team("TO-LE", unit=None)
    teams = [world.team, world.team_vinh_loc, world.team_bank, world.loose]
    for team, people in zip(teams, (1, 2, 4, 8), strict=True):
        factories.log(factories.session(team), world.service, people=people)
    tallies.rebuild()
    return world


def bearer(*scopes, **where) -> APIClient:
    _token, key = factories.token(*(scopes or [Scope.STATS_READ]), **where)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def signed_in(user) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def total(client, **params) -> int:
    response = client.get(STATS, {"measures": "people"} | params)
    assert response.status_code == 200, response.text
    return response.json()["totals"]["people"]


def people(client, **params) -> dict:
    response = client.get(STATS, {"by": "unit", "measures": "people"} | params)
    assert response.status_code == 200, response.text
    return {row["unit"]: row["people"] for row in response.json()["rows"]}


# --- who --------------------------------------------------------------------------------------------------------------
def test_stranger_gets_401_and_whoever_lacks_the_right_403(world):
    for path in (STATS, SCHEMA, PERIODS):
        assert APIClient().get(path).status_code == 401
        assert signed_in(world.nobody).get(path).status_code == 403
        assert bearer(Scope.ORG_READ, Scope.LOGS_WRITE, unit=world.city).get(path).status_code == 403


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        ("city_staff", ALL),
        ("unit_staff", BINH_CHANH),
        ("viewer", BINH_CHANH),
        ("bank_staff", BANK),
        ("leader", TAN_TUC),
        ("leader_bank", BANK),
    ],
)
def test_each_role_gets_the_figures_of_its_own_subtree(world, caller, sees):
    assert total(signed_in(getattr(world, caller))) == sees


@pytest.mark.parametrize(
    ("where", "sees"),
    [
        ({"unit": "city"}, ALL),
        ({"unit": "binh_chanh"}, BINH_CHANH),
        ({"unit": "tan_tuc"}, TAN_TUC),
        ({"unit": "banks"}, BANK),
        ({"team": "team"}, TAN_TUC),
    ],
)
def test_each_token_gets_the_figures_of_its_own_subtree(world, where, sees):
    ((kind, name),) = where.items()
    assert total(bearer(**{kind: getattr(world, name)})) == sees


def test_token_of_a_unit_holds_no_word_about_others(world):
    client = bearer(unit=world.binh_chanh)
    answer = client.get(STATS, {"by": "unit,team,block", "depth": "descendants"})
    assert {row["team"] for row in answer.json()["rows"]} == {"TO-TT", "TO-VL"}
    for foreign in ("NH", "Ngân hàng", "TO-NH", "TO-LE", "Chưa xếp"):
        assert foreign not in answer.text


@pytest.mark.parametrize("caller", ["unit_staff", "viewer", "leader"])
def test_foreign_unit_is_answered_like_one_that_does_not_exist(world, caller):
    client = signed_in(getattr(world, caller))
    for foreign in ("NH", "NH-01", "TD"):
        foreign_answer = client.get(STATS, {"unit": foreign})
        unknown = client.get(STATS, {"unit": "XX"})
        assert (foreign_answer.status_code, foreign_answer.json()["code"]) == (404, "unknown_unit")
        assert foreign_answer.text.replace(foreign, "XX") == unknown.text


def test_unit_below_ones_own_may_be_asked_for(world):
    client = bearer(unit=world.binh_chanh)
    assert (total(client, unit="BC"), total(client, unit="BC-TT"), people(client, unit="BC")) == (
        BINH_CHANH,
        TAN_TUC,
        {"BC-TT": 1, "BC-VL": 2},
    )


# --- several grants ---------------------------------------------------------------------------------------------------
def appoint(user, role, **where) -> None:
    Appointment.objects.create(user=user, role=role, valid_from=LONG_AGO, **where)


def test_grants_that_lie_in_each_other_count_once(world):
    user = factories.user(role=Role.VIEWER, unit=world.binh_chanh)
    appoint(user, Role.VIEWER, unit=world.tan_tuc)
    appoint(user, Role.TEAM_LEADER, team=world.team)
    client = signed_in(user)
    assert total(client) == BINH_CHANH
    assert people(client) == {"BC": BINH_CHANH}


def test_grants_beside_each_other_add_up_and_nothing_else_opens(world):
    user = factories.user(role=Role.VIEWER, unit=world.tan_tuc)
    appoint(user, Role.TEAM_LEADER, team=world.team_bank)
    client = signed_in(user)
    assert total(client) == TAN_TUC + BANK
    assert people(client) == {"BC-TT": TAN_TUC, "NH-01": BANK}
    assert people(client, depth="descendants") == {"BC-TT": TAN_TUC, "NH-01": BANK}
    assert client.get(STATS, {"unit": "BC"}).status_code == 404
    # Leading a team opens its figures, not those of its unit.
    assert client.get(STATS, {"unit": "NH-01"}).status_code == 404


@pytest.mark.parametrize("asked", [{}, {"hierarchy": "as_is"}, {"period": "2023-03-26"}])
def test_two_units_granted_are_all_that_is_told_in_each_tree(world, asked):
    """Where one tree holds for all rows, what is granted and where a row is shown are found in one go."""
    user = factories.user(role=Role.VIEWER, unit=world.tan_tuc)
    appoint(user, Role.VIEWER, unit=world.bank)
    client = signed_in(user)
    assert people(client, **asked) == {"BC-TT": TAN_TUC, "NH-01": BANK}
    assert total(client, by="unit", **asked) == TAN_TUC + BANK


def test_grant_of_a_right_that_is_not_to_see_figures_opens_none(world):
    """A token that may send logs for the city and read the figures of one unit would be two tokens."""
    user = factories.user(role=Role.API_CLIENT, unit=world.city)
    appoint(user, Role.VIEWER, unit=world.tan_tuc)
    assert access_of_user(user).has("stats.view")
    assert total(signed_in(user)) == TAN_TUC


# --- moves ------------------------------------------------------------------------------------------------------------
def test_team_that_moved_away_leaves_its_old_days_to_the_old_unit_and_takes_them_along_as_is(world):
    move_team(team=world.team, unit=world.bank, since=PEAK_DAY + worlds.DAYS[0].resolution, by=None)
    binh_chanh, banks = bearer(unit=world.binh_chanh), bearer(unit=world.banks)
    assert [total(client) for client in (binh_chanh, banks)] == [BINH_CHANH, BANK]
    assert [total(client, hierarchy="as_is") for client in (binh_chanh, banks)] == [BINH_CHANH - 1, BANK + 1]
    assert [total(bearer(unit=world.city), hierarchy=view) for view in ("as_was", "as_is")] == [ALL, ALL]


def test_unit_that_left_opens_only_for_the_days_it_was_there(world):
    place_unit(unit=world.tan_tuc, parent=world.banks, since=PEAK_DAY, by=None)
    factories.log(factories.session(world.team, LONG_AGO), world.service, people=16)
    tallies.rebuild()
    client = bearer(unit=world.binh_chanh)
    assert total(client, unit="BC-TT", to="2023-03-25") == 16
    assert total(client, unit="BC-TT") == 16
    assert client.get(STATS, {"unit": "BC-TT", "from": "2023-03-26"}).status_code == 404


# --- campaigns --------------------------------------------------------------------------------------------------------
def test_campaign_that_the_caller_may_not_know_is_as_good_as_unknown(world):
    own = factories.campaign("CUA-NH", owner=world.banks)
    factories.log(factories.session(world.team_bank, campaign=own), world.service, people=16)
    tallies.rebuild()
    assert total(bearer(unit=world.banks), campaign="CUA-NH") == 16
    answer = bearer(unit=world.binh_chanh).get(STATS, {"campaign": "CUA-NH"})
    unknown = bearer(unit=world.binh_chanh).get(STATS, {"campaign": "XX"})
    assert answer.status_code == 400
    assert answer.text.replace("CUA-NH", "XX") == unknown.text


def test_campaign_of_the_city_counts_with_its_days_for_each_unit(world):
    month = factories.campaign("THANG", owner=world.city)
    day = factories.campaign("NGAY", owner=world.city, parent=month)
    for campaign, people_helped in ((month, 16), (day, 32)):
        factories.log(factories.session(world.team, campaign=campaign), world.service, people=people_helped)
    tallies.rebuild()
    client = bearer(unit=world.binh_chanh)
    assert (total(client, campaign="THANG"), total(client, campaign="NGAY")) == (48, 32)
    assert total(client, campaign="THANG,NGAY") == 48


# --- ETags ------------------------------------------------------------------------------------------------------------
def test_same_question_has_the_same_strong_etag_and_gets_304_without_a_body(world):
    client = bearer(unit=world.city)
    first = client.get(STATS, {"by": "unit"})
    again = client.get(STATS, {"by": "unit"}, HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert first.headers["ETag"].startswith('"')
    assert first.headers["Cache-Control"] == "private, no-cache"
    weak = client.get(STATS, {"by": "unit"}, HTTP_IF_NONE_MATCH=f"W/{first.headers['ETag']}")
    assert weak.status_code == 304


@pytest.mark.parametrize("revision", ["org", "catalogue", "campaigns"])
def test_each_kind_of_change_moves_the_etag(world, revision):
    client = bearer(unit=world.city)
    etag = client.get(STATS).headers["ETag"]
    Revision.bump(revision)
    assert client.get(STATS, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_change_of_a_figure_moves_the_etag(world):
    client = bearer(unit=world.city)
    etag = client.get(STATS).headers["ETag"]
    factories.log(factories.session(factories.team(unit=None)), world.service)
    tallies.rebuild()
    assert client.get(STATS, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_change_that_no_answer_is_made_of_leaves_the_etag(world):
    client = bearer(unit=world.city)
    etag = client.get(STATS).headers["ETag"]
    Revision.bump("something else")
    factories.user()
    assert client.get(STATS, HTTP_IF_NONE_MATCH=etag).status_code == 304


def test_work_that_waits_moves_the_etag_because_the_answer_tells_of_it(world):
    client = bearer(unit=world.city)
    etag = client.get(STATS).headers["ETag"]
    worlds.promise(factories.session(world.team))
    assert client.get(STATS, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_each_question_form_language_and_scope_has_its_own_etag(world):
    city, unit = bearer(unit=world.city), bearer(unit=world.binh_chanh)
    answers = [
        city.get(STATS),
        city.get(STATS, {"by": "unit"}),
        city.get(STATS, {"unit": "BC"}),
        city.get(STATS, {"hierarchy": "as_is"}),
        city.get(STATS, {"format": "csv"}),
        city.get(STATS, {"format": "csv", "bom": "1"}),
        city.get(STATS, {"limit": 7}),
        city.get(STATS, HTTP_ACCEPT="text/csv"),
        city.get(STATS, HTTP_ACCEPT_LANGUAGE="en"),
        unit.get(STATS),
    ]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert len({answer.headers["ETag"] for answer in answers}) == len(answers)


def test_304_reads_no_tally(world):
    client = bearer(unit=world.city)
    question = {"by": "unit,day", "measures": "people,volunteers"}
    etag = client.get(STATS, question).headers["ETag"]
    with CaptureQueriesContext(
        connection,
    ) as told:
        assert client.get(STATS, question, HTTP_IF_NONE_MATCH=etag).status_code == 304
    assert [query["sql"] for query in told if "tally" in query["sql"]] == []


def test_304_costs_one_look_up(world, django_assert_num_queries):
    client, question = bearer(unit=world.city), {"by": "unit", "measures": "people,sessions"}
    etag = client.get(STATS, question).headers["ETag"]
    with django_assert_num_queries(1):
        assert client.get(STATS, question, HTTP_IF_NONE_MATCH=etag).status_code == 304


def test_tag_of_one_form_or_language_is_not_that_of_another(world):
    client = bearer(unit=world.city)
    etag = client.get(STATS, {"by": "unit"}).headers["ETag"]
    for others in ({"by": "unit", "format": "csv"}, {"by": "unit", "state": "approved"}):
        assert client.get(STATS, others, HTTP_IF_NONE_MATCH=etag).status_code == 200
    english = client.get(STATS, {"by": "unit"}, HTTP_IF_NONE_MATCH=etag, HTTP_ACCEPT_LANGUAGE="en")
    assert english.status_code == 200


def test_304_needs_the_right_as_every_answer_does(world):
    """Otherwise a known ETag would tell a stranger whether anything changed."""
    client = bearer(unit=world.binh_chanh)
    etag = client.get(STATS, {"unit": "BC-TT"}).headers["ETag"]
    known = {"HTTP_IF_NONE_MATCH": etag}
    assert client.get(STATS, {"unit": "BC-TT"}, **known).status_code == 304
    assert APIClient().get(STATS, {"unit": "BC-TT"}, **known).status_code == 401
    assert bearer(Scope.ORG_READ, unit=world.binh_chanh).get(STATS, {"unit": "BC-TT"}, **known).status_code == 403
    assert bearer(unit=world.banks).get(STATS, {"unit": "BC-TT"}, **known).status_code == 404
    assert bearer(unit=world.banks).get(STATS, {"unit": "BC-TT"}, HTTP_IF_NONE_MATCH="*").status_code == 404


def test_token_that_moved_to_another_unit_gets_no_304_for_the_old_one(world):
    client = bearer(unit=world.binh_chanh)
    etag = client.get(STATS).headers["ETag"]
    ApiToken.objects.update(unit=world.banks)
    assert client.get(STATS, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_schema_has_an_etag_that_moves_with_the_catalogue(world):
    client = bearer(unit=world.city)
    etag = client.get(SCHEMA).headers["ETag"]
    assert client.get(SCHEMA, HTTP_IF_NONE_MATCH=etag).status_code == 304
    Revision.bump("catalogue")
    assert client.get(SCHEMA, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_campaign_that_is_renamed_moves_the_etag(world):
    """The name stands in the labels."""
    campaign = factories.campaign("THANG", owner=world.city)
    client = bearer(Scope.STATS_READ, Scope.CAMPAIGNS_WRITE, unit=world.city)
    etag = client.get(STATS).headers["ETag"]
    assert client.patch(f"/api/v1/campaigns/{campaign.code}/", {"name": "Tên mới"}, format="json").status_code == 200
    assert Campaign.objects.get().name == "Tên mới"
    assert client.get(STATS, HTTP_IF_NONE_MATCH=etag).status_code == 200


# --- queries ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("teams", [1, 3])
@pytest.mark.parametrize(
    ("params", "queries"),
    [
        # token with the moment, metrics, roots (twice), one tally
        ({}, 5),
        # and the names of the units, with their namesakes
        ({"by": "unit"}, 6),
        # metrics again to know the names, another tally for the volunteers, and one more for their total
        ({"by": "unit", "measures": "people,volunteers"}, 9),
        ({"by": "team,service"}, 7),
    ],
)
def test_answer_takes_the_same_queries_for_any_number_of_rows(world, django_assert_num_queries, params, queries, teams):
    for _number in range(teams):
        factories.log(factories.session(factories.team(unit=factories.unit(parent=world.city))), world.service)
    tallies.rebuild()
    client = bearer(unit=world.city)
    client.get(STATS)  # notes the token's use
    with django_assert_num_queries(queries):
        client.get(STATS, params)
