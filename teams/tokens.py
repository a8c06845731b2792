"""Keys of other programs: made once, shown once, known afterwards only by their digest."""

import datetime as dt
import secrets

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, UserKind
from core import audit
from core.dated import today
from core.errors import DomainError
from teams.authentication import digest_of
from teams.models import ApiToken, Team, Unit
from teams.permissions import Scope

PREFIX = "xks_"


@transaction.atomic
def issue_token(
    *,
    name: str,
    scopes: list[str],
    expires_at: dt.datetime,
    by,
    user: User | None = None,
    unit: Unit | None = None,
    team: Team | None = None,
    is_public: bool = False,
) -> tuple[ApiToken, str]:
    """(the stored row, the key). The key is nowhere else; without ``user`` the token gets an account of its own."""
    _check_end(expires_at)
    if is_public and (team or list(scopes) != [Scope.STATS_READ]):
        message = _("Khóa để công bố chỉ có phạm vi “%(scope)s”, và gắn với một đơn vị.")
        raise DomainError(message % {"scope": Scope.STATS_READ.label}, code="public_token")
    key = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        name=name,
        issued_by=by,
        scopes=[Scope(scope).value for scope in scopes],
        expires_at=expires_at,
        unit=unit,
        team=team,
        is_public=is_public,
        prefix=key[len(PREFIX) : len(PREFIX) + 12],
        digest=digest_of(key),
    )
    token.user = user or User.objects.create_user(
        f"api-{secrets.token_hex(4)}", full_name=name, kind=UserKind.CLIENT, created_by=by
    )
    token.save()
    audit.record(
        "teams.token_issued",
        by=by,
        target=token,
        scope_unit=unit.pk if unit else None,
        scopes=token.scopes,
        on=(unit or team).code,  # type: ignore[union-attr]  # one of the two, by a constraint
        expires_at=expires_at.isoformat(),
        is_public=is_public,
    )
    return token, key


def last_end() -> dt.date:
    """The last day that a key issued today may have: none is good for ever, whoever may hold it by then."""
    return today() + dt.timedelta(days=settings.API_KEY_DAYS)


def _check_end(expires_at: dt.datetime) -> None:
    if expires_at <= timezone.now():
        raise DomainError(_("Thời điểm hết hạn đã qua. Hãy chọn một ngày sau hôm nay."), code="expired")
    if timezone.localdate(expires_at) > last_end():
        message = _("Mỗi khóa dùng được nhiều nhất %(days)d ngày. Hãy chọn một ngày không sau %(day)s.")
        raise DomainError(message % {"days": settings.API_KEY_DAYS, "day": f"{last_end():%d/%m/%Y}"}, code="too_long")


@transaction.atomic
def revoke_token(*, token: ApiToken, by, **why) -> ApiToken:
    """From now on the key opens nothing. A second call changes nothing. ``why`` is kept in the trail."""
    token = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.record("teams.token_revoked", by=by, target=token, scope_unit=token.unit_id, **why)
    return token
