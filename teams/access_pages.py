"""Sessions and devices of a person, his keys and cards beside them: for himself, and for staff who look after him."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User, UserKind
from accounts.second_factor import is_enrolled, reset_second_factor
from accounts.sessions import end_all_sessions, end_session, sessions_of
from core.errors import DomainError
from teams.access import Access, access_of
from teams.appointments import home_unit_of, may_manage_user, users_visible_to
from teams.leaving import open_passes, open_tokens, tokens_of
from teams.models import ApiToken
from teams.permissions import Right
from teams.tokens import revoke_token


def _managed(request, pk: int) -> tuple[User, Access]:
    """A person whom the caller looks after. Of another part of the city: as unknown as nobody."""
    access = access_of(request)
    user = get_object_or_404(users_visible_to(access), pk=pk)
    if user == request.user or not may_manage_user(access, user):
        raise PermissionDenied
    return user, access


@never_cache
@require_safe
def own(request):
    if request.user.kind != UserKind.PERSON:
        raise PermissionDenied
    return _page(request, request.user, access_of(request))


@never_cache
@require_safe
def person(request, pk):
    if pk == request.user.pk:
        return redirect("access:own")
    return _page(request, *_managed(request, pk))


def _page(request, user: User, access: Access):
    is_own = user == request.user
    context = {
        "person": user,
        "is_own": is_own,
        "sessions": sessions_of(user, this=request.session.session_key if is_own else None),
        "tokens": open_tokens(user, access),
        "passes": open_passes(user, access),
        "may_revoke_passes": access.has(Right.PASS_ISSUE),
        "may_revoke_tokens": is_own or access.has(Right.TOKEN_MANAGE),
        "is_enrolled": is_enrolled(user),
    }
    return render(request, "access/person.html", context)


@require_POST
def end_others(request):
    """Of one's own sessions all but this one."""
    if request.user.kind != UserKind.PERSON:
        raise PermissionDenied
    end_all_sessions(user=request.user, by=request.user, but=request)
    messages.success(request, _("Đã đăng xuất khỏi mọi máy khác."))
    return redirect("access:own")


@require_POST
def end_all(request, pk):
    user, _access = _managed(request, pk)
    end_all_sessions(user=user, by=request.user, scope_unit=home_unit_of(user))
    messages.success(request, _("Đã đăng xuất %(user)s khỏi mọi máy.") % {"user": user})
    return redirect("access:person", user.pk)


@require_POST
def end_one(request, pk):
    session = get_object_or_404(UserSession.objects.select_related("user"), pk=pk)
    user = session.user
    if user != request.user:
        try:
            _managed(request, user.pk)
        except PermissionDenied as refusal:  # the number of a session tells nothing to who may not see it
            raise Http404 from refusal
    elif session.session_key == request.session.session_key:
        return redirect("account_logout")
    end_session(session=session, by=request.user, scope_unit=home_unit_of(user))
    messages.success(request, _("Đã kết thúc phiên. Máy đó phải đăng nhập lại."))
    return _back(request, user)


@require_http_methods(["GET", "HEAD", "POST"])
def token_revoke(request, pk):
    """GET asks, POST revokes: one's own keys, and those that the caller manages."""
    access = access_of(request)
    token = ApiToken.objects.select_related("user", "unit", "team").filter(pk=pk).first()
    if token is None or not _may_revoke(token, request.user, access):
        raise Http404
    if request.method == "POST":
        revoke_token(token=token, by=request.user)
        messages.success(request, _("Đã thu hồi khóa. Từ bây giờ khóa này không mở được gì."))
        return redirect("access:own")
    return render(request, "access/token_revoke.html", {"token": token})


def _may_revoke(token: ApiToken, user: User, access: Access) -> bool:
    if access.has(Right.TOKEN_MANAGE) and ApiToken.objects.visible_to(access).filter(pk=token.pk).exists():
        return True
    return tokens_of(user).filter(pk=token.pk).exists()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def factor_reset(request, pk):
    """GET asks, POST takes the second factor off somebody who has lost it."""
    user, _access = _managed(request, pk)
    if request.method == "POST":
        try:
            reset_second_factor(user=user, by=request.user, scope_unit=home_unit_of(user))
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(
                request, _("Đã gỡ lớp bảo vệ thứ hai của %(user)s. Lần đăng nhập tới sẽ bật lại.") % {"user": user}
            )
        return redirect("access:person", user.pk)
    return render(request, "access/factor_reset.html", {"person": user, "is_enrolled": is_enrolled(user)})


def _back(request, user: User):
    return redirect("access:own") if user == request.user else redirect("access:person", user.pk)
