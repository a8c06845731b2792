"""Campaigns, days, support points and targets over REST: who sees them, who writes them, and what a write leaves."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from campaigns import services
from campaigns.models import Campaign, CampaignDay, ProgrammeGoal, SupportPoint, Target
from core.errors import DomainError
from core.models import AuditEvent, Revision
from teams.permissions import Role, Scope
from tests import factories

CAMPAIGNS, DAYS = "/api/v1/campaigns/", "/api/v1/campaign-days/"
POINTS, TARGETS = "/api/v1/support-points/", "/api/v1/targets/"


def bearer(*scopes, **where) -> APIClient:
    _token, key = factories.token(*scopes, last_used_at=timezone.now(), **where)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def signed_in(user) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def column(response, name: str = "code") -> list:
    assert response.status_code == 200, response.text
    return [row[name] for row in response.json()["results"]]


def trace():
    """What the changes of plans have left; making the city leaves traces of its own."""
    return AuditEvent.objects.filter(action__startswith="campaigns.").order_by("id")


def faults(response) -> list[tuple[str, str]]:
    assert response.status_code == 400, response.text
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


@pytest.fixture
def plans(world):
    """A campaign of the city, one of Bình Chánh and one of the banks, each with a day, a point and a target."""
    world.area = factories.area("27595")
    world.month = factories.campaign("TTN", owner=world.city, kind="youth_month", ends_on=dt.date(2023, 3, 31))
    world.peak = factories.campaign("CD-BC", owner=world.binh_chanh, parent=world.month)
    world.banking = factories.campaign("CD-NH", owner=world.banks, status="draft")
    for campaign, unit in ((world.month, world.city), (world.peak, world.tan_tuc), (world.banking, world.bank)):
        factories.campaign_day(campaign)
        factories.point(f"D-{campaign.code}", unit=unit, area=world.area, lat=10.7, lon=106.6)
        factories.target(campaign, unit)
    return world


@pytest.fixture
def writer(plans) -> APIClient:
    return bearer(Scope.CAMPAIGNS_WRITE, unit=plans.city)


# --- reading ----------------------------------------------------------------------------------------------------------
def test_campaign_shows_its_relations_as_codes(plans):
    plans.peak.goals.add(ProgrammeGoal.objects.create(code="MT-1", name="Mục tiêu", source="2393/QĐ-UBND"))
    assert signed_in(plans.city_staff).get(f"{CAMPAIGNS}CD-BC/").json() == {
        "code": "CD-BC",
        "name": "Chiến dịch CD-BC",
        "kind": "programme",
        "parent": "TTN",
        "owner": "BC",
        "theme": "",
        "description": "",
        "plan_number": "",
        "starts_on": "2020-01-01",
        "ends_on": None,
        "status": "active",
        "goals": ["MT-1"],
    }


@pytest.mark.parametrize(
    ("who", "campaigns", "points", "targets"),
    [
        ("city_staff", ["CD-BC", "CD-NH", "TTN"], ["D-CD-BC", "D-CD-NH", "D-TTN"], ["BC-TT", "NH-01", "TD"]),
        ("unit_staff", ["CD-BC", "TTN"], ["D-CD-BC"], ["BC-TT"]),
        ("bank_staff", ["CD-NH", "TTN"], ["D-CD-NH"], ["NH-01"]),
        ("leader", ["CD-BC", "TTN"], [], []),
    ],
)
def test_each_role_sees_the_plans_it_stands_in(plans, who, campaigns, points, targets):
    client = signed_in(getattr(plans, who))
    assert column(client.get(f"{CAMPAIGNS}?ordering=code")) == campaigns
    assert column(client.get(f"{DAYS}?ordering=campaign"), "campaign") == campaigns
    assert column(client.get(f"{POINTS}?ordering=code")) == points
    assert column(client.get(f"{TARGETS}?ordering=unit"), "unit") == targets


def test_strangers_plan_is_404(plans):
    client = signed_in(plans.unit_staff)
    day, target = CampaignDay.objects.get(campaign=plans.banking), Target.objects.get(campaign=plans.banking)
    for path in (f"{CAMPAIGNS}CD-NH/", f"{POINTS}D-CD-NH/", f"{DAYS}{day.pk}/", f"{TARGETS}{target.pk}/"):
        assert client.get(path).status_code == 404
        assert signed_in(plans.city_staff).get(path).status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=cd-bc", ["CD-BC"]),
        ("kind=youth_month", ["TTN"]),
        ("status=draft", ["CD-NH"]),
        ("parent=TTN", ["CD-BC"]),
        ("under=BC", ["CD-BC"]),
        ("under=TD&ordering=-code", ["TTN", "CD-NH", "CD-BC"]),
        ("day=2023-04-01&ordering=code", ["CD-BC", "CD-NH"]),
        ("day=2023-03-31&ordering=code", ["CD-BC", "CD-NH", "TTN"]),
        ("day=2019-12-31", []),
    ],
)
def test_campaigns_are_filtered(plans, query, found):
    assert column(signed_in(plans.city_staff).get(f"{CAMPAIGNS}?{query}")) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("campaign=CD-BC", ["CD-BC"]),
        ("kind=peak", []),
        ("day=2023-03-26&ordering=campaign", ["CD-BC", "CD-NH", "TTN"]),
        ("from=2023-03-27", []),
        ("to=2023-03-25", []),
        ("from=2023-03-26&to=2023-03-26&campaign=TTN", ["TTN"]),
    ],
)
def test_days_are_filtered(plans, query, found):
    assert column(signed_in(plans.city_staff).get(f"{DAYS}?{query}"), "campaign") == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=D-CD-BC", ["D-CD-BC"]),
        ("kind=market", []),
        ("unit=BC-TT", ["D-CD-BC"]),
        ("under=BC", ["D-CD-BC"]),
        ("unit=BC", []),
        ("area=27595&ordering=code", ["D-CD-BC", "D-CD-NH", "D-TTN"]),
        ("campaign=CD-BC", ["D-TTN"]),
        ("on=2019-12-31", []),
    ],
)
def test_points_are_filtered(plans, query, found):
    """``campaign``: where its teams are sent, whoever looks after the point; a cancelled deployment sends nobody."""
    day = CampaignDay.objects.get(campaign=plans.peak)
    factories.deployment(plans.team, day, SupportPoint.objects.get(code="D-TTN"))
    factories.deployment(plans.team, day, SupportPoint.objects.get(code="D-CD-NH"), cancelled_at=timezone.now())
    assert column(signed_in(plans.city_staff).get(f"{POINTS}?{query}")) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [("campaign=TTN", ["TD"]), ("unit=BC-TT", ["BC-TT"]), ("under=BC", ["BC-TT"]), ("measure=sessions", [])],
)
def test_targets_are_filtered(plans, query, found):
    assert column(signed_in(plans.city_staff).get(f"{TARGETS}?{query}"), "unit") == found


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    # token, revisions, the city's roots, keys, rows; the goals of all campaigns at once; the teams sent to points
    [(CAMPAIGNS, 6), (DAYS, 5), (POINTS, 6), (TARGETS, 5)],
)
def test_lists_take_a_constant_number_of_queries_and_leak_nothing(
    plans, django_assert_num_queries, path, queries, count
):
    base = factories.unit("GOC", parent=plans.city)
    goal = ProgrammeGoal.objects.create(code="MT-1", name="Mục tiêu", source="2393/QĐ-UBND")
    for index in range(count):
        campaign = factories.campaign(f"C{index}", owner=base)
        campaign.goals.add(goal)
        factories.campaign_day(campaign)
        factories.point(f"P{index}", unit=base, area=factories.area())
        factories.target(campaign, base)
    client = bearer(Scope.ORG_READ, unit=base)
    client.get(path)
    with django_assert_num_queries(queries):
        response = client.get(path)
    own = [row for row in response.json()["results"] if "TTN" not in row.values()]  # the city's is seen from below
    assert len(own) == count
    assert not {"CD-NH", "D-CD-NH", "NH-01"} & {str(value) for row in own for value in row.values()}


# --- writing ----------------------------------------------------------------------------------------------------------
NEW_CAMPAIGN = {
    "code": "MOI",
    "name": "Ra quân",
    "kind": "peak",
    "parent": "TTN",
    "owner": "BC",
    "starts_on": "2026-12-01",
}
NEW_POINT = {
    "code": "D-MOI",
    "name": "UBND xã",
    "kind": "one_stop",
    "unit": "BC-TT",
    "area": "27595",
    "opens_at": "07:30",
    "closes_at": "11:30",
    "valid_from": "2026-01-01",
}
NEW_TARGET = {"campaign": "CD-BC", "unit": "BC-VL", "measure": "HS_NOP", "value": 500, "name": "Hồ sơ trực tuyến"}
NEW_DAY = {"campaign": "CD-BC", "day": "2026-12-05", "kind": "peak", "name": "Ngày cao điểm"}
NEW = [(CAMPAIGNS, NEW_CAMPAIGN), (POINTS, NEW_POINT), (TARGETS, NEW_TARGET), (DAYS, NEW_DAY)]


@pytest.mark.parametrize(("path", "body"), NEW)
def test_post_stores_leaves_a_trace_and_moves_the_revision(writer, path, body):
    before = Revision.state()["campaigns"].number if "campaigns" in Revision.state() else 0
    etag = writer.get(path).headers["ETag"]
    response = writer.post(path, body, format="json")
    assert response.status_code == 201, response.text
    shown = response.json()
    assert shown.items() >= {key: value for key, value in body.items() if not key.endswith("s_at")}.items()
    assert writer.get(response.headers["Location"]).json() == shown
    assert writer.get(path, HTTP_IF_NONE_MATCH=etag).status_code == 200
    event = trace().get()
    assert event.action.startswith("campaigns.")
    assert event.action.endswith("_added")
    assert Revision.state()["campaigns"].number == before + 1


@pytest.mark.parametrize(("path", "body"), NEW)
def test_patch_changes_one_field_and_says_from_what(writer, path, body):
    location = writer.post(path, body, format="json").headers["Location"]
    response = writer.patch(location, {"name": "Tên khác"}, format="json")
    assert response.status_code == 200, response.text
    assert response.json()["name"] == "Tên khác"
    event = trace().last()
    assert event.action.endswith("_changed")
    assert event.data == {"changes": {"name": [body["name"], "Tên khác"]}}


@pytest.mark.parametrize(("path", "body"), NEW)
def test_put_twice_is_once(writer, path, body):
    location = writer.post(path, body, format="json").headers["Location"]
    full = writer.get(location).json() | {"name": "Tên khác"}
    assert [writer.put(location, full, format="json").status_code for _time in range(2)] == [200, 200]
    assert trace().count() == 2


def test_put_without_a_required_field_is_refused(writer):
    assert faults(writer.put(f"{CAMPAIGNS}TTN/", {"code": "TTN"}, format="json")) == [
        ("/name", "required"),
        ("/kind", "required"),
        ("/owner", "required"),
        ("/starts_on", "required"),
    ]


def test_goals_are_written_as_codes(writer):
    for code in ("MT-1", "MT-2"):
        ProgrammeGoal.objects.create(code=code, name=f"Mục tiêu {code}", source="2393/QĐ-UBND")
    response = writer.patch(f"{CAMPAIGNS}TTN/", {"goals": ["MT-2", "MT-1"]}, format="json")
    assert response.json()["goals"] == ["MT-1", "MT-2"]
    assert trace().get().data["changes"]["goals"][1] == ["Mục tiêu MT-1", "Mục tiêu MT-2"]
    assert writer.patch(f"{CAMPAIGNS}TTN/", {"goals": []}, format="json").json()["goals"] == []


@pytest.mark.parametrize(
    ("path", "body", "fault"),
    [
        (CAMPAIGNS, NEW_CAMPAIGN | {"code": "TTN"}, ("/code", "unique")),
        (CAMPAIGNS, NEW_CAMPAIGN | {"owner": "KHONG-CO"}, ("/owner", "does_not_exist")),
        (CAMPAIGNS, NEW_CAMPAIGN | {"owner": "\x00"}, ("/owner", "does_not_exist")),
        (CAMPAIGNS, NEW_CAMPAIGN | {"owner": 7}, ("/owner", "invalid")),
        (CAMPAIGNS, NEW_CAMPAIGN | {"goals": ["KHONG-CO"]}, ("/goals", "does_not_exist")),
        (CAMPAIGNS, NEW_CAMPAIGN | {"ends_on": "2026-11-30"}, ("", "invalid")),
        (CAMPAIGNS, NEW_CAMPAIGN | {"kind": "castle"}, ("/kind", "invalid_choice")),
        (CAMPAIGNS, NEW_CAMPAIGN | {"starts_on": "01/12/2026"}, ("/starts_on", "invalid")),
        (POINTS, NEW_POINT | {"area": "1"}, ("/area", "does_not_exist")),
        (POINTS, NEW_POINT | {"lat": 91, "lon": 0}, ("/lat", "max_value")),
        (POINTS, NEW_POINT | {"lat": 10}, ("", "invalid")),
        (POINTS, NEW_POINT | {"closes_at": "07:00"}, ("", "invalid")),
        (POINTS, NEW_POINT | {"valid_to": "2025-12-31"}, ("", "invalid")),
        (TARGETS, NEW_TARGET | {"value": 0}, ("/value", "min_value")),
        (TARGETS, NEW_TARGET | {"value": 10**12}, ("/value", "max_value")),
        (TARGETS, NEW_TARGET | {"measure": "lượt người"}, ("/measure", "invalid")),
        (TARGETS, NEW_TARGET | {"unit": "BC-TT", "measure": "people"}, ("", "unique_together")),
        (DAYS, NEW_DAY | {"day": "2023-03-26"}, ("", "unique_together")),
    ],
)
def test_faulty_body_is_refused_by_pointer_and_writes_nothing(writer, path, body, fault):
    assert faults(writer.post(path, body, format="json")) == [fault]
    assert not trace().exists()


def test_campaign_is_not_made_shorter_than_its_work(writer, world, plans):
    factories.session(world.team, campaign=plans.month)
    response = writer.patch(f"{CAMPAIGNS}TTN/", {"ends_on": "2023-03-20"}, format="json")
    assert (response.status_code, response.json()["code"]) == (409, "outside_campaign")
    assert "vào ngày 26/03/2023" in response.json()["detail"]
    assert not trace().exists()
    assert writer.patch(f"{CAMPAIGNS}TTN/", {"ends_on": "2023-03-26"}, format="json").status_code == 200


def test_code_of_a_row_does_not_change(writer):
    assert faults(writer.patch(f"{CAMPAIGNS}TTN/", {"code": "KHAC"}, format="json")) == [("/code", "immutable")]
    assert faults(writer.patch(f"{POINTS}D-TTN/", {"code": "KHAC"}, format="json")) == [("/code", "immutable")]


def test_campaign_never_contains_itself(writer):
    response = writer.patch(f"{CAMPAIGNS}TTN/", {"parent": "CD-BC"}, format="json")
    assert (response.status_code, response.json()["code"]) == (409, "campaign_circle")
    assert Campaign.objects.get(code="TTN").parent is None


def test_campaigns_nest_to_a_limit(plans):
    def inside(parent, level: int) -> Campaign:
        values = {"code": f"L{level}", "name": "Lớp", "kind": "peak", "owner": plans.city, "parent": parent}
        return services.save_campaign(campaign=None, by=plans.city_staff, starts_on=factories.PEAK_DAY, **values)

    lowest = plans.month
    for level in range(9):
        lowest = inside(lowest, level)
    with pytest.raises(DomainError) as refused:
        inside(lowest, 9)
    assert refused.value.code == "campaign_nesting"


def test_point_code_is_used_again_only_on_other_days(writer):
    response = writer.post(POINTS, NEW_POINT | {"code": "D-TTN"}, format="json")
    assert (response.status_code, response.json()["code"]) == (409, "code_taken")
    assert "Điểm D-TTN" in response.json()["detail"]
    ended = writer.patch(f"{POINTS}D-TTN/", {"valid_to": "2025-12-31"}, format="json")
    assert ended.status_code == 200
    assert writer.post(POINTS, NEW_POINT | {"code": "D-TTN"}, format="json").status_code == 201
    assert writer.get(f"{POINTS}D-TTN/").json()["name"] == "UBND xã"
    assert writer.get(f"{POINTS}D-TTN/?on=2025-12-31").json()["name"] == "Điểm D-TTN"


def test_point_that_opens_next_year_is_shown_by_its_location(writer):
    soon = (timezone.localdate() + dt.timedelta(days=90)).isoformat()
    response = writer.post(POINTS, NEW_POINT | {"valid_from": soon}, format="json")
    assert response.status_code == 201
    assert writer.get(response.headers["Location"]).json()["valid_from"] == soon
    assert writer.get(f"{POINTS}D-MOI/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_same_point_sent_twice_at_once_is_stored_once():
    """Whether both find the code free or one is done before the other looks: one is let in, the other told so."""
    city = factories.unit("TD", kind="city")
    area, staff = factories.area("27595"), factories.user(role=Role.CITY_STAFF, unit=city)
    start, outcomes = threading.Barrier(2), []

    def send():
        start.wait()
        try:
            services.save_point(
                point=None, by=staff, code="D1", name="Điểm", kind="market", unit=city, area=area,
                valid_from=factories.LONG_AGO,
            )  # fmt: skip
            outcomes.append("stored")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _sender in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 2
    assert outcomes.count("stored") == 1
    assert set(outcomes) - {"stored"} <= {"changed_meanwhile", "code_taken"}
    assert SupportPoint.objects.count() == 1


# --- who writes -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["viewer", "leader"])
@pytest.mark.parametrize(("path", "body"), NEW)
def test_reader_may_not_write(plans, who, path, body):
    response = signed_in(getattr(plans, who)).post(path, body, format="json")
    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")


def test_unit_staff_writes_points_of_its_subtree_and_no_campaigns(plans):
    client = signed_in(plans.unit_staff)
    assert client.post(POINTS, NEW_POINT, format="json").status_code == 201
    assert client.patch(f"{POINTS}D-CD-BC/", {"name": "Điểm mới"}, format="json").status_code == 200
    assert client.post(CAMPAIGNS, NEW_CAMPAIGN, format="json").status_code == 403
    # Neither by naming a stranger's unit nor by reaching for a stranger's point.
    assert faults(client.post(POINTS, NEW_POINT | {"unit": "NH"}, format="json")) == [("/unit", "does_not_exist")]
    assert client.patch(f"{POINTS}D-CD-NH/", {"name": "x"}, format="json").status_code == 404


def test_token_of_a_subtree_writes_there_only_though_it_sees_above(plans):
    client = bearer(Scope.CAMPAIGNS_WRITE, unit=plans.binh_chanh)
    assert client.post(CAMPAIGNS, NEW_CAMPAIGN, format="json").status_code == 201
    assert client.get(f"{CAMPAIGNS}TTN/").status_code == 200
    assert client.patch(f"{CAMPAIGNS}TTN/", {"name": "x"}, format="json").status_code == 403
    assert client.post(TARGETS, NEW_TARGET | {"unit": "NH"}, format="json").status_code == 400


def test_row_is_not_given_away_to_a_unit_that_the_caller_does_not_answer_for(plans):
    """Unit staff of Bình Chánh who also reads the banks may not make its point theirs, nor the other way round."""
    reader = plans.unit_staff
    factories.Appointment.objects.create(user=reader, role=Role.VIEWER, unit=plans.banks, valid_from=factories.LONG_AGO)
    client = signed_in(reader)
    assert client.patch(f"{POINTS}D-CD-BC/", {"unit": "NH-01"}, format="json").status_code == 403
    assert client.patch(f"{POINTS}D-CD-NH/", {"unit": "BC-TT"}, format="json").status_code == 403
    assert SupportPoint.objects.get(code="D-CD-NH").unit == plans.bank


def test_plan_of_a_closed_unit_is_still_kept_by_the_city(plans, writer):
    """The district is abolished in 2025: its campaign of 2023 can still be corrected."""
    last = dt.date(2025, 6, 30)
    for row in (plans.binh_chanh, plans.binh_chanh.placements.get()):
        row.valid_to = last
        row.save()
    factories.rebuild_ancestry()
    response = writer.patch(f"{CAMPAIGNS}CD-BC/", {"theme": "Chuyển đổi số"}, format="json")
    assert (response.status_code, response.json().get("owner")) == (200, "BC")


def test_audit_failure_takes_the_change_back(plans, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("disk full")

    monkeypatch.setattr(services.audit, "record", broken)
    with pytest.raises(RuntimeError):
        services.save_campaign(campaign=plans.month, by=plans.city_staff, name="Tên khác")
    assert Campaign.objects.get(code="TTN").name == "Chiến dịch TTN"


def test_post_of_something_other_than_json_is_415(writer):
    response = writer.post(CAMPAIGNS, "code=MOI", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 415
