"""Which answers show personal data, or hand out a file: their readers are written down (R11).

GET writes nothing (invariant 9): what a reader saw is told to the worker once the answer stands, and the worker writes
it to the audit trail. If the broker is away, the reader still reads; the log line is there either way, and says so.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from core import heartbeat
from core.models import AuditEvent
from teams.access import access_of
from teams.admin.base import unit_of
from teams.audit_words import kind_of, model_of
from teams.models import ApiToken
from teams.permissions import Right

logger = structlog.get_logger(__name__)
# The same reader at the same thing again is the same look.
LOOK_LASTS, PROGRAM_LASTS = 600, 3600
# The task that writes them.
STORES = "desk.tasks.store_looks"


@dataclass(frozen=True)
class Look:
    target_type: str
    # Which part of the address names the row; empty: it shows a list.
    kwarg: str = ""
    # Which parameters of the address say that it is about this at all.
    only: tuple[str, str] | None = None
    # The view says by ``request.names_people`` whether this answer does.
    if_named: bool = False


# Whoever is shown by name to somebody else. Not here: the leader's phone, which shows the leader's own team.
LOOKS = {
    "admin:teams_volunteer_changelist": Look("teams.volunteer"),
    "admin:teams_volunteer_change": Look("teams.volunteer", "object_id"),
    "admin:teams_team_change": Look("teams.team", "object_id"),
    "admin:services_help_attendance_changelist": Look("services_help.attendance"),
    "admin:services_help_attendance_change": Look("services_help.attendance", "object_id"),
    "admin:services_help_session_change": Look("services_help.session", "object_id"),
    "admin:accounts_user_changelist": Look("accounts.user"),
    "admin:accounts_user_change": Look("accounts.user", "object_id"),
    "admin:autocomplete": Look("teams.volunteer", only=("field_name", "volunteer")),
    "admin:core_auditevent_changelist": Look("core.auditevent"),
    "admin:core_auditevent_change": Look("core.auditevent", "object_id"),
    "review:session": Look("services_help.session", "session_id"),
    "review:take_back": Look("services_help.session", "session_id"),
    "dashboard:explain_session": Look("services_help.session", "session_id"),
    "stats_explain_lines": Look("services_help.attendance", only=("measure", "volunteer")),
    "stats_explain_distinct": Look("teams.volunteer", only=("measure", "volunteers")),
    "imports:run": Look("teams.importrun", "pk", if_named=True),
    "imports:progress": Look("teams.importrun", "pk", if_named=True),
    "office:person": Look("teams.volunteer", "pk"),
    "office:trail": Look("core.auditevent"),
    "office:event": Look("core.auditevent", "pk"),
    "office:roles": Look("teams.appointment"),
}
# Files of which one knows more than the name.
FILES = {"jobs:file": Look("core.job", "pk")}
# Empty forms to fill in are nobody's data.
EMPTY_FORMS = re.compile(r"template$")
_NAME = re.compile(r"filename\*=utf-8''([^;]+)|filename=\"?([^\";]+)", re.IGNORECASE)
_SECRET = re.compile(r"token|key|code", re.IGNORECASE)


def look_of(request, response) -> dict | None:
    """What is to be told of an answer; None of most."""
    match = request.resolver_match
    if request.method != "GET" or response.status_code != 200 or match is None:
        return None
    disposition = response.headers.get("Content-Disposition", "")
    if disposition.startswith("attachment") and not EMPTY_FORMS.search(match.view_name):
        return _told(request, FILES.get(match.view_name, Look("")), "core.file_taken", _file_name(disposition))
    look = LOOKS.get(match.view_name)
    if look is None or (look.only and look.only[1] not in request.GET.get(look.only[0], "")):
        return None
    if look.if_named and not getattr(request, "names_people", False):
        return None
    return _told(request, look, f"{look.target_type}_seen")


def _told(request, look: Look, action: str, file_name: str = "") -> dict | None:
    user, token = request.user, getattr(request, "auth", None)
    if not user.is_authenticated:
        return None
    row = str(request.resolver_match.kwargs.get(look.kwarg, "")) if look.kwarg else ""
    data: dict[str, Any] = {"page": request.path[:200]}
    filters = {name: value[:100] for name, value in request.GET.items() if not _SECRET.search(name)}
    if filters:
        data["filters"] = filters
    if isinstance(token, ApiToken):
        data["key"] = token.name
    units = access_of(request).unit_ids(Right.ORG_VIEW) or access_of(request).unit_ids(Right.STATS_VIEW)
    return {
        "at": timezone.now().isoformat(),
        "actor": user.pk,
        "actor_label": str(user)[:200],
        "action": action,
        "target_type": look.target_type,
        "target_id": row[:64],
        "target_label": file_name[:300],
        "scope_unit": units[0] if units else None,
        "data": data,
        "request_id": str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
        "is_program": isinstance(token, ApiToken),
    }


def _file_name(disposition: str) -> str:
    found = _NAME.search(disposition)
    return unquote(found[1] or found[2]) if found else ""


# --- handed to the worker ---------------------------------------------------------------------------------------------
def tell(look: dict, **more) -> None:
    """Once for the same look; a file that a person takes counts each time."""
    look = look | {"data": look["data"] | more}
    is_program = look.pop("is_program")
    try:
        if not _is_new(look, is_program=is_program):
            return
        logger.info("looked", **_as_logged(look))
        current_app.send_task(STORES, args=[[look]])
    except Exception as error:  # whatever the cache's or the broker's client raises: the log is what is left of it
        logger.warning("look_not_stored", error=repr(error), **_as_logged(look))


def _is_new(look: dict, *, is_program: bool) -> bool:
    if look["action"] == "core.file_taken" and not is_program:
        return True
    what: tuple = (look["actor"], look["action"], look["target_type"], look["target_id"], look["data"].get("key", ""))
    if is_program:
        what += (look["data"]["page"],)
    key = "look:" + ":".join(str(part).replace(" ", "_") for part in what)
    return cache.add(key[:240], 1, timeout=PROGRAM_LASTS if is_program else LOOK_LASTS)


def _as_logged(look: dict) -> dict:
    return {name: look[name] for name in ("action", "actor", "target_type", "target_id", "data")}


# --- in the worker ----------------------------------------------------------------------------------------------------
@transaction.atomic
def store(looks: Iterable[dict]) -> None:
    """May run twice when a worker dies: a look told twice is better than one not told."""
    rows = []
    for look in looks:
        values = {**look, "at": parse_datetime(look["at"]), "actor_id": look["actor"]}
        del values["actor"]
        rows.append(_named(AuditEvent(**values)))
    AuditEvent.objects.bulk_create(rows, batch_size=500)


def lost(told: Iterable[dict], error: BaseException) -> None:
    """Given up: what is left of them is here, and the monitor tells a person to look."""
    for look in told:
        logger.error("look_lost", error=repr(error), at=look["at"], **_as_logged(look))
    heartbeat.failed(STORES, error)


def _named(event: AuditEvent) -> AuditEvent:
    """With the name of the row, and for the eyes of its unit."""
    model = model_of(event.target_type)
    row = model._default_manager.filter(pk=event.target_id).first() if model and event.target_id else None
    if row is not None:
        event.target_label = event.target_label or str(row)[:300]
        event.scope_unit = unit_of(row) or event.scope_unit
    event.target_label = event.target_label or kind_of(event.target_type)
    return event
