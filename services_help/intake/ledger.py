"""What the server holds from a device on a day, as a number and a digest, for the device to compare with its own."""

import datetime as dt
from collections import Counter
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from services_help.intake.canonical import digest_of_ledger
from services_help.models import AssistanceLog, Attendance, ItemKind, LateEntry, Receipt, Session, Void
from teams.access import Access
from teams.permissions import Right


def ledger(device: UUID, day: dt.date, access: Access) -> dict:
    """Items of sessions of ``day`` that came from ``device``, as far as ``access`` records for their teams.

    A void belongs to the day of what it takes back, also if it came first.
    """
    receipts = list(_items(device, day, access)) + list(_voids(device, day, access))
    kinds = Counter(kind for _id, kind, _digest in receipts)
    return {
        "device": str(device),
        "day": day.isoformat(),
        "count": len(receipts),
        "digest": digest_of_ledger((id, digest) for id, _kind, digest in receipts),
        "kinds": {kind: kinds[kind] for kind in ItemKind.values},
    }


def _own(access: Access, ref: str) -> Q:
    """The item ``ref`` is a session, log or attendance that the caller may record."""
    sessions = Session.objects.visible_to(access, Right.LOG_RECORD)
    return (
        Exists(sessions.filter(pk=OuterRef(ref)))
        | Exists(AssistanceLog.objects.filter(pk=OuterRef(ref), session__in=sessions.values("pk")))
        | Exists(Attendance.objects.filter(pk=OuterRef(ref), session__in=sessions.values("pk")))
        | Exists(LateEntry.objects.visible_to(access, Right.LOG_RECORD).filter(item=OuterRef(ref)))
    )


def _items(device: UUID, day: dt.date, access: Access):
    rows = Receipt.objects.filter(device=device, day=day).exclude(kind=ItemKind.VOID)
    return rows.filter(_own(access, "pk")).values_list("pk", "kind", "digest")


def _voids(device: UUID, day: dt.date, access: Access):
    target = Void.objects.filter(pk=OuterRef("pk")).values("target")
    rows = Receipt.objects.filter(device=device, kind=ItemKind.VOID).annotate(target=target)
    held = Receipt.objects.filter(pk=OuterRef("target"))
    rows = rows.annotate(of_day=Coalesce(held.values("day"), F("day"))).filter(of_day=day)
    # One whose target is not there yet is its sender's alone. A late one has no row, and belongs to itself.
    late = Exists(LateEntry.objects.visible_to(access, Right.LOG_RECORD).filter(item=OuterRef("pk")))
    parked = ~Exists(held) & Q(received_from=access.user)
    return rows.filter(_own(access, "target") | late | parked).values_list("pk", "kind", "digest")
