"""Whether the access that a call came in by still stands, asked once more before its work is committed.

Every call is checked when it comes in. One that takes long (a batch on a bad line, a picture) could be stored after its
pass, key or session was taken back in between. So the last statement of such a transaction looks again, and holds the
rows: a revocation either waits for the commit, or is seen. Once it has been answered, nothing of that access is stored.
"""

from functools import cache

from django.db import connection
from django.utils import timezone

from core.bulk import fetch
from core.errors import AccessEnded
from teams.access import Access


def require_standing(access: Access) -> None:
    """In the transaction of the work, as its last statement; :class:`AccessEnded` undoes it."""
    user, token = access.user, access.token
    if user is None:  # the system itself
        return
    joined: list = []
    if token is not None:
        joined = [token.pk, connection.ops.adapt_datetimefield_value(timezone.now())]
    elif access.session_key:
        joined = [access.session_key]
    lock = bool(connection.features.has_select_for_update)
    statement = _standing_sql(by_token=token is not None, by_session=bool(joined) and token is None, lock=lock)
    if not fetch(statement, [*joined, user.pk, user.access_epoch]):
        raise AccessEnded


@cache
def _standing_sql(*, by_token: bool, by_session: bool, lock: bool) -> str:
    """Shared locks, so that batches of one key do not wait for each other; in the order that closing an account takes
    them (PostgreSQL locks the tables of a row as FROM names them)."""
    via = ""
    if by_token:
        via = "JOIN teams_apitoken token ON token.id = %s AND token.revoked_at IS NULL AND token.expires_at > %s"
    elif by_session:
        via = "JOIN django_session session ON session.session_key = %s"
    return (
        f"SELECT 1 FROM accounts_user account {via}"  # noqa: S608 - names are ours
        " WHERE account.id = %s AND account.is_active AND account.access_epoch = %s"
        f" {'FOR SHARE' if lock else ''}"
    )
