"""A day with more deployments, points and teams than a page shows: nothing is lost, and nobody waits for all of it."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns.models import Deployment
from core import choosing
from desk.plan import board
from desk.plan import day as plan_day
from desk.plan.views import days, sending
from tests import factories
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def plan(world):
    campaign = factories.campaign(owner=world.city, name="Ngày cao điểm", starts_on=PEAK_DAY)
    campaign.peak = factories.campaign_day(campaign)
    area = factories.area()
    names = {"D-1": "An Lạc", "D-2": "Bình Hưng", "D-3": "Chợ Đệm"}
    campaign.points = [factories.point(code, unit=world.tan_tuc, area=area, name=name) for code, name in names.items()]
    campaign.teams = [factories.team(f"TO-{name}", unit=world.tan_tuc, name=f"Tổ {name}") for name in "ABC"]
    return campaign


@pytest.fixture
def staff(client, world):
    client.force_login(world.unit_staff)
    return client


@pytest.fixture
def sent(world, plan):
    """Each team at a point of its own; one of somebody else beside them."""
    factories.deployment(world.team_bank, plan.peak, plan.points[0])
    return [factories.deployment(team, plan.peak, point) for team, point in zip(plan.teams, plan.points, strict=True)]


@pytest.fixture
def typed(monkeypatch):
    """Too many points for a list: their names are typed."""
    monkeypatch.setattr(choosing, "MOST_LISTED", 1)


def url(name: str, row, query: str = "") -> str:
    return reverse(f"plan:{name}", args=[row.pk]) + query


def codes(page) -> list[str]:
    return [row.deployment.team.code for row in page.context["rows"]]


def cards_of(page) -> list[tuple]:
    return [
        (column.key, [row.deployment.team.code for row in column.rows], column.more)
        for column in page.context["board"].columns
    ]


def told(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def places() -> list[str | None]:
    rows = Deployment.objects.active().filter(team__code__startswith="TO-", team__name__regex="^Tổ .$")
    return list(rows.order_by("team__code").values_list("point__code", flat=True))


# --- the table --------------------------------------------------------------------------------------------------------
def test_table_is_shown_in_pages_and_searched_as_a_whole(staff, plan, sent, monkeypatch):
    monkeypatch.setattr(days, "ROWS_A_PAGE", 2)
    assert codes(staff.get(url("day", plan.peak))) == ["TO-A", "TO-B"]
    page = staff.get(url("day", plan.peak, "?page=2"))
    assert codes(page) == ["TO-C"]
    assert "3 đội hình, 3 điểm" in page.text
    assert codes(staff.get(url("day", plan.peak, "?q=cho dem"))) == ["TO-C"]
    assert codes(staff.get(url("day", plan.peak, "?q=thi tran cho dem"))) == ["TO-C"]


@pytest.mark.parametrize(
    ("which", "expected"), [(0, ["TO-A"]), (None, ["TO-D"]), (99, ["TO-A", "TO-B", "TO-C", "TO-D"])]
)
def test_table_is_narrowed_to_a_point_or_to_the_mobile_teams(staff, world, plan, sent, which, expected):
    factories.deployment(factories.team("TO-D", unit=world.tan_tuc, name="Tổ D"), plan.peak)
    point = 0 if which is None else 999_999 if which == 99 else plan.points[which].pk
    page = staff.get(url("day", plan.peak, f"?point={point}"))
    assert codes(page) == expected
    assert ("Xem mọi điểm" in page.text) is (which != 99)


def test_table_is_narrowed_to_one_kind_of_clash(staff, world, plan):
    for point in plan.points[:2]:
        factories.deployment(world.team, plan.peak, point)
    factories.deployment(plan.teams[0], plan.peak)  # nobody leads it
    page = staff.get(url("day", plan.peak, "?clash=twice"))
    assert codes(page) == ["TO-TT", "TO-TT"]
    assert 'name="clash" value="twice"' in page.text
    assert codes(staff.get(url("day", plan.peak, "?clash=no_leader"))) == ["TO-A"]
    assert len(codes(staff.get(url("day", plan.peak, "?clash=1")))) == 3
    assert len(codes(staff.get(url("day", plan.peak, "?clash=khac")))) == 3


def test_long_day_counts_what_does_not_fit_by_a_request_of_its_own(staff, plan, sent, monkeypatch):
    monkeypatch.setattr(plan_day, "MOST_COUNTED", 2)
    page = staff.get(url("day", plan.peak))
    assert f'hx-get="{url("misfits", plan.peak)}"' in page.text
    assert "misfits" not in page.context
    # What is shown says so itself.
    assert page.text.count("Chưa có đội trưởng hay thẻ thiết bị dùng được trong ngày này.") == 3
    counted = "3 phân công chưa có đội trưởng hay thẻ thiết bị"
    part = staff.get(url("misfits", plan.peak), headers=HTMX)
    assert counted in part.text
    assert "<html" not in part.text
    # Without JavaScript, and where only what does not fit is shown.
    for query in ("?count=1", "?clash=no_leader"):
        assert counted in staff.get(url("day", plan.peak, query)).text


def test_ticked_deployments_go_to_the_place_that_is_typed(staff, plan, sent, typed):
    def send(text: str):
        data = {"chosen": [f"{row.pk}:{row.version}" for row in Deployment.objects.filter(pk=sent[0].pk)]}
        return staff.post(url("day", plan.peak), data | {"action": "change", "point": text}, follow=True)

    def moved(text: str) -> list[str]:
        return told(send(text))

    assert 'name="point"' in staff.get(url("day", plan.peak)).text
    assert (moved("binh hung"), places()) == (["Đã sửa 1 phân công."], ["D-2", "D-2", "D-3"])
    assert (moved("Lưu động"), places()) == (["Đã sửa 1 phân công."], [None, "D-2", "D-3"])
    several, none = send("n"), send("Sài Gòn")
    assert several.context["change"].errors == {
        "point": ["“n” khớp với nhiều dòng: An Lạc · D-1; Bình Hưng · D-2… Hãy chọn một dòng, hoặc gõ mã của dòng đó."]
    }
    # What fits stands in a list now, what does not fit is still there to be mended; and what was ticked is ticked.
    assert '<option value="An Lạc · D-1">An Lạc · D-1</option>' in several.text
    assert "Gõ tên hoặc mã điểm" not in several.text
    assert none.context["change"].errors == {"point": ["Không tìm thấy “Sài Gòn”. Hãy gõ lại tên hoặc mã."]}
    assert 'value="Sài Gòn"' in none.text
    assert [page.text.count('name="chosen" value="') for page in (several, none)] == [3, 3]
    assert [page.text.count(f'value="{sent[0].pk}:2" checked') for page in (several, none)] == [1, 1]


def test_form_of_a_deployment_names_its_point(staff, plan, sent, typed):
    page = staff.get(url("deployment", sent[0]))
    assert 'value="An Lạc · D-1"' in page.text
    data = {"seen": 0, "point": "cho dem", "starts_at": "07:30", "ends_at": "11:30", "note": ""}
    staff.post(url("deployment", sent[0]), data)
    assert places() == ["D-3", "D-2", "D-3"]


def test_points_are_suggested_to_who_may_send_there(staff, world, plan, client):
    factories.point("NH-1", unit=world.banks, area=factories.area(), name="Chợ Lớn")
    page = staff.get(url("points", plan.peak), {"point": "cho"})
    assert page.text.count("<option") == 1
    assert "Chợ Đệm · D-3" in page.text


# --- the board --------------------------------------------------------------------------------------------------------
def test_board_is_shown_in_pages_the_bare_points_on_the_last(staff, world, plan, sent, monkeypatch):
    monkeypatch.setattr(board, "COLUMNS_A_PAGE", 2)
    bare = factories.point("D-4", unit=world.tan_tuc, area=factories.area(), name="Đa Phước")
    first, second = (staff.get(url("board", plan.peak, f"?page={number}")) for number in (1, 2))
    keys = [str(point.pk) for point in plan.points]
    assert [key for key, _cards, _more in cards_of(first)] == ["", *keys[:2]]
    assert [key for key, _cards, _more in cards_of(second)] == ["", keys[2], str(bare.pk)]
    assert "data-whole" not in first.text
    assert first.context["day"].points == 3


def test_column_shows_some_of_its_teams_and_leads_to_the_others(staff, world, plan, monkeypatch):
    monkeypatch.setattr(board, "CARDS_A_COLUMN", 1)
    for team in plan.teams:
        factories.deployment(team, plan.peak, plan.points[0])
    factories.deployment(plan.teams[0], plan.peak, starts_at=dt.time(13), ends_at=dt.time(17))
    page = staff.get(url("board", plan.peak))
    assert cards_of(page)[:2] == [("", ["TO-A"], 0), (str(plan.points[0].pk), ["TO-A"], 2)]
    assert "Xem thêm 2 đội" in page.text
    assert url("day", plan.peak, f"?point={plan.points[0].pk}") in page.text
    # Who types a name has the server look for it: most of the teams are not here.
    assert "data-whole" not in page.text
    assert "data-whole" not in staff.get(url("board", plan.peak, "?q=to-b")).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("to-b", {"D-2": ["TO-B"]}), ("cho dem", {"D-3": ["TO-C"]}), ("da phuoc", {"D-4": []}), ("zz", {})],
)
def test_board_is_searched_as_a_whole(staff, world, plan, sent, monkeypatch, text, expected):
    monkeypatch.setattr(board, "COLUMNS_A_PAGE", 1)
    bare = factories.point("D-4", unit=world.tan_tuc, area=factories.area(), name="Đa Phước")
    code = {str(point.pk): point.code for point in [*plan.points, bare]}
    page = staff.get(url("board", plan.peak), {"q": text})
    assert {code[key]: cards for key, cards, _more in cards_of(page) if key} == expected


@pytest.mark.parametrize(("limit", "said"), [(1, "và hơn 100 điểm chưa có đội"), (2, "và 2 điểm chưa có đội")])
def test_board_says_how_many_bare_points_it_does_not_show(staff, plan, monkeypatch, limit, said):
    monkeypatch.setattr(board, "MOST_EMPTY", 1)
    monkeypatch.setattr(board, "MOST_COUNTED", limit)
    assert said in staff.get(url("board", plan.peak)).text


def test_card_is_moved_to_the_point_that_is_typed(staff, plan, sent, typed):
    page = staff.get(url("board", plan.peak))
    assert 'id="move-point"' in page.text

    def move(text: str):
        data = {"place": text, "seen": Deployment.objects.get(pk=sent[0].pk).version}
        return staff.post(url("deployment_move", sent[0]), data, headers=HTMX)

    assert "đã chuyển đến Chợ Đệm" in move("cho dem").text
    assert "đã chuyển đến lưu động" in move("lưu động").text
    assert places() == [None, "D-2", "D-3"]
    refused = move("Sài Gòn")
    assert (refused.status_code, "Không tìm thấy “Sài Gòn”" in refused.text) == (409, True)


def test_move_is_answered_with_the_part_of_the_board_that_is_looked_at(staff, plan, sent, monkeypatch):
    monkeypatch.setattr(board, "COLUMNS_A_PAGE", 1)
    page = staff.get(url("board", plan.peak, "?q=to&page=2"))
    where = url("deployment_move", sent[1], "?q=to&amp;page=2")
    assert f'data-move="{where}"' in page.text
    answer = staff.post(where.replace("&amp;", "&"), {"point": plan.points[0].pk, "seen": 0}, headers=HTMX)
    assert [key for key, _cards, _more in cards_of(answer)] == ["", str(plan.points[2].pk)]
    again = staff.post(where.replace("&amp;", "&"), {"point": plan.points[0].pk, "seen": 0}, follow=True)
    assert again.request["QUERY_STRING"] == "q=to&page=2"


# --- sending teams ----------------------------------------------------------------------------------------------------
@pytest.fixture
def before(plan):
    """Two of the teams were sent out the day before."""
    day = factories.campaign_day(plan, PEAK_DAY - dt.timedelta(days=1))
    for team in plan.teams[:2]:
        factories.deployment(team, day, plan.points[0])


HOURS = {"starts_at": "07:30", "ends_at": "11:30", "point": ""}


def test_teams_are_offered_in_pages_and_found_by_name(staff, plan, before, monkeypatch):
    monkeypatch.setattr(sending, "TEAMS_A_PAGE", 2)
    page = staff.get(url("deploy", plan.peak))
    assert [offer["team"].code for offer in page.context["offers"]] == ["TO-A", "TO-B"]
    labels = [label for _key, label in page.context["form"].fields["who"].choices]
    assert labels == [
        "Các đội đánh dấu dưới đây",
        "2 đội của ngày gần nhất trong chiến dịch, chưa được phân công",
        "Cả 5 đội chưa được phân công",
    ]
    found = staff.get(url("deploy", plan.peak, "?q=to c"))
    assert [offer["team"].code for offer in found.context["offers"]] == ["TO-C"]
    assert found.context["form"].groups == {}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"who": "again"}, ["D-1", "D-1"]),
        ({"who": "unsent"}, ["D-1", "D-1", None]),
        ({"who": "ticked", "teams": ["{c}"]}, [None]),
    ],
)
def test_whole_group_is_sent_without_ticking(staff, plan, before, monkeypatch, data, expected):
    monkeypatch.setattr(sending, "TEAMS_A_PAGE", 1)
    data = HOURS | {key: [plan.teams[2].pk] if key == "teams" else value for key, value in data.items()}
    staff.post(url("deploy", plan.peak), data)
    rows = Deployment.objects.filter(campaign_day=plan.peak, team__in=plan.teams).order_by("team__code")
    assert [row.point and row.point.code for row in rows] == expected


def test_group_of_a_search_is_no_more_than_what_it_finds(staff, plan, before, monkeypatch):
    monkeypatch.setattr(sending, "TEAMS_A_PAGE", 1)
    factories.team("TX-1", unit=plan.points[0].unit, name="Đội bếp")
    staff.post(url("deploy", plan.peak, "?q=to"), HOURS | {"who": "unsent"})
    rows = Deployment.objects.filter(campaign_day=plan.peak)
    assert set(rows.values_list("team__code", flat=True)) == {"TO-A", "TO-B", "TO-C", "TO-TT", "TO-VL"}


@pytest.mark.parametrize("who", ["ticked", "", "unsent"])
def test_nobody_ticked_is_told(staff, plan, who):
    """Of a list of one page there are no groups."""
    page = staff.post(url("deploy", plan.peak), HOURS | {"who": who})
    assert list(page.context["form"].errors) == (["who", "teams"] if who == "unsent" else ["teams"])
    assert Deployment.objects.count() == 0


def test_teams_that_are_sent_already_are_told(staff, plan):
    data = HOURS | {"teams": [plan.teams[0].pk]}
    assert told(staff.post(url("deploy", plan.peak), data, follow=True)) == ["Đã phân công 1 đội hình."]
    again = staff.post(url("deploy", plan.peak), data, follow=True)
    assert told(again) == ["Đã phân công 0 đội hình.", "1 đội đã được phân công từ trước."]


def test_viewer_sees_the_board_without_what_moves(client, world, plan, sent):
    client.force_login(world.viewer)
    page = client.get(url("board", plan.peak))
    assert "move" not in page.context
    assert "data-move" not in page.text


def test_digits_that_are_no_numbers_are_ignored(staff, world, plan):
    row = factories.deployment(plan.teams[0], plan.peak, plan.points[0])
    assert staff.get(url("deploy", plan.peak, "?unit=²")).status_code == 200
    assert staff.post(url("deploy", plan.peak), {"teams": "²"}).status_code == 200
    assert staff.post(url("day", plan.peak), {"chosen": "²:1"}).status_code == 200
    assert staff.post(reverse("plan:deployment_move", args=[row.pk]), {"seen": "²", "point": ""}).status_code == 302


def test_blank_where_a_point_is_typed_moves_nobody(staff, world, plan):
    row = factories.deployment(plan.teams[0], plan.peak, plan.points[0])
    move = reverse("plan:deployment_move", args=[row.pk])
    page = staff.post(move, {"seen": row.version, "place": " "}, follow=True)
    assert "Hãy gõ tên hoặc mã điểm, hoặc gõ “lưu động”." in page.text
    row.refresh_from_db()
    assert row.point == plan.points[0]
