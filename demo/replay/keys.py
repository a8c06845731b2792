"""Short-lived API keys for the replay's phones: one a team, good for that team only, owned by its leader."""

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core import audit
from demo.world.organisation import SINCE
from demo.world.people import leader_of
from teams.authentication import digest_of
from teams.models import ApiToken, Team, Unit
from teams.permissions import Scope
from teams.tokens import PREFIX

LIFETIME = dt.timedelta(hours=1)


@contextmanager
def phone_keys(codes: Iterable[str]) -> Iterator[dict[str, str]]:
    """team code -> key, while the replay lasts. The same rows serve every replay; only their end moves."""
    keys = {code: _key(code) for code in sorted(set(codes))}
    _let_in(keys, until=timezone.now() + LIFETIME)
    try:
        yield keys
    finally:
        _let_in(keys, until=timezone.now())


def _key(code: str) -> str:
    """Derived, so that it need not be stored anywhere to be the same next time."""
    return PREFIX + hmac.new(settings.SECRET_KEY.encode(), f"demo phone {code}".encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def _let_in(keys: dict[str, str], *, until: dt.datetime) -> None:
    teams = {team.code: team for team in Team.objects.filter(code__in=keys, valid_from=SINCE)}
    leaders = {user.username: user for user in User.objects.filter(username__startswith="demo.dt.")}
    rows = [
        ApiToken(
            name=f"Mẫu: điện thoại {code}",
            user=leaders[leader_of(code, "").username],
            team=teams[code],
            scopes=[Scope.LOGS_WRITE.value],
            prefix=key[len(PREFIX) : len(PREFIX) + 12],
            digest=digest_of(key),
            expires_at=until,
        )
        for code, key in keys.items()
    ]
    ApiToken.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["prefix"], update_fields=["expires_at", "digest"]
    )
    city = Unit.objects.order_by("pk").first()
    audit.record("demo.phones_keyed", by=None, target=city, teams=len(keys), until=until.isoformat())
