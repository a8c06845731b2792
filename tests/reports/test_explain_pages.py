"""“Số này từ đâu?” as pages: from the board's figures to the lines of a session, and back."""

import html
import re
import uuid

import pytest
from django.urls import reverse

from core.dated import DAY as DAYS
from reports import tallies
from reports.explain import counting, lists, pages
from reports.explain.asking import Asked
from reports.explain.explanation import explain
from reports.stats import StatsQuery, engine
from services_help.models import AssistanceLog
from teams.access import Access, Grant
from teams.models import Team, Unit, UnitPlacement
from teams.permissions import Right
from teams.services import place_unit
from tests import factories
from tests.factories import PEAK_DAY
from tests.reports import worlds
from tests.reports.explain_world import day_of

HOME, EXPLAIN = reverse("dashboard:home"), reverse("dashboard:explain")
DAY = PEAK_DAY.isoformat()
TAN_TUC = {"from": DAY, "to": DAY, "at_unit": "BC-TT"}


@pytest.fixture
def day(world):
    return day_of(world)


def look(client, user, path: str = EXPLAIN, **params):
    client.force_login(user)
    return client.get(path, params)


def words_of(response) -> str:
    """What a reader reads, in one line."""
    main = re.search(r"<main.*</main>", response.text, re.DOTALL)[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def links(response, path: str) -> list[str]:
    found = re.findall(r'href="([^"]+)"', response.text)
    return [html.unescape(link) for link in found if html.unescape(link).startswith(path)]


def session_page(session) -> str:
    return reverse("dashboard:explain_session", args=[session.pk])


# --- from the board ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("part", "least"), [("figures", 6), ("units", 2), ("services", 2), ("hours", 2), ("teams", 2), ("map", 1)]
)
def test_every_figure_of_the_board_leads_to_an_explanation_of_that_very_figure(client, day, part, least):
    page = look(client, day.unit_staff, reverse("dashboard:widget", args=[part]), day=DAY)
    shown = [(row["why"], row["value"]) for row in page.context["widget"].rows if row["why"]]
    assert len(shown) >= least
    for address, value in shown:
        assert address in links(page, EXPLAIN)
        why = client.get(address).context["why"]
        assert (why.figure, why.counted) == (value, value)


def test_board_of_one_unit_asks_about_that_unit(client, day):
    board = look(client, day.city_staff, HOME, day=DAY, unit="BC")
    answer = client.get(links(board, EXPLAIN)[0])
    assert answer.context["why"].figure == 6
    assert ("Trong đơn vị", "Huyện Đoàn Bình Chánh") in answer.context["conditions"]
    assert f"{HOME}?day={DAY}&unit=BC" in links(answer, HOME)


# --- the page ---------------------------------------------------------------------------------------------------------
def test_figure_is_told_in_a_sentence_and_the_recount_beside_it(client, day):
    text = words_of(look(client, day.unit_staff, measure="service_turns", **TAN_TUC))
    assert "7 Lượt dịch vụ Đơn vị Đoàn thị trấn Tân Túc Ngày 26/03/2023" in text
    assert "7 lượt dịch vụ = 55 lượt đã ghi − 32 lượt của ca bị hủy − 16 lượt ở dòng bị hủy." in text
    assert "Khớp: đếm lại từ nhật ký gốc ra đúng số này." in text
    assert "Số lượt người dân × dịch vụ" in text


def test_parts_teams_and_sessions_stand_below_each_with_what_it_gives(client, day):
    text = words_of(look(client, day.unit_staff, measure="service_turns", **TAN_TUC))
    assert "16 lượt ở dòng bị hủy Dòng đã bị hủy có lý do: dòng vẫn được giữ, số liệu không tính nữa. − 16 1" in text
    assert "Được tính 7" in text
    assert "Tổ xung kích Tân Túc 26/03/2023 7 48 55 2" in text
    assert f"Một cửa Tân Túc 7 16 3 Mở: {day.leader} Đóng: {day.leader}" in text
    assert "đang mở Đã hủy Mở thử 0 32 1" in text


def test_team_of_a_day_leads_to_the_cell_within_the_cell(client, day):
    page = look(client, day.unit_staff, measure="service_turns", period="2023-03")
    inside = [link for link in links(page, EXPLAIN) if "at_team=TO-TT" in link]
    why = client.get(inside[0]).context["why"]
    assert (why.figure, why.asked.at) == (7, {"team": "TO-TT@2020-01-01", "day": DAY})


def test_session_tells_its_part_line_by_line_and_leads_back(client, day):
    page = look(client, day.unit_staff, session_page(day.session), **TAN_TUC)
    text = words_of(page)
    assert "4 Lượt người là phần của ca này trong số được giải thích" in text
    assert "Dịch vụ DVC-NOP 07:40 · Hướng dẫn xong, tự làm được · Tại điểm 4 4 3 Hồ sơ nộp" in text
    assert "Cùng người: không thêm lượt người 0 3 cùng người –" in text
    assert "Đã hủy Ghi nhầm số người 0 16 –" in text
    [back] = [link for link in links(page, EXPLAIN) if "at_unit" in link and "explain/?" in link]
    assert client.get(back).context["why"].figure == 4


def test_session_shows_only_lines_of_the_cell_and_says_how_many_are_outside(client, day):
    text = words_of(look(client, day.unit_staff, session_page(day.session), at_service="DDT-KH2", measure="people"))
    assert "0 Lượt người" in text
    assert "Ca còn 2 dòng không thuộc ô này." in text


def test_voided_session_says_who_took_it_back_and_why(client, day):
    text = words_of(look(client, day.unit_staff, session_page(day.cancelled)))
    assert "Ca này đã bị hủy: không dòng nào của ca còn trong số liệu." in text
    assert ": Mở thử" in text


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        ("volunteers", "Các tình nguyện viên được đếm"),
        ("points", "Các điểm hỗ trợ được đếm Mỗi đối tượng được đếm một lần Tên Mã Số ca Một cửa Tân Túc MOT-CUA 1"),
        ("teams", "Các đội hình được đếm"),
    ],
)
def test_distinct_counts_list_what_was_counted(client, day, measure, says):
    assert says in words_of(look(client, day.unit_staff, measure=measure, **TAN_TUC))


def test_attendances_are_told_with_names_and_minutes(client, day):
    text = words_of(look(client, day.unit_staff, session_page(day.session), measure="volunteer_minutes"))
    assert f"{day.volunteers[1].full_name} 240 cả ca" in text
    assert "Điểm danh trùng 0 60" in text


def test_whole_sessions_say_that_the_lines_below_are_not_what_is_counted(client, day):
    text = words_of(look(client, day.unit_staff, session_page(day.session), measure="sessions"))
    assert "Số này đếm cả ca; dưới đây là lượt dịch vụ mà ca đã ghi." in text


def test_cell_of_nothing_says_so_and_leads_back(client, day):
    page = look(client, day.unit_staff, at_unit="NH", period=DAY)
    text = words_of(page)
    assert "Ô này không có số liệu" in text
    assert "Ngân hàng" not in page.text
    assert f"{HOME}?day={DAY}" in links(page, HOME)


def test_session_without_a_line_in_the_cell_says_so(client, day):
    empty = factories.session(day.team)
    text = words_of(look(client, day.unit_staff, session_page(empty)))
    assert "Ca này không có dòng nào thuộc ô." in text


def test_work_on_its_way_and_drift_are_told_apart(client, day):
    factories.log(day.session, day.service, people=8)
    differs = words_of(look(client, day.unit_staff, **TAN_TUC))
    assert "Lệch: đếm lại từ nhật ký gốc ra số khác." in differs
    assert "Số liệu đang ghi 4, đếm lại được 12." in differs
    worlds.promise(day.session)
    assert "Đang cộng: vừa có thay đổi" in words_of(look(client, day.unit_staff, **TAN_TUC))


def test_too_large_a_cell_offers_smaller_ones(client, day, monkeypatch):
    monkeypatch.setattr(counting, "MOST_SESSIONS", 2)
    page = look(client, day.unit_staff)
    assert "Chọn một phần nhỏ hơn" in words_of(page)
    [smaller] = [link for link in links(page, EXPLAIN) if "at_month=2023-03" in link]
    assert client.get(smaller).context["why"].figure == 6


def test_large_cell_is_counted_again_for_who_asks_and_its_sessions_at_once(client, day, monkeypatch):
    monkeypatch.setattr(pages, "AT_ONCE", 1)
    page = look(client, day.unit_staff, measure="service_turns")
    text = words_of(page)
    assert "Ô này có nhiều ca nên trang chưa đếm lại cả ô" in text
    assert (page.context["why"].counted, "Theo đội hình và ngày" in text) == (None, False)
    told = {row["session"].pk: row["figure"] for row in page.context["lists"]["sessions"].rows}
    [whole] = [link for link in links(page, EXPLAIN) if "recount=1" in link]
    again = client.get(whole)
    assert (again.context["why"].figure, again.context["why"].status) == (9, "equal")
    assert told == {row["session"].pk: row["figure"] for row in again.context["lists"]["sessions"].rows}


def test_sessions_of_a_large_cell_are_counted_as_far_as_they_were_seen(client, day, monkeypatch):
    monkeypatch.setattr(pages, "AT_ONCE", 1)
    monkeypatch.setattr(pages._Sessions, "most_counted", 1)
    monkeypatch.setattr("core.paging.planned_rows", lambda _rows: 0)
    listed = look(client, day.unit_staff, measure="service_turns").context["lists"]["sessions"]
    assert (listed.total, listed.total_text) == (2, "hơn 1")


@pytest.mark.parametrize(
    ("cell", "measure"),
    [({"at_service": "DVC-NOP"}, "people"), ({}, "HS_NOP"), ({"at_hour": "7"}, "people"), ({}, "volunteer_minutes")],
)
def test_large_cell_lists_the_sessions_that_have_a_part_in_it(client, day, monkeypatch, cell, measure):
    factories.session(day.team)
    whole = look(client, day.unit_staff, measure=measure, recount=1, **cell).context["lists"]["sessions"].rows
    monkeypatch.setattr(pages, "AT_ONCE", 0)
    told = look(client, day.unit_staff, measure=measure, **cell).context["lists"]["sessions"].rows
    assert whole
    assert {row["session"].pk for row in whole} == {row["session"].pk for row in told}


def test_large_cell_by_the_tree_of_today_hides_sessions_that_are_not_the_readers(client, day, monkeypatch):
    """A closed branch counts for whom what was above it has gone to since; its sessions are not theirs to look into."""
    area = factories.unit("NH-KV", parent=day.banks)
    branch = factories.unit("NH-KV-01", parent=area)
    theirs = factories.session(team := factories.team("TO-KV", unit=branch))
    factories.log(theirs, day.service, people=64)
    end = PEAK_DAY + 9 * DAYS
    for rows in (team.homes, UnitPlacement.objects.filter(unit=branch)):
        rows.update(valid_to=end)
    for rows, pk in ((Unit.objects, branch.pk), (Team.objects, team.pk)):
        rows.filter(pk=pk).update(valid_to=end)
    place_unit(unit=area, parent=day.binh_chanh, since=end + 9 * DAYS, by=None)
    tallies.rebuild()
    whole = look(client, day.unit_staff, hierarchy="as_is", recount=1)
    monkeypatch.setattr(pages, "AT_ONCE", 0)
    large = look(client, day.unit_staff, hierarchy="as_is")
    assert (whole.context["why"].figure, whole.context["why"].hidden, large.context["why"].figure) == (70, 1, 70)
    for page in (whole, large):
        assert theirs.pk not in {row["session"].pk for row in page.context["lists"]["sessions"].rows}


def test_sessions_of_a_large_cell_go_on_in_pages_and_parts_of_it_too(client, day, monkeypatch):
    monkeypatch.setattr(pages, "AT_ONCE", 1)
    monkeypatch.setattr(pages._Sessions, "most_counted", 1)
    monkeypatch.setattr(pages, "PREVIEW", 1)
    monkeypatch.setattr(pages, "A_PAGE", 2)
    page = look(client, day.unit_staff, at_day=DAY)
    [sessions] = [link for link in links(page, EXPLAIN) if "list=sessions" in link]
    [parts] = [link for link in links(page, EXPLAIN) if "list=narrower" in link]
    first = client.get(sessions)
    second = client.get(f"{sessions}&page=2")
    told = [row["session"].pk for each in (first, second) for row in each.context["lists"]["sessions"].rows]
    assert (len(told), len(set(told))) == (3, 3)
    assert ("Trang 1" in words_of(first), "Trang 1 /" in words_of(first)) == (True, False)
    assert client.get(f"{sessions}&page=khong").context["lists"]["sessions"].page.number == 1
    smaller = client.get(parts).context["lists"]["narrower"].rows
    assert [row["figure"] for row in smaller] == [4, 2]
    assert client.get(f"{EXPLAIN}?{smaller[0]['asked'].address()}").context["why"].figure == 4


def test_large_cell_shows_only_sessions_that_the_reader_may_see(day):
    figures = Grant(frozenset({Right.STATS_VIEW}), unit_id=day.binh_chanh.pk)
    sessions = Grant(frozenset({Right.SESSION_VIEW}), team_id=day.team_vinh_loc.pk)
    why = explain(Asked(StatsQuery(("people",))), Access(user=None, grants=(figures, sessions)), 1)
    assert {session.team_id for session in lists.unread(why)} == {day.team_vinh_loc.pk}


def test_english_reader_reads_days_in_english(client, day, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "26 Mar 2023" in words_of(look(client, day.unit_staff, **TAN_TUC))


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({}, ("Thời gian", "mọi ngày")),
        ({"from": DAY}, ("Thời gian", "từ 26/03/2023")),
        ({"to": DAY}, ("Thời gian", "đến hết 26/03/2023")),
        ({"period": "2023-03"}, ("Thời gian", "từ 01/03/2023 đến hết 31/03/2023")),
        ({}, ("Phạm vi", "Tất cả trong phạm vi của bạn")),
        ({"service": "DVC"}, ("Chỉ dịch vụ", "Nhóm DVC")),
        ({"campaign": "CUA-BC"}, ("Chiến dịch và những gì thuộc về", "Chiến dịch của huyện")),
        ({"state": "approved"}, ("Tình trạng", "chỉ số liệu đã duyệt hoặc đã khóa")),
        ({"hierarchy": "as_is"}, ("Cách xếp đơn vị", "theo cây đơn vị hôm nay")),
    ],
)
def test_question_is_told_in_words(client, day, params, says):
    factories.campaign("CUA-BC", owner=day.binh_chanh, name="Chiến dịch của huyện")
    assert says in look(client, day.unit_staff, **params).context["conditions"]


def test_question_with_too_many_rows_says_how_to_narrow_it(client, day, monkeypatch):
    monkeypatch.setattr(engine, "MOST_ROWS", 1)
    page = look(client, day.unit_staff, at_unit="BC-TT", at_team="TO-TT")
    assert page.status_code == 400
    assert "Hãy thu hẹp" in words_of(page)


# --- long lists -------------------------------------------------------------------------------------------------------
def test_long_lists_begin_on_the_page_and_go_on_in_pages(client, day):
    for _number in range(60):
        factories.log(factories.session(day.team), day.service)
    tallies.rebuild()
    page = look(client, day.unit_staff, **TAN_TUC)
    assert (len(page.context["lists"]["sessions"].rows), page.context["lists"]["sessions"].more) == (10, 52)
    [whole] = [link for link in links(page, EXPLAIN) if link.endswith("list=sessions")]
    first, second = client.get(whole), client.get(f"{whole}&page=2")
    assert (len(first.context["lists"]["sessions"].rows), len(second.context["lists"]["sessions"].rows)) == (50, 12)
    assert "Theo đội hình và ngày" not in words_of(first)
    assert "Trang 2 / 2" in words_of(second)


def test_list_that_there_is_not_is_ignored(client, day):
    assert look(client, day.unit_staff, list="khong-co", page="x", **TAN_TUC).context["shown"] is None


# --- who --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("who", "status"), [("leader", 403), ("nobody", 403), ("viewer", 200), ("bank_staff", 404)])
def test_page_is_for_those_who_have_the_board_and_the_unit(client, day, who, status):
    assert look(client, getattr(day, who), unit="BC").status_code == status


def test_session_of_another_is_not_there(client, day):
    foreign = factories.session(day.team_bank)
    assert look(client, day.unit_staff, session_page(foreign)).status_code == 404
    assert look(client, day.bank_staff, session_page(foreign)).status_code == 200


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"measure": "xyz"}, "Không có “xyz”."),
        ({"measure": "sessions", "at_service": "DVC-NOP"}, "Không chia sessions (Ca hỗ trợ) theo service được."),
        ({"at_day": "hôm qua"}, "Không hiểu kỳ “hôm qua”."),
        ({"at_units": "BC"}, "Không có chiều “units”."),
    ],
)
def test_question_that_cannot_be_answered_says_why(client, day, params, says):
    page = look(client, day.unit_staff, **params)
    assert page.status_code == 400
    assert says in words_of(page)


# --- what it costs ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_the_same_queries_for_one_session_and_three(
    client, world, count, django_assert_num_queries, no_writes
):
    service = factories.service()
    for _number in range(count):
        factories.log(factories.session(factories.team(unit=world.tan_tuc), by=world.leader), service)
    tallies.rebuild()
    client.force_login(world.unit_staff)
    with django_assert_num_queries(23), no_writes():
        page = client.get(EXPLAIN, TAN_TUC)
    assert len(page.context["lists"]["sessions"].page) == count


@pytest.mark.parametrize("count", [1, 1000])
def test_session_takes_the_same_queries_for_one_line_and_a_thousand(
    client, day, count, django_assert_num_queries, no_writes
):
    session = factories.session(day.team, by=day.leader)
    lines = [
        AssistanceLog(
            id=uuid.uuid4(), session=session, service=day.service, result="done_self", people=1,
            happened_at=session.started_at, device=session.device, created_by=day.leader,
        )
        for _number in range(count)
    ]  # fmt: skip
    AssistanceLog.objects.bulk_create(lines)
    client.force_login(day.unit_staff)
    with django_assert_num_queries(17), no_writes():
        page = client.get(session_page(session))
    assert len(page.context["page"]) == min(count, 50)
