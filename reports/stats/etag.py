"""Strong ETags made from what an answer depends on, without making the answer."""

import datetime as dt
import hashlib
import json

from django.conf import settings
from django.utils.translation import get_language

from core.dated import today
from reports.stats.moment import REVISIONS as REVISIONS
from reports.stats.moment import Moment
from reports.stats.query import StatsQuery
from reports.stats.scope import Scope


def revision_etag(moment: Moment, *parts) -> str:
    """Changes with any of the revisions, the language, the day, the version of the portal, and ``parts``.

    Take it before the answer is made: a change in between then costs one more transfer, never a stale answer.
    """
    everything = [
        settings.SPECTACULAR_SETTINGS["VERSION"],
        moment.revisions,
        get_language(),
        today(),
        parts,
    ]
    text = json.dumps(everything, sort_keys=True, default=_plain)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def etag_of(query: StatsQuery, scope: Scope, moment: Moment, *presentation) -> str:
    """Of an answer of the statistics in one presentation: everything that its bytes depend on."""
    return revision_etag(moment, query.as_dict(), scope.fingerprint, moment.freshness, presentation)


def _plain(value) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)
