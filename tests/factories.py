"""Rows for tests, as plain functions. Each makes the least that is valid; what a test cares about it says itself.

They write rows directly, or through the service where a rule of the tree is involved. Tests of the intake send items.
"""

import datetime as dt
import hashlib
import itertools
import uuid
from types import SimpleNamespace

from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User, UserKind
from campaigns.models import Campaign, CampaignDay, Deployment, SupportPoint, Target
from services_help.models import (
    AssistanceLog,
    Attendance,
    DeviceReport,
    Metric,
    PeriodLock,
    ScenePhoto,
    Service,
    ServiceMetric,
    Session,
    Void,
)
from teams.authentication import digest_of
from teams.models import AdminArea, ApiToken, Appointment, Team, TeamHome, TeamMember, Unit, UnitPlacement, Volunteer
from teams.permissions import Role, Scope
from teams.services import move_team, place_unit
from teams.tree import rebuild_ancestry

LONG_AGO = dt.date(2020, 1, 1)
PEAK_DAY = dt.date(2023, 3, 26)
PASSWORD = "mat-khau-thu-nghiem"
_numbers = itertools.count(1)


def number() -> int:
    return next(_numbers)


def local(day: dt.date, hour: int = 8, minute: int = 0) -> dt.datetime:
    """A moment of ``day`` on the clocks of Ho Chi Minh City."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


# --- organisation ---------------------------------------------------------------------------------------------------
def area(code: str | None = None, *, valid_from: dt.date = LONG_AGO, **fields) -> AdminArea:
    code = code or f"{90000 + number()}"
    defaults = {"name": f"Xã {code}", "kind": "xa", "province_name": "TP. Hồ Chí Minh"}
    return AdminArea.objects.create(code=code, valid_from=valid_from, **defaults | fields)


def unit(code: str | None = None, *, parent: Unit | None = None, since: dt.date = LONG_AGO, **fields) -> Unit:
    code = code or f"DV{number()}"
    defaults = {"name": f"Đơn vị {code}", "kind": "base", "block": "territory"}
    made = Unit.objects.create(code=code, valid_from=since, **defaults | fields)
    if parent:
        place_unit(unit=made, parent=parent, since=since, by=None)
    else:
        rebuild_ancestry()
    return made


def team(code: str | None = None, *, unit: Unit | None, since: dt.date = LONG_AGO, **fields) -> Team:
    code = code or f"TO{number()}"
    made = Team.objects.create(code=code, valid_from=since, **{"name": f"Tổ {code}"} | fields)
    if unit:
        move_team(team=made, unit=unit, since=since, by=None)
    return made


def volunteer(code: str | None = None, *, unit: Unit, team: Team | None = None, **fields) -> Volunteer:
    code = code or f"TNV{number()}"
    made = Volunteer.objects.create(code=code, unit=unit, **{"full_name": f"Nguyễn Văn Mẫu {code}"} | fields)
    if team:
        TeamMember.objects.create(team=team, volunteer=made, valid_from=LONG_AGO)
    return made


# --- people with rights ---------------------------------------------------------------------------------------------
def user(username: str | None = None, role: str | None = None, *, unit=None, team=None, **fields) -> User:
    username = username or f"nguoi-dung-{number()}"
    made = User.objects.create_user(username, PASSWORD, **{"full_name": f"Người dùng {username}"} | fields)
    if role:
        Appointment.objects.create(user=made, role=role, unit=unit, team=team, valid_from=LONG_AGO)
    return made


def token(*scopes: str, unit=None, team=None, owner: User | None = None, **fields) -> tuple[ApiToken, str]:
    """(token row, the key that a client would send)."""
    key = f"xks_test_{uuid.uuid4().hex}"
    made = ApiToken.objects.create(
        name=f"Khóa {number()}",
        user=owner or user(kind=UserKind.CLIENT),
        prefix=key[9:21],
        digest=digest_of(key),
        scopes=[Scope(scope).value for scope in scopes],
        unit=unit,
        team=team,
        **{"expires_at": timezone.now() + dt.timedelta(days=30)} | fields,
    )
    return made, key


# --- plans ----------------------------------------------------------------------------------------------------------
def campaign(code: str | None = None, *, owner: Unit, **fields) -> Campaign:
    code = code or f"CD{number()}"
    defaults = {"name": f"Chiến dịch {code}", "kind": "programme", "starts_on": LONG_AGO, "status": "active"}
    return Campaign.objects.create(code=code, owner=owner, **defaults | fields)


def campaign_day(campaign: Campaign, day: dt.date = PEAK_DAY, **fields) -> CampaignDay:
    return CampaignDay.objects.create(campaign=campaign, day=day, **fields)


def point(code: str | None = None, *, unit: Unit, area: AdminArea, **fields) -> SupportPoint:
    code = code or f"DIEM{number()}"
    defaults = {"name": f"Điểm {code}", "kind": "one_stop", "valid_from": LONG_AGO}
    return SupportPoint.objects.create(code=code, unit=unit, area=area, **defaults | fields)


def deployment(team: Team, day: CampaignDay, point: SupportPoint | None = None, **fields) -> Deployment:
    defaults = {"starts_at": dt.time(7, 30), "ends_at": dt.time(11, 30)}
    return Deployment.objects.create(team=team, campaign_day=day, point=point, **defaults | fields)


def target(campaign: Campaign, unit: Unit, **fields) -> Target:
    return Target.objects.create(
        campaign=campaign, unit=unit, **{"measure": "people", "value": 100, "name": "Lượt người dân"} | fields
    )


# --- catalogue ------------------------------------------------------------------------------------------------------
def metric(code: str = "HS_NOP", **fields) -> Metric:
    defaults = {"name": f"Chỉ số {code}", "name_en": f"Metric {code}", "definition": "…", "definition_en": "…"}
    return Metric.objects.get_or_create(code=code, defaults=defaults | fields)[0]


def service_group(code: str = "DVC", **fields) -> Service:
    defaults = {
        "name": f"Nhóm {code}",
        "name_en": f"Group {code}",
        "short_name": code,
        "short_name_en": code,
        "valid_from": LONG_AGO,
    }
    return Service.objects.get_or_create(code=code, defaults=defaults | fields)[0]


def service(code: str = "DVC-NOP", *metrics: Metric, group: Service | None = None, **fields) -> Service:
    defaults = {
        "name": f"Dịch vụ {code}",
        "name_en": f"Service {code}",
        "short_name": code,
        "short_name_en": code,
        "valid_from": LONG_AGO,
        "group": group or service_group(code.split("-")[0]),
    }
    made = Service.objects.create(code=code, **defaults | fields)
    for position, each in enumerate(metrics):
        ServiceMetric.objects.create(service=made, metric=each, position=position)
    return made


# --- what was done --------------------------------------------------------------------------------------------------
def session(team: Team, day: dt.date = PEAK_DAY, *, by: User | None = None, **fields) -> Session:
    defaults = {"started_at": local(day, 7, 30), "device": uuid.uuid4(), "id": uuid.uuid4()}
    if fields.get("state") == "locked" and "lock" not in fields:
        home = team.home_on(day)
        fields["lock"] = period_lock(home or unit(), day)
    return Session.objects.create(team=team, day=day, created_by=by or user(), **defaults | fields)


def period_lock(unit: Unit, day: dt.date = PEAK_DAY, to: dt.date | None = None, **fields) -> PeriodLock:
    """The bare row: ``lock_period`` is what also locks the sessions."""
    defaults = {"ends_on": to or day, "reason": "Chốt số", "locked_by": fields.get("locked_by") or user()}
    return PeriodLock.objects.create(unit=unit, starts_on=day, **defaults | fields)


def log(session: Session, service: Service, **fields) -> AssistanceLog:
    defaults = {
        "id": uuid.uuid4(),
        "result": "done_self",
        "people": 1,
        "channel": "point",
        "happened_at": session.started_at + dt.timedelta(minutes=10),
        "device": session.device,
        "created_by": session.created_by,
    }
    return AssistanceLog.objects.create(session=session, service=service, **defaults | fields)


def attendance(session: Session, volunteer: Volunteer, **fields) -> Attendance:
    defaults = {"id": uuid.uuid4(), "device": session.device, "created_by": session.created_by, "minutes": 240}
    return Attendance.objects.create(session=session, volunteer=volunteer, **defaults | fields)


def void(target: Session | AssistanceLog | Attendance, **fields) -> Void:
    defaults = {"id": uuid.uuid4(), "is_authorised": True, "reason": "Ghi nhầm", "device": target.device}
    return Void.objects.create(target=target.id, created_by=target.created_by, **defaults | fields)


def photo(session: Session, data: bytes = b"jpeg") -> ScenePhoto:
    made = ScenePhoto(id=uuid.uuid4(), session=session, device=session.device, created_by=session.created_by)
    made.sha256, made.size, made.width, made.height = hashlib.sha256(data).hexdigest(), len(data), 1600, 1200
    made.file.save("", ContentFile(data), save=False)
    made.save()
    return made


def device_report(team: Team, user: User, **fields) -> DeviceReport:
    return DeviceReport.objects.create(**{"device": uuid.uuid4(), "team": team, "user": user} | fields)


# --- a small city ---------------------------------------------------------------------------------------------------
def small_city() -> SimpleNamespace:
    """Thành Đoàn with Bình Chánh (two communes) and khối Ngân hàng (one bank), a team in each, one user of each role.

    Seen from ``binh_chanh``: ``tan_tuc`` and ``vinh_loc`` are below, ``city`` is above, ``banks`` is beside.

    Most tests begin here, so it is stored table by table: one statement for all units, one for all teams.
    """
    made = SimpleNamespace()
    _small_city_units(made)
    _small_city_teams(made)
    _small_city_users(made)
    return made


def _small_city_units(made: SimpleNamespace) -> None:
    made.city, made.binh_chanh, made.tan_tuc, made.vinh_loc, made.banks, made.bank = Unit.objects.bulk_create(
        Unit(code=code, name=name, kind=kind, block=block, valid_from=LONG_AGO)
        for code, name, kind, block in [
            ("TD", "Thành Đoàn TP. Hồ Chí Minh", "city", "territory"),
            ("BC", "Huyện Đoàn Bình Chánh", "district", "territory"),
            ("BC-TT", "Đoàn thị trấn Tân Túc", "commune", "territory"),
            ("BC-VL", "Đoàn xã Vĩnh Lộc A", "commune", "territory"),
            ("NH", "Đoàn khối Ngân hàng", "block", "officials"),
            ("NH-01", "Đoàn cơ sở Ngân hàng Mẫu", "base", "workers"),
        ]
    )
    UnitPlacement.objects.bulk_create(
        UnitPlacement(unit=unit, parent=parent, valid_from=LONG_AGO)
        for unit, parent in [
            (made.binh_chanh, made.city),
            (made.tan_tuc, made.binh_chanh),
            (made.vinh_loc, made.binh_chanh),
            (made.banks, made.city),
            (made.bank, made.banks),
        ]
    )
    rebuild_ancestry()


def _small_city_teams(made: SimpleNamespace) -> None:
    homes = {
        "TO-TT": ("Tổ xung kích Tân Túc", made.tan_tuc),
        "TO-VL": ("Tổ xung kích Vĩnh Lộc A", made.vinh_loc),
        "TO-NH": ("Đội hình thanh toán số", made.bank),
    }
    teams = Team.objects.bulk_create(
        Team(code=code, name=name, valid_from=LONG_AGO) for code, (name, _home) in homes.items()
    )
    TeamHome.objects.bulk_create(TeamHome(team=team, unit=homes[team.code][1], valid_from=LONG_AGO) for team in teams)
    made.team, made.team_vinh_loc, made.team_bank = teams


def _small_city_users(made: SimpleNamespace) -> None:
    roles = {
        "city_staff": ("thanh-doan", Role.CITY_STAFF, {"unit": made.city}),
        "unit_staff": ("can-bo-bc", Role.UNIT_STAFF, {"unit": made.binh_chanh}),
        "bank_staff": ("can-bo-nh", Role.UNIT_STAFF, {"unit": made.banks}),
        "viewer": ("nguoi-xem", Role.VIEWER, {"unit": made.binh_chanh}),
        "leader": ("doi-truong", Role.TEAM_LEADER, {"team": made.team}),
        "leader_bank": ("doi-truong-nh", Role.TEAM_LEADER, {"team": made.team_bank}),
        "nobody": ("khong-vai-tro", None, {}),
    }
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(username=username, full_name=f"Người dùng {username}", password=password)
        for username, _role, _place in roles.values()
    )
    vars(made).update(zip(roles, users, strict=True))
    Appointment.objects.bulk_create(
        Appointment(user=vars(made)[name], role=role, valid_from=LONG_AGO, **place)
        for name, (_username, role, place) in roles.items()
        if role
    )
