"""Who reviews, and what."""

from uuid import UUID

from desk.common import found, with_right
from services_help.models import Session
from teams.access import Access
from teams.permissions import Right


def reviewer(request) -> Access:
    return with_right(request, Right.REVIEW)


def session_for(access: Access, session_id: UUID, right: Right = Right.REVIEW) -> Session:
    """With all that its page says of it."""
    rows = Session.objects.with_home().select_related("team", "point", "campaign", "created_by", "lock__locked_by")
    return found(rows, access, session_id, right)
