"""Who appoints whom. A role is handed out only by who holds a role above it, there or higher up in the tree."""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.dated import today
from core.errors import DomainError, NotAllowed
from teams.access import Access, Grant
from teams.covering import end_keys, keys_held_by
from teams.models import Appointment, Team, Unit
from teams.permissions import APPOINTABLE, ROLE_RIGHTS, Right, Role


def appointable_roles(access: Access, *, unit: Unit | None = None, team: Team | None = None) -> frozenset[Role]:
    """The roles that the caller may hand out on ``unit`` or ``team``."""
    if access.is_unlimited:
        return frozenset(Role)
    roles: frozenset[Role] = frozenset()
    for role, held_on in Appointment.objects.current().filter(user=access.user).values_list("role", "unit"):
        grant = Access(user=access.user, grants=(Grant(ROLE_RIGHTS[Role(role)], unit_id=held_on),))
        there = grant.covers_unit(Right.APPOINT, unit) if unit else team and grant.covers_team(Right.APPOINT, team)
        if there:
            roles |= APPOINTABLE[Role(role)]
    return roles


def roles_handed_out(access: Access) -> frozenset[Role]:
    """The roles that the caller may hand out somewhere: what a form offers before it knows where."""
    if access.is_unlimited:
        return frozenset(Role)
    held = Appointment.objects.current().filter(user=access.user).values_list("role", flat=True)
    return frozenset().union(*(APPOINTABLE[Role(role)] for role in held))


def users_visible_to(access: Access) -> QuerySet[User]:
    """Accounts appointed (today or in the past) where the caller appoints, those that he made, and himself."""
    if access.is_city_wide(Right.APPOINT):
        return User.objects.all()
    if not access.has(Right.APPOINT):
        return User.objects.none()
    appointed = Appointment.objects.visible_to(access, Right.APPOINT).values("user")
    return User.objects.filter(Q(pk__in=appointed) | Q(pk=access.user.pk) | Q(created_by=access.user))


def may_manage_user(access: Access, user: User) -> bool:
    """Whether the caller may rename ``user``, lock the account or set its password.

    Only if he could have given every right that the account has: otherwise a new password would be a promotion.
    """
    if access.is_unlimited:
        return True
    if user.is_superuser or user == access.user:
        return False
    held = Appointment.objects.between(today(), None).filter(user=user).select_related("unit", "team")
    if not held:
        return users_visible_to(access).filter(pk=user.pk).exists()
    return all(Role(row.role) in appointable_roles(access, unit=row.unit, team=row.team) for row in held)


def home_unit_of(user: User) -> int | None:
    """Primary key of the unit whose staff may read in the audit trail of what was done to ``user``."""
    held = Appointment.objects.current().filter(user=user, unit__isnull=False).first()
    if held:
        return held.unit_id
    led = Appointment.objects.current().filter(user=user, team__isnull=False).select_related("team").first()
    home = led.team.home_on(today()) if led and led.team else None
    return home.pk if home else None


@transaction.atomic
def appoint(*, appointment: Appointment, access: Access) -> Appointment:
    """Store a new appointment. The same one again changes nothing."""
    _require_may(access, appointment)
    rows = Appointment.objects.between(appointment.valid_from, appointment.valid_to).filter(
        user=appointment.user,
        role=appointment.role,
        unit=appointment.unit,
        team=appointment.team,
    )
    if same := rows.filter(valid_from=appointment.valid_from, valid_to=appointment.valid_to).first():
        return same
    if rows.exists():
        raise DomainError(
            _("%(user)s đã có vai trò này trong thời gian đó. Hãy kết thúc phân quyền cũ trước.")
            % {"user": appointment.user},
            code="already_appointed",
        )
    appointment.save()
    _record("teams.appointed", appointment, access)
    return appointment


@transaction.atomic
def end_appointment(*, appointment: Appointment, last_day: dt.date | None = None, access: Access) -> Appointment:
    """Let it end with ``last_day``; by default now, so that it no longer holds. It stays on record.

    What ends now takes the keys with it that stand in the person's name and no other office of his covers.
    """
    appointment = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    _require_may(access, appointment)
    keys = keys_held_by(appointment) if appointment.is_valid_on(today()) else []
    if appointment.end(last_day):
        appointment.save(update_fields=["valid_to", "withdrawn_at"])
        action = "teams.appointment_withdrawn" if appointment.withdrawn_at else "teams.appointment_ended"
        _record(action, appointment, access)
        if not appointment.is_valid_on(today()):
            end_keys(keys, by=access.user)
    return appointment


def _require_may(access: Access, appointment: Appointment) -> None:
    if appointment.user == access.user and not access.is_unlimited:
        raise NotAllowed(_("Bạn không thể tự sửa quyền của mình. Hãy nhờ cán bộ khác của đơn vị hoặc cấp trên."))
    if Role(appointment.role) not in appointable_roles(access, unit=appointment.unit, team=appointment.team):
        raise NotAllowed(_("Vai trò này ở đơn vị này do cấp trên của bạn phân quyền."))


def _record(action: str, appointment: Appointment, access: Access) -> None:
    home = appointment.team.home_on(today()) if appointment.team else None
    audit.record(
        action,
        by=access.user,
        target=appointment,
        scope_unit=appointment.unit_id or (home.pk if home else None),
        role=appointment.role,
        valid_from=appointment.valid_from.isoformat(),
        valid_to=appointment.valid_to.isoformat() if appointment.valid_to else None,
    )
