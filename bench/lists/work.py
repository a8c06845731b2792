"""What was logged: N sessions that await review, N approved, N forgotten ones; and a session of N people and lines."""

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

from accounts.models import User
from bench.facts import VIETNAM
from bench.lists.people import BATCH, STAFF
from campaigns.models import SupportPoint
from core.ids import uuid7
from desk.outliers.models import RuleCode, SessionFlag
from services_help.models import AssistanceLog, Attendance, DeviceReport, Service, Session, SessionReview, Void
from teams.models import Team, Unit, Volunteer

LINES = 2
CROWD = "Ca đông người"
DEVICE = UUID(int=7)
ROUND = {"round": 12, "lines": 14, "base": 5, "amount": 60}


def fill(rows: int, *, day: dt.date, crowd: int) -> None:
    staff, teams = User.objects.get(username=STAFF), list(Team.objects.order_by("code")[:rows])
    points, people = list(SupportPoint.objects.order_by("code")[:rows]), list(Volunteer.objects.order_by("code")[:rows])
    kinds = [(day, "provisional", True), (day - dt.timedelta(days=1), "approved", True)]
    kinds.append((day - dt.timedelta(days=2), "provisional", False))
    for on, state, is_closed in kinds:
        made = Session.objects.bulk_create(
            (
                _session(team, points[number], staff, on, state=state, is_closed=is_closed)
                for number, team in enumerate(teams)
            ),
            BATCH,
        )
        AssistanceLog.objects.bulk_create(_lines(made, LINES), BATCH)
        present = zip(made, people, strict=True)
        Attendance.objects.bulk_create((_present(each, who) for each, who in present), BATCH)
        if state == "provisional" and is_closed:
            _said_of(made, staff)
    full = _session(teams[0], points[0], staff, day, note=CROWD)
    full.save()
    AssistanceLog.objects.bulk_create(_lines([full], crowd), BATCH)
    Attendance.objects.bulk_create(_present(full, who) for who in people[:crowd])
    _take_back(full, staff)


def _session(team: Team, point: SupportPoint, by: User, day: dt.date, *, is_closed=True, **fields) -> Session:
    begin = dt.datetime.combine(day, dt.time(7, 30), VIETNAM)
    end = begin + dt.timedelta(hours=3) if is_closed else None
    return Session(
        id=uuid7(),
        team=team,
        day=day,
        point=point,
        started_at=begin,
        ended_at=end,
        device=DEVICE,
        created_by=by,
        # Not all in the same moment, which is what no day is like.
        received_at=begin + dt.timedelta(hours=3, milliseconds=team.pk),
        **fields,
    )


def _lines(sessions: list[Session], count: int) -> Iterator[AssistanceLog]:
    services = list(Service.objects.leaves().on(sessions[0].day)[:10])
    for session in sessions:
        for number in range(count):
            at = session.started_at + dt.timedelta(seconds=10000 * number / count)
            yield AssistanceLog(
                id=uuid7(),
                session=session,
                service=services[number % len(services)],
                result="done_self",
                people=1,
                happened_at=at,
                device=DEVICE,
                created_by_id=session.created_by_id,
                received_at=session.received_at,
            )


def _present(session: Session, volunteer: Volunteer) -> Attendance:
    return Attendance(
        id=uuid7(),
        session=session,
        volunteer=volunteer,
        device=DEVICE,
        created_by_id=session.created_by_id,
        received_at=session.received_at,
    )


def _said_of(sessions: list[Session], staff: User) -> None:
    """A flag and a step of the review for each, and a phone that has not sent everything."""
    SessionFlag.objects.bulk_create(
        (SessionFlag(session=each, rule=RuleCode.ROUND, severity=1, numbers=ROUND, limits={}) for each in sessions),
        BATCH,
    )
    SessionReview.objects.bulk_create(
        (SessionReview(session=each, kind="answered", text="Đã xem lại", by=staff) for each in sessions), BATCH
    )
    DeviceReport.objects.bulk_create(
        (
            DeviceReport(
                device=UUID(int=1000 + number), user=staff, team_id=each.team_id, unsent=3, oldest_at=each.started_at
            )
            for number, each in enumerate(sessions)
        ),
        BATCH,
    )


def _take_back(session: Session, staff: User) -> None:
    """Every tenth line."""
    Void.objects.bulk_create(
        Void(id=uuid7(), target=log.pk, is_authorised=True, reason="Bấm nhầm", device=DEVICE, created_by=staff)
        for log in list(session.logs.order_by("happened_at"))[::10]
    )


def of_crowd() -> dict[str, str]:
    crowd = Session.objects.select_related("team").get(note=CROWD)
    return {"session": str(crowd.pk), "team": str(crowd.team_id), "team_code": crowd.team.code}


def of_year() -> dict[str, str]:
    """A line that the staff of the wards may see, its service, and a unit with some below it."""
    unit = Unit.objects.get(code="P01")
    logs = AssistanceLog.objects.filter(session__team__homes__unit=unit).select_related("session")
    log = logs.order_by("session__day", "pk")[0]
    return {"log": str(log.pk), "service": str(log.service_id), "unit": str(unit.pk), "session": str(log.session_id)}
