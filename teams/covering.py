"""Keys in a person's name are good as long as the person holds an office over what they open.

A key reads by its own scopes, whatever its owner may do; so it would outlive the office for which it was issued. It
ends with the last appointment that covers its unit or team: at once when that one is ended, within the hour when its
days are over or its unit was closed. A key that none ever covered (of a program's own account) goes on.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core.dated import today
from teams.access import Access, Grant
from teams.models import ApiToken, Appointment, Unit, UnitSuccession
from teams.models.access import AppointmentQuerySet, HeldQuerySet
from teams.permissions import Right
from teams.tokens import revoke_token

# Where an office is held, whatever it gives there: one that gives nothing by signing in carries keys all the same.
_PLACE = frozenset({Right.ORG_VIEW})


def keys_held_by(appointment: Appointment) -> list[ApiToken]:
    """Usable keys in the person's name that this appointment covers, and no other one of today."""
    keys = list(_usable().filter(user=appointment.user_id).select_related("unit", "team"))
    if not keys:
        return []
    this, others = _places([appointment]), _places(_others(appointment))
    # Of one that is over: as things stood on its last day. A unit that was below may be another's by now.
    last = min(appointment.valid_to or today(), today())
    return [key for key in keys if _covers(this, key, last) and not _covers(others, key, today())]


@transaction.atomic
def end_keys(keys: list[ApiToken], *, by) -> None:
    for key in keys:
        revoke_token(token=key, by=by, reason="appointment_ended")


def end_lapsed() -> int:
    """Of appointments that ended by themselves. How many keys; each is ended for itself, and never twice."""
    ended = 0
    for appointment in _lapsed():
        # One that was given to the person after the end was meant so.
        keys = [key for key in keys_held_by(appointment) if timezone.localdate(key.created_at) <= appointment.valid_to]
        end_keys(keys, by=None)
        ended += len(keys)
    return ended


def _lapsed() -> HeldQuerySet:
    theirs = _usable().filter(user=OuterRef("user"))
    over = Appointment.objects.filter(Exists(theirs), valid_to__lt=today(), withdrawn_at=None)
    return over.select_related("user", "unit", "team").order_by("pk")


def _usable() -> AppointmentQuerySet:
    """An operator needs no appointment."""
    return ApiToken.objects.filter(revoked_at=None, expires_at__gt=timezone.now(), user__is_superuser=False)


def _others(but: Appointment) -> HeldQuerySet:
    return Appointment.objects.current().filter(user=but.user_id).exclude(pk=but.pk)


def _places(held: Iterable[Appointment]) -> Access:
    """An office that went on in a unit's successor is over the old unit too: there the keys have stayed."""
    held = list(held)
    units = {each.unit_id for each in held if each.unit_id}
    units |= set(UnitSuccession.objects.filter(new__in=units).values_list("old", flat=True))
    grants = [Grant(_PLACE, unit_id=unit) for unit in sorted(units)]
    grants += [Grant(_PLACE, team_id=each.team_id) for each in held if each.team_id]
    return Access(user=None, grants=tuple(grants))


def _covers(places: Access, key: ApiToken, day: dt.date) -> bool:
    """What has ended is where it last was."""
    if team := key.team:
        return places.covers_team(Right.ORG_VIEW, team, min(day, team.valid_to or day))
    unit: Unit = key.unit  # type: ignore[assignment]  # one of the two, by a constraint
    return places.covers_unit(Right.ORG_VIEW, unit, min(day, unit.valid_to or day))
