"""Rules of retention are set by Thành Đoàn, who sees beforehand what they would erase."""

import datetime as dt

import pytest
from django.utils import timezone

from core.models import AuditEvent
from core.retention.models import Erasure, RetentionRule
from core.retention.services import apply
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/office/retention/"


@pytest.fixture
def city(client, world):
    client.force_login(world.city_staff)
    return client


def old_person(world):
    volunteer = factories.volunteer(unit=world.tan_tuc)
    factories.attendance(factories.session(world.team, dt.date(2020, 3, 1)), volunteer)
    return volunteer


def test_page_tells_what_is_due_and_erases_nothing(city, world, no_writes):
    volunteer = old_person(world)
    with no_writes():
        page = city.get(URL)
        rule = city.get(f"{URL}attendances/")
    [row] = [each for each in page.context["rules"] if each["rule"].kind == "attendances"]
    assert (row["count"], row["due"].oldest) == ("1", dt.date(2020, 3, 1))
    assert "Luật 91/2025/QH15" in rule.text
    volunteer.refresh_from_db()
    assert volunteer.anonymised_at is None


def test_a_rule_is_set_and_then_does_its_work(city, world):
    old_person(world)
    assert city.post(f"{URL}attendances/", {"months": "48", "is_enabled": "on"}).status_code == 302
    rule = RetentionRule.objects.get(pk="attendances")
    assert (rule.months, rule.is_enabled) == (48, True)
    apply()
    assert "Điểm danh gắn với họ tên" in city.get(URL).text
    assert Erasure.objects.get().months == 48


@pytest.mark.parametrize("months", ["", "0", "6", "9999", "abc"])
def test_a_time_that_cannot_be_is_refused_and_kept_in_the_form(city, months):
    response = city.post(f"{URL}attendances/", {"months": months, "is_enabled": "on"})
    assert response.status_code == 200
    assert response.context["form"]["months"].value() == months
    assert not RetentionRule.objects.filter(is_enabled=True).exists()


def test_a_hold_is_put_on_and_lifted_on_its_page(city, world):
    address = f"{URL}attendances/hold/"
    assert "Hãy ghi lý do" in city.post(address, {"reason": ""}, follow=True).text
    page = city.post(address, {"reason": "Kết luận thanh tra"}, follow=True).text
    assert "Kết luận thanh tra" in page
    city.post(address, {"reason": "Đã xong", "act": "release"})
    assert RetentionRule.objects.get(pk="attendances").is_held is False
    assert AuditEvent.objects.filter(target_type="core.retentionrule").count() == 2


def test_a_hold_that_is_sent_twice_is_not_lifted_by_the_second(city, world):
    for _time in range(2):
        page = city.post(f"{URL}attendances/hold/", {"reason": "Khiếu nại", "act": "hold"}, follow=True).text
    assert "đang được tạm giữ rồi" in page
    assert 'name="act" value="release"' in page
    assert RetentionRule.objects.get(pk="attendances").is_held


@pytest.mark.parametrize(
    ("who", "status"), [("city_staff", 200), ("unit_staff", 403), ("viewer", 403), ("leader", 403)]
)
def test_rules_are_for_thanh_doan(client, world, who, status):
    client.force_login(getattr(world, who))
    assert client.get(URL).status_code == status
    assert client.get(f"{URL}jobs/").status_code == status
    assert client.post(f"{URL}jobs/hold/", {"reason": "x"}).status_code == (302 if status == 200 else 403)


def test_a_kind_that_is_none_is_not_there(city):
    assert city.get(f"{URL}khong-co/").status_code == 404


def test_the_ledger_tells_of_requests_and_of_kinds_that_are_gone(city, world):
    Erasure.objects.create(kind="volunteer_on_request", count=1, by=world.unit_staff, reason="Đơn số 1")
    Erasure.objects.create(kind="khong-con", count=2, months=3)
    page = city.get(URL).text
    assert "Ẩn danh theo yêu cầu của tình nguyện viên" in page
    assert "Đơn số 1" in page
    assert "Loại dữ liệu cũ" in page


@pytest.mark.parametrize("count", [1, 3])
def test_page_asks_as_often_however_long_the_ledger(city, world, django_assert_num_queries, count):
    for _number in range(count):
        Erasure.objects.create(kind="jobs", count=1, by=world.city_staff, reason="x", at=timezone.now())
        old_person(world)
    city.get(URL)
    with django_assert_num_queries(14):
        city.get(URL)
