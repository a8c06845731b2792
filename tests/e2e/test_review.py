"""Sessions are reviewed in a real browser: by keyboard alone, on a phone without JavaScript, and up to the lock."""

import datetime as dt

import pytest
from playwright.sync_api import Keyboard, Locator, Page, expect

from core.dated import today
from desk.outliers.models import SessionFlag
from services_help.models import PeriodLock, Session
from tests import factories
from tests.desk.shifts import logged, shift, staffed

SENTENCE = "Đội ghi 96 lượt trong 1,5 giờ với 2 tình nguyện viên"


@pytest.fixture
def sessions(world) -> tuple[Session, Session]:
    """One in which nothing was found, and one that stands out."""
    plain, flagged = shift(world.team, today(), start=7, hours=2), shift(world.team_vinh_loc, today(), start=7, hours=2)
    for session in (plain, flagged):
        logged(session, 3, 2)
        staffed(session, 2)
        factories.photo(session)
    numbers = {"turns": 96, "minutes": 90, "volunteers": 2, "volunteer_minutes": 180, "rate": 32.0}
    SessionFlag.objects.create(session=flagged, rule="pace", severity=3, numbers=numbers, limits={"usual": 8})
    return plain, flagged


def states(*sessions: Session) -> list[str]:
    return [Session.objects.get(pk=session.pk).state for session in sessions]


def reach(wanted: Locator) -> Keyboard:
    """By Tab, as somebody without a mouse would."""
    keyboard = wanted.page.keyboard
    for _ in range(80):
        keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return keyboard
    pytest.fail(f"Tab never reaches {wanted}")


def type_day(field: Locator, day: dt.date) -> None:
    """A browser asks for the parts of a date in the order of its own language, whatever that of the page."""
    keyboard = reach(field)
    keyboard.type(f"{day:%d%m%Y}")
    if field.input_value() != day.isoformat():
        for key in ("ArrowLeft", "ArrowLeft"):
            keyboard.press(key)
        keyboard.type(f"{day:%m%d%Y}")
    expect(field).to_have_value(day.isoformat())


def press(page: Page, role: str, name: str, key: str = "Enter") -> None:
    reach(page.get_by_role(role, name=name, exact=True)).press(key)


def test_many_are_approved_by_keyboard_and_one_that_stands_out_is_seen_first(visit, world, sessions):
    visitor = visit("laptop", user=world.unit_staff)
    page = visitor.open("/review/")
    for session in sessions:
        press(page, "checkbox", f"Chọn ca của {session.team} ngày {session.day:%d/%m/%Y}", "Space")
    page.get_by_role("heading", name="Duyệt ca").click()  # the boxes stand below the buttons
    press(page, "button", "Duyệt các ca đã chọn")
    expect(page.get_by_role("heading", name="Ca có dấu hiệu cần xem")).to_be_visible()
    expect(page.get_by_text(SENTENCE)).to_be_visible()
    assert (states(*sessions), visitor.barriers()) == (["approved", "provisional"], [])
    press(page, "checkbox", "Tôi đã xem các dấu hiệu và duyệt ca này", "Space")
    press(page, "button", "Duyệt các ca đã đánh dấu")
    expect(page.get_by_role("heading", name="Không còn ca nào chờ duyệt")).to_be_visible()
    assert states(*sessions) == ["approved", "approved"]


def test_all_without_a_flag_are_approved_after_a_question(visit, world, sessions):
    visitor = visit("laptop", user=world.city_staff)
    page = visitor.open("/review/")
    page.get_by_role("button", name="Duyệt mọi ca không có dấu hiệu").click()
    expect(page.get_by_text("1 ca sẽ được duyệt.")).to_be_visible()
    assert (visitor.barriers(), visitor.wider_than_screen()) == ([], [])
    page.get_by_role("button", name="Duyệt", exact=True).click()
    expect(page.get_by_text("Đã duyệt 1 ca.")).to_be_visible()
    assert states(*sessions) == ["approved", "provisional"]


def test_session_is_sent_back_on_a_phone_without_javascript(visit, world, sessions):
    _plain, flagged = sessions
    visitor = visit("phone", user=world.unit_staff, java_script_enabled=False)
    page = visitor.open("/review/?tab=flagged")
    page.get_by_role("link", name=str(flagged.team)).click()
    page.get_by_label("Thiếu ảnh hiện trường.").check()
    page.get_by_role("button", name="Trả lại cho đội").click()
    expect(page.get_by_text("Đã trả ca về cho")).to_be_visible()
    expect(page.get_by_text("Không còn máy nào của đội đăng nhập")).to_be_visible()
    expect(page.get_by_role("list").filter(has_text="Mở ca")).to_contain_text("Thiếu ảnh hiện trường.")
    assert Session.objects.get(pk=flagged.pk).returned_at


def test_session_is_sent_back_by_keyboard_alone(visit, world, sessions):
    _plain, flagged = sessions
    visitor = visit("laptop", user=world.unit_staff)
    page = visitor.open("/review/?tab=flagged")
    press(page, "link", str(flagged.team))
    page.wait_for_url("**/review/*-*/**")
    reasons = page.get_by_role("group", name="Hoặc trả lại cho đội, với lý do")
    keyboard = reach(reasons.get_by_role("radio").first)
    for _ in range(3):
        keyboard.press("ArrowDown")
    expect(page.get_by_label("Thiếu ảnh hiện trường.")).to_be_checked()
    press(page, "button", "Trả lại cho đội")
    expect(page.get_by_role("list").filter(has_text="Mở ca")).to_contain_text("Thiếu ảnh hiện trường.")
    assert Session.objects.get(pk=flagged.pk).returned_at


def test_day_is_locked_by_keyboard_after_a_look_at_what_it_holds(visit, world, sessions):
    visitor = visit("laptop", user=world.city_staff)
    page = visitor.open("/review/locks/")
    press(page, "link", "Khóa một kỳ")
    reach(page.get_by_label("Đơn vị")).type(str(world.city))
    for label in ("Từ ngày", "Đến hết ngày"):
        type_day(page.get_by_label(label), today())
    reach(page.get_by_label("Lý do khóa")).type("Chốt số ngày cao điểm")
    press(page, "button", "Xem trước")
    expect(page.get_by_text("2 ca còn chờ duyệt.")).to_be_visible()
    assert (visitor.barriers(), PeriodLock.objects.count()) == ([], 0)
    press(page, "checkbox", "Khóa cả ca chưa duyệt; số của chúng vẫn là tạm tính", "Space")
    press(page, "button", "Khóa kỳ")
    expect(page.get_by_text("Chốt số ngày cao điểm")).to_be_visible()
    assert {session.is_locked for session in Session.objects.all()} == {True}


def test_session_of_which_nothing_is_known_yet_fits_a_phone(visit, world):
    """Words stand where the figures would: “chưa điểm danh”."""
    bare = shift(world.team, today(), start=7, hours=2)
    visitor = visit("phone", user=world.unit_staff)
    visitor.open(f"/review/{bare.pk}/")
    assert (visitor.barriers(), visitor.wider_than_screen()) == ([], [])
