"""Who looks: a member of Thành Đoàn's staff, one of the staff of many wards, a leader; and N accounts and keys."""

import datetime as dt
import uuid

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from accounts.models import User, UserKind
from bench.facts import FIRST_DAY
from core.models import AuditEvent
from teams.models import ApiToken, Appointment, DevicePass, Team, TeamMember, Unit, Volunteer
from teams.models.units import UnitKind
from teams.permissions import Role, Scope

STAFF, WARD_STAFF, LEADER = "bench-staff", "bench-wards", "bench-leader"
BATCH = 2000
FOR_EVER = dt.date(2099, 12, 31)


def readers() -> None:
    """Both kinds of staff see every row: by one unit above all teams, and by each ward and company.

    The same number of appointments in each database: they are to differ in their rows, and not in who looks.
    """
    for name, role in ((STAFF, Role.CITY_STAFF), (WARD_STAFF, Role.UNIT_STAFF), (LEADER, Role.TEAM_LEADER)):
        user = User.objects.create_user(name, full_name=f"Bench {name}")
        held = {"user": user, "role": role, "valid_from": FIRST_DAY}
        if role == Role.TEAM_LEADER:
            Appointment.objects.create(team=Team.objects.order_by("code").first(), **held)
            continue
        kinds = [UnitKind.CITY] if role == Role.CITY_STAFF else [UnitKind.COMMUNE, UnitKind.BASE]
        units = Unit.objects.filter(kind__in=kinds)
        Appointment.objects.bulk_create(Appointment(unit=unit, **held) for unit in units.order_by("code"))


def fill(rows: int) -> None:
    staff, teams = User.objects.get(username=STAFF), list(Team.objects.order_by("code")[:rows])
    _accounts(rows, teams)
    ApiToken.objects.bulk_create(
        (
            ApiToken(
                name=f"Khóa {number}",
                user=staff,
                prefix=f"b{number}",
                digest=uuid.uuid4().hex,
                team=team,
                scopes=[Scope.LOGS_WRITE.value],
                expires_at=timezone.now() + dt.timedelta(days=3650),
            )
            for number, team in enumerate(teams)
        ),
        BATCH,
    )
    DevicePass.objects.bulk_create(
        (DevicePass(team=team, digest=uuid.uuid4().hex, valid_to=FOR_EVER, created_by=staff) for team in teams), BATCH
    )
    AuditEvent.objects.bulk_create(
        (
            AuditEvent(
                actor=staff,
                actor_label=staff.full_name,
                action="teams.team_changed",
                target_type="teams.team",
                target_id=str(team.pk),
                target_label=team.name,
                data={"changes": {"name": ["Tổ", team.name]}},
            )
            for team in teams
        ),
        BATCH,
    )


def _accounts(rows: int, teams: list[Team]) -> None:
    unusable = make_password(None)
    users = User.objects.bulk_create(
        (
            User(username=f"bench-{number}", full_name=f"Trần Thị {number}", kind=UserKind.PERSON, password=unusable)
            for number in range(rows)
        ),
        BATCH,
    )
    Appointment.objects.bulk_create(
        (
            Appointment(user=user, role=Role.TEAM_LEADER, team=team, valid_from=FIRST_DAY)
            for user, team in zip(users, teams, strict=True)
        ),
        BATCH,
    )
    # One team with everybody: the page of a team, and what offers its members.
    some = Volunteer.objects.order_by("code")[: min(rows, 1000)]
    TeamMember.objects.bulk_create(TeamMember(team=teams[0], volunteer=each, valid_from=FIRST_DAY) for each in some)


def tickets() -> dict[str, str]:
    """A cookie for each of the readers."""
    found = {}
    for user in User.objects.filter(username__in=(STAFF, WARD_STAFF, LEADER)):
        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        found[user.username] = f"{settings.SESSION_COOKIE_NAME}={value}"
    return found
