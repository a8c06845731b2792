"""The front door: where help is given today, what the campaigns have done; true with no data, and nobody is named."""

import datetime as dt

import pytest
from django.urls import reverse

from core.dated import today
from reports.tallies import refresh
from reports.tallies.slices import Slice
from services_help.models import CampaignService, Session
from tests import factories
from tests.factories import PEAK_DAY

FRONT = reverse("public:front")


@pytest.fixture
def plan(world):
    """A campaign of the city with one point open today."""
    world.campaign = factories.campaign("THANG-TN", owner=world.city, name="Tháng Thanh niên", theme="Tiên phong")
    world.today = factories.campaign_day(world.campaign, today())
    world.area = factories.area(name="Tân Nhựt")
    world.point = factories.point("MOT-CUA", unit=world.tan_tuc, area=world.area, name="Một cửa Tân Túc")
    world.service = factories.service("DVC-NOP", short_name="Nộp hồ sơ")
    return world


def work(world, team, people: int, *, day: dt.date = PEAK_DAY, campaign=None, **fields) -> Session:
    session = factories.session(team, day, by=world.leader, campaign=campaign)
    factories.log(session, world.service, people=people, **fields)
    refresh([Slice(day, team.pk)])
    return session


def front(client, **params) -> dict:
    response = client.get(FRONT, params)
    assert response.status_code == 200
    return response.context


def figures(found: list[dict]) -> dict:
    return {str(figure["label"]): figure["value"] for figure in found}


# --- with nothing yet -------------------------------------------------------------------------------------------------
def test_front_page_of_an_empty_portal_is_true(client, db):
    response = client.get(FRONT)

    assert response.status_code == 200
    assert response.context["has_data"] is False
    assert "Hôm nay chưa có điểm hỗ trợ nào được xếp lịch" in response.text
    assert "Số liệu sẽ có từ lượt hỗ trợ đầu tiên" in response.text


# --- where and when ---------------------------------------------------------------------------------------------------
def test_point_open_today_says_where_when_who_and_what(client, plan):
    CampaignService.objects.create(campaign=plan.campaign, service=plan.service)
    factories.deployment(plan.team, plan.today, plan.point)
    factories.deployment(plan.team, plan.today, plan.point, starts_at=dt.time(13, 30), ends_at=dt.time(16, 30))
    factories.deployment(plan.team_vinh_loc, plan.today, plan.point)

    (point,) = front(client)["points"]

    assert (point["name"], point["kind_label"]) == ("Một cửa Tân Túc", "Bộ phận một cửa, trung tâm hành chính công")
    assert point["area_name"] == str(plan.area)
    assert point["hours"] == "07:30–11:30, 13:30–16:30"
    assert point["teams"] == ["Tổ xung kích Tân Túc", "Tổ xung kích Vĩnh Lộc A"]
    assert point["services"] == ["Nộp hồ sơ"]


def test_point_of_a_campaign_that_names_no_services_offers_the_groups_for_citizens(client, plan):
    factories.service_group("NOI-BO", short_name="Nội bộ", for_citizens=False)
    factories.deployment(plan.team, plan.today, plan.point)

    assert [point["services"] for point in front(client)["points"]] == [["DVC"]]


def test_service_that_has_expired_is_not_offered_today(client, plan):
    unipass = factories.service("THE-UNIPASS", short_name="Thẻ Unipass", valid_to=dt.date(2024, 12, 31))
    for service in (plan.service, unipass):
        CampaignService.objects.create(campaign=plan.campaign, service=service)
    factories.deployment(plan.team, plan.today, plan.point)

    assert [point["services"] for point in front(client)["points"]] == [["Nộp hồ sơ"]]


def test_points_of_other_days_drafts_and_cancelled_plans_are_not_shown(client, plan):
    draft = factories.campaign_day(factories.campaign(owner=plan.city, status="draft"), today())
    factories.deployment(plan.team, draft, plan.point)
    factories.deployment(plan.team, factories.campaign_day(plan.campaign, PEAK_DAY), plan.point)
    factories.deployment(plan.team, plan.today, plan.point, cancelled_at=factories.local(today(), 6))
    factories.deployment(plan.team, plan.today)  # mobile: nowhere that a citizen could go to

    assert front(client)["points"] == []


@pytest.mark.parametrize(("q", "found"), [("tan nhut", 1), ("TÂN TÚC", 1), ("mot cua", 1), ("Cần Giờ", 0), ("", 1)])
def test_points_are_found_blind_to_accents(client, plan, q, found):
    factories.deployment(plan.team, plan.today, plan.point)

    assert len(front(client, q=q)["points"]) == found


def test_long_list_of_points_is_cut_with_a_way_to_the_rest(client, plan):
    for number in range(14):
        point = factories.point(unit=plan.tan_tuc, area=plan.area, name=f"Nhà văn hóa {number:02}")
        factories.deployment(plan.team, plan.today, point, starts_at=dt.time(7, number))

    response = client.get(FRONT)

    assert len(response.context["points"]) == 12
    assert "Xem thêm 2 điểm" in response.text
    assert len(front(client, all="1")["points"]) == 14
    assert len(front(client, q="nha van hoa")["points"]) == 14


def test_search_that_finds_nothing_says_so_with_a_way_out(client, plan):
    factories.deployment(plan.team, plan.today, plan.point)

    response = client.get(FRONT, {"q": "Cần Giờ"})

    assert "Không tìm thấy điểm nào khớp hôm nay" in response.text
    assert "Xem tất cả các điểm" in response.text


# --- what was done ----------------------------------------------------------------------------------------------------
def test_city_figures_come_from_the_engine(client, plan):
    work(plan, plan.team, 30)
    work(plan, plan.team_bank, 12)

    assert figures(front(client)["figures"]) == {
        "Lượt người": 42,
        "Lượt dịch vụ": 42,
        "Ca hỗ trợ": 2,
        "Đội hình": 2,
    }


def test_campaign_shows_what_all_that_it_contains_has_done(client, plan):
    peak = factories.campaign("CAO-DIEM", owner=plan.city, parent=plan.campaign, name="Ngày cao điểm")
    factories.target(plan.campaign, plan.city, measure="people", value=200, name="Người dân được hướng dẫn")
    factories.target(plan.campaign, plan.binh_chanh, measure="people", value=50, name="Của Bình Chánh")
    work(plan, plan.team, 30, campaign=plan.campaign)
    work(plan, plan.team_bank, 20, campaign=peak)

    cards = {card["name"]: card for card in front(client)["campaigns"]}

    assert figures(cards["Tháng Thanh niên"]["figures"]) == {"Lượt người": 50, "Lượt dịch vụ": 50, "Đội hình": 2}
    assert cards["Tháng Thanh niên"]["progress"] == [
        {"label": "Người dân được hướng dẫn", "value": 50, "goal": 200, "percent": 25.0}
    ]
    assert figures(cards["Ngày cao điểm"]["figures"]) == {"Lượt người": 20, "Lượt dịch vụ": 20, "Đội hình": 1}


def test_target_in_a_metric_of_the_catalogue_is_counted_in_it(client, plan):
    submitted = factories.metric("HS_NOP")
    factories.target(plan.campaign, plan.city, measure="HS_NOP", value=40, name="Hồ sơ nộp trực tuyến")
    work(plan, plan.team, 30, campaign=plan.campaign, metric=submitted, quantity=10)

    (card,) = front(client)["campaigns"]

    assert [(row["value"], row["percent"]) for row in card["progress"]] == [(10, 25.0)]


def test_target_in_an_unknown_measure_does_not_break_the_page(client, plan):
    factories.target(plan.campaign, plan.city, measure="KHONG_CO", value=40)
    work(plan, plan.team, 30, campaign=plan.campaign)

    (card,) = front(client)["campaigns"]

    assert card["progress"] == []


@pytest.mark.parametrize(("people", "told"), [(1, "dưới 5"), (4, "dưới 5"), (5, 5)])
def test_small_counts_of_citizens_are_told_in_words(client, plan, people, told):
    factories.target(plan.campaign, plan.city, measure="people", value=100)
    work(plan, plan.team, people, campaign=plan.campaign)

    context = front(client)

    assert figures(context["figures"])["Lượt người"] == told
    (card,) = context["campaigns"]
    assert figures(card["figures"])["Lượt người"] == told
    # Nor by its share of the target.
    assert [row["percent"] for row in card["progress"]] == [None if told == "dưới 5" else 5.0]


def test_drafts_are_not_public(client, plan):
    factories.campaign("NHAP", owner=plan.city, status="draft", name="Bản nháp")

    assert [card["name"] for card in front(client)["campaigns"]] == ["Tháng Thanh niên"]


def test_nobody_is_named(client, plan):
    factories.volunteer(unit=plan.tan_tuc, team=plan.team, full_name="Trần Thị Riêng Tư")
    factories.deployment(plan.team, plan.today, plan.point)
    work(plan, plan.team, 30, campaign=plan.campaign)

    text = client.get(FRONT).text

    assert "Riêng Tư" not in text
    assert plan.leader.full_name not in text


@pytest.mark.parametrize("count", [1, 3])
def test_front_page_takes_the_same_queries_for_one_point_and_three(client, plan, count, django_assert_num_queries):
    for number in range(count):
        point = factories.point(unit=plan.tan_tuc, area=factories.area(name=f"Xã {number}"))
        factories.deployment(factories.team(unit=plan.tan_tuc), plan.today, point)
    work(plan, plan.team, 30, campaign=plan.campaign)

    with django_assert_num_queries(19):
        context = front(client)

    assert len(context["points"]) == count
