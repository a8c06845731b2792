"""A leader's shift on a phone without JavaScript, from opening to closing: the database holds what was tapped."""

import datetime as dt

import pytest
from django.urls import reverse

from core.dated import DAY, today
from core.ids import uuid7
from services_help.models import AssistanceLog, Attendance, Receipt, Session, Void
from tests import factories
from tests.factories import PEAK_DAY
from tests.services_help.field_phone import Phone, in_shift, lines, sent_out, session_id, stocked

pytestmark = pytest.mark.django_db
DONE_SELF, DONE_ASSISTED = "Hướng dẫn xong, tự làm được", "Làm xong, có hỗ trợ"


@pytest.fixture
def world(world):
    return stocked(world)


# --- opening --------------------------------------------------------------------------------------------------------
def test_open_the_planned_shift_keeps_team_day_point_campaign_and_device(world):
    sent_out(world)
    phone = Phone(world.leader).open("/field/web/").tap("Mở ca")
    session = Session.objects.get()
    assert phone.path == reverse("field:attendance", args=[session.pk])
    assert (session.team, session.day, session.point) == (world.team, today(), world.point)
    assert session.campaign == world.campaign
    assert session.created_by == world.leader
    assert session.ended_at is None
    assert Receipt.objects.get().device == session.device


def test_open_an_unplanned_shift_at_no_point(world):
    Phone(world.leader).open("/field/web/").tap("Mở ca ngoài kế hoạch").tap("Mở ca")
    session = Session.objects.get()
    assert (session.team, session.day, session.point) == (world.team, today(), None)


def test_open_twice_by_a_double_tap_is_one_shift(world):
    sent_out(world)
    phone = Phone(world.leader).open("/field/web/")
    request = phone.request_of(phone.control("Mở ca"))
    first, second = phone.send(*request).path, phone.send(*request).path
    assert first == second == reverse("field:attendance", args=[Session.objects.get().pk])


def test_open_by_two_leaders_of_one_team_leads_both_into_one_shift(world):
    sent_out(world)
    other = factories.user("doi-pho", "team_leader", team=world.team)
    one, two = Phone(world.leader).open("/field/web/"), Phone(other).open("/field/web/")
    one.tap("Mở ca")
    two.tap("Mở ca")
    session = Session.objects.get()
    assert two.path == reverse("field:session", args=[session.pk])
    assert "Bạn ghi chung vào ca đó." in two.answer.text


def test_open_more_on_purpose_is_a_second_shift(world):
    sent_out(world)
    phone = Phone(world.leader).open("/field/web/").tap("Mở ca")
    phone.open("/field/web/").tap("Mở thêm ca")
    assert Session.objects.count() == 2


def test_open_for_a_day_that_is_over_begins_when_the_plan_says(world):
    sent_out(world, PEAK_DAY)
    Phone(world.leader).open("/field/web/?day=2023-03-26").tap("Mở ca")
    assert Session.objects.get().started_at == factories.local(PEAK_DAY, 7, 30)


def test_open_for_a_day_to_come_is_refused(world):
    tomorrow = (today() + DAY).isoformat()
    answer = Phone(world.leader).client.post(
        reverse("field:session_open"), {"id": uuid7(), "team": "TO-TT", "day": tomorrow}
    )
    assert "Chưa đến ngày này. Đến hôm đó hãy mở ca." in answer.text
    assert Session.objects.count() == 0


def test_open_with_half_a_form_says_so(world):
    answer = Phone(world.leader).client.post(reverse("field:session_open"), {"day": today().isoformat()})
    assert "Phiếu mở ca không đầy đủ. Hãy chọn lại." in answer.text
    assert Session.objects.count() == 0


def test_open_for_another_team_is_refused_in_words(world):
    answer = Phone(world.leader).client.post(
        reverse("field:session_open"), {"id": uuid7(), "team": "TO-NH", "day": today().isoformat()}
    )
    assert "không có đội hình “TO-NH” mà bạn được ghi" in answer.text
    assert Session.objects.count() == 0


# --- who is there ---------------------------------------------------------------------------------------------------
def test_tick_one_and_take_the_tick_back(world):
    _phone, session = in_shift(world)
    phone = Phone(world.leader).open(reverse("field:attendance", args=[session.pk]))
    phone.tap("An Mẫu")
    assert [each.volunteer.full_name for each in Attendance.objects.live()] == ["An Mẫu"]
    assert phone.answer.context["present"] == 1
    phone.tap("An Mẫu")
    assert list(Attendance.objects.live()) == []
    assert Void.objects.get().reason == "Bỏ điểm danh"


def test_tick_all_at_once(world):
    _phone, session = in_shift(world)
    Phone(world.leader).open(reverse("field:attendance", args=[session.pk])).tap("Cả đội có mặt")
    assert Attendance.objects.live().count() == 2


def test_tick_sent_twice_ticks_once(world):
    _phone, session = in_shift(world)
    phone = Phone(world.leader).open(reverse("field:attendance", args=[session.pk]))
    request = phone.request_of(phone.control("An Mẫu"))
    phone.send(*request)
    phone.send(*request)
    assert Attendance.objects.live().count() == 1
    assert Void.objects.count() == 0


def test_tick_returns_to_the_name_that_was_tapped(world):
    _phone, session = in_shift(world)
    phone = Phone(world.leader).open(reverse("field:attendance", args=[session.pk])).tap("Bình Mẫu")
    where = phone.answer.redirect_chain[-1][0]
    anchor = where.partition("#")[2]
    assert anchor == f"tnv-{world.members[1].pk}"
    assert f'id="{anchor}"' in phone.answer.text


@pytest.mark.parametrize("count", [2, 3])
def test_tick_of_several_returns_to_the_top(world, count):
    _phone, session = in_shift(world)
    for _number in range(count - len(world.members)):
        factories.volunteer(unit=world.tan_tuc, team=world.team)
    phone = Phone(world.leader).open(reverse("field:attendance", args=[session.pk])).tap("Cả đội có mặt")
    assert Attendance.objects.live().count() == count
    assert "#" not in phone.answer.redirect_chain[-1][0]


def test_tick_of_a_stranger_changes_nothing(world):
    _phone, session = in_shift(world)
    stranger = factories.volunteer(unit=world.bank, team=world.team_bank)
    Phone(world.leader).client.post(
        reverse("field:attendance", args=[session.pk]), {"toggle": f"{uuid7()}:there:{stranger.code}"}
    )
    assert Attendance.objects.count() == 0


def test_crowd_is_ticked_a_page_at_a_time(world):
    _phone, session = in_shift(world)
    for _number in range(100):
        factories.volunteer(unit=world.tan_tuc, team=world.team)
    phone = Phone(world.leader).open(reverse("field:attendance", args=[session.pk]))
    assert (len(phone.answer.context["rows"]), phone.answer.context["page"].paginator.count) == (100, 102)
    phone.open(f"{phone.path}?page=2").tap("Cả trang này có mặt")
    assert Attendance.objects.live().count() == 2
    assert (phone.answer.context["page"].number, phone.answer.context["present"]) == (2, 2)


def test_one_of_a_crowd_is_found_by_name_and_ticked(world):
    _phone, session = in_shift(world)
    for _number in range(100):
        factories.volunteer(unit=world.tan_tuc, team=world.team)
    phone = Phone(world.leader).open(f"{reverse('field:attendance', args=[session.pk])}?q=binh+mau")
    assert [row["volunteer"] for row in phone.answer.context["rows"]] == [world.members[1]]
    assert phone.answer.context["total"] == 102
    phone.tap("Bình Mẫu")
    assert [each.volunteer for each in Attendance.objects.live()] == [world.members[1]]
    # Still on what was looked for.
    assert phone.answer.redirect_chain[-1][0].endswith(f"?q=binh+mau#tnv-{world.members[1].pk}")
    assert phone.answer.context["present"] == 1


def test_name_that_nobody_of_the_crowd_has_leads_back_to_all(world):
    _phone, session = in_shift(world)
    for _number in range(100):
        factories.volunteer(unit=world.tan_tuc, team=world.team)
    address = reverse("field:attendance", args=[session.pk])
    phone = Phone(world.leader).open(f"{address}?q=khong+co")
    assert "Không tìm thấy ai" in phone.answer.text
    assert f'href="{address}"' in phone.answer.text


def test_team_without_members_is_told_what_to_do(world):
    session = factories.session(world.team_vinh_loc, today())
    phone = Phone(world.city_staff).open(reverse("field:attendance", args=[session.pk]))
    assert "Đội chưa có danh sách thành viên" in phone.answer.text


# --- two taps -------------------------------------------------------------------------------------------------------
def test_log_a_citizen_is_a_tile_and_a_result(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap(DONE_SELF)
    log = AssistanceLog.objects.get()
    assert lines(session) == [("THU-NOP", "done_self", 1, False)]
    assert (log.metric.code, log.quantity) == ("HS_NOP", 1)
    assert (log.channel, log.age_group, log.device) == ("point", "", session.device)
    assert phone.answer.context["totals"] == {"people": 1, "turns": 1, "lines": 1}
    assert "Đã ghi" in phone.answer.text


@pytest.mark.parametrize(
    ("label", "result", "counted"),
    [
        (DONE_SELF, "done_self", 1),
        (DONE_ASSISTED, "done_assisted", 1),
        ("Chuyển tuyến", "referred", None),
        ("Chưa xong", "not_done", None),
    ],
)
def test_log_counts_a_result_only_where_something_was_done(world, label, result, counted):
    phone, _session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap(label)
    log = AssistanceLog.objects.get()
    assert (log.result, log.people, log.quantity) == (result, 1, counted)


def test_log_sent_twice_counts_once_and_says_so(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử")
    request = phone.request_of(phone.control(DONE_SELF))
    phone.send(*request)
    phone.send(*request)
    assert "Đã ghi trước đó, không tính hai lần" in phone.answer.text
    assert lines(session) == [("THU-NOP", "done_self", 1, False)]


def test_log_sent_again_with_another_result_keeps_the_first(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử")
    first, second = phone.request_of(phone.control(DONE_SELF)), phone.request_of(phone.control("Chưa xong"))
    phone.send(*first)
    phone.send(*second)
    assert "Cổng đang giữ một nội dung khác dưới mã này và không thay đổi gì." in phone.answer.text
    assert lines(session) == [("THU-NOP", "done_self", 1, False)]
    # The form after a refusal is a new one: the citizen can be logged from it.
    phone.tap("Chưa xong")
    assert [result for _service, result, _people, _same in lines(session)] == ["done_self", "not_done"]


def test_log_of_two_leaders_in_one_shift_adds_up(world):
    one, session = in_shift(world)
    other = factories.user("doi-pho", "team_leader", team=world.team)
    two = Phone(other).open(reverse("field:session", args=[session.pk]))
    one.tap("Nộp hồ sơ thử").tap(DONE_SELF)
    two.tap("Nộp phí thử").tap(DONE_SELF)
    assert two.answer.context["totals"] == {"people": 2, "turns": 2, "lines": 2}
    assert len(set(AssistanceLog.objects.values_list("device", "created_by"))) == 2


def test_log_same_citizen_another_service_is_one_person_and_two_turns(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap(DONE_SELF).tap("Cùng người, dịch vụ khác").tap("Nộp phí thử").tap(DONE_ASSISTED)
    assert lines(session) == [("THU-NOP", "done_self", 1, False), ("THU-PHI", "done_assisted", 1, True)]
    assert phone.answer.context["totals"] == {"people": 1, "turns": 2, "lines": 2}


def test_log_same_citizen_can_be_called_off(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap(DONE_SELF).tap("Cùng người, dịch vụ khác").tap("Thôi").tap("Nộp phí thử")
    phone.tap(DONE_SELF)
    assert [same for *_line, same in lines(session)] == [False, False]


def test_log_remembers_age_group_and_channel_on_this_phone(world):
    phone, _session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap(DONE_SELF, age_group="60+", channel="home")
    phone.tap("Nộp phí thử").tap(DONE_SELF)
    assert set(AssistanceLog.objects.values_list("age_group", "channel")) == {("60+", "home")}


@pytest.mark.parametrize("cookie", ["99|zzz", "||", "60+", "<b>|point"])
def test_log_forgets_choices_that_do_not_exist(world, cookie):
    phone, session = in_shift(world)
    phone.client.cookies["xks_choices"] = cookie
    phone.open(reverse("field:log_record", args=[session.pk, "THU-NOP"])).tap(DONE_SELF)
    assert AssistanceLog.objects.get().channel == "point"
    assert AssistanceLog.objects.get().age_group in ("", "60+")


def test_log_without_a_result_asks_for_it(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử")
    method, path, data = phone.request_of(phone.control(DONE_SELF))
    del data["result"]
    phone.send(method, path, data)
    assert "Hãy chọn kết quả." in phone.answer.text
    assert lines(session) == []


def test_log_into_a_closed_shift_is_refused_kindly(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử")
    Session.objects.filter(pk=session.pk).update(ended_at=session.started_at + dt.timedelta(minutes=1))
    phone.tap(DONE_SELF)
    assert "Ca này đã đóng nên không ghi thêm được." in phone.answer.text
    assert lines(session) == []


# --- many at once ---------------------------------------------------------------------------------------------------
def test_bulk_counts_a_group_of_citizens(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap("Ghi cho cả nhóm").tap("Thêm 10: Số người được hỗ trợ").tap(DONE_ASSISTED)
    assert lines(session) == [("THU-NOP", "done_assisted", 15, False)]
    assert AssistanceLog.objects.get().quantity == 15


def test_bulk_counts_work_for_an_agency_where_nobody_was_helped(world):
    phone, session = in_shift(world)
    phone.tap("Số hóa thử").tap("Thêm 50: Chỉ số SH").tap("Bớt 1: Chỉ số SH").tap(DONE_ASSISTED)
    log = AssistanceLog.objects.get()
    assert (log.people, log.quantity, log.metric.code) == (0, 50, "SH")
    assert phone.answer.context["totals"] == {"people": 0, "turns": 0, "lines": 1}
    assert session.logs.count() == 1


@pytest.mark.parametrize(("step", "people"), [("people:-50", 1), ("people:5", 10), ("people:x", 1), ("nonsense", 5)])
def test_bulk_step_stays_within_its_bounds_and_stores_nothing(world, step, people):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap("Ghi cho cả nhóm")
    method, path, data = phone.request_of(phone.control("Thêm 5"))
    phone.send(method, path, data | {"step": step})
    assert phone.answer.context["form"]["people"].value() in (people, str(people))
    assert lines(session) == []


@pytest.mark.parametrize(
    ("people", "words"),
    [("0", "Cần ít nhất một người."), ("501", "Mỗi lần ghi nhiều nhất 500 người."), ("", "Hãy cho biết số người.")],
)
def test_bulk_refuses_an_impossible_number_in_words(world, people, words):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap("Ghi cho cả nhóm").tap(DONE_SELF, people=people)
    assert words in phone.answer.text
    assert lines(session) == []


def test_bulk_sent_again_with_another_number_keeps_the_first_and_offers_a_new_form(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap("Ghi cho cả nhóm")
    method, path, data = phone.request_of(phone.control(DONE_SELF))
    phone.send(method, path, data | {"people": "7"})
    phone.send(method, path, data | {"people": "9"})
    assert "Cổng đang giữ một nội dung khác dưới mã này và không thay đổi gì." in phone.answer.text
    assert [people for _service, _result, people, _same in lines(session)] == [7]
    phone.tap(DONE_SELF)
    assert [people for _service, _result, people, _same in lines(session)] == [7, 9]


def test_bulk_into_a_closed_shift_is_refused_kindly(world):
    phone, session = in_shift(world)
    Session.objects.filter(pk=session.pk).update(ended_at=session.started_at + dt.timedelta(minutes=1))
    phone.open(reverse("field:log_bulk", args=[session.pk, "THU-NOP"]))
    assert phone.path == reverse("field:session", args=[session.pk])
    assert "Ca này đã đóng nên không ghi thêm được." in phone.answer.text


def test_single_page_of_an_agency_service_leads_to_the_numbers(world):
    phone, session = in_shift(world)
    phone.open(reverse("field:log_record", args=[session.pk, "THU-SH"]))
    assert phone.path == reverse("field:log_bulk", args=[session.pk, "THU-SH"])


# --- taking back ----------------------------------------------------------------------------------------------------
def test_undo_right_after_logging(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap(DONE_SELF).tap("Hoàn tác")
    assert lines(session) == []
    assert AssistanceLog.objects.count() == 1
    void = Void.objects.get()
    assert (void.created_by, void.reason) == (world.leader, "Hoàn tác ngay sau khi ghi")
    assert phone.answer.context["totals"]["people"] == 0
    assert "Đã hủy: Dịch vụ THU-NOP." in phone.answer.text


def test_undo_sent_twice_is_one_void(world):
    phone, _session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap(DONE_SELF)
    request = phone.request_of(phone.control("Hoàn tác"))
    phone.send(*request)
    phone.send(*request)
    assert Void.objects.count() == 1


def test_undo_from_the_list_asks_why_and_the_line_stays_readable(world):
    phone, _session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap(DONE_SELF).tap("1 Đã ghi").tap("Hoàn tác Nộp hồ sơ thử").tap("Ghi trùng")
    assert Void.objects.get().reason == "Ghi trùng"
    assert "Đã hủy" in phone.answer.text
    assert [line.service.code for line in phone.answer.context["page"]] == ["THU-NOP"]


def test_undo_of_a_citizens_first_line_takes_the_others_of_the_visit_along(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap(DONE_SELF).tap("Cùng người, dịch vụ khác").tap("Nộp phí thử").tap(DONE_SELF)
    phone.tap("Nộp hồ sơ thử").tap("Chưa xong")
    first = AssistanceLog.objects.get(service=world.submit, result="done_self")
    phone.open(reverse("field:log_undo", args=[session.pk, first.pk]))
    assert [each.service.code for each in phone.answer.context["followers"]] == ["THU-PHI"]
    phone.tap("Ghi nhầm dịch vụ")
    assert lines(session) == [("THU-NOP", "not_done", 1, False)]
    assert phone.answer.context["totals"] == {"people": 1, "turns": 1, "lines": 1}


def test_undo_of_a_line_of_another_shift_is_not_found(world):
    phone, session = in_shift(world)
    other = factories.log(factories.session(world.team, today()), world.submit)
    phone.open(reverse("field:log_undo", args=[session.pk, other.pk]), status=404)
    phone.send(
        "post", reverse("field:log_undo", args=[session.pk, other.pk]), {"void": f"{uuid7()}:{other.pk}"}, status=404
    )
    assert Void.objects.count() == 0


def test_undo_of_what_was_taken_back_leads_to_the_list(world):
    phone, session = in_shift(world)
    log = factories.log(session, world.submit)
    factories.void(log)
    phone.open(reverse("field:log_undo", args=[session.pk, log.pk]))
    assert phone.path == reverse("field:logs", args=[session.pk])


def test_undo_of_the_second_service_leaves_the_citizen_counted(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap(DONE_SELF).tap("Cùng người, dịch vụ khác").tap("Nộp phí thử").tap(DONE_SELF)
    phone.tap("Hoàn tác")
    assert lines(session) == [("THU-NOP", "done_self", 1, False)]
    assert phone.answer.context["totals"]["people"] == 1


def test_undo_of_what_the_form_did_not_ask_about_is_not_found(world):
    phone, session = in_shift(world)
    mine, other = factories.log(session, world.submit), factories.log(session, world.pay)
    path = reverse("field:log_undo", args=[session.pk, mine.pk])
    phone.send("post", path, {"void": f"{uuid7()}:{other.pk}"}, status=404)
    phone.send("post", path, {"void": f"khong-phai-ma:{mine.pk}"}, status=404)
    assert Void.objects.count() == 0


# --- tiles ----------------------------------------------------------------------------------------------------------
def test_tile_of_an_expired_service_is_gone_today_and_there_on_its_days(world):
    expired = factories.service("THU-BUYT", group=world.submit.group, valid_to=dt.date(2024, 12, 31))
    today_phone, _session = in_shift(world)
    sent_out(world, PEAK_DAY)
    past_phone = Phone(world.leader).open("/field/web/?day=2023-03-26").tap("Mở ca").tap("Ghi lượt hỗ trợ")
    assert expired.code not in today_phone.tiles
    assert expired.code in past_phone.tiles
    past_phone.tap("THU-BUYT").tap(DONE_SELF)
    log = AssistanceLog.objects.get()
    assert (log.service, log.session.day) == (expired, PEAK_DAY)
    # Nobody remembers the minute of a past day: the line stands at the shift's begin.
    assert log.happened_at == factories.local(PEAK_DAY, 7, 30)


def test_tile_of_an_expired_service_cannot_be_asked_for_by_its_address(world):
    expired = factories.service("THU-BUYT", group=world.submit.group, valid_to=dt.date(2024, 12, 31))
    phone, session = in_shift(world)
    phone.open(reverse("field:log_record", args=[session.pk, expired.code]), status=404)


def test_tiles_begin_with_what_the_team_uses_most(world):
    earlier = factories.session(world.team, today() - DAY)
    for _time in range(2):
        factories.log(earlier, world.pay)
    factories.log(factories.session(world.team_vinh_loc, today() - DAY), world.submit)
    phone, _session = in_shift(world)
    often, *others = phone.answer.context["groups"]
    assert (often.title, [service.code for service in often.services]) == ("Hay dùng", ["THU-PHI"])
    assert phone.tiles.count("THU-PHI") == 1
    assert "THU-NOP" in [service.code for group in others for service in group.services]


# --- closing --------------------------------------------------------------------------------------------------------
def test_close_shows_the_figures_and_then_keeps_them(world):
    phone, session = in_shift(world)
    phone.open(reverse("field:attendance", args=[session.pk])).tap("An Mẫu").tap("Ghi lượt hỗ trợ")
    phone.tap("Nộp hồ sơ thử").tap(DONE_SELF).tap("Cùng người, dịch vụ khác").tap("Nộp phí thử").tap(DONE_SELF)
    phone.tap("Đóng ca")
    assert session.ended_at is None
    assert phone.answer.context["totals"] == {"people": 1, "turns": 2, "lines": 2}
    assert phone.answer.context["presence"] == {"present": 1, "members": 2}
    phone.tap("Đóng ca", note="Đông dân buổi sáng, mạng yếu.")
    session.refresh_from_db()
    assert session.note == "Đông dân buổi sáng, mạng yếu."
    assert session.ended_at >= session.started_at
    assert "Ca đã đóng. Cảm ơn cả đội!" in phone.answer.text
    assert phone.answer.context["totals"] == {"people": 1, "turns": 2, "lines": 2}


def test_close_sent_twice_closes_once(world):
    phone, session = in_shift(world)
    phone.tap("Đóng ca")
    request = phone.request_of(phone.control("Đóng ca"))
    phone.send(*request)
    session.refresh_from_db()
    ended_at = session.ended_at
    phone.send(*request)
    session.refresh_from_db()
    assert session.ended_at == ended_at
    assert "Ca đã đóng. Cảm ơn cả đội!" in phone.answer.text


@pytest.mark.parametrize(
    "note", ["Bác Ba cần gọi lại số 0903 123 456", "CCCD 079301234567 bị mờ", "cmnd 023456789 cũ", "+84 903.123.456"]
)
def test_close_with_a_note_that_could_identify_a_citizen_is_refused_and_the_text_stays(world, note):
    phone, session = in_shift(world)
    phone.tap("Đóng ca").tap("Đóng ca", note=note)
    session.refresh_from_db()
    assert session.ended_at is None
    assert "Ca chưa đóng. Sửa ghi chú rồi bấm Đóng ca lần nữa." in phone.answer.text
    assert "Cổng không lưu thông tin của người dân" in " ".join(phone.answer.context["form"].errors["note"])
    assert dict(phone.page.forms["close"].fields)["note"].strip() == note
    assert 'aria-invalid="true"' in phone.answer.text
    phone.tap("Đóng ca", note="Đông dân.")
    session.refresh_from_db()
    assert session.note == "Đông dân."


def test_close_warns_of_an_empty_shift_and_of_nobody_present(world):
    phone, _session = in_shift(world)
    phone.tap("Đóng ca")
    assert "Ca này chưa ghi lượt nào." in phone.answer.text
    assert "Chưa điểm danh ai." in phone.answer.text


def test_close_of_a_past_day_offers_the_planned_end(world):
    sent_out(world, PEAK_DAY, starts_at=dt.time(13), ends_at=dt.time(17))
    sent_out(world, PEAK_DAY, starts_at=dt.time(7, 30), ends_at=dt.time(11, 30))
    phone = Phone(world.leader).open("/field/web/?day=2023-03-26").tap("Mở ca", number=1).tap("Ghi lượt hỗ trợ")
    phone.tap("Đóng ca").tap("Đóng ca")
    session = Session.objects.get()
    assert (session.started_at, session.ended_at) == (factories.local(PEAK_DAY, 13), factories.local(PEAK_DAY, 17))


def test_close_of_a_past_day_offers_no_end_before_the_beginning(world):
    session = factories.session(world.team, PEAK_DAY, started_at=factories.local(PEAK_DAY, 21, 45))
    phone = Phone(world.leader).open(reverse("field:session_close", args=[session.pk]))
    offered = [value for value, _label in phone.answer.context["form"].fields["end"].choices]
    assert offered == ["22:00", "22:30", "23:00", "23:30", "23:59"]
    phone.tap("Đóng ca", end="21:30")
    assert "end" in phone.answer.context["form"].errors
    session.refresh_from_db()
    assert session.ended_at is None


@pytest.mark.parametrize("minute", [0, 15, 40, 59])
def test_close_of_a_shift_that_began_late_at_night_is_possible(world, minute):
    phone = Phone(world.leader).open("/field/web/mo-ca/?day=2023-03-26").tap("Mở ca", start=f"23:{minute:02d}")
    phone.tap("Ghi lượt hỗ trợ").tap("Đóng ca").tap("Đóng ca")
    session = Session.objects.get()
    assert session.started_at == factories.local(PEAK_DAY, 23, minute)
    assert session.ended_at == factories.local(PEAK_DAY, 23, 59)


def test_closed_shift_can_still_be_corrected(world):
    phone, session = in_shift(world)
    phone.tap("Nộp hồ sơ thử").tap(DONE_SELF).tap("Đóng ca").tap("Đóng ca")
    phone.tap("Các lượt").tap("Hoàn tác Nộp hồ sơ thử").tap("Ghi trùng")
    assert lines(session) == []
    phone.open(reverse("field:session", args=[session.pk]))
    assert phone.answer.context["totals"]["people"] == 0


# --- rules ----------------------------------------------------------------------------------------------------------
def test_rules_are_one_tap_away_from_every_step_of_the_shift(world):
    phone, session = in_shift(world)
    for where in (phone, phone.tap("Nộp hồ sơ thử"), phone.tap(DONE_SELF)):
        where.tap("Quy tắc")
        for rule in ("Không làm thay", "Không hỏi mật khẩu, mã OTP", "Không chụp giấy tờ"):
            assert rule in phone.answer.text
        phone.tap("Đã rõ")
        assert session_id(phone) == session.pk
        phone.tap("Nộp hồ sơ thử")


@pytest.mark.parametrize("back", ["khong-phai-ma", "//evil.example", "javascript:alert(1)"])
def test_rules_lead_nowhere_but_home_or_a_shift(world, back):
    phone = Phone(world.leader).open(f"/field/web/quy-tac/?ca={back}").tap("Đã rõ")
    assert phone.path == reverse("field:home")
