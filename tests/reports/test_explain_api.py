"""``/api/v1/stats/explain/``: the figure, what it is made of, what stands behind it, and who may see that."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from django.db import connection
from rest_framework.test import APIClient

from core.models import AuditEvent
from reports import tallies
from reports.explain import cells, counting
from reports.explain.asking import Asked
from reports.explain.explanation import explain
from reports.stats import StatsQuery
from services_help.models import AssistanceLog
from teams.access import Access, Grant, system_access
from teams.permissions import Right, Scope
from teams.services import place_unit
from tests import factories
from tests.factories import PEAK_DAY
from tests.reports import worlds
from tests.reports.explain_world import day_of

EXPLAIN = "/api/v1/stats/explain/"
SESSIONS, LINES, DISTINCT = (f"{EXPLAIN}{name}/" for name in ("sessions", "lines", "distinct"))
DAY = PEAK_DAY.isoformat()


@pytest.fixture
def day(world):
    return day_of(world)


def signed_in(user) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def bearer(*scopes, **where) -> APIClient:
    _token, key = factories.token(*scopes, **where)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def told(client, path=EXPLAIN, **params) -> dict:
    response = client.get(path, params)
    assert response.status_code == 200, response.text
    return response.json()


def refused(client, path=EXPLAIN, **params) -> tuple[int, str, dict[str, str]]:
    response = client.get(path, params)
    body = response.json()
    return response.status_code, body["code"], {each["parameter"]: each["code"] for each in body.get("errors", [])}


def parts(answer: dict) -> dict[str, int]:
    return {part["code"]: part["value"] for part in answer["parts"]}


# --- what a figure is made of -----------------------------------------------------------------------------------------
def test_turns_are_what_was_recorded_less_what_was_taken_back(day):
    answer = told(signed_in(day.unit_staff), at_unit="BC-TT", measure="service_turns")
    assert (answer["figure"], answer["counted"], answer["status"]) == (7, 7, "equal")
    assert parts(answer) == {"recorded": 55, "session_void": -32, "line_void": -16}
    assert answer["sentence"] == ("7 lượt dịch vụ = 55 lượt đã ghi − 32 lượt của ca bị hủy − 16 lượt ở dòng bị hủy.")
    assert answer["cell"] == [{"dimension": "unit", "code": "BC-TT", "label": "Đoàn thị trấn Tân Túc"}]


def test_people_are_turns_without_further_lines_of_the_same_citizen(day):
    answer = told(signed_in(day.unit_staff), at_unit="BC-TT")
    assert (answer["measure"]["code"], answer["figure"]) == ("people", 4)
    assert parts(answer) == {"recorded": 55, "session_void": -32, "line_void": -16, "same_visit": -3}
    same = answer["parts"][-1]
    assert (same["rows"], same["reason"]) == (
        1,
        "Cùng một người dân dùng thêm dịch vụ trong một lần đến: thêm lượt dịch vụ, không thêm lượt người.",
    )


@pytest.mark.parametrize(
    ("measure", "figure", "made_of"),
    [
        ("HS_NOP", 3, {"recorded": 3}),
        ("sessions", 1, {"recorded": 2, "session_void": -1}),
        ("teams", 1, {"recorded": 2, "session_void": -1}),
        ("points", 1, {"recorded": 2, "session_void": -1}),
        ("volunteer_turns", 2, {"recorded": 4, "line_void": -1, "repeated": -1}),
        ("volunteers", 2, {"recorded": 4, "line_void": -1, "repeated": -1}),
        # 60 + 90 + the whole session of 240 + 30, less the 30 taken back and the shorter of two for one volunteer.
        ("volunteer_minutes", 330, {"recorded": 420, "line_void": -30, "repeated": -60}),
    ],
)
def test_every_kind_of_measure_tells_its_parts(day, measure, figure, made_of):
    answer = told(signed_in(day.unit_staff), at_unit="BC-TT", measure=measure)
    assert (answer["figure"], answer["counted"], parts(answer)) == (figure, figure, made_of)
    if answer["measure"]["additive"]:
        assert sum(made_of.values()) == figure


def test_minutes_say_how_many_were_taken_from_the_length_of_the_session(day):
    notes = told(signed_in(day.unit_staff), at_unit="BC-TT", measure="volunteer_minutes")["notes"]
    assert notes == ["1 lượt không ghi số phút: tính bằng độ dài của ca đã đóng, ca chưa đóng là 0."]


def test_distinct_counts_say_that_their_lines_do_not_add_up(day):
    factories.session(day.team)
    tallies.rebuild()
    answer = told(signed_in(day.unit_staff), at_unit="BC-TT", measure="points")
    assert answer["sentence"] == "1 điểm hỗ trợ khác nhau trong 2 ca còn hiệu lực (3 ca đã mở − 1 ca bị hủy)."
    assert answer["notes"] == [
        "1 ca cơ động, không ở điểm nào: không thêm điểm.",
        "Mỗi đối tượng tính một lần dù có nhiều ca, nên các dòng dưới đây không cộng thành số này.",
    ]


def test_abbreviation_that_names_a_metric_stays_as_it_is_within_the_sentence(day):
    signatures = factories.metric("CKS", name="CKS cá nhân")
    factories.log(day.session, day.service, metric=signatures, quantity=2)
    tallies.rebuild()
    client = signed_in(day.unit_staff)
    assert told(client, measure="CKS")["sentence"] == "2 CKS cá nhân = 2 đã ghi."
    assert told(client, measure="HS_NOP")["sentence"] == "3 hồ sơ nộp = 3 đã ghi."


def test_teams_and_days_add_up_to_the_figure_latest_day_first(day):
    factories.log(factories.session(day.team, worlds.DAYS[2]), day.service, people=64)
    tallies.rebuild()
    answer = told(signed_in(day.unit_staff), measure="service_turns")
    assert [tuple(row.values()) for row in answer["by_team_and_day"]["results"]] == [
        ("TO-TT", "Tổ xung kích Tân Túc", "2023-04-02", 1, 64, 0, 64),
        ("TO-TT", "Tổ xung kích Tân Túc", DAY, 2, 55, 48, 7),
        ("TO-VL", "Tổ xung kích Vĩnh Lộc A", DAY, 1, 2, 0, 2),
    ]
    assert answer["figure"] == 73


def test_address_of_an_answer_and_a_cell_of_it_is_a_question(day):
    question = {"by": "unit,service", "measures": "service_turns,people", "period": "2023-03", "unit": "BC"}
    client = signed_in(day.unit_staff)
    answer = told(client, **question, at_unit="BC-TT", at_service="DDT-KH2")
    assert (answer["measure"]["code"], answer["figure"]) == ("service_turns", 3)
    assert (answer["query"]["by"], answer["query"]["to"]) == (["unit", "service"], "2023-03-31")
    margin = told(client, **question, at_service="DVC-NOP", measure="people")
    assert (margin["figure"], margin["counted"]) == (6, 6)


def test_row_without_a_value_is_named_null(day):
    client = signed_in(day.city_staff)
    assert told(client, at_campaign="null")["figure"] == 15
    assert told(client, at_age_group="null", at_unit="NH")["figure"] == 9


def test_english_reader_is_answered_in_english(day):
    response = signed_in(day.unit_staff).get(EXPLAIN, headers={"Accept-Language": "en"})
    assert response.json()["measure"]["label"] != "Lượt người"


# --- questions that cannot be answered --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("params", "faults"),
    [
        ({"at_units": "BC"}, {"at_units": "unknown_parameter"}),
        ({"measure": "xyz"}, {"measure": "invalid"}),
        ({"measure": "people", "measures": "sessions"}, {"measure": "invalid"}),
        ({"by": "day", "at_unit": "BC"}, {"at_unit": "invalid"}),
        ({"at_day": "26/03/2023"}, {"at_day": "invalid"}),
        ({"at_day": "TODAY"}, {"at_day": "invalid"}),
        ({"at_month": "2023-13"}, {"at_month": "invalid"}),
        ({"at_week": "2023W12x"}, {"at_week": "invalid"}),
        ({"at_hour": "24"}, {"at_hour": "invalid"}),
        ({"at_result": "done"}, {"at_result": "invalid"}),
        ({"at_service": "KHONG-CO"}, {"at_service": "invalid"}),
        ({"at_day": "null"}, {"at_day": "invalid"}),
        ({"at_team": "x" * 61}, {"at_team": "invalid"}),
        ({"at_service": "DVC-NOP", "measure": "sessions"}, {"by": "not_combinable"}),
        ({"page": "9"}, {"page": "out_of_range"}),
        ({"format": "csv"}, {"format": "invalid_choice"}),
        (
            {f"at_{code}": "null" for code in ("unit", "area", "block", "campaign", "age_group")}
            | {"at_channel": "point"},
            {"at": "invalid"},
        ),
    ],
)
def test_what_is_not_understood_is_refused_by_name(day, params, faults):
    assert refused(signed_in(day.unit_staff), **params) == (400, "invalid_parameter", faults)


def test_distinct_list_is_only_for_distinct_counts(day):
    assert refused(signed_in(day.unit_staff), DISTINCT) == (400, "invalid_parameter", {"measure": "not_distinct"})


# --- agreement --------------------------------------------------------------------------------------------------------
def test_log_that_waits_to_be_counted_is_told_as_pending(day):
    factories.log(day.session, day.service, people=8)
    worlds.promise(day.session)
    answer = told(signed_in(day.unit_staff), at_unit="BC-TT")
    assert (answer["figure"], answer["counted"], answer["status"]) == (4, 12, "pending")
    assert answer["freshness"]["pending"] == 1


def test_difference_that_nothing_on_its_way_explains_is_told_as_one(day):
    factories.log(day.session, day.service, people=8)
    answer = told(signed_in(day.unit_staff), at_unit="BC-TT")
    assert (answer["figure"], answer["counted"], answer["status"]) == (4, 12, "differs")
    assert answer["status_text"].startswith("Lệch")


def test_cell_with_too_many_lines_is_told_in_parts_too(day, monkeypatch):
    monkeypatch.setattr(counting, "MOST_LINES", 4)
    client = signed_in(day.unit_staff)
    assert told(client, measure="service_turns")["status"] == "too_large"
    assert told(client, measure="service_turns", at_team="TO-TT@2020-01-01")["status"] == "equal"
    assert told(client, measure="sessions")["status"] == "equal"


def test_cell_with_too_many_sessions_is_told_in_parts_instead(day, monkeypatch):
    monkeypatch.setattr(counting, "MOST_SESSIONS", 2)
    client = signed_in(day.unit_staff)
    answer = told(client, measure="service_turns")
    assert (answer["figure"], answer["counted"], answer["status"]) == (9, None, "too_large")
    assert (answer["parts"], answer["sentence"], answer["by_team_and_day"]["results"]) == ([], "", [])
    [part] = answer["narrower"]["rows"]
    assert (answer["narrower"]["by"], part["code"], part["figure"]) == ("month", "2023-03", 9)
    [part] = client.get(part["url"]).json()["narrower"]["rows"]
    assert (part["code"], part["figure"]) == (DAY, 9)
    parts_of_day = client.get(part["url"]).json()["narrower"]["rows"]
    assert [(part["code"], part["figure"]) for part in parts_of_day] == [("BC-TT", 7), ("BC-VL", 2)]
    assert client.get(parts_of_day[0]["url"]).json()["status"] == "equal"
    sessions = told(client, SESSIONS, measure="service_turns")
    assert (sessions["too_many"], sessions["results"]) == (True, [])


def test_cell_that_is_named_by_all_it_can_be_has_no_smaller_part(day, monkeypatch):
    monkeypatch.setattr(counting, "MOST_SESSIONS", 1)
    cell = {"at_unit": "BC-TT", "at_team": "TO-TT", "at_state": "provisional", "at_campaign": "null", "at_day": DAY}
    assert told(signed_in(day.unit_staff), **cell)["narrower"] is None
    del cell["at_campaign"]
    assert told(signed_in(day.unit_staff), **cell)["narrower"] is None
    week = told(signed_in(day.unit_staff), at_week="2023-W12")["narrower"]
    assert (week["by"], week["rows"][0]["code"]) == ("day", DAY)


def test_day_on_which_the_unit_had_left_the_caller_is_a_cell_of_nothing(day):
    place_unit(unit=day.tan_tuc, parent=day.banks, since=PEAK_DAY, by=None)
    factories.log(factories.session(day.team, worlds.DAYS[0]), day.service, people=64)
    tallies.rebuild()
    client = signed_in(day.unit_staff)
    question = {"unit": "BC-TT", "from": "2023-03-01", "measure": "service_turns"}
    before, after = (told(client, **question, at_day=each) for each in ("2023-03-25", DAY))
    assert [(answer["figure"], answer["counted"]) for answer in (before, after)] == [(64, 64), (0, 0)]


@pytest.mark.django_db(transaction=True)
def test_log_that_comes_in_while_the_cell_is_counted_is_no_difference(transactional_db, monkeypatch):
    """Figure and recount are read at one moment, whatever is committed between the two."""
    day = day_of(factories.small_city())
    told_before = cells.figure

    def figure_and_then_a_log(cell, fresh):
        answer = told_before(cell, fresh)
        with ThreadPoolExecutor(1) as other:
            other.submit(_log_elsewhere, day).result()
        return answer

    monkeypatch.setattr(cells, "figure", figure_and_then_a_log)
    why = explain(Asked(StatsQuery(("service_turns",))), system_access())
    assert (why.figure, why.counted, why.status) == (18, 18, "equal")
    monkeypatch.undo()
    again = explain(Asked(StatsQuery(("service_turns",))), system_access())
    assert (again.figure, again.counted) == (18, 26)


def _log_elsewhere(day):
    try:
        factories.log(day.session, day.service, people=8)
    finally:
        connection.close()


# --- sessions and lines -----------------------------------------------------------------------------------------------
def test_sessions_of_a_cell_tell_what_each_gives_and_who_opened_and_closed_it(day):
    AuditEvent.objects.create(
        action="services_help.session_closed",
        target_type="services_help.session",
        target_id=str(day.session.pk),
        actor_label="Trần Thị Đóng Ca",
    )
    answer = told(signed_in(day.unit_staff), SESSIONS, at_unit="BC-TT", measure="people")
    cancelled, session = sorted(answer["results"], key=lambda row: row["figure"])
    del session["lines"]
    assert session == {
        "id": str(day.session.pk),
        "team": "TO-TT",
        "team_name": "Tổ xung kích Tân Túc",
        "day": DAY,
        "point": "MOT-CUA",
        "point_name": "Một cửa Tân Túc",
        "campaign": None,
        "state": "provisional",
        "started_at": "2023-03-26T07:30:00+07:00",
        "ended_at": "2023-03-26T11:30:00+07:00",
        "opened_by": str(day.leader),
        "closed_by": "Trần Thị Đóng Ca",
        "void": None,
        "rows": 3,
        "not_counted": 19,
        "figure": 4,
    }
    assert (cancelled["figure"], cancelled["not_counted"], cancelled["void"]["reason"]) == (0, 32, "Mở thử")
    assert (cancelled["closed_by"], answer["hidden"], answer["count"]) == (None, 0, 2)


def test_lines_of_a_session_tell_what_each_gives_and_why_some_give_nothing(day):
    client = signed_in(day.unit_staff)
    session = told(client, SESSIONS, at_unit="BC-TT", at_day=DAY)["results"]
    answer = client.get(next(row["lines"] for row in session if row["figure"])).json()
    assert [(line["id"], line["figure"], line["not_counted"]) for line in answer["results"]] == [
        (str(day.first.pk), 4, None),
        (str(day.same.pk), 0, "same_visit"),
        (str(day.wrong.pk), 0, "line_void"),
    ]
    assert answer["results"][2]["void"]["reason"] == "Ghi nhầm số người"
    assert answer["results"][0]["service_name"] == "Dịch vụ DVC-NOP"
    assert answer["outside"] == 0


def test_lines_are_those_of_the_cell_only_and_add_up_to_what_the_session_gives(day):
    client = signed_in(day.unit_staff)
    cell = {"at_service": "DVC-NOP", "measure": "service_turns", "session": str(day.session.pk)}
    answer = told(client, LINES, **cell)
    assert [line["figure"] for line in answer["results"]] == [4, 0]
    assert answer["outside"] == 1
    metric = told(client, LINES, measure="HS_NOP", session=str(day.session.pk))
    assert [(line["quantity"], line["figure"]) for line in metric["results"]] == [(3, 3)]


@pytest.mark.parametrize(
    ("measure", "gives"), [("volunteer_turns", [0, 1, 1, 0]), ("volunteer_minutes", [0, 90, 240, 0])]
)
def test_presence_is_told_volunteer_by_volunteer(day, measure, gives):
    answer = told(signed_in(day.unit_staff), LINES, measure=measure, session=str(day.session.pk))
    assert [line["figure"] for line in answer["results"]] == gives
    assert [line["not_counted"] for line in answer["results"]] == ["repeated", None, None, "line_void"]
    assert answer["results"][1]["volunteer_name"] == day.volunteers[0].full_name


def test_lines_of_a_voided_session_all_say_so(day):
    answer = told(signed_in(day.unit_staff), LINES, session=str(day.cancelled.pk))
    [line] = answer["results"]
    assert (line["figure"], line["not_counted"], line["void"]["reason"]) == (0, "session_void", "Mở thử")


def test_whole_sessions_show_the_turns_that_they_brought(day):
    answer = told(signed_in(day.unit_staff), LINES, measure="sessions", session=str(day.session.pk))
    assert [line["figure"] for line in answer["results"]] == [4, 3, 0]


def test_distinct_ones_are_listed_by_name_with_their_sessions(day):
    client = signed_in(day.unit_staff)
    volunteers = told(client, DISTINCT, measure="volunteers")["results"]
    assert [(row["code"], row["sessions"]) for row in volunteers] == [("TNV-0", 1), ("TNV-1", 1)]
    assert [row["name"] for row in told(client, DISTINCT, measure="points")["results"]] == ["Một cửa Tân Túc"]
    teams = told(client, DISTINCT, measure="teams")["results"]
    assert [row["code"] for row in teams] == ["TO-TT", "TO-VL"]


def test_long_lists_come_in_pages(day):
    for _number in range(5):
        factories.log(factories.session(day.team), day.service)
    tallies.rebuild()
    client = signed_in(day.unit_staff)
    first = told(client, SESSIONS, page_size="3")
    second = client.get(first["next"]).json()
    assert (first["count"], len(first["results"]), len(second["results"])) == (8, 3, 3)
    assert not {row["id"] for row in first["results"]} & {row["id"] for row in second["results"]}


# --- who --------------------------------------------------------------------------------------------------------------
def test_token_for_figures_gets_teams_and_days_and_a_word_about_who_sees_more(day):
    client = bearer(Scope.STATS_READ, unit=day.binh_chanh)
    answer = told(client, measure="service_turns")
    assert (answer["figure"], answer["counted"]) == (9, 9)
    assert [row["team"] for row in answer["by_team_and_day"]["results"]] == ["TO-TT", "TO-VL"]
    assert (answer["sessions"], answer["distinct"]) == (None, None)
    assert answer["access"].startswith("Bạn xem được số liệu, không xem được từng ca.")
    for path in (SESSIONS, DISTINCT, f"{LINES}?session={day.session.pk}"):
        assert client.get(path).status_code == 403


def test_token_that_may_see_sessions_gets_them_without_the_names_of_people(day):
    client = bearer(Scope.STATS_READ, Scope.SESSIONS_READ, unit=day.binh_chanh)
    rows = told(client, SESSIONS, at_unit="BC-TT")["results"]
    assert {(row["opened_by"], row["closed_by"]) for row in rows} == {(None, None)}
    presence = told(client, LINES, measure="volunteers", session=str(day.session.pk))["results"]
    assert {row["volunteer_name"] for row in presence} == {None}
    assert {row["name"] for row in told(client, DISTINCT, measure="volunteers")["results"]} == {None}


@pytest.mark.parametrize(
    ("caller", "figure", "teams"),
    [
        ("city_staff", 15, {"TO-TT", "TO-VL", "TO-NH"}),
        ("viewer", 6, {"TO-TT", "TO-VL"}),
        ("bank_staff", 9, {"TO-NH"}),
        ("leader", 4, {"TO-TT"}),
    ],
)
def test_each_role_explains_the_figures_of_its_own_part_of_the_city(day, caller, figure, teams):
    client = signed_in(getattr(day, caller))
    answer = told(client)
    assert (answer["figure"], answer["counted"]) == (figure, figure)
    assert {row["team"] for row in answer["by_team_and_day"]["results"]} == teams
    assert {row["team"] for row in told(client, SESSIONS)["results"]} == teams


@pytest.mark.parametrize(
    "cell", [{"at_team": "TO-NH"}, {"at_unit": "NH"}, {"at_campaign": "CUA-NH"}, {"at_area": "1@2020-01-01"}]
)
def test_cell_of_another_is_answered_like_one_of_nothing(day, cell):
    """Neither a name nor a figure tells whether the thing exists."""
    own = factories.campaign("CUA-NH", owner=day.banks, name="Chiến dịch riêng")
    area = factories.area("1", name="Địa bàn riêng")
    point = factories.point(unit=day.bank, area=area)
    factories.log(factories.session(day.team_bank, campaign=own, point=point), day.service)
    tallies.rebuild()
    client = signed_in(day.unit_staff)
    ((name, code),) = cell.items()
    there, nowhere = client.get(EXPLAIN, cell), client.get(EXPLAIN, {name: "KHONG-CO"})
    assert there.json()["figure"] == 0
    assert there.text.replace(quote(code), "KHONG-CO").replace(code, "KHONG-CO") == nowhere.text


def test_foreign_unit_is_unknown_and_a_foreign_session_is_not_there(day):
    client = signed_in(day.unit_staff)
    assert refused(client, unit="NH")[:2] == (404, "unknown_unit")
    foreign = factories.session(day.team_bank)
    for path in (str(foreign.pk), str(uuid.uuid4()), "khong-phai-uuid", ""):
        assert client.get(LINES, {"session": path}).status_code == 404


def test_session_outside_the_cell_is_not_there(day):
    client = signed_in(day.unit_staff)
    assert client.get(LINES, {"session": str(day.session.pk), "at_unit": "BC-VL"}).status_code == 404
    assert client.get(LINES, {"session": str(day.session.pk), "at_unit": "BC-TT"}).status_code == 200


def test_sessions_that_the_right_to_see_them_does_not_cover_are_only_counted(day):
    """Figures of Bình Chánh, sessions of one team: each right on its own part."""
    figures = Grant(frozenset({Right.STATS_VIEW}), unit_id=day.binh_chanh.pk)
    sessions = Grant(frozenset({Right.SESSION_VIEW}), team_id=day.team_vinh_loc.pk)
    why = explain(Asked(StatsQuery(("people",))), Access(user=None, grants=(figures, sessions)))
    assert (why.figure, why.counted, len(why.works)) == (6, 6, 3)
    assert ([work.session.team_id for work in why.seen], why.hidden) == ([day.team_vinh_loc.pk], 2)


# --- what it costs ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [(EXPLAIN, 18), (SESSIONS, 21), (DISTINCT, 19)])
def test_answer_takes_the_same_queries_for_one_session_and_three(
    world, path, queries, count, django_assert_num_queries, no_writes
):
    service = factories.service()
    for _number in range(count):
        factories.log(factories.session(factories.team(unit=world.tan_tuc), by=world.leader), service)
    tallies.rebuild()
    client = signed_in(world.unit_staff)
    with django_assert_num_queries(queries), no_writes():
        answer = client.get(path, {"measure": "teams", "at_unit": "BC-TT", "period": "2023-03"})
    assert answer.status_code == 200


@pytest.mark.parametrize("count", [1, 1000])
def test_lines_take_the_same_queries_for_one_and_a_thousand(day, count, django_assert_num_queries, no_writes):
    session = factories.session(day.team, by=day.leader)
    lines = [
        AssistanceLog(
            id=uuid.uuid4(), session=session, service=day.service, result="done_self", people=1,
            happened_at=session.started_at, device=session.device, created_by=day.leader,
        )
        for _number in range(count)
    ]  # fmt: skip
    AssistanceLog.objects.bulk_create(lines)
    client = signed_in(day.unit_staff)
    with django_assert_num_queries(12), no_writes():
        answer = client.get(LINES, {"session": str(session.pk)})
    assert (answer.json()["count"], len(answer.json()["results"])) == (count, min(count, 100))
