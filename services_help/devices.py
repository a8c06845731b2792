"""What phones report of themselves, set against what the server holds."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from services_help.intake.ledger import ledger
from services_help.models import DeviceReport, Session
from teams.access import Access
from teams.models import Team
from teams.permissions import Right


@dataclass(frozen=True)
class LedgerOfDay:
    day: dt.date
    count: int
    digest: str


def report_device(*, device: UUID, days: list[LedgerOfDay], access: Access, **said) -> DeviceReport:
    """Write over what this phone said before. Bookkeeping, not work: it leaves no audit row."""
    differs = [each.day.isoformat() for each in days if _lacks(ledger(device, each.day, access), each)]
    team = _team_of(device, access)
    values = said | {"team": team, "differs": sorted(differs), "reported_at": timezone.now()}
    report, _made = DeviceReport.objects.update_or_create(device=device, user=access.user, defaults=values)
    return report


def _lacks(held: dict, said: LedgerOfDay) -> bool:
    """The phone has receipts that the server knows nothing of.

    That the server holds more is no loss: the phone forgets after a week, and two leaders may share it.
    """
    return held["count"] < said.count or (held["count"] == said.count and held["digest"] != said.digest)


def _team_of(device: UUID, access: Access) -> Team | None:
    shifts = Session.objects.visible_to(access, Right.LOG_RECORD).filter(device=device, created_by=access.user)
    if latest := shifts.order_by("-day", "-started_at").select_related("team").first():
        return latest.team
    return Team.objects.filter(pk__in=access.team_ids(Right.LOG_RECORD)).first()
