"""A day is planned on the screen: the table, many teams at once, one deployment, the board, and the file."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse

from campaigns.deploying import cancel_deployment, change_deployment
from campaigns.models import Deployment
from desk.plan.views import days
from tests import factories
from tests.factories import PEAK_DAY
from tests.teams.spreadsheets import XLSX_TYPE, bad_rows, counts, press, rows_of, upload_to, workbook

pytestmark = pytest.mark.django_db
HEADERS = ("Đội hình", "Điểm hỗ trợ", "Từ giờ", "Đến giờ", "Ghi chú")


@pytest.fixture
def plan(world):
    campaign = factories.campaign(owner=world.city, name="Ngày cao điểm", starts_on=PEAK_DAY)
    campaign.peak = factories.campaign_day(campaign)
    campaign.area = factories.area()
    campaign.here = factories.point("D-1", unit=world.tan_tuc, area=campaign.area, name="Một cửa Tân Túc")
    campaign.there = factories.point("D-2", unit=world.tan_tuc, area=campaign.area, name="Chợ Bình Chánh")
    return campaign


@pytest.fixture
def staff(client, world):
    client.force_login(world.unit_staff)
    return client


def url(name: str, row, *more) -> str:
    return reverse(f"plan:{name}", args=[row.pk, *more])


def told(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def wrong(page) -> list[str]:
    """What the form for the ticked rows says, first of it as a whole."""
    errors = page.context["change"].errors
    return [text for name in sorted(errors, key=lambda name: name != "__all__") for text in errors[name]]


def ticked(page) -> list[str]:
    return re.findall(r'name="chosen" value="([^"]+)" checked', page.text)


def cards_of(page) -> list[tuple]:
    """Of the board: by the point's key, the teams that are shown under it."""
    return [(column.key, [row.deployment.team.code for row in column.rows]) for column in page.context["board"].columns]


def sent(day) -> list[tuple]:
    rows = Deployment.objects.active().filter(campaign_day=day).select_related("team", "point").order_by("team__code")
    return [(row.team.code, row.point and row.point.code, f"{row.starts_at:%H:%M}") for row in rows]


# --- the table --------------------------------------------------------------------------------------------------------
def test_day_shows_the_readers_teams_and_what_does_not_fit(staff, world, plan, no_writes):
    factories.deployment(world.team, plan.peak, plan.here)
    factories.deployment(world.team, plan.peak, plan.there)
    factories.deployment(world.team_bank, plan.peak, plan.there)
    with no_writes():
        page = staff.get(url("day", plan.peak))
    assert [row.deployment.team.code for row in page.context["rows"]] == ["TO-TT", "TO-TT"]
    told = [count.text for count in page.context["misfits"].counts]
    assert told == ["2 phân công trùng giờ với phân công khác của đội"]
    assert "Đội hình thanh toán số" not in page.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=vinh loc", ["TO-VL"]),
        ("?q=cho binh", ["TO-VL"]),
        ("?q=thi tran", ["TO-TT"]),
        ("?clash=1", ["TO-VL"]),
        ("?q=zz", []),
    ],
)
def test_day_is_searched_blind_to_accents_and_by_what_does_not_fit(staff, world, plan, query, expected):
    factories.deployment(world.team, plan.peak, plan.here)
    factories.deployment(world.team_vinh_loc, plan.peak, plan.there)  # nobody leads it
    page = staff.get(url("day", plan.peak) + query)
    assert [row.deployment.team.code for row in page.context["rows"]] == expected


@pytest.mark.parametrize("count", [1, 3])
def test_day_takes_constant_queries(staff, world, plan, django_assert_num_queries, count):
    for _number in range(count):
        factories.deployment(factories.team(unit=world.tan_tuc), plan.peak, plan.here)
    factories.deployment(world.team_bank, plan.peak, plan.there)
    with django_assert_num_queries(16):
        page = staff.get(url("day", plan.peak))
    assert len(page.context["page"]) == count


def test_viewer_looks_and_finds_nothing_to_press(client, world, plan):
    factories.deployment(world.team, plan.peak, plan.here)
    client.force_login(world.viewer)
    page = client.get(url("day", plan.peak))
    assert "Tổ xung kích Tân Túc" in page.text
    assert re.findall(r'<form[^>]*method="post"[^>]*>', page.text.partition("<main")[2].partition("</main>")[0]) == []
    assert client.post(url("day", plan.peak), {"action": "cancel"}).status_code == 403


# --- many at once -----------------------------------------------------------------------------------------------------
def test_ticked_deployments_are_moved_together(staff, world, plan):
    rows = [factories.deployment(team, plan.peak, plan.here) for team in (world.team, world.team_vinh_loc)]
    data = {"chosen": [f"{row.pk}:0" for row in rows], "action": "change", "point": plan.there.pk, "starts_at": "08:00"}
    page = staff.post(url("day", plan.peak), data, follow=True)
    assert told(page) == ["Đã sửa 2 phân công."]
    assert sent(plan.peak) == [("TO-TT", "D-2", "08:00"), ("TO-VL", "D-2", "08:00")]


def test_one_that_somebody_was_quicker_with_stops_all(staff, world, plan):
    rows = [factories.deployment(team, plan.peak, plan.here) for team in (world.team, world.team_vinh_loc)]
    change_deployment(deployment=rows[1], seen=0, by=world.city_staff, starts_at=dt.time(9))
    data = {"chosen": [f"{row.pk}:0" for row in rows], "action": "change", "point": "mobile"}
    page = staff.post(url("day", plan.peak), data)
    [refusal] = wrong(page)
    assert refusal.startswith("“Tổ xung kích Vĩnh Lộc A” vừa được người khác sửa")
    assert sent(plan.peak) == [("TO-TT", "D-1", "07:30"), ("TO-VL", "D-1", "09:00")]
    # Both are still ticked, the second as it is now, and its row says so: sent again, that one is meant.
    assert ticked(page) == [f"{rows[0].pk}:0", f"{rows[1].pk}:1"]
    assert page.text.count("vừa được người khác sửa</span>") == 1
    staff.post(url("day", plan.peak), data | {"chosen": ticked(page)})
    assert sent(plan.peak) == [("TO-TT", None, "07:30"), ("TO-VL", None, "09:00")]


def test_ticked_deployments_are_called_off(staff, world, plan):
    rows = [factories.deployment(team, plan.peak) for team in (world.team, world.team_bank)]
    data = {"chosen": [f"{row.pk}:0" for row in rows], "action": "cancel"}
    assert told(staff.post(url("day", plan.peak), data, follow=True)) == ["Đã hủy 1 phân công."]
    assert sent(plan.peak) == [("TO-NH", None, "07:30")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Hãy đánh dấu ít nhất một phân công trong bảng."),
        ({"chosen": "x:y"}, "Hãy đánh dấu ít nhất một phân công trong bảng."),
        ({"chosen": "{pk}:0"}, "Hãy chọn điểm hoặc giờ mới cho các phân công đã đánh dấu."),
        ({"chosen": "{pk}:0", "point": "999999"}, "Điểm này không còn mở vào ngày đã chọn. Hãy chọn điểm khác."),
        ({"chosen": "{pk}:0", "starts_at": "sáng"}, "“sáng” không phải là giờ. Hãy viết dạng 07:30."),
        ({"chosen": "{pk}:0", "starts_at": "12:00"}, "Giờ kết thúc phải sau giờ bắt đầu."),
    ],
)
def test_choice_that_makes_no_sense_is_answered_in_words(staff, world, plan, data, message):
    row = factories.deployment(world.team, plan.peak, plan.here)
    data = {name: value.format(pk=row.pk) for name, value in data.items()}
    page = staff.post(url("day", plan.peak), data)
    assert wrong(page) == [message]
    assert message in html.unescape(page.text)
    assert sent(plan.peak) == [("TO-TT", "D-1", "07:30")]


def test_refused_change_comes_back_as_it_was_sent(staff, world, plan, monkeypatch):
    """On its page and in its search; also a team that is on another page by now, because somebody has sent more."""
    monkeypatch.setattr(days, "ROWS_A_PAGE", 1)
    rows = [factories.deployment(team, plan.peak, plan.here) for team in (world.team, world.team_vinh_loc)]
    chosen = [f"{row.pk}:0" for row in rows]
    data = {"chosen": chosen, "action": "change", "point": "999999", "starts_at": "sáng", "ends_at": "10:15"}
    page = staff.post(url("day", plan.peak) + "?q=to xung kich", data)
    assert [row.deployment for row in page.context["rows"]] == rows
    assert (ticked(page), page.context["q"]) == (chosen, "to xung kich")
    assert list(page.context["change"].errors) == ["point", "starts_at"]
    assert (page.context["change"]["starts_at"].value(), page.context["change"]["ends_at"].value()) == ("sáng", "10:15")
    assert ticked(staff.get(url("day", plan.peak))) == []


def test_refused_change_of_a_day_that_is_empty_by_now_says_so(staff, world, plan):
    row = factories.deployment(world.team, plan.peak, plan.here)
    cancel_deployment(deployment=row, by=world.city_staff)
    page = staff.post(url("day", plan.peak), {"chosen": f"{row.pk}:0", "action": "change", "point": "mobile"})
    assert "Hãy đánh dấu ít nhất một phân công trong bảng." in page.text
    assert "Ngày này chưa có phân công nào" in page.text


@pytest.mark.parametrize("count", [1, 3])
def test_refused_change_takes_constant_queries(staff, world, plan, django_assert_num_queries, count):
    rows = [factories.deployment(factories.team(unit=world.tan_tuc), plan.peak, plan.here) for _number in range(count)]
    data = {"chosen": [f"{row.pk}:0" for row in rows], "action": "change", "point": "999999"}
    # As the page itself, what was ticked, and the point that was meant.
    with django_assert_num_queries(18):
        staff.post(url("day", plan.peak), data)


# --- sending teams ----------------------------------------------------------------------------------------------------
def test_teams_of_a_unit_are_offered_with_where_they_stood_last(staff, world, plan):
    before = factories.campaign_day(plan, PEAK_DAY - dt.timedelta(days=1))
    factories.deployment(world.team, before, plan.here)
    page = staff.get(url("deploy", plan.peak))
    offers = [(each["team"].code, each["last"], each["ticked"]) for each in page.context["offers"]]
    assert offers == [("TO-TT", plan.here, True), ("TO-VL", None, False)]
    only = staff.get(f"{url('deploy', plan.peak)}?unit={world.vinh_loc.pk}&all=1")
    assert [(each["team"].code, each["ticked"]) for each in only.context["offers"]] == [("TO-VL", True)]
    data = {"teams": [world.team.pk, world.team_vinh_loc.pk], "starts_at": "07:30", "ends_at": "11:30", "point": ""}
    assert told(staff.post(url("deploy", plan.peak), data, follow=True)) == ["Đã phân công 2 đội hình."]
    assert sent(plan.peak) == [("TO-TT", "D-1", "07:30"), ("TO-VL", None, "07:30")]


@pytest.mark.parametrize("count", [1, 3])
def test_offer_takes_constant_queries(staff, world, plan, django_assert_num_queries, count):
    for _number in range(count):
        factories.deployment(factories.team(unit=world.tan_tuc), plan.peak, plan.here)
    with django_assert_num_queries(12):
        staff.get(url("deploy", plan.peak))


@pytest.mark.parametrize(
    ("data", "field"), [({"teams": []}, "teams"), ({"ends_at": "07:00"}, "ends_at"), ({"point": "999999"}, "point")]
)
def test_form_that_makes_no_sense_comes_back(staff, world, plan, data, field):
    whole = {"teams": [world.team.pk], "starts_at": "07:30", "ends_at": "11:30", "point": ""} | data
    page = staff.post(url("deploy", plan.peak), whole)
    assert list(page.context["form"].errors) == [field]
    assert "Chưa phân công đội nào." in page.text
    assert [offer["team"].pk for offer in page.context["offers"] if offer["ticked"]] == whole["teams"]
    assert sent(plan.peak) == []


def test_teams_of_others_are_not_sent(staff, world, plan):
    data = {"teams": [world.team.pk, world.team_bank.pk], "starts_at": "07:30", "ends_at": "11:30"}
    assert list(staff.post(url("deploy", plan.peak), data).context["form"].errors) == ["teams"]
    assert sent(plan.peak) == []


# --- one deployment ---------------------------------------------------------------------------------------------------
def test_deployment_is_changed_on_its_form(staff, world, plan):
    row = factories.deployment(world.team, plan.peak, plan.here)
    data = {"seen": 0, "point": plan.there.pk, "starts_at": "13:00", "ends_at": "17:00", "note": "Mang bàn"}
    staff.post(url("deployment", row), data)
    assert sent(plan.peak) == [("TO-TT", "D-2", "13:00")]
    again = staff.post(url("deployment", row), data | {"point": ""})
    assert "vừa được người khác sửa" in str(again.context["form"].non_field_errors())


def test_note_that_could_identify_a_citizen_is_refused(staff, world, plan):
    row = factories.deployment(world.team, plan.peak)
    data = {"seen": 0, "point": "", "starts_at": "07:30", "ends_at": "11:30", "note": "gọi 0912345678"}
    assert list(staff.post(url("deployment", row), data).context["form"].errors) == ["note"]


def test_deployment_is_called_off_and_is_gone(staff, world, plan):
    row = factories.deployment(world.team, plan.peak)
    assert told(staff.post(url("deployment_cancel", row), follow=True)) == [
        "Đã hủy phân công của “Tổ xung kích Tân Túc”."
    ]
    assert staff.get(url("deployment", row)).status_code == 404


# --- the board --------------------------------------------------------------------------------------------------------
def test_board_puts_each_team_under_its_point(staff, world, plan):
    factories.deployment(world.team, plan.peak, plan.there)
    page = staff.get(url("board", plan.peak))
    columns = [
        (column.key, [row.deployment.team.code for row in column.rows]) for column in page.context["board"].columns
    ]
    assert columns == [("", []), (str(plan.there.pk), ["TO-TT"]), (str(plan.here.pk), [])]


@pytest.mark.parametrize("count", [1, 3])
def test_board_takes_constant_queries(staff, world, plan, django_assert_num_queries, count):
    for _number in range(count):
        factories.deployment(factories.team(unit=world.tan_tuc), plan.peak, plan.here)
    with django_assert_num_queries(17):
        staff.get(url("board", plan.peak))


HTMX = {"HX-Request": "true"}


def test_dropped_card_answers_with_the_board(staff, world, plan):
    row = factories.deployment(world.team, plan.peak, plan.here)
    answer = staff.post(url("deployment_move", row), {"point": plan.there.pk, "seen": 0}, headers=HTMX)
    assert answer.status_code == 200
    assert 'data-said="“Tổ xung kích Tân Túc”: đã chuyển đến Chợ Bình Chánh."' in answer.text
    assert "<html" not in answer.text
    assert sent(plan.peak) == [("TO-TT", "D-2", "07:30")]


def test_card_that_somebody_else_has_moved_is_refused_with_the_board_as_it_is(staff, world, plan):
    row = factories.deployment(world.team, plan.peak, plan.here)
    change_deployment(deployment=row, seen=0, by=world.city_staff, point=plan.there)
    answer = staff.post(url("deployment_move", row), {"point": "", "seen": 0}, headers=HTMX)
    assert (answer.status_code, "vừa được người khác sửa" in answer.text) == (409, True)
    assert sent(plan.peak) == [("TO-TT", "D-2", "07:30")]


def test_move_without_script_leads_back_to_the_board(staff, world, plan):
    row = factories.deployment(world.team, plan.peak, plan.here)
    page = staff.post(url("deployment_move", row), {"point": "", "seen": 0}, follow=True)
    assert (page.request["PATH_INFO"], told(page)) == (
        url("board", plan.peak),
        ["“Tổ xung kích Tân Túc”: đã chuyển đến lưu động."],
    )


@pytest.mark.parametrize("point", ["999999", "nowhere"])
def test_point_that_is_not_the_readers_is_not_moved_to(staff, world, plan, point):
    row = factories.deployment(world.team, plan.peak, plan.here)
    answer = staff.post(url("deployment_move", row), {"point": point, "seen": 0}, headers=HTMX)
    assert (answer.status_code, "không còn mở" in answer.text) == (409, True)


# --- files ------------------------------------------------------------------------------------------------------------
def file_of(day) -> str:
    return reverse("imports:new_of", args=["deployments", day.pk])


def upload(client, day, *rows, name="phan-cong.xlsx"):
    return upload_to(client, file_of(day), workbook(HEADERS, *rows), name)


def test_file_is_previewed_confirmed_and_known_again(staff, world, plan):
    assert file_of(plan.peak) in staff.get(url("day", plan.peak)).text
    rows = [("To xung kich Tan Tuc", "cho binh chanh", "07:30", "11:30"), ("TO-XX", "", "07:30", "11:30")]
    page = upload(staff, plan.peak, *rows)
    assert counts(page) == {"new": 1, "update": 0, "skip": 0, "invalid": 1}
    assert sent(plan.peak) == []
    done = press(staff, "confirm", page)
    assert (
        "Đã nhập xong: 1 dòng mới, 0 dòng sửa, 0 dòng không đổi. "
        "Còn lại 1 dòng lỗi chưa nhập (dòng 3). Hãy sửa trong tệp rồi tải lên lại;"
    ) in done.text
    assert sent(plan.peak) == [("TO-TT", "D-2", "07:30")]
    assert counts(upload(staff, plan.peak, *rows))["skip"] == 1
    press(staff, "undo", done)
    assert sent(plan.peak) == []


def test_bad_rows_are_handed_back_with_the_reasons(staff, world, plan):
    page = upload(staff, plan.peak, ("TO-XX", "", "07:30", "11:30"))
    header, row = rows_of(bad_rows(staff, "deployment", page).content)
    assert (row[0], row[header.index("Lỗi cần sửa")]) == (
        "TO-XX",
        "Đội hình: Không có đội hình “TO-XX” trong phạm vi của bạn.",
    )


def test_preview_warns_of_what_does_not_fit(staff, world, plan):
    page = upload(staff, plan.peak, ("TO-VL", "", "07:30", "11:30"))
    assert "Chưa có đội trưởng hay thẻ thiết bị dùng được trong ngày này." in page.text


def test_preview_says_what_a_name_was_taken_for(staff, world, plan):
    world.team.name = "Tổ xung kích thị trấn Tân Túc"
    world.team.save()
    page = upload(staff, plan.peak, ("Tổ xung kích TT. Tân Túc", "", "07:30", "11:30"))
    assert "“Tổ xung kích TT. Tân Túc” được hiểu là TO-TT – Tổ xung kích thị trấn Tân Túc." in page.text


@pytest.mark.parametrize("name", ["phan-cong.pdf", "phan-cong.docx"])
def test_other_kinds_of_files_are_refused(staff, plan, name):
    page = upload(staff, plan.peak, ("TO-VL", "", "07:30", "11:30"), name=name)
    assert list(page.context["form"].errors) == ["file"]


def test_what_is_downloaded_may_come_in_again(staff, world, plan):
    factories.deployment(world.team, plan.peak, plan.here, note="Mang bàn")
    factories.deployment(world.team_bank, plan.peak)
    content = staff.get(url("day_export", plan.peak)).content
    assert rows_of(content) == [
        list(HEADERS),
        ["Tổ xung kích Tân Túc", "Một cửa Tân Túc", dt.time(7, 30), dt.time(11, 30), "Mang bàn"],
    ]
    again = upload_to(staff, file_of(plan.peak), content, "lai.xlsx")
    assert counts(again) == {"new": 0, "update": 0, "skip": 1, "invalid": 0}


def test_what_is_downloaded_may_come_in_again_where_names_are_not_alone(staff, world, plan):
    """Codes stand for those: a name that two have is refused."""
    factories.team("TO-TT2", unit=world.tan_tuc, name=world.team.name)
    area = factories.area()
    for code in ("CHO-1", "CHO-2"):
        point = factories.point(code, unit=world.tan_tuc, area=area, name="Chợ Tân Túc")
        factories.deployment(world.team, plan.peak, point)
    factories.deployment(world.team_vinh_loc, plan.peak, plan.here)
    content = staff.get(url("day_export", plan.peak)).content
    assert [row[:2] for row in rows_of(content)[1:]] == [
        ["TO-TT", "CHO-1"],
        ["TO-TT", "CHO-2"],
        ["Tổ xung kích Vĩnh Lộc A", "Một cửa Tân Túc"],
    ]
    again = upload_to(staff, file_of(plan.peak), content, "lai.xlsx")
    assert counts(again) == {"new": 0, "update": 0, "skip": 3, "invalid": 0}


def test_template_is_a_workbook_with_the_columns(staff, plan):
    answer = staff.get(reverse("imports:template_of", args=["deployments", plan.peak.pk]))
    assert answer.headers["Content-Type"] == XLSX_TYPE
    assert rows_of(answer.content)[0] == list(HEADERS)
