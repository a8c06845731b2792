"""Whether anybody of a team still sees on a phone what staff ask it."""

from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast

from accounts.models import User, UserKind
from core.models import AuditEvent
from teams.models import Appointment, Team
from teams.permissions import Right, roles_with


def has_a_phone(team: Team) -> bool:
    """A leader with an account may sign in at any time. A card is used up: its phone is reached until the card ends, is
    revoked, or the phone signs out."""
    leaders = Appointment.objects.current().filter(
        team=team, role__in=roles_with(Right.LOG_RECORD), user__is_active=True
    )
    left = AuditEvent.objects.filter(
        action="accounts.signed_out",
        target_type=User._meta.label_lower,
        target_id=Cast(OuterRef("user"), CharField()),
    )
    return leaders.exclude(Exists(left), user__kind=UserKind.DEVICE).exists()
