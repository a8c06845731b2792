"""Where a person is signed in, and ending it.

``UserSession`` (allauth's) names the sessions that came in by the front door; what it cannot list ends all the same,
because every session carries a mark made of the account's ``access_epoch``.
"""

import ipaddress
import re
import time
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from core import audit
from core.sessions import drop

NOTED_AT = "noted_at"
NOTE_EVERY = 15 * 60
# The first that fits: each names itself after those that it wants to be taken for.
BROWSERS = (
    ("Cốc Cốc", r"coc_coc_browser"),
    ("Edge", r"Edg"),
    ("Samsung Internet", r"SamsungBrowser"),
    ("Opera", r"OPR/|Opera"),
    ("Zalo", r"Zalo"),
    ("Firefox", r"Firefox|FxiOS"),
    ("Chrome", r"Chrome|CriOS"),
    ("Safari", r"Safari"),
)
SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)


@dataclass(frozen=True)
class OpenSession:
    """One line of the list."""

    pk: int
    browser: str
    system: str
    address: str
    since: object
    seen: object
    is_this: bool


def sessions_of(user: User, this: str | None = None) -> list[OpenSession]:
    """Those that still open something, the one that asks (session key ``this``) first, then by last use."""
    rows = list(UserSession.objects.filter(user=user))
    open_now = Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now())
    alive = set(open_now.values_list("session_key", flat=True))
    rows = sorted((row for row in rows if row.session_key in alive), key=lambda row: row.last_seen_at, reverse=True)
    rows.sort(key=lambda row: row.session_key != this)
    return [_line(row, this) for row in rows]


def _line(row: UserSession, this: str | None) -> OpenSession:
    return OpenSession(
        pk=row.pk,
        browser=_named(row.user_agent, BROWSERS),
        system=_named(row.user_agent, SYSTEMS),
        address=shown_address(row.ip),
        since=row.created_at,
        seen=row.last_seen_at,
        is_this=row.session_key == this,
    )


def _named(user_agent: str, names) -> str:
    return next((name for name, pattern in names if re.search(pattern, user_agent)), "")


# --- addresses: of what network, never of which house -----------------------------------------------------------------
def coarse_address(address: str) -> str:
    """The network that an address belongs to: enough to see that a session is not one's own."""
    parsed = ipaddress.ip_address(address)
    bits = 16 if parsed.version == 4 else 32
    return str(ipaddress.ip_network((parsed, bits), strict=False).network_address)


def shown_address(address: str) -> str:
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return ".".join(str(parsed).split(".")[:2]) + ".…"
    return f"{ipaddress.ip_network((parsed, 32), strict=False).network_address}".removesuffix("::") + ":…"


# --- noting -----------------------------------------------------------------------------------------------------------
def note_arrival(request) -> None:
    """After allauth has made the row of this session: of its address only the network is kept."""
    address = coarse_address(get_adapter().get_client_ip(request))
    UserSession.objects.filter(session_key=request.session.session_key).update(ip=address)
    request.session[NOTED_AT] = int(time.time())


def note_use(request) -> None:
    """Keep "last seen" to the quarter of an hour. Bookkeeping, and the only thing that reading a page ever writes."""
    noted = request.session.get(NOTED_AT)
    if noted is None or time.time() - noted < NOTE_EVERY:
        return
    row = UserSession.objects.filter(session_key=request.session.session_key)
    row.update(last_seen_at=timezone.now(), ip=coarse_address(get_adapter().get_client_ip(request)))
    request.session[NOTED_AT] = int(time.time())


# --- ending -----------------------------------------------------------------------------------------------------------
@transaction.atomic
def end_session(*, session: UserSession, by: User | None, scope_unit: int | None = None) -> None:
    """From now on its cookie opens nothing. If that cannot be made sure of for one, all of the account's end."""
    if not _drop([session.session_key]):
        end_all_sessions(user=session.user, by=by, scope_unit=scope_unit)
    audit.record("accounts.session_ended", by=by, target=session.user, scope_unit=scope_unit)
    UserSession.objects.filter(pk=session.pk).delete()


@transaction.atomic
def end_all_sessions(*, user: User, by: User | None, but=None, scope_unit: int | None = None) -> int:
    """End every session of ``user``, listed or not; ``but`` is the request whose own goes on. How many were listed."""
    User.objects.filter(pk=user.pk).update(access_epoch=F("access_epoch") + 1)
    user.refresh_from_db(fields=["access_epoch"])
    rows = UserSession.objects.filter(user=user)
    if but is not None:
        rows = rows.exclude(session_key=but.session.session_key)
        but.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        # Kept at once, not with the answer: the next request may come before it.
        but.session.save()
    keys = list(rows.values_list("session_key", flat=True))
    _drop(keys)
    rows.delete()
    audit.record("accounts.sessions_ended", by=by, target=user, scope_unit=scope_unit, count=len(keys))
    return len(keys)


def _drop(keys: list[str]) -> bool:
    # Once more when it is committed: until then others read the row, and lay it into the cache again.
    transaction.on_commit(lambda: drop(keys) and None)
    return drop(keys)
