"""Two people plan one day at one moment, on connections of their own."""

import datetime as dt

import pytest
from django.db import transaction

from campaigns.deploying import cancel_deployment, change_deployment, deploy_teams
from campaigns.imports import DeploymentFile
from campaigns.models import CampaignDay, Deployment
from core.dated import DAY
from core.errors import DomainError
from teams.access import access_of_user
from teams.imports.files import ExcelFile
from teams.imports.flow import look, take_in
from teams.imports.footprint import differences, images
from tests import factories
from tests.services_help.test_review_at_once import Staff
from tests.services_help.test_sync_at_once import until
from tests.teams.spreadsheets import workbook

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city(transactional_db):
    city = factories.small_city()
    city.day = factories.campaign_day(factories.campaign(owner=city.city))
    area = factories.area()
    city.points = [factories.point(f"D-{number}", unit=city.tan_tuc, area=area) for number in range(3)]
    morning, later = ((dt.time(7, 30), dt.time(11, 30)), (dt.time(8), dt.time(12)))
    city.shifts = [
        factories.deployment(city.team, city.day, point, starts_at=starts_at, ends_at=ends_at)
        for point, (starts_at, ends_at) in zip(city.points, (morning, later), strict=False)
    ]
    return city


def meanwhile(city, act) -> Staff:
    """Somebody moves the first shift to the third point; before that is committed, another does ``act``."""
    second = Staff(act)
    with transaction.atomic():
        change_deployment(deployment=city.shifts[0], seen=0, by=city.unit_staff, point=city.points[2])
        second.start()
        until(second.waits_for_a_lock)
    return second


def test_two_shifts_of_a_team_moved_to_one_point_at_once_do_not_overlap_there(city):
    move = lambda: change_deployment(deployment=city.shifts[1], seen=0, by=city.city_staff, point=city.points[2])  # noqa: E731
    second = meanwhile(city, move)
    with pytest.raises(DomainError) as refused:
        second.result()
    assert refused.value.code == "already_deployed"
    assert list(Deployment.objects.filter(point=city.points[2])) == [city.shifts[0]]


def test_team_is_not_sent_to_a_point_that_it_is_being_moved_to(city):
    hours = {"starts_at": dt.time(9), "ends_at": dt.time(10)}
    send = lambda: deploy_teams(  # noqa: E731
        campaign_day=city.day, teams=[city.team], point=city.points[2], by=city.city_staff, **hours
    )
    made, _known = meanwhile(city, send).result()
    assert made == []


def test_team_is_not_sent_by_another_campaign_to_a_point_that_it_is_being_moved_to(city):
    """The table of either campaign shows the other's deployments: of both, one alone would be refused."""
    other = factories.campaign_day(factories.campaign(owner=city.city))
    hours = {"starts_at": dt.time(9), "ends_at": dt.time(10)}
    send = lambda: deploy_teams(  # noqa: E731
        campaign_day=other, teams=[city.team], point=city.points[2], by=city.city_staff, **hours
    )
    made, _known = meanwhile(city, send).result()
    assert made == []


def test_day_that_is_moved_while_somebody_waits_for_it_is_planned_by_nobody(city):
    move = lambda: change_deployment(deployment=city.shifts[1], seen=0, by=city.city_staff, point=city.points[2])  # noqa: E731
    send = Staff(move)
    with transaction.atomic():
        CampaignDay.objects.filter(pk=city.day.pk).update(day=city.day.day + DAY)
        send.start()
        until(send.waits_for_a_lock)
    with pytest.raises(DomainError) as refused:
        send.result()
    assert refused.value.code == "changed_meanwhile"


def test_file_is_compared_with_what_was_moved_while_it_waited(city):
    """It names the first shift's hours alone, so the point it was moved to stays."""
    headers, row = ("Đội hình", "Từ giờ", "Đến giờ", "Ghi chú"), ("TO-TT", "07:30", "11:30", "Mang theo bảng")
    first, second = (DeploymentFile(access_of_user(city.city_staff), city.day) for _time in range(2))
    shown = look(first, ExcelFile().create_dataset(workbook(headers, row))).digest
    data = ExcelFile().create_dataset(workbook(headers, row))
    meanwhile(city, lambda: take_in(second, data, shown=shown, file_name="phan-cong.xlsx")).result()
    moved = Deployment.objects.get(pk=city.shifts[0].pk)
    assert (moved.point, moved.note, moved.version) == (city.points[2], "Mang theo bảng", 2)


def test_team_that_is_called_off_while_a_file_is_stored_is_nothing_that_the_file_did(city, monkeypatch):
    """Its undo would send the team again. So calling off waits for the day, as every other change of it does."""
    headers, row = ("Đội hình", "Từ giờ", "Đến giờ", "Ghi chú"), ("TO-TT", "07:30", "11:30", "Mang theo bảng")
    first, second = (DeploymentFile(access_of_user(city.city_staff), city.day) for _time in range(2))
    shown = look(first, ExcelFile().create_dataset(workbook(headers, row))).digest
    second.keeps_before = True
    calls_off = Staff(lambda: cancel_deployment(deployment=city.shifts[1], by=city.unit_staff))

    def in_the_middle(_file):
        calls_off.start()
        until(lambda: calls_off.waits_for_a_lock() or not calls_off.is_alive())

    monkeypatch.setattr(DeploymentFile, "finish", in_the_middle)
    with transaction.atomic():
        data = ExcelFile().create_dataset(workbook(headers, row))
        take_in(second, data, shown=shown, file_name="phan-cong.xlsx")
        after = images(second.writes, second.owners())
    assert calls_off.result().cancelled_at
    assert [row for _model, row, _was, _now in differences(second.before, after, second.written)] == [city.shifts[0].pk]
