"""``/healthz``: the process answers. ``/readyz``: what it leans on answers too, and the figures keep up.

What does not keep the portal from its work is a warning: the answer stays 200, with the status "degraded". A figure
that differs from its logs must be seen by whoever watches, and is no reason to close the doors to phones that want to
send.
"""

from collections.abc import Callable
from functools import cache

import structlog
from celery import current_app
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache as shared_cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import outbox
from core.models import Revision

logger = structlog.get_logger(__name__)
# The worker applies a change within seconds; figures that are this old mean that nobody applies them.
LAG_LIMIT_SECONDS = 120
BROKER_TIMEOUT_SECONDS = 2


@login_not_required
@never_cache
@require_safe
def healthz(_request):
    """Touches nothing but the process: a database that is away is no reason to restart the web server."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@login_not_required
@never_cache
@require_safe
def readyz(_request):
    """200, or 503 with what is wrong in words. Causes with their addresses go to the log only."""
    problems: list[str] = []
    warnings: list[str] = []
    checks = {
        "database": _answers(check_database, _("Cơ sở dữ liệu không trả lời."), problems),
        "broker": _answers(check_broker, _("Hàng đợi (broker) không trả lời."), problems),
        "cache": _answers(check_cache, _("Bộ nhớ đệm không trả lời."), problems),
    }
    body: dict = {"checks": checks}
    if checks["database"]:
        missing = _("Cơ sở dữ liệu chưa được nâng cấp: hãy chạy “manage.py migrate”.")
        checks["migrations"] = _answers(check_migrations, missing, problems)
        if checks["migrations"]:
            body |= _tallies(problems) | _watched(warnings)
    status = "not_ready" if problems else "degraded" if warnings else "ready"
    body = {"status": status, **body, "problems": problems, "warnings": warnings}
    return JsonResponse(body, status=503 if problems else 200, json_dumps_params={"ensure_ascii": False})


def _answers(check: Callable[[], object], words: str, problems: list[str]) -> bool:
    try:
        check()
    except Exception as error:  # whatever a driver raises, the answer is "no"
        logger.warning("not_ready", check=check.__name__, error=repr(error))
        problems.append(words)
        return False
    return True


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_broker() -> None:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_SECONDS)


def check_cache() -> None:
    shared_cache.get("readyz")


@cache
def check_migrations() -> None:
    """Asked until the answer is yes once: under a running process nobody takes migrations back."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        raise RuntimeError(f"{len(plan)} migrations are not applied")


def _tallies(problems: list[str]) -> dict:
    """How far the figures are behind what was logged."""
    waiting = {topic: outbox.pending(topic) for topic in settings.OUTBOX_HANDLERS}
    oldest = min((since for _count, since in waiting.values() if since), default=None)
    lag = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    if lag > LAG_LIMIT_SECONDS:
        problems.append(
            _("Số tổng hợp chậm %(seconds)d giây: hãy xem tiến trình xử lý (worker) có chạy không.") % {"seconds": lag}
        )
    revision = Revision.state().get("tallies")
    return {
        "outbox": {"pending": sum(count for count, _since in waiting.values()), "lag_seconds": round(lag, 1)},
        "tallies_revision": revision.number if revision else 0,
    }


def _watched(warnings: list[str]) -> dict:
    """What the apps above have to tell: each function of ``READINESS_SOURCES`` gives (part of the answer, warnings)."""
    told: dict = {}
    for source in settings.READINESS_SOURCES:
        part, found = import_string(source)()
        told |= part
        warnings += found
    return told
