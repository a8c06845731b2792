"""What each part of the board says, beside rows that must not take part."""

import datetime as dt

import pytest
from django.utils import timezone

from desk.board.question import Board
from desk.board.team import team_of
from reports.tallies import refresh
from reports.tallies.slices import Slice
from services_help.models import Session
from teams.access import access_of_user
from teams.permissions import Role
from tests import factories
from tests.desk.boards import NOON, columns, planned, seen, stands_out, work
from tests.factories import PEAK_DAY, local

DAY = dt.timedelta(days=1)
BEFORE = PEAK_DAY - 14 * DAY


@pytest.fixture
def plan(world):
    return planned(world)


# --- against the last peak day ----------------------------------------------------------------------------------------
@pytest.fixture
def peak_before(plan):
    """Two weeks before: 10 turns at eight, 30 at noon. The week in between is no peak day."""
    campaign = plan.campaign_day.campaign
    factories.campaign_day(campaign, BEFORE, kind="peak")
    factories.campaign_day(campaign, PEAK_DAY - 7 * DAY)
    work(plan, plan.team, 10, hour=8, day=BEFORE)
    work(plan, plan.team_bank, 30, hour=12, day=BEFORE)
    work(plan, plan.team, 99, hour=8, day=PEAK_DAY - 7 * DAY)
    return plan


def test_running_day_is_set_against_the_same_hours_of_the_last_peak_day(peak_before):
    work(peak_before, peak_before.team, 15, hour=9)
    work(peak_before, peak_before.team_vinh_loc, 7, hour=12)

    people = seen("figures", peak_before.city_staff, now=NOON + dt.timedelta(minutes=30)).rows[0]

    assert (people["value"], people["so_far"], people["then"]) == (22, 15, 10)
    assert people["against"] == "Đến 12:00: 150\N{NO-BREAK SPACE}% so với ngày cao điểm trước (10)"


def test_day_that_is_over_is_set_against_the_whole_peak_day(peak_before):
    work(peak_before, peak_before.team, 10)

    found = seen("figures", peak_before.city_staff, now=NOON + DAY)

    assert found.rows[0]["against"] == "25\N{NO-BREAK SPACE}% so với ngày cao điểm trước (40)"
    assert found.note == "So với cả ngày cao điểm 12/03/2023."


def test_hours_stand_beside_those_of_the_last_peak_day(peak_before):
    work(peak_before, peak_before.team, 15, hour=10)

    found = seen("hours", peak_before.city_staff)

    assert columns(found, "hour", "value", "then") == [(8, 0, 10), (9, 0, 0), (10, 15, 0), (11, 0, 0), (12, 0, 30)]
    assert found.more["then_label"] == "Ngày cao điểm 12/03/2023"


def test_first_peak_day_has_nothing_to_be_set_against(plan):
    work(plan, plan.team, 15)

    found = seen("figures", plan.city_staff)

    assert (found.rows[0]["then"], found.rows[0]["against"]) == (None, "")
    assert found.note == "Trước ngày này chưa có ngày cao điểm nào để so sánh."
    assert [column.name for column in seen("hours", plan.city_staff).columns] == ["label", "value", "people"]


def against(user, **chosen) -> str:
    return seen("figures", user, now=NOON + DAY, **chosen).note


OF_12_03, OF_NONE = "So với cả ngày cao điểm 12/03/2023.", "Trước ngày này chưa có ngày cao điểm nào để so sánh."


@pytest.fixture
def own_peak(peak_before):
    """The banks alone have had a peak day of their own since, and others have worked on it too."""
    factories.campaign_day(factories.campaign(owner=peak_before.banks), PEAK_DAY - 5 * DAY, kind="peak")
    for team in (peak_before.team_bank, peak_before.team):
        work(peak_before, team, 4, day=PEAK_DAY - 5 * DAY)
    return peak_before


def test_peak_day_of_one_unit_is_what_this_unit_and_those_below_it_are_set_against(own_peak):
    for chosen in ({}, {"unit": own_peak.banks}, {"unit": own_peak.bank}):
        assert against(own_peak.bank_staff, **chosen) == "So với cả ngày cao điểm 21/03/2023."
    assert against(own_peak.city_staff, unit=own_peak.bank) == "So với cả ngày cao điểm 21/03/2023."


def test_city_and_units_beside_are_not_set_against_the_peak_day_of_one_unit(own_peak):
    work(own_peak, own_peak.team, 20)

    assert against(own_peak.city_staff) == against(own_peak.city_staff, unit=own_peak.city) == OF_12_03
    assert against(factories.user(is_superuser=True)) == OF_12_03
    assert against(own_peak.city_staff, unit=own_peak.binh_chanh) == against(own_peak.unit_staff) == OF_12_03
    told = seen("figures", own_peak.city_staff, now=NOON + DAY).rows[0]["against"]
    assert told == "50\N{NO-BREAK SPACE}% so với ngày cao điểm trước (40)"


def test_reader_of_two_units_is_set_against_a_peak_day_that_both_had(own_peak):
    factories.Appointment.objects.create(
        user=own_peak.bank_staff, role=Role.VIEWER, unit=own_peak.binh_chanh, valid_from=factories.LONG_AGO
    )

    assert against(own_peak.bank_staff) == OF_12_03


def test_draft_and_ordinary_days_are_nothing_to_be_set_against(peak_before):
    draft = factories.campaign(owner=peak_before.city, status="draft")
    factories.campaign_day(draft, PEAK_DAY - DAY, kind="peak")
    work(peak_before, peak_before.team, 4, day=PEAK_DAY - DAY)

    assert against(peak_before.city_staff) == OF_12_03


def test_peak_day_on_which_the_unit_has_done_nothing_is_passed_over(peak_before):
    """Vĩnh Lộc stood still on the last one, and has worked on the one before."""
    assert against(peak_before.city_staff, unit=peak_before.vinh_loc) == OF_NONE

    factories.campaign_day(peak_before.campaign_day.campaign, BEFORE - DAY, kind="peak")
    work(peak_before, peak_before.team_vinh_loc, 5, day=BEFORE - DAY)

    assert against(peak_before.city_staff, unit=peak_before.vinh_loc) == "So với cả ngày cao điểm 11/03/2023."
    assert against(peak_before.unit_staff) == OF_12_03


def test_what_has_been_taken_back_is_no_work_to_be_set_against(peak_before):
    for session in Session.objects.filter(day=BEFORE, team=peak_before.team_bank):
        factories.void(session)
        refresh([Slice(BEFORE, session.team_id)])

    assert against(peak_before.bank_staff) == OF_NONE
    assert against(peak_before.city_staff) == OF_12_03


# --- points -----------------------------------------------------------------------------------------------------------
def test_point_tells_its_load_by_the_hours_of_those_who_stand_there(plan):
    work(plan, plan.team, 30, point=plan.point, volunteers=2, ended_at=local(PEAK_DAY, 9))

    found = seen("points", plan.city_staff)

    assert columns(found, "label", "state", "volunteers", "value", "load") == [
        ("Một cửa Tân Túc", "đã đóng ca", 2, 30, 10.0)
    ]


def test_load_of_an_open_shift_counts_up_to_now(plan):
    work(plan, plan.team, 30, point=plan.point, volunteers=2)

    assert columns(seen("points", plan.city_staff, now=local(PEAK_DAY, 10)), "state", "load") == [("đang mở", 6.0)]


def test_whoever_is_noted_with_minutes_in_an_open_shift_counts_with_those(plan):
    """Of two who are there one has noted 30 minutes, once for the whole shift and once with its minutes."""
    session = work(plan, plan.team, 30, point=plan.point, volunteers=2, started_at=local(PEAK_DAY, 8))
    factories.attendance(session, session.attendances.first().volunteer, minutes=30)
    factories.attendance(session, session.attendances.last().volunteer, minutes=None)
    refresh([Slice(PEAK_DAY, plan.team.pk)])
    now = local(PEAK_DAY, 11)

    assert columns(seen("points", plan.city_staff, now=now), "volunteers", "load") == [(2, 8.6)]
    assert columns(seen("units", plan.city_staff, now=now), "label", "hours") == [("Huyện Đoàn Bình Chánh", 3.5)]
    assert columns(seen("units", plan.unit_staff, now=now), "label", "hours") == [("Đoàn thị trấn Tân Túc", 3.5)]
    assert columns(seen("teams", plan.city_staff, now=now), "hours") == [(3.5,)]
    assert team_of(Board(access_of_user(plan.unit_staff), PEAK_DAY, now), "TO-TT")["rate"] == 8.6


def test_open_shift_of_a_unit_of_its_own_counts_where_it_is_shown(plan):
    """Bình Chánh has a team of its own beside those of its communes."""
    own = factories.team(unit=plan.binh_chanh)
    for team in (own, plan.team):
        work(plan, team, 5, volunteers=1, started_at=local(PEAK_DAY, 8))

    found = seen("units", plan.city_staff, unit=plan.binh_chanh)

    assert sorted(columns(found, "label", "hours")) == [("Huyện Đoàn Bình Chánh", 4.0), ("Đoàn thị trấn Tân Túc", 4.0)]


def test_shift_that_is_to_begin_or_of_another_day_has_given_nothing_yet(plan):
    work(plan, plan.team, 5, volunteers=1, started_at=local(PEAK_DAY, 13))

    assert columns(seen("units", plan.city_staff), "hours") == [(0.0,)]
    assert columns(seen("units", plan.city_staff, now=NOON + DAY), "hours") == [(0.0,)]


def test_points_say_what_they_are_at_and_the_hardest_pressed_stands_first(plan):
    area = factories.area()
    late, due, calm = (factories.point(unit=plan.tan_tuc, area=area, name=f"Điểm {name}") for name in "ABC")
    factories.deployment(plan.team_vinh_loc, plan.campaign_day, late, starts_at=dt.time(11))
    factories.deployment(plan.team_vinh_loc, plan.campaign_day, due, starts_at=dt.time(13), ends_at=dt.time(14))
    work(plan, plan.team_vinh_loc, 4, point=calm, volunteers=1, started_at=local(PEAK_DAY, 8))
    work(plan, plan.team, 40, point=plan.point, volunteers=1, started_at=local(PEAK_DAY, 8))

    found = seen("points", plan.city_staff)

    assert columns(found, "label", "state", "load") == [
        ("Một cửa Tân Túc", "đang mở", 10.0),
        ("Điểm C", "đang mở", 1.0),
        ("Điểm A", "chưa mở ca", None),
        ("Điểm B", "chưa đến giờ", None),
    ]
    assert found.more == {"open_count": 2, "missing_count": 1, "due_count": 1, "closed_count": 0}


def test_point_counts_only_what_the_reader_sees(plan):
    work(plan, plan.team, 30, point=plan.point)
    work(plan, plan.team_bank, 7, point=plan.point)

    assert columns(seen("points", plan.city_staff), "value") == [(37,)]
    assert columns(seen("points", plan.bank_staff), "value") == [(7,)]


# --- who has not reported ---------------------------------------------------------------------------------------------
def test_team_is_late_from_the_minute_it_should_have_begun(plan):
    work(plan, plan.team)
    factories.deployment(plan.team_vinh_loc, plan.campaign_day, starts_at=dt.time(6), ends_at=dt.time(7))

    found = seen("silent", plan.city_staff, now=local(PEAK_DAY, 7, 45))

    assert columns(found, "label", "hours", "late") == [
        ("Tổ xung kích Vĩnh Lộc A", "06:00–07:00", 105),
        ("Đội hình thanh toán số", "07:30–11:30", 15),
    ]
    assert found.more == {"deployed": 3, "reporting": 1, "percent": 33, "late_count": 2}


@pytest.mark.parametrize("now", [local(PEAK_DAY, 7, 30), local(PEAK_DAY + DAY, 9), local(PEAK_DAY - DAY, 9)])
def test_nobody_is_late_before_the_hour_or_on_another_day(plan, now):
    found = seen("silent", plan.city_staff, now=now)

    assert ([row["late"] for row in found.rows], found.more["late_count"]) == ([None] * 3, 0)


# --- side by side -----------------------------------------------------------------------------------------------------
def test_units_are_ranked_by_what_they_did_and_by_the_hour_of_a_volunteer(plan):
    work(plan, plan.team, 60, volunteers=5, started_at=local(PEAK_DAY, 8), ended_at=local(PEAK_DAY, 12))
    work(plan, plan.team_bank, 20, volunteers=1, started_at=local(PEAK_DAY, 8), ended_at=local(PEAK_DAY, 10))

    found = seen("units", plan.city_staff)

    assert columns(found, "label", "value", "hours", "rate", "place") == [
        ("Huyện Đoàn Bình Chánh", 60, 20.0, 3.0, 2),
        ("Đoàn khối Ngân hàng", 20, 2.0, 10.0, 1),
    ]
    assert [row["aside"] for row in found.rows] == ["3 mỗi giờ TN", "10 mỗi giờ TN"]


def test_unit_with_less_than_two_volunteer_hours_has_no_rate(plan):
    work(plan, plan.team, 60, volunteers=1, started_at=local(PEAK_DAY, 8), ended_at=local(PEAK_DAY, 9, 59))

    assert columns(seen("units", plan.city_staff), "rate", "place", "aside") == [(None, None, "")]


def test_units_lead_down_to_their_board_and_the_lowest_to_its_teams(plan):
    work(plan, plan.team, 60)

    [below] = seen("units", plan.city_staff, unit=plan.binh_chanh).rows
    [itself] = seen("units", plan.city_staff, unit=plan.tan_tuc).rows

    assert below["url"] == "/dashboard/?day=2023-03-26&unit=BC-TT"
    assert itself["url"] == "/dashboard/w/teams/?day=2023-03-26&unit=BC-TT"


def test_teams_stand_side_by_side_with_their_rate(plan):
    work(plan, plan.team, 60, volunteers=5, started_at=local(PEAK_DAY, 8), ended_at=local(PEAK_DAY, 12))
    work(plan, plan.team_vinh_loc, 9)
    work(plan, plan.team_bank, 500)

    found = seen("teams", plan.unit_staff)

    assert columns(found, "label", "unit", "value", "rate", "url") == [
        ("Tổ xung kích Tân Túc", "Đoàn thị trấn Tân Túc", 60, 3.0, "/dashboard/team/TO-TT/?day=2023-03-26"),
        ("Tổ xung kích Vĩnh Lộc A", "Đoàn xã Vĩnh Lộc A", 9, None, "/dashboard/team/TO-VL/?day=2023-03-26"),
    ]


# --- phones -----------------------------------------------------------------------------------------------------------
def test_phones_that_hold_something_are_listed_the_held_first(plan):
    factories.device_report(plan.team, plan.leader, unsent=4, photos=1)
    factories.device_report(plan.team_vinh_loc, plan.leader, held=2)
    factories.device_report(plan.team, plan.leader)  # has sent everything
    factories.device_report(plan.team_bank, plan.leader_bank, unsent=50)

    found = seen("devices", plan.unit_staff)

    assert columns(found, "label", "state", "unsent", "held", "photos") == [
        ("Tổ xung kích Vĩnh Lộc A", "có mục bị giữ lại", 0, 2, 0),
        ("Tổ xung kích Tân Túc", "chưa gửi hết", 4, 0, 1),
    ]
    assert found.more["unsent_total"]() == 6


def test_phone_that_differs_or_is_silent_is_listed_too(plan):
    factories.device_report(plan.team, plan.leader, differs=["2023-03-26"])
    lost = factories.session(plan.team_vinh_loc, by=plan.leader)
    ago = timezone.now() - dt.timedelta(days=2)
    factories.device_report(plan.team_vinh_loc, plan.leader, device=lost.device, reported_at=ago)

    assert {row["label"]: row["state"] for row in seen("devices", plan.unit_staff).rows} == {
        "Tổ xung kích Tân Túc": "lệch sổ với máy chủ",
        "Tổ xung kích Vĩnh Lộc A": "mất liên lạc",
    }


def test_account_without_a_team_is_named_itself(plan):
    factories.device_report(None, plan.leader, unsent=1)

    assert columns(seen("devices", plan.city_staff), "label", "url") == [(str(plan.leader), "")]


# --- targets ----------------------------------------------------------------------------------------------------------
def goal(plan, unit, value: int = 100, *, measure: str = "people", **campaign):
    given = {"owner": plan.city, "starts_on": PEAK_DAY - 9 * DAY, "ends_on": PEAK_DAY + 10 * DAY} | campaign
    return factories.target(factories.campaign(**given), unit, value=value, measure=measure, name="Lượt người dân")


def test_target_is_set_against_what_was_reached_and_the_time_gone_by(plan):
    aim = goal(plan, plan.binh_chanh)
    plan.campaign_day.campaign = aim.campaign
    work(plan, plan.team, 20, day=PEAK_DAY - 3 * DAY)
    work(plan, plan.team_vinh_loc, 5)
    work(plan, plan.team_bank, 70)
    work(plan, plan.team, 300, day=PEAK_DAY + DAY)

    found = seen("targets", plan.unit_staff)

    assert columns(found, "label", "unit", "goal", "value", "percent", "due", "time") == [
        ("Lượt người dân", "Huyện Đoàn Bình Chánh", 100, 25, 25.0, 50.0, "đã qua 10/20 ngày")
    ]


def test_campaigns_within_count_for_the_target_of_the_campaign(plan):
    aim = goal(plan, plan.binh_chanh, ends_on=None)
    within = factories.campaign(owner=plan.city, parent=aim.campaign)
    plan.campaign_day.campaign = factories.campaign(owner=plan.city, parent=within)
    work(plan, plan.team, 20)

    assert columns(seen("targets", plan.unit_staff), "value", "due", "time") == [
        (20, None, "chiến dịch không có ngày kết thúc")
    ]


def test_number_of_teams_is_not_added_up_over_campaigns(plan):
    aim = goal(plan, plan.binh_chanh, 4, measure="teams")
    within = factories.campaign(owner=plan.city, parent=aim.campaign)
    for each in (aim.campaign, within):
        plan.campaign_day.campaign = each
        work(plan, plan.team)

    assert columns(seen("targets", plan.unit_staff), "value", "percent") == [(None, None)]


def test_targets_of_drafts_of_other_units_and_of_other_times_are_not_shown(plan):
    goal(plan, plan.binh_chanh, status="draft")
    goal(plan, plan.banks)
    goal(plan, plan.tan_tuc)
    goal(plan, plan.binh_chanh, ends_on=PEAK_DAY - DAY)
    goal(plan, plan.binh_chanh, starts_on=PEAK_DAY + DAY)
    goal(plan, plan.binh_chanh, measure="khong-co")
    one_day = goal(plan, plan.binh_chanh, starts_on=PEAK_DAY, ends_on=PEAK_DAY)

    assert columns(seen("targets", plan.unit_staff), "campaign", "time") == [
        (one_day.campaign.name, "chỉ tiêu của một ngày")
    ]


# --- what stands out, and the review ----------------------------------------------------------------------------------
def test_open_flags_are_told_in_a_sentence_the_gravest_first(plan):
    session = work(plan, plan.team, point=plan.point)
    stands_out(session)

    rows = seen("flags", plan.unit_staff).rows

    assert [(row["rule"], row["severity"]) for row in rows] == [
        ("Một tình nguyện viên ở hai nơi cùng lúc", "Nghiêm trọng"),
        ("Một điện thoại ở hai điểm xa nhau", "Cần xem"),
    ]
    assert rows[1]["sentence"] == (
        "Cùng một điện thoại ghi ở điểm này lúc 07:30 và ở Một cửa Tân Túc (Tổ xung kích Tân Túc) cách 8 km lúc 07:30: "
        "5 phút không đủ để đi, cần ít nhất 10 phút với vận tốc 50 km/giờ."
    )
    assert rows[0]["url"].startswith(f"/dashboard/explain/{session.pk}/?")


def test_flags_that_are_settled_of_others_or_of_another_day_are_not_shown(plan):
    now = timezone.now()
    stands_out(work(plan, plan.team, point=plan.point), settled_at=now, settled_by=plan.unit_staff)
    stands_out(work(plan, plan.team_bank, point=plan.point))
    stands_out(work(plan, plan.team, day=PEAK_DAY - DAY, point=plan.point))
    voided = work(plan, plan.team, point=plan.point)
    stands_out(voided)
    factories.void(voided)

    assert list(seen("flags", plan.unit_staff).rows) == []
    assert len(seen("flags", plan.bank_staff).rows) == 2


def test_review_tells_how_many_shifts_are_where(plan):
    ended = {"ended_at": local(PEAK_DAY, 11)}
    work(plan, plan.team)
    work(plan, plan.team, **ended)
    work(plan, plan.team, **ended, returned_at=NOON)
    work(plan, plan.team_vinh_loc, **ended, state="approved")
    work(plan, plan.team_vinh_loc, **ended, state="locked")
    work(plan, plan.team_bank, **ended, state="approved")

    found = seen("review", plan.unit_staff)

    assert columns(found, "stage", "value") == [
        ("open", 1),
        ("awaiting", 1),
        ("returned", 1),
        ("approved", 1),
        ("locked", 1),
    ]
    assert found.more == {"done": 2, "total": 5, "percent": 40}
    assert Session.objects.count() == 6


def test_review_of_a_day_without_shifts_has_no_share(plan):
    assert seen("review", plan.unit_staff).more == {"done": 0, "total": 0, "percent": None}
