"""Strong ETags made from what an answer depends on, without making the answer."""

import datetime as dt
import hashlib
import json

from django.conf import settings
from django.utils.translation import get_language

from core.dated import today
from core.models import Revision
from reports.stats.query import StatsQuery
from reports.stats.scope import Scope

# What an answer is made of.
REVISIONS = ("campaigns", "catalogue", "org", "tallies")


def revision_etag(*parts) -> str:
    """Changes with any of the revisions, the language, the day, the version of the portal, and ``parts``.

    Take it before the answer is made: a change in between then costs one more transfer, never a stale answer.
    """
    known = Revision.state()
    everything = [
        settings.SPECTACULAR_SETTINGS["VERSION"],
        [known[name].number if name in known else 0 for name in REVISIONS],
        get_language(),
        today(),
        parts,
    ]
    text = json.dumps(everything, sort_keys=True, default=_plain)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def etag_of(query: StatsQuery, scope: Scope, fresh: dict, *presentation) -> str:
    """Of an answer of the statistics in one presentation: everything that its bytes depend on."""
    return revision_etag(query.as_dict(), scope.fingerprint, fresh, presentation)


def _plain(value) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)
