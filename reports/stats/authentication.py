"""A key and what every answer to it depends on, in one look-up: all that a "not modified" costs the database."""

from functools import cache

from django.db import connection
from drf_spectacular.drainage import set_override

from core.bulk import fetch
from core.dated import today
from reports.stats.moment import COLUMNS, Moment, parts, seen
from teams.access import access_of
from teams.authentication import SessionAuthentication, TokenAuthentication, token_columns, token_in
from teams.models import ApiToken


class KeyAndMoment(TokenAuthentication):
    def token_of(self, digest: str) -> ApiToken | None:
        day = connection.ops.adapt_datefield_value(today())
        rows = fetch(_text(connection.vendor), [digest, *[day] * 4])
        if not rows:
            return None
        token, row = token_in(rows[0])
        token.moment = Moment.of_row(row)  # type: ignore[attr-defined]  # for ``moment_of``
        return token


# One key, one scheme, in the OpenAPI document.
set_override(KeyAndMoment, "suppress_collision_warning", value=True)

# Of the views that ask for the moment.
AUTHENTICATION = [KeyAndMoment, SessionAuthentication]


def moment_of(request) -> Moment:
    """As the caller may see it. With a key it came along; who is signed in has it read now."""
    return getattr(request.auth, "moment", None) or Moment.read(access_of(request))


@cache
def _text(vendor: str) -> str:
    """What a token is granted stands in its own row (teams.access.access_of_token)."""
    granted = seen(units="= (SELECT unit_id FROM token)", teams="= (SELECT team_id FROM token)")
    # What is hidden from the public depends on the neighbours too.
    of_token = f"((SELECT is_public FROM token) OR {granted})"  # noqa: S608 - names are ours
    return (
        "WITH token AS MATERIALIZED (SELECT * FROM teams_apitoken WHERE digest = %s)"  # noqa: S608
        f" SELECT {token_columns()}, {COLUMNS}"
        f" FROM token JOIN accounts_user account ON account.id = token.user_id CROSS JOIN {parts(vendor, of_token)}"
    )
