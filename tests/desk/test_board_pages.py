"""Pages around the board: each part as table, CSV and picture, the way down to a log, the wall, the map."""

import csv
import io
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from django.utils import timezone

from core.dated import DAY
from desk.board import pages
from desk.board.widgets import WIDGETS
from reports.stats.freshness import freshness
from teams.access import access_of_user
from teams.models import AdminArea
from teams.reference import load_areas
from tests import factories
from tests.desk.boards import planned, stands_out, work
from tests.factories import PEAK_DAY, local

WALL, LIVE_WALL = reverse("dashboard:wall"), reverse("dashboard:live_wall")
ON = {"day": PEAK_DAY.isoformat()}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def always_drawn_anew(settings):
    settings.BOARD_SECONDS = 0


@pytest.fixture
def plan(world):
    return planned(world)


@pytest.fixture
def busy(plan):
    """Something to see in every part."""
    return fill(plan, 3)


def fill(plan, count: int):
    """In Bình Chánh, ``count`` rows of everything that a part can list."""
    area = factories.area()
    for number in range(count):
        unit = factories.unit(parent=plan.binh_chanh)
        team = factories.team(unit=unit)
        point = factories.point(unit=unit, area=area)
        factories.deployment(team, plan.campaign_day, point)
        factories.deployment(factories.team(unit=unit), plan.campaign_day)
        plan.service = factories.service(f"DVC-{number}")
        done = work(plan, team, number + 1, hour=8 + number, volunteers=2, point=point, ended_at=local(PEAK_DAY, 12))
        stands_out(done)
        factories.device_report(team, factories.user(), unsent=1)
        for each in (plan.city, plan.binh_chanh):
            factories.target(factories.campaign(owner=plan.city), each)
    return plan


def look(client, user, name: str, *args, **params):
    client.force_login(user)
    return client.get(reverse(f"dashboard:{name}", args=args), ON | params)


def read_csv(response) -> list[list[str]]:
    text = response.getvalue().decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def name_of(response) -> str:
    """Of the file, as the browser keeps it."""
    return unquote(response["Content-Disposition"].removeprefix("attachment; filename*=utf-8''"))


def picture(response) -> ElementTree.Element:
    return ElementTree.fromstring(response.content)  # noqa: S314 - made by the portal a moment ago


# --- each part as a table, a file, a picture --------------------------------------------------------------------------
@pytest.mark.parametrize("name", WIDGETS)
def test_every_part_is_a_table_with_all_of_its_rows(client, busy, name):
    response = look(client, busy.city_staff, "widget", name)

    widget = response.context["widget"]
    assert widget.rows
    assert response.text.count("<tr") >= len(widget.rows) + 1
    for column in widget.columns:
        assert str(column.label) in response.text


@pytest.mark.parametrize("name", [name for name in WIDGETS if name != "map"])
def test_long_part_goes_on_in_pages_and_its_file_has_all_of_it(client, busy, name, monkeypatch):
    whole = look(client, busy.city_staff, "widget", name).context["rows"]
    monkeypatch.setattr(pages, "A_PAGE", 2)
    count = -(-len(whole) // 2)

    found = [look(client, busy.city_staff, "widget", name, page=number) for number in range(1, count + 1)]

    assert [row["label"] for page in found for row in page.context["rows"]] == [row["label"] for row in whole]
    assert [len(page.context["widget"].rows) for page in found] == [len(whole)] * count
    assert [page.text.count('rel="next"') for page in found] == [1] * (count - 1) + [0]
    assert len(read_csv(look(client, busy.city_staff, "widget_csv", name))) == len(whole) + 1


@pytest.mark.parametrize("name", WIDGETS)
def test_every_part_is_a_csv_with_the_same_rows(client, busy, name):
    widget = look(client, busy.city_staff, "widget", name).context["widget"]
    response = look(client, busy.city_staff, "widget_csv", name)

    head, *rows = read_csv(response)
    own = [str(column.label) for column in widget.columns]
    said = ["Ngày", "Số liệu đến", *([] if name == "sessions" else ["Tình trạng số liệu"])]
    assert head == [*said, *own]
    assert len(rows) == len(widget.rows)
    assert {row[0] for row in rows} == {"2023-03-26"}
    figures = [place for place, column in enumerate(widget.columns, len(said)) if column.is_figure]
    for row in rows:
        assert all(not row[place] or float(row[place]) >= 0 for place in figures)
    assert name_of(response) == f"{widget.title} 2023-03-26.csv"


@pytest.mark.parametrize("name", WIDGETS)
def test_every_part_is_a_picture_that_stands_by_itself(client, busy, name):
    response = look(client, busy.city_staff, "widget_svg", name)

    root = picture(response)
    words = " ".join(root.itertext())
    assert root.tag == f"{SVG}svg"
    assert str(look(client, busy.city_staff, "widget", name).context["widget"].title) in words
    assert "26/03/2023" in words
    assert root.findall(f".//{SVG}script") == []
    assert "http" not in response.text.replace("http://www.w3.org", "")


@pytest.mark.parametrize("name", WIDGETS)
@pytest.mark.parametrize("kind", ["widget", "widget_csv", "widget_svg"])
def test_part_of_a_day_without_anything_says_so(client, world, name, kind):
    response = look(client, world.viewer, kind, name)

    assert response.status_code == 200
    if kind == "widget_svg":
        picture(response)


def test_figures_in_a_csv_are_numbers_and_times_are_iso(client, plan):
    work(plan, plan.team, 1500, received_at=local(PEAK_DAY, 9), point=plan.point)

    head, row = read_csv(look(client, plan.city_staff, "widget_csv", "sessions"))

    told = dict(zip(head, row, strict=True))
    assert (told["Lượt người"], told["Mở ca"]) == ("1500", "2023-03-26T07:30:00+07:00")
    assert (told["Đóng ca"], told["Nhận lúc"]) == ("", "2023-03-26T09:00:00+07:00")


def test_cell_that_looks_like_a_formula_stays_words(client, plan):
    plan.point.name = "=HYPERLINK(1)"
    plan.point.save()
    work(plan, plan.team, point=plan.point)

    text = look(client, plan.city_staff, "widget_csv", "sessions").getvalue().decode()

    assert "'=HYPERLINK(1)" in text


def test_name_with_markup_is_only_a_name_on_the_picture(client, plan):
    plan.point.name = "<script>alert(1)</script> & Co"
    plan.point.save()
    work(plan, plan.team, point=plan.point)

    root = picture(look(client, plan.city_staff, "widget_svg", "points"))

    assert "<script>alert(1)</script> & Co" in " ".join(root.itertext())


def test_part_of_a_unit_is_named_after_it(client, busy):
    """A slash would be a folder, and a quotation mark is in no name on Windows."""
    busy.binh_chanh.name = 'Đoàn "Bình Chánh" 2022/2027'
    busy.binh_chanh.save()

    for kind, ending in (("widget_csv", "csv"), ("widget_svg", "svg")):
        response = look(client, busy.city_staff, kind, "units", unit="BC")
        assert name_of(response) == f"Lượt người theo đơn vị Đoàn  Bình Chánh  2022-2027 2023-03-26.{ending}"


# --- how certain it is ------------------------------------------------------------------------------------------------
@pytest.fixture(params=["provisional", "partly approved", "approved", "locked"])
def reviewed(plan, request):
    """(the day of which one session or all have been approved or locked, what is said of it)"""
    states = {"partly approved": ("approved", "provisional")}.get(request.param, (request.param, request.param))
    for team, state in zip((plan.team, plan.team_bank), states, strict=True):
        work(plan, team, 3, state=state, point=plan.point, ended_at=local(PEAK_DAY, 12))
        factories.device_report(team, plan.leader, unsent=1)
    plan.target = factories.target(plan.campaign_day.campaign, plan.city)
    return plan, {"approved": "đã duyệt", "locked": "đã khóa"}.get(request.param, "tạm tính")


# What phones say of themselves is not reviewed.
REVIEWED = [name for name in WIDGETS if name != "devices"]


@pytest.mark.parametrize("name", REVIEWED)
def test_page_picture_and_file_of_a_part_say_how_certain_its_figures_are(client, reviewed, name):
    plan, words = reviewed
    as_of = timezone.localtime(freshness(access_of_user(plan.city_staff))["as_of"])

    page = look(client, plan.city_staff, "widget", name)
    shown = " ".join(picture(look(client, plan.city_staff, "widget_svg", name)).itertext())
    rows = list(
        csv.DictReader(io.StringIO(look(client, plan.city_staff, "widget_csv", name).getvalue().decode("utf-8-sig")))
    )

    head = page.text.partition('<p class="freshness">')[2].partition("</p>")[0]
    assert re.findall("tạm tính|đã duyệt|đã khóa", head) == [words]
    assert f"Số liệu đến {as_of:%H:%M %d/%m/%Y}, {words}." in shown
    assert {row["Số liệu đến"] for row in rows} <= {as_of.isoformat(timespec="seconds")}
    if name != "sessions":  # which says it of each
        assert {row["Tình trạng số liệu"].lower() for row in rows} <= {words}


def test_head_of_the_board_says_what_its_parts_say(client, reviewed):
    plan, words = reviewed

    head = look(client, plan.city_staff, "home").text.partition('<p class="freshness">')[2].partition("</p>")[0]

    assert re.findall("tạm tính|đã duyệt|đã khóa", head) == [words]


def test_part_of_a_unit_is_as_certain_as_the_figures_of_that_unit(client, plan):
    work(plan, plan.team, 3, state="locked", ended_at=local(PEAK_DAY, 12))
    work(plan, plan.team_bank, 3)

    told = {unit: look(client, plan.city_staff, "widget_svg", "services", unit=unit).text for unit in ("BC", "NH")}

    assert ("đã khóa." in told["BC"], "tạm tính." in told["NH"]) == (True, True)


def test_targets_are_as_certain_as_all_the_days_that_count_for_them(client, plan):
    """The day shown is locked, the one before it is not."""
    factories.target(plan.campaign_day.campaign, plan.binh_chanh)
    work(plan, plan.team, 3, state="locked", ended_at=local(PEAK_DAY, 12))
    assert "đã khóa." in look(client, plan.unit_staff, "widget_svg", "targets").text

    work(plan, plan.team, 3, day=PEAK_DAY - DAY)

    assert "tạm tính." in look(client, plan.unit_staff, "widget_svg", "targets").text
    assert "đã khóa." in look(client, plan.unit_staff, "widget_svg", "figures").text


@pytest.mark.parametrize(("name", "day"), [("devices", PEAK_DAY), ("services", PEAK_DAY - DAY)])
def test_nothing_is_said_to_be_certain_that_nobody_reviews_or_that_is_not_there(client, reviewed, name, day):
    plan, _words = reviewed
    asked = {"day": day.isoformat()}

    words = " ".join(picture(look(client, plan.city_staff, "widget_svg", name, **asked)).itertext())
    page = look(client, plan.city_staff, "widget", name, **asked).text

    assert re.findall("tạm tính|đã duyệt|đã khóa", words + page) == []
    assert "Số liệu đến" in words


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("figures", 11),
        ("hours", 12),
        ("targets", 25),
        ("map", 15),
        ("units", 11),
        ("teams", 11),
        ("services", 12),
        ("points", 15),
        ("silent", 14),
        ("sessions", 14),
        ("devices", 10),
        ("flags", 16),
        ("review", 11),
    ],
)
@pytest.mark.parametrize("count", [1, 3])
def test_part_takes_the_same_queries_for_one_row_and_for_three(
    client, plan, django_assert_num_queries, name, queries, count
):
    fill(plan, count)
    client.force_login(plan.unit_staff)

    with django_assert_num_queries(queries):
        response = client.get(reverse("dashboard:widget", args=[name]), ON)

    assert response.status_code == 200


# --- the way down -----------------------------------------------------------------------------------------------------
def links(response) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', response.text)]


def link_to(response, start: str) -> str:
    return next(link for link in links(response) if link.startswith(start))


def test_way_down_leads_from_the_city_to_one_log(client, plan):
    session = work(plan, plan.team, 3, point=plan.point)
    top = look(client, plan.city_staff, "home")

    district = client.get(next(link for link in links(top) if link.endswith("day=2023-03-26&unit=BC")))
    commune = client.get(next(link for link in links(district) if link.endswith("day=2023-03-26&unit=BC-TT")))
    teams = client.get(link_to(commune, "/dashboard/w/teams/"))
    team = client.get(link_to(teams, "/dashboard/team/TO-TT/"))
    shift = client.get(link_to(team, f"/dashboard/explain/{session.pk}/"))

    assert "Dịch vụ DVC-NOP" in shift.text
    assert link_to(commune, "/dashboard/?day=2023-03-26&unit=BC") in links(shift) + links(team)


def test_team_shows_its_plan_its_shifts_and_its_phones(client, plan):
    work(plan, plan.team, 30, point=plan.point, volunteers=2, ended_at=local(PEAK_DAY, 9, 30))
    work(plan, plan.team_bank, 99)
    factories.device_report(plan.team, plan.leader, unsent=7)
    factories.device_report(plan.team_bank, plan.leader_bank, unsent=8)

    response = look(client, plan.unit_staff, "team", "TO-TT")

    assert {figure["label"]: figure["value"] for figure in response.context["figures"]} == {
        "Lượt người": 30,
        "Lượt dịch vụ": 30,
        "Ca hỗ trợ": 1,
        "Lượt tình nguyện viên": 2,
    }
    assert response.context["rate"] == 7.5
    assert [str(each.point) for each in response.context["plans"]] == ["Một cửa Tân Túc"]
    assert [row["people"] for row in response.context["sessions"]] == [30]
    assert [report.unsent for report in response.context["devices"]] == [7]


def test_team_that_has_done_nothing_says_so(client, plan):
    response = look(client, plan.unit_staff, "team", "TO-VL", day="2023-03-01")

    assert "Đội hình chưa gửi ca nào trong ngày này." in response.text
    assert "Đội hình không được phân công trong ngày này." in response.text
    assert "Chưa điện thoại nào của đội hình báo về." in response.text


@pytest.mark.parametrize("count", [1, 3])
def test_team_takes_the_same_queries_for_one_shift_and_for_three(client, plan, django_assert_num_queries, count):
    for number in range(count):
        work(plan, plan.team, number + 1, point=plan.point, volunteers=1)
        factories.device_report(plan.team, factories.user(), unsent=1)
    client.force_login(plan.unit_staff)

    with django_assert_num_queries(16):
        response = client.get(reverse("dashboard:team", args=["TO-TT"]), ON)

    assert [len(response.context[name]) for name in ("sessions", "devices")] == [count, count]


@pytest.mark.parametrize(
    ("who", "code"), [("unit_staff", "TO-NH"), ("bank_staff", "TO-TT"), ("city_staff", "KHONG-CO")]
)
def test_team_of_another_is_as_good_as_unknown(client, plan, who, code):
    assert look(client, getattr(plan, who), "team", code).status_code == 404


# --- the wall ---------------------------------------------------------------------------------------------------------
def test_wall_shows_the_day_and_what_to_keep_an_eye_on(client, busy):
    response = look(client, busy.city_staff, "wall")

    watch = response.text.partition("watch-title")[2]
    assert "Ca cần xem lại" in watch
    assert f'hx-get="{LIVE_WALL}?day=2023-03-26"' in response.text
    assert "every 10s" in response.text


def test_unchanged_poll_of_the_wall_is_not_modified(client, busy, django_assert_max_num_queries):
    etag = look(client, busy.city_staff, "live_wall")["ETag"]

    with django_assert_max_num_queries(8):
        response = client.get(LIVE_WALL, ON, headers={"If-None-Match": etag})

    assert (response.status_code, response.content) == (304, b"")


def test_poll_of_the_wall_after_a_new_log_brings_the_new_figures(client, busy):
    etag = look(client, busy.city_staff, "live_wall")["ETag"]
    work(busy, busy.team, 4)

    response = client.get(LIVE_WALL, ON, headers={"If-None-Match": etag})

    assert response.status_code == 200
    assert response.context["parts"]["figures"]["rows"][0]["value"] == 10


def test_fifty_screens_cost_one_drawing(client, busy, settings):
    settings.BOARD_SECONDS = 60
    first = look(client, busy.city_staff, "live_wall")
    work(busy, busy.team, 4)

    asked = [client.get(LIVE_WALL, ON) for _ in range(3)]

    assert {response["ETag"] for response in asked} == {first["ETag"]}


def test_board_that_is_kept_is_never_older_than_the_rights_of_the_reader(client, busy, settings):
    settings.BOARD_SECONDS = 60
    look(client, busy.unit_staff, "live_wall")
    busy.unit_staff.appointments.update(valid_to=factories.LONG_AGO)

    assert look(client, busy.unit_staff, "live_wall").status_code == 403


# --- the map ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def areas(plan):
    load_areas()
    return plan


def rows_of(response) -> set[str]:
    return {row["code"] for row in response.context["widget"].rows if row["place"]}


def test_map_of_today_has_all_168_wards_and_communes(client, areas):
    response = look(client, areas.city_staff, "widget", "map", day="2025-07-01")

    drawn = response.context["widget"].more["map"]
    assert (len(rows_of(response)), len(drawn.hexagons)) == (168, 168)
    assert len({(hexagon.x, hexagon.y) for hexagon in drawn.hexagons}) == 168
    assert response.text.count('class="tile"') >= 168
    assert response.text.count("<tr id=") == 168


def test_map_of_2023_has_the_sixteen_communes_of_binh_chanh(client, areas):
    response = look(client, areas.city_staff, "widget", "map")

    found = [row for row in response.context["widget"].rows if row["district"] == "Huyện Bình Chánh"]
    drawn = {hexagon.code for hexagon in response.context["widget"].more["map"].hexagons}
    assert len(found) == 16
    assert {row["code"] for row in found} <= drawn


def test_map_of_a_unit_is_drawn_around_where_something_happens(client, areas):
    commune = AdminArea.objects.on(PEAK_DAY).get(name="Xã Vĩnh Lộc A")
    point = factories.point(unit=areas.vinh_loc, area=commune)
    work(areas, areas.team_vinh_loc, 12, point=point)

    drawn = look(client, areas.unit_staff, "widget", "map").context["widget"].more["map"]

    assert 3 <= len(drawn.hexagons) <= 19
    assert [hexagon.value for hexagon in drawn.hexagons if hexagon.value] == [12]


def test_map_is_hidden_from_screen_readers_who_get_the_table(client, areas):
    text = look(client, areas.city_staff, "widget", "map").text

    for drawing in re.findall(r'<svg class="areas[^>]+>', text):
        assert 'aria-hidden="true"' in drawing
    assert 'tabindex="-1"' in text
    assert '<caption class="visually-hidden">Lượt người theo phường, xã</caption>' in text


def test_work_without_a_place_on_the_map_stands_in_its_table_and_is_told_beside_it(client, areas):
    work(areas, areas.team, 5)

    widget = look(client, areas.city_staff, "widget", "map").context["widget"]

    assert [(row["value"], row["place"]) for row in widget.rows if row["value"]] == [(5, None)]
    assert (widget.more["busy"], widget.more["steps"]) == ([], [])
    board = look(client, areas.city_staff, "home")
    assert "Ngoài bản đồ còn 5 lượt người" in board.text


def test_reading_writes_nothing(client, busy, no_writes):
    client.force_login(busy.city_staff)
    with no_writes():
        for name in WIDGETS:
            client.get(reverse("dashboard:widget", args=[name]), ON)
        client.get(WALL, ON)
        client.get(LIVE_WALL, ON)
