"""A day is planned in a real browser: cards are dragged, moved by keyboard, and say when somebody was quicker; files
and targets show what they would change before they do.
"""

import re

import pytest
from playwright.sync_api import expect

from campaigns.deploying import change_deployment
from campaigns.models import Deployment
from core.choosing import MOST_LISTED
from core.jobs import running
from core.jobs.models import Job
from teams.models import Team
from tests import factories
from tests.teams.spreadsheets import workbook


@pytest.fixture
def plan(world):
    campaign = factories.campaign(owner=world.city, name="Ngày cao điểm")
    campaign.peak = factories.campaign_day(campaign)
    area = factories.area()
    campaign.here = factories.point("D-1", unit=world.tan_tuc, area=area, name="Một cửa Tân Túc")
    campaign.there = factories.point("D-2", unit=world.tan_tuc, area=area, name="Chợ Bình Chánh")
    campaign.row = factories.deployment(world.team, campaign.peak, campaign.here)
    return campaign


@pytest.fixture
def board(visit, plan, world):
    visitor = visit("laptop", user=world.unit_staff)
    visitor.open(f"/plan/days/{plan.peak.pk}/board/")
    return visitor


def column(page, name: str):
    return page.get_by_role("region", name=name)


def place() -> str | None:
    row = Deployment.objects.select_related("point").get()
    return row.point and row.point.code


def test_card_is_dragged_to_another_point(board, plan):
    page = board.page
    page.locator(f"#card-{plan.row.pk}").drag_to(column(page, "Chợ Bình Chánh"))
    expect(column(page, "Chợ Bình Chánh").locator(".team-card")).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("“Tổ xung kích Tân Túc”: đã chuyển đến Chợ Bình Chánh.")
    assert place() == "D-2"


def test_card_is_moved_by_the_keyboard_alone(board, plan):
    page = board.page
    page.get_by_role("link", name="Chuyển đến… Tổ xung kích Tân Túc").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Chuyển đến…")).to_be_visible()
    assert board.barriers() == []
    page.get_by_label("Điểm hỗ trợ").select_option("Lưu động")
    page.get_by_role("button", name="Chuyển", exact=True).press("Enter")
    expect(column(page, "Lưu động").locator(".team-card")).to_have_count(1)
    expect(page.get_by_role("link", name="Chuyển đến… Tổ xung kích Tân Túc")).to_be_focused()
    assert place() is None


def test_who_was_too_late_sees_the_board_as_it_is(board, plan, world):
    change_deployment(deployment=plan.row, seen=0, by=world.city_staff, point=plan.there)
    page = board.page
    page.locator(f"#card-{plan.row.pk}").drag_to(column(page, "Lưu động"))
    expect(page.get_by_role("alert")).to_contain_text("vừa được người khác sửa: Chợ Bình Chánh")
    expect(column(page, "Chợ Bình Chánh").locator(".team-card")).to_have_count(1)
    assert [complaint for complaint in board.complaints if "409" not in complaint] == []
    board.complaints.clear()


def test_cards_are_found_blind_to_accents(board):
    page = board.page
    page.get_by_label("Tìm đội, đơn vị hoặc điểm").fill("cho binh")
    expect(page.locator(".column:visible")).to_have_count(1)
    page.get_by_label("Tìm đội, đơn vị hoặc điểm").fill("tan tuc")
    expect(page.locator(".team-card:visible")).to_have_count(1)


# --- more than a list or a page shows ---------------------------------------------------------------------------------
@pytest.fixture
def many_points(plan, world):
    area = plan.here.area
    for number in range(MOST_LISTED):
        factories.point(unit=world.tan_tuc, area=area, name=f"Khu phố {number}")


@pytest.mark.parametrize("device", ["phone", "laptop"])
def test_card_is_moved_to_the_point_whose_name_is_typed(visit, plan, world, many_points, device):
    visitor = visit(device, user=world.unit_staff)
    page = visitor.open(f"/plan/days/{plan.peak.pk}/board/")
    page.get_by_role("link", name="Chuyển đến… Tổ xung kích Tân Túc").click()
    target = page.get_by_label("Điểm hỗ trợ")
    target.press_sequentially("cho binh")
    expect(page.locator("#move-point_list option")).to_have_attribute("value", "Chợ Bình Chánh · D-2")
    assert visitor.barriers() == []
    assert visitor.wider_than_screen() == []
    target.press("Enter")
    expect(page.get_by_role("status")).to_have_text("“Tổ xung kích Tân Túc”: đã chuyển đến Chợ Bình Chánh.")
    assert place() == "D-2"


def test_dialog_is_left_without_a_point(board, plan, many_points):
    page = board.open(f"/plan/days/{plan.peak.pk}/board/")
    page.get_by_role("link", name="Chuyển đến… Tổ xung kích Tân Túc").click()
    page.get_by_role("button", name="Chuyển", exact=True).click()
    expect(page.get_by_role("dialog", name="Chuyển đến…")).to_be_visible()
    page.get_by_role("button", name="Thôi").click()
    expect(page.get_by_role("dialog", name="Chuyển đến…")).to_be_hidden()
    assert place() == "D-1"


def test_board_of_several_pages_is_searched_by_the_server(visit, plan, world, monkeypatch):
    monkeypatch.setattr("desk.plan.board.COLUMNS_A_PAGE", 1)
    factories.deployment(world.team_vinh_loc, plan.peak, plan.there)
    visitor = visit("laptop", user=world.unit_staff)
    page = visitor.open(f"/plan/days/{plan.peak.pk}/board/")
    expect(page.locator(".team-card")).to_have_count(1)
    with page.expect_navigation():
        page.get_by_label("Tìm đội, đơn vị hoặc điểm").fill("tan tuc")
        page.get_by_label("Tìm đội, đơn vị hoặc điểm").press("Enter")
    # A card that leaves for a point of another page.
    page.locator(f"#card-{plan.row.pk}").drag_to(column(page, "Lưu động"))
    expect(column(page, "Lưu động").locator(".team-card")).to_have_count(1)
    assert page.get_by_label("Tìm đội, đơn vị hoặc điểm").input_value() == "tan tuc"
    assert visitor.barriers() == []


@pytest.mark.parametrize("scripted", [True, False])
def test_long_day_says_what_does_not_fit_as_soon_as_it_is_counted(visit, plan, world, monkeypatch, scripted):
    monkeypatch.setattr("desk.plan.day.MOST_COUNTED", 0)
    factories.deployment(world.team, plan.peak, plan.there)
    visitor = visit("phone", user=world.unit_staff, java_script_enabled=scripted)
    page = visitor.open(f"/plan/days/{plan.peak.pk}/")
    if not scripted:
        page.get_by_role("link", name="Đếm ngay").click()
    page.get_by_role("link", name="2 phân công trùng giờ với phân công khác của đội").click()
    expect(page.get_by_role("link", name="Xem mọi phân công")).to_be_visible()
    assert page.locator("tbody tr").count() == 2
    if scripted:
        assert visitor.barriers() == []
        assert visitor.wider_than_screen() == []


@pytest.fixture
def many_teams(world):
    for number in range(MOST_LISTED):
        factories.team(unit=world.tan_tuc, name=f"Tổ khu phố {number}")


def test_team_of_new_passes_is_suggested(visit, world, many_teams):
    visitor = visit("laptop", user=world.unit_staff)
    page = visitor.open("/passes/")
    page.get_by_label("Đội hình").press_sequentially("vinh loc")
    expect(page.locator("#id_team_list option")).to_have_attribute("value", "Tổ xung kích Vĩnh Lộc A · TO-VL")
    assert visitor.barriers() == []
    with page.expect_navigation():
        page.get_by_role("button", name="Tạo và in thẻ").click()
    expect(page.get_by_role("heading", name="Tổ xung kích Vĩnh Lộc A")).to_be_visible()


def test_team_of_new_passes_is_chosen_among_those_that_fit_without_javascript(visit, world, many_teams):
    visitor = visit("phone", user=world.unit_staff, java_script_enabled=False)
    page = visitor.open("/passes/")
    page.get_by_label("Đội hình").fill("to xung kich")
    page.get_by_role("button", name="Tạo và in thẻ").click()
    expect(page.get_by_text("khớp với nhiều dòng")).to_be_visible()
    assert visitor.wider_than_screen() == []
    page.get_by_label("Đội hình").select_option("Tổ xung kích Vĩnh Lộc A · TO-VL")
    page.get_by_role("button", name="Tạo và in thẻ").click()
    expect(page.get_by_role("heading", name="Tổ xung kích Vĩnh Lộc A")).to_be_visible()


@pytest.mark.parametrize("device", ["phone", "laptop"])
def test_pages_of_long_lists_are_sound(visit, plan, world, many_teams, many_points, device):
    factories.deployment(world.team_vinh_loc, plan.peak, plan.there)
    for team in Team.objects.filter(name__startswith="Tổ khu phố"):
        factories.deployment(team, plan.peak)
    visitor = visit(device, user=world.city_staff)
    for path in ("/plan/days/{}/", "/plan/days/{}/board/", "/plan/days/{}/deploy/", "/handout/day/{}/"):
        page = visitor.open(path.format(plan.peak.pk))
        for details in page.locator("main details > summary").all():
            details.click()
        assert visitor.barriers() == [], path
        assert visitor.wider_than_screen() == [], path


# --- what would change ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("device", ["phone", "laptop"])
def test_preview_of_a_file_is_sound(visit, plan, world, device):
    rows = [("TO-VL", "", "07:30", "11:30"), ("TO-TT", "", "07:30", "11:30"), ("TO-XX", "", "25:00", "11:30")]
    visitor = visit(device, user=world.unit_staff)
    page = visitor.open(f"/imports/new/deployments/{plan.peak.pk}/")
    headers = ("Đội hình", "Điểm hỗ trợ", "Từ giờ", "Đến giờ")
    file = {"name": "phan-cong.xlsx", "mimeType": "application/octet-stream", "buffer": workbook(headers, *rows)}
    page.set_input_files("input[type=file]", file)
    with page.expect_navigation():
        page.get_by_role("button", name="Kiểm tra tệp").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    running.run(Job.objects.get().pk)
    for heading in ("Nhập được, nhưng nên xem lại", "Các ô cần sửa", "Các dòng sẽ nhập"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert visitor.wider_than_screen() == []
    assert visitor.barriers() == []


@pytest.mark.parametrize("device", ["phone", "laptop"])
def test_preview_of_targets_is_sound(visit, plan, world, device):
    visitor = visit(device, user=world.city_staff)
    page = visitor.open(f"/plan/campaigns/{plan.pk}/targets/set/formula/")
    page.get_by_label("Cho các đơn vị ngay dưới").select_option(label=world.binh_chanh.name)
    page.get_by_label("Chỉ số").select_option(label="Lượt người")
    page.get_by_label("Mức").fill("37,5")
    page.get_by_label("Cho", exact=True).select_option(label="mỗi đội hình")
    with page.expect_navigation():
        page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("row", name="Đoàn thị trấn Tân Túc")).to_contain_text("1 × 37,5 = 37,5 → 40")
    assert visitor.wider_than_screen() == []
    assert visitor.barriers() == []


@pytest.mark.parametrize("device", ["phone", "laptop"])
def test_address_of_a_calendar_is_shown_on_a_sound_page(visit, world, device):
    visitor = visit(device, user=world.unit_staff)
    page = visitor.open("/plan/calendars/")
    with page.expect_navigation():
        page.get_by_role("button", name="Tạo địa chỉ").first.click()
    expect(page.get_by_label("Địa chỉ", exact=True)).to_have_value(re.compile(r"/plan/ical/[\w-]{32}\.ics$"))
    assert visitor.wider_than_screen() == []
    assert visitor.barriers() == []


def test_day_is_printed_without_what_is_pressed(visit, plan, world):
    page = visit("paper", user=world.unit_staff).open(f"/plan/days/{plan.peak.pk}/")
    page.emulate_media(media="print")
    assert page.locator("thead th:visible").all_inner_texts() == ["Đội hình", "Điểm hỗ trợ", "Giờ"]
    assert page.locator("tbody tr").locator("th:visible, td:visible").count() == 3
    assert page.locator("main :is(a, button, input, select):visible").count() == 0
