"""What a person holds, or has handed out, of keys and passes: listed on one page, and ended with the account."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from teams.access import Access
from teams.models import ApiToken, DevicePass
from teams.models.access import AppointmentQuerySet
from teams.passes import end_pass, withdraw_passes
from teams.tokens import revoke_token


def tokens_of(user: User) -> AppointmentQuerySet:
    """Keys of the account, and keys that the person was shown when he issued them."""
    return ApiToken.objects.filter(Q(user=user) | Q(issued_by=user))


def passes_of(user: User) -> AppointmentQuerySet:
    """Cards that the person has printed, and the card that the account itself came in by."""
    return DevicePass.objects.filter(Q(created_by=user) | Q(device_user=user))


@transaction.atomic
def end_accesses(*, user: User, by, keep_issued: bool) -> dict[str, int]:
    """Called with the closing of the account (``accounts.closing``).

    Phones that have scanned a card go on: they are the team's, and the printed code is used up.
    """
    tokens = tokens_of(user).filter(revoked_at=None)
    if keep_issued:
        tokens = tokens.filter(user=user)
    ended = [revoke_token(token=token, by=by) for token in tokens.order_by("pk")]
    own = list(DevicePass.objects.filter(device_user=user, revoked_at=None).select_related("team"))
    for device_pass in own:
        end_pass(device_pass=device_pass, by=by)
    waiting = passes_of(user).filter(redeemed_at=None, revoked_at=None, valid_to__gte=timezone.localdate())
    withdrawn = 0 if keep_issued else withdraw_passes(ids=waiting.values_list("pk", flat=True), by=by)
    return {"tokens": len(ended), "passes": len(own) + withdrawn}


def open_tokens(user: User, access: Access) -> list[ApiToken]:
    """Usable keys of ``user`` that the reader may know of: all of his own, of another's those of his own units."""
    found = tokens_of(user).filter(revoked_at=None, expires_at__gt=timezone.now()).select_related("unit", "team")
    return list(found if access.user == user else found.visible_to(access))


def open_passes(user: User, access: Access) -> list[DevicePass]:
    found = passes_of(user).filter(revoked_at=None, valid_to__gte=timezone.localdate()).select_related("team")
    return list(found if access.user == user else found.visible_to(access))
