"""Who may open which page of the phone, what a first page says, and how many queries it takes to say it."""

import datetime as dt

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from core.dated import DAY, today
from core.ids import uuid7
from services_help.field import queries
from services_help.models import AssistanceLog, Attendance, Receipt, Session, Void
from teams.models import Appointment
from teams.permissions import Role
from tests import factories
from tests.factories import LONG_AGO, PEAK_DAY
from tests.services_help.field_phone import Phone, sent_out, stocked

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(world):
    return stocked(world)


# --- role x page ----------------------------------------------------------------------------------------------------
FIRST_PAGE = {"leader": 200, "city_staff": 200, "unit_staff": 200, "bank_staff": 200, "viewer": 403, "nobody": 403}


@pytest.mark.parametrize("who", FIRST_PAGE)
@pytest.mark.parametrize("name", ["home", "session_open", "rules"])
def test_pages_without_an_object_are_for_those_who_may_log(world, who, name):
    Phone(getattr(world, who)).open(reverse(f"field:{name}"), status=FIRST_PAGE[who])


@pytest.mark.parametrize("name", ["home", "session_open", "rules"])
def test_stranger_is_sent_to_the_login_and_back(client, name):
    answer = client.get(reverse(f"field:{name}"))
    assert answer.url == f"{reverse('account_login')}?next={reverse(f'field:{name}')}"


# A session of Tân Túc's team, seen by each.
ITS_SESSION = {
    "leader": 200,
    "unit_staff": 200,
    "city_staff": 200,
    "leader_bank": 404,
    "bank_staff": 404,
    "viewer": 403,
    "nobody": 403,
}


def pages_of(session: Session, log: AssistanceLog) -> dict[str, list]:
    """Address name to its arguments: every page that belongs to a session."""
    return {
        "session": [session.pk],
        "attendance": [session.pk],
        "session_close": [session.pk],
        "log_record": [session.pk, log.service.code],
        "log_bulk": [session.pk, log.service.code],
        "logs": [session.pk],
        "log_undo": [session.pk, log.pk],
    }


PAGES = ["session", "attendance", "session_close", "log_record", "log_bulk", "logs", "log_undo"]


@pytest.mark.parametrize("who", ITS_SESSION)
def test_pages_of_a_session_are_for_its_team_and_the_staff_above(world, who):
    log = factories.log(factories.session(world.team, today()), world.submit)
    phone = Phone(getattr(world, who))
    for name, args in pages_of(log.session, log).items():
        phone.open(reverse(f"field:{name}", args=args), status=ITS_SESSION[who])


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_a_session_that_is_seen_but_not_logged_into_are_403(world, name):
    Appointment.objects.create(user=world.leader_bank, role=Role.VIEWER, unit=world.binh_chanh, valid_from=LONG_AGO)
    log = factories.log(factories.session(world.team, today()), world.submit)
    Phone(world.leader_bank).open(reverse(f"field:{name}", args=pages_of(log.session, log)[name]), status=403)


@pytest.mark.parametrize(("who", "status"), [("leader_bank", 404), ("bank_staff", 404), ("viewer", 403)])
def test_posts_of_others_store_nothing(world, who, status):
    log = factories.log(factories.session(world.team, today()), world.submit)
    volunteer = world.members[0].code
    phone = Phone(getattr(world, who))
    for name, data in {
        "attendance": {"toggle": f"{uuid7()}:there:{volunteer}"},
        "session_close": {"note": ""},
        "log_record": {"id": uuid7(), "result": "done_self", "channel": "point"},
        "log_bulk": {"id": uuid7(), "result": "done_self", "channel": "point", "people": 5},
        "log_undo": {"void": f"{uuid7()}:{log.pk}", "reason": "Ghi trùng"},
    }.items():
        phone.send("post", reverse(f"field:{name}", args=pages_of(log.session, log)[name]), data, status=status)
    assert (Receipt.objects.count(), AssistanceLog.objects.count()) == (0, 1)
    assert (Attendance.objects.count(), Void.objects.count()) == (0, 0)
    assert Session.objects.get().ended_at is None


def test_voided_session_is_not_found(world):
    session = factories.session(world.team, today())
    factories.void(session)
    Phone(world.leader).open(reverse("field:session", args=[session.pk]), status=404)


def test_leader_whose_appointment_ended_is_out(world):
    phone = Phone(world.leader).open("/field/web/")
    world.leader.appointments.update(valid_to=today() - DAY)
    phone.open("/field/web/", status=403)


# --- addresses nobody taps ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["home", "session_open", "attendance"])
def test_nul_is_searched_for_as_nothing(world, name):
    args = [factories.session(world.team, today()).pk] if name == "attendance" else []
    phone = Phone(world.leader).open(f"{reverse(f'field:{name}', args=args)}?q=%00")
    assert phone.answer.context["rows" if args else "teams"]


@pytest.mark.parametrize("name", ["log_record", "log_bulk"])
def test_service_with_nul_in_its_code_is_not_found(world, name):
    session = factories.session(world.team, today())
    address = reverse(f"field:{name}", args=[session.pk, "NUL"]).replace("NUL", "%00")
    Phone(world.leader).open(address, status=404)


# --- GET never writes -----------------------------------------------------------------------------------------------
def test_get_reads_only(world):
    sent_out(world)
    log = factories.log(factories.session(world.team, today(), point=world.point), world.submit)
    phone = Phone(world.leader).open("/field/web/")  # the session's first request is over

    def read_only(execute, sql, params, many, context):
        assert sql.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE")), sql
        return execute(sql, params, many, context)

    with connection.execute_wrapper(read_only):
        for name in ("home", "session_open", "rules"):
            phone.open(reverse(f"field:{name}"))
        for name, args in pages_of(log.session, log).items():
            phone.open(reverse(f"field:{name}", args=args))


def test_pages_are_kept_by_no_cache(world):
    session = factories.session(world.team, today())
    for path in ("/field/web/", reverse("field:session", args=[session.pk])):
        assert "no-store" in Phone(world.leader).open(path).answer["Cache-Control"]


def test_pages_are_compressed_for_slow_networks(world):
    for number in range(40):
        factories.service(f"THU-X{number}", group=world.submit.group)
    session = factories.session(world.team, today())
    phone = Phone(world.leader)
    plain = phone.open(reverse("field:session", args=[session.pk])).answer
    packed = phone.client.get(phone.path, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 4


@pytest.mark.parametrize("device", ["made-up", "x:y:z", ""])
def test_device_that_was_not_given_by_us_is_replaced(world, device):
    phone = Phone(world.leader)
    phone.client.cookies["xks_device"] = device
    phone.open("/field/web/").tap("Mở ca ngoài kế hoạch").tap("Mở ca")
    given = phone.client.cookies["xks_device"].value
    assert given.startswith(str(Session.objects.get().device))


# --- the first page -------------------------------------------------------------------------------------------------
def test_home_without_a_team_that_day_names_whom_to_ask(world):
    phone = Phone(world.leader).open("/field/web/?day=2020-01-01")
    world.team.refresh_from_db()
    assert phone.answer.context["teams"] == [world.team]
    type(world.team).objects.filter(pk=world.team.pk).update(valid_from=dt.date(2021, 1, 1))
    phone.open("/field/web/?day=2020-01-01")
    assert "Ngày này bạn chưa có đội nào để ghi. Hãy hỏi cán bộ Đoàn phụ trách." in phone.answer.text
    assert "Mở ca ngoài kế hoạch" not in phone.labels


def test_home_without_a_deployment_offers_an_unplanned_shift(world):
    phone = Phone(world.leader).open("/field/web/")
    assert "Ngày này đội chưa được phân công điểm nào." in phone.answer.text
    assert "Mở ca ngoài kế hoạch" in phone.labels


def test_home_shows_own_deployments_only(world):
    sent_out(world)
    sent_out(world, team=world.team_bank)
    phone = Phone(world.leader).open("/field/web/")
    assert [row["plan"].deployment.team for row in phone.answer.context["plans"]] == [world.team]
    assert "Đội hình thanh toán số" not in phone.answer.text


def test_home_hides_what_is_cancelled_or_still_a_draft(world):
    sent_out(world, cancelled_at=timezone.now())
    draft = factories.campaign(owner=world.city, status="draft")
    factories.deployment(world.team, factories.campaign_day(draft, today()), world.point)
    assert Phone(world.leader).open("/field/web/").answer.context["plans"] == []


def test_home_shows_a_shift_under_the_plan_whose_hours_are_nearer(world):
    sent_out(world, starts_at=dt.time(7, 30), ends_at=dt.time(11, 30))
    sent_out(world, starts_at=dt.time(13), ends_at=dt.time(17))
    morning = factories.session(world.team, today(), point=world.point, started_at=factories.local(today(), 7))
    noon = factories.session(world.team, today(), point=world.point, started_at=factories.local(today(), 12, 30))
    elsewhere = factories.session(world.team, today())
    context = Phone(world.leader).open("/field/web/").answer.context
    assert [row["plan"].sessions for row in context["plans"]] == [[morning], [noon]]
    assert context["unplanned"] == [elsewhere]


def test_home_calls_for_closing_what_was_left_open_on_a_day_before(world):
    yesterday = factories.session(world.team, today() - DAY)
    factories.session(world.team, today())
    factories.session(world.team_bank, today() - DAY)
    phone = Phone(world.leader)
    assert phone.open("/field/web/").answer.context["left_open"] == [yesterday]
    # Looking at another day, today's shift goes on; it was not left open.
    assert phone.open("/field/web/?day=2023-03-26").answer.context["left_open"] == [yesterday]
    phone.tap("Xem và đóng ca")
    assert phone.path == reverse("field:session", args=[yesterday.pk])


def test_home_counts_each_citizen_once(world):
    sent_out(world)
    session = factories.session(world.team, today(), point=world.point)
    factories.log(session, world.submit, people=3)
    factories.log(session, world.pay, same_visit=True)
    factories.void(factories.log(session, world.pay))
    assert "Tiếp tục ca · 3 người" in Phone(world.leader).open("/field/web/").labels


def test_home_of_a_day_to_come_shows_the_plan_and_opens_nothing(world):
    tomorrow = today() + DAY
    sent_out(world, tomorrow)
    phone = Phone(world.leader).open(f"/field/web/?day={tomorrow.isoformat()}")
    assert len(phone.answer.context["plans"]) == 1
    assert [label for label in phone.labels if label.startswith("Mở ca")] == []


@pytest.mark.parametrize("day", ["2023-02-30", "hom-nay", "", "1999-01-01", "9999-12-31", "2023-03-26' OR 1=1"])
def test_home_of_nonsense_is_today(world, day):
    assert Phone(world.leader).open("/field/web/", status=200).answer.context["day"] == today()
    assert Phone(world.leader).open(f"/field/web/?day={day}").answer.context["day"] == today()


def test_home_lists_the_days_on_which_the_team_is_sent_out(world):
    sent_out(world, PEAK_DAY)
    phone = Phone(world.leader).open("/field/web/").tap("26/03/2023")
    assert phone.answer.context["day"] == PEAK_DAY
    assert len(phone.answer.context["plans"]) == 1


def test_home_of_the_city_finds_a_team_by_a_name_without_accents(world):
    for _number in range(10):
        factories.team(unit=world.vinh_loc)
    phone = Phone(world.city_staff).open("/field/web/").tap("Tìm", q="vinh loc a")
    assert phone.answer.context["teams"] == [world.team_vinh_loc]
    phone.tap("Mở ca ngoài kế hoạch").tap("Mở ca")
    assert Session.objects.get().team == world.team_vinh_loc
    phone.open("/field/web/?q=khong-co-doi-nao")
    assert "Không tìm thấy đội nào. Thử tên ngắn hơn, không cần dấu." in phone.answer.text


def test_day_without_services_says_whom_to_tell(world):
    type(world.submit).objects.update(valid_to=dt.date(2021, 12, 31))
    session = factories.session(world.team, today())
    phone = Phone(world.leader).open(reverse("field:session", args=[session.pk]))
    assert "Ngày này chưa có dịch vụ nào" in phone.answer.text


def test_list_without_lines_leads_to_the_first_one(world):
    session = factories.session(world.team, today())
    phone = Phone(world.leader).open(reverse("field:logs", args=[session.pk])).tap("Ghi lượt đầu tiên")
    assert phone.path == reverse("field:session", args=[session.pk])


# --- opening beside the plan ------------------------------------------------------------------------------------------
def test_points_where_the_team_was_sent_come_first_and_few_are_not_searched(world):
    sent_out(world, PEAK_DAY)
    other = factories.point(unit=world.vinh_loc, area=factories.area(), name="A đứng trước")
    phone = Phone(world.city_staff).open("/field/web/mo-ca/?q=tan+tuc")
    points = phone.answer.context["points"]
    assert (points.usual, points.others, points.has_more) == ([world.point], [other], False)
    assert "Điểm đội từng được phân công" in phone.answer.text
    assert "Tìm" not in phone.labels


def test_point_among_too_many_to_list_is_found_by_a_name_without_accents(world, monkeypatch):
    monkeypatch.setattr(queries, "MOST_POINTS", 2)
    area = factories.area()
    wanted, *_others = [
        factories.point(unit=world.vinh_loc, area=area, name=name) for name in ("Ủy ban Vĩnh Lộc", "Bến A", "Bến B")
    ]
    phone = Phone(world.city_staff).open("/field/web/mo-ca/?q=vinh+loc")
    assert [point.name for point in phone.answer.context["points"].others] == ["Bến A", "Bến B"]
    assert "Còn điểm chưa hiện ở đây." in phone.answer.text
    phone.tap("Tìm", diem="uy ban vinh loc")
    assert phone.answer.context["points"].others == [wanted]
    # A refusal keeps what was looked for; the search for the team stands too.
    phone.tap("Mở ca", point=wanted.code, id="")
    assert "Phiếu mở ca không đầy đủ." in phone.answer.text
    phone.tap("Mở ca")
    assert (Session.objects.get().team, Session.objects.get().point) == (world.team_vinh_loc, wanted)


def test_point_that_is_chosen_is_listed_however_many_there_are(world, monkeypatch):
    monkeypatch.setattr(queries, "MOST_POINTS", 1)
    for _number in range(2):
        factories.point(unit=world.tan_tuc, area=world.point.area, name="A đứng trước")
    phone = Phone(world.city_staff).open(f"/field/web/mo-ca/?q=tan+tuc&point={world.point.code}")
    assert world.point in phone.answer.context["points"].others
    assert dict(phone.page.forms["open"].fields)["point"] == world.point.code


def test_point_that_nobody_has_is_said_not_to_be_there(world):
    phone = Phone(world.leader).open("/field/web/mo-ca/?diem=khong-co")
    assert "Không tìm thấy điểm nào. Thử tên ngắn hơn, không cần dấu." in phone.answer.text


# --- queries --------------------------------------------------------------------------------------------------------
def teams_with_work(world, count: int) -> None:
    """``count`` teams of one leader, each sent out, each with a shift of the plan, one beside it and one left open."""
    for number in range(count):
        team = world.team if number == 0 else factories.team(unit=world.tan_tuc)
        if number:
            Appointment.objects.create(user=world.leader, role=Role.TEAM_LEADER, team=team, valid_from=LONG_AGO)
        sent_out(world, team=team)
        for session in (
            factories.session(team, today(), point=world.point),
            factories.session(team, today()),
            factories.session(team, today() - DAY),
        ):
            factories.log(session, world.submit)


@pytest.mark.parametrize("count", [1, 3])
def test_home_takes_as_many_queries_for_three_teams_as_for_one(world, count, django_assert_num_queries):
    teams_with_work(world, count)
    phone = Phone(world.leader).open("/field/web/")
    # user, appointments, the tree's roots; teams sent out and the others, shifts of the day, plans, those sent back and
    # left open, days, peaks
    with django_assert_num_queries(11):
        phone.open("/field/web/")
    assert len(phone.answer.context["plans"]) == count
    assert len(phone.answer.context["left_open"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_page_of_opening_takes_as_many_queries_for_three_points_as_for_one(world, count, django_assert_num_queries):
    teams_with_work(world, count)
    for _number in range(count):
        factories.point(unit=world.tan_tuc, area=world.point.area)
    phone = Phone(world.leader).open("/field/web/mo-ca/")
    # user, appointments, the tree's roots; teams sent out and the others, points where they were sent and the others
    with django_assert_num_queries(7):
        phone.open("/field/web/mo-ca/?diem=%00")
    assert world.point in phone.answer.context["points"].usual


def busy_session(world, count: int) -> Session:
    """``count`` services used, lines, members present."""
    session = factories.session(world.team, today(), point=world.point, campaign=world.campaign)
    type(world.submit).objects.filter(group=world.submit.group).delete()
    for number in range(count):
        service = factories.service(f"THU-{number}", factories.metric(f"M{number}"), group=world.submit.group)
        factories.log(session, service, metric=factories.metric(f"M{number}"), quantity=2)
    for _number in range(count - 1):
        world.members.append(factories.volunteer(unit=world.tan_tuc, team=world.team))
    for member in world.members[:count]:
        factories.attendance(session, member)
    return session


# On each page first: user, appointments, the tree's roots, the shift.
QUERIES = {"session": 11, "attendance": 7, "logs": 7, "session_close": 10}


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", QUERIES)
def test_page_of_a_shift_takes_a_fixed_number_of_queries(world, name, count, django_assert_num_queries):
    session = busy_session(world, count)
    phone = Phone(world.leader).open(reverse("field:session", args=[session.pk]))
    with django_assert_num_queries(QUERIES[name]):
        phone.open(reverse(f"field:{name}", args=[session.pk]))


@pytest.mark.parametrize("count", [1, 3])
def test_page_of_a_closed_shift_takes_a_fixed_number_of_queries(world, count, django_assert_num_queries):
    session = busy_session(world, count)
    Session.objects.update(ended_at=session.started_at + dt.timedelta(hours=4))
    phone = Phone(world.leader).open(reverse("field:session", args=[session.pk]))
    with django_assert_num_queries(12):
        phone.open(reverse("field:session", args=[session.pk]))
    assert len(phone.answer.context["by_service"]) == count
