from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from core.errors import DomainError
from services_help.models import Session
from teams.access import Access, access_of
from teams.permissions import Right


def reviewer(request, right: Right = Right.REVIEW) -> Access:
    access = access_of(request)
    if not access.has(right):
        raise PermissionDenied
    return access


def found(access: Access, session_id, right: Right = Right.REVIEW) -> Session:
    """A session that the reader may review: 404 for what he does not see, 403 for what he only sees."""
    session = get_object_or_404(
        Session.objects.visible_to(access)
        .with_home()
        .select_related("team", "point", "campaign", "created_by", "lock"),
        pk=session_id,
    )
    if not Session.objects.visible_to(access, right).filter(pk=session.pk).exists():
        raise PermissionDenied
    return session


def tried(request, work) -> bool:
    """``work()`` is one service call; a refusal is told on the next page."""
    try:
        work()
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return False
    return True
