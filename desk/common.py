"""What the pages of the desk share: who may look, who may change, and how a refusal is told."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header

from core.errors import DomainError, NotAllowed
from teams.access import Access, access_of
from teams.permissions import Right


def with_right(request, right: Right) -> Access:
    """The reader's access, if the reader holds ``right`` anywhere."""
    access = access_of(request)
    if not access.has(right):
        raise PermissionDenied
    return access


def staff(request) -> Access:
    """Whoever works at the desk; leaders have their phone."""
    return with_right(request, Right.DASHBOARD_VIEW)


def found(queryset, access: Access, pk: int | UUID, right: Right | None = None):
    """A row that the reader sees (else 404) and, with ``right``, may change (else 403)."""
    row = get_object_or_404(queryset.visible_to(access), pk=pk)
    if right and not may(queryset, access, pk, right):
        raise PermissionDenied
    return row


def may(queryset, access: Access, pk: int | UUID, right: Right) -> bool:
    return queryset.visible_to(access, right).filter(pk=pk).exists()


def tell(request, refusal: DomainError) -> None:
    messages.error(request, str(refusal))


def tried(request, work: Callable[[], object]) -> bool:
    """``work()`` is one service call; a refusal is told on the next page."""
    try:
        work()
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except DomainError as refusal:
        tell(request, refusal)
        return False
    return True


def download(data: bytes, name: str, kind: str) -> HttpResponse:
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)}
    return HttpResponse(data, content_type=kind, headers=headers)


def blame(form, error: ValidationError) -> None:
    """What a model refuses, under the fields of the form; what has no field here, above all."""
    for name, found in error.error_dict.items() if hasattr(error, "error_dict") else [(None, error.error_list)]:
        for each in found:
            form.add_error(name if name in form.fields else None, each)
