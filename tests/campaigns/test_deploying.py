"""Teams are sent, moved and called off: once each, told to who was too late, in as many queries for many as for few."""

import datetime as dt

import pytest

from campaigns.deploying import cancel_deployment, change_deployment, deploy_teams, send_team
from campaigns.models import Deployment
from core.errors import DomainError
from core.models import AuditEvent, Revision
from tests import factories
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
HOURS = {"starts_at": dt.time(7, 30), "ends_at": dt.time(11, 30)}


@pytest.fixture
def plan(world):
    campaign = factories.campaign(owner=world.city)
    campaign.peak = factories.campaign_day(campaign)
    area = factories.area()
    campaign.here, campaign.there = (factories.point(code, unit=world.tan_tuc, area=area) for code in ("D-1", "D-2"))
    return campaign


# --- many -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 30])
def test_teams_are_sent_in_constant_queries(world, plan, django_assert_num_queries, count):
    teams = [factories.team(unit=world.tan_tuc) for _number in range(count)]
    # 2 savepoints, lock, last points (2), sent, rows, homes, trail, revision (2), the outbox
    with django_assert_num_queries(12):
        made, known = deploy_teams(campaign_day=plan.peak, teams=teams, by=world.unit_staff, **HOURS)
    assert (len(made), known) == (count, [])


def test_all_teams_go_to_the_point_that_was_chosen(world, plan):
    teams = [world.team, world.team_vinh_loc]
    deploy_teams(campaign_day=plan.peak, teams=teams, point=plan.there, by=world.unit_staff, **HOURS)
    assert list(Deployment.objects.values_list("point__code", flat=True)) == ["D-2", "D-2"]


def test_hours_that_end_before_they_begin_are_refused(world, plan):
    with pytest.raises(DomainError, match="Giờ kết thúc phải sau giờ bắt đầu"):
        deploy_teams(
            campaign_day=plan.peak, teams=[world.team], by=world.unit_staff, starts_at=dt.time(11), ends_at=dt.time(9)
        )


def test_sending_one_team_twice_is_once(world, plan):
    sent = [
        send_team(campaign_day=plan.peak, team=world.team, point=plan.here, by=world.unit_staff, **HOURS)
        for _time in range(2)
    ]
    assert sent[0] == sent[1]
    assert AuditEvent.objects.filter(action="campaigns.deployment_added").count() == 1


# --- one --------------------------------------------------------------------------------------------------------------
def test_change_is_stored_with_its_trail_and_a_new_version(world, plan):
    row = factories.deployment(world.team, plan.peak, plan.here)
    changed = change_deployment(
        deployment=row, seen=0, by=world.unit_staff, point=plan.there, starts_at=dt.time(8), note="Mang bàn"
    )
    assert (changed.point, changed.starts_at, changed.version, changed.note) == (plan.there, dt.time(8), 1, "Mang bàn")
    event = AuditEvent.objects.get(action="campaigns.deployment_changed")
    assert (event.actor, event.scope_unit) == (world.unit_staff, world.tan_tuc.pk)
    assert event.data["changes"] == {
        "point": ["Điểm D-1", "Điểm D-2"],
        "starts_at": ["07:30", "08:00"],
        "note": ["", "Mang bàn"],
    }


def test_who_has_seen_an_older_version_is_told_what_it_is_now(world, plan):
    row = factories.deployment(world.team, plan.peak, plan.here)
    change_deployment(deployment=row, seen=0, by=world.city_staff, point=plan.there)
    with pytest.raises(DomainError) as refused:
        change_deployment(deployment=row, seen=0, by=world.unit_staff, point=None)
    assert refused.value.code == "changed_meanwhile"
    assert str(refused.value) == (
        "“Tổ xung kích Tân Túc” vừa được người khác sửa: Điểm D-2, 07:30–11:30. Hãy xem lại rồi thử lại."
    )


def test_the_same_change_again_writes_nothing_and_refuses_nobody(world, plan):
    row = factories.deployment(world.team, plan.peak, plan.here)
    for _time in range(2):
        change_deployment(deployment=row, seen=0, by=world.unit_staff, point=plan.there)
    row.refresh_from_db()
    assert row.version == 1
    assert AuditEvent.objects.filter(action="campaigns.deployment_changed").count() == 1


def test_what_was_called_off_is_not_moved(world, plan):
    row = factories.deployment(world.team, plan.peak, plan.here)
    cancel_deployment(deployment=row, by=world.unit_staff)
    with pytest.raises(DomainError, match="đã bị hủy"):
        change_deployment(deployment=row, seen=1, by=world.unit_staff, point=plan.there)


def test_calling_off_moves_the_version_once(world, plan):
    row = factories.deployment(world.team, plan.peak, plan.here)
    for _time in range(2):
        cancel_deployment(deployment=row, by=world.unit_staff)
    row.refresh_from_db()
    assert (row.version, row.cancelled_at is None) == (1, False)


def test_move_onto_another_shift_of_the_team_is_refused(world, plan):
    factories.deployment(world.team, plan.peak, plan.there, starts_at=dt.time(11), ends_at=dt.time(13))
    row = factories.deployment(world.team, plan.peak, plan.here)
    number = Revision.state().get("campaigns")
    with pytest.raises(DomainError) as refused:
        change_deployment(deployment=row, seen=0, by=world.unit_staff, point=plan.there)
    assert refused.value.code == "already_deployed"
    assert Revision.state().get("campaigns") == number


def test_point_that_is_closed_that_day_is_not_moved_to(world, plan):
    closed = factories.point("D-3", unit=world.tan_tuc, area=plan.here.area, name="Chợ cũ", valid_to=PEAK_DAY - DAY)
    row = factories.deployment(world.team, plan.peak, plan.here)
    with pytest.raises(DomainError, match="“Chợ cũ” không có hiệu lực vào ngày 26/03/2023"):
        change_deployment(deployment=row, seen=0, by=world.unit_staff, point=closed)
