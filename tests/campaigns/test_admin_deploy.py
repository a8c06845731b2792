"""Many teams sent to one day at once: each to where it stood last, nobody twice, only the teams that one may send."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns.deploying import deploy_teams, last_points
from campaigns.models import Deployment
from core import audit
from core.errors import DomainError
from core.models import AuditEvent, Revision
from tests import factories
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
HOURS = {"starts_at": dt.time(7, 30), "ends_at": dt.time(11, 30)}


@pytest.fixture
def plan(world):
    """A campaign of the city with its peak day and the day before, on which Tân Túc stood at its point."""
    campaign = factories.campaign(owner=world.city)
    campaign.eve, campaign.peak = (factories.campaign_day(campaign, day) for day in (PEAK_DAY - DAY, PEAK_DAY))
    campaign.point = factories.point(unit=world.tan_tuc, area=factories.area())
    factories.deployment(world.team, campaign.eve, campaign.point)
    return campaign


def page(day) -> str:
    return reverse("admin:campaigns_campaignday_deploy", args=[day.pk])


def form(*teams, **fields) -> dict:
    return {"teams": [team.pk for team in teams], "starts_at": "07:30", "ends_at": "11:30"} | fields


def sent(day) -> list[tuple]:
    rows = Deployment.objects.filter(campaign_day=day).order_by("team__code")
    return [(row.team.code, row.point.code if row.point else None) for row in rows]


# --- the service ------------------------------------------------------------------------------------------------------
def test_each_team_goes_to_where_it_stood_last(world, plan):
    made, known = deploy_teams(
        campaign_day=plan.peak, teams=[world.team, world.team_vinh_loc], by=world.unit_staff, **HOURS
    )
    assert (len(made), known) == (2, [])
    assert sent(plan.peak) == [("TO-TT", plan.point.code), ("TO-VL", None)]
    events = AuditEvent.objects.filter(action="campaigns.deployment_added").order_by("pk")
    assert [(event.actor, event.scope_unit) for event in events] == [
        (world.unit_staff, world.tan_tuc.pk),
        (world.unit_staff, world.vinh_loc.pk),
    ]


def test_sending_twice_is_once(world, plan):
    for _time in range(2):
        made, known = deploy_teams(campaign_day=plan.peak, teams=[world.team], by=world.unit_staff, **HOURS)
    assert (made, known) == ([], [world.team])
    number = Revision.state()["campaigns"].number
    deploy_teams(campaign_day=plan.peak, teams=[world.team], by=world.unit_staff, **HOURS)
    assert (Deployment.objects.filter(campaign_day=plan.peak).count(), Revision.state()["campaigns"].number) == (
        1,
        number,
    )


def test_point_that_has_ended_is_not_gone_to(world, plan):
    plan.point.valid_to = PEAK_DAY - DAY
    plan.point.save()
    assert last_points([world.team], PEAK_DAY) == {}


def test_later_and_cancelled_deployments_say_nothing_of_the_last_point(world, plan):
    other = factories.point(unit=world.tan_tuc, area=factories.area())
    factories.deployment(world.team, factories.campaign_day(plan, PEAK_DAY + DAY), other)
    factories.deployment(
        world.team, plan.eve, other, starts_at=dt.time(13), ends_at=dt.time(17), cancelled_at=factories.local(PEAK_DAY)
    )
    assert last_points([world.team], PEAK_DAY) == {world.team.pk: plan.point}


def test_one_team_that_cannot_go_stops_all(world, plan):
    gone = factories.team("CU", unit=None, name="Tổ cũ", valid_to=PEAK_DAY - DAY)
    with pytest.raises(DomainError, match="“Tổ cũ” không có hiệu lực"):
        deploy_teams(campaign_day=plan.peak, teams=[world.team, gone], by=world.unit_staff, **HOURS)
    assert sent(plan.peak) == []


def test_sending_without_its_audit_row_is_undone(world, plan, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("the trail is full")

    with monkeypatch.context() as broken:
        broken.setattr(audit.AuditEvent.objects, "bulk_create", fail)
        with pytest.raises(RuntimeError, match="the trail is full"):
            deploy_teams(campaign_day=plan.peak, teams=[world.team], by=world.unit_staff, **HOURS)
    assert sent(plan.peak) == []


# --- the page ---------------------------------------------------------------------------------------------------------
def test_page_offers_the_readers_teams_and_ticks_those_of_the_day_before(client, world, plan, no_writes):
    client.force_login(world.unit_staff)
    with no_writes():
        response = client.get(page(plan.peak))
    offered = response.context["form"].fields["teams"]
    assert [str(label) for _value, label in offered.choices] == [
        "Tổ xung kích Tân Túc · Đoàn thị trấn Tân Túc",
        "Tổ xung kích Vĩnh Lộc A · Đoàn xã Vĩnh Lộc A",
    ]
    assert offered.initial == [world.team.pk]


def test_team_that_is_sent_already_is_not_ticked_again(client, world, plan):
    factories.deployment(world.team, plan.peak)
    client.force_login(world.unit_staff)
    assert client.get(page(plan.peak)).context["form"].fields["teams"].initial == []


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_constant_queries(client, world, plan, django_assert_num_queries, count):
    for _number in range(count):
        factories.deployment(factories.team(unit=world.tan_tuc), plan.eve)
    client.force_login(world.unit_staff)
    with django_assert_num_queries(8):
        client.get(page(plan.peak))


def test_teams_are_sent_and_the_list_of_the_day_opens(client, world, plan):
    client.force_login(world.unit_staff)
    response = client.post(page(plan.peak), form(world.team, world.team_vinh_loc), follow=True)
    assert sent(plan.peak) == [("TO-TT", plan.point.code), ("TO-VL", None)]
    assert response.context["cl"].result_count == 2
    assert "Đã phân công 2 đội hình." in response.text
    again = client.post(page(plan.peak), form(world.team), follow=True)
    assert "Đã phân công 0 đội hình. 1 đội đã được phân công từ trước." in again.text


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"teams": []}, "teams"), ({"ends_at": "07:00"}, "ends_at"), ({"starts_at": "sáng"}, "starts_at")],
)
def test_form_that_makes_no_sense_comes_back(client, world, plan, fields, field):
    client.force_login(world.unit_staff)
    response = client.post(page(plan.peak), form(world.team) | fields)
    assert list(response.context["form"].errors) == [field]
    assert sent(plan.peak) == []


def test_forged_team_of_others_is_refused(client, world, plan):
    client.force_login(world.unit_staff)
    response = client.post(page(plan.peak), form(world.team, world.team_bank))
    assert list(response.context["form"].errors) == ["teams"]
    assert sent(plan.peak) == []


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("leader", 302), ("nobody", 302)])
def test_others_do_not_send(client, world, plan, who, status):
    client.force_login(getattr(world, who))
    assert client.post(page(plan.peak), form(world.team)).status_code == status
    assert sent(plan.peak) == []


def test_day_of_a_stranger_is_not_found(client, world):
    day = factories.campaign_day(factories.campaign(owner=world.banks))
    client.force_login(world.unit_staff)
    assert client.get(page(day)).status_code == 404


@pytest.mark.parametrize(("who", "shown"), [("unit_staff", True), ("viewer", False)])
def test_button_is_shown_to_those_for_whom_it_works(client, world, plan, who, shown):
    client.force_login(getattr(world, who))
    response = client.get(reverse("admin:campaigns_campaignday_change", args=[plan.peak.pk]))
    assert (page(plan.peak) in response.text) == shown
