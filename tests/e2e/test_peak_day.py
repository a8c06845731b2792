"""A peak day as people live it, before a portal of its own: web server, worker and clock as in production.

Staff type the portal's address and nothing else; everybody then follows what the screens say. It is planned for today,
for twenty teams, from midnight to midnight, so that the story is the same at whatever hour it is told.
"""

import contextlib
import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from core.dated import today
from demo.world.people import PASSWORD
from tests.desk.paper import codes, picture
from tests.e2e.story import Leader, QuietPhone, Reader
from tests.e2e.under_fire import portal_of_its_own, until
from tests.e2e.visitor import DEVICES, open_visitor
from tests.teams.spreadsheets import rows_of, workbook

CITY = "Thành Đoàn Thành phố Hồ Chí Minh"
CAMPAIGN = "Ngày cao điểm hỗ trợ dịch vụ công trực tuyến"
POINT = "Nhà văn hóa Thanh niên"
GOAL = "Phát triển chính quyền số: đưa dịch vụ công trực tuyến đến từng người dân, doanh nghiệp"
SERVICES = ("Nộp hồ sơ trực tuyến", "Tra cứu tình trạng hồ sơ", "Thanh toán phí, lệ phí trực tuyến")
HEADERS = ("Đội hình", "Điểm hỗ trợ", "Từ giờ", "Đến giờ", "Ghi chú")
# By code or by name, as whoever made the file had them; one of them is sent out by another campaign that day. Three
# wait for a person to say whose they are since the reforms of 2025: they are the city's, and locked with it.
TEAMS = (
    *("XK-BC-05", "XK-BC-06", "XK-BC-07", "XK-BC-08", "XK-BC-11", "XK-BC-13", "XK-BC-14", "XK-BC-16"),
    *("Doi hinh Benh vien khong tien mat 3", "NH-BV-4", "NH-BV-5", "Q1-03", "Q5-02", "BTA-01", "CC-02", "CG-01"),
    *("Đội hình sinh viên Chuyển đổi số 1", "SV-02", "SV-03", "CA-TM-2"),
)
BUSY_TEAM = "XK-BC-04"
# Milliseconds: a busy machine has the time that it needs.
PATIENCE = 90_000
LOGS = 12  # of each phone without a screen
EVERYTHING = LOGS * (len(TEAMS) - 2)
REASON = "Số lượt cao bất thường so với số người có mặt. Đội kiểm tra lại giúp."
ANSWER = "Ghi nhầm 32 lượt cho cả nhóm, đội đã hủy dòng thừa."
ALONE = "Hướng dẫn xong, tự làm được"


@pytest.fixture
def portal(tmp_path):
    with portal_of_its_own(tmp_path) as made:
        for command in ("migrate", "load_reference", "seed_demo"):
            done = made.run("manage.py", command, "-v0")
            assert done.returncode == 0, done.stderr
        assert made.run("manage.py", "collectstatic", "--noinput", "-v0").returncode == 0
        made.start("web")
        made.start("worker")
        until(made.is_up)
        yield made


@pytest.fixture
def people(portal, browser, playwright):
    """``people(Reader, "laptop")``: somebody with a browser; ``people(QuietPhone, code, day)``: with none."""
    url, left = f"http://127.0.0.1:{portal.port}", contextlib.ExitStack()
    visitors = []

    def come(kind, *about, **options):
        if kind is QuietPhone:
            requests = playwright.request.new_context(base_url=url)
            left.callback(requests.dispose)
            return QuietPhone(requests, *about)
        visitors.append(open_visitor(browser, url, DEVICES[about[0]] | options))
        visitors[-1].context.set_default_timeout(PATIENCE)
        left.callback(visitors[-1].leave)
        return kind(visitors[-1])

    with left:
        yield come
        assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


def test_peak_day_is_planned_handed_out_watched_reviewed_and_locked(people, tmp_path):
    staff = people(Reader, "laptop")
    sign_in(staff)
    day = plan_the_day(staff)
    send_teams_from_a_file(staff, tmp_path)
    cards = print_passes(staff, tmp_path)

    first, second = sign_in_by_card(people, cards[:2])
    others = [people(QuietPhone, code, day) for code in cards[2:]]
    staff.go("Bảng điều hành").sees("Chưa có ca nào được gửi trong ngày này")
    replay(others)
    log_in_the_app(first)
    log_without_javascript(second)
    watch(staff, people=EVERYTHING + 34 + 2)

    send_one_back(staff, first)
    correct_and_answer(first)
    watch(staff.go("Bảng điều hành"), people=EVERYTHING + 2 + 2)
    approve(staff, first)
    lock(staff, day)


# --- before the day ---------------------------------------------------------------------------------------------------
def sign_in(staff: Reader) -> None:
    staff.start().go("Đăng nhập")
    staff.write("Tên đăng nhập", "demo.thanhdoan").write("Mật khẩu", PASSWORD).go("Đăng nhập")


def plan_the_day(staff: Reader) -> dt.date:
    day = today()
    staff.go("Kế hoạch").go("Điểm hỗ trợ").go("Điểm mới")
    staff.write("Tên điểm hỗ trợ", POINT).write("Mã điểm", "NVH-TN").choose("Loại điểm", "Nơi khác")
    staff.choose("Đơn vị phụ trách", CITY).choose("Địa bàn", "Phường Bến Thành")
    staff.go("Lưu điểm").sees("Đã lưu điểm")
    staff.go("Chiến dịch").go("Chiến dịch mới")
    staff.write("Tên chiến dịch", CAMPAIGN).write("Mã chiến dịch", f"NCD-{day.year}").write("Số kế hoạch", "15-KH/TĐTN")
    staff.choose("Loại", "Ngày cao điểm").choose("Tình trạng", "Đang thực hiện").choose("Đơn vị chủ trì", CITY)
    staff.write("Từ ngày", f"{day}").write("Đến ngày", f"{day}").tick(GOAL, *SERVICES)
    staff.go("Lưu chiến dịch").sees(f"Đã lưu “{CAMPAIGN}”.").sees("15-KH/TĐTN").sees(GOAL)
    staff.write("Từ ngày", f"{day}").choose("Loại ngày", "Cao điểm")
    staff.go("Thêm ngày").sees("Đã thêm 1 ngày hoạt động.")
    staff.go(f"{day:%d/%m/%Y}").sees("Ngày này chưa có phân công nào")
    return day


def send_teams_from_a_file(staff: Reader, folder) -> None:
    staff.go("Nhập từ Excel")
    template = staff.download("Tải tệp mẫu", folder)
    assert tuple(rows_of(template.read_bytes())[0]) == HEADERS
    places = [(POINT if number % 2 else "") for number in range(len(TEAMS))]
    rows = [(team, place, "00:00", "23:59") for team, place in zip(TEAMS, places, strict=True)]
    upload(staff, *rows, (BUSY_TEAM, "", "00:00", "23:59"), ("Đội hình không có thật", "", "00:00", "23:59"))
    staff.sees("Không có đội hình “Đội hình không có thật” trong phạm vi của bạn.")
    staff.sees("Cùng giờ này đội còn được phân công ở “Đội hình hỗ trợ vận hành")
    staff.go("Nhập 21 dòng đúng, để lại 1 dòng lỗi").sees("21 dòng mới").go("Xem danh sách")
    # The team that cannot be in two places stays where it was.
    staff.go("Chỉ xem chỗ chưa khớp").sees("Cùng giờ này đội còn được phân công")
    staff.go("Sửa", inside=staff.page.get_by_role("row", name="Vĩnh Lộc B")).go("Hủy phân công")
    staff.sees("20 đội hình, 1 điểm")
    assert staff.page.get_by_text("trùng giờ").count() == 0


def upload(staff: Reader, *rows) -> None:
    file = {"name": "Phân công ngày cao điểm.xlsx", "mimeType": "application/octet-stream"}
    staff.page.set_input_files("input[type=file]", file | {"buffer": workbook(HEADERS, *rows)})
    staff.go("Kiểm tra tệp")


def print_passes(staff: Reader, folder) -> list[str]:
    """What the codes on the printed sheets say."""
    staff.go("In thẻ thiết bị").write("Số thẻ mỗi đội", "1").go("Tạo thẻ, làm tệp in")
    staff.find("Tải tệp").wait_for()
    sheets = staff.read().download("Tải tệp", folder)
    cards = codes([picture(sheets, page) for page in range(1, len(TEAMS) + 1)])
    assert len(set(cards)) == len(TEAMS)
    return cards


# --- the day ----------------------------------------------------------------------------------------------------------
def sign_in_by_card(people, cards: list[str]) -> tuple[Leader, Leader]:
    """One with the app, one whose browser cannot run it."""
    modern, old = people(Leader, "phone"), people(Leader, "phone", java_script_enabled=False)
    for leader, card in zip((modern, old), cards, strict=True):
        leader.scan(card)
    return modern, old


def replay(phones: list[QuietPhone]) -> None:
    """Eighteen teams: the hours that have passed, at most three of them."""
    now = timezone.now()
    opened = max(
        now - dt.timedelta(hours=3), timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    )
    step = (now - opened) / (LOGS + 1)
    for phone in phones:
        phone.open_shift(opened)
        phone.log("DVC-NOP", *(opened + step * (number + 1) for number in range(LOGS)))
        phone.close_shift(now)


def log_in_the_app(leader: Leader) -> None:
    """Two citizens, and a slip of the thumb: thirty-two at once."""
    app = leader.read_app()
    app.page.get_by_role("button", name="Mở ca", exact=True).tap()
    app.page.wait_for_selector(".tiles")
    app.tap("Có mặt").tap("Cả đội có mặt").tap("Ghi lượt hỗ trợ")
    app.log("DVC-NOP").log("DVC-TRA")
    app.touch(app.tile("DVC-NOP")).tap("Ghi cho cả nhóm")
    for _ten in range(3):
        app.tap("Thêm 10: Số người")
    app.tap(ALONE).page.wait_for_selector('[data-turns="34"]')
    leader.read()
    app.tap("Đóng ca").tap("Đóng ca").sees("Ca đã đóng. Cảm ơn cả đội!").all_sent()
    leader.read()


def log_without_javascript(leader: Leader) -> None:
    leader.go("Mở trang ghi lượt thường").go("Mở ca").go("Cả đội có mặt").go("Ghi lượt hỗ trợ")
    for _citizen in range(2):
        leader.go("Nộp hồ sơ").go(ALONE)
    leader.go("Đóng ca").go("Đóng ca").sees("Ca đã đóng. Cảm ơn cả đội!")


def watch(staff: Reader, *, people: int) -> None:
    """The board comes to say so by itself."""
    expect(staff.figure("Lượt người")).to_have_text(f"{people}", timeout=PATIENCE)
    staff.read()


# --- after the day ----------------------------------------------------------------------------------------------------
def send_one_back(staff: Reader, leader: Leader) -> None:
    """The one at which the portal itself points, once its clock has looked at the figures."""
    staff.go("Duyệt ca")
    flagged = staff.page.get_by_role("row", name=leader.team).locator(".seen").get_by_text("tình nguyện viên")
    until(lambda: staff.page.reload() and flagged.count(), seconds=90)
    staff.read().go(leader.team).sees("Dấu hiệu cần xem")
    staff.tick(REASON).go("Trả lại cho đội").sees("Chờ đội trả lời")


def correct_and_answer(leader: Leader) -> None:
    app = leader.app.tap("Về danh sách ca").reload().sees("Cần bổ sung").sees(REASON)
    leader.read()
    app.tap("Xem và trả lời").tap("Đã ghi").find("Hoàn tác").first.tap()
    app.page.locator(".voided").wait_for()
    leader.read()
    app.page.go_back()
    app.page.get_by_label("Trả lời cán bộ").fill(ANSWER)
    app.tap("Gửi trả lời").sees("Cán bộ đã nhận câu trả lời.").all_sent()
    leader.read()


def approve(staff: Reader, leader: Leader) -> None:
    staff.go("Duyệt ca").go(leader.team).sees(ANSWER)
    staff.go("Duyệt ca", inside=staff.part("Quyết định")).sees("Đã duyệt")
    staff.go("Duyệt ca").go("Duyệt mọi ca không có dấu hiệu").sees("19 ca sẽ được duyệt.")
    staff.go("Duyệt", inside=staff.page.locator("main form")).sees("Đã duyệt 19 ca.")
    staff.sees("Không còn ca nào chờ duyệt")


def lock(staff: Reader, day: dt.date) -> None:
    staff.go("Khóa kỳ").go("Khóa một kỳ")
    staff.choose("Đơn vị, gồm mọi đơn vị trực thuộc", CITY)
    staff.write("Từ ngày", f"{day}").write("Đến hết ngày", f"{day}").write("Lý do khóa", "Chốt số ngày cao điểm")
    staff.go("Xem trước").sees("20 ca đã duyệt thành số đã khóa.")
    staff.go("Khóa kỳ", inside=staff.page.locator("main form")).sees("Đã khóa kỳ.").sees("Đang khóa")
    staff.go("Bảng điều hành").sees("đã khóa")
