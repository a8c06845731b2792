"""The demo world with a morning's work in it: what the browser's tests look at."""

import base64
import datetime as dt
from types import SimpleNamespace

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from campaigns.models import Campaign, Deployment, SupportPoint
from core import audit
from core.dated import DAY, today
from core.ids import uuid7
from core.jobs.models import Job
from core.models import OutboxMessage
from core.retention.models import Erasure
from core.retention.services import hold
from demo.seeding import seed
from demo.world import organisation, people, plans
from desk.office.models import ExportAlarm
from desk.outliers.models import SessionFlag
from reports import reorganised as figures
from reports.official.drafting import create_draft
from reports.official.proposing import Subject
from reports.tallies import refresh
from reports.tallies.slices import Slice
from services_help.models import LateEntry, Metric, PeriodLock, ReviewPolicy, Service, Session
from services_help.personal_data import forget_on_request
from services_help.review import answer, approve, lift_period, lock_period, send_back, void_locked
from teams.access import access_of_user
from teams.models import Appointment, Reorganisation, Team, Unit, Volunteer
from teams.passes import issue_passes
from teams.permissions import Right
from teams.reorganising import services as reorganising
from tests import factories
from tests.desk.shifts import rules_in_place
from tests.reports.official import issue_now

USERS = {"city": "demo.thanhdoan", "unit": "demo.binhchanh", "leader": "demo.doitruong", "viewer": "demo.xem"}
OTHER_TEAM = "NH-BV-1"
# One grey point, as browsers can draw it.
SMALLEST_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChn"
    "VFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAA"
    "b6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQA"
    "AAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAg"
    "ADIAMAAxADb/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////////////////////////////2wBD"
    "AVVaWnhpeOuCguv/////////////////////////////////////////////////////////////////////////wAARCAABAAEDASIAAhEB"
    "AxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAA"
    "AAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKAD/9k="
)


def demo_city() -> SimpleNamespace:
    """The demo world of today, with an open shift, a closed one, and at least one row of every kind."""
    day = today()
    rules_in_place()
    seed(day)
    city = SimpleNamespace(day=day, **{role: User.objects.get(username=name) for role, name in USERS.items()})
    city.team = Team.objects.get(code=people.TEAM)
    city.session = shift(city, city.team)
    city.log = city.session.logs.first()
    city.closed = shift(city, Team.objects.get(code=OTHER_TEAM), minutes=200)
    city.closed_own = shift(city, city.team, minutes=150)
    factories.void(city.session.logs.last())
    city.photo = factories.photo(city.session, SMALLEST_JPEG)
    factories.photo(city.session, SMALLEST_JPEG)
    factories.device_report(city.team, city.leader, unsent=4, held=1, photos=2, differs=[day.isoformat()])
    refresh([Slice(day, city.team.pk), Slice(day, city.closed.team_id)])
    [issued] = issue_passes(team=city.team, count=1, valid_to=day, access=access_of_user(city.unit))
    city.device_pass, city.pass_code = issued.device_pass.pk, issued.code
    city.own_unit = Unit.objects.get(code=people.BINH_CHANH_TODAY[2]).pk
    ended = {"state": "failed", "finished_at": timezone.now(), "error": "Đội hình này đã kết thúc."}
    city.job_open, city.job_failed = job(city.unit, done=5, message="Đã tạo mã cho 5/17 đội"), job(city.unit, **ended)
    token, _key = factories.token("stats:read", unit=Unit.objects.get(code=organisation.BINH_CHANH))
    city.token, city.appointment = token.pk, Appointment.objects.get(user=city.leader).pk
    planned = Deployment.objects.active().filter(campaign_day__day=day, team=city.team).first()
    city.deployment, city.campaign_day, city.point = planned.pk, planned.campaign_day_id, planned.point_id
    city.campaign = planned.campaign_day.campaign_id
    review(city)
    report(city)
    city.reform = Reorganisation.objects.get(code="cai-cach-2025-07-01").pk
    city.reorganisation = reorganisation(city)
    office(city)
    return city


def office(city: SimpleNamespace) -> None:
    """What the office has to show: an alarm, a hold, a ledger, a change in the trail, and somebody who is forgotten."""
    ExportAlarm.objects.create(actor=city.unit, day=city.day, rows=25_300, files=4)
    hold(name="scene_photos", reason="Đang trả lời khiếu nại của phường", by=city.city)
    Erasure.objects.create(kind="device_reports", count=12, months=12, oldest=city.day, newest=city.day)
    stuck = {"topic": "tallies.stale", "key": "mau", "attempts": 7, "last_error": "OperationalError('connection lost')"}
    OutboxMessage.objects.create(available_at=timezone.now() + DAY, **stuck)
    with transaction.atomic():
        changes = {"name": ["Tổ xung kích số cũ", city.team.name]}
        told = {"by": city.unit, "target": city.team, "scope_unit": city.own_unit}
        city.event = audit.record("teams.team_changed", changes=changes, **told).pk
    first, second = Volunteer.objects.filter(attendances__isnull=False, memberships__team=city.team).distinct()[:2]
    city.volunteer, city.nameless = first.pk, second.pk
    forget_on_request(second, reason="Đơn số 12", access=access_of_user(city.unit))


def reorganisation(city: SimpleNamespace) -> int:
    """A draft that was tried out: one thing to mend, one to decide, figures before and after."""
    access, where = access_of_user(city.city), {"kind": "commune", "block": "territory", "parent": organisation.CITY}
    made = reorganising.create(name="Sáp nhập hai xã", effective_on=city.day, source="QĐ mẫu", access=access)
    merged = {"units": people.BINH_CHANH_TODAY[:2], "into": "PX-MOI"}
    opened = {"code": "PX-MOI", "name": "Đoàn xã Mới", **where}
    steps = [("open", opened), ("merge", merged), ("close", {"unit": "DHQG"})]
    reorganising.add_steps(reorganisation=made, added=steps, access=access)
    reorganising.preview(reorganisation=made, access=access, figures=figures)
    return made.pk


def report(city: SimpleNamespace) -> None:
    """A report of the day in two versions, of which the later one tells what differs."""
    access, unit = access_of_user(city.unit), Unit.objects.get(pk=city.own_unit)
    subject = Subject(unit=unit, kind="day", starts_on=city.day, ends_on=city.day)
    draft = create_draft(subject=subject, key=uuid7(), access=access)
    first = issue_now(draft, city.unit)
    factories.log(city.session, Service.objects.leaves().first(), people=3)
    refresh([Slice(city.day, city.team.pk)])
    second = issue_now(draft, city.unit, reason="Bổ sung lượt gửi muộn.", before=first)
    city.report_draft, city.report_issue, city.report_code = draft.pk, second.pk, first.code


def review(city: SimpleNamespace) -> None:
    """A shift of today that stands out and was answered, and one of a locked day with what came after the lock."""
    ReviewPolicy.objects.create(days=3)
    unit, city_staff = access_of_user(city.unit), access_of_user(city.city)
    numbers = {"turns": 96, "minutes": 90, "volunteers": 2, "volunteer_minutes": 180, "rate": 32.0}
    SessionFlag.objects.create(
        session=city.closed_own, rule="pace", severity=3, numbers=numbers, limits={"limit": 15, "usual": 8}
    )
    factories.photo(city.closed_own, SMALLEST_JPEG)
    send_back(session=city.closed_own, reason="Thiếu điểm danh buổi sáng.", access=unit)
    answer(session=city.closed_own, text="Đã bổ sung ba bạn.", access=access_of_user(city.leader))
    city.returned = shift(city, city.team, minutes=60)
    send_back(session=city.returned, reason="Ca này chưa điểm danh ai, đội xem lại giúp.", access=unit)
    old_day = city.day - 60 * DAY
    old = shift(city, city.team, day=old_day, minutes=180)
    approve(sessions=[old.pk], access=unit)
    root = Unit.objects.get(code=organisation.CITY)
    days = {"starts_on": old_day, "ends_on": old_day, "access": city_staff}
    lift_period(lock=lock_period(unit=root, reason="Chốt nhầm ngày", **days), reason="Khóa nhầm", access=city_staff)
    lock = lock_period(unit=root, reason="Chốt số báo cáo tháng", **days)
    old.refresh_from_db()
    void_locked(targets=[old.logs.first()], reason="Ghi trùng với sổ giấy", access=city_staff)
    after_the_lock(city, old, lock)
    city.old, city.old_log, city.lock = old.pk, old.logs.last().pk, lock.pk


def after_the_lock(city: SimpleNamespace, session: Session, lock: PeriodLock) -> None:
    """A line that reached the server too late to count by itself."""
    like = session.logs.last()
    row = {"service_id": like.service_id, "result": like.result, "people": 3, "same_visit": False}
    LateEntry.objects.create(
        item=uuid7(),
        kind="log",
        session=session.pk,
        team=session.team,
        day=session.day,
        content={},
        row=row | {"happened_at": like.happened_at.isoformat()},
        device=session.device,
        created_by=city.leader,
        lock=lock,
    )


def job(user: User, **fields) -> int:
    """Sheets of passes that ``user`` has ordered; nobody does them while a page is looked at."""
    title = "Thẻ đăng nhập máy · 26/03/2023 · 17 đội"
    given = {"kind": "handout.passes", "title": title, "right": Right.PASS_ISSUE, "total": 34}
    return Job.objects.create(ordered_by=user, **given | fields).pk


def shift(city: SimpleNamespace, team: Team, *, minutes: int | None = None, day: dt.date | None = None):
    """Work of ``team`` today, still going on or ended after ``minutes``."""
    started = factories.local(day or city.day, 7, 30)
    made = factories.session(
        team,
        day or city.day,
        by=city.leader,
        point=SupportPoint.objects.current().first(),
        campaign=Campaign.objects.get(code=plans.TODAY),
        started_at=started,
        ended_at=started + dt.timedelta(minutes=minutes) if minutes else None,
    )
    services = Service.objects.filter(group__isnull=False, valid_to=None).order_by("code")[:6]
    for number, service in enumerate(services):
        factories.log(
            made,
            service,
            people=number + 1,
            result="done_assisted" if number % 2 else "done_self",
            metric=Metric.objects.get(code="HS_NOP"),
            quantity=1,
            happened_at=started + dt.timedelta(minutes=20 * number),
        )
    for volunteer in Volunteer.objects.filter(memberships__team=team)[:3]:
        factories.attendance(made, volunteer)
    return made
