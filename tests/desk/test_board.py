"""The board of the day: figures of one's own subtree, who was sent and who has reported, kept fresh for little."""

import pytest
from django.urls import reverse

from core.dated import DAY
from desk.outliers.models import Severity
from teams.permissions import Role
from tests import factories
from tests.desk.boards import planned, stands_out, work
from tests.factories import PEAK_DAY

HOME, LIVE = reverse("dashboard:home"), reverse("dashboard:live")


@pytest.fixture(autouse=True)
def always_drawn_anew(settings):
    settings.BOARD_SECONDS = 0


@pytest.fixture
def plan(world):
    return planned(world)


def board(client, user, path: str = HOME, **params):
    client.force_login(user)
    return client.get(path, {"day": PEAK_DAY.isoformat()} | params)


def part(response, name: str) -> dict:
    return response.context["parts"][name]


def figures(response) -> dict:
    return {figure["label"]: figure["value"] for figure in part(response, "figures")["rows"]}


# --- what it says -----------------------------------------------------------------------------------------------------
def test_board_shows_the_day_by_unit_service_and_hour(client, plan):
    work(plan, plan.team, 3, hour=8, point=plan.point)
    work(plan, plan.team_vinh_loc, 2, hour=10)
    work(plan, plan.team_bank, 7, hour=10)

    response = board(client, plan.city_staff)

    assert figures(response) == {
        "Lượt người": 12,
        "Lượt dịch vụ": 12,
        "Ca hỗ trợ": 3,
        "Đội hình": 3,
        "Điểm hỗ trợ": 1,
        "Tình nguyện viên": 0,
    }
    assert [(row["label"], row["value"]) for row in part(response, "units")["rows"]] == [
        ("Đoàn khối Ngân hàng", 7),
        ("Huyện Đoàn Bình Chánh", 5),
    ]
    assert [(row["label"], row["value"]) for row in part(response, "services")["rows"]] == [("Dịch vụ DVC-NOP", 12)]
    assert [(row["hour"], row["value"]) for row in part(response, "hours")["rows"]] == [
        (8, 3),
        (9, 0),
        (10, 9),
    ]


def test_board_sets_teams_deployed_against_teams_reporting(client, plan):
    work(plan, plan.team)
    cancelled = factories.team("TO-HUY", unit=plan.tan_tuc)
    factories.deployment(cancelled, plan.campaign_day, cancelled_at=factories.local(PEAK_DAY, 6))

    silent = part(board(client, plan.city_staff), "silent")

    assert (silent["more"]["deployed"], silent["more"]["reporting"], silent["more"]["percent"]) == (3, 1, 33)
    assert [(row["label"], row["point"], row["hours"]) for row in silent["rows"]] == [
        ("Đội hình thanh toán số", "Cơ động", "07:30–11:30"),
        ("Tổ xung kích Vĩnh Lộc A", "Cơ động", "07:30–11:30"),
    ]


def test_team_whose_only_session_was_voided_has_not_reported(client, plan):
    factories.void(work(plan, plan.team))

    response = board(client, plan.city_staff)

    assert part(response, "silent")["more"]["reporting"] == 0
    assert part(response, "sessions")["rows"] == []


def test_board_lists_the_latest_sessions_with_their_people(client, plan):
    first = work(plan, plan.team, 3, received_at=factories.local(PEAK_DAY, 9))
    second = work(plan, plan.team_bank, 4, received_at=factories.local(PEAK_DAY, 10))
    voided = factories.log(second, plan.service, people=50)
    factories.void(voided)
    factories.log(second, plan.service, people=1, same_visit=True)

    rows = part(board(client, plan.city_staff), "sessions")["rows"]

    assert [(row["label"], row["people"]) for row in rows] == [(second.team.name, 4), (first.team.name, 3)]


def test_board_of_a_day_without_work_says_so_and_leads_to_the_peak_day(client, plan):
    response = board(client, plan.city_staff, day="2023-03-01")

    assert response.context["has_data"] is False
    assert "Chưa có ca nào được gửi trong ngày này" in response.text
    assert "Ngày cao điểm gần nhất 26/03/2023" in response.text


def test_peak_day_that_the_board_leads_to_is_one_of_all_that_it_shows(client, plan):
    """The banks have had one of their own since, and the city plans another."""
    factories.campaign_day(factories.campaign(owner=plan.banks), PEAK_DAY + DAY, kind="peak")
    factories.campaign_day(factories.campaign(owner=plan.city, status="draft"), PEAK_DAY + 2 * DAY, kind="peak")
    day = "2023-03-01"

    assert board(client, plan.city_staff, day=day).context["busy_day"]["day"] == PEAK_DAY
    assert board(client, plan.city_staff, day=day, unit="BC").context["busy_day"]["day"] == PEAK_DAY
    assert board(client, plan.city_staff, day=day, unit="NH-01").context["busy_day"]["day"] == PEAK_DAY + DAY
    assert board(client, plan.bank_staff, day=day).context["busy_day"]["day"] == PEAK_DAY + DAY


@pytest.mark.parametrize("day", ["", "hôm nay", "2023-02-31", "2023-13-01"])
def test_day_that_cannot_be_read_is_today(client, world, day):
    response = board(client, world.city_staff, day=day)

    assert response.status_code == 200
    assert response.context["day"] == response.context["today"]


# --- whose figures ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "people", "silent"),
    [
        ("city_staff", 12, []),
        ("unit_staff", 5, []),
        ("viewer", 5, []),
        ("bank_staff", 7, []),
    ],
)
def test_each_reader_sees_own_subtree_only(client, plan, who, people, silent):
    work(plan, plan.team, 3)
    work(plan, plan.team_vinh_loc, 2)
    work(plan, plan.team_bank, 7)

    response = board(client, getattr(plan, who))

    assert figures(response)["Lượt người"] == people
    assert part(response, "silent")["rows"] == silent
    outside = {"unit_staff": "Đội hình thanh toán số", "viewer": "Đội hình thanh toán số", "bank_staff": "Bình Chánh"}
    assert outside.get(who, "không có ở đâu cả") not in response.text


@pytest.mark.parametrize("path", [HOME, LIVE])
@pytest.mark.parametrize(("who", "status"), [("leader", 403), ("nobody", 403), ("viewer", 200), ("unit_staff", 200)])
def test_board_is_for_those_with_the_right(client, plan, path, who, status):
    assert board(client, getattr(plan, who), path).status_code == status


@pytest.mark.parametrize("path", [HOME, LIVE])
def test_stranger_is_sent_to_sign_in(client, db, path):
    response = client.get(path)

    assert (response.status_code, response.url.split("?")[0]) == (302, "/login/")


@pytest.mark.parametrize("path", [HOME, LIVE])
@pytest.mark.parametrize(("unit", "status"), [("BC", 200), ("BC-TT", 200), ("NH", 404), ("TD", 404), ("KHONG-CO", 404)])
def test_unit_of_another_is_as_good_as_unknown(client, plan, path, unit, status):
    assert board(client, plan.unit_staff, path, unit=unit).status_code == status


def test_unit_narrows_every_part_of_the_board(client, plan):
    work(plan, plan.team, 3)
    work(plan, plan.team_bank, 7)

    response = board(client, plan.city_staff, unit="BC")

    assert figures(response)["Lượt người"] == 3
    assert (part(response, "silent")["more"]["deployed"], part(response, "silent")["more"]["reporting"]) == (2, 1)
    assert [row["label"] for row in part(response, "sessions")["rows"]] == [plan.team.name]
    assert [row["label"] for row in part(response, "units")["rows"]] == ["Đoàn thị trấn Tân Túc"]


def test_units_to_choose_from_are_those_of_the_reader_in_the_order_of_the_tree(client, plan):
    options = board(client, plan.unit_staff).context["unit_options"]

    assert [(option["code"], len(option["indent"])) for option in options] == [("BC", 0), ("BC-TT", 1), ("BC-VL", 1)]


def test_reader_of_two_units_chooses_among_both(client, plan):
    factories.Appointment.objects.create(
        user=plan.viewer, role=Role.VIEWER, unit=plan.banks, valid_from=factories.LONG_AGO
    )

    options = board(client, plan.viewer).context["unit_options"]

    assert [option["code"] for option in options] == ["NH", "NH-01", "BC", "BC-TT", "BC-VL"]


# --- what it costs ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3, 30])
@pytest.mark.parametrize(("path", "queries"), [(HOME, 56), (LIVE, 49)])
def test_board_takes_the_same_queries_for_one_row_and_for_many(
    client, plan, path, queries, count, django_assert_num_queries
):
    for number in range(count):
        unit = factories.unit(parent=plan.binh_chanh)
        team = factories.team(unit=unit)
        factories.deployment(team, plan.campaign_day, plan.point)
        factories.deployment(factories.team(unit=unit), plan.campaign_day)
        # Of one severity: then the first ones name everything that flags can name.
        stands_out(work(plan, team, number + 1, hour=8 + number % 12, point=plan.point), severity=Severity.LOOK)
    client.force_login(plan.unit_staff)

    with django_assert_num_queries(queries):
        response = client.get(path, {"day": PEAK_DAY.isoformat()})

    shown = {"units": 12, "sessions": 8, "flags": 6}
    assert {name: len(part(response, name)["rows"]) for name in shown} == {
        name: min(most, count * (2 if name == "flags" else 1)) for name, most in shown.items()
    }
    assert part(response, "units")["hidden"] == max(0, count - 12)


def poll(client, etag: str, **params):
    return client.get(LIVE, {"day": PEAK_DAY.isoformat()} | params, headers={"If-None-Match": etag})


def test_unchanged_poll_is_not_modified_and_asks_no_tally(client, plan, django_assert_max_num_queries):
    work(plan, plan.team)
    etag = board(client, plan.city_staff, LIVE)["ETag"]

    with django_assert_max_num_queries(8) as asked:
        response = poll(client, etag)

    assert (response.status_code, response.content) == (304, b"")
    assert [query["sql"] for query in asked.captured_queries if "tally" in query["sql"]] == []


def test_poll_after_a_new_log_brings_the_new_figures(client, plan):
    work(plan, plan.team, 3)
    etag = board(client, plan.city_staff, LIVE)["ETag"]
    work(plan, plan.team_bank, 4)

    response = poll(client, etag)

    assert response.status_code == 200
    assert figures(response)["Lượt người"] == 7


def test_poll_of_another_reader_is_never_not_modified(client, plan):
    etag = board(client, plan.city_staff, LIVE)["ETag"]
    client.force_login(plan.unit_staff)

    assert poll(client, etag).status_code == 200


def test_poll_without_the_right_is_refused_even_with_the_etag(client, plan):
    etag = board(client, plan.city_staff, LIVE)["ETag"]
    client.force_login(plan.leader)

    assert poll(client, etag).status_code == 403
