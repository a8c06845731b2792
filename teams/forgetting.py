"""Taking a volunteer's name out of the portal. The row stays, and with it every count of persons: who was one before is
one after. Nothing here brings the name back."""

import secrets
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core import audit
from core.dated import today
from core.models import Revision
from teams.bulk import correct
from teams.models import TeamMember, Volunteer

# Data, like any name: not translated.
NOBODY = "Người đã ẩn danh"
CODE_PREFIX = "AN-"


@transaction.atomic
def anonymise(volunteers: Iterable[Volunteer], *, by, reason: str) -> list[Volunteer]:
    """Those of them that were still named, nameless now; a second call changes nothing. They leave their teams."""
    keys = [volunteer.pk for volunteer in volunteers]
    rows = Volunteer.objects.select_for_update(of=("self",)).filter(pk__in=keys, anonymised_at=None).order_by("pk")
    named, now = list(rows), timezone.now()
    if not named:
        return []
    for volunteer in named:
        # Random, so that no list from elsewhere leads from the one code to the other.
        volunteer.code = f"{CODE_PREFIX}{secrets.token_hex(8)}"
        volunteer.full_name, volunteer.is_active, volunteer.anonymised_at = NOBODY, False, now
    correct(Volunteer, named, "code", "full_name", "is_active", "anonymised_at")
    _leave_teams(named)
    entries = [("teams.volunteer_anonymised", each, each.unit_id, {"reason": reason}) for each in named]
    audit.record_many(entries, by=by)
    Revision.bump("org")
    return named


def _leave_teams(volunteers: list[Volunteer]) -> None:
    still = TeamMember.objects.filter(volunteer__in=volunteers)
    still.filter(valid_from__gt=today()).delete()
    still.filter(valid_to=None).update(valid_to=today())
    still.filter(valid_to__gt=today(), valid_from__lte=F("valid_to")).update(valid_to=today())
