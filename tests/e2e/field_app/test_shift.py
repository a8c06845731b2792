"""The leader's hour in the offline app: what the thumb did is compared with the rows of the portal."""

import re

import pytest

from services_help.models import AssistanceLog, Attendance, ScenePhoto, Session, Void
from tests.e2e.field_app.conftest import ALONE, REFERRED, SOON, TOGETHER, barriers

pytestmark = pytest.mark.django_db(transaction=True)


def live_lines() -> list[tuple]:
    rows = AssistanceLog.objects.live().order_by("happened_at", "pk")
    return list(rows.values_list("service__code", "result", "people", "same_visit", "age_group"))


def test_leader_completes_a_shift_and_every_line_arrives_once(field_app, city):
    app = field_app(city.leader).open_shift()
    app.tap("Có mặt").tap("Cả đội có mặt").tap("Ghi lượt hỗ trợ")

    before = app.taps
    app.log("DVC-NOP")
    assert app.taps - before == 2
    assert (app.people, app.turns) == (1, 1)

    # The same citizen, another service: not another person.
    app.tap("Cùng người").log("DVC-PHI", TOGETHER)
    assert (app.people, app.turns) == (1, 2)

    # The age stays for the next one.
    app.touch(app.tile("DVC-TRA")).pick("Từ 60").tap(REFERRED)
    app.log("DVC-NOP")
    assert (app.people, app.turns) == (3, 4)

    # That was a mistake.
    app.tap("Hoàn tác").page.wait_for_selector('[data-turns="3"]')
    assert app.people == 2

    app.tap("Đóng ca").page.get_by_label("Ghi chú (nếu cần)").fill("Người dân đông, máy in hết giấy")
    app.tap("Đóng ca").sees("Ca đã đóng. Cảm ơn cả đội!").sees("Cổng đã nhận đủ.").all_sent()

    assert live_lines() == [
        ("DVC-NOP", "done_self", 1, False, ""),
        ("DVC-PHI", "done_assisted", 1, True, ""),
        ("DVC-TRA", "referred", 1, False, "60+"),
    ]
    session = Session.objects.get()
    assert (session.team, session.day, session.created_by) == (city.team, city.day, city.leader)
    assert (session.ended_at is None, session.note) == (False, "Người dân đông, máy in hết giấy")
    assert Attendance.objects.live().count() == city.team.members.count()
    app.tap("Gửi dữ liệu").tap("Đối chiếu lại").page.wait_for_selector('[data-agrees="true"]')


def test_group_is_logged_by_a_long_press_and_by_the_button(field_app, city):
    app = field_app(city.leader).open_shift()
    box = app.tile("DVC-NOP").bounding_box()
    app.page.mouse.move(box["x"] + 40, box["y"] + 40)
    app.page.mouse.down()
    app.sees("Số người được hỗ trợ")
    app.page.mouse.up()
    app.tap("Thêm 10: Số người").tap(ALONE)
    app.page.wait_for_selector('[data-turns="12"]')
    # By the button of the second screen, which a keyboard reaches too.
    app.touch(app.tile("DVC-TRA")).tap("Ghi cho cả nhóm").tap("Bớt 1: Số người").tap(TOGETHER)
    app.page.wait_for_selector('[data-turns="13"]')
    app.all_sent()
    assert [(line[0], line[2]) for line in live_lines()] == [("DVC-NOP", 12), ("DVC-TRA", 1)]


def test_work_for_an_agency_is_counted_by_quantity_and_helps_nobody_in_person(field_app, city):
    app = field_app(city.leader).open_shift()
    app.touch(app.tile("CQS-SH")).tap("Thêm 5: ").tap(TOGETHER)
    app.sees("Đã ghi").all_sent()
    log = AssistanceLog.objects.get()
    assert (log.people, log.quantity, app.people) == (0, 6, 0)


def test_shift_without_a_plan_is_opened_where_the_team_stands(field_app, city):
    app = field_app(city.leader)
    app.tap("Mở ca ngoài kế hoạch").page.get_by_label("Điểm hỗ trợ").select_option(index=1)
    app.page.get_by_role("button", name="Mở ca", exact=True).tap()
    app.page.wait_for_selector(".tiles")
    app.log("DVC-NOP").all_sent()
    session = Session.objects.get()
    assert (session.team, session.point is None) == (city.team, False)


def test_second_shift_of_the_day_is_one_of_its_own(field_app, city):
    app = field_app(city.leader).open_shift().log("DVC-NOP")
    app.tap("Đóng ca").tap("Đóng ca").sees("Ca đã đóng").tap("Về danh sách ca")
    app.tap("Mở thêm ca").page.wait_for_selector(".tiles")
    assert app.people == 0
    app.log("DVC-TRA").all_sent()
    assert Session.objects.count() == 2
    assert Session.objects.filter(ended_at=None).count() == 1


def test_shift_of_a_day_past_is_entered_late_under_its_own_day(field_app, city):
    app = field_app(city.leader)
    app.page.get_by_text("Ngày đã qua", exact=True).tap()
    app.tap("Nhập bù").page.wait_for_selector(".tiles")
    app.log("DVC-NOP").tap("Đóng ca").tap("Đóng ca").sees("Ca đã đóng").all_sent()
    session, log = Session.objects.get(), AssistanceLog.objects.get()
    assert (session.day < city.day, session.ended_at > session.started_at) == (True, True)
    assert log.happened_at == session.started_at


def test_two_taps_in_haste_on_a_plan_open_one_shift(field_app, city):
    app = field_app(city.leader)
    button = app.page.get_by_role("button", name="Mở ca", exact=True).first
    button.evaluate("button => { button.click(); button.click(); }")
    app.page.wait_for_selector(".tiles")
    app.all_sent()
    assert Session.objects.count() == 1


def test_note_that_could_identify_a_citizen_is_refused_before_it_is_stored(field_app, city):
    app = field_app(city.leader).open_shift()
    note = app.tap("Ghi chú").page.get_by_label("Ghi chú (nếu cần)")
    for text, reason in [
        ("Gọi lại bác Ba 0903 123 456", "số điện thoại"),
        ("CCCD 079 203 001 234", "CCCD/CMND"),
        ("Thư về an@example.com", "thư điện tử"),
    ]:
        note.fill(text)
        app.tap("Lưu ghi chú").page.get_by_role("alert").get_by_text(reason).wait_for()
    note.fill("Ngày 25/11/2026, 07:30-11:30: đông")
    app.tap("Lưu ghi chú").sees("Đã lưu ghi chú")
    assert app.page.get_by_role("alert").count() == 0


def test_line_is_taken_back_from_the_list_which_tells_the_state_of_each(field_app, city):
    app = field_app(city.leader).open_shift().log("DVC-NOP").log("DVC-TRA").all_sent()
    app.tap("Đã ghi").page.wait_for_selector('[data-lines="2"]')
    assert app.page.locator(".list .badge").all_inner_texts() == ["Đã nhận", "Đã nhận"]
    app.tap("Hoàn tác").page.locator(".voided").wait_for()
    app.all_sent()
    assert [line[0] for line in live_lines()] == ["DVC-NOP"]
    assert Void.objects.get().reason == "Ghi nhầm"


def test_photo_is_shrunk_on_the_phone_and_follows_the_logs(field_app, city, tmp_path):
    app = field_app(city.leader).open_shift().log("DVC-NOP")
    picture = tmp_path / "scene.png"
    app.page.screenshot(path=picture)
    app.tap("Ghi chú").page.set_input_files("input[type=file]", picture)
    app.page.get_by_text("còn 4 ảnh").wait_for()
    app.page.locator(".badge", has_text="Đã nhận").wait_for(timeout=SOON)
    photo = ScenePhoto.objects.get()
    assert (photo.session, photo.size < 300_000) == (Session.objects.get(), True)


def test_app_opens_and_logs_without_network_and_sends_when_it_is_back(field_app, city):
    app = field_app(city.leader).open_shift().log("DVC-NOP").all_sent().worker_is_there()
    app.offline().reload()
    assert (app.people, app.turns) == (1, 1)
    app.log("DVC-TRA").log("DVC-PHI")
    app.page.locator(".pill", has_text="2 chưa gửi").wait_for()
    assert AssistanceLog.objects.count() == 1
    app.offline(False).all_sent()
    assert [line[0] for line in live_lines()] == ["DVC-NOP", "DVC-TRA", "DVC-PHI"]


def test_back_button_leads_from_the_result_to_the_tiles_and_from_the_tiles_to_the_day(field_app, city):
    app = field_app(city.leader).open_shift().log("DVC-NOP").log("DVC-TRA")
    app.touch(app.tile("DVC-PHI")).sees("Kết quả?")
    app.page.go_back()
    app.page.wait_for_selector(".tiles")
    app.page.go_back()
    app.sees("Hôm nay")


def test_two_taps_in_haste_on_a_result_are_one_line(field_app, city):
    app = field_app(city.leader).open_shift()
    app.touch(app.tile("DVC-NOP"))
    app.find(ALONE).evaluate("button => { button.click(); button.click(); }")
    app.page.wait_for_selector('[data-turns="1"]')
    app.all_sent()
    assert AssistanceLog.objects.count() == 1


def test_language_large_text_and_theme_are_the_leaders_choice_and_stay(field_app, city):
    app = field_app(city.leader).tap("Cài đặt")
    app.pick("English").sees("Text size")
    app.pick("Large").pick("Dark")
    is_dark = "() => getComputedStyle(document.documentElement).getPropertyValue('--paper').trim() === '#0b1424'"
    app.page.wait_for_function(is_dark)
    app.reload().sees("Colours")
    root = app.page.locator("html")
    assert (root.get_attribute("lang"), root.get_attribute("class")) == ("en", "large")
    app.page.wait_for_function(is_dark)
    app.tap("Back").page.get_by_role("button", name="Open the shift", exact=True).first.tap()
    app.page.locator(".tile", has_text="File online").wait_for()


def test_signing_out_with_unsent_work_warns_and_keeps_it(field_app, city):
    app = field_app(city.leader).open_shift().all_sent().worker_is_there()
    app.offline().log("DVC-NOP").tap("Quay lại").tap("Cài đặt").tap("Đăng xuất").sees("Còn 1 mục chưa gửi")
    app.tap("Vẫn đăng xuất").sees("Chào bạn!").sees(re.compile("1 mục chưa gửi của .+ trên máy này"))
    # The next one on this phone is asked to sign in; what was left goes when its owner comes back.
    with app.page.expect_response("**/logout/"):
        app.offline(False).reload().sees("Đăng nhập một lần khi có mạng")
    assert AssistanceLog.objects.count() == 0
    app.visitor.sign_in(city.leader)
    app.reload().all_sent()
    assert [line[0] for line in live_lines()] == ["DVC-NOP"]


def test_nobody_signed_in_is_led_to_the_sign_in(field_app, city):
    app = field_app()
    app.sees("Đăng nhập một lần khi có mạng")
    app.tap("Đăng nhập").page.wait_for_url("**/login/?next=/field/")


IN_APP = "Bạn đang mở trong ứng dụng khác (Zalo, Facebook)."
TO_HOME_SCREEN = "iPhone: bấm Chia sẻ, chọn “Thêm vào MH chính”."
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
PLACES = {
    "Safari": (f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1", TO_HOME_SCREEN, IN_APP),
    "Facebook": (f"{IPHONE} Mobile/21F79 [FBAN/FBIOS;FBAV/460.0.0.31.103]", IN_APP, TO_HOME_SCREEN),
    "Zalo": ("Mozilla/5.0 (Linux; Android 13; K) Chrome/120.0.0.0 Mobile Safari/537.36 Zalo android/24", IN_APP, None),
}


@pytest.mark.parametrize("place", PLACES)
def test_browser_that_would_not_keep_entries_is_told_before_the_sign_in(field_app, city, place):
    user_agent, told, not_told = PLACES[place]
    app = field_app(user_agent=user_agent).sees("Đăng nhập một lần khi có mạng").sees(told)
    assert not_told is None or app.page.get_by_text(not_told).count() == 0
    # And again as long as there is something to lose.
    app.visitor.sign_in(city.leader)
    app.reload().open_shift().all_sent().offline().log("DVC-NOP").tap("Quay lại").sees(told)
    app.offline(False).all_sent()


def test_browser_that_keeps_entries_says_nothing_of_it(field_app, city):
    app = field_app().sees("Đăng nhập một lần khi có mạng").page
    app.wait_for_function("() => !!globalThis.XKS && document.querySelector('link[rel=icon]')")
    assert app.get_by_text(IN_APP).or_(app.get_by_text(TO_HOME_SCREEN)).count() == 0


def test_shift_of_another_phone_is_joined_and_says_whose_figures_it_shows(field_app, city):
    first = field_app(city.leader).open_shift().log("DVC-NOP").log("DVC-TRA").all_sent()
    second = field_app(city.leader).tap("Ghi tiếp · máy khác của đội đã mở").sees("Ca do máy khác mở")
    second.log("DVC-NOP").all_sent()
    assert (first.turns, second.turns) == (2, 1)
    assert first.page.get_by_text("Ca do máy khác mở").count() == 0
    assert (Session.objects.count(), AssistanceLog.objects.count()) == (1, 3)


SCREENS = [
    "day",
    "open",
    "shift",
    "log",
    "bulk",
    "list",
    "present",
    "notes",
    "close",
    "rules",
    "sync",
    "rescue",
    "settings",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360])
def test_screen_holds_no_barrier_and_fits(field_app, city, width, scheme):
    app = (
        field_app(city.leader, color_scheme=scheme, viewport={"width": width, "height": 640})
        .open_shift()
        .log("DVC-NOP")
    )
    shift = app.page.url.split("/")[-1]
    assert barriers(app, [f"{name}/{shift}/DVC-NOP" for name in SCREENS]) == {}
