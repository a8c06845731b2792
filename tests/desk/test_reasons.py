"""Why something was done: kept whole, in its row and in the trail, or refused with the numbers. Never cut."""

import pytest
from django.urls import reverse

from core.errors import DomainError
from core.jobs.models import Job
from core.models import AuditEvent
from core.reasons import LONGEST
from core.retention.services import hold, release
from desk.outliers import settle_flag
from desk.outliers.models import SessionFlag
from desk.review.forms import LockForm, ReasonForm
from reports import reorganised as figures
from services_help.intake import receive
from services_help.models import Adjustment, AssistanceLog, LateEntry, PeriodLock, SessionReview, Void
from services_help.review import accept_late, approve, decline_late, lift_period, lock_period, send_back, void_locked
from services_help.services import void_record
from teams.access import access_of_user
from teams.models import Reorganisation
from teams.reorganising import services
from tests.desk.shifts import logged, shift
from tests.desk.test_review_queue import told
from tests.factories import PEAK_DAY, local
from tests.services_help.intake_items import DEVICE, log_item, session_item, stocked
from tests.teams.reorganised import drafted
from tests.teams.test_reorganising import merges

pytestmark = pytest.mark.django_db
# As long as it may be, and words that go on to its end.
WHOLE = ("Đã đối chiếu sổ giấy của đội. " * 20)[: LONGEST - 4] + "Hết."
TOO_LONG = WHOLE + "!"
SAID = "Lời ghi dài 301 ký tự, chỉ giữ được 300. Hãy viết gọn lại."


def lock(world, **fields) -> PeriodLock:
    said = {"unit": world.city, "starts_on": PEAK_DAY, "ends_on": PEAK_DAY, "reason": "Chốt số"} | fields
    return lock_period(**said, access=access_of_user(world.city_staff), with_unreviewed=True)


def kept_by(model, field: str = "reason") -> list[str]:
    return list(model.objects.order_by("pk").values_list(field, flat=True))


def lines(world) -> list[AssistanceLog]:
    return logged(shift(world.team), 3)


def flag(world) -> SessionFlag:
    return SessionFlag.objects.create(session=shift(world.team), rule="pace", severity=2, numbers={}, limits={})


def locked_line(world) -> list[AssistanceLog]:
    made = lines(world)
    lock(world)
    return list(AssistanceLog.objects.filter(pk=made[0].pk))


# What there is, what is done with it for a reason, and where the reason stands afterwards.
ACTS = {
    "taking back": (lines, lambda rows, **by: void_record(target=rows[0], **by), lambda: kept_by(Void)),
    "locking": (
        lambda world: world,
        lambda world, reason, access: lock(world, reason=reason),
        lambda: kept_by(PeriodLock),
    ),
    "lifting": (lock, lambda row, **by: lift_period(lock=row, **by), lambda: kept_by(PeriodLock, "lift_reason")),
    "adjusting": (locked_line, lambda rows, **by: void_locked(targets=rows, **by), lambda: kept_by(Adjustment)),
    "settling": (
        flag,
        lambda row, reason, access: settle_flag(flag=row, note=reason, access=access),
        lambda: kept_by(SessionFlag, "note"),
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_reason_is_kept_whole_or_refused_with_the_numbers(world, act):
    prepare, do, kept = ACTS[act]
    access, thing = access_of_user(world.city_staff), prepare(world)
    before = kept()
    with pytest.raises(DomainError) as refused:
        do(thing, reason=TOO_LONG, access=access)
    assert (str(refused.value), refused.value.code, kept()) == (SAID, "reason_too_long", before)

    do(thing, reason=WHOLE, access=access)
    assert WHOLE in kept()
    assert AuditEvent.objects.order_by("pk").last().data["reason"] == WHOLE


@pytest.mark.parametrize("decide", [accept_late, decline_late])
def test_reason_of_a_decision_about_what_came_late_is_kept_whole(world, decide):
    stocked(world)
    lock(world)
    opened = session_item(ended_at=local(PEAK_DAY, 11).isoformat())
    receive([opened, log_item(opened)], device=DEVICE, access=access_of_user(world.leader))
    late = LateEntry.objects.all()
    with pytest.raises(DomainError, match=SAID):
        decide(entries=late, reason=TOO_LONG, access=access_of_user(world.city_staff))
    decide(entries=late, reason=WHOLE, access=access_of_user(world.city_staff))
    assert kept_by(LateEntry) == [WHOLE, WHOLE]


def test_what_reviewers_and_leaders_write_to_each_other_may_be_longer_and_is_kept_whole_too(world):
    session, said = shift(world.team), ("Đội kiểm tra giúp. " * 40)[:499] + "."
    with pytest.raises(DomainError, match="Lời ghi dài 501 ký tự, chỉ giữ được 500"):
        send_back(session=session, reason=said + "!", access=access_of_user(world.unit_staff))
    send_back(session=session, reason=said, access=access_of_user(world.unit_staff))
    assert SessionReview.objects.get().text == said


def test_hold_on_erasing_is_kept_whole_or_refused(world):
    for act in (hold, release):
        with pytest.raises(DomainError, match=SAID):
            act(name="scene_photos", reason=TOO_LONG, by=world.city_staff)
        act(name="scene_photos", reason=WHOLE, by=world.city_staff)
        assert AuditEvent.objects.order_by("pk").last().data["reason"] == WHOLE


@pytest.mark.parametrize("form", [ReasonForm, LockForm])
def test_form_takes_what_is_kept_and_no_more(world, form):
    access = {"access": access_of_user(world.city_staff)} if form is LockForm else {}
    longer = form({"reason": TOO_LONG}, **access)
    assert [error for error in longer.errors["reason"] if "300" in error and "301" in error] != []
    # Counted as it is stored: the browser sends each end of a line as two.
    assert "reason" not in form({"reason": f"  {WHOLE[:-6]}\r\nHết. \r\n"}, **access).errors
    assert f'maxlength="{LONGEST}"' in str(form(**access)["reason"])


def test_page_that_is_told_too_much_says_so_and_takes_nothing_back(client, world):
    session = shift(world.team)
    approve(sessions=[session.pk], access=access_of_user(world.unit_staff))
    (line,) = logged(session, 3)
    client.force_login(world.unit_staff)
    page = client.post(reverse("review:take_back", args=[session.pk, line.pk]), {"reason": TOO_LONG})
    assert (page.status_code, Void.objects.count()) == (200, 0)
    assert TOO_LONG in page.text
    client.post(reverse("review:take_back", args=[session.pk, line.pk]), {"reason": WHOLE})
    assert Void.objects.get().reason == WHOLE


def test_notes_of_a_reorganisation_are_kept_whole_or_refused(client, world):
    made = drafted(world.city_staff, merges("BC-TT", into="BC-VL"))
    access = access_of_user(world.city_staff)
    services.preview(reorganisation=made, access=access, figures=figures)
    client.force_login(world.city_staff)
    page = client.post(reverse("reorganise:approve", args=[made.pk]), {"note": TOO_LONG}, follow=True)
    assert (told(page)[-1], kept_by(Reorganisation, "approval_note")) == (SAID, [""])
    client.post(reverse("reorganise:approve", args=[made.pk]), {"note": WHOLE})
    assert kept_by(Reorganisation, "approval_note") == [WHOLE]

    services.execute(reorganisation=made, access=access, figures=figures)
    page = client.post(reverse("reorganise:undo", args=[made.pk]), {"reason": TOO_LONG}, follow=True)
    assert (told(page)[-1], Job.objects.count()) == (SAID, 0)
    with pytest.raises(DomainError, match=SAID):
        services.undo(reorganisation=made, access=access, reason=TOO_LONG)
    services.undo(reorganisation=made, access=access, reason=WHOLE)
    assert AuditEvent.objects.order_by("pk").last().data["reason"] == WHOLE
