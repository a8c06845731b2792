"""The service catalogue and the sessions over REST: who reads them, as of which day, and what a void hides."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import Revision
from core.paging import LookingPaginator
from services_help.models import Session
from teams.permissions import Scope
from teams.services import move_team
from tests import factories
from tests.factories import PEAK_DAY

SERVICES, SESSIONS = "/api/v1/services/", "/api/v1/sessions/"
MOVED = dt.date(2024, 7, 1)


def bearer(*scopes, **where) -> APIClient:
    _token, key = factories.token(*scopes, last_used_at=timezone.now(), **where)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def signed_in(user) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def column(response, name: str) -> list:
    assert response.status_code == 200, response.text
    return [row[name] for row in response.json()["results"]]


# --- the catalogue ----------------------------------------------------------------------------------------------------
@pytest.fixture
def catalogue(world):
    """A group with a service that has ended and the one that took its place."""
    group = factories.service_group("GT", name="Giao thông")
    new = factories.service(
        "GT-APP", factories.metric("CAI"), factories.metric("TK_NH"), group=group, name="Ứng dụng mới"
    )
    factories.service(
        "GT-THE", group=group, name="Thẻ Unipass", replaced_by=new, valid_to=dt.date(2024, 12, 31), position=1
    )  # fmt: skip
    return world


@pytest.fixture
def reader(catalogue) -> APIClient:
    return bearer(Scope.STATS_READ, unit=catalogue.tan_tuc)


def test_service_shows_its_relations_as_codes(reader):
    assert reader.get(f"{SERVICES}GT-APP/").json() == {
        "code": "GT-APP",
        "name": "Ứng dụng mới",
        "name_en": "Service GT-APP",
        "short_name": "GT-APP",
        "short_name_en": "GT-APP",
        "group": "GT",
        "metrics": ["CAI", "TK_NH"],
        "replaced_by": None,
        "valid_from": "2020-01-01",
        "valid_to": None,
    }
    assert reader.get(f"{SERVICES}GT/").json()["group"] is None


def test_ended_service_leaves_the_list_and_keeps_its_address(reader):
    assert column(reader.get(SERVICES), "code") == ["GT", "GT-APP"]
    assert column(reader.get(f"{SERVICES}?on=2024-12-31&group=GT"), "code") == ["GT-APP", "GT-THE"]
    assert column(reader.get(f"{SERVICES}?all=1&q=the+unipass"), "code") == ["GT-THE"]
    assert reader.get(f"{SERVICES}GT-THE/").json()["replaced_by"] == "GT-APP"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ung+dung", ["GT-APP"]),
        ("q=Ứng dụng", ["GT-APP"]),
        ("group=GT", ["GT-APP"]),
        ("ordering=-code", ["GT-APP", "GT"]),
        ("on=2019-12-31", []),
    ],
)
def test_services_are_filtered(reader, query, found):
    assert column(reader.get(f"{SERVICES}?{query}"), "code") == found


def test_service_that_is_no_group_or_unknown_is_a_faulty_filter(reader):
    for code in ("GT-APP", "KHONG-CO"):
        response = reader.get(f"{SERVICES}?group={code}")
        assert [(e["parameter"], e["code"]) for e in response.json()["errors"]] == [("group", "unknown_code")]
    assert reader.get(f"{SERVICES}KHONG-CO/").status_code == 404


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        (Scope.STATS_READ, 200),
        (Scope.LOGS_WRITE, 200),
        (Scope.ORG_READ, 200),
        (Scope.CAMPAIGNS_WRITE, 200),
        (Scope.SESSIONS_READ, 403),
    ],
)
def test_codes_are_open_to_whoever_counts_plans_or_sends(catalogue, scope, status):
    assert bearer(scope, unit=catalogue.tan_tuc).get(SERVICES).status_code == status


def test_catalogue_is_not_sent_again_until_it_changes(reader):
    etag = reader.get(SERVICES).headers["ETag"]
    same = reader.get(SERVICES, HTTP_IF_NONE_MATCH=etag)
    assert (same.status_code, same.content) == (304, b"")
    Revision.bump("catalogue")
    assert reader.get(SERVICES, HTTP_IF_NONE_MATCH=etag).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_services_take_a_constant_number_of_queries(catalogue, django_assert_num_queries, count):
    group = factories.service_group("DVC")
    for index in range(count):
        factories.service(f"DVC-{index}", factories.metric("HS_NOP"), group=group)
    client = bearer(Scope.ORG_READ, unit=catalogue.city)
    with django_assert_num_queries(6):  # token, revisions, the group asked, keys, rows, metrics
        response = client.get(f"{SERVICES}?group=DVC")
    assert column(response, "code") == [f"DVC-{index}" for index in range(count)]


# --- sessions ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def shifts(world):
    """One session a team on the peak day; Tân Túc's is closed, at a point, in a campaign."""
    world.point = factories.point("D-TT", unit=world.tan_tuc, area=factories.area())
    world.campaign = factories.campaign("CD", owner=world.city)
    world.shift = factories.session(
        world.team,
        point=world.point,
        campaign=world.campaign,
        ended_at=factories.local(PEAK_DAY, 11, 30),
        received_at=factories.local(PEAK_DAY, 12, 0),
        note="Đông người",
    )
    world.shift_vinh_loc = factories.session(world.team_vinh_loc, started_at=factories.local(PEAK_DAY, 8, 0))
    world.shift_bank = factories.session(world.team_bank)
    return world


def teams(response) -> list[str]:
    return sorted(column(response, "team"))


def test_session_shows_its_relations_as_codes_and_nobodys_name(shifts):
    assert signed_in(shifts.city_staff).get(f"{SESSIONS}{shifts.shift.pk}/").json() == {
        "id": str(shifts.shift.pk),
        "team": "TO-TT",
        "day": "2023-03-26",
        "point": "D-TT",
        "campaign": "CD",
        "started_at": "2023-03-26T07:30:00+07:00",
        "ended_at": "2023-03-26T11:30:00+07:00",
        "note": "Đông người",
        "state": "provisional",
        "is_void": False,
        "received_at": "2023-03-26T12:00:00+07:00",
    }


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("city_staff", ["TO-NH", "TO-TT", "TO-VL"]),
        ("unit_staff", ["TO-TT", "TO-VL"]),
        ("viewer", ["TO-TT", "TO-VL"]),
        ("bank_staff", ["TO-NH"]),
        ("leader", ["TO-TT"]),
        ("leader_bank", ["TO-NH"]),
    ],
)
def test_each_role_sees_the_sessions_of_its_teams(shifts, who, seen):
    client = signed_in(getattr(shifts, who))
    assert teams(client.get(SESSIONS)) == seen
    found = [client.get(f"{SESSIONS}{row.pk}/").status_code == 200 for row in Session.objects.order_by("team__code")]
    assert found == [code in seen for code in ("TO-NH", "TO-TT", "TO-VL")]


def test_strangers_session_is_404_like_what_does_not_exist(shifts):
    client = signed_in(shifts.unit_staff)
    answers = [client.get(f"{SESSIONS}{each}/") for each in (shifts.shift_bank.pk, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert client.get(f"{SESSIONS}khong-phai-uuid/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("team=TO-TT", ["TO-TT"]),
        ("under=BC", ["TO-TT", "TO-VL"]),
        ("under=TD", ["TO-NH", "TO-TT", "TO-VL"]),
        ("under=BC-VL", ["TO-VL"]),
        ("campaign=CD", ["TO-TT"]),
        ("point=D-TT", ["TO-TT"]),
        ("day=2023-03-26", ["TO-NH", "TO-TT", "TO-VL"]),
        ("from=2023-03-27", []),
        ("to=2023-03-25", []),
        ("open=1", ["TO-NH", "TO-VL"]),
        ("open=0", ["TO-TT"]),
        ("state=locked", []),
        ("open=1&under=NH", ["TO-NH"]),
    ],
)
def test_sessions_are_filtered(shifts, query, found):
    assert teams(signed_in(shifts.city_staff).get(f"{SESSIONS}?{query}")) == found


@pytest.mark.parametrize("parameter", ["team=TO-NH", "under=NH", "point=D-NH", "campaign=CD-NH", "team=%00"])
def test_stranger_as_a_filter_is_answered_like_what_does_not_exist(shifts, parameter):
    factories.point("D-NH", unit=shifts.bank, area=shifts.point.area)
    factories.campaign("CD-NH", owner=shifts.banks)
    response = signed_in(shifts.unit_staff).get(f"{SESSIONS}?{parameter}")
    assert response.status_code == 400
    assert [error["parameter"] for error in response.json()["errors"]] == [parameter.split("=")[0]]


def test_sessions_are_ordered_and_paged_with_every_row_once(shifts):
    client = signed_in(shifts.city_staff)
    assert column(client.get(f"{SESSIONS}?ordering=-started_at"), "team")[0] == "TO-VL"
    url, seen = f"{SESSIONS}?page_size=1&ordering=day", []
    while url:
        body = client.get(url).json()
        assert body["count"] == 3
        seen += [row["team"] for row in body["results"]]
        url = body["next"]
    assert sorted(seen) == ["TO-NH", "TO-TT", "TO-VL"]


def test_count_of_a_long_list_says_that_it_is_an_estimate_and_pages_hold_every_row(shifts, monkeypatch):
    client = signed_in(shifts.city_staff)
    assert client.get(SESSIONS).json()["count_is_exact"] is True
    monkeypatch.setattr(LookingPaginator, "most_counted", 1)
    url, seen = f"{SESSIONS}?page_size=1&ordering=day", []
    while url:
        body = client.get(url).json()
        assert (list(body)[:2], body["count_is_exact"]) == (["count", "count_is_exact"], False)
        assert body["count"] >= 2
        seen += [row["team"] for row in body["results"]]
        url = body["next"]
    assert sorted(seen) == ["TO-NH", "TO-TT", "TO-VL"]
    refused = client.get(f"{SESSIONS}?page_size=1&page=4")
    assert refused.status_code == 400
    assert [(error["parameter"], error["code"]) for error in refused.json()["errors"]] == [("page", "out_of_range")]


def test_taken_back_session_is_listed_only_on_request_and_says_so(shifts):
    factories.void(shifts.shift)
    client = signed_in(shifts.unit_staff)
    assert teams(client.get(SESSIONS)) == ["TO-VL"]
    rows = client.get(f"{SESSIONS}?all=1&ordering=started_at").json()["results"]
    assert [(row["team"], row["is_void"]) for row in rows] == [("TO-TT", True), ("TO-VL", False)]
    assert client.get(f"{SESSIONS}{shifts.shift.pk}/").json()["is_void"] is True


def test_void_of_a_stranger_that_came_first_takes_nothing_back(shifts):
    factories.void(shifts.shift, is_authorised=False, device=uuid.uuid4())
    assert signed_in(shifts.unit_staff).get(f"{SESSIONS}{shifts.shift.pk}/").json()["is_void"] is False


def test_session_stays_with_the_unit_of_its_day_after_the_team_has_moved(shifts):
    """The team goes to the bank; its session of 2023 is Tân Túc's history, and the bank sees its team's past."""
    move_team(team=shifts.team, unit=shifts.bank, since=MOVED, by=None)
    assert teams(signed_in(shifts.city_staff).get(f"{SESSIONS}?under=BC")) == ["TO-TT", "TO-VL"]
    assert teams(signed_in(shifts.city_staff).get(f"{SESSIONS}?under=NH")) == ["TO-NH"]
    assert teams(signed_in(shifts.unit_staff).get(f"{SESSIONS}?team=TO-TT")) == ["TO-TT"]
    assert teams(signed_in(shifts.bank_staff).get(SESSIONS)) == ["TO-NH", "TO-TT"]


def test_code_used_again_means_every_team_of_that_code(shifts):
    """Also after the old team has ended: its sessions are found by the code they were sent with."""
    home = shifts.team.homes.get()
    shifts.team.valid_to = home.valid_to = dt.date(2025, 6, 30)
    shifts.team.save()
    home.save()
    newer = factories.team("TO-TT", unit=shifts.vinh_loc, since=dt.date(2025, 7, 1))
    factories.session(newer, dt.date(2025, 7, 2))
    client = signed_in(shifts.unit_staff)
    assert sorted(column(client.get(f"{SESSIONS}?team=TO-TT"), "day")) == ["2023-03-26", "2025-07-02"]


@pytest.mark.parametrize("scope", [Scope.STATS_READ, Scope.ORG_READ, Scope.LOGS_WRITE, Scope.CAMPAIGNS_WRITE])
def test_token_without_the_scope_gets_403(shifts, scope):
    response = bearer(scope, unit=shifts.city).get(SESSIONS)
    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")


def test_anonymous_gets_401_for_both(shifts):
    assert [APIClient().get(path).status_code for path in (SESSIONS, SERVICES)] == [401, 401]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_both_are_read_only(shifts, method):
    """What was logged comes in through the intake and is corrected by a void; the catalogue is kept in the admin."""
    client = signed_in(shifts.city_staff)
    for path in (SESSIONS, SERVICES, f"{SESSIONS}{shifts.shift.pk}/"):
        assert getattr(client, method)(path, {}, format="json").status_code == 405


def test_sessions_have_no_etag_and_are_kept_by_no_cache(shifts):
    response = signed_in(shifts.unit_staff).get(SESSIONS)
    assert "ETag" not in response.headers
    assert response.headers["Cache-Control"] == "private, no-store"


def test_csv_holds_every_row_and_disarms_what_a_spreadsheet_would_run(shifts):
    factories.session(shifts.team, dt.date(2023, 3, 27), note="=1+1")
    response = signed_in(shifts.unit_staff).get(f"{SESSIONS}?format=csv&ordering=day")
    lines = response.getvalue().decode().splitlines()
    assert lines[0] == "id,team,day,point,campaign,started_at,ended_at,note,state,is_void,received_at"
    assert len(lines) == 4
    assert ",'=1+1,provisional,false," in lines[3]


@pytest.mark.parametrize("count", [1, 3])
def test_sessions_take_a_constant_number_of_queries_and_leak_nothing(shifts, django_assert_num_queries, count):
    team = factories.team("DOI", unit=shifts.vinh_loc)
    for index in range(count):
        factories.session(team, PEAK_DAY + dt.timedelta(days=index), point=shifts.point, campaign=shifts.campaign)
    client = bearer(Scope.SESSIONS_READ, team=team)
    with django_assert_num_queries(4):  # token, the city's roots, keys, rows
        response = client.get(SESSIONS)
    assert column(response, "team") == ["DOI"] * count
