"""Each rule finds its planted case, leaves its near miss alone, and says why in one sentence with the numbers."""

import datetime as dt

import pytest
from django.utils import translation

from desk import outliers
from desk.outliers.catalogue import PEAK_HISTORY_DAYS, RULES
from desk.outliers.checks import CHECKS, kilometres
from desk.outliers.models import OutlierRule, RuleCode, SessionFlag
from tests import factories
from tests.desk.shifts import (
    HOUR,
    MINUTE,
    found,
    logged,
    phone,
    place,
    receipted,
    rules_in_place,
    services,
    shift,
    staffed,
)
from tests.factories import PEAK_DAY, local

pytestmark = pytest.mark.django_db
LIMITS = {code: rule.usual for code, rule in RULES.items()}
DAY = dt.timedelta(days=1)


def sentence(session, code: str, language: str = "vi") -> str:
    with translation.override(language):
        (text,) = [flag.sentence for flag in outliers.flags_of([session])[session.pk] if flag.rule == code]
    return text


def test_every_rule_has_its_check_its_row_and_its_words():
    assert set(CHECKS) == set(RULES) == set(RuleCode.values)
    rules_in_place()
    assert list(OutlierRule.objects.values_list("code", flat=True)) == list(RULES)
    assert {row.code: row.severity for row in OutlierRule.objects.all()} == {
        code: rule.severity for code, rule in RULES.items()
    }


# --- turns per volunteer hour -----------------------------------------------------------------------------------------
def test_pace_too_high_is_found_and_told(world):
    session = shift(world.team, hours=1.5)
    staffed(session, 2)
    logged(session, 40, 40, 16)
    assert found(session)["pace"] == {
        "turns": 96,
        "minutes": 90,
        "volunteers": 2,
        "volunteer_minutes": 180,
        "rate": 32,
    }
    assert sentence(session, "pace") == (
        "Đội ghi 96 lượt trong 1,5 giờ với 2 tình nguyện viên: 32 lượt mỗi giờ tình nguyện viên, "
        "gấp 4 lần mức thường 8."
    )
    assert sentence(session, "pace", "en") == (
        "The team logged 96 turns in 1.5 hours with 2 volunteers: 32 turns per volunteer hour, 4 times the usual 8."
    )


def at_pace(world, turns: int):
    """Two volunteers for two hours."""
    session = shift(world.team, hours=2)
    staffed(session, 2)
    logged(session, turns)
    return session


def test_pace_at_the_limit_is_left_alone(world):
    most = int(LIMITS["pace"]["limit"]) * 4
    assert "pace" not in found(at_pace(world, most))
    assert "pace" in found(at_pace(world, most + 1))


def test_pace_of_a_small_session_is_left_alone(world):
    least = int(LIMITS["pace"]["least_turns"])
    short = [shift(world.team, hours=0.5), shift(world.team, hours=0.5)]
    for session, turns in zip(short, (least - 1, least), strict=True):
        staffed(session, 1)
        logged(session, turns)
    assert ["pace" in found(session) for session in short] == [False, True]


def test_pace_counts_minutes_of_each_volunteer(world):
    session = shift(world.team, hours=4)
    staffed(session, 1, minutes=60)
    staffed(session, 1, minutes=30)
    logged(session, 36)
    assert sentence_of_found(session, "pace") == (
        "Đội ghi 36 lượt với 2 tình nguyện viên làm tổng cộng 1,5 giờ: 24 lượt mỗi giờ tình nguyện viên, "
        "gấp 3 lần mức thường 8."
    )
    assert sentence(session, "pace", "en") == (
        "The team logged 36 turns with 2 volunteers who worked 1.5 hours in all: 24 turns per volunteer hour, "
        "3 times the usual 8."
    )


def test_pace_of_a_session_where_nobody_was_ticked_off_is_that_of_one(world):
    session = shift(world.team, hours=1)
    logged(session, 40)
    assert sentence_of_found(session, "pace") == (
        "Đội ghi 40 lượt trong 1 giờ mà chưa điểm danh ai: tính như một người thì 40 lượt mỗi giờ tình nguyện viên, "
        "gấp 5 lần mức thường 8."
    )
    assert sentence(session, "pace", "en") == (
        "The team logged 40 turns in 1 hour with nobody ticked off: counted as one person, 40 turns per volunteer "
        "hour, 5 times the usual 8."
    )


def sentence_of_found(session, code: str) -> str:
    found(session)
    return sentence(session, code)


# --- identical days ---------------------------------------------------------------------------------------------------
def same_shift(world, day, offered, counts, *, at=10):
    session = shift(world.team, day)
    for service, people in zip(offered, counts, strict=True):
        logged(session, people, service=service, at=local(day, at))
    return session


def test_same_turns_by_service_on_other_days_are_found_and_told(world):
    offered = services(3)
    for before in (1, 2):
        same_shift(world, PEAK_DAY - before * DAY, offered, (11, 6, 5), at=8 + before)
    session = same_shift(world, PEAK_DAY, offered, (11, 6, 5))
    assert found(session)["same_days"] == {
        "kind": "services",
        "days": ["2023-03-24", "2023-03-25"],
        "turns": 22,
        "parts": 3,
    }
    assert sentence(session, "same_days") == (
        "22 lượt của ca chia cho 3 dịch vụ giống hệt ngày 24/03/2023 và 25/03/2023, đúng đến từng số."
    )
    assert sentence(session, "same_days", "en") == (
        "The 22 turns of the session spread over 3 services exactly as on 24/03/2023 and 25/03/2023, "
        "to the last figure."
    )


def test_one_turn_of_difference_makes_another_day(world):
    offered = services(3)
    same_shift(world, PEAK_DAY - DAY, offered, (11, 6, 5))
    assert "same_days" not in found(same_shift(world, PEAK_DAY, offered, (11, 7, 5)))


def by_hours(world, day, counts):
    """Each day another service: only the hours are the same."""
    session = shift(world.team, day)
    (service,) = services(1)
    for hour, people in enumerate(counts, start=8):
        logged(session, people, service=service, at=local(day, hour))
    return session


def test_same_turns_by_hour_are_found_and_told(world):
    by_hours(world, PEAK_DAY - DAY, (9, 7, 8))
    session = by_hours(world, PEAK_DAY, (9, 7, 8))
    assert sentence_of_found(session, "same_days") == (
        "24 lượt của ca chia theo 3 giờ giống hệt ngày 25/03/2023, đúng đến từng số."
    )
    assert sentence(session, "same_days", "en") == (
        "The 24 turns of the session spread over 3 hours exactly as on 25/03/2023, to the last figure."
    )


def test_too_few_parts_or_turns_may_be_the_same_by_chance(world):
    parts, turns = int(LIMITS["same_days"]["least_parts"]), int(LIMITS["same_days"]["least_turns"])
    offered = services(parts)
    few = [1] * (parts - 1)
    for counts, is_found in (
        ((turns, *few), True),
        ((turns - len(few) - 1, *few), False),  # one turn less than it takes
        ((turns, *few[1:]), False),  # one service less
    ):
        SessionFlag.objects.all().delete()
        days = PEAK_DAY + len(counts) * 40 * DAY, PEAK_DAY + (len(counts) * 40 + 1) * DAY
        team = factories.team(unit=world.tan_tuc)
        world.team = team
        sessions = [same_shift(world, day, offered[: len(counts)], counts) for day in days]
        assert ("same_days" in found(*sessions)) is is_found


def test_same_day_too_long_ago_is_left_alone(world):
    offered, back = services(3), int(LIMITS["same_days"]["look_back"])
    session = same_shift(world, PEAK_DAY, offered, (11, 6, 5))
    same_shift(world, PEAK_DAY - (back + 1) * DAY, offered, (11, 6, 5))
    assert "same_days" not in found(session)
    same_shift(world, PEAK_DAY - back * DAY, offered, (11, 6, 5))
    assert "same_days" in found(session)


def test_two_sessions_of_one_day_are_no_two_days(world):
    offered = services(3)
    sessions = [same_shift(world, PEAK_DAY, offered, (11, 6, 5)) for _ in range(2)]
    assert "same_days" not in found(*sessions)


# --- round numbers ----------------------------------------------------------------------------------------------------
def test_round_numbers_are_found_and_told(world):
    session = shift(world.team)
    logged(session, 20, 30, 10, 40, 7)
    assert found(session)["round"] == {"round": 4, "lines": 5, "amount": 100}
    assert sentence(session, "round") == (
        "4 trong 5 dòng ghi (80\N{NO-BREAK SPACE}%) là số tròn, chia hết cho 10, cộng lại 100: "
        "có thể là ước lượng chứ không phải đếm."
    )
    assert sentence(session, "round", "en") == (
        "4 of 5 entries (80%) are round numbers, multiples of 10, 100 in all: perhaps estimated rather than counted."
    )


def test_round_numbers_below_their_share_or_their_number_are_left_alone(world):
    share, least = LIMITS["round"]["share"], int(LIMITS["round"]["least_lines"])
    others = int(least * (100 - share) / share)
    sessions = [shift(world.team) for _ in range(3)]
    logged(sessions[0], *[20] * least, *[1] * others)
    logged(sessions[1], *[20] * least, *[1] * (others + 1))
    logged(sessions[2], *[20] * (least - 1))
    assert ["round" in found(session) for session in sessions] == [True, False, False]


def test_round_quantities_of_other_work_count_and_zeros_do_not(world):
    pages = factories.metric("SH")
    session, empty = shift(world.team), shift(world.team)
    logged(session, 0, 0, 0, 0, metric=pages, quantity=500)
    logged(empty, 0, 0, 0, 0)
    assert found(session)["round"] == {"round": 4, "lines": 4, "amount": 2000}
    assert "round" not in found(empty)


# --- one volunteer in two places --------------------------------------------------------------------------------------
def two_shifts(world, minutes: float):
    """One volunteer in two teams' sessions that share so many minutes."""
    here = shift(world.team, hours=2)
    there = shift(world.team_bank, started_at=here.ended_at - minutes * MINUTE, hours=2)
    volunteer = factories.volunteer(unit=world.tan_tuc, full_name="Nguyễn Văn Mẫu")
    for session in (here, there):
        factories.attendance(session, volunteer, minutes=None)
    return here, there, volunteer


def test_volunteer_in_two_places_is_found_and_told_on_both(world):
    here, there, volunteer = two_shifts(world, 45)
    found(here, there)
    assert [outliers.flags_of([each])[each.pk][0].rule for each in (here, there)] == ["two_places", "two_places"]
    assert found(here)["two_places"] == {
        "volunteer": volunteer.pk,
        "minutes": 45,
        "session": str(there.pk),
        "team": world.team_bank.pk,
        "others": 0,
        "start": "2023-03-26T02:15:00+00:00",
        "end": "2023-03-26T03:00:00+00:00",
    }
    assert sentence(here, "two_places") == (
        "Nguyễn Văn Mẫu được điểm danh ở ca này và ở ca của Đội hình thanh toán số trùng nhau ít nhất 45 phút "
        "(09:15–10:00)."
    )
    assert sentence(there, "two_places", "en") == (
        "Nguyễn Văn Mẫu was ticked off in this session and in one of Tổ xung kích Tân Túc at the same time, "
        "for at least 45 minutes (09:15–10:00)."
    )


def test_volunteer_who_goes_over_a_little_early_is_left_alone(world):
    most = LIMITS["two_places"]["minutes"]
    here, there, _volunteer = two_shifts(world, most)
    assert found(here, there) == {}
    here, there, _volunteer = two_shifts(world, most + 1)
    assert "two_places" in found(here, there)


def test_only_minutes_that_are_certain_are_held_against_anybody(world):
    here, there = shift(world.team, hours=4), shift(world.team_bank, hours=4)
    volunteer = factories.volunteer(unit=world.tan_tuc)
    factories.attendance(here, volunteer, minutes=120)
    factories.attendance(there, volunteer, minutes=120)  # one after the other, it may be
    assert "two_places" not in found(here, there)
    other = factories.volunteer(unit=world.tan_tuc)
    factories.attendance(here, other, minutes=120)
    factories.attendance(there, other, minutes=140)
    assert found(here)["two_places"]["minutes"] == 20


def test_others_who_did_the_same_are_counted(world):
    here, there, _volunteer = two_shifts(world, 60)
    for _ in range(2):
        volunteer = factories.volunteer(unit=world.tan_tuc)
        for session in (here, there):
            factories.attendance(session, volunteer, minutes=100)
    found(here)
    assert sentence(here, "two_places").endswith("ít nhất 1 giờ (09:00–10:00); còn 2 người khác cũng vậy.")
    assert sentence(here, "two_places", "en").endswith("at least 1 hour (09:00–10:00); 2 others likewise.")


def test_volunteer_taken_off_or_in_a_session_taken_back_is_nowhere(world):
    here, there, _volunteer = two_shifts(world, 45)
    factories.void(there.attendances.get())
    assert found(here, there) == {}
    here, there, _volunteer = two_shifts(world, 45)
    factories.void(there)
    assert found(here, there) == {}


# --- outside the hours ------------------------------------------------------------------------------------------------
def test_lines_outside_the_session_are_found_and_told(world):
    session = shift(world.team, hours=3)
    logged(session, 1, 1, 1, at=local(PEAK_DAY, 5, 10))
    logged(session, 1, 1)
    logged(session, 1, at=local(PEAK_DAY + DAY, 1))
    assert {name: found(session)["hours"][name] for name in ("frame", "outside", "lines")} == {
        "frame": "session",
        "outside": 4,
        "lines": 6,
    }
    assert sentence(session, "hours") == (
        "4 trong 6 dòng ghi nằm ngoài giờ của ca 08:00–11:00 quá 30 phút: sớm nhất 05:10, muộn nhất 01:00 27/03."
    )
    assert sentence(session, "hours", "en") == (
        "4 of 6 entries lie outside the hours of the session 08:00–11:00 by more than 30 minutes: "
        "the earliest at 05:10, the latest at 01:00 27/03."
    )


def test_lines_within_the_grace_are_left_alone(world):
    grace, least = LIMITS["hours"]["grace"] * MINUTE, int(LIMITS["hours"]["least_outside"])
    session = shift(world.team)
    for _ in range(least - 1):
        logged(session, 1, at=session.ended_at + grace + MINUTE)
    logged(session, 1, at=session.ended_at + grace)
    assert "hours" not in found(session)
    logged(session, 1, at=session.ended_at + grace + MINUTE)
    assert found(session)["hours"]["outside"] == least


def test_deployment_says_when_a_team_works(world):
    day = factories.campaign_day(factories.campaign(owner=world.city))
    for start, end in ((8, 10), (13, 15)):
        factories.deployment(world.team, day, starts_at=dt.time(start), ends_at=dt.time(end))
    factories.deployment(world.team, day, starts_at=dt.time(18), ends_at=dt.time(20), cancelled_at=local(PEAK_DAY))
    session = shift(world.team, hours=12)
    logged(session, 1, 1, at=local(PEAK_DAY, 9))
    logged(session, 1, 1, 1, at=local(PEAK_DAY, 19))
    found(session)
    assert sentence(session, "hours") == (
        "3 trong 5 dòng ghi nằm ngoài giờ phân công 08:00–10:00 và 13:00–15:00 quá 30 phút: "
        "sớm nhất 19:00, muộn nhất 19:02."
    )
    assert sentence(session, "hours", "en") == (
        "3 of 5 entries lie outside the hours of the deployment 08:00–10:00 and 13:00–15:00 by more than 30 minutes: "
        "the earliest at 19:00, the latest at 19:02."
    )


def test_deployment_to_another_point_says_nothing_where_there_is_one_to_this_point(world):
    here, there = place(world.tan_tuc), place(world.tan_tuc)
    day = factories.campaign_day(factories.campaign(owner=world.city))
    factories.deployment(world.team, day, here, starts_at=dt.time(8), ends_at=dt.time(10))
    factories.deployment(world.team, day, there, starts_at=dt.time(13), ends_at=dt.time(15))
    session = shift(world.team, hours=7, point=here)
    logged(session, 1, 1, 1, at=local(PEAK_DAY, 14))
    assert found(session)["hours"]["frame"] == "deployment"


def test_point_says_when_it_is_open_for_teams_without_a_plan(world):
    point = place(world.tan_tuc, opens_at=dt.time(7, 30), closes_at=dt.time(11, 30))
    session = shift(world.team, hours=6, point=point)
    logged(session, 1, 1, 1, at=local(PEAK_DAY, 13))
    found(session)
    assert sentence(session, "hours") == (
        "3 trong 3 dòng ghi nằm ngoài giờ mở cửa của điểm 07:30–11:30 quá 30 phút: sớm nhất 13:00, muộn nhất 13:02."
    )
    assert sentence(session, "hours", "en") == (
        "3 of 3 entries lie outside the opening hours of the point 07:30–11:30 by more than 30 minutes: "
        "the earliest at 13:00, the latest at 13:02."
    )
    day = factories.campaign_day(factories.campaign(owner=world.city))
    factories.deployment(world.team, day, point, starts_at=dt.time(8), ends_at=dt.time(14))
    assert "hours" not in found(session)


# --- far from the point -----------------------------------------------------------------------------------------------
def two_points(world, gap, *, km: float = 9.99):
    """One phone logs in two sessions, at points so far apart, the second line so long after the first."""
    north = km / (kilometres((10.0, 106.0), (11.0, 106.0)))
    here = shift(world.team, hours=2, point=place(world.tan_tuc, 10.7, 106.6))
    there = shift(world.team_bank, hours=2, point=place(world.bank, 10.7 + north, 106.6, name="Chợ Mẫu"))
    device = phone()
    at = local(PEAK_DAY, 9)
    receipted(logged(here, 1, at=at, device=device))
    receipted(logged(there, 1, at=at + gap, device=device))
    return here, there


def test_phone_at_two_far_points_is_found_and_told_on_both(world):
    here, there = two_points(world, 6 * MINUTE)
    found(here, there)
    assert sentence(here, "travel") == (
        "Cùng một điện thoại ghi ở điểm này lúc 09:00 và ở Chợ Mẫu (Đội hình thanh toán số) cách 10 km lúc 09:06: "
        "6 phút không đủ để đi, cần ít nhất 12 phút với vận tốc 50 km/giờ."
    )
    assert sentence(there, "travel", "en") == (
        f"One phone logged at this point at 09:06 and at {here.point} (Tổ xung kích Tân Túc), 10 km away, at 09:00: "
        "6 minutes are not enough for the way, which takes at least 12 minutes at 50 km/h."
    )


def test_phone_that_had_time_to_travel_is_left_alone(world):
    needed = dt.timedelta(hours=10 / LIMITS["travel"]["speed"])
    assert "travel" not in found(*two_points(world, needed))
    assert "travel" in found(*two_points(world, needed - MINUTE))


def test_points_near_each_other_are_left_alone(world):
    least = LIMITS["travel"]["least_km"]
    assert "travel" not in found(*two_points(world, 0 * MINUTE, km=least - 0.1))
    assert "travel" in found(*two_points(world, 0 * MINUTE, km=least + 0.1))


def test_work_at_home_and_online_is_done_from_anywhere(world):
    here, there = two_points(world, MINUTE)
    here.logs.get()
    receipted(logged(here, 1, channel="online", device=phone()))
    assert "travel" in found(here, there)
    factories.void(there.logs.get())
    receipted(logged(there, 1, at=local(PEAK_DAY, 9), device=here.logs.first().device, channel="home"))
    assert "travel" not in found(here, there)


def test_point_without_coordinates_says_nothing(world):
    here, there = two_points(world, MINUTE)
    for point in (here.point, there.point):
        point.lat = point.lon = None
        point.save()
    assert "travel" not in found(here, there)


def test_great_circle_from_the_city_to_con_dao():
    assert round(kilometres((10.7769, 106.7009), (8.6930, 106.6090))) == 232


# --- sudden jump ------------------------------------------------------------------------------------------------------
def past(world, counts, *, team=None, first=PEAK_DAY - 20 * DAY, **fields):
    for place_in_time, turns in enumerate(counts):
        logged(shift(team or world.team, first + place_in_time * DAY, **fields), turns)


def test_jump_against_the_teams_own_median_is_found_and_told(world):
    past(world, (20, 10, 12, 11, 500))
    session = shift(world.team)
    logged(session, 30, 24)
    assert found(session)["jump"] == {"turns": 54, "median": 12, "sessions": 5, "times": 4.5}
    assert sentence(session, "jump") == ("Ca này có 54 lượt, gấp 4,5 lần mức giữa 12 lượt của 5 ca gần nhất của đội.")
    assert sentence(session, "jump", "en") == (
        "This session has 54 turns, 4.5 times the median of 12 of the team's last 5 sessions."
    )


def test_jump_to_the_limit_is_left_alone(world):
    most = int(20 * LIMITS["jump"]["ratio"])
    past(world, [20] * 5)
    session = shift(world.team)
    logged(session, most)
    assert "jump" not in found(session)
    logged(session, 1)
    assert "jump" in found(session)


def test_jump_needs_a_past_and_a_size(world):
    least = int(LIMITS["jump"]["least_sessions"])
    past(world, [2] * (least - 1))
    session, small = shift(world.team, start=8), shift(world.team_bank)
    logged(session, 60)
    assert "jump" not in found(session)
    past(world, [2], first=PEAK_DAY - DAY)
    assert "jump" in found(session)
    past(world, [2] * least, team=world.team_bank)
    logged(small, int(LIMITS["jump"]["least_turns"]) - 1)
    assert "jump" not in found(small)
    logged(small, 1)
    assert "jump" in found(small)


def test_jump_is_measured_against_the_latest_sessions_with_turns(world):
    last = int(LIMITS["jump"]["sessions"])
    past(world, [1] * 3, first=PEAK_DAY - 30 * DAY)
    past(world, [40] * last)
    past(world, [0], first=PEAK_DAY - DAY)
    session = shift(world.team)
    logged(session, 100)
    assert "jump" not in found(session)


# --- the same on peak days: a few a year, weeks and months apart
EARLIER_PEAKS = [dt.date(2022, 3, 27), dt.date(2022, 5, 22), dt.date(2022, 7, 17), dt.date(2022, 10, 10)]


@pytest.fixture
def peak(world):
    campaign = factories.campaign(owner=world.city)
    for day in (*EARLIER_PEAKS, PEAK_DAY):
        factories.campaign_day(campaign, day, kind="peak")
    return campaign


def past_peaks(world, campaign, counts):
    for day, turns in zip(EARLIER_PEAKS, counts, strict=False):
        logged(shift(world.team, day, campaign=campaign), turns)


def test_jump_against_peak_days_of_a_year_is_found_and_told(world, peak):
    past_peaks(world, peak, (90, 100, 80, 110))
    past(world, [8] * 6)
    session = shift(world.team, campaign=peak)
    logged(session, 300, 128)
    assert found(session)["jump"] == {"turns": 428, "median": 95, "sessions": 4, "times": 4.5, "against": "peaks"}
    assert sentence(session, "jump") == (
        "Ca này có 428 lượt, gấp 4,5 lần mức giữa 95 lượt của 4 ca ngày cao điểm gần nhất của đội."
    )
    assert sentence(session, "jump", "en") == (
        "This session has 428 turns, 4.5 times the median of 95 of the team's last 4 sessions on peak days."
    )


def test_peak_day_like_the_peak_days_before_is_left_alone_however_quiet_the_days_between(world, peak):
    least, ratio = int(LIMITS["jump"]["least_peaks"]), LIMITS["jump"]["ratio"]
    past_peaks(world, peak, [100] * least)
    past(world, [2] * 6)
    session = shift(world.team, campaign=peak)
    logged(session, int(100 * ratio))
    assert "jump" not in found(session)
    logged(session, 1)
    assert found(session)["jump"]["against"] == "peaks"


def test_first_peak_days_of_a_team_are_set_against_its_ordinary_days(world, peak):
    past_peaks(world, peak, [500] * (int(LIMITS["jump"]["least_peaks"]) - 1))
    past(world, [20, 10, 12, 11, 500])
    session = shift(world.team, campaign=peak)
    logged(session, 500, 100)
    assert found(session)["jump"] == {"turns": 600, "median": 12, "sessions": 5, "times": 50, "against": "ordinary"}
    assert sentence(session, "jump") == (
        "Ca ngày cao điểm này có 600 lượt, gấp 50 lần mức giữa 12 lượt của 5 ca ngày thường gần nhất của đội, "
        "trong khi một ngày cao điểm thường gấp 8 lần."
    )
    assert sentence(session, "jump", "en") == (
        "This session on a peak day has 600 turns, 50 times the median of 12 of the team's last 5 sessions on ordinary "
        "days; a peak day usually brings 8 times as many."
    )


def test_peak_day_may_be_a_multiple_of_ordinary_days(world, peak):
    most = int(10 * LIMITS["jump"]["ratio"] * LIMITS["jump"]["peak_factor"])
    past(world, [10] * 5)
    session, ordinary = shift(world.team, campaign=peak), shift(world.team, PEAK_DAY + DAY)
    logged(session, most)
    assert "jump" not in found(session)
    logged(session, 1)
    assert "jump" in found(session)
    logged(ordinary, 31)  # on which nothing is forgiven, and the peak day before is no measure
    assert found(ordinary)["jump"] == {"turns": 31, "median": 10, "sessions": 5, "times": 3.1}


def test_first_peak_day_needs_a_past_too(world, peak):
    past(world, [2] * (int(LIMITS["jump"]["least_sessions"]) - 1))
    session = shift(world.team, campaign=peak)
    logged(session, 400)
    assert "jump" not in found(session)
    past(world, [2], first=PEAK_DAY - DAY)
    assert "jump" in found(session)


def test_peak_days_of_more_than_a_year_ago_say_nothing(world, peak):
    before = [PEAK_DAY - (PEAK_HISTORY_DAYS + number) * DAY for number in range(3)]
    for day in before:
        factories.campaign_day(peak, day, kind="peak")
        logged(shift(world.team, day, campaign=peak), 20)
    session = shift(world.team, campaign=peak)
    logged(session, 100)
    assert "jump" not in found(session)
    past_peaks(world, peak, [20, 20])
    assert found(session)["jump"]["sessions"] == 3


def test_peak_days_every_day_are_measured_by_the_latest(world, peak, monkeypatch):
    monkeypatch.setattr("desk.outliers.evidence.MOST_PEAKS", 3)
    past_peaks(world, peak, [1, 20, 20, 20])
    session = shift(world.team, campaign=peak)
    logged(session, 61)
    assert found(session)["jump"]["sessions"] == 3


def test_flag_of_before_peak_days_were_told_apart_keeps_its_sentence(world, peak):
    flag = SessionFlag(session=shift(world.team, campaign=peak), rule="jump", limits={"ratio": 3})
    flag.numbers = {"turns": 54, "median": 12.0, "sessions": 5, "times": 4.5}
    assert outliers.with_sentences([flag])[0].sentence == (
        "Ca này có 54 lượt, gấp 4,5 lần mức giữa 12 lượt của 5 ca gần nhất của đội."
    )


def test_jump_counts_more_sessions_than_it_measures_against(world):
    OutlierRule.objects.update_or_create(code="jump", defaults={"settings": {"sessions": 3, "least_sessions": 6}})
    past(world, [90, 90, 90, 10, 10, 10])
    session = shift(world.team)
    logged(session, 31)
    assert found(session)["jump"]["sessions"] == 3


# --- what is no session to judge ------------------------------------------------------------------------------------
def test_open_session_is_not_judged_yet(world):
    session = factories.session(world.team, started_at=local(PEAK_DAY, 8))
    logged(session, 20, 20, 20, 20)
    assert found(session) == {}
    session.ended_at = session.started_at + HOUR
    session.save()
    assert set(found(session)) == {"pace", "round"}


def test_ordinary_day_is_left_alone(world):
    for before in range(8):
        session = shift(world.team, PEAK_DAY - before * DAY)
        staffed(session, 3)
        logged(session, *[1] * (20 + before))
        assert found(session) == {}
