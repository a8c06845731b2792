"""Whether the access that a call came in by still stands, asked once more before its work is committed.

Every call is checked when it comes in. One that takes long (a batch on a bad line, a picture) could be stored after its
pass, key, session or appointment was ended in between. So the last statement of such a transaction looks again, and
holds the rows: a revocation either waits for the commit, or is seen. Once it has been answered, nothing of that access
is stored.
"""

from functools import cache

from django.db import connection
from django.utils import timezone

from core.bulk import fetch, placeholders
from core.dated import today
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
    by_session = bool(joined) and token is None
    if access.held:
        joined += [*access.held, connection.ops.adapt_datefield_value(today())]
    lock = bool(connection.features.has_select_for_update)
    statement = _standing_sql(by_token=token is not None, by_session=by_session, held=len(access.held), lock=lock)
    # One row for each appointment, of which all must still hold.
    if len(fetch(statement, [*joined, user.pk, user.access_epoch])) < max(1, len(access.held)):
        raise AccessEnded


@cache
def _standing_sql(*, by_token: bool, by_session: bool, held: int, lock: bool) -> str:
    """Shared locks, so that batches of one key do not wait for each other; in the order that closing an account takes
    them (PostgreSQL locks the tables of a row as FROM names them)."""
    via = ""
    if by_token:
        via = "JOIN teams_apitoken token ON token.id = %s AND token.revoked_at IS NULL AND token.expires_at > %s"
    elif by_session:
        via = "JOIN django_session session ON session.session_key = %s"
    if held:
        via += (
            f" JOIN teams_appointment held ON held.user_id = account.id AND held.id IN ({placeholders(held)})"
            " AND held.withdrawn_at IS NULL AND (held.valid_to IS NULL OR held.valid_to >= %s)"
        )
    return (
        f"SELECT 1 FROM accounts_user account {via}"  # noqa: S608 - names are ours
        " WHERE account.id = %s AND account.is_active AND account.access_epoch = %s"
        f" {'FOR SHARE' if lock else ''}"
    )
