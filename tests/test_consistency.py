"""What must be true of every view, model, right, template and command, asked of the whole project at once."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.management import get_commands, load_command_class
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils import translation
from django.utils.module_loading import import_string
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.views import APIView

from core.api import StrictParameters
from reports.models import Tally
from teams.authentication import HasDeclaredRight
from teams.permissions import APPOINTABLE, MODEL_RIGHTS, ROLE_RIGHTS, SCOPE_RIGHTS, Right, Role, Scope

BASE = Path(__file__).resolve().parent.parent
OWN = ("accounts", "campaigns", "core", "demo", "desk", "reports", "services_help", "teams")
PYTHON = [file for app in (*OWN, "config") for file in (BASE / app).rglob("*.py") if "migrations" not in file.parts]
TEMPLATES = sorted((BASE / "templates").rglob("*.html"))
VIETNAMESE = re.compile(r"[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE)


def views(resolver=None, prefix: str = "") -> list[tuple[str, str, object]]:
    """(name with its namespace, address, view) of the whole project."""
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        if hasattr(entry, "url_patterns"):
            inside = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            found += [(name, str(entry.pattern) + path, view) for name, path, view in views(entry, inside)]
        else:
            found.append((f"{prefix}{entry.name or ''}", str(entry.pattern), entry.callback))
    return found


def own_models() -> list:
    return [model for model in apps.get_models() if model._meta.app_label in OWN]


# --- views ------------------------------------------------------------------------------------------------------------
PUBLIC = {
    "public:front": "where help is given today",
    "public:verify": "whoever holds a report may ask whether it is genuine",
    "public:verify_find": "whoever holds a report may ask whether it is genuine",
    "account_login": "the door",
    "admin:login": "leads on to the door",
    "account_logout": "whoever is in may leave; the others have left",
    "mfa_authenticate": "half in: the code is asked for before there is a session that opens anything",
    "mfa_login_webauthn": "the door for a passkey",
    "account_inactive": "tells a closed account why it does not come in",
    "field:app": "the same bytes for everybody: a phone keeps it for whoever signs in",
    "field:worker": "a worker behind a login would be lost with the login",
    "field:manifest": "asked for without cookies",
    "field:pass": "a phone comes in by its QR code",
    "plan:ical": "a calendar program has no account: the address is the key",
    "api-schema": "the contract is no secret",
    "api-docs": "the contract is no secret",
    "set_language": "the switch stands on public pages too",
    "healthz": "the load balancer has no account",
    "readyz": "the load balancer has no account",
    "metrics": "monitoring has no account, but a token of its own",
}


# Open to every account, also one without any right.
SIGNED_IN = {"field:api_session": "a phone has to learn that its account may not log"}


def test_every_page_asks_who_is_there_unless_it_is_public_for_a_reason():
    opened = {
        name
        for name, _path, view in views()
        if not getattr(view, "login_required", True) and not issubclass(getattr(view, "cls", object), APIView)
    }
    named = {name for name, _path, view in views() if name in ("api-schema", "api-docs")}
    assert opened | named == set(PUBLIC)
    assert "django.contrib.auth.middleware.LoginRequiredMiddleware" in settings.MIDDLEWARE


def api_views() -> dict[str, type]:
    return {name: view.cls for name, _path, view in views() if issubclass(getattr(view, "cls", object), APIView)}


def test_every_rest_view_names_the_right_for_each_method_it_answers():
    """DRF does not heed the login middleware: its own permission is the wall."""
    for name, view in api_views().items():
        if name in PUBLIC:
            assert view.permission_classes == [AllowAny], name
            continue
        if name in SIGNED_IN:
            assert view.permission_classes == [IsAuthenticated], name
            continue
        answered = {method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if answers(view, method)}
        assert view.permission_classes == [HasDeclaredRight], name
        assert answered == set(view.rights), name


def answers(view: type, method: str) -> bool:
    actions = {"GET": ("list", "retrieve"), "POST": ("create",), "PUT": ("update",), "PATCH": ("partial_update",)}
    return any(hasattr(view, handler) for handler in (method.lower(), *actions.get(method, ())))


def test_every_rest_view_is_throttled_and_refuses_unknown_parameters():
    for name, view in api_views().items():
        assert view.throttle_classes, name
        assert name in PUBLIC or issubclass(view, StrictParameters), name


# --- models -----------------------------------------------------------------------------------------------------------
WITHOUT_ADMIN = {
    "campaigns.calendarfeed": "has a page of its own: /plan/calendars/",
    "core.outboxmessage": "a queue of the machine",
    "core.revision": "counters of the machine",
    "core.job": "has pages of its own: /jobs/",
    "core.retentionrule": "has pages of its own: /office/retention/",
    "core.erasure": "has a page of its own: /office/retention/",
    "core.erasing": "stands within a transaction only",
    "services_help.receipt": "the intake's gate; what it let in has its own pages",
    "services_help.scenephoto": "looked at on the page of its session",
    "services_help.servicemetric": "edited inside its service",
    "services_help.sessionreview": "shown on the page of its session: /review/",
    "services_help.periodlock": "has pages of its own: /review/locks/",
    "services_help.lateentry": "has pages of its own: /review/late/",
    "services_help.adjustment": "has pages of its own: /review/adjustments/",
    "services_help.adjustmentline": "shown inside its adjustment",
    "services_help.reviewreminder": "letters that the machine has written",
    "campaigns.pastfigure": "has a page of its own: /imports/past-figures/",
    "teams.importrun": "has pages of its own: /imports/",
    "teams.importrow": "shown inside its import",
    "teams.importchange": "what undoing an import needs",
    "teams.areaboundary": "has a page of its own: /dashboard/boundaries/",
    "teams.reorganisation": "has pages of its own: /reorganise/",
    "teams.reorganisationstep": "shown inside its reorganisation",
    "teams.reorganisationdecision": "shown inside its reorganisation",
    "teams.unitsuccession": "shown on the page of its reorganisation",
    "teams.unitplacement": "shown inside its unit, written by a service",
    "teams.teamhome": "shown inside its team, written by a service",
    "teams.teammember": "edited inside its team",
    "teams.unitancestry": "derived from the placements",
    "reports.tallyslice": "derived from the logs",
    "reports.stalemonth": "derived from the logs",
    "reports.teamrevision": "counters of the machine",
    **{model._meta.label_lower: "derived from the logs" for model in apps.get_models() if issubclass(model, Tally)},
    "reports.proofcheck": "has a page of its own: /dashboard/proof/",
    "reports.prooffinding": "has a page of its own: /dashboard/proof/",
    "reports.tallyjob": "has a page of its own: /dashboard/proof/",
    "reports.figureevent": "told to programs by the feed",
    "reports.reportdraft": "has pages of its own: /reports/",
    "reports.reportissue": "has pages of its own: /reports/",
    "reports.reportfile": "taken on the page of its issue",
    "reports.reporttemplate": "has pages of its own: /reports/templates/",
    "desk.sessionflag": "shown beside its session",
    "desk.exportalarm": "has its place on a page: /office/trail/",
    "desk.examination": "the place of the machine in the feed",
}


def test_every_model_has_an_admin_or_a_reason():
    labels = {model._meta.label_lower for model in own_models()}
    registered = {model._meta.label_lower for model in admin.site._registry}
    assert labels - registered == set(WITHOUT_ADMIN)
    assert {label for label in registered if label.split(".")[0] not in OWN} == set()


def test_every_model_of_the_admin_is_in_the_table_of_rights():
    """One that is not would be open to nobody but a superuser, and nobody would notice."""
    assert {model._meta.label_lower for model in admin.site._registry} - set(MODEL_RIGHTS) == set()
    assert set(MODEL_RIGHTS) - {model._meta.label_lower for model in own_models()} == set()


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model._meta.label_lower)
def test_every_model_speaks_vietnamese(model):
    """What a screen can show: the model's name, and the names of the fields that a form or a list may hold."""
    with translation.override("vi"):
        if model._meta.label_lower in WITHOUT_ADMIN:
            return
        assert VIETNAMESE.search(str(model._meta.verbose_name))
        fields = [field for field in model._meta.fields if field.editable and not field.primary_key]
        assert [field.name for field in fields if str(field.verbose_name) == field.name.replace("_", " ")] == []


# --- rights -----------------------------------------------------------------------------------------------------------
def test_every_right_is_held_by_a_role_and_asked_for_somewhere():
    assert set().union(*ROLE_RIGHTS.values()) == set(Right)
    code = "\n".join(file.read_text(encoding="utf-8") for file in PYTHON)
    asked = {right for right in Right if len(re.findall(rf"Right\.{right.name}\b", code)) > 1}
    assert asked == set(Right)


def test_every_role_and_every_scope_has_its_line_in_the_tables():
    assert set(ROLE_RIGHTS) == set(APPOINTABLE) == set(Role)
    assert set(SCOPE_RIGHTS) == set(Scope)


def test_nobody_appoints_whom_he_could_not_be_trusted_with():
    """An appointment never hands out a right that the one who appoints does not hold."""
    for role, appointable in APPOINTABLE.items():
        for other in appointable - {Role.TEAM_LEADER}:
            assert ROLE_RIGHTS[other] <= ROLE_RIGHTS[role], (role, other)


def test_no_scope_of_a_token_manages_people_or_keys():
    kept = {Right.APPOINT, Right.TOKEN_MANAGE, Right.PASS_ISSUE, Right.ORG_MANAGE, Right.ORG_REORGANISE}
    assert set().union(*SCOPE_RIGHTS.values()) & (kept | {Right.ADMIN_ENTER, Right.LOG_VOID}) == set()


# --- templates and addresses ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(BASE / "templates")))
def test_every_template_compiles(file):
    assert get_template(str(file.relative_to(BASE / "templates")))


def test_every_address_that_code_or_a_template_names_exists():
    known = {name for name, _path, _view in views()}
    in_templates = re.compile(r"""\{%\s*url\s+["']([\w:-]+)["']""")
    in_code = re.compile(r"""\b(?:reverse|reverse_lazy|redirect)\(\s*["']([a-z_]+(?::[\w-]+)?)["']""")
    named = {
        (name, file.name)
        for files, pattern in ((TEMPLATES, in_templates), (PYTHON, in_code))
        for file in files
        for name in pattern.findall(file.read_text(encoding="utf-8"))
    }
    assert [(name, file) for name, file in sorted(named) if name not in known] == []


# --- commands, events -------------------------------------------------------------------------------------------------
def own_commands() -> dict[str, str]:
    return {name: app for name, app in get_commands().items() if app in OWN}


def test_every_command_says_what_it_does():
    silent = [name for name, app in own_commands().items() if len(load_command_class(app, name).help) < 20]
    assert silent == []


def test_every_documented_command_exists():
    files = [BASE / "README.md", *(BASE / "docs").rglob("*.md"), *(BASE / "deploy").rglob("*.service")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    assert set(re.findall(r"manage\.py ([a-z][a-z_]+)", text)) - set(get_commands()) == set()
    targets = set(re.findall(r"^([a-z]+):", (BASE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)(?:\w+=\S+ )?make ([a-z]+)", text, re.MULTILINE)) - targets == set()


def test_the_fixed_commands_are_there():
    """Other programs rely on these names (docs/contracts.md)."""
    assert {"seed_demo", "replay_day", "verify_tallies", "rebuild_tallies", "load_reference"} <= set(own_commands())


def test_every_outbox_topic_has_a_handler_and_every_handler_a_topic():
    sent = set()
    for file in PYTHON:
        code = file.read_text(encoding="utf-8")
        sent |= set(re.findall(r"""outbox\.enqueue\(\s*["']([\w.]+)["']""", code))
        for constant in re.findall(r"outbox\.enqueue\(\s*([A-Z_]+),", code):
            module = import_module(".".join(file.relative_to(BASE).with_suffix("").parts))
            sent.add(getattr(module, constant))
    assert sent == set(settings.OUTBOX_HANDLERS)
    assert all(callable(import_string(path)) for path in settings.OUTBOX_HANDLERS.values())


def test_every_scheduled_task_exists():
    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {import_string(task).name for task in tasks} == tasks
