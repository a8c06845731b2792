"""A campaign that is still a draft says so wherever its day is planned, and is set going from there."""

import pytest
from django.urls import reverse

from core.dated import today
from core.models import AuditEvent
from desk.board.question import Board
from teams.access import access_of_user
from tests import factories
from tests.factories import PEAK_DAY, local

pytestmark = pytest.mark.django_db
DRAFT = "Chiến dịch còn là dự thảo: "
START = "Bắt đầu thực hiện"


@pytest.fixture
def plan(world):
    world.campaign = factories.campaign("NHAP", owner=world.city, name="Ngày hội", status="draft")
    world.day = factories.campaign_day(world.campaign)
    point = factories.point(unit=world.tan_tuc, area=factories.area())
    factories.deployment(world.team, world.day, point)
    return world


PAGES = ["plan:day", "plan:board", "handout:day"]


def page_of(client, plan, name: str) -> str:
    return client.get(reverse(name, args=[plan.day.pk])).text


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_the_day_say_that_it_is_a_draft(client, plan, name):
    client.force_login(plan.unit_staff)
    assert page_of(client, plan, name).count(DRAFT) == 1


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("status", ["active", "closed"])
def test_and_say_nothing_of_one_that_is_carried_out_or_has_ended(client, plan, name, status):
    type(plan.campaign).objects.update(status=status)
    client.force_login(plan.city_staff)
    assert DRAFT not in page_of(client, plan, name)


def test_list_of_days_to_print_for_marks_the_draft(client, plan):
    type(plan.day).objects.update(day=today())
    client.force_login(plan.unit_staff)
    assert ">Dự thảo</span>" in client.get(reverse("handout:home")).text


@pytest.mark.parametrize(("who", "starts"), [("city_staff", True), ("unit_staff", False), ("viewer", False)])
def test_who_may_finds_the_button_and_others_whom_to_ask(client, plan, who, starts):
    client.force_login(getattr(plan, who))
    for address in (reverse("plan:day", args=[plan.day.pk]), reverse("plan:campaign", args=[plan.campaign.pk])):
        text = client.get(address).text
        assert (START in text, "Hãy báo Thành Đoàn TP. Hồ Chí Minh" in text) == (starts, not starts)


def test_button_sets_it_going_and_leads_back_to_the_day(client, plan):
    client.force_login(plan.city_staff)
    address = reverse("plan:campaign_start", args=[plan.campaign.pk])
    page = client.post(address, {"day": plan.day.pk}, follow=True)
    assert [str(message) for message in page.context["messages"]] == [
        "“Ngày hội” đang thực hiện. Ca mà các đội đã gửi được tính vào chiến dịch trong ít phút."
    ]
    assert (page.redirect_chain[-1][0], DRAFT in page.text) == (reverse("plan:day", args=[plan.day.pk]), False)
    event = AuditEvent.objects.get(action="campaigns.campaign_changed")
    assert event.data["changes"] == {"status": ["draft", "active"]}
    page = client.post(address, {"day": "x"}, follow=True)  # sent twice
    assert page.redirect_chain[-1][0] == reverse("plan:campaign", args=[plan.campaign.pk])
    assert AuditEvent.objects.filter(action="campaigns.campaign_changed").count() == 1


def test_campaign_that_has_ended_is_not_begun_again(client, plan):
    type(plan.campaign).objects.update(status="closed")
    client.force_login(plan.city_staff)
    client.post(reverse("plan:campaign_start", args=[plan.campaign.pk]))
    plan.campaign.refresh_from_db()
    assert plan.campaign.status == "closed"


def test_locked_sessions_that_the_campaign_misses_are_told_by_their_number(client, plan):
    lock = factories.period_lock(plan.city)
    for _number in range(2):
        factories.session(plan.team, state="locked", lock=lock)
    client.force_login(plan.unit_staff)
    missed = "ca của ngày này thuộc kỳ đã khóa nên không được tính vào chiến dịch"
    assert missed not in page_of(client, plan, "plan:day")  # all of a draft's are
    type(plan.campaign).objects.update(status="active")
    assert f"2 {missed}" in page_of(client, plan, "plan:day")


def test_board_waits_for_no_team_of_a_draft(plan):
    board = Board(access_of_user(plan.city_staff), PEAK_DAY, local(PEAK_DAY, 9), None)
    assert (board.plan_counts["deployed"], board.plan_counts["late"], board.plan_counts["missing"]) == (0, 0, 0)
    type(plan.campaign).objects.update(status="active")
    board = Board(access_of_user(plan.city_staff), PEAK_DAY, local(PEAK_DAY, 9), None)
    assert (board.plan_counts["deployed"], board.plan_counts["late"], board.plan_counts["missing"]) == (1, 1, 1)
