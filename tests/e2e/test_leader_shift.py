"""A team leader's shift on a cheap phone, in a real browser, without a keyboard: nothing is typed, all is tapped.

What the thumb did is then compared with the rows and with the figures that the city reads.
"""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db.models import Sum

from accounts.models import User
from core import outbox
from core.dated import today
from demo.world import people
from demo.world.plans import PEAK
from reports.models import DayTally
from services_help.models import AssistanceLog, Attendance, Session, Void
from teams.access import access_of_user
from teams.models import DevicePass, Team, TeamMember
from teams.passes import issue_passes, revoke_pass
from tests.e2e.visitor import Visitor
from tests.emptying import sow
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db(transaction=True)

ALONE, TOGETHER, REFERRED = "Hướng dẫn xong, tự làm được", "Làm xong, có hỗ trợ", "Chuyển tuyến"
TEXT_FIELD = "input:not([type=hidden], [type=radio], [type=checkbox]), textarea"
THUMB = 48


@pytest.fixture
def city(transactional_db) -> SimpleNamespace:
    """The demo world of today, and a fresh pass for the leader's team."""
    sow(today())
    made = SimpleNamespace(
        team=Team.objects.get(code=people.TEAM), staff=access_of_user(User.objects.get(username="demo.binhchanh"))
    )
    made.passes = issue_passes(team=made.team, count=2, valid_to=today(), access=made.staff)
    return made


class Thumb:
    """Taps what can be read on the screen, and counts the taps."""

    def __init__(self, phone: Visitor):
        self.phone, self.page, self.taps = phone, phone.page, 0

    def scan(self, issued) -> None:
        """What the phone's camera does with the card."""
        self.phone.open(f"/field/pass/{issued.code}/")

    def sign_in(self, issued) -> None:
        """By the card, and on to the pages for phones that cannot run the app."""
        self.scan(issued)
        self.tap("Đăng nhập máy này")
        self.phone.open("/field/web/")

    def tap(self, label: str, *, number: int = 0) -> None:
        """A link or a button that leads on."""
        with self.page.expect_navigation():
            self._touch(self.find(label).nth(number))
        assert self.phone.wider_than_screen() == []
        assert self.page.locator(f":focus:is({TEXT_FIELD})").count() == 0, "the keyboard would come up"

    def choose(self, label: str) -> None:
        """A chip or a button that stays on the page."""
        self._touch(self.page.locator("label.pick", has_text=label))

    def find(self, label: str):
        return self.page.get_by_role("link", name=label).or_(self.page.get_by_role("button", name=label))

    def sees(self, text: str) -> bool:
        return self.page.get_by_text(text).first.is_visible()

    @property
    def people(self) -> int:
        """The running count in the header."""
        return int(self.page.locator("[data-people]").get_attribute("data-people"))

    def _touch(self, target) -> None:
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= THUMB, f"{target}: {box}"
        target.tap()
        self.taps += 1


def in_shift(visit, city, **options) -> Thumb:
    thumb = Thumb(visit("phone", **options))
    thumb.sign_in(city.passes[0])
    for label in ("Mở ca", "Ghi lượt hỗ trợ"):
        thumb.tap(label)
    return thumb


def live_lines() -> list[tuple]:
    rows = AssistanceLog.objects.live().order_by("happened_at", "pk")
    return list(rows.values_list("service__code", "result", "people", "same_visit", "age_group"))


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
def test_leader_completes_a_shift_with_taps_only(visit, city, javascript):
    thumb = Thumb(visit("phone", java_script_enabled=javascript))
    thumb.sign_in(city.passes[0])
    thumb.tap("Mở ca")
    thumb.tap("Cả đội có mặt")
    thumb.tap("Ghi lượt hỗ trợ")

    # One citizen is two taps: the service and the result.
    before = thumb.taps
    thumb.tap("Nộp hồ sơ")
    thumb.tap(ALONE)
    assert thumb.taps - before == 2
    assert live_lines() == [("DVC-NOP", "done_self", 1, False, "")]
    assert thumb.people == 1

    # The same citizen, another service: not another person.
    thumb.tap("Cùng người, dịch vụ khác")
    thumb.tap("Nộp phí, lệ phí")
    thumb.tap(TOGETHER)
    assert thumb.people == 1

    # An older citizen; the age stays for the next one.
    thumb.tap("Tra cứu hồ sơ")
    thumb.choose("Từ 60")
    thumb.tap(REFERRED)
    thumb.tap("Nộp hồ sơ")
    thumb.tap(ALONE)
    assert thumb.people == 3

    # That was a mistake.
    thumb.tap("Hoàn tác")
    assert thumb.people == 2

    # Work for an agency, counted in pages.
    thumb.tap("Số hóa hồ sơ")
    add_five = thumb.find("Thêm 5: Trang, hồ sơ số hóa")
    if javascript:
        add_five.tap()
    else:
        thumb.tap("Thêm 5: Trang, hồ sơ số hóa")
    thumb.tap(TOGETHER)
    assert thumb.people == 2

    thumb.tap("Đóng ca")
    assert thumb.sees("Xem lại trước khi đóng")
    thumb.tap("Đóng ca")
    assert thumb.sees("Ca đã đóng. Cảm ơn cả đội!")

    assert live_lines() == [
        ("DVC-NOP", "done_self", 1, False, ""),
        ("DVC-PHI", "done_assisted", 1, True, ""),
        ("DVC-TRA", "referred", 1, False, "60+"),
        ("CQS-SH", "done_assisted", 0, False, ""),
    ]
    session = Session.objects.get()
    device_pass = DevicePass.objects.get(pk=city.passes[0].device_pass.pk)
    assert (session.team, session.day, session.created_by) == (city.team, today(), device_pass.device_user)
    assert session.ended_at is not None
    assert Void.objects.count() == 1
    assert AssistanceLog.objects.live().aggregate(pages=Sum("quantity"))["pages"] == 1 + 1 + 6
    present = Attendance.objects.live().filter(session=session).count()
    assert present == TeamMember.objects.on(today()).filter(team=city.team).count()

    # What the city reads is what was tapped.
    outbox.drain("tallies.stale")
    tally = DayTally.objects.get(team=city.team, day=today())
    assert (tally.people, tally.service_turns, tally.sessions, tally.volunteer_turns) == (2, 3, 1, present)


def test_leader_taps_twice_in_haste_and_counts_once(visit, city):
    thumb = in_shift(visit, city)
    thumb.tap("Nộp hồ sơ")
    # Both taps arrive before the page has changed.
    with thumb.page.expect_navigation():
        thumb.find(ALONE).evaluate("button => { button.click(); button.click(); }")
    thumb.page.wait_for_load_state()
    assert thumb.people == 1
    assert live_lines() == [("DVC-NOP", "done_self", 1, False, "")]


def test_leader_takes_back_a_line_from_the_list(visit, city):
    thumb = in_shift(visit, city)
    thumb.tap("Nộp hồ sơ")
    thumb.tap(ALONE)
    thumb.tap("Đã ghi")
    thumb.tap("Hoàn tác")
    thumb.tap("Ghi trùng")
    assert thumb.sees("Đã hủy")
    assert live_lines() == []
    assert Void.objects.get().reason == "Ghi trùng"


def test_leader_reads_the_rules_one_tap_away_and_comes_back(visit, city):
    thumb = in_shift(visit, city)
    thumb.tap("Quy tắc")
    assert thumb.sees("Không làm thay")
    assert thumb.sees("Không hỏi mật khẩu, mã OTP")
    assert thumb.sees("Không chụp giấy tờ")
    thumb.tap("Đã rõ")
    assert thumb.people == 0


def test_expired_service_has_a_tile_on_the_peak_day_and_none_today(visit, city):
    thumb = in_shift(visit, city)
    unipass = thumb.page.locator("[data-service=GTS-THE]")
    assert unipass.count() == 0
    thumb.tap("Về danh sách ca")
    thumb.page.get_by_text("Ngày khác", exact=True).tap()
    thumb.tap(f"{PEAK_DAY:%d/%m/%Y}")
    thumb.tap("Mở ca")
    thumb.tap("Ghi lượt hỗ trợ")
    assert unipass.count() == 1
    thumb.tap("Thẻ buýt Unipass")
    thumb.tap(ALONE)
    log = AssistanceLog.objects.get()
    assert (log.service.code, log.session.day, log.session.campaign.code) == ("GTS-THE", PEAK_DAY, PEAK)


def test_pass_that_was_scanned_lets_no_second_phone_in(visit, city):
    in_shift(visit, city)
    second = visit("phone")
    page = second.open(f"/field/pass/{city.passes[0].code}/", status=410)
    assert page.get_by_text("Thẻ này không dùng được").first.is_visible()
    second.open("/field/web/")
    assert "/login/" in page.url


def test_pass_revoked_in_mid_shift_ends_it_at_the_next_tap(visit, city):
    thumb = in_shift(visit, city)
    thumb.tap("Nộp hồ sơ")
    thumb.tap(ALONE)
    revoke_pass(device_pass=DevicePass.objects.get(pk=city.passes[0].device_pass.pk), access=city.staff)
    with thumb.page.expect_navigation():
        thumb.page.locator("[data-service=DVC-PHI]").tap()
    assert "/login/" in thumb.page.url
    # What was logged before stays.
    assert live_lines() == [("DVC-NOP", "done_self", 1, False, "")]


def test_two_phones_of_one_team_share_the_shift(visit, city):
    one, two = Thumb(visit("phone")), Thumb(visit("phone"))
    for thumb, issued in zip((one, two), city.passes, strict=True):
        thumb.sign_in(issued)
    one.tap("Mở ca")
    two.tap("Mở ca")
    assert two.sees("Bạn ghi chung vào ca đó.")
    two.tap("Nộp hồ sơ")
    two.tap(ALONE)
    one.tap("Ghi lượt hỗ trợ")
    assert one.people == 1
    assert Session.objects.count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_step_of_a_shift_holds_no_barrier_in_any_light(visit, city, scheme):
    thumb = in_shift(visit, city, color_scheme=scheme)
    for label in ("Nộp hồ sơ", ALONE, "Cùng người, dịch vụ khác", "Nộp phí, lệ phí", TOGETHER, "Đóng ca", "Đóng ca"):
        assert thumb.phone.barriers() == []
        thumb.tap(label)
    assert thumb.phone.barriers() == []
    assert Session.objects.get().ended_at - Session.objects.get().started_at < dt.timedelta(hours=1)
