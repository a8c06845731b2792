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
    # The view says by ``request.names_people`` whether this answer names people: yes or no, or the keys of the rows of
    # which it does.
    if_named: bool = False


# Whoever is shown by name to somebody else. The phone's doors say so of teams that are not the caller's own: leaders
# are shown their own team all day.
LOOKS: dict[str, Look | tuple[Look, ...]] = {
    "admin:teams_volunteer_changelist": Look("teams.volunteer"),
    "admin:teams_volunteer_change": Look("teams.volunteer", "object_id"),
    "admin:teams_team_change": Look("teams.team", "object_id"),
    "admin:services_help_attendance_changelist": Look("services_help.attendance"),
    "admin:services_help_attendance_change": Look("services_help.attendance", "object_id"),
    "admin:services_help_session_change": Look("services_help.session", "object_id"),
    "admin:accounts_user_changelist": Look("accounts.user"),
    "admin:accounts_user_change": Look("accounts.user", "object_id"),
    "admin:teams_appointment_changelist": Look("teams.appointment"),
    "admin:teams_appointment_change": Look("teams.appointment", "object_id"),
    "admin:autocomplete": (
        Look("teams.volunteer", only=("field_name", "volunteer")),
        Look("accounts.user", only=("field_name", "user")),
    ),
    "admin:core_auditevent_changelist": Look("core.auditevent"),
    "admin:core_auditevent_change": Look("core.auditevent", "object_id"),
    "review:session": Look("services_help.session", "session_id"),
    "review:take_back": Look("services_help.session", "session_id"),
    "review:late": Look("services_help.lateentry", if_named=True),
    "dashboard:explain_session": Look("services_help.session", "session_id"),
    "stats_explain_lines": Look("services_help.attendance", only=("measure", "volunteer")),
    "stats_explain_distinct": Look("teams.volunteer", only=("measure", "volunteers")),
    "imports:run": Look("teams.importrun", "pk", if_named=True),
    "imports:progress": Look("teams.importrun", "pk", if_named=True),
    "office:person": Look("teams.volunteer", "pk"),
    "office:trail": Look("core.auditevent"),
    "office:event": Look("core.auditevent", "pk"),
    "office:roles": Look("teams.appointment"),
    "access:person": Look("accounts.user", "pk"),
    "field:api_kit": Look("teams.team", if_named=True),
    "field:attendance": Look("services_help.session", "session_id", if_named=True),
}
# Files of which one knows more than the name.
FILES = {"jobs:file": Look("core.job", "pk")}
# Empty forms to fill in are nobody's data.
EMPTY_FORMS = re.compile(r"template$")
_NAME = re.compile(r"filename\*=utf-8''([^;]+)|filename=\"?([^\";]+)", re.IGNORECASE)
_SECRET = re.compile(r"token|key|code", re.IGNORECASE)


def looks_of(request, response) -> list[dict]:
    """What is to be told of an answer; nothing of most."""
    match = request.resolver_match
    if request.method != "GET" or response.status_code != 200 or match is None:
        return []
    disposition = response.headers.get("Content-Disposition", "")
    if disposition.startswith("attachment") and not EMPTY_FORMS.search(match.view_name):
        taken = FILES.get(match.view_name, Look(""))
        told = [(taken.target_type, _row(request, taken), "core.file_taken", _file_name(disposition))]
    else:
        told = [
            (look.target_type, row, f"{look.target_type}_seen", "")
            for look in _looks_at(match.view_name)
            if look.only is None or look.only[1] in request.GET.get(look.only[0], "")
            for row in _rows(request, look)
        ]
    # Asked last: on most pages nobody has to know who is there.
    return [_told(request, *each) for each in told] if told and request.user.is_authenticated else []


def _looks_at(page: str) -> tuple[Look, ...]:
    looks = LOOKS.get(page, ())
    return looks if isinstance(looks, tuple) else (looks,)


def _rows(request, look: Look) -> list[str]:
    """Of which rows it is to be told; an empty one: of the list."""
    named = getattr(request, "names_people", False) if look.if_named else True
    if isinstance(named, bool):
        return [_row(request, look)] if named else []
    return [str(row) for row in named]


def _row(request, look: Look) -> str:
    return str(request.resolver_match.kwargs.get(look.kwarg, "")) if look.kwarg else ""


def _told(request, target_type: str, row: str, action: str, file_name: str) -> dict:
    user, token = request.user, getattr(request, "auth", None)
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
        "target_type": target_type,
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
def tell(looks: list[dict], **more) -> None:
    """Once for the same look; a file that a person takes counts each time."""
    looks = [look | {"data": look["data"] | more} for look in looks]
    try:
        looks = [look for look in looks if _is_new(look)]
        if not looks:
            return
        for look in looks:
            logger.info("looked", **_as_logged(look))
        current_app.send_task(STORES, args=[[_as_stored(look) for look in looks]])
    except Exception as error:  # whatever the cache's or the broker's client raises: the log is what is left of it
        for look in looks:
            logger.warning("look_not_stored", error=repr(error), **_as_logged(look))


def _is_new(look: dict) -> bool:
    is_program = look["is_program"]
    if look["action"] == "core.file_taken" and not is_program:
        return True
    what: tuple = (look["actor"], look["action"], look["target_type"], look["target_id"], look["data"].get("key", ""))
    if is_program:
        what += (look["data"]["page"],)
    key = "look:" + ":".join(str(part).replace(" ", "_") for part in what)
    return cache.add(key[:240], 1, timeout=PROGRAM_LASTS if is_program else LOOK_LASTS)


def _as_stored(look: dict) -> dict:
    return {name: value for name, value in look.items() if name != "is_program"}


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
