"""The service catalogue and its metrics (data/catalogue.json, data/README.md), and the load of all reference data."""

import datetime as dt
import json

import structlog
from django.db import transaction

from campaigns.reference import load_goals
from core import audit
from core.models import Revision
from core.reference import DATA_DIR, upsert
from services_help.models import Metric, Service, ServiceMetric
from services_help.review.tree import LOCKED_PERIODS
from teams.reference import load_areas

# A service without these in the file has them from its group.
INHERITED = ("valid_from", "valid_to", "for_citizens")
NAMES = ("code", "name", "name_en", "short_name", "short_name_en", "icon")
logger = structlog.get_logger(__name__)


@transaction.atomic
def load_reference() -> dict[str, int]:
    """Load areas, goals and the catalogue; returns how many rows changed, by kind."""
    changed = {"areas": load_areas(), "goals": load_goals(), "catalogue": load_catalogue()}
    if any(changed.values()):
        audit.record("core.reference_loaded", by=None, target=Revision(name="catalogue"), **changed)
    return changed


def load_catalogue() -> int:
    """Bring metrics and services up to date; returns the number of rows that changed. Call it in a transaction."""
    catalogue = json.loads((DATA_DIR / "catalogue.json").read_text(encoding="utf-8"))
    changed = upsert(Metric, _metrics(catalogue["metrics"]), key=("code",))
    rows = _services(catalogue)
    changed += upsert(Service, (_without_links(row) for row in rows), key=("code",))
    # Second pass: a service may name its successor or its group before that one has a primary key.
    known = {service.code: service for service in Service.objects.all()}
    ids = {code: service.pk for code, service in known.items()}
    links = [_links(row, ids) for row in rows]
    changed += upsert(Service, _with_locked_groups(links, known), key=("code",))
    changed += upsert(ServiceMetric, _service_metrics(rows, ids), key=("service_id", "metric_id"))
    if changed:
        Revision.bump("catalogue")
    return changed


def _metrics(entries: list[dict]):
    for position, entry in enumerate(entries, start=1):
        yield {"is_derived": False} | entry | {"position": position}


def _services(catalogue: dict) -> list[dict]:
    """Groups and services as flat rows in the order of the file."""
    unknown = {"valid_from": catalogue["unknown_start"], "valid_to": None, "for_citizens": True}
    rows: list[dict] = []
    for group in catalogue["groups"]:
        inherited = unknown | {name: group[name] for name in INHERITED if name in group}
        rows.append(inherited | {name: value for name, value in group.items() if name != "services"})
        rows.extend(inherited | service | {"group": group["code"]} for service in group["services"])
    return [row | {"position": position} for position, row in enumerate(rows, start=1)]


def _without_links(row: dict) -> dict:
    return {name: row[name] for name in NAMES} | {
        "position": row["position"],
        "for_citizens": row["for_citizens"],
        "valid_from": dt.date.fromisoformat(row["valid_from"]),
        "valid_to": dt.date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
    }


def _links(row: dict, ids: dict[str, int]) -> dict:
    return {
        "code": row["code"],
        "group_id": ids[row["group"]] if "group" in row else None,
        "replaced_by_id": ids[row["replaced_by"]] if "replaced_by" in row else None,
    }


def _with_locked_groups(links: list[dict], known: dict[str, Service]) -> list[dict]:
    """Figures tell groups apart as they are now: a service with figures of locked days stays in its group.

    Said in the log and not refused: no deploy may hang on it.
    """
    moved = [row for row in links if known[row["code"]].group_id != row["group_id"]]
    if moved and LOCKED_PERIODS.last_day():
        for row in moved:
            service = known[row["code"]]
            if found := LOCKED_PERIODS.counted(service):
                logger.warning("catalogue_group_kept", service=service.code, locked_day=found.day.isoformat())
                row["group_id"] = service.group_id
    return links


def _service_metrics(rows: list[dict], ids: dict[str, int]):
    metrics = dict(Metric.objects.values_list("code", "pk"))
    for row in rows:
        for position, code in enumerate(row.get("metrics", ())):
            yield {"service_id": ids[row["code"]], "metric_id": metrics[code], "position": position}
