"""Batches that are stored, replayed, refused item by item: what every phone relies on."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from core.models import AuditEvent, OutboxMessage, Revision
from services_help.intake import Status, receive
from services_help.intake.catalogue import catalogue
from services_help.models import AssistanceLog, Attendance, Receipt, Session, Void
from teams.access import access_of_user
from tests import factories
from tests.factories import PEAK_DAY, local
from tests.services_help.intake_items import (
    DEVICE,
    OTHER_DEVICE,
    attendance_item,
    log_item,
    new_id,
    session_item,
    stocked,
    void_item,
)


@pytest.fixture
def city(world):
    return stocked(world)


@pytest.fixture
def send(city):
    """``send(*items)`` as the leader's phone; returns the statuses."""

    def send_as(*items, by=None, device=DEVICE):
        results = receive(list(items), device=device, access=access_of_user(by or city.leader))
        return [str(result.status) for result in results]

    return send_as


@pytest.fixture
def answer(city):
    """``answer(item)``: the whole result of one item."""

    def answer_to(item, by=None, device=DEVICE):
        (result,) = receive([item], device=device, access=access_of_user(by or city.leader))
        return result

    return answer_to


def rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Receipt, Session, AssistanceLog, Attendance, Void))


def stale() -> set[str]:
    return set(OutboxMessage.objects.filter(topic="tallies.stale").values_list("key", flat=True))


# --- stored -----------------------------------------------------------------------------------------------------------
def test_batch_of_every_kind_is_stored_with_author_device_and_time(send, city):
    session = session_item(ended_at=local(PEAK_DAY, 11, 30).isoformat(), note="Đông   người\n dân")
    log = log_item(session, people=2, quantity=3, metric="HS_NOP", age_group="60+", beneficiary="Tiểu thương")
    present = attendance_item(session, minutes=90)
    void = void_item(log)
    before = timezone.now()

    assert send(session, log, present, void) == ["stored"] * 4

    held = Session.objects.get()
    assert (held.team, held.day, held.note, held.device) == (city.team, PEAK_DAY, "Đông người dân", DEVICE)
    assert (held.started_at, held.ended_at) == (local(PEAK_DAY, 7, 30), local(PEAK_DAY, 11, 30))
    line = AssistanceLog.objects.get()
    assert (line.people, line.quantity, line.metric.code, line.age_group) == (2, 3, "HS_NOP", "60+")
    assert (line.beneficiary, line.channel, line.service) == ("Tiểu thương", "point", city.service)
    assert Attendance.objects.values_list("volunteer__code", "minutes").get() == ("TNV-1", 90)
    taken_back = Void.objects.get()
    assert (taken_back.target, taken_back.reason, taken_back.is_authorised) == (line.pk, "Ghi nhầm", True)
    for row in (held, line, taken_back, Attendance.objects.get()):
        assert row.created_by == city.leader
        assert before <= row.received_at <= timezone.now()
    assert set(Receipt.objects.values_list("day", "device", "received_from")) == {(PEAK_DAY, DEVICE, city.leader.pk)}


def test_order_in_the_batch_plays_no_part(send):
    session = session_item()
    log, present = log_item(session), attendance_item(session)

    assert send(void_item(log), present, log, session) == ["stored"] * 4

    assert Void.objects.get().is_authorised
    assert not AssistanceLog.objects.live().exists()


def test_answers_come_in_the_order_sent(city):
    session = session_item()
    items = [log_item(session), session, log_item(session, people=-1), log_item(session)]

    results = receive(items, device=DEVICE, access=access_of_user(city.leader))

    assert [result.id for result in results] == [item["id"] for item in items]
    assert [result.status for result in results] == ["stored", "stored", "rejected", "stored"]


def test_batch_promises_its_slices_to_the_worker_in_the_same_transaction(send, city):
    other_day = PEAK_DAY + dt.timedelta(days=1)
    first, second = session_item(), session_item(day=other_day)

    send(first, second, log_item(first), log_item(first), log_item(second))

    assert stale() == {f"{city.team.pk}:{PEAK_DAY}", f"{city.team.pk}:{other_day}"}
    assert OutboxMessage.objects.count() == 2


def test_replay_promises_nothing(send):
    session = session_item()
    send(session)
    OutboxMessage.objects.all().delete()

    send(session)

    assert not OutboxMessage.objects.exists()


def test_empty_batch_is_answered_with_nothing(send):
    assert send() == []


# --- replayed, conflict -----------------------------------------------------------------------------------------------
def test_whole_batch_again_changes_nothing_and_gets_the_same_digests(city):
    session = session_item()
    log = log_item(session)
    items = [session, log, attendance_item(session), void_item(log)]
    access = access_of_user(city.leader)
    first = receive(items, device=DEVICE, access=access)
    before = rows()

    again = receive(items[::-1], device=DEVICE, access=access)

    assert [result.status for result in again] == ["replayed"] * 4
    assert [result.digest for result in again[::-1]] == [result.digest for result in first]
    assert rows() == before


def test_same_content_written_differently_is_a_replay(send):
    session = session_item(note="Hòa")
    log = log_item(session)
    send(session, log)
    log["happened_at"] = local(PEAK_DAY, 8, 15).astimezone(dt.UTC).isoformat()
    del log["quantity"], log["metric"], log["channel"], log["same_visit"]
    session |= {"note": "  Ho\u0300a ", "point": "", "started_at": "2023-03-26T00:30:00Z"}

    assert send(session, log) == ["replayed", "replayed"]


@pytest.mark.parametrize(
    "change",
    [
        {"people": 2},
        {"service": "HTCQ-SH"},
        {"result": "referred"},
        {"same_visit": True},
        {"quantity": 1, "metric": "HS_NOP"},
        {"age_group": "u16"},
        {"beneficiary": "Sinh viên"},
        {"channel": "home"},
        {"happened_at": "2023-03-26T08:15:01+07:00"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_same_id_with_other_content_is_a_conflict_and_changes_nothing(answer, send, change):
    session = session_item()
    log = log_item(session)
    send(session)
    held = answer(log).digest
    before = AssistanceLog.objects.values().get()

    result = answer(log | change)

    assert result.status == Status.CONFLICT
    assert result.digest == held
    (fault,) = result.errors
    assert (fault.code, fault.pointer, fault.held) == ("id_taken", "/id", held)
    assert fault.sent not in (None, held)
    assert AssistanceLog.objects.values().get() == before
    assert answer(log).status == Status.REPLAYED


def test_id_of_one_kind_sent_as_another_is_a_conflict(answer, send):
    session = session_item()
    log = log_item(session)
    send(session, log)

    assert answer(void_item(log, id=session["id"])).status == Status.CONFLICT
    assert answer(log_item(session, id=session["id"])).status == Status.CONFLICT
    assert answer(session_item(id=log["id"])).status == Status.CONFLICT
    assert rows() == (2, 1, 1, 0, 0)


def test_same_id_twice_in_one_batch_is_taken_once(send):
    session = session_item()
    log = log_item(session)

    assert send(session, log, log, log | {"people": 5}, session) == [
        "stored",
        "stored",
        "replayed",
        "conflict",
        "replayed",
    ]
    assert AssistanceLog.objects.get().people == 1


def test_same_id_in_one_batch_beside_a_faulty_one_is_taken(send):
    session = session_item()
    log = log_item(session)

    assert send(session, log | {"service": "KHÔNG-CÓ"}, log) == ["stored", "conflict", "stored"]
    assert AssistanceLog.objects.get().service.code == "DVC-NOP"


def test_lost_answer_and_another_split_count_once(send):
    session = session_item()
    logs = [log_item(session) for _ in range(4)]
    send(session, *logs[:2])  # the answer is lost; the phone sends again what it knows nothing of

    assert send(*logs[1:], session) == ["replayed", "stored", "stored", "replayed"]
    assert rows() == (5, 1, 4, 0, 0)


def test_replay_is_known_after_the_rules_have_changed(answer, send, city):
    session = session_item()
    log, present = log_item(session), attendance_item(session)
    send(session, log, present)
    digests = [answer(item).digest for item in (session, log, present)]
    city.service.valid_to = PEAK_DAY - dt.timedelta(days=1)
    city.service.save()
    city.volunteers[0].code = "MÃ-MỚI"
    city.volunteers[0].save()
    city.leader.appointments.update(valid_to=PEAK_DAY)

    results = [answer(item) for item in (session, log, present)]

    assert [result.status for result in results] == ["replayed"] * 3
    assert [result.digest for result in results] == digests


# --- one bad item -----------------------------------------------------------------------------------------------------
def test_bad_items_never_block_the_others(send):
    session = session_item()
    good = [log_item(session) for _ in range(3)]
    bad = [
        None,
        "log",
        {},
        {"type": "photo", "id": new_id()},
        {"type": ["log"], "id": new_id()},
        log_item(session, people="1"),
        log_item(session, beneficiary="079123456789"),
        log_item(new_id()),
        session_item("TO-KHÁC"),
    ]

    statuses = send(session, good[0], *bad, *good[1:])

    assert statuses == ["stored"] * 2 + ["rejected"] * len(bad) + ["stored"] * 2
    assert AssistanceLog.objects.count() == 3


def test_item_that_only_the_database_refuses_is_rejected_alone(answer, send):
    session = session_item()
    good, bad = log_item(session), log_item(session, channel="home")
    with connection.cursor() as cursor:  # a rule that the intake does not know of
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE services_help_assistancelog ADD CONSTRAINT not_at_home CHECK (channel <> 'home')")

    assert send(session, good, bad, void_item(good)) == ["stored", "stored", "rejected", "stored"]
    assert rows() == (3, 1, 1, 0, 1)
    assert [fault.code for fault in answer(bad).errors] == ["not_storable"]


# --- closing a session ------------------------------------------------------------------------------------------------
def closed(session: dict, hour: int = 11, **fields) -> dict:
    return session | {"ended_at": local(PEAK_DAY, hour).isoformat()} | fields


def test_session_sent_again_with_an_end_is_closed(answer, city):
    session = session_item()
    opened = answer(session)

    result = answer(closed(session, note="Xong"))

    assert result.status == Status.STORED
    assert result.digest != opened.digest
    held = Session.objects.get()
    assert (held.ended_at, held.note) == (local(PEAK_DAY, 11), "Xong")
    assert Receipt.objects.get().digest == result.digest
    assert stale() == {f"{city.team.pk}:{PEAK_DAY}"}


def test_closing_leaves_an_audit_row_for_the_unit_of_the_day(send, city):
    session = session_item()
    send(session, closed(session))

    event = AuditEvent.objects.get(action="services_help.session_closed")

    assert (event.actor, event.target_id, event.scope_unit) == (city.leader, session["id"], city.tan_tuc.pk)
    assert event.data["before"] is None


def test_closing_can_be_moved_later_but_not_earlier(answer):
    session = session_item()
    answer(closed(session, 11))

    assert answer(closed(session, 12)).status == Status.STORED
    held = Receipt.objects.get().digest
    earlier = answer(closed(session, 10, note="khác"))

    assert (earlier.status, earlier.digest) == (Status.REPLAYED, held)
    assert Session.objects.get().ended_at == local(PEAK_DAY, 12)


def test_opening_that_comes_after_the_closing_is_a_replay(send):
    session = session_item()

    assert send(closed(session)) == ["stored"]
    assert send(session) == ["replayed"]
    assert Session.objects.get().ended_at == local(PEAK_DAY, 11)


def test_opening_and_closing_in_one_batch_end_closed_in_either_order(send):
    first, second = session_item(), session_item()

    assert send(first, closed(first)) == ["stored", "stored"]
    assert send(closed(second), second) == ["stored", "replayed"]
    assert set(Session.objects.values_list("ended_at", flat=True)) == {local(PEAK_DAY, 11)}


@pytest.mark.parametrize(
    "change",
    [{"day": "2023-03-25"}, {"started_at": "2023-03-26T07:31:00+07:00"}, {"point": "DIEM-1"}, {"team": "TO-TT-2"}],
    ids=lambda change: next(iter(change)),
)
def test_closing_that_changes_what_the_session_is_is_a_conflict(answer, city, change):
    factories.point("DIEM-1", unit=city.tan_tuc, area=factories.area())
    factories.team("TO-TT-2", unit=city.tan_tuc)
    session = session_item()
    answer(session)

    assert answer(closed(session) | change).status == Status.CONFLICT
    assert Session.objects.get().ended_at is None


def test_same_end_with_another_note_is_a_conflict(answer):
    session = closed(session_item())
    answer(session)

    assert answer(session | {"note": "khác"}).status == Status.CONFLICT
    assert Session.objects.get().note == ""


def test_closing_by_one_who_may_not_record_for_the_team_is_refused(answer, city):
    session = session_item()
    answer(session)

    result = answer(closed(session), by=city.leader_bank)

    assert (result.status, result.errors[0].code) == (Status.REJECTED, "unknown_team")
    assert Session.objects.get().ended_at is None


def test_log_into_a_closed_session_is_taken(send):
    session = closed(session_item())
    send(session)

    assert send(log_item(session)) == ["stored"]


# --- voids ------------------------------------------------------------------------------------------------------------
def test_void_before_its_target_from_the_same_device_holds_when_the_target_comes(send):
    session = session_item()
    log = log_item(session)
    void = void_item(log)

    assert send(session, void) == ["stored", "stored"]
    assert not Void.objects.get().is_authorised
    assert set(OutboxMessage.objects.filter(topic="voids.parked").values_list("key", flat=True)) == {void["id"]}
    assert send(log) == ["stored"]
    assert not AssistanceLog.objects.live().exists()


def test_void_before_its_target_from_another_device_does_not_hold(send):
    session = session_item()
    log = log_item(session)
    send(session)

    send(void_item(log), device=OTHER_DEVICE)
    send(log)

    assert AssistanceLog.objects.live().exists()


def test_void_of_a_session_takes_back_all_that_is_in_it(send):
    session = session_item()
    send(session, log_item(session), attendance_item(session))

    assert send(void_item(session)) == ["stored"]
    assert not Session.objects.live().exists()
    assert not AssistanceLog.objects.live().exists()
    assert not Attendance.objects.live().exists()


def test_void_makes_the_slice_of_its_target_stale(send, city):
    session = session_item()
    present = attendance_item(session)
    send(session, present)
    OutboxMessage.objects.all().delete()

    send(void_item(present))

    assert stale() == {f"{city.team.pk}:{PEAK_DAY}"}


def test_second_void_of_one_target_is_stored_and_changes_nothing_more(send):
    session = session_item()
    log = log_item(session)
    send(session, log, void_item(log))

    assert send(void_item(log)) == ["stored"]
    assert not AssistanceLog.objects.live().exists()


def test_void_by_a_stranger_is_told_that_there_is_no_such_thing(answer, send, city):
    session = session_item()
    log = log_item(session)
    send(session, log)

    for target in (session, log):
        result = answer(void_item(target), by=city.leader_bank, device=OTHER_DEVICE)
        assert (result.status, result.errors[0].code) == (Status.REJECTED, "unknown_target")
    assert AssistanceLog.objects.live().count() == 1
    assert not Void.objects.exists()


def test_void_of_a_void_is_refused(answer, send):
    session = session_item()
    void = void_item(session)
    send(session, void)

    result = answer(void_item(void))

    assert (result.status, result.errors[0].code) == (Status.REJECTED, "not_voidable")


# --- attendance -------------------------------------------------------------------------------------------------------
def test_volunteer_is_present_once_in_a_session(answer, send):
    session = session_item()

    assert send(session, attendance_item(session), attendance_item(session)) == ["stored", "stored", "rejected"]
    result = answer(attendance_item(session))

    assert (result.status, result.errors[0].code) == (Status.REJECTED, "already_present")
    assert Attendance.objects.count() == 1


def test_volunteer_may_be_present_in_two_sessions(send):
    first, second = session_item(), session_item()

    assert send(first, second, attendance_item(first), attendance_item(second)) == ["stored"] * 4


def test_volunteer_ticked_off_may_be_ticked_again(send):
    session = session_item()
    first = attendance_item(session)
    send(session, first, void_item(first))

    assert send(attendance_item(session)) == ["stored"]
    assert Attendance.objects.live().count() == 1


def test_volunteer_ticked_off_and_on_again_within_one_batch_is_present_once(send):
    session = session_item()
    first, second = attendance_item(session), attendance_item(session)

    assert send(session, first, void_item(first), second) == ["stored"] * 4
    assert str(Attendance.objects.live().get().pk) == second["id"]


def test_volunteer_ticked_again_when_the_void_came_first_of_all_is_present_once(send):
    session = session_item()
    first, second = attendance_item(session), attendance_item(session)
    send(session, void_item(first))

    assert send(first, second) == ["stored", "stored"]
    assert str(Attendance.objects.live().get().pk) == second["id"]


# --- who may, and what is unknown -------------------------------------------------------------------------------------
def test_team_of_another_is_unknown(answer, city):
    result = answer(session_item("TO-NH"))

    (fault,) = result.errors
    assert (result.status, fault.code, fault.pointer) == (Status.REJECTED, "unknown_team", "/team")
    nowhere = answer(session_item("TO-NH-KHÔNG-CÓ"))
    assert nowhere.errors[0].detail.replace("-KHÔNG-CÓ", "") == fault.detail


def test_session_of_another_team_is_unknown(answer, send, city):
    session = session_item("TO-NH")
    send(session, by=city.leader_bank, device=OTHER_DEVICE)
    factories.volunteer("TNV-NH", unit=city.bank, team=city.team_bank)

    for item in (log_item(session), attendance_item(session, "TNV-NH")):
        result = answer(item)
        assert (result.status, [fault.code for fault in result.errors]) == (Status.REJECTED, ["unknown_session"])


@pytest.mark.parametrize("who", ["bank_staff", "viewer", "nobody", "leader_bank"])
def test_one_who_may_not_record_for_the_team_stores_nothing(send, city, who):
    session = session_item()

    assert send(session, log_item(session), by=getattr(city, who)) == ["rejected", "rejected"]
    assert rows() == (0, 0, 0, 0, 0)


def test_unit_staff_bring_in_what_a_phone_of_their_subtree_could_not_send(send, city):
    session = session_item()
    log = log_item(session)

    assert send(session, log, by=city.unit_staff) == ["stored", "stored"]
    assert Session.objects.get().created_by == city.unit_staff
    assert send(session, log, by=city.leader) == ["replayed", "replayed"]
    assert AssistanceLog.objects.count() == 1


def test_city_staff_record_for_every_team(send, city):
    first, second = session_item(), session_item("TO-NH")

    assert send(first, second, log_item(first), log_item(second), by=city.city_staff) == ["stored"] * 4


def test_code_used_by_two_teams_over_time_means_the_one_of_the_day(send, city):
    factories.team("TO-CU", unit=city.tan_tuc, since=dt.date(2020, 1, 1), valid_to=dt.date(2022, 12, 31))
    new = factories.team("TO-CU", unit=city.tan_tuc, since=dt.date(2023, 1, 1))
    send(session_item("TO-CU"), by=city.city_staff)

    assert Session.objects.get().team == new


def test_team_not_valid_on_the_day_is_unknown(answer, city):
    factories.team("TO-MỚI", unit=city.tan_tuc, since=PEAK_DAY + dt.timedelta(days=1))

    assert answer(session_item("TO-MỚI"), by=city.city_staff).errors[0].code == "unknown_team"


def test_point_is_the_one_valid_on_the_day(send, answer, city):
    area = factories.area()
    factories.point("CHO", unit=city.tan_tuc, area=area, valid_to=dt.date(2022, 12, 31))
    now = factories.point("CHO", unit=city.tan_tuc, area=area, valid_from=dt.date(2023, 1, 1))

    assert send(session_item(point="CHO")) == ["stored"]
    assert Session.objects.get().point == now
    result = answer(session_item(point="CHỢ-MA"))
    assert (result.errors[0].code, result.errors[0].pointer) == ("unknown_point", "/point")


def test_volunteer_of_the_unit_or_below_may_help_another_may_not(answer, send, city):
    below = factories.unit("BC-TT-1", parent=city.tan_tuc)
    factories.volunteer("TNV-DUOI", unit=below)
    factories.volunteer("TNV-CUNG", unit=city.tan_tuc)
    factories.volunteer("TNV-TREN", unit=city.binh_chanh)
    factories.volunteer("TNV-CANH", unit=city.vinh_loc)
    factories.volunteer("TNV-KHACH", unit=city.bank, team=city.team)
    session = session_item()
    send(session)

    codes = {
        code: [fault.code for fault in answer(attendance_item(session, code)).errors]
        for code in ("TNV-DUOI", "TNV-CUNG", "TNV-KHACH", "TNV-TREN", "TNV-CANH", "TNV-MA")
    }

    unknown = ["unknown_volunteer"]
    assert codes == {
        "TNV-DUOI": [],
        "TNV-CUNG": [],
        "TNV-KHACH": [],
        "TNV-TREN": unknown,
        "TNV-CANH": unknown,
        "TNV-MA": unknown,
    }


def test_membership_counts_on_the_day_of_the_session(answer, send, city):
    guest = factories.volunteer("TNV-KHACH", unit=city.bank, team=city.team)
    guest.memberships.update(valid_to=PEAK_DAY - dt.timedelta(days=1))
    session = session_item()
    send(session)

    assert answer(attendance_item(session, "TNV-KHACH")).errors[0].code == "unknown_volunteer"


# --- what it costs ----------------------------------------------------------------------------------------------------
@pytest.fixture
def catalogue_is_known(city):
    """As in every batch but the first after a change."""
    Revision.bump("catalogue")
    catalogue()


@pytest.mark.usefixtures("catalogue_is_known")
@pytest.mark.parametrize("count", [1, 50, 500])
def test_batch_of_any_size_takes_the_same_number_of_queries(city, django_assert_num_queries, count):
    session = session_item()
    logs = [log_item(session, quantity=1, metric="HS_NOP") for _ in range(count)]
    access = access_of_user(city.leader)
    receive([session], device=DEVICE, access=access)

    # savepoint, session, revision, receipts, logs, promise, release
    with django_assert_num_queries(8):
        results = receive(logs, device=DEVICE, access=access)
    assert {result.status for result in results} == {Status.STORED}


@pytest.mark.usefixtures("catalogue_is_known")
@pytest.mark.parametrize("count", [1, 40])
def test_batch_of_every_kind_takes_the_same_number_of_queries(city, django_assert_num_queries, count):
    sessions = [session_item() for _ in range(count)]
    voided = [log_item(session) for session in sessions]
    items = [item for session in sessions for item in (session, log_item(session), attendance_item(session))]
    items += voided + [void_item(log) for log in voided] + [void_item(new_id()) for _ in sessions]
    access = access_of_user(city.leader)

    with django_assert_num_queries(19):
        results = receive(items, device=DEVICE, access=access)
    assert {result.status for result in results} == {Status.STORED}


@pytest.mark.usefixtures("catalogue_is_known")
@pytest.mark.parametrize("count", [1, 50])
def test_replay_of_any_size_takes_the_same_number_of_queries(city, django_assert_num_queries, count):
    session = session_item()
    logs = [log_item(session) for _ in range(count)]
    access = access_of_user(city.leader)
    receive([session, *logs], device=DEVICE, access=access)

    with django_assert_num_queries(7):
        results = receive(logs, device=DEVICE, access=access)
    assert {result.status for result in results} == {Status.REPLAYED}
