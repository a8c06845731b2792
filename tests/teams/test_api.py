"""Units and teams over REST, and what all resources have in common: callers, days, pages, CSV, ETags, throttles."""

import csv
import datetime as dt
import io

import pytest
from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone
from redis import Redis
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from core import throttling
from core.models import Revision
from core.throttling import ClientThrottle
from teams.models import ApiToken, Team, Unit
from teams.permissions import Role, Scope
from teams.services import move_team, place_unit
from tests import factories
from tests.services import free_port

UNITS, TEAMS = "/api/v1/units/", "/api/v1/teams/"


def bearer(*scopes, **where) -> APIClient:
    _token, key = factories.token(*scopes, **where)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def signed_in(user) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def codes(response) -> list[str]:
    assert response.status_code == 200, response.text
    return [row["code"] for row in response.json()["results"]]


@pytest.fixture
def city(world) -> APIClient:
    return bearer(Scope.ORG_READ, unit=world.city)


# --- who is asked in --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [UNITS, TEAMS, f"{UNITS}TD/"])
def test_anonymous_gets_401_and_is_told_how_to_come_in(world, path):
    response = APIClient().get(path)
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer xks_khong-co", "bearer \xff"])
def test_bad_token_gets_401(world, header):
    response = APIClient().get(UNITS, HTTP_AUTHORIZATION=header)
    assert (response.status_code, response.json()["code"]) == (401, "authentication_failed")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_dead_tokens_all_get_the_same_answer(world):
    """Expired, taken back, of a locked account, never made: the answer does not say which."""
    now = timezone.now()
    locked = factories.user(is_active=False)
    _t, expired = factories.token(Scope.ORG_READ, unit=world.city, expires_at=now - dt.timedelta(seconds=1))
    _t, revoked = factories.token(Scope.ORG_READ, unit=world.city, revoked_at=now)
    _t, orphan = factories.token(Scope.ORG_READ, unit=world.city, owner=locked)
    answers = {
        APIClient().get(UNITS, HTTP_AUTHORIZATION=f"Bearer {key}").text
        for key in (expired, revoked, orphan, "xks_khong-co")
    }
    assert len(answers) == 1
    assert "authentication_failed" in answers.pop()


def test_token_without_the_scope_gets_403(world):
    response = bearer(Scope.STATS_READ, unit=world.city).get(UNITS)
    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")


def test_user_without_a_role_gets_403(world):
    assert signed_in(world.nobody).get(UNITS).status_code == 403


def test_token_holds_only_its_own_rights_whatever_its_owner_may(world):
    client = bearer(Scope.ORG_READ, unit=world.tan_tuc, owner=world.city_staff)
    assert codes(client.get(UNITS)) == ["BC-TT"]


def test_last_use_is_noted_at_most_once_a_minute(world, django_assert_num_queries):
    token, key = factories.token(Scope.ORG_READ, unit=world.city)
    for _request in range(2):
        APIClient().get(f"{UNITS}TD/", HTTP_AUTHORIZATION=f"Bearer {key}")
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    assert first is not None
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=first - dt.timedelta(minutes=2))
    APIClient().get(f"{UNITS}TD/", HTTP_AUTHORIZATION=f"Bearer {key}")
    assert ApiToken.objects.get(pk=token.pk).last_used_at > first


def test_last_use_that_cannot_be_noted_refuses_nobody(world, monkeypatch):
    """A standby or a full disk: reading goes on."""
    client = bearer(Scope.ORG_READ, unit=world.city)
    plain = QuerySet.update

    def read_only(self, **values):
        if "last_used_at" in values:
            raise DatabaseError("cannot execute UPDATE in a read-only transaction")
        return plain(self, **values)

    monkeypatch.setattr(QuerySet, "update", read_only)
    assert client.get(UNITS).status_code == 200


def test_session_write_needs_the_csrf_token(world):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(world.city_staff)
    assert client.get(UNITS).status_code == 200
    response = client.post("/api/v1/campaigns/", {}, format="json")
    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_units_and_teams_are_read_only(city, method):
    for path in (UNITS, TEAMS, f"{UNITS}TD/", f"{TEAMS}TO-TT/"):
        assert getattr(city, method)(path).status_code == 405


# --- who sees what ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "units", "teams"),
    [
        ("city_staff", ["BC", "BC-TT", "BC-VL", "NH", "NH-01", "TD"], ["TO-NH", "TO-TT", "TO-VL"]),
        ("unit_staff", ["BC", "BC-TT", "BC-VL"], ["TO-TT", "TO-VL"]),
        ("viewer", ["BC", "BC-TT", "BC-VL"], ["TO-TT", "TO-VL"]),
        ("bank_staff", ["NH", "NH-01"], ["TO-NH"]),
        ("leader", ["BC-TT"], ["TO-TT"]),
    ],
)
def test_each_role_sees_its_own_part_of_the_city(world, who, units, teams):
    client = signed_in(getattr(world, who))
    assert codes(client.get(f"{UNITS}?ordering=code")) == units
    assert codes(client.get(f"{TEAMS}?ordering=code")) == teams


def test_stranger_is_404_like_what_does_not_exist(world):
    client = signed_in(world.unit_staff)
    stranger, nothing = client.get(f"{UNITS}NH/"), client.get(f"{UNITS}KHONG-CO/")
    assert (stranger.status_code, nothing.status_code) == (404, 404)
    assert stranger.json()["detail"] == nothing.json()["detail"]
    assert client.get(f"{TEAMS}TO-NH/").status_code == 404


def test_stranger_as_a_filter_is_answered_like_what_does_not_exist(world):
    client = signed_in(world.unit_staff)
    for parameter in ("under", "parent"):
        stranger = client.get(f"{UNITS}?{parameter}=NH").json()["errors"][0]
        nothing = client.get(f"{UNITS}?{parameter}=XX").json()["errors"][0]
        assert stranger["code"] == nothing["code"] == "unknown_code"
        assert stranger["detail"].replace("NH", "XX") == nothing["detail"]


# --- what they see ----------------------------------------------------------------------------------------------------
def test_unit_shows_its_relations_as_codes(world, city):
    world.tan_tuc.area = factories.area("27595")
    world.tan_tuc.save()
    assert city.get(f"{UNITS}BC-TT/").json() == {
        "code": "BC-TT",
        "name": "Đoàn thị trấn Tân Túc",
        "kind": "commune",
        "block": "territory",
        "parent": "BC",
        "area": "27595",
        "valid_from": "2020-01-01",
        "valid_to": None,
        # More of these: test_lineage.py
        "parents": [{"unit": "BC", "valid_from": "2020-01-01", "valid_to": None}],
        "predecessors": [],
        "successors": [],
    }
    assert city.get(f"{UNITS}TD/").json()["parent"] is None


def test_team_shows_its_relations_as_codes(world, city):
    assert city.get(f"{TEAMS}TO-TT/").json() == {
        "code": "TO-TT",
        "name": "Tổ xung kích Tân Túc",
        "kind": "squad",
        "unit": "BC-TT",
        "area": None,
        "field": "",
        "is_assumed": False,
        "note": "",
        "valid_from": "2020-01-01",
        "valid_to": None,
    }


def test_relations_are_those_of_the_day_asked(world, city):
    """The team moves on 1 July 2024, and its old unit comes under another parent."""
    day = dt.date(2024, 7, 1)
    move_team(team=world.team, unit=world.vinh_loc, since=day, by=None)
    place_unit(unit=world.tan_tuc, parent=world.banks, since=day, by=None)
    assert city.get(f"{TEAMS}TO-TT/").json()["unit"] == "BC-VL"
    assert city.get(f"{TEAMS}TO-TT/?on=2024-06-30").json()["unit"] == "BC-TT"
    assert city.get(f"{UNITS}BC-TT/").json()["parent"] == "NH"
    assert city.get(f"{UNITS}BC-TT/?on=2024-06-30").json()["parent"] == "BC"
    assert codes(city.get(f"{TEAMS}?unit=BC-TT")) == []
    assert codes(city.get(f"{TEAMS}?unit=BC-TT&on=2024-06-30")) == ["TO-TT"]
    assert codes(city.get(f"{UNITS}?parent=NH&ordering=code")) == ["BC-TT", "NH-01"]
    assert codes(city.get(f"{UNITS}?under=BC&ordering=code&on=2024-06-30")) == ["BC", "BC-TT", "BC-VL"]


@pytest.fixture
def reused(world) -> tuple[Unit, Unit]:
    """One code, two units: the old one closed on 30 June 2025, another opened the day after under another parent."""
    old = factories.unit("X1", parent=world.binh_chanh, name="Đoàn xã cũ", kind="commune")
    old.valid_to = dt.date(2025, 6, 30)
    old.save()
    placement = old.placements.get()
    placement.valid_to = old.valid_to
    placement.save()
    new = factories.unit("X1", parent=world.banks, since=dt.date(2025, 7, 1), name="Đoàn xã mới", kind="commune")
    return old, new


def test_code_means_the_unit_that_is_valid_on_the_day(reused, city):
    assert city.get(f"{UNITS}X1/").json()["name"] == "Đoàn xã mới"
    assert city.get(f"{UNITS}X1/?on=2025-06-30").json()["name"] == "Đoàn xã cũ"
    assert city.get(f"{UNITS}X1/?on=2019-12-31").status_code == 404


def test_all_lists_every_version_with_the_relations_of_its_own_days(reused, city):
    rows = city.get(f"{UNITS}?all=1&q=doan+xa&ordering=valid_from").json()["results"]
    versions = [(row["code"], row["parent"], row["valid_to"]) for row in rows if row["code"] == "X1"]
    assert versions == [("X1", "BC", "2025-06-30"), ("X1", "NH", None)]


def test_version_of_the_future_shows_the_relations_it_will_have(world, city):
    soon = timezone.localdate() + dt.timedelta(days=30)
    factories.unit("SAU", parent=world.banks, since=soon)
    assert "SAU" not in codes(city.get(UNITS))
    rows = city.get(f"{UNITS}?all=1").json()["results"]
    assert [row["parent"] for row in rows if row["code"] == "SAU"] == ["NH"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ngan+hang&ordering=code", ["NH", "NH-01"]),
        ("q=Tân Túc", ["BC-TT"]),
        ("kind=commune&ordering=code", ["BC-TT", "BC-VL"]),
        ("block=officials", ["NH"]),
        ("parent=TD&ordering=code", ["BC", "NH"]),
        ("under=NH&ordering=-code", ["NH-01", "NH"]),
        ("area=27595", ["BC-TT"]),
        ("kind=commune&under=NH", []),
        ("", ["NH-01", "BC-TT", "BC-VL", "NH", "BC", "TD"]),  # by the Vietnamese alphabet
    ],
)
def test_units_are_filtered_and_ordered(world, city, query, found):
    world.tan_tuc.area = factories.area("27595")
    world.tan_tuc.save()
    got = codes(city.get(f"{UNITS}?{query}"))
    assert got == found if query else sorted(got) == sorted(found)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=xung+kich&ordering=code", ["TO-TT", "TO-VL"]),
        ("unit=NH-01", ["TO-NH"]),
        ("under=BC&ordering=code", ["TO-TT", "TO-VL"]),
        ("unit=BC", []),
        ("kind=expert", []),
    ],
)
def test_teams_are_filtered(world, city, query, found):
    assert codes(city.get(f"{TEAMS}?{query}")) == found


# --- strict parameters ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("page=0", "page", "out_of_range"),
        ("page=x", "page", "out_of_range"),
        ("page=-1", "page", "out_of_range"),
        ("page=2", "page", "out_of_range"),
        ("page=99999999999999999999", "page", "out_of_range"),
        ("page_size=0", "page_size", "out_of_range"),
        ("page_size=1001", "page_size", "out_of_range"),
        ("page_size=", "page_size", "out_of_range"),
        ("ordering=shoe_size", "ordering", "invalid_choice"),
        ("kind=castle", "kind", "invalid_choice"),
        ("all=yes", "all", "invalid_choice"),
        ("on=24/11/2026", "on", "invalid"),
        ("on=2026-02-30", "on", "invalid"),
        ("under=%00", "under", None),
        ("area=1", "area", "unknown_code"),
        ("format=xml", "format", "invalid_choice"),
        ("bom=2", "bom", "invalid_choice"),
        ("kinds=commune", "kinds", "unknown_parameter"),
        ("format=csv&page=1", "page", "not_with_csv"),
    ],
)
def test_faulty_parameter_is_a_400_that_names_it(city, query, parameter, code):
    response = city.get(f"{UNITS}?{query}")
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_parameter"
    faults = [(error["parameter"], error["code"]) for error in response.json()["errors"]]
    assert faults == [(parameter, code or faults[0][1])]


def test_detail_knows_only_the_day(city):
    assert city.get(f"{UNITS}TD/?on=2024-01-01").status_code == 200
    assert city.get(f"{UNITS}TD/?q=x").json()["errors"][0]["parameter"] == "q"


@pytest.mark.parametrize("code", ["%00", "a%2Fb", "x" * 61, "%ff", "..."])
def test_strange_code_in_the_path_is_404(city, code):
    assert city.get(f"{UNITS}{code}/").status_code == 404


# --- pages, CSV, ETag -------------------------------------------------------------------------------------------------
def test_pages_hold_every_row_once_and_link_to_one_another(city):
    url, seen = f"{UNITS}?page_size=4&ordering=valid_from", []
    while url:
        body = city.get(url).json()
        assert body["count"] == 6
        seen += [row["code"] for row in body["results"]]
        url = body["next"]
    assert sorted(seen) == ["BC", "BC-TT", "BC-VL", "NH", "NH-01", "TD"]


def test_csv_has_the_same_rows_and_columns(city):
    json_rows = city.get(f"{UNITS}?ordering=code").json()["results"]
    response = city.get(f"{UNITS}?ordering=code&format=csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="unit.csv"' in response.headers["Content-Disposition"]
    text = response.getvalue().decode()
    assert not text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    texts = {"parents": lambda entries: ";".join(f"{each['unit']} {each['valid_from']}" for each in entries)}
    assert rows == [{key: texts.get(key, str)(value or "") for key, value in row.items()} for row in json_rows]


def test_csv_by_accept_header(city):
    response = city.get(UNITS, HTTP_ACCEPT="text/csv")
    assert response.getvalue().startswith(b"code,name,")


def test_csv_for_excel_begins_with_a_byte_order_mark(city):
    assert city.get(f"{UNITS}?format=csv&bom=1").getvalue().startswith(b"\xef\xbb\xbfcode,")


def test_csv_runs_no_formula(world, city):
    for index, name in enumerate(["=1+1", "+1", "-1", "@x", "\tx"]):
        factories.unit(f"CT{index}", parent=world.city, name=name)
    rows = list(csv.DictReader(io.StringIO(city.get(f"{UNITS}?format=csv").getvalue().decode())))
    names = {row["name"] for row in rows if row["code"].startswith("CT")}
    assert names == {"'=1+1", "'+1", "'-1", "'@x", "'\tx"}


@pytest.mark.parametrize("path", [f"{UNITS}?ordering=code", f"{UNITS}TD/", f"{TEAMS}?format=csv"])
def test_etag_spares_the_answer_until_something_changes(world, city, path):
    first = city.get(path)
    etag = first.headers["ETag"]
    assert "private" in first.headers["Cache-Control"]
    again = city.get(path, HTTP_IF_NONE_MATCH=f'"other", {etag}')
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert city.get(path, HTTP_IF_NONE_MATCH=f"W/{etag}").status_code == 304
    Revision.bump("org")
    assert city.get(path, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_etag_differs_by_caller_question_language_and_format(world, city):
    def etag(client, path=UNITS, **extra):
        return client.get(path, **extra).headers["ETag"]

    below = bearer(Scope.ORG_READ, unit=world.tan_tuc)
    tags = [
        etag(city),
        etag(below),
        etag(city, f"{UNITS}?kind=city"),
        etag(city, HTTP_ACCEPT_LANGUAGE="en"),
        etag(city, f"{UNITS}?format=csv"),
        etag(city, TEAMS),
    ]
    assert len(set(tags)) == len(tags)
    assert etag(city) == tags[0]


def test_etag_opens_nothing_to_a_stranger(world, city):
    etag = city.get(UNITS).headers["ETag"]
    assert APIClient().get(UNITS, HTTP_IF_NONE_MATCH=etag).status_code == 401
    assert signed_in(world.nobody).get(UNITS, HTTP_IF_NONE_MATCH=etag).status_code == 403
    path = f"{UNITS}NH/"
    etag = city.get(path).headers["ETag"]
    assert signed_in(world.unit_staff).get(path, HTTP_IF_NONE_MATCH=etag).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [(UNITS, 8), (TEAMS, 5)])
def test_lists_take_a_constant_number_of_queries_and_leak_nothing(
    world, django_assert_num_queries, path, queries, count
):
    base = factories.unit("GOC", parent=world.city)
    for index in range(count):
        child = factories.unit(f"CON{index}", parent=base, area=factories.area())
        factories.team(f"DOI{index}", unit=child, area=factories.area())
    _token, key = factories.token(Scope.ORG_READ, unit=base, last_used_at=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    # Token, revisions, the city's roots, keys, rows; of units also their parents, predecessors and successors.
    with django_assert_num_queries(queries):
        response = client.get(path)
    expected = {f"CON{i}" for i in range(count)} | {"GOC"} if path == UNITS else {f"DOI{i}" for i in range(count)}
    assert set(codes(response)) == expected


# --- throttling -------------------------------------------------------------------------------------------------------
@pytest.fixture
def slow_rates(monkeypatch):
    rates = {"client": "2/min", "anonymous": "1/min", "sync": "9/min"}
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", rates)


def test_each_caller_is_counted_apart_and_told_when_to_come_back(world, slow_rates):
    first, second = (bearer(Scope.ORG_READ, unit=world.city) for _client in range(2))
    assert [first.get(UNITS).status_code for _request in range(3)] == [200, 200, 429]
    assert second.get(UNITS).status_code == 200
    assert signed_in(world.city_staff).get(UNITS).status_code == 200
    refused = first.get(UNITS)
    assert refused.json()["code"] == "throttled"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_public_addresses_are_counted_by_the_address_of_the_connection(world, slow_rates):
    statuses = [
        APIClient().get("/api/v1/schema/", HTTP_X_FORWARDED_FOR=f"10.0.0.{host}").status_code for host in range(2)
    ]
    assert statuses == [200, 429]


def test_cache_that_is_down_lets_callers_in(world, slow_rates, monkeypatch):
    monkeypatch.setattr(ClientThrottle, "_cache_down_until", 0.0)
    monkeypatch.setattr(throttling, "_redis", lambda: Redis(port=free_port()))
    client = bearer(Scope.ORG_READ, unit=world.city)
    assert [client.get(UNITS).status_code for _request in range(4)] == [200] * 4


def test_viewer_and_leader_roles_read_over_a_browser_session(world):
    for role, where in ((Role.VIEWER, {"unit": world.banks}), (Role.TEAM_LEADER, {"team": world.team_bank})):
        client = signed_in(factories.user(role=role, **where))
        assert "TO-NH" in codes(client.get(TEAMS))
    assert Team.objects.count() == 3
