"""``/field/api/``: who is signed in, and the kit by which a phone works without network."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Deployment
from core.dated import DAY, today
from core.models import Revision
from services_help.models import CampaignService, Service
from teams.models import TeamMember
from tests import factories

SESSION, KIT, TEAMS = "/field/api/session/", "/field/api/kit/", "/field/api/teams/"
pytestmark = pytest.mark.django_db


def signed_in(user, **options) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def kit(user, query: str = "", **headers) -> dict:
    answer = signed_in(user).get(KIT + query, headers=headers)
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture
def world(world):
    """The small city, with members, a place and something to offer."""
    world.minh = factories.volunteer("TNV-1", unit=world.tan_tuc, team=world.team, full_name="Trần Thị Minh")
    world.other = factories.volunteer("TNV-9", unit=world.vinh_loc, team=world.team_vinh_loc, full_name="Lê Văn Khác")
    world.point = factories.point(
        "D-TT", unit=world.tan_tuc, area=factories.area("27595", name="Thị trấn Tân Túc"), name="Chợ Tân Túc"
    )
    world.metric = factories.metric("HS_NOP")
    world.submit = factories.service("DVC-NOP", world.metric)
    world.campaign = factories.campaign("CD-1", owner=world.city)
    world.day = factories.campaign_day(world.campaign, today())
    return world


# --- who is signed in -------------------------------------------------------------------------------------------------
def test_session_says_who_is_signed_in_and_gives_what_sending_needs(world):
    answer = signed_in(world.leader).get(SESSION)
    said = answer.json()
    assert said.pop("csrf")
    assert answer.cookies["csrftoken"].value
    assert abs(dt.datetime.fromisoformat(said.pop("server_time")) - timezone.now()) < dt.timedelta(minutes=1)
    assert dt.datetime.fromisoformat(said.pop("expires_at")) > timezone.now() + 59 * DAY
    assert said == {
        "app": "xks-field",
        "user": {"id": str(world.leader.pk), "name": str(world.leader), "kind": "person"},
        "may_record": True,
        "min_proto": 1,
        "max_proto": 1,
        "kit": signed_in(world.leader).get(KIT).headers["ETag"],
        "language": "vi",
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_session_of_a_stranger_is_a_problem_and_no_redirect(client):
    answer = client.get(SESSION)
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["code"] == "not_authenticated"
    assert answer.headers["Cache-Control"] == "no-store"


def test_session_of_somebody_who_may_not_log_says_so(world):
    said = signed_in(world.viewer).get(SESSION).json()
    assert (said["may_record"], said["kit"]) == (False, None)


@pytest.mark.parametrize(
    ("asked", "switched", "language"), [("en", "vi", "en"), ("vi", "en", "vi"), ("", "en", "en"), ("", "", "vi")]
)
def test_session_answers_in_the_language_of_the_app_or_of_the_switch(world, asked, switched, language):
    client = signed_in(world.leader)
    client.cookies["xks_language"] = switched
    headers = {"Accept-Language": asked} if asked else {}
    assert client.get(SESSION, headers=headers).json()["language"] == language


def test_csrf_token_of_the_session_opens_the_intake(world):
    client = signed_in(world.leader, enforce_csrf_checks=True)
    token = client.get(SESSION).json()["csrf"]
    batch = {"device": "0190f0de-0000-7000-8000-000000000001", "items": []}
    asked = [
        client.post("/api/v1/sync/", batch, content_type="application/json", headers=headers).status_code
        for headers in ({}, {"X-CSRFToken": token})
    ]
    assert asked == [403, 200]


def test_token_of_a_program_is_nobody_here(world, client):
    _row, key = factories.token("logs:write", team=world.team)
    for path in (SESSION, KIT, TEAMS):
        assert client.get(path, headers={"Authorization": f"Bearer {key}"}).status_code == 401


@pytest.mark.parametrize("path", [SESSION, KIT, TEAMS])
def test_reading_writes_nothing(world, no_writes, path):
    client = signed_in(world.leader)
    client.get(SESSION)
    with no_writes():
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/field/api/", "/field/api/nothing/"])
def test_address_that_does_not_exist_is_a_problem(world, path):
    answer = signed_in(world.leader).get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


# --- the kit ----------------------------------------------------------------------------------------------------------
def test_kit_holds_all_that_a_shift_needs(world):
    factories.deployment(world.team, world.day, world.point)
    long_ago = factories.service("GTS-THE", valid_to=dt.date(2024, 12, 31))
    open_shift = factories.session(world.team, today(), point=world.point, note="Mưa", campaign=world.campaign)
    factories.session(world.team, today(), ended_at=factories.local(today(), 12))
    factories.log(open_shift, world.submit)
    everything = kit(world.leader)
    assert everything == {
        "version": 1,
        "user": {"id": str(world.leader.pk), "name": str(world.leader)},
        "today": today().isoformat(),
        "teams": [
            {
                "code": "TO-TT",
                "name": "Tổ xung kích Tân Túc",
                "members": [{"code": "TNV-1", "name": "Trần Thị Minh"}],
                "usual": ["DVC-NOP"],
            }
        ],
        "more_teams": False,
        "days": [
            {
                "day": today().isoformat(),
                "kind": "ordinary",
                "plans": [
                    {
                        "team": "TO-TT",
                        "point": {"code": "D-TT", "name": "Chợ Tân Túc"},
                        "starts_at": "07:30",
                        "ends_at": "11:30",
                        "campaign": "Chiến dịch CD-1",
                        "services": None,
                    }
                ],
            }
        ],
        "points": [
            {
                "code": "D-TT",
                "name": "Chợ Tân Túc",
                "area": "Thị trấn Tân Túc",
                "valid_from": "2020-01-01",
                "valid_to": None,
            }
        ],
        "services": [
            {
                "code": "DVC-NOP",
                "name": "Dịch vụ DVC-NOP",
                "short": "DVC-NOP",
                "group": "DVC",
                "icon": "circle-help",
                "for_citizens": True,
                "valid_from": "2020-01-01",
                "valid_to": None,
                "metric": {"code": "HS_NOP", "name": "Chỉ số HS_NOP", "counts": ["done_self", "done_assisted"]},
            },
            {
                "code": "GTS-THE",
                "name": "Dịch vụ GTS-THE",
                "short": "GTS-THE",
                "group": "GTS",
                "icon": "circle-help",
                "for_citizens": True,
                "valid_from": "2020-01-01",
                "valid_to": long_ago.valid_to.isoformat(),
                "metric": None,
            },
        ],
        "groups": [{"code": "DVC", "name": "Nhóm DVC"}, {"code": "GTS", "name": "Nhóm GTS"}],
        "sessions": [
            {
                "id": str(open_shift.pk),
                "team": "TO-TT",
                "day": today().isoformat(),
                "point": "D-TT",
                "started_at": timezone.localtime(open_shift.started_at).isoformat(),
                "ended_at": None,
                "note": "Mưa",
                "services": None,
            }
        ],
        "returned": [],
    }


def test_kit_names_in_the_language_of_the_reader(world):
    read = kit(world.leader, **{"Accept-Language": "en"})
    assert [each["name"] for each in read["services"] + read["groups"]] == ["Service DVC-NOP", "Group DVC"]


def test_kit_says_what_counts_as_a_result_of_a_referral(world):
    factories.service("CT-KHAC", factories.metric("CT"))
    services = {row["code"]: row for row in kit(world.leader)["services"]}
    assert services["CT-KHAC"]["metric"]["counts"] == ["referred"]


def test_kit_passes_over_metrics_that_are_derived(world):
    factories.service("HD-LUOT", factories.metric("LUOT", is_derived=True), factories.metric("KH"))
    services = {row["code"]: row for row in kit(world.leader)["services"]}
    assert services["HD-LUOT"]["metric"]["code"] == "KH"


def test_kit_says_what_the_campaign_offers(world):
    factories.deployment(world.team, world.day, world.point)
    factories.service("VHCV-1")
    CampaignService.objects.create(campaign=world.campaign, service=world.submit)
    factories.session(world.team, today(), campaign=world.campaign)
    read = kit(world.leader)
    assert [plan["services"] for plan in read["days"][0]["plans"]] == [["DVC-NOP"]]
    assert [session["services"] for session in read["sessions"]] == [["DVC-NOP"]]


def test_kit_marks_a_day_as_peak_when_one_of_its_campaigns_peaks(world):
    peak = factories.campaign_day(factories.campaign(owner=world.city), today(), kind="peak")
    factories.deployment(world.team, peak, world.point)
    factories.deployment(world.team, world.day, world.point, starts_at=dt.time(13, 0), ends_at=dt.time(17, 0))
    read = kit(world.leader)
    assert [(day["kind"], len(day["plans"])) for day in read["days"]] == [("peak", 2)]


def test_kit_leaves_out_drafts_and_what_was_called_off(world):
    draft = factories.campaign(owner=world.city, status="draft")
    factories.deployment(world.team, factories.campaign_day(draft, today()), world.point)
    factories.deployment(world.team, world.day, world.point, cancelled_at=timezone.now())
    assert kit(world.leader)["days"] == []


def test_kit_leaves_out_shifts_that_were_taken_back(world):
    factories.void(factories.session(world.team, today()))
    assert kit(world.leader)["sessions"] == []


def test_kit_puts_first_what_the_team_used_most_within_two_months(world):
    often, once = factories.service("DVC-TRA"), factories.service("DVC-TK")
    recent = factories.session(world.team, today() - 10 * DAY)
    for service in (often, often, world.submit, often, world.submit, once):
        factories.log(recent, service)
    for _times in range(9):
        factories.log(factories.session(world.team, today() - 61 * DAY), once)
        factories.log(factories.session(world.team_vinh_loc, today()), once)
    [team] = kit(world.leader)["teams"]
    assert team["usual"] == ["DVC-TRA", "DVC-NOP", "DVC-TK"]


# --- whose names ------------------------------------------------------------------------------------------------------
def test_kit_names_members_of_own_teams_only(world):
    assert "Lê Văn Khác" not in signed_in(world.leader).get(KIT).text
    assert signed_in(world.leader).get(KIT + "?team=TO-VL").json()["teams"] == kit(world.leader)["teams"]


def test_kit_leaves_out_members_who_left(world):
    TeamMember.objects.filter(volunteer=world.minh).update(valid_to=today() - DAY)
    gone = factories.volunteer(unit=world.tan_tuc, team=world.team, is_active=False)
    assert kit(world.leader)["teams"][0]["members"] == []
    assert gone.full_name not in signed_in(world.leader).get(KIT).text


def test_kit_of_staff_of_many_teams_names_nobody_until_a_team_is_asked_for(world):
    for number in range(9):
        team = factories.team(f"TO-X{number}", unit=world.tan_tuc)
        factories.volunteer(unit=world.tan_tuc, team=team)
    assert {code for team in kit(world.city_staff)["teams"] for code in team["members"]} == set()
    teams = kit(world.city_staff, "?team=TO-TT")["teams"]
    assert [(team["code"], team["members"]) for team in teams if team["members"]] == [
        ("TO-TT", [{"code": "TNV-1", "name": "Trần Thị Minh"}])
    ]
    assert teams[0]["code"] == "TO-TT"


def test_kit_asked_for_a_code_with_nul_is_the_kit_without_it(world):
    assert kit(world.leader, "?team=%00") == kit(world.leader)


def test_kit_of_staff_of_many_teams_holds_other_days_of_those_asked_for_only(world):
    for number in range(9):
        factories.team(f"TO-X{number}", unit=world.tan_tuc)
    tomorrow = factories.campaign_day(world.campaign, today() + DAY)
    for team in (world.team, world.team_vinh_loc):
        factories.deployment(team, world.day, None)
        factories.deployment(team, tomorrow, None)

    def plans(query: str) -> list[int]:
        return [len(day["plans"]) for day in kit(world.city_staff, query)["days"]]

    assert (plans(""), plans("?team=TO-VL")) == ([2], [1, 2])


def test_kit_of_staff_holds_forty_teams_those_sent_out_today_first(world):
    for number in range(45):
        factories.team(f"TO-X{number}", unit=world.tan_tuc, name=f"A {number:02d}")
    factories.deployment(world.team_vinh_loc, world.day, None)
    read = kit(world.city_staff)
    assert (len(read["teams"]), read["more_teams"], read["teams"][0]["code"]) == (40, True, "TO-VL")
    assert "TO-TT" not in {team["code"] for team in read["teams"]}
    assert "TO-TT" in {team["code"] for team in kit(world.city_staff, "?team=TO-TT&team=TO-NH")["teams"]}


def test_kit_of_a_leader_whose_appointment_ended_is_refused(world):
    client = signed_in(world.leader)
    assert client.get(KIT).status_code == 200
    world.leader.appointments.update(valid_to=today() - DAY)
    assert (client.get(KIT).status_code, client.get(KIT).json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize("query", ["?teams=TO-TT", "?q=x"])
def test_kit_refuses_a_parameter_that_it_does_not_know(world, query):
    answer = signed_in(world.leader).get(KIT + query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")


# --- 304, size, cost --------------------------------------------------------------------------------------------------
def test_kit_that_the_phone_holds_is_not_sent_again(world):
    client = signed_in(world.leader)
    held = client.get(KIT).headers["ETag"]
    again = client.get(KIT, headers={"If-None-Match": held})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", held)
    assert again.headers["Cache-Control"] == "no-store"


CHANGES = {
    "a member": lambda world: factories.volunteer(unit=world.tan_tuc, team=world.team),
    "a plan": lambda world: factories.deployment(world.team, world.day, world.point),
    "a plan called off": lambda world: Deployment.objects.update(cancelled_at=timezone.now()),
    "a service": lambda world: factories.service("DVC-TRA"),
    "a service's end": lambda world: Service.objects.filter(code="DVC-NOP").update(valid_to=today()),
    "a shift": lambda world: factories.session(world.team, today()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_kit_that_changed_is_sent_whether_or_not_anybody_counted_the_change(world, change):
    if change == "a plan called off":
        factories.deployment(world.team, world.day, world.point)
    held = signed_in(world.leader).get(KIT).headers["ETag"]
    before = list(Revision.objects.values_list())
    CHANGES[change](world)
    assert list(Revision.objects.values_list()) == before
    assert signed_in(world.leader).get(KIT, headers={"If-None-Match": held}).status_code == 200


def test_etag_of_another_user_opens_nothing(world):
    tag = {"If-None-Match": signed_in(world.city_staff).get(KIT).headers["ETag"]}
    assert signed_in(world.leader).get(KIT, headers=tag).status_code == 200
    assert signed_in(world.viewer).get(KIT, headers=tag).status_code == 403
    assert Client().get(KIT, headers=tag).status_code == 401


def test_kit_travels_compressed(world):
    for number in range(40):
        factories.service(f"THU-X{number}", group=world.submit.group)
    client = signed_in(world.leader)
    plain, packed = client.get(KIT), client.get(KIT, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["ETag"] == plain.headers["ETag"]
    assert len(packed.content) < len(plain.content) / 5


@pytest.mark.parametrize("rows", [1, 3])
def test_kit_costs_the_same_whatever_is_in_it(world, rows):
    for number in range(rows):
        team = factories.team(f"TO-X{number}", unit=world.tan_tuc)
        factories.user(f"x{number}")
        world.leader.appointments.create(role="team_leader", team=team, valid_from=factories.LONG_AGO)
        point = factories.point(unit=world.tan_tuc, area=world.point.area)
        factories.deployment(team, world.day, point)
        factories.volunteer(unit=world.tan_tuc, team=team)
        service = factories.service(f"THU-X{number}", factories.metric(f"M{number}"))
        CampaignService.objects.create(campaign=world.campaign, service=service)
        factories.log(factories.session(team, today(), point=point, campaign=world.campaign), service)
    client = signed_in(world.leader)
    client.get(KIT)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(KIT)
    assert len(queries) == 15


# --- looking for a team -----------------------------------------------------------------------------------------------
def test_teams_are_found_by_a_part_of_the_name_without_accents(world):
    found = signed_in(world.city_staff).get(TEAMS + "?q=vinh loc")
    assert found.json() == {"teams": [{"code": "TO-VL", "name": "Tổ xung kích Vĩnh Lộc A"}], "more": False}


def test_teams_of_others_are_not_found(world):
    assert signed_in(world.leader).get(TEAMS + "?q=vinh loc").json() == {"teams": [], "more": False}


def test_teams_without_a_word_are_the_first_few(world):
    for number in range(9):
        factories.team(f"TO-X{number}", unit=world.tan_tuc)
    found = signed_in(world.city_staff).get(TEAMS).json()
    assert (len(found["teams"]), found["more"]) == (8, True)


def test_nul_in_what_teams_are_looked_for_by_is_nothing(world):
    assert signed_in(world.leader).get(TEAMS, {"q": "\x00"}).json()["teams"]
