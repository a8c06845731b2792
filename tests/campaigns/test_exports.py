"""Deployments as a table: the reader's own teams, typed, in Vietnamese, in as many queries as one row costs."""

import datetime as dt

import pytest

from core.models import AuditEvent
from tests import factories
from tests.teams.spreadsheets import export, rows_of

pytestmark = pytest.mark.django_db


def deploy(world, team, **fields):
    campaign = factories.campaign(owner=world.city)
    campaign.name = "Tháng Thanh niên"
    campaign.save()
    return factories.deployment(team, factories.campaign_day(campaign), **fields)


def test_deployment_export_is_typed_and_vietnamese(client, world):
    area = factories.area("27595", name="Thị trấn Tân Túc")
    point = factories.point(unit=world.tan_tuc, area=area, name="Bộ phận Một cửa Tân Túc")
    deploy(world, world.team, point=point, note="Mang theo bảng hướng dẫn")
    deploy(world, world.team_bank)
    client.force_login(world.unit_staff)
    header, row = rows_of(export(client, "deployment", app="campaigns").content)
    assert dict(zip(header, row, strict=True)) == {
        "Ngày": dt.datetime(2023, 3, 26),  # noqa: DTZ001  (as openpyxl reads a date)
        "Từ giờ": dt.time(7, 30),
        "Đến giờ": dt.time(11, 30),
        "Mã đội hình": "TO-TT",
        "Đội hình": "Tổ xung kích Tân Túc",
        "Điểm hỗ trợ": "Bộ phận Một cửa Tân Túc",
        "Địa bàn": "Thị trấn Tân Túc",
        "Chiến dịch": "Tháng Thanh niên",
        "Tình trạng": "Có hiệu lực",
        "Ghi chú": "Mang theo bảng hướng dẫn",
    }
    event = AuditEvent.objects.get(action="campaigns.deployment_exported")
    assert (event.actor, event.target_type, event.data["rows"]) == (world.unit_staff, "campaigns.deployment", 1)


@pytest.mark.parametrize("number", [1, 3])
def test_deployment_export_queries_do_not_grow_with_the_rows(client, world, django_assert_num_queries, number):
    area = factories.area()
    for _ in range(number):
        deploy(world, world.team, point=factories.point(unit=world.tan_tuc, area=area))
    client.force_login(world.city_staff)
    with django_assert_num_queries(12):
        response = export(client, "deployment", app="campaigns")
    assert len(rows_of(response.content)) == number + 1
