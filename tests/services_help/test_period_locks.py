"""Locked periods: what a lock takes in, what it refuses everywhere, what comes late, and what still can be done."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from rest_framework.test import APIClient

from campaigns.deploying import cancel_deployment, deploy_teams
from core import outbox
from core.dated import DAY, today
from core.errors import DomainError, NotAllowed
from core.models import AuditEvent
from reports.tallies.cuts import CUTS
from services_help.field.returned import is_day_locked
from services_help.intake import ledger, receive
from services_help.intake.canonical import digest_of_ledger
from services_help.models import (
    Adjustment,
    AdjustmentLine,
    AssistanceLog,
    Attendance,
    LateEntry,
    PeriodLock,
    Receipt,
    Session,
    Void,
)
from services_help.photos import store_photo
from services_help.review import (
    accept_late,
    answer,
    approve,
    decline_late,
    lift_period,
    lock_period,
    reopen,
    send_back,
    void_locked,
)
from services_help.services import void_record
from teams.access import access_of_user
from teams.models import TeamHome
from tests import factories
from tests.factories import PEAK_DAY, local
from tests.reports import recount
from tests.services_help import field_phone
from tests.services_help.field_phone import in_shift
from tests.services_help.intake_items import (
    DEVICE,
    OTHER_DEVICE,
    attendance_item,
    log_item,
    post,
    session_item,
    signed_in,
    stocked,
    void_item,
)
from tests.services_help.pictures import jpeg

pytestmark = pytest.mark.django_db
WHY = "Chốt số Tháng Thanh niên"


@pytest.fixture
def city(world):
    return stocked(world)


@pytest.fixture
def held(city):
    """A morning of the team: closed, one line, one volunteer, approved; sent by a phone."""
    opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
    items = [opened, log_item(opened, people=3), attendance_item(opened)]
    receive(items, device=DEVICE, access=as_(city.leader))
    approve(sessions=[uuid.UUID(opened["id"])], access=as_(city.unit_staff))
    return items


def as_(user):
    return access_of_user(user)


def lock(city, unit=None, starts_on=PEAK_DAY, ends_on=PEAK_DAY, **options) -> PeriodLock:
    days = {"starts_on": starts_on, "ends_on": ends_on}
    return lock_period(unit=unit or city.city, **days, **{"reason": WHY, "access": as_(city.city_staff)} | options)


def send(city, *items, device=DEVICE, by=None) -> list[tuple[str, bool]]:
    results = receive(list(items), device=device, access=as_(by or city.leader))
    return [(str(result.status), result.late) for result in results]


def raw_rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Session, AssistanceLog, Attendance, Void))


def figures() -> dict:
    """Every cell of the tallies, which are what the raw rows say."""
    outbox.drain("tallies.stale")
    outbox.drain("voids.parked")
    found = {}
    for name, cut in CUTS.items():
        rows = cut.days.objects.values_list(*cut.key, *cut.measures)
        found[name] = {row[: len(cut.key)]: row[len(cut.key) :] for row in rows}
    assert found == recount.tallies()
    return found


def states() -> list[str]:
    return list(Session.objects.order_by("started_at", "pk").values_list("state", flat=True))


# --- locking ----------------------------------------------------------------------------------------------------------
def test_lock_takes_the_units_subtree_as_it_stood_on_the_day(city):
    inside = [factories.session(team, state="approved") for team in (city.team, city.team_vinh_loc)]
    outside = [
        factories.session(city.team_bank, state="approved"),
        factories.session(city.team, PEAK_DAY + DAY, state="approved"),
    ]
    made = lock(city, city.binh_chanh)
    assert set(made.sessions.values_list("pk", "state")) == {(row.pk, "locked") for row in inside}
    assert {Session.objects.get(pk=row.pk).lock for row in outside} == {None}
    event = AuditEvent.objects.get(action="services_help.period_locked")
    assert (event.data, event.scope_unit) == ({"reason": WHY, "sessions": 2, "unreviewed": 0}, city.binh_chanh.pk)


@pytest.fixture
def homeless(city):
    """A team that waits for somebody to say whose it is, as some have since a reorganisation."""
    team = factories.team("TO-CHO", unit=None)
    city.nobodys_leader = factories.user("doi-cho", "team_leader", team=team)
    return team


def test_lock_of_the_whole_city_takes_the_teams_without_a_home_too(city, homeless):
    shift = factories.session(homeless, state="approved")
    opened = session_item("TO-CHO")
    assert lock(city, city.binh_chanh).sessions.count() == 0
    assert not is_day_locked("TO-CHO", PEAK_DAY)
    assert send(city, opened, by=city.nobodys_leader) == [("stored", False)]

    held = lock(city, with_unreviewed=True)
    assert set(held.sessions.values_list("pk", "state")) == {
        (shift.pk, "locked"),
        (uuid.UUID(opened["id"]), "provisional"),
    }
    assert is_day_locked("TO-CHO", PEAK_DAY)
    late = [log_item(opened), session_item("TO-CHO")]
    assert send(city, *late, by=city.nobodys_leader) == [("stored", True)] * 2
    assert send(city, session_item("TO-CHO", day=PEAK_DAY + DAY), by=city.nobodys_leader) == [("stored", False)]


def test_no_unit_is_the_whole_city_where_two_stand_under_none(city, homeless):
    factories.session(homeless, state="approved")
    factories.unit("KHAC")
    held = lock(city)
    assert held.sessions.count() == 0
    assert send(city, session_item("TO-CHO"), by=city.nobodys_leader) == [("stored", False)]


def test_homeless_teams_own_days_alone_are_the_citys(city, homeless):
    """It was the khối's until the day before."""
    TeamHome.objects.create(team=homeless, unit=city.bank, valid_from=factories.LONG_AGO, valid_to=PEAK_DAY - DAY)
    before, after = (factories.session(homeless, day, state="approved") for day in (PEAK_DAY - DAY, PEAK_DAY))
    held = lock(city, city.bank, starts_on=PEAK_DAY - DAY)
    assert list(held.sessions.all()) == [before]
    assert list(lock(city).sessions.all()) == [after]


def test_lock_moves_approved_figures_to_locked_and_nothing_else(city, held):
    before = figures()
    lock(city)
    after = figures()
    assert after["day"] == {(*key[:-1], "locked"): cell for key, cell in before["day"].items()}
    assert states() == ["locked"]


@pytest.mark.parametrize("ended_at", [None, local(PEAK_DAY, 11)])
def test_unreviewed_sessions_are_in_the_way_unless_confirmed_and_then_stay_provisional(city, held, ended_at):
    factories.session(city.team, started_at=local(PEAK_DAY, 8), ended_at=ended_at)
    factories.void(factories.session(city.team, started_at=local(PEAK_DAY, 9)))
    with pytest.raises(DomainError, match="còn 1 ca chưa duyệt"):
        lock(city)
    assert (PeriodLock.objects.count(), states()) == (0, ["approved", "provisional", "provisional"])

    made = lock(city, with_unreviewed=True)
    assert states() == ["locked", "provisional", "provisional"]
    assert made.sessions.count() == 3


def test_the_same_lock_asked_for_again_is_the_first(city, held):
    assert lock(city) == lock(city)
    assert AuditEvent.objects.filter(action="services_help.period_locked").count() == 1


@pytest.mark.parametrize("who", ["unit_staff", "leader", "viewer", "nobody"])
def test_only_thanh_doan_locks_and_lifts(city, held, who):
    with pytest.raises(NotAllowed):
        lock(city, city.tan_tuc, access=as_(getattr(city, who)))
    made = lock(city)
    with pytest.raises(NotAllowed):
        lift_period(lock=made, reason=WHY, access=as_(getattr(city, who)))


def test_days_to_come_and_days_in_the_wrong_order_are_refused(city):
    with pytest.raises(DomainError, match="Chỉ khóa được những ngày đã tới"):
        lock(city, starts_on=today(), ends_on=today() + DAY)
    with pytest.raises(DomainError, match="Ngày cuối kỳ phải sau"):
        lock(city, ends_on=PEAK_DAY - DAY)
    with pytest.raises(DomainError, match="Hãy ghi lý do khóa kỳ"):
        lock(city, reason=" ")


@pytest.mark.parametrize("count", [1, 3, 200])
def test_locking_takes_as_many_statements_for_many_sessions_as_for_few(city, count, django_assert_num_queries):
    for _ in range(count):
        factories.session(city.team, state="approved")
    access = as_(city.city_staff)
    lock(city, starts_on=PEAK_DAY - DAY, ends_on=PEAK_DAY - DAY)  # the revision is there
    # savepoint, tree, intake, same, lock, is it the city, sessions, unreviewed, update, promises, trail, revision,
    # release
    with django_assert_num_queries(13):
        lock_period(unit=city.city, starts_on=PEAK_DAY, ends_on=PEAK_DAY, reason=WHY, access=access)


def test_locked_state_needs_a_lock(city):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.session(city.team, state="locked", lock=None)


# --- lifting ----------------------------------------------------------------------------------------------------------
def test_lifting_gives_back_what_was(city, held):
    factories.session(city.team, started_at=local(PEAK_DAY, 8))
    before = figures()
    made = lock(city, with_unreviewed=True)
    lift_period(lock=made, reason="Khóa nhầm ngày", access=as_(city.city_staff))
    assert (states(), Session.objects.filter(lock__isnull=False).count()) == (["approved", "provisional"], 0)
    assert figures() == before
    assert send(city, log_item(held[0])) == [("stored", False)]


def test_lifting_twice_is_lifting_once(city, held):
    made = lock(city)
    for _ in range(2):
        lift_period(lock=made, reason="Khóa nhầm ngày", access=as_(city.city_staff))
    assert AuditEvent.objects.filter(action="services_help.period_lifted").count() == 1


def test_what_two_locks_hold_stays_locked_until_both_are_lifted(city, held):
    month = lock(city, starts_on=PEAK_DAY - 25 * DAY, ends_on=PEAK_DAY)
    day = lock(city, city.binh_chanh)
    lift_period(lock=month, reason="Khóa nhầm tháng", access=as_(city.city_staff))
    assert list(Session.objects.values_list("state", "lock")) == [("locked", day.pk)]
    lift_period(lock=day, reason="Khóa nhầm", access=as_(city.city_staff))
    assert list(Session.objects.values_list("state", "lock")) == [("approved", None)]


# --- every channel refuses --------------------------------------------------------------------------------------------
def void_by_service(city, session):
    void_record(target=session.logs.get(), reason="Ghi trùng", access=as_(city.city_staff))


def void_in_the_admin(city, session):
    client = APIClient()
    client.force_login(city.city_staff)
    address = reverse("admin:services_help_session_void", args=[session.pk, session.pk])
    page = client.post(address, {"reason": "Ghi trùng"})
    assert page.status_code == 200
    raise DomainError(page.context["form"].errors["reason"][0], code="locked")


def photo(city, session):
    store_photo(photo_id=uuid.uuid4(), session_id=session.pk, data=jpeg(), access=as_(city.leader))


def photo_by_the_app(city, session):
    client = signed_in(city.leader)
    address = reverse("field:api_photo", args=[uuid.uuid4()])
    response = client.put(f"{address}?session={session.pk}", jpeg(), content_type="image/jpeg")
    assert response.status_code == 409
    raise DomainError(response.json()["detail"], code=response.json()["code"])


def approving(city, session):
    (result,) = approve(sessions=[session.pk], access=as_(city.unit_staff))
    raise result.refusal


CHANNELS = {
    "void by a service": void_by_service,
    "void in the admin": void_in_the_admin,
    "photo": photo,
    "photo by the app": photo_by_the_app,
    "approve": approving,
    "send back": lambda city, session: send_back(session=session, reason=WHY, access=as_(city.unit_staff)),
    "reopen": lambda city, session: reopen(session=session, reason=WHY, access=as_(city.unit_staff)),
    "answer": lambda city, session: answer(session=session, text="Xong", access=as_(city.leader)),
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_other_channel_refuses_in_words_and_moves_nothing(city, held, channel):
    lock(city)
    before = figures(), raw_rows()
    with pytest.raises(DomainError) as refused:
        CHANNELS[channel](city, Session.objects.get())
    assert (refused.value.code, "khóa" in str(refused.value)) == ("locked", True)
    assert (figures(), raw_rows()) == before


def the_app(city, item):
    """The phone's app, over HTTP."""
    (answered,) = post(signed_in(city.leader), [item]).json()["items"]
    return answered["status"], answered.get("late", False)


def a_token(city, item):
    """Another program, with a key of the team."""
    _token, key = factories.token("logs:write", team=city.team)
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")
    (answered,) = post(client, [item]).json()["items"]
    return answered["status"], answered.get("late", False)


def staff_import(city, item):
    """What a phone could not send, brought in by staff."""
    (answer,) = send(city, item, by=city.unit_staff)
    return answer


ITEMS = {
    "a line": lambda held: log_item(held[0]),
    "somebody present": lambda held: attendance_item(held[0], "TNV-2"),
    "a line taken back": lambda held: void_item(held[1]),
    "somebody taken off": lambda held: void_item(held[2]),
    "the session taken back": lambda held: void_item(held[0]),
    "a later end": lambda held: held[0] | {"ended_at": local(PEAK_DAY, 12).isoformat()},
    "another session": lambda held: session_item(started_at=local(PEAK_DAY, 13).isoformat()),
}


@pytest.mark.parametrize("channel", [the_app, a_token, staff_import])
@pytest.mark.parametrize("item", ITEMS)
def test_what_is_sent_is_kept_as_late_and_moves_nothing(city, held, channel, item):
    lock(city)
    before = figures(), raw_rows()
    sent = ITEMS[item](held)
    assert channel(city, sent) == ("stored", True)
    assert channel(city, sent) == ("replayed", True)
    assert (figures(), raw_rows()) == before
    entry = LateEntry.objects.get()
    assert (str(entry.item), entry.kind, entry.decision, entry.team) == (sent["id"], sent["type"], "", city.team)
    assert Receipt.objects.filter(pk=sent["id"]).count() == 1


def test_plain_pages_of_the_phone_move_nothing_either(world):
    phone, session = in_shift(field_phone.stocked(world))
    lock(world, starts_on=session.day, ends_on=session.day, with_unreviewed=True)
    before = figures(), raw_rows()
    phone.tap("Nộp hồ sơ thử").tap("Hướng dẫn xong")
    assert (figures(), raw_rows()) == before
    assert [entry.kind for entry in LateEntry.objects.all()] == ["log"]


def test_plan_changed_later_moves_no_session_to_another_campaign(city, held):
    lock(city)
    before = figures()
    campaign = factories.campaign("CAO-DIEM", owner=city.city)
    day = factories.campaign_day(campaign)
    (made,), _known = deploy_teams(
        campaign_day=day, teams=[city.team], starts_at=dt.time(7), ends_at=dt.time(12), by=city.city_staff
    )
    cancel_deployment(deployment=made, by=city.city_staff)
    assert figures() == before


# --- late entries -----------------------------------------------------------------------------------------------------
def test_whole_shift_that_comes_late_is_kept_with_all_that_is_in_it(city):
    lock(city)
    opened = session_item()
    closed = opened | {"ended_at": local(PEAK_DAY, 11).isoformat()}
    line, present = log_item(opened), attendance_item(opened)
    assert send(city, opened, line, present, closed) == [("stored", True)] * 4
    assert send(city, void_item(line), log_item(opened)) == [("stored", True)] * 2
    assert raw_rows() == (0, 0, 0, 0)
    kinds = sorted(LateEntry.objects.values_list("kind", flat=True))
    assert kinds == ["attendance", "log", "log", "session", "void"]
    assert LateEntry.objects.get(kind="session").content["ended_at"] == "2023-03-26T04:00:00.000Z"


def test_older_version_and_other_content_of_a_late_session_are_told_apart(city):
    lock(city)
    opened = session_item()
    closed = opened | {"ended_at": local(PEAK_DAY, 11).isoformat()}
    send(city, closed)
    assert send(city, opened) == [("replayed", True)]
    assert send(city, closed | {"day": "2023-03-25"}) == [("conflict", False)]
    line = log_item(opened)
    send(city, line)
    assert send(city, line | {"people": 9}) == [("conflict", False)]


def test_what_is_wrong_is_rejected_however_late(city, held):
    lock(city)
    assert (
        send(city, log_item(held[0], service="KHONG-CO"), attendance_item(held[0], "TNV-X"))
        == [("rejected", False)] * 2
    )
    assert LateEntry.objects.count() == 0


def test_ledger_has_what_came_late(city, held):
    lock(city)
    late = [log_item(held[0]), void_item(held[1]), held[0] | {"ended_at": local(PEAK_DAY, 12).isoformat()}]
    receive(late, device=DEVICE, access=as_(city.leader))
    mine = [late[2], held[1], held[2], late[0], late[1]]
    digests = {str(pk): digest for pk, digest in Receipt.objects.values_list("pk", "digest")}
    said = ledger(DEVICE, PEAK_DAY, as_(city.leader))
    assert said["digest"] == digest_of_ledger((uuid.UUID(item["id"]), digests[item["id"]]) for item in mine)
    assert said["kinds"] == {"session": 1, "log": 2, "attendance": 1, "void": 1}
    assert ledger(DEVICE, PEAK_DAY, as_(city.leader_bank))["count"] == 0


def test_late_session_of_another_team_is_as_unknown_as_none(city):
    lock(city)
    opened = session_item()
    send(city, opened)
    results = receive([log_item(opened)], device=OTHER_DEVICE, access=as_(city.leader_bank))
    assert [result.errors[0].code for result in results] == ["unknown_session"]


def test_who_sees_late_entries_is_who_sees_the_session(city):
    lock(city)
    send(city, session_item())
    seen = {
        who: LateEntry.objects.visible_to(as_(getattr(city, who))).count()
        for who in ("city_staff", "unit_staff", "viewer", "leader", "bank_staff", "leader_bank", "nobody")
    }
    ours = dict.fromkeys(["city_staff", "unit_staff", "viewer", "leader"], 1)
    assert seen == ours | dict.fromkeys(["bank_staff", "leader_bank", "nobody"], 0)


def test_what_came_late_stays_late_when_the_lock_is_lifted(city):
    made = lock(city)
    opened = session_item()
    send(city, opened)
    lift_period(lock=made, reason="Khóa nhầm", access=as_(city.city_staff))
    assert send(city, opened, log_item(opened)) == [("replayed", True), ("stored", True)]
    accept_late(entries=LateEntry.objects.open(), reason="Nhận bù", access=as_(city.city_staff))
    assert (states(), send(city, opened, log_item(opened))) == (
        ["provisional"],
        [("replayed", False), ("stored", False)],
    )


# --- adjustments ------------------------------------------------------------------------------------------------------
def lines(adjustment) -> list[tuple]:
    return [(line.action, line.kind, str(line.item)) for line in adjustment.lines.all()]


def test_accepted_entries_count_under_their_own_ids_and_the_session_stays_locked(city, held):
    made = lock(city)
    later = held[0] | {"ended_at": local(PEAK_DAY, 12).isoformat(), "note": "Thêm một giờ"}
    late = [log_item(held[0], people=5), attendance_item(held[0], "TNV-2"), void_item(held[1]), later]
    send(city, *late)
    before = figures()

    access = as_(city.city_staff)
    (adjustment,) = accept_late(entries=LateEntry.objects.all(), reason="Máy hết pin, đã đối chiếu sổ", access=access)

    assert lines(adjustment) == [
        ("closed", "session", held[0]["id"]),
        ("added", "log", late[0]["id"]),
        ("added", "attendance", late[1]["id"]),
        ("voided", "void", late[2]["id"]),
    ]
    assert (adjustment.lock, adjustment.by, adjustment.reason) == (
        made,
        city.city_staff,
        "Máy hết pin, đã đối chiếu sổ",
    )
    session = Session.objects.get()
    assert (session.state, session.ended_at, session.note) == ("locked", local(PEAK_DAY, 12), "Thêm một giờ")
    assert AssistanceLog.objects.live().get().pk == uuid.UUID(late[0]["id"])
    assert figures() != before
    assert [cell[:2] for cell in figures()["day"].values()] == [(5, 5)]
    assert send(city, *late) == [("replayed", False)] * 4
    assert accept_late(entries=LateEntry.objects.all(), reason="Nữa", access=access) == []
    assert AuditEvent.objects.filter(action="services_help.session_adjusted").count() == 1


def test_late_shift_is_accepted_whole_as_a_locked_session(city):
    made = lock(city)
    opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
    send(city, opened, log_item(opened, people=4))
    log = LateEntry.objects.get(kind="log")
    with pytest.raises(DomainError, match="Hãy nhận ca cùng với"):
        accept_late(entries=[log], reason="Nhận bù", access=as_(city.city_staff))
    accept_late(entries=LateEntry.objects.all(), reason="Nhận bù", access=as_(city.city_staff))
    session = Session.objects.get()
    assert (session.state, session.lock, session.created_by, session.device) == ("locked", made, city.leader, DEVICE)
    assert [cell[:3] for cell in figures()["day"].values()] == [(4, 4, 1)]
    # To let it in was to approve it, so it does not come out of the lock as approved by nobody.
    lift_period(lock=made, reason="Khóa nhầm", access=as_(city.city_staff))
    session.refresh_from_db()
    assert session.state == "approved"
    assert list(session.reviews.values_list("kind", "by")) == [("approved", city.city_staff.pk)]


def test_late_shift_is_locked_by_what_holds_now_and_not_by_what_made_it_late(city):
    district = lock(city, city.binh_chanh)
    whole_city = lock(city)
    opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
    send(city, opened, log_item(opened, people=4))
    assert set(LateEntry.objects.values_list("lock", flat=True)) == {district.pk}
    lift_period(lock=district, reason="Khóa nhầm", access=as_(city.city_staff))

    (made,) = accept_late(entries=LateEntry.objects.all(), reason="Nhận bù", access=as_(city.city_staff))
    session = Session.objects.get()
    assert (session.state, session.lock, made.lock) == ("locked", whole_city, whole_city)


def test_declined_entries_stay_with_the_reason_and_count_nowhere(city, held):
    lock(city)
    late = log_item(held[0])
    send(city, late)
    before = figures()
    decline_late(entries=LateEntry.objects.all(), reason="Trùng với sổ giấy", access=as_(city.city_staff))
    entry = LateEntry.objects.get()
    assert (entry.decision, entry.reason, entry.decided_by) == ("declined", "Trùng với sổ giấy", city.city_staff)
    assert (figures(), LateEntry.objects.open().count()) == (before, 0)
    assert send(city, late) == [("replayed", True)]
    accept_late(entries=[entry], reason="Xem lại: không trùng", access=as_(city.city_staff))
    assert (AssistanceLog.objects.count(), send(city, late)) == (2, [("replayed", False)])


def test_later_end_after_a_decision_is_another_entry(city, held):
    lock(city)
    ends = [held[0] | {"ended_at": local(PEAK_DAY, hour).isoformat()} for hour in (12, 13, 14)]
    send(city, ends[0])
    send(city, ends[1])
    decline_late(entries=LateEntry.objects.all(), reason="Không có giờ đó", access=as_(city.city_staff))
    send(city, ends[2])
    said = LateEntry.objects.order_by("pk").values_list("decision", "content__ended_at")
    assert list(said) == [("declined", "2023-03-26T06:00:00.000Z"), ("", "2023-03-26T07:00:00.000Z")]
    accept_late(entries=LateEntry.objects.open(), reason="Đúng giờ", access=as_(city.city_staff))
    assert (Session.objects.get().ended_at, send(city, ends[2])) == (local(PEAK_DAY, 14), [("replayed", False)])


def test_second_attendance_of_one_volunteer_is_not_accepted(city, held):
    lock(city)
    twice = [attendance_item(held[0], "TNV-2"), attendance_item(held[0], "TNV-2")]
    send(city, twice[0])
    send(city, twice[1], device=OTHER_DEVICE)
    with pytest.raises(DomainError, match="đã được điểm danh"):
        accept_late(entries=LateEntry.objects.all(), reason="Nhận bù", access=as_(city.city_staff))
    assert (Attendance.objects.count(), Adjustment.objects.count()) == (1, 0)


def test_items_of_a_locked_session_are_taken_back_by_an_adjustment(city, held):
    lock(city)
    session = Session.objects.get()
    targets = [session.logs.get(), session.attendances.get()]
    (adjustment,) = void_locked(targets=targets, reason="Ghi hai lần", access=as_(city.city_staff))
    assert lines(adjustment) == [("voided", "log", held[1]["id"]), ("voided", "attendance", held[2]["id"])]
    assert (states(), list(figures()["day"].values())) == (["locked"], [(0, 0, 1, 0, 0)])
    assert void_locked(targets=targets, reason="Ghi hai lần", access=as_(city.city_staff)) == []
    void_locked(targets=[session], reason="Ca thử máy", access=as_(city.city_staff))
    assert figures()["day"] == {}


def test_what_is_not_locked_needs_no_adjustment(city, held):
    with pytest.raises(DomainError, match="chưa khóa"):
        void_locked(targets=[Session.objects.get()], reason="Ca thử", access=as_(city.city_staff))


@pytest.mark.parametrize("who", ["unit_staff", "leader", "viewer", "nobody"])
def test_only_thanh_doan_adjusts(city, held, who):
    lock(city)
    send(city, log_item(held[0]))
    access = as_(getattr(city, who))
    for adjust in (
        lambda: accept_late(entries=LateEntry.objects.all(), reason=WHY, access=access),
        lambda: decline_late(entries=LateEntry.objects.all(), reason=WHY, access=access),
        lambda: void_locked(targets=[Session.objects.get()], reason=WHY, access=access),
    ):
        with pytest.raises(NotAllowed):
            adjust()


def test_adjustments_and_their_lines_stay_as_they_were_written(city, held):
    lock(city)
    void_locked(targets=[AssistanceLog.objects.get()], reason="Ghi hai lần", access=as_(city.city_staff))
    for model in (Adjustment, AdjustmentLine):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.all().delete()
