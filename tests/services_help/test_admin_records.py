"""What was logged, as staff see it: totals from live rows, and a void with a reason as the only change."""

import datetime as dt

import pytest
from django.urls import reverse

from core import audit
from core.errors import DomainError, NotAllowed
from core.models import AuditEvent, OutboxMessage
from services_help.models import AssistanceLog, Attendance, Receipt, Session, SessionState, Void
from services_help.services import PORTAL_DEVICE, void_record
from services_help.totals import by_service, voids_of, with_totals, with_void
from teams.access import access_of_user
from tests import factories
from tests.factories import PEAK_DAY

pytestmark = pytest.mark.django_db
WHY = "Ghi trùng với ca buổi sáng"


@pytest.fixture
def shift(world):
    """A session of Tân Túc: three lines for three people in four turns, one volunteer."""
    session = factories.session(world.team, by=world.leader)
    submit = factories.service("DVC-NOP", factories.metric("HS_NOP"))
    install = factories.service("DVC-CAI")
    session.first = factories.log(session, submit, people=2, metric=factories.metric("HS_NOP"), quantity=2)
    factories.log(session, install, people=1)
    factories.log(session, submit, people=1, same_visit=True)
    session.present = factories.attendance(session, factories.volunteer(unit=world.tan_tuc, team=world.team))
    return session


def totals(session) -> tuple:
    row = with_totals(Session.objects.all()).get(pk=session.pk)
    return row.people, row.turns, row.volunteers, row.is_voided


def void_url(session, target) -> str:
    return reverse("admin:services_help_session_void", args=[session.pk, target.pk])


# --- totals -----------------------------------------------------------------------------------------------------------
def test_totals_count_live_rows_only(shift):
    assert totals(shift) == (3, 4, 1, False)
    factories.void(shift.first)
    factories.void(shift.present)
    assert totals(shift) == (1, 2, 0, False)
    factories.void(shift)
    assert totals(shift) == (0, 0, 0, True)


def test_void_from_another_phone_that_may_not_void_changes_no_total(shift):
    factories.void(shift.first, device=PORTAL_DEVICE, is_authorised=False)
    assert totals(shift) == (3, 4, 1, False)


def test_services_of_a_session_come_with_people_turns_and_results(shift):
    rows = [(row["label"], row["people"], row["turns"], row["successes"]) for row in by_service(shift)]
    assert rows == [("Dịch vụ DVC-NOP", 2, 3, 2), ("Dịch vụ DVC-CAI", 1, 1, 0)]


def test_rows_say_why_they_were_taken_back(shift):
    factories.void(shift.first, reason="Bấm nhầm")
    assert sorted(with_void(shift.logs.all()).values_list("void_reason", flat=True), key=str) == [
        "Bấm nhầm",
        None,
        None,
    ]
    assert [void.reason for void in voids_of(shift)] == ["Bấm nhầm"]


# --- the service ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("what", ["session", "log", "attendance"])
def test_void_keeps_the_row_and_leaves_a_trail_a_receipt_and_news(world, shift, what):
    target = {"session": shift, "log": shift.first, "attendance": shift.present}[what]
    OutboxMessage.objects.all().delete()
    void = void_record(target=target, reason=WHY, access=access_of_user(world.unit_staff))
    assert type(target).objects.filter(pk=target.pk).exists()
    assert (void.target, void.reason, void.created_by, void.is_authorised) == (target.pk, WHY, world.unit_staff, True)
    assert Receipt.objects.get(pk=void.pk).device == PORTAL_DEVICE
    event = AuditEvent.objects.get(action__endswith="_voided")
    assert event.action == f"services_help.{target._meta.model_name}_voided"
    assert (event.actor, event.scope_unit, event.data["reason"]) == (world.unit_staff, world.tan_tuc.pk, WHY)
    assert list(OutboxMessage.objects.values_list("topic", "key")) == [
        ("tallies.stale", f"{world.team.pk}:{PEAK_DAY.isoformat()}")
    ]


def test_void_twice_is_once(world, shift):
    access = access_of_user(world.unit_staff)
    first = void_record(target=shift.first, reason=WHY, access=access)
    assert void_record(target=shift.first, reason="Lần hai", access=access) == first
    assert (Void.objects.count(), AuditEvent.objects.filter(action__endswith="_voided").count()) == (1, 1)


@pytest.mark.parametrize("who", ["viewer", "leader", "bank_staff", "nobody"])
def test_others_do_not_void(world, shift, who):
    with pytest.raises(NotAllowed):
        void_record(target=shift.first, reason=WHY, access=access_of_user(getattr(world, who)))
    assert not Void.objects.exists()


@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "reason_missing"), ("   ", "reason_missing"), ("Của ông có số 079123456789", "personal_data")],
)
def test_reason_is_needed_and_holds_no_citizens_number(world, shift, reason, code):
    with pytest.raises(DomainError) as refused:
        void_record(target=shift.first, reason=reason, access=access_of_user(world.unit_staff))
    assert refused.value.code == code
    assert not Void.objects.exists()


def test_locked_figures_stay(world, shift):
    Session.objects.filter(pk=shift.pk).update(state=SessionState.LOCKED, lock=factories.period_lock(world.city))
    with pytest.raises(DomainError, match="đã khóa"):
        void_record(target=shift.first, reason=WHY, access=access_of_user(world.unit_staff))


@pytest.mark.parametrize("broken", ["audit", "outbox"])
def test_void_whose_trail_or_news_fails_is_undone(world, shift, monkeypatch, broken):
    def fail(*args, **kwargs):
        raise RuntimeError("no room")

    events = AuditEvent.objects.count()
    with monkeypatch.context() as patched:
        for method in ("create", "bulk_create") if broken == "audit" else ():
            patched.setattr(audit.AuditEvent.objects, method, fail)
        if broken == "outbox":
            patched.setattr("core.outbox.bulk.insert", fail)
        with pytest.raises(RuntimeError, match="no room"):
            void_record(target=shift.first, reason=WHY, access=access_of_user(world.unit_staff))
    assert (Void.objects.count(), Receipt.objects.count(), AuditEvent.objects.count()) == (0, 0, events)


# --- the pages --------------------------------------------------------------------------------------------------------
def test_sessions_page_shows_totals_lines_and_where_to_take_back(client, world, shift, no_writes):
    client.force_login(world.unit_staff)
    with no_writes():
        response = client.get(reverse("admin:services_help_session_change", args=[shift.pk]))
    assert [log.pk for log in response.context["logs"]] == [log.pk for log in shift.logs.order_by("happened_at", "pk")]
    links = [void_url(shift, target) for target in (shift, shift.present, *shift.logs.all())]
    assert [link in response.text for link in links] == [True] * 5


def test_viewer_sees_the_page_without_the_links(client, world, shift):
    client.force_login(world.viewer)
    response = client.get(reverse("admin:services_help_session_change", args=[shift.pk]))
    assert (response.status_code, str(shift.first.pk) in response.text) == (200, False)


def test_lines_are_paged(client, world, shift, django_assert_num_queries):
    service = factories.service("DVC-TRA")
    for _number in range(60):
        factories.log(shift, service)
    client.force_login(world.unit_staff)
    first = client.get(reverse("admin:services_help_session_change", args=[shift.pk]))
    second = client.get(reverse("admin:services_help_session_change", args=[shift.pk]), {"p": 2})
    assert (len(first.context["logs"]), len(second.context["logs"])) == (50, 13)


@pytest.mark.parametrize("lines", [1, 3])
def test_sessions_page_takes_constant_queries(client, world, django_assert_num_queries, lines):
    session, service = factories.session(world.team, by=world.leader), factories.service("DVC-NOP")
    for _number in range(lines):
        factories.log(session, service, metric=factories.metric("HS_NOP"), quantity=1)
        factories.attendance(session, factories.volunteer(unit=world.tan_tuc))
        factories.void(factories.log(session, service))
    client.force_login(world.unit_staff)
    page = reverse("admin:services_help_session_change", args=[session.pk])
    client.get(page)  # what a process learns once
    with django_assert_num_queries(15):
        client.get(page)


def test_line_is_taken_back_on_its_page_with_a_reason(client, world, shift):
    client.force_login(world.unit_staff)
    url = void_url(shift, shift.first)
    assert client.get(url).status_code == 200
    assert not Void.objects.exists()
    refused = client.post(url, {"reason": ""})
    assert (refused.status_code, list(refused.context["form"].errors)) == (200, ["reason"])
    done = client.post(url, {"reason": WHY})
    assert done.headers["Location"] == reverse("admin:services_help_session_change", args=[shift.pk])
    assert Void.objects.get().target == shift.first.pk
    assert WHY in client.get(done.headers["Location"]).text


def test_refusal_of_the_service_stands_at_the_field(client, world, shift):
    client.force_login(world.unit_staff)
    response = client.post(void_url(shift, shift.first), {"reason": "Gọi 0903123456 hỏi lại"})
    assert response.status_code == 200
    assert response.context["form"].errors["reason"] == [
        "Nội dung này có số giống số điện thoại. Cổng không lưu thông tin của người dân: hãy xóa số đó rồi gửi lại."
    ]
    assert not Void.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("bank_staff", 404), ("leader", 302), ("nobody", 302)])
def test_others_do_not_reach_the_form(client, world, shift, who, status):
    client.force_login(getattr(world, who))
    assert client.post(void_url(shift, shift.first), {"reason": WHY}).status_code == status
    assert not Void.objects.exists()


def test_line_of_another_session_is_not_found_under_this_one(client, world, shift):
    other = factories.log(factories.session(world.team_vinh_loc), factories.service("DVC-TRA"))
    client.force_login(world.unit_staff)
    assert client.get(void_url(shift, other)).status_code == 404


@pytest.mark.parametrize(("shown", "count"), [("no", 2), ("yes", 1), ("", 3)])
def test_lists_tell_live_lines_from_those_taken_back(client, world, shift, shown, count):
    factories.void(shift.first)
    client.force_login(world.unit_staff)
    response = client.get(reverse("admin:services_help_assistancelog_changelist"), {"voided": shown})
    assert len(response.context["cl"].result_list) == count
    assert AssistanceLog.objects.count() == 3
    assert Attendance.objects.count() == 1


@pytest.mark.parametrize("model", ["session", "assistancelog", "attendance"])
def test_lists_tell_what_went_with_a_whole_session(client, world, shift, model):
    kept = factories.session(world.team_vinh_loc)
    factories.log(kept, factories.service("DVC-TRA"))
    factories.attendance(kept, factories.volunteer(unit=world.tan_tuc))
    # A void from another phone that may not void holds for nothing.
    factories.void(kept, device=PORTAL_DEVICE, is_authorised=False)
    factories.void(shift)
    client.force_login(world.unit_staff)
    for shown, session in (("yes", shift), ("no", kept)):
        response = client.get(reverse(f"admin:services_help_{model}_changelist"), {"voided": shown})
        rows = response.context["cl"].result_list
        assert {getattr(row, "session_id", row.pk) for row in rows} == {session.pk}


def test_lines_of_chosen_days_come_by_day_and_then_by_id(client, world, shift):
    later = factories.session(world.team, PEAK_DAY + dt.timedelta(days=1), by=world.leader)
    log = factories.log(later, factories.service("DVC-TRA"))
    client.force_login(world.unit_staff)
    chosen = {"session__day_from": f"{PEAK_DAY:%d/%m/%Y}"}
    rows = client.get(reverse("admin:services_help_assistancelog_changelist"), chosen).context["cl"].result_list
    assert [row.pk for row in rows] == [log.pk, *sorted((each.pk for each in shift.logs.all()), reverse=True)]


def test_page_of_a_crowded_session_shows_fifty_people_at_a_time(client, world, shift):
    for _number in range(51):
        factories.attendance(shift, factories.volunteer(unit=world.tan_tuc))
    client.force_login(world.unit_staff)
    url = reverse("admin:services_help_session_change", args=[shift.pk])
    first, second = client.get(url), client.get(url, {"people": 2})
    assert [len(page.context["attendances"]) for page in (first, second)] == [50, 2]
    shown = [row.pk for page in (first, second) for row in page.context["attendances"]]
    assert sorted(shown) == sorted(shift.attendances.values_list("pk", flat=True))
    assert 'href="?people=2"' in first.text
    assert 'href="?people=1"' in second.text


@pytest.mark.parametrize(("shown", "count"), [("open", 1), ("closed", 1), ("", 2)])
def test_lists_tell_open_sessions_from_closed_ones(client, world, shift, shown, count):
    factories.session(world.team_vinh_loc, ended_at=factories.local(PEAK_DAY, 11))
    client.force_login(world.unit_staff)
    response = client.get(reverse("admin:services_help_session_changelist"), {"open": shown})
    assert response.context["cl"].result_count == count
