"""A shift that staff sent back, in the leader's hand: read, corrected and answered, with and without a network."""

import pytest

from services_help import review
from services_help.models import AssistanceLog, LateEntry, ReviewKind, Session, SessionReview
from teams.access import access_of_user
from tests import factories
from tests.e2e.field_app.conftest import SOON, barriers
from tests.e2e.field_app.phone import pill_says

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "Ca này ghi 2 lượt nhưng chưa điểm danh ai, đội xem lại giúp"
TEXT = "Đã ghi thêm một lượt và điểm danh"


@pytest.fixture
def staff(city):
    return access_of_user(factories.user(role="city_staff", unit=city.team.home_on(city.day)))


@pytest.fixture
def returned(field_app, city, staff):
    """The leader's phone, on which the shift that it closed has come back."""
    app = field_app(city.leader).open_shift().log("DVC-NOP").log("DVC-TRA")
    app.tap("Đóng ca").tap("Đóng ca").sees("Cổng đã nhận đủ.").all_sent()
    review.send_back(session=Session.objects.get(), reason=REASON, access=staff)
    app.tap("Về danh sách ca").reload()
    return app.sees("Cần bổ sung").sees(REASON)


def steps() -> list[tuple[str, str]]:
    return list(SessionReview.objects.order_by("pk").values_list("kind", "text"))


def answer(app, text: str = TEXT):
    app.page.get_by_label("Trả lời cán bộ").fill(text)
    return app.tap("Gửi trả lời")


def test_leader_reads_why_corrects_and_answers(returned, city):
    app = returned.tap("Xem và trả lời").sees("Cán bộ nhắn:").sees(REASON)
    app.tap("Ghi bổ sung").page.wait_for_selector(".tiles")
    app.touch(app.tile("DVC-NOP")).tap("Hướng dẫn xong, tự làm được").sees("Cán bộ nhắn:")
    app.tap("Có mặt").tap("Cả đội có mặt").tap("Về ca")
    answer(app.sees("Cán bộ nhắn:")).sees("Cán bộ đã nhận câu trả lời.").sees(TEXT).all_sent()
    assert steps() == [(ReviewKind.RETURNED, REASON), (ReviewKind.ANSWERED, TEXT)]
    assert AssistanceLog.objects.live().count() == 3
    app.tap("Quay lại").sees("Hôm nay")
    assert app.page.get_by_text("Cần bổ sung").count() == 0


def test_answer_without_network_is_kept_and_goes_after_the_corrections(returned, city):
    app = returned.worker_is_there().offline().tap("Xem và trả lời")
    app.tap("Đã ghi").find("Hoàn tác").first.tap()
    app.page.locator(".voided").wait_for()
    app.page.go_back()
    answer(app).sees("Câu trả lời đã lưu trong máy")
    pill_says(app, "2 chưa gửi", "chờ mạng")
    app.reload().sees("Câu trả lời đã lưu trong máy")
    assert app.page.get_by_label("Trả lời cán bộ").input_value() == TEXT
    assert len(steps()) == 1
    app.offline(False).all_sent()
    app.sees("Cán bộ đã nhận câu trả lời.")
    assert steps()[-1] == (ReviewKind.ANSWERED, TEXT)
    assert AssistanceLog.objects.live().count() == 1


def test_answer_that_could_identify_a_citizen_is_refused_before_it_is_kept(returned):
    app = returned.tap("Xem và trả lời")
    answer(app, "Gọi bác Ba 0903 123 456").page.get_by_role("alert").get_by_text("số điện thoại").wait_for()
    answer(app, " ").page.get_by_role("alert").get_by_text("Hãy viết một câu trả lời ngắn.").wait_for()
    assert (len(steps()), app.page.get_by_text("Câu trả lời đã lưu").count()) == (1, 0)


def test_another_phone_of_the_team_may_answer(returned, field_app, city):
    other = field_app(city.leader).tap("Xem và trả lời").sees("Ca do máy khác mở")
    answer(other).sees("Cán bộ đã nhận câu trả lời.")
    # The first one had not heard of it, and is told; what was typed there is still to be read.
    answer(returned.tap("Xem và trả lời"), "Đội đông thật").sees("Không còn ca nào chờ bạn bổ sung.")
    returned.sees("Ca này không chờ trả lời.").sees("Đội đông thật")
    assert [kind for kind, _text in steps()] == [ReviewKind.RETURNED, ReviewKind.ANSWERED]
    assert [said.rpartition(" ")[2] for said in returned.visitor.complaints] == ["409"]
    returned.visitor.complaints.clear()


def test_half_written_answer_outlives_a_correction(returned, city):
    app = returned.tap("Xem và trả lời")
    app.page.get_by_label("Trả lời cán bộ").fill(TEXT)
    app.tap("Ghi bổ sung").page.wait_for_selector(".tiles")
    app.touch(app.tile("DVC-NOP")).tap("Hướng dẫn xong, tự làm được").sees("Cán bộ nhắn:")
    assert app.page.get_by_label("Trả lời cán bộ").input_value() == TEXT


def test_answer_is_sent_by_itself_once_the_portal_is_well_again(returned, city):
    app = returned.tap("Xem và trả lời")
    app.page.route("**/answer/", lambda route: route.fulfill(status=502, body="<html>"))
    answer(app).sees("Câu trả lời đã lưu trong máy")
    pill_says(app, "1 chưa gửi", "chờ mạng")
    app.page.unroute("**/answer/")
    app.sees("Cán bộ đã nhận câu trả lời.").all_sent()
    assert steps()[-1] == (ReviewKind.ANSWERED, TEXT)
    assert {said.rpartition(" ")[2] for said in app.visitor.complaints} == {"502"}
    app.visitor.complaints.clear()


def test_answer_waits_for_the_sign_in_and_the_screen_says_so(returned, city):
    app = returned.tap("Xem và trả lời")
    app.visitor.context.clear_cookies()
    answer(app).sees("Câu trả lời đã lưu trong máy")
    pill_says(app, "1 chưa gửi", "cần đăng nhập")
    app.visitor.sign_in(city.leader)
    app.reload().sees("Cán bộ đã nhận câu trả lời.").all_sent()
    assert steps()[-1] == (ReviewKind.ANSWERED, TEXT)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screens_of_a_returned_shift_hold_no_barrier_and_fit(field_app, returned, scheme):
    app = returned
    app.page.emulate_media(color_scheme=scheme)
    app.page.set_viewport_size({"width": 320, "height": 640})
    shift = app.tap("Xem và trả lời").sees("Cán bộ nhắn:").page.url.split("/")[-1]
    assert barriers(app, ["day", *(f"{name}/{shift}" for name in ("more", "list", "present", "returned"))]) == {}
    app.page.evaluate("() => document.documentElement.removeAttribute('style')")
    app.worker_is_there().offline()
    answer(app).sees("Câu trả lời đã lưu trong máy")
    assert barriers(app, ["day", f"returned/{shift}"]) == {}
    app.offline(False).sees("Cán bộ đã nhận câu trả lời.").all_sent()
    assert barriers(app, [f"returned/{shift}"]) == {}


def test_what_comes_after_the_lock_is_shown_as_late_and_not_as_lost(field_app, city, staff):
    app = field_app(city.leader).open_shift().log("DVC-NOP").all_sent().worker_is_there()
    app.offline().log("DVC-TRA")
    unit = city.team.home_on(city.day)
    review.lock_period(
        unit=unit, starts_on=city.day, ends_on=city.day, reason="Chốt số", access=staff, with_unreviewed=True
    )
    app.offline(False).all_sent()
    app.tap("Đã ghi").page.locator(".badge", has_text="Đến muộn, chờ xem xét").wait_for(timeout=SOON)
    assert app.page.locator(".list .badge").all_inner_texts() == ["Đến muộn, chờ xem xét", "Đã nhận"]
    assert (AssistanceLog.objects.count(), LateEntry.objects.open().count()) == (1, 1)
    app.page.go_back()
    app.tap("Đóng ca").tap("Đóng ca").sees("2 mục đến muộn vì số liệu ngày này đã khóa.").all_sent()
