"""Sessions as a table: the reader's own teams, figures as numbers, hours as the clocks of Ho Chi Minh City had them."""

import datetime as dt

import pytest

from core.models import AuditEvent
from tests import factories
from tests.teams.spreadsheets import export, rows_of

pytestmark = pytest.mark.django_db


def test_session_export_is_typed_and_vietnamese(client, world):
    session = factories.session(world.team, ended_at=factories.local(factories.PEAK_DAY, 11, 30), note="=đông người")
    service = factories.service()
    factories.log(session, service, people=2)
    factories.log(session, service, people=3)
    factories.attendance(session, factories.volunteer(unit=world.tan_tuc))
    factories.session(world.team_bank)
    client.force_login(world.unit_staff)
    header, row = rows_of(export(client, "session", app="services_help").content)
    assert dict(zip(header, row, strict=True)) == {
        "Ngày": dt.datetime(2023, 3, 26),  # noqa: DTZ001  (as openpyxl reads a date)
        "Mở ca": dt.time(7, 30),
        "Đóng ca": dt.time(11, 30),
        "Mã đội hình": "TO-TT",
        "Đội hình": "Tổ xung kích Tân Túc",
        "Điểm hỗ trợ": None,
        "Chiến dịch": None,
        "Lượt người": 5,
        "Lượt dịch vụ": 5,
        "Tình nguyện viên": 1,
        "Đã hủy": "Không",
        "Tình trạng số liệu": "Tạm tính",
        "Ghi chú": "=đông người",
    }
    event = AuditEvent.objects.get(action="services_help.session_exported")
    assert (event.actor, event.target_type, event.data["rows"]) == (world.unit_staff, "services_help.session", 1)


def test_session_export_of_an_open_session_leaves_its_end_empty(client, world):
    factories.session(world.team)
    client.force_login(world.unit_staff)
    header, row = rows_of(export(client, "session", app="services_help").content)
    assert row[header.index("Đóng ca")] is None


@pytest.mark.parametrize("number", [1, 3])
def test_session_export_queries_do_not_grow_with_the_rows(client, world, django_assert_num_queries, number):
    for _ in range(number):
        factories.log(factories.session(world.team), factories.service(f"DVC-{factories.number()}"))
    client.force_login(world.city_staff)
    with django_assert_num_queries(12):
        response = export(client, "session", app="services_help")
    assert len(rows_of(response.content)) == number + 1
