"""What operators see of the proof: a line in /readyz, and metrics."""

from collections.abc import Iterator

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.metrics import Gauge
from core.models import Revision
from reports.proof.checking import HEARTBEAT
from reports.proof.models import ProofCheck, ProofFinding
from reports.proof.schedule import due_now, known_units, last_checks

# The clock calls every minute; the proof stands back for ten at most.
SILENT_SECONDS = 30 * 60


def readiness() -> tuple[dict, list[str]]:
    """(what /readyz shows, warnings). Counts only: the address is open to everybody."""
    differing = ProofFinding.objects.open().count()
    ran = Revision.objects.filter(name=HEARTBEAT).values_list("changed_at", flat=True).first()
    warnings = []
    if differing:
        text = ngettext(
            "Có %(count)s ô số tổng hợp lệch so với nhật ký gốc.",
            "Có %(count)s ô số tổng hợp lệch so với nhật ký gốc.",
            differing,
        )
        warnings.append(text % {"count": differing})
    if ran and (timezone.now() - ran).total_seconds() > SILENT_SECONDS:
        warnings.append(_("Đối soát tự động đã dừng: hãy xem đồng hồ (celery beat) và worker có chạy không."))
    return {"proof": {"differences": differing, "ran_at": timezone.localtime(ran) if ran else None}}, warnings


def metrics() -> Iterator[Gauge]:
    now = timezone.now()
    last = last_checks()
    units = known_units()
    ran = Revision.objects.filter(name=HEARTBEAT).values_list("changed_at", flat=True).first()
    done = ProofCheck.objects.aggregate(at=Max("finished_at"))["at"]
    ages = [(now - last[unit]).total_seconds() for unit in units if unit in last]
    yield Gauge("xks_tallies_drift_cells", "Cells whose tally differs from the raw logs, not mended yet.", _open())
    yield Gauge("xks_proof_units", "Days and months with figures.", len(units))
    yield Gauge("xks_proof_units_unchecked", "Days and months that were never checked.", len(units - last.keys()))
    yield Gauge("xks_proof_units_due", "Days and months whose check is due.", len(due_now(now)))
    yield Gauge(
        "xks_proof_oldest_check_seconds", "Age of the last check of the day checked longest ago.", max(ages, default=0)
    )
    yield Gauge("xks_proof_last_run_timestamp", "When the proof last ran.", ran.timestamp() if ran else 0)
    yield Gauge("xks_proof_last_check_timestamp", "When a check was last finished.", done.timestamp() if done else 0)


def _open() -> int:
    return ProofFinding.objects.open().count()
